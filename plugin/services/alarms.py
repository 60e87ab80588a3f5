"""Tell the merchant that something was parked: once a day for each thing and reason, however often it happens."""

from datetime import datetime

from plugin.services.errors import GiveUp
from plugin.services.facts import ParkedFacts, ParkedThing, to_json
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.unit_of_work import UnitOfWork


def tell_parked(
    work: UnitOfWork, thing: ParkedThing, problem: GiveUp, *, now: datetime, about: str = "", count: int = 1
) -> None:
    profile = work.tenant().profile
    if not profile.owner_email:
        return
    facts = ParkedFacts(
        thing=thing,
        reason=problem.reason,
        decided_on=now.date(),
        about=about,
        explanation=problem.explanation,
        count=count,
    )
    kind = MessageKind.MERCHANT_PARKED
    key = f"{kind}:{thing}:{problem.reason}:{now.date()}"
    if work.messages.add([NewMessage(key, kind, profile.owner_email, profile.language, to_json(facts))], at=now):
        work.wake("deliver", work.tenant_id)

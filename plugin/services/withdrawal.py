"""The withdrawal that EU and UK law lets a shopper declare online: kept word for word, acknowledged by mail, acted on.

What has not been sent is cancelled and paid back; what has been sent is the merchant's to take back. Not legal advice.
"""

from dataclasses import dataclass

from plugin.domain.ids import OrderId, TenantId
from plugin.domain.saying import said
from plugin.services.answers import Answers
from plugin.services.errors import Conflict, NotFound
from plugin.services.facts import WithdrawalFacts, to_json
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import AnswerRecord, GivenAnswer
from plugin.services.ports.unit_of_work import Units
from plugin.services.snapshots import calendar_of

CHANNEL = "page"


@dataclass(frozen=True, slots=True)
class Statement:
    """Who declares it, and where the acknowledgement goes."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    units: Units
    answers: Answers

    def withdraw(self, tenant_id: TenantId, order_id: OrderId, statement: Statement) -> bool:
        """False where the law of the country gives no such right. Declared twice, the first one counts. Raises NotFound."""
        if not self.answers.order_status(tenant_id, order_id).has_withdrawal:
            return False
        if self._declare(tenant_id, order_id, statement):
            self._cancel_unsent(tenant_id, order_id)
        return True

    def _declare(self, tenant_id: TenantId, order_id: OrderId, statement: Statement) -> bool:
        """Keep the statement and acknowledge it on a durable medium, with content, day and time."""
        planning = self.answers.planning
        now = planning.clock.now()
        with self.units(tenant_id) as work:
            order = work.orders.get([order_id]).get(order_id)
            if order is None:
                raise NotFound("order", order_id)
            if any(answer.answer is GivenAnswer.WITHDRAW for answer in work.notices.answers(order_id)):
                return False
            tenant = work.tenant()
            calendar = calendar_of(tenant, planning.holidays, now.date())
            detail = f"{statement.name} <{statement.email}>"
            work.notices.add_answer(AnswerRecord(order_id, now, GivenAnswer.WITHDRAW, CHANNEL, detail=detail))
            work.journal.add(
                [Activity(now, "answered", f"order:{order_id}", said("The shopper withdraws from the contract."))]
            )
            facts = WithdrawalFacts(
                order_id=order_id,
                placed_on=calendar.day_of(order.placed_at),
                decided_on=calendar.day_of(now),
                name=statement.name,
                email=statement.email,
                declared_at=f"{now:%H:%M} UTC",
            )
            language = order.shopper.reads(tenant.profile.language)
            readers = dict.fromkeys((statement.email, tenant.profile.order_email or tenant.profile.owner_email))
            letters = [
                NewMessage(
                    f"withdrawal:{order_id}:{number}", MessageKind.WITHDRAWAL, to, language, to_json(facts), order_id
                )
                for number, to in enumerate(readers)
                if to
            ]
            if work.messages.add(letters, at=now):
                work.wake("deliver", tenant_id)
            work.commit()
        return True

    def _cancel_unsent(self, tenant_id: TenantId, order_id: OrderId) -> None:
        try:
            self.answers.cancel(tenant_id, order_id, channel=CHANNEL)
        except Conflict:
            return  # all of it has been sent or cancelled: there is nothing to hold back

"""Goods are back: the waitlist hears of it in waves, who was told and too late hears that it is gone, who bought is kept.

Called from planning inside its transaction, with the items locked: two waves at once cannot be. Paid backorders have
had theirs in the plan; what is told here is what the plan left over, as it is now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.domain.ids import ItemId, product_of
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.plan import Plan
from plugin.domain.restock import InLine, next_wave
from plugin.domain.saying import said
from plugin.services.facts import ParkedFacts, ParkedThing, to_json
from plugin.services.letters import waitlist_facts
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.ports.waitlist import WaitlistEntry, WaitlistState
from plugin.services.snapshots import Gathered

TOLD_LATELY = timedelta(days=3)
"""Whoever was told longer ago has bought, or does not care."""
NO_ADDRESS = (
    "Your store has no postal address, and mail to a waitlist must show one. "
    "Nobody on the waitlist is told that goods are back until you set it."
)


@dataclass
class Restock:
    """What is to be sent, and when which items are to be looked at again for the next wave."""

    letters: list[NewMessage] = field(default_factory=list)
    next_looks: dict[datetime, set[ItemId]] = field(default_factory=dict)


def restock(work: UnitOfWork, gathered: Gathered, plan: Plan) -> Restock:
    """Nobody behind is told before everybody ahead; whoever was told has a while before the next ones are."""
    free = {item.item_id: item.offer.on_hand for item in plan.items if item.offer.on_hand}
    waited_for = sorted(work.waitlist.items_waited_for(free))
    done = Restock()
    if waited_for and not gathered.tenant.postal_address:
        done.letters += _without_address(gathered)
        return done
    claims = work.waitlist.claims(waited_for, at=gathered.snapshot.now)
    products = work.items.products({product_of(item) for item in waited_for})
    for item in waited_for:
        _tell_wave(work, gathered, done, products[product_of(item)], item, free=free[item], told=claims.get(item, ()))
    return done


def _tell_wave(
    work: UnitOfWork,
    gathered: Gathered,
    done: Restock,
    product: Product,
    item: ItemId,
    *,
    free: int,
    told: Sequence[WaitlistEntry],
) -> None:
    rules, now = gathered.tenant.settings.waves, gathered.snapshot.now
    waiting = {entry.entry_id: entry for entry in work.waitlist.waiting_for(item, limit=free * rules.per_unit)}
    wave = next_wave(_in_line(waiting.values()), _in_line(told), free=free, rules=rules)
    due_at = gathered.tenant.awake_at(now)
    until = due_at + rules.pause
    letters = []
    for one in wave:
        entry = waiting[one.entry_id]
        letter = _back_in_stock(gathered, entry, product, due_at=due_at, until=until)
        if work.waitlist.tell(one.entry_id, at=now, until=until, message_key=letter.key):
            letters.append(letter)
    if letters:
        done.letters += letters
        done.next_looks.setdefault(until, set()).add(item)
        what = said(
            "%(item)s: %(told)s of the waitlist are told that %(free)s are back.",
            item=product.name,
            told=len(letters),
            free=free,
        )
        work.journal.add([Activity(now, "waitlist", f"item:{item}", what)])


def _in_line(entries: Iterable[WaitlistEntry]) -> list[InLine]:
    return [InLine(entry.entry_id, entry.quantity) for entry in entries]


def _back_in_stock(
    gathered: Gathered, entry: WaitlistEntry, product: Product, *, due_at: datetime, until: datetime
) -> NewMessage:
    tenant, calendar = gathered.tenant, gathered.snapshot.rules.calendar
    facts = waitlist_facts(entry, product, tenant, calendar.day_of(due_at))
    if tenant.settings.waves.claim_minutes:
        local = until.astimezone(ZoneInfo(tenant.profile.time_zone))
        facts = facts.first_until(local.date(), f"{local:%H:%M}")
    key = f"back_in_stock:{entry.entry_id}:{gathered.snapshot.now.isoformat()}"
    return NewMessage(key, MessageKind.BACK_IN_STOCK, entry.email, entry.locale, to_json(facts), due_at=due_at)


def _without_address(gathered: Gathered) -> list[NewMessage]:
    """Commercial mail that the law would not let us send waits; the merchant hears why, once a month."""
    now, tenant = gathered.snapshot.now, gathered.tenant
    today = gathered.snapshot.rules.calendar.day_of(now)
    if not tenant.profile.owner_email:
        return []
    facts = ParkedFacts(
        thing=ParkedThing.MAIL, reason="configuration", decided_on=today, about="", explanation=NO_ADDRESS
    )
    key = f"no_postal_address:{today:%Y-%m}"
    language = tenant.profile.language
    return [NewMessage(key, MessageKind.MERCHANT_PARKED, tenant.profile.owner_email, language, to_json(facts))]


def gone_again(work: UnitOfWork, gathered: Gathered, plan: Plan) -> list[NewMessage]:
    """Who heard lately that an item is back, and has not bought, hears that it is gone and keeps the place in line.

    Somebody whose mail has not left yet hears nothing at all.
    """
    now = gathered.snapshot.now
    tracked = {item.item_id for item in gathered.snapshot.items if item.is_tracked}
    gone = [item.item_id for item in plan.items if item.item_id in tracked and not item.offer.on_hand]
    letters: list[NewMessage] = []
    for item, entries in sorted(work.waitlist.told_since(gone, now - TOLD_LATELY).items()):
        product = work.items.products([product_of(item)])[product_of(item)]
        unheard = _drop_unsent(work, entries, at=now)
        for entry in entries:
            work.waitlist.save_state(entry.entry_id, WaitlistState.WAITING, at=now)
            if entry.message_key not in unheard:
                facts = waitlist_facts(entry, product, gathered.tenant, gathered.snapshot.rules.calendar.day_of(now))
                key = f"gone_again:{entry.entry_id}:{now.isoformat()}"
                letters.append(NewMessage(key, MessageKind.GONE_AGAIN, entry.email, entry.locale, to_json(facts)))
    return letters


def note_buyers(work: UnitOfWork, placed: Iterable[Order], *, at: datetime) -> None:
    """Whoever asked for an item and has bought it leaves the list; which order it was is kept."""
    bought: Mapping[tuple[ItemId, str], Order] = {
        (line.item_id, order.shopper.email.strip().lower()): order
        for order in placed
        for line in order.lines
        if line.item_id and order.shopper.email and not order.is_history
    }
    if not bought:
        return
    entries = work.waitlist.wants({item for item, _ in bought}, {email for _, email in bought})
    for entry in entries:
        order = bought.get((entry.item_id, entry.email))
        if order is None or order.placed_at < entry.asked_at:
            continue
        work.waitlist.bought(entry.entry_id, order.order_id, at=at)
        _drop_unsent(work, [entry], at=at)
        what = (
            said("Somebody who was told that it is back bought it with order %(order)s.", order=order.order_id)
            if entry.state is WaitlistState.TOLD
            else said("Somebody who was on the waitlist bought it with order %(order)s.", order=order.order_id)
        )
        work.journal.add([Activity(at, "waitlist", f"item:{entry.item_id}", what)])


def _drop_unsent(work: UnitOfWork, entries: Iterable[WaitlistEntry], *, at: datetime) -> set[str]:
    """What is not true any more and nobody has read; returns the keys of those mails."""
    unsent = work.messages.unsent([entry.message_key for entry in entries if entry.message_key])
    work.messages.drop([message.message_id for message in unsent], at=at)
    return {message.key for message in unsent}


def forget_unsent(work: UnitOfWork, entry: WaitlistEntry, *, at: datetime) -> None:
    """For somebody who leaves the list before the mail does."""
    _drop_unsent(work, [entry], at=at)

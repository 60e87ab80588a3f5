"""What the merchant does to chosen lines: name dates, allocate, pin, mail how it stands, split, cancel; and take it back.

A deed is one unit of work. Its preview is the same unit of work, rolled back: what is shown is what would happen, every
mail included. services/deed_kinds.py does the single deeds; web/admin/backorders.py asks and shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from plugin.domain.calendar import DateWindow, require_plannable
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, MessageId, OrderId, TenantId
from plugin.domain.saying import said
from plugin.services.backorders import LineKey
from plugin.services.deed_kinds import DEEDS, Asked, DeedKind, Outcome, Skipped, undo_deed
from plugin.services.errors import Conflict
from plugin.services.outbox import sender_of
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity, Deed
from plugin.services.ports.messages import MailWriter, MessageKind, OutboxMessage, SenderIdentity
from plugin.services.ports.unit_of_work import UnitOfWork, Units

MOST_LINES = 500
LONGEST_WORDS = 400
UNDO_FOR = timedelta(minutes=10)
MOST_TEXTS = 3
"""So many mails are shown word for word; the others are named."""


@dataclass(frozen=True, slots=True)
class MailPreview:
    """A mail that would go out. `text` is empty beyond the first few."""

    message: OutboxMessage
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a deed would do; nothing of it has happened."""

    done: tuple[LineKey, ...]
    skipped: Mapping[LineKey, Skipped]
    taken_from: Mapping[OrderId, int]
    """Units that other orders would give up."""
    mails: tuple[MailPreview, ...]
    can_undo: bool

    @property
    def shoppers(self) -> int:
        return len({mail.message.to.lower() for mail in self.mails})

    def count_of(self, kind: MessageKind) -> int:
        return sum(mail.message.kind is kind for mail in self.mails)

    @property
    def kinds(self) -> list[MessageKind]:
        return sorted({mail.message.kind for mail in self.mails})


@dataclass(frozen=True, slots=True)
class Done:
    """`deed_id` takes it back, where that can be."""

    deed_id: int
    lines: int
    mails: int
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Deeds:
    units: Units
    planning: Planning
    writer: MailWriter

    def preview(self, tenant_id: TenantId, asked: Asked) -> Preview:
        """Raises DomainError for what cannot be asked, Conflict where the store's rules are against it."""
        _require_possible(asked)
        with self.units(tenant_id) as work:
            outcome, mails = self._carry_out(work, asked)
            sender = sender_of(work.tenant())
            # Left without a commit: nothing has happened.
        shown = [self._written(tenant_id, mail, sender) for mail in mails[:MOST_TEXTS]]
        return Preview(
            done=outcome.done,
            skipped=outcome.skipped,
            taken_from=outcome.taken_from,
            mails=(*shown, *(MailPreview(mail) for mail in mails[MOST_TEXTS:])),
            can_undo=outcome.undo is not None,
        )

    def carry_out(self, tenant_id: TenantId, asked: Asked, *, user_id: int, mails: int) -> Done:
        """`mails` is what the user was shown; if it would be more or fewer now, nothing is done and Conflict raised."""
        _require_possible(asked)
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            outcome, sent = self._carry_out(work, asked)
            if len(sent) != mails:
                raise Conflict(
                    said(
                        "This would send %(count)s mails now, not %(mails)s. Look again, then decide.",
                        count=len(sent),
                        mails=mails,
                    )
                )
            if not outcome.done:
                raise Conflict(said("There is nothing left to do for these lines."))
            can_undo = outcome.undo is not None
            deed_id = work.deeds.add(
                Deed(
                    deed_id=0,
                    at=now,
                    user_id=user_id,
                    kind=asked.kind.value,
                    text=asked.note or asked.words,
                    undo=outcome.undo,
                    undo_until=(outcome.undo_until or now + UNDO_FOR) if can_undo else None,
                )
            )
            work.journal.add(
                [Activity(now, "by_hand", f"order:{order}", asked.kind.journal) for order in _orders(outcome.done)]
            )
            work.commit()
        return Done(deed_id, len(outcome.done), len(sent), can_undo)

    def undo(self, tenant_id: TenantId, deed_id: int) -> None:
        """Everything as it was before. Raises NotFound, Conflict where it is too late."""
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            deed = work.deeds.get(deed_id)
            if deed.undo is None:
                raise Conflict(said("This cannot be taken back."))
            if deed.undo_until is None or now > deed.undo_until:
                raise Conflict(said("It is too late to take this back."))
            if not work.deeds.take_back(deed):
                raise Conflict(said("This was taken back already."))
            orders = undo_deed(work, deed, at=now)
            self.planning.replan(work, _items(work, orders), orders=orders)
            work.journal.add([Activity(now, "by_hand", f"order:{order}", said("Taken back.")) for order in orders])
            work.commit()

    def _carry_out(self, work: UnitOfWork, asked: Asked) -> tuple[Outcome, list[OutboxMessage]]:
        before = _Outbox.read(work, asked)
        outcome = DEEDS[asked.kind](work, self.planning, asked)
        return outcome, before.mails_since(work)

    def _written(self, tenant_id: TenantId, message: OutboxMessage, sender: SenderIdentity) -> MailPreview:
        written = self.writer.write(message, sender, tenant=tenant_id)
        return MailPreview(message, written.subject, written.text)


@dataclass(frozen=True, slots=True)
class _Outbox:
    """The outbox before a deed: what is added or says something else afterwards are its mails."""

    last: MessageId
    orders: tuple[OrderId, ...]
    pending: Mapping[MessageId, OutboxMessage] = field(default_factory=dict)

    @classmethod
    def read(cls, work: UnitOfWork, asked: Asked) -> "_Outbox":
        chosen = {key.order_id for key in asked.lines}
        others = {order.order_id for order in work.orders.holding_items(_items(work, chosen))}
        orders = tuple(sorted(chosen | others))
        return cls(work.messages.newest(), orders, {m.message_id: m for m in work.messages.pending(orders)})

    def mails_since(self, work: UnitOfWork) -> list[OutboxMessage]:
        added = work.messages.added_after(self.last)
        changed = [
            message
            for message in work.messages.pending(self.orders)
            if (old := self.pending.get(message.message_id)) and (old.kind, old.facts) != (message.kind, message.facts)
        ]
        return [message for message in (*changed, *added) if message.kind.is_for_shoppers]


def asked_date(first: str, last: str) -> DateWindow:
    """Read two days as a form sends them; the second may be empty."""
    days = []
    for name, text in (("earliest", first), ("latest", last or first)):
        try:
            days.append(date.fromisoformat(text.strip()))
        except ValueError as error:
            raise DomainError(
                said("%(field)s is %(text)r; write a day as 2026-03-09.", field=name, text=text[:40]),
                field=name,
                value=text,
            ) from error
    require_plannable("latest", days[1])
    return DateWindow(days[0], days[1])


def _require_possible(asked: Asked) -> None:
    if not asked.lines:
        raise DomainError(said("No line is chosen. Tick the lines first."), field="id", value="")
    if len(asked.lines) > MOST_LINES:
        raise DomainError(
            said("%(count)s lines are chosen; at most %(most)s at once.", count=len(asked.lines), most=MOST_LINES),
            field="id",
            value=len(asked.lines),
        )
    for name in ("note", "words"):
        if len(getattr(asked, name)) > LONGEST_WORDS:
            raise DomainError(
                said("%(field)s is longer than %(most)s characters.", field=name, most=LONGEST_WORDS),
                field=name,
                value="",
            )
    if asked.kind is DeedKind.DATE and asked.window is None:
        raise DomainError(said("earliest is empty; name the first day it may ship."), field="earliest", value="")


def _orders(keys: Sequence[LineKey]) -> list[OrderId]:
    return sorted({key.order_id for key in keys})


def _items(work: UnitOfWork, orders: Sequence[OrderId] | set[OrderId]) -> set[ItemId]:
    found = work.orders.get(orders).values()
    return {line.item_id for order in found for line in order.lines if line.item_id}

"""The merchant's mails as the screens show them: a preview with made-up facts, a test to oneself, and what went to whom.

Nothing here decides what anybody is told; services/tones.py keeps the words, the outbox sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from plugin.domain.errors import DomainError
from plugin.domain.ids import MessageId, OrderId, TenantId
from plugin.domain.law import RULES, NoticeKind, Region, blocks_of
from plugin.domain.notices import CancelCause, DelayReason, Silence
from plugin.domain.promise import BasisKind
from plugin.domain.saying import Term, said
from plugin.domain.store import ChannelSender
from plugin.services.facts import (
    CancelledFacts,
    LaterFacts,
    LineFacts,
    NoticeFacts,
    OrderFacts,
    SeveralFacts,
    ToldOrder,
    WaitlistFacts,
    to_json,
)
from plugin.services.notices import MESSAGE_OF
from plugin.services.outbox import sender_of
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import TEST, MailWriter, MessageKind, NewMessage, OutboxMessage, WrittenMail
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units
from plugin.services.proof import MailResult
from plugin.services.tones import checked, require_editable
from plugin.services.waitlist import checked_address

SAMPLE_ORDER = 1001
MOST_SENDERS = 50
LONGEST_SENDER = 200
NOTICE_OF: Mapping[MessageKind, NoticeKind] = {
    **{message: notice for notice, message in MESSAGE_OF.items() if notice.is_delay},
    MessageKind.REMINDER: NoticeKind.FIRST_LONG,
}
WITHOUT_DATE = frozenset({NoticeKind.FIRST_UNKNOWN, NoticeKind.DELAY_UNKNOWN})
EU_KINDS = frozenset({NoticeKind.DELAY, NoticeKind.DELAY_UNKNOWN})


@dataclass(frozen=True, slots=True)
class SentRow:
    """A mail in the outbox and what became of it."""

    message_id: MessageId
    kind: MessageKind
    to: str
    locale: str
    order_id: OrderId | None
    written_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    result: MailResult
    tries: int
    subject: str
    text: str
    problem: str
    is_test: bool


class Mails(Protocol):
    def get(self, tenant: TenantId, message: MessageId) -> SentRow | None: ...
    def page(
        self, tenant: TenantId, *, kind: MessageKind | None = None, before: MessageId | None = None, limit: int = 50
    ) -> tuple[SentRow, ...]:
        """Newest first; `before` is the id of the oldest one seen."""
        ...

    def channels(self, tenant: TenantId) -> tuple[int, ...]:
        """Storefronts that orders came from."""
        ...


@dataclass(frozen=True, slots=True)
class Mailings:
    units: Units
    writer: MailWriter
    clock: Clock

    def preview(self, tenant_id: TenantId, kind: MessageKind, language: str, text: str) -> WrittenMail:
        """The mail with this text around its locked parts. Raises DomainError for a text that cannot be kept."""
        require_editable(kind, language)
        tone = checked(kind, text)
        with self.units(tenant_id) as work:
            tenant = work.tenant()
        message = OutboxMessage(
            MessageId(0), "preview", kind, "ada@example.com", language, sample_facts(kind, self._today()), tone=tone
        )
        return self.writer.write(message, sender_of(tenant), tenant=tenant_id)

    def send_test(self, tenant_id: TenantId, kind: MessageKind, language: str, to: str) -> None:
        """To one address, with made-up facts and a mark in the subject; it goes the way all mails go."""
        require_editable(kind, language)
        address, now = checked_address(to), self.clock.now()
        key = f"{TEST}{kind.value}:{language}:{now.isoformat()}"
        message = NewMessage(key, kind, address, language, sample_facts(kind, self._today()))
        with self.units(tenant_id) as work:
            work.messages.add([message], at=now)
            work.journal.add(
                [
                    Activity(
                        now,
                        "test_mail",
                        "store",
                        said("A test of %(mail)s goes to %(to)s.", mail=Term("mail", kind.value), to=address),
                    )
                ]
            )
            work.wake("deliver", tenant_id)
            work.commit()

    def save_sender(self, tenant_id: TenantId, sender: ChannelSender) -> None:
        """Under which name one storefront speaks; all empty: the store's own again."""
        for name in ("name", "reply_to", "postal_address"):
            text = getattr(sender, name)
            if len(text) > LONGEST_SENDER:
                raise DomainError(
                    said(
                        "%(field)s has %(count)s characters; at most %(most)s.",
                        field=name,
                        count=len(text),
                        most=LONGEST_SENDER,
                    ),
                    field=name,
                    value="",
                )
        if sender.reply_to:
            sender = replace(sender, reply_to=checked_address(sender.reply_to))
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            others = tuple(one for one in tenant.settings.channel_senders if one.channel_id != sender.channel_id)
            kept = others if sender == ChannelSender(sender.channel_id) else (*others, sender)
            if len(kept) > MOST_SENDERS:
                raise DomainError(
                    said("At most %(most)s storefronts have a name of their own.", most=MOST_SENDERS),
                    field="name",
                    value="",
                )
            work.save_tenant(replace(tenant, settings=replace(tenant.settings, channel_senders=kept)))
            work.commit()

    def _today(self) -> date:
        return self.clock.now().date()


def sample_facts(kind: MessageKind, today: date) -> dict[str, Any]:
    """An order nobody placed, so that a merchant can see the mail before anybody gets it."""
    week = timedelta(days=7)
    later = LaterFacts(1, today + 2 * week, today + 2 * week + timedelta(days=4), BasisKind.SHIPMENT)
    line = LineFacts(
        name="Stoneware mug", quantity=2, now_units=1, later=(later,), options="Blue", sku="MUG-BLUE", line_id=1
    )
    order: dict[str, Any] = {
        "order_id": SAMPLE_ORDER,
        "placed_on": today - week,
        "decided_on": today,
        "shopper_name": "Ada Lovelace",
    }
    if kind in NOTICE_OF:
        return to_json(_notice(NOTICE_OF[kind], replace(line, old_day=today + week), today, order))
    if kind in {MessageKind.CANCELLED, MessageKind.REFUNDED}:
        money: dict[str, Any] = (
            {"amount": "24.00 USD"} if kind is MessageKind.REFUNDED else {"refund_due": today + week}
        )
        return to_json(CancelledFacts(**order, lines=(line,), cause=CancelCause.MERCHANT, **money))
    if kind in {MessageKind.WAITLIST_CONFIRM, MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN}:
        return to_json(WaitlistFacts(entry_id=0, name=line.name, decided_on=today, options="Blue", sku=line.sku))
    came = replace(line, arrived_units=1) if kind is MessageKind.ARRIVED else line
    moved = kind in {MessageKind.EARLIER, MessageKind.SHIPPED_LATE}
    told = replace(came, old_day=today + 3 * week) if moved else came
    if kind is MessageKind.SEVERAL:
        return to_json(_several(replace(line, old_day=today + 3 * week), today, order))
    note = "The container has cleared customs." if kind is MessageKind.STATUS else ""
    return to_json(OrderFacts(**order, lines=(told,), note=note))


def _several(line: LineFacts, today: date, order: Mapping[str, Any]) -> SeveralFacts:
    spoon = LineFacts(name="Serving spoon", quantity=2, now_units=2, sku="SPOON", line_id=2, arrived_units=2)
    earlier = OrderFacts(**order, lines=(line,))
    arrived = replace(earlier, order_id=SAMPLE_ORDER + 1, lines=(spoon,))
    told = (ToldOrder(MessageKind.EARLIER, earlier), ToldOrder(MessageKind.ARRIVED, arrived))
    return SeveralFacts(today, told, shopper_name=earlier.shopper_name)


def _notice(kind: NoticeKind, line: LineFacts, today: date, order: Mapping[str, Any]) -> NoticeFacts:
    has_date = kind not in WITHOUT_DATE
    rules = RULES[Region.EU if kind in EU_KINDS else Region.US]
    undated = replace(line, later=(LaterFacts(1),))
    silence = Silence.CHANGES_NOTHING if kind in EU_KINDS else Silence.CANCELS
    return NoticeFacts(
        **order,
        lines=(line if has_date else undated,),
        kind=kind,
        reason=DelayReason.SUPPLIER_LATER if has_date else DelayReason.NO_SUPPLY,
        silence=Silence.CONSENTS if kind is NoticeKind.FIRST_SHORT else silence,
        blocks=tuple(sorted(blocks_of(kind, rules, has_date=has_date))),
        answer_by=None if kind in EU_KINDS else today + timedelta(days=30),
    )

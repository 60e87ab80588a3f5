"""Mail: what waits to be sent, who writes and carries it, and what comes back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import (
    MessageId,
    OrderId,
    ShipmentId,
    TenantId,
)
from plugin.domain.order import Sending
from plugin.domain.plan import Offer
from plugin.domain.promise import Promise
from plugin.services.errors import GiveUp


class MessageKind(StrEnum):
    """Templates live under adapters/mail/templates/<kind>."""

    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    DATE_SET = "date_set"
    EARLIER = "earlier"
    DELAY_FIRST_SHORT = "delay_first_short"
    DELAY_FIRST_LONG = "delay_first_long"
    DELAY_FIRST_UNKNOWN = "delay_first_unknown"
    DELAY_RENEWED = "delay_renewed"
    DELAY = "delay"
    DELAY_UNKNOWN = "delay_unknown"
    REMINDER = "reminder"
    PART_SHIPPED = "part_shipped"
    SHIPPED_LATE = "shipped_late"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    WITHDRAWAL = "withdrawal"
    ORDER_LINK = "order_link"
    STATUS = "status"
    """How an order stands, because the merchant wanted to say so."""
    SEVERAL = "several"
    """Updates of several orders in one mail; made when it is sent, never kept in the outbox."""
    WAITLIST_CONFIRM = "waitlist_confirm"
    BACK_IN_STOCK = "back_in_stock"
    GONE_AGAIN = "gone_again"
    MERCHANT_LIMIT_REACHED = "merchant_limit_reached"
    MERCHANT_PARKED = "merchant_parked"
    MERCHANT_DISCONNECTED = "merchant_disconnected"
    MERCHANT_LEFT_BEHIND = "merchant_left_behind"
    MERCHANT_DIGEST = "merchant_digest"

    @property
    def is_for_shoppers(self) -> bool:
        return not self.value.startswith("merchant_")

    @property
    def is_notice(self) -> bool:
        """What the law wants told by a certain day: it goes first where much waits."""
        return self.value.startswith("delay")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to a person. `key` makes it unique in its store: the same key is never sent twice."""

    key: str
    kind: MessageKind
    to: str
    locale: str
    facts: Mapping[str, Any]
    """JSON values only: everything the template needs, frozen when the message was decided."""
    order_id: OrderId | None = None
    """The order it tells of; what is not sent yet can be replaced by news of the same order."""
    due_at: datetime | None = None
    """Not sent before; None: at once."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    message_id: MessageId
    key: str
    kind: MessageKind
    to: str
    locale: str
    facts: Mapping[str, Any]
    attempts: int = 0
    """How often it was claimed, this time included."""
    order_id: OrderId | None = None
    tone: str = ""
    """The merchant's own text for this kind and language, as services/tones.py reads it; empty: ours."""

    @property
    def is_test(self) -> bool:
        """Sent to the merchant to be looked at."""
        return self.key.startswith(TEST)


TEST = "test:"


@dataclass(frozen=True, slots=True)
class Tone:
    """The merchant's own text for one kind of mail in one language; services/tones.py reads it. Empty: ours."""

    kind: MessageKind
    language: str
    text: str


class Messages(Protocol):
    def add(self, messages: Sequence[NewMessage], *, at: datetime) -> list[MessageId]:
        """Insert those whose key is new; returns their ids."""
        ...

    def pending(self, orders: Collection[OrderId]) -> list[OutboxMessage]:
        """What tells of these orders and nobody has seen: neither sent, nor dropped, nor parked."""
        ...

    def unsent(self, keys: Collection[str]) -> list[OutboxMessage]:
        """Those of these keys that nobody has seen."""
        ...

    def newest(self) -> MessageId:
        """The last id given out; 0 before the first message."""
        ...

    def added_after(self, message: MessageId) -> list[OutboxMessage]: ...

    def replace(self, message: MessageId, by: NewMessage) -> None:
        """Send this instead, under the same key, when the other one would have been sent."""
        ...

    def drop(self, ids: Collection[MessageId], *, at: datetime) -> None:
        """Never to be sent: it is not true any more."""
        ...

    def beside(
        self, message: OutboxMessage, *, kinds: Collection[MessageKind], at: datetime, limit: int
    ) -> list[OutboxMessage]:
        """What the same reader is to be told of other orders, due or held; oldest first, nothing that is being sent."""
        ...

    def claim(self, message: MessageId, *, at: datetime, ahead: bool = False) -> OutboxMessage | None:
        """None if it was sent, is being sent by someone else, or is parked. `ahead`: what is only held as well."""
        ...

    def sent(
        self, message: MessageId, *, at: datetime, subject: str, text: str, sent_with: MessageId | None = None
    ) -> None:
        """`sent_with` is the message whose mail told this one too."""
        ...

    def postpone(self, message: MessageId, *, until: datetime) -> None:
        """Due again then; what was parked is given all its tries back."""
        ...

    def park(self, message: MessageId, problem: GiveUp) -> None: ...
    def release(self, kinds: Collection[MessageKind], *, at: datetime) -> None:
        """What was parked because a setting was missing is due again."""
        ...

    def came_back(self, message: MessageId, *, at: datetime, why: str) -> list[OutboxMessage]:
        """The mail server had taken it, with all it told. None of it if it was never sent, or came back before."""
        ...

    def due(self, *, at: datetime, limit: int) -> list[MessageId]:
        """What the law wants told, then the rest, the longest due first."""
        ...


class Tones(Protocol):
    def all(self) -> list[Tone]: ...
    def get(self, kind: MessageKind, language: str) -> str:
        """Empty where the merchant has not written one."""
        ...

    def save(self, tone: Tone) -> None:
        """An empty text brings ours back."""
        ...


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """Whose mail it is."""

    store_name: str
    storefront_url: str
    logo_url: str
    reply_to: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class SentMail:
    subject: str
    text: str
    """The plain body exactly as sent."""


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail as it would be read."""

    subject: str
    text: str
    html: str


class MailWriter(Protocol):
    def write(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> WrittenMail:
        """Raises GiveUp for facts or a tone that make no mail."""
        ...


class Notifier(Protocol):
    @property
    def is_ready(self) -> bool:
        """False where nothing can be sent yet; messages then wait, and no try is counted."""
        ...

    def send(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> SentMail:
        """Raises RetryLater (server away, 4xx) or GiveUp (address refused or nonsense)."""
        ...


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a mail server says of a mail of ours that nobody got. `why` names no address."""

    tenant_id: TenantId
    message_id: MessageId
    why: str
    is_complaint: bool = False
    """It arrived, and its reader does not want such mail."""


class BounceReader(Protocol):
    def read(self, raw: bytes) -> CameBack | None:
        """None for what is no report about a mail of ours."""
        ...


class BounceMailbox(Protocol):
    def take(self, handle: Callable[[bytes], object]) -> int:
        """Hand over each waiting mail and delete it; returns how many. Raises RetryLater."""
        ...


class Wording(Protocol):
    """Short texts for the shop, in a language; mails have their own templates."""

    def offer(self, offer: Offer, locale: str) -> str:
        """The product page's sentence, at most 255 characters; empty where the shop's own text should stand."""
        ...

    def told(self, offer: Offer, quantity: int, locale: str) -> str:
        """What the page says to a buyer of so many."""
        ...

    def page_words(self, locale: str) -> Mapping[str, str | Sequence[str]]:
        """What the storefront script can say, by name; a pair is for one unit and for more. English where not spoken."""
        ...

    def page_window(self, window: DateWindow, locale: str) -> str:
        """Days as any language writes them, spoken here or not."""
        ...

    def speaks(self, locale: str) -> bool: ...

    def product(self, offers: Sequence[tuple[str, Offer]], locale: str) -> str:
        """One text for a product whose variants (label, offer) differ; at most 255 characters."""
        ...

    def window(self, window: DateWindow, locale: str) -> str: ...
    def order_note(self, lines: Sequence[tuple[str, Promise]], locale: str, *, sending: Sending | None = None) -> str:
        """The block for staff: one line per order line (name, promise), and how the shopper wants it sent."""
        ...


class Links(Protocol):
    """Signed, single-purpose addresses for shoppers and suppliers."""

    def confirm_waitlist(self, tenant: TenantId, entry: int) -> str: ...
    def leave_waitlist(self, tenant: TenantId, entry: int) -> str: ...
    def order_page(self, tenant: TenantId, order: OrderId) -> str: ...
    def shipment_page(self, tenant: TenantId, shipment: ShipmentId) -> str: ...

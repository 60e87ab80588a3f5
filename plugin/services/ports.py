"""What the services need from the outside world, as protocols. Adapters implement them; bootstrap.py chooses.

Three groups: the shop (`Store`), memory (`UnitOfWork` and its repositories, `Directory`), and the rest (`JobQueue`,
`Notifier`, `Wording`, `Clock`, `Holidays`). Values that only cross these lines live here too.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import (
    CategoryId,
    ItemId,
    LocationId,
    MessageId,
    OrderId,
    OrderLineId,
    ProductId,
    ShipmentId,
    TenantId,
    VariantId,
)
from plugin.domain.item import Product, ProductTexts
from plugin.domain.law import Region
from plugin.domain.notices import Answer, CancelCause, Notice
from plugin.domain.order import InventorySettings, Order, OrderLine, OrderStage, Sending
from plugin.domain.plan import ItemPlan, LinePlan, Offer
from plugin.domain.policy import BackorderPolicy, Scope
from plugin.domain.promise import BasisKind, Promise, PromisePart, SetByHand
from plugin.domain.reading import Suspicion
from plugin.domain.saying import Saying
from plugin.domain.shipment import EtaStatement, IncomingShipment
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import ConnectionState, Role, StoreProfile, Tenant
from plugin.domain.substitute import ChoiceState, Substitute, SubstituteChoice
from plugin.domain.supplier import Punctuality, Receipt, Supplier
from plugin.domain.telling import OwedPart, ToldPart, owed_parts
from plugin.services.causes import LinkedCall
from plugin.services.errors import GiveUp, RetryLater

Key = TypeVar("Key")
StockPlace = tuple[ItemId, LocationId]


# --------------------------------------------------------------------------------------------------- the shop


class MetafieldOwner(StrEnum):
    PRODUCT = "product"
    VARIANT = "variant"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Metafield:
    """One value we keep on a thing of the shop. `remote_id` None: not written yet, or its id was lost."""

    owner_id: int
    value: str
    remote_id: int | None = None


@dataclass(frozen=True, slots=True)
class BackorderLimit:
    """A native limit for one item and location."""

    item_id: ItemId
    location_id: LocationId
    limit: int


@dataclass(frozen=True, slots=True)
class BulkResult(Generic[Key]):
    """What a bulk write did: which keys were written (with the remote id, where there is one), which never will be.

    A bulk write of several calls may be told to wait half-way. What was done is not forgotten: keys in neither mapping
    were not reached, and `stopped_by` says when to ask for them again. Waiting before anything was done is raised.
    """

    written: Mapping[Key, int | None]
    refused: Mapping[Key, GiveUp] = field(default_factory=dict)
    stopped_by: RetryLater | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`marker` stands in the refund's reason: by it a refund is found again that was made and never answered."""

    order_id: OrderId
    units: Mapping[OrderLineId, int]
    marker: str
    with_shipping: bool = False


@dataclass(frozen=True, slots=True)
class RefundMade:
    amount: str
    is_offline: bool = False
    remote_id: int | None = None
    """None for a quote."""


@dataclass(frozen=True, slots=True)
class TrialOrder:
    """One unit of an item, ordered by nobody; its mails go to the merchant's own address."""

    mark: str
    product_id: ProductId
    variant_id: VariantId | None
    email: str


@dataclass(frozen=True, slots=True)
class HookReport:
    """What `keep_hooks` found and did. A hook that had stopped means events were lost: reconcile."""

    created: tuple[str, ...] = ()
    reactivated: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def lost_events(self) -> bool:
        return bool(self.created or self.reactivated)


@dataclass(frozen=True, slots=True)
class PageScript:
    """Our script on the pages of one storefront."""

    channel_id: int
    visibility: str
    name: str
    description: str
    url: str
    integrity: str
    location: str
    load_method: str
    consent_category: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PagePanel:
    """A panel of ours beside one kind of the control panel's own pages.

    `url` is a deep link into our pages; `${id}` in it stands for the order or the product.
    """

    model: str
    label: str
    url: str


class Store(Protocol):
    """The merchant's BigCommerce store, as something we call. Every method may raise RetryLater, GiveUp, AccessRevoked.

    Methods that take many things make the fewest calls the platform's bulk limits allow.
    """

    def profile(self) -> StoreProfile: ...
    def inventory_settings(self) -> InventorySettings: ...
    def default_location(self) -> LocationId: ...
    def has_native_backorders(self) -> bool: ...
    def server_time(self) -> datetime: ...

    def products(self, ids: Collection[ProductId]) -> list[Product]: ...
    def all_products(self) -> Iterator[list[Product]]: ...
    def categories(self) -> dict[CategoryId, str]:
        """What the shop calls each of them."""
        ...

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        """The orders that can be read now; `item_id` of their lines is still None (the catalog decides it)."""
        ...

    def orders_modified_since(self, since: datetime) -> Iterator[list[Order]]: ...
    def open_orders(self) -> Iterator[list[Order]]:
        """Orders in an open or unpaid stage, whenever they were placed: the history an install takes over."""
        ...

    def customer_groups(self, customers: Collection[int]) -> dict[int, int]:
        """The group of each customer that still exists; 0 for those in none."""
        ...

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]: ...
    def all_stock(self) -> Iterator[list[StockLevel]]: ...
    def adjust_stock(self, moves: Sequence[StockMove]) -> BulkResult[StockPlace]:
        """Apply relative changes, one move per item and location; those whose first change must be absolute are handled.

        A RetryLater with `outcome_unknown` means that some or all may have taken effect.
        """
        ...

    def set_backorder_limits(self, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]: ...

    def write_product_texts(self, texts: Mapping[ProductId, ProductTexts]) -> BulkResult[ProductId]: ...
    def write_metafields(self, owner: MetafieldOwner, fields: Sequence[Metafield]) -> BulkResult[int]: ...
    def delete_metafields(self, owner: MetafieldOwner, remote_ids: Sequence[int]) -> None: ...
    def staff_notes(self, order: OrderId) -> str: ...
    def write_staff_notes(self, order: OrderId, notes: str) -> None: ...

    def place_trial_order(self, order: "TrialOrder") -> OrderId:
        """Place it as a test, in a sandbox only; the one that bears this mark already is the answer."""
        ...

    def cancel_order(self, order: OrderId) -> None:
        """Set its status; the shop itself puts the units back, as far as it does that."""
        ...

    def refund_quote(self, request: RefundRequest) -> RefundMade: ...
    def refund(self, request: RefundRequest) -> RefundMade:
        """Give the money back by the way it came, once: a refund with this marker that is there already is the answer."""
        ...

    def missing_hooks(self) -> tuple[str, ...]:
        """The webhooks that are not there or switched off, by scope; nothing is repaired."""
        ...

    def keep_hooks(self) -> HookReport:
        """Create what is missing of the manifest's webhooks, wake what was switched off."""
        ...

    def delete_hooks(self) -> None: ...

    def storefront_channels(self) -> list[int]: ...
    def page_scripts(self) -> list[PageScript]:
        """Ours only, as they stand there now."""
        ...

    def keep_page_script(self, script: PageScript) -> None: ...
    def remove_page_script(self, channel_id: int, visibility: str) -> None: ...

    def page_panels(self) -> list[PagePanel]:
        """Ours only, as they stand in the control panel now."""
        ...

    def keep_page_panel(self, panel: PagePanel) -> None: ...
    def remove_page_panel(self, url: str) -> None: ...


class Stores(Protocol):
    """The stores we have a token for."""

    def open(self, tenant: TenantId) -> Store: ...


# ----------------------------------------------------------------------------------------------------- memory


@dataclass(frozen=True, slots=True)
class Envelope:
    """A webhook as it came in, opened but not believed."""

    tenant_id: TenantId
    topic: str
    dedupe_key: str
    body: str
    """The raw JSON text; only ids are ever read from it."""


@dataclass(frozen=True, slots=True)
class InboxEvent:
    event_id: int
    topic: str
    body: Mapping[str, Any]
    received_at: datetime
    attempts: int
    """How often it was claimed, this time included."""


@dataclass(frozen=True, slots=True)
class EventHint:
    """Where to look after an event. Hints only: what is true is read from the shop."""

    orders: frozenset[OrderId] = frozenset()
    stock: frozenset[tuple[ProductId, VariantId | None]] = frozenset()
    counted: frozenset[tuple[ProductId, VariantId | None, int | None]] = frozenset()
    """The part of `stock` that something other than an order has written, and by how many units where that is said."""
    products: frozenset[ProductId] = frozenset()
    deleted_products: frozenset[ProductId] = frozenset()
    store_changed: bool = False


class EventReader(Protocol):
    def read(self, topic: str, body: Mapping[str, Any]) -> EventHint:
        """Empty for a topic nobody handles. Raises GiveUp("rejected") for a body that does not fit its topic."""
        ...


class InboxWriter(Protocol):
    """Where the receiver puts events: durable when the call returns."""

    def accept(self, envelope: Envelope) -> bool:
        """True if the event is new. Raises RetryLater when it could not be stored."""
        ...


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item with what the last plan said of it."""

    item_id: ItemId
    product_id: ProductId
    name: str
    label: str
    sku: str
    categories: tuple[CategoryId, ...]
    is_tracked: bool
    availability: Availability


@dataclass(frozen=True, slots=True)
class StockRecord:
    """A level as the platform showed it last, and what it should show next.

    `expected` is the platform's own number (on hand minus backordered, virtual units included) after the orders and
    the finished moves we know of. One record per item and location.
    """

    level: StockLevel
    expected: int
    suspicion: Suspicion | None = None
    read_at: datetime | None = None

    def moved(self, move: StockMove) -> "StockRecord":
        """The record once a move of ours has taken effect."""
        return replace(self, level=self.level.moved(move), expected=self.expected + move.number)


class MoveState(StrEnum):
    WANTED = "wanted"
    SENDING = "sending"
    """Claimed; if it stays so, the worker died and the outcome is unknown."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MoveRecord:
    move_id: int
    move: StockMove
    state: MoveState
    changed_at: datetime
    """When it came into this state."""
    cause_id: int | None = field(default=None, compare=False)


class PublicationKind(StrEnum):
    """What is written where. The order is the order of urgency."""

    LIMIT = "limit"
    PRODUCT = "product"
    PRODUCT_METAFIELD = "product_metafield"
    VARIANT_METAFIELD = "variant_metafield"
    ORDER_METAFIELD = "order_metafield"
    ORDER_NOTE = "order_note"
    SCRIPT = "script"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Publication:
    """What the shop should show at one place, and what we last wrote there. `desired` None: as it was before us."""

    kind: PublicationKind
    target: str
    """Item id and location (`77:105@1`) for a limit, channel and visibility for a script, the address of a panel,
    else the id of the product, variant or order."""
    desired: Mapping[str, Any] | None
    written: Mapping[str, Any] | None = None
    original: Mapping[str, Any] | None = None
    """What stood there before us; given back when nothing is desired."""
    remote_id: int | None = None
    revision: int = 0
    is_due: bool = False
    attempts: int = 0
    """How often writing this was put off."""
    cause_id: int | None = field(default=None, compare=False)
    """Why this is wanted (services/causes.py)."""


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
class Telling:
    """What a shopper was told first about one line, word for word and for good."""

    order_id: OrderId
    line_id: OrderLineId
    at: datetime
    surface: str
    locale: str
    window: DateWindow | None
    text: str
    basis: Mapping[str, Any]
    """What the date stands on: the promise with the basis of each part, as JSON values."""

    @property
    def all_parts(self) -> tuple[ToldPart, ...]:
        """Its dates in the order they were told; units said to be on hand come first, as ones with a negative number."""
        told = self.basis.get("parts", ())
        on_hand = sum(part["kind"] == BasisKind.ON_HAND for part in told)
        return tuple(ToldPart(n - on_hand, part["units"], _window(part)) for n, part in enumerate(told))

    @property
    def parts(self) -> tuple[ToldPart, ...]:
        """The dates of what was said to ship later; one at least."""
        later = tuple(part for part in self.all_parts if part.number >= 0)
        return later or (ToldPart(0, 0, self.window),)

    def owed_parts(
        self,
        line: OrderLine,
        *,
        owed: int,
        later: Sequence[PromisePart],
        notices: Iterable["NoticeRecord"],
        today: date,
    ) -> tuple[OwedPart, ...]:
        """What of each told date is still owed, and when it is to come now."""
        told = sum(part.units for part in self.all_parts)
        cancelled = max(0, told - line.open - line.shipped)
        last = {record.part: record.notice for record in notices if record.notice.kind.is_delay}
        ended = {part for part, notice in last.items() if notice.has_run_out(today)}
        return owed_parts(self.parts, owed=owed, cancelled=cancelled, later=later, ended=ended)


def _window(part: Mapping[str, Any]) -> DateWindow | None:
    if not part["latest"]:
        return None
    return DateWindow(date.fromisoformat(part["earliest"]), date.fromisoformat(part["latest"]))


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice about one line as it is kept. `message_key` names the mail it goes out with."""

    notice_id: int
    order_id: OrderId
    line_id: OrderLineId
    notice: Notice
    region: Region
    reason: str
    rules_version: str
    decided_at: datetime
    message_key: str = ""
    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    reminder_bounced_at: datetime | None = None
    answered_at: datetime | None = None
    channel: str = ""
    part: int = 0
    """Which of the line's told dates it is about."""
    units: int = 0
    """That were owed of it when this was decided."""

    @property
    def is_pending(self) -> bool:
        """Decided, and nobody has heard of it yet."""
        return self.sent_at is None and self.bounced_at is None and self.notice.answer is None


class Wants(StrEnum):
    """What the last notice of a line waits for."""

    TELL = "tell"
    """Nobody has heard of it: its mail is on its way, or came back and a person has to call."""
    ANSWER = "answer"
    """The shopper's yes, which the law asks for."""


class GivenAnswer(StrEnum):
    """What a shopper may say on the page of an order."""

    KEEP = "keep"
    CANCEL = "cancel"
    SHIP_READY = "ship_ready"
    ADDRESS = "address"
    WITHDRAW = "withdraw"
    """From the contract, where the law gives that right."""
    SUBSTITUTE = "substitute"
    """Something else instead, which the merchant allows."""
    TAKE_BACK = "take_back"
    """That, and what was bought is wanted again."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer with its time; only ever added. `lines` empty: it is about the whole order."""

    order_id: OrderId
    at: datetime
    answer: GivenAnswer
    channel: str
    lines: tuple[OrderLineId, ...] = ()
    detail: str = ""


class CancellationState(StrEnum):
    PROPOSED = "proposed"
    """Has to be cancelled; waits for the merchant's yes."""
    DECIDED = "decided"
    """Cancelled; the money is on its way."""
    REFUNDED = "refunded"
    DISMISSED = "dismissed"
    """Proposed, and no longer needed: the shopper or the merchant decided otherwise."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Units of one line that are cancelled, and what became of their money."""

    cancellation_id: int
    order_id: OrderId
    line_id: OrderLineId
    units: int
    cause: CancelCause
    state: CancellationState
    decided_at: datetime
    refund_due: date | None = None
    refunded_at: datetime | None = None
    amount: str = ""
    """In the order's currency, as the platform said it."""
    is_offline: bool = False
    """The platform cannot move this money: a person has to."""
    with_shipping: bool = False
    """The last of an order of which nothing was sent: what shipping cost goes back as well."""
    problem: str = ""
    """Why the refund was given up on; a person has to look."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """A decision, for the merchant, to be said in any language. `about` names what it is about: `order:100`, `item:77`."""

    at: datetime
    kind: str
    about: str
    said: Saying


@dataclass(frozen=True, slots=True)
class Deed:
    """What a user did to many lines at once. `undo` holds what it was before; None where it cannot be taken back."""

    deed_id: int
    at: datetime
    user_id: int
    kind: str
    text: str
    undo: Mapping[str, Any] | None = None
    undo_until: datetime | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list as somebody wants to see it again: the query of its address."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Tone:
    """The merchant's own text for one kind of mail in one language; services/tones.py reads it. Empty: ours."""

    kind: MessageKind
    language: str
    text: str


class WaitlistState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    TOLD = "told"
    BOUGHT = "bought"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    entry_id: int
    item_id: ItemId
    email: str
    locale: str
    quantity: int
    state: WaitlistState
    asked_at: datetime
    told_at: datetime | None = None
    claim_until: datetime | None = None
    """Until then nobody behind is told in this one's stead."""
    message_key: str = ""
    """Of the mail that told it."""
    order_id: OrderId | None = None
    """What was bought after asking."""


class Items(Protocol):
    """The catalog and what the last plan said of each item."""

    def save_products(self, products: Iterable[Product]) -> None: ...
    def forget_products(self, ids: Collection[ProductId]) -> None: ...
    def products(self, ids: Collection[ProductId]) -> dict[ProductId, Product]: ...
    def name_categories(self, names: Mapping[CategoryId, str]) -> None:
        """Those that are not among them are forgotten."""
        ...

    def facts(self, ids: Collection[ItemId], *, lock: bool = False) -> dict[ItemId, ItemFacts]:
        """With `lock`, the rows stay locked until the transaction ends; ids are locked in sorted order."""
        ...

    def ids_in_scope(self, scope: Scope, *, after: str = "", limit: int | None = None) -> list[ItemId]:
        """In the order of their ids' characters; at most `limit` behind `after`."""
        ...

    def ids_past_zero(self) -> list[ItemId]:
        """Items whose availability is not plain: under a policy that is on, or still owing units."""
        ...

    def id_by_sku(self, skus: Collection[str]) -> dict[str, ItemId]: ...
    def save_plans(self, plans: Sequence[ItemPlan]) -> None: ...
    def offers(self, ids: Collection[ItemId]) -> dict[ItemId, Offer]: ...


class Orders(Protocol):
    def get(self, ids: Collection[OrderId]) -> dict[OrderId, Order]: ...
    def save(self, orders: Sequence[Order]) -> None:
        """Insert or replace with all lines. The caller has compared `modified_at`."""
        ...

    def holding_items(self, items: Collection[ItemId]) -> list[Order]:
        """Orders in a stage that holds units, with at least one open line of these items; all their lines."""
        ...

    def sent_when_ready(self, item: ItemId, *, since: datetime) -> int:
        """Units of an item that left with orders changed since then, of lines that nothing was owed of any more."""
        ...

    def promises(self, orders: Collection[OrderId]) -> dict[OrderLineId, Promise]: ...
    def save_line_plans(self, lines: Sequence[LinePlan]) -> None:
        """Allocation, promise and reason of each line."""
        ...

    def pin(self, order: OrderId, lines: Collection[OrderLineId], at: datetime | None) -> int:
        """Put lines first by hand, or (None) let them go; returns how many there are."""
        ...

    def set_by_hand(self, orders: Collection[OrderId]) -> dict[OrderLineId, SetByHand]:
        """Lines of these orders for which the merchant named ship dates."""
        ...

    def save_by_hand(self, order: OrderId, line: OrderLineId, dates: SetByHand | None) -> None:
        """Name ship dates; None takes them back, and what was told before stands again."""
        ...

    def reasons(self, orders: Collection[OrderId]) -> dict[OrderLineId, str]:
        """Why each line has what it has, as the last plan put it."""
        ...

    def customers_without_group(self) -> set[int]:
        """Customers with open orders whose group nobody asked for yet."""
        ...

    def save_customer_groups(self, groups: Mapping[int, int]) -> None: ...
    def mark_confirmed(self, orders: Collection[OrderId], at: datetime) -> None: ...
    def unconfirmed(self, orders: Collection[OrderId]) -> set[OrderId]:
        """Those of them whose shopper has not been told a first promise."""
        ...

    def add_to_ledger(self, order: OrderId, *, at: datetime, surface: str, text: str, facts: Mapping[str, Any]) -> None:
        """What a shopper was told, word for word. Only ever added to."""
        ...

    def contacts(self, ids: Collection[OrderId]) -> dict[OrderId, str]:
        """Addresses shoppers gave us for their messages, instead of the order's own."""
        ...

    def save_contact(self, order: OrderId, email: str) -> None: ...
    def told_shipped(self, ids: Collection[OrderId]) -> dict[OrderLineId, int]:
        """Units of each line whose leaving the shopper has been told about, or need not be."""
        ...

    def save_told_shipped(self, order: OrderId, shipped: Mapping[OrderLineId, int]) -> None: ...


class Shown(Protocol):
    """What the shop's pages said of items in the last days: an order is held against what its shopper saw."""

    def supersede(self, offers: Mapping[ItemId, Offer], *, at: datetime) -> None:
        """These were said until now."""
        ...

    def since(
        self, moment: datetime, ids: Collection[ItemId]
    ) -> dict[ItemId, tuple[tuple[datetime | None, Offer], ...]]:
        """All that was still said after the moment, oldest first, with when it ended; the last one stands (None)."""
        ...


class Carts(Protocol):
    """What shoppers chose for carts that are no order yet."""

    def save(self, cart_id: str, sending: Sending, *, at: datetime) -> None: ...
    def sendings(self, ids: Collection[str]) -> dict[str, Sending]: ...


@dataclass(frozen=True, slots=True)
class Purge:
    """A product whose pages a cache in front should forget."""

    product_id: ProductId
    due_at: datetime
    attempts: int = 0


class Purges(Protocol):
    """What a cache in front is still to be told."""

    def want(self, products: Collection[ProductId], *, due_at: datetime) -> None: ...
    def due(self, *, at: datetime, limit: int) -> list[Purge]: ...
    def done(self, purges: Collection[Purge]) -> None:
        """Unless it was wanted anew meanwhile."""
        ...

    def postpone(self, purge: Purge, *, until: datetime) -> None: ...


class People(Protocol):
    """The persons behind orders and the waitlist. Addresses are compared without regard to case."""

    def orders_of(self, email: str) -> dict[OrderId, OrderStage]: ...
    def known_of(self, email: str) -> Mapping[str, Any]:
        """Everything kept of a person, by subject, as rows."""
        ...

    def forget_orders(self, ids: Collection[OrderId], *, at: datetime) -> None:
        """Names and addresses go, also from texts; pictures of these orders taken later bring none back."""
        ...

    def forget_waiting(self, email: str) -> int:
        """Waitlist entries and their mails; returns how many entries."""
        ...

    def forget_waiting_before(self, moment: datetime) -> int:
        """Those who left, were told, or never confirmed, before the moment."""
        ...

    def done_with(self, *, modified_before: datetime, limit: int) -> list[OrderId]:
        """Orders that hold no units any more and still name somebody, oldest first."""
        ...


class Stock(Protocol):
    def records(self, items: Collection[ItemId]) -> dict[ItemId, list[StockRecord]]: ...
    def save(self, records: Sequence[StockRecord]) -> None: ...
    def add_moves(self, moves: Sequence[StockMove], *, at: datetime) -> None: ...
    def moves(
        self, items: Collection[ItemId], states: Collection[MoveState], *, changed_since: datetime | None = None
    ) -> list[MoveRecord]:
        """Oldest first."""
        ...

    def claim_moves(self, *, at: datetime, limit: int) -> list[MoveRecord]:
        """Turn up to `limit` wanted moves to sending, none at a place where another is still being sent."""
        ...

    def stale_moves(self, *, sent_before: datetime) -> list[MoveRecord]:
        """Moves still sending since before that: the worker died or the answer was lost."""
        ...

    def has_location(self, location: LocationId) -> bool:
        """Whether the shop keeps a level of anything there."""
        ...

    def locations(self) -> set[LocationId]: ...
    def finish_moves(self, ids: Collection[int], state: MoveState, *, at: datetime) -> None: ...
    def has_wanted_moves(self) -> bool: ...


class Shipments(Protocol):
    def add(self, shipment: IncomingShipment) -> ShipmentId:
        """`shipment.shipment_id` is ignored; raises Conflict if supplier and reference are known."""
        ...

    def get(self, shipment: ShipmentId, *, lock: bool = False) -> IncomingShipment:
        """Raises NotFound. With `lock`, nobody else changes it until the transaction ends."""
        ...

    def by_reference(self, reference: str) -> list[IncomingShipment]: ...
    def save(self, shipment: IncomingShipment) -> None: ...
    def coming(self, items: Collection[ItemId]) -> list[IncomingShipment]: ...
    def coming_from(self, suppliers: Collection[str]) -> list[IncomingShipment]: ...
    def all(self, *, only_open: bool = False) -> list[IncomingShipment]: ...
    def add_statement(self, shipment: ShipmentId, statement: EtaStatement) -> None:
        """Who named which days, and when. Only ever added to."""
        ...

    def statements(self, shipments: Collection[ShipmentId]) -> dict[ShipmentId, list[EtaStatement]]:
        """Oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A name on shipments. `supplier` None: the merchant has not described it."""

    name: str
    supplier: Supplier | None
    punctuality: Punctuality


class Suppliers(Protocol):
    """What the merchant knows of suppliers, and what their deliveries tell of them."""

    def all(self) -> list[SupplierRow]:
        """By name."""
        ...

    def find(self, name: str) -> SupplierRow | None: ...
    def meet(self, name: str) -> None:
        """The name stands on a shipment."""
        ...

    def get(self, name: str) -> Supplier | None: ...
    def save(self, supplier: Supplier) -> None: ...
    def delete(self, name: str) -> bool:
        """What is known of its deliveries stays."""
        ...

    def add_receipts(self, receipts: Sequence[Receipt]) -> None:
        """What came in. Only ever added to."""
        ...

    def receipts(self, name: str) -> list[Receipt]:
        """Of its newest shipments, as many as a record looks at, oldest first."""
        ...

    def punctuality(self, names: Collection[str]) -> dict[str, Punctuality]:
        """As it was summed up after the last receipt; none of those that never delivered."""
        ...

    def save_punctuality(self, name: str, punctuality: Punctuality) -> None: ...


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that was uploaded, to be looked at before it is imported."""

    file_id: int
    name: str
    content: str


class ImportFiles(Protocol):
    """Files on their way in, and what the merchant said their columns mean."""

    def add(self, name: str, content: str, *, at: datetime) -> int: ...
    def get(self, file: int) -> ImportFile:
        """Raises NotFound."""
        ...

    def delete(self, file: int) -> None: ...
    def forget_before(self, moment: datetime) -> None: ...
    def headings(self) -> dict[str, str]:
        """Foreign heading → the column it means, or empty where it is not needed."""
        ...

    def remember(self, headings: Mapping[str, str]) -> None: ...


class Policies(Protocol):
    def all(self) -> list[BackorderPolicy]: ...
    def get(self, scope: Scope) -> BackorderPolicy | None: ...
    def save(self, policy: BackorderPolicy) -> None: ...
    def delete(self, scope: Scope) -> bool: ...


class Publications(Protocol):
    def want(self, publications: Sequence[Publication]) -> int:
        """Save what is desired; rows whose desired value differs from the written one become due. Returns how many.

        A new row keeps the `original` it comes with; an existing one keeps the original it has. Where there is no row
        and nothing is desired, none is made.
        """
        ...

    def get(self, kind: PublicationKind, targets: Collection[str]) -> dict[str, Publication]: ...
    def all(self, kind: PublicationKind) -> list[Publication]:
        """By target; only for kinds a store has a few of."""
        ...

    def due(
        self, kind: PublicationKind, *, at: datetime, limit: int, only_withdrawn: bool = False
    ) -> list[Publication]:
        """Due rows, not parked, oldest first. `only_withdrawn`: those where what was there before us comes back."""
        ...

    def wrote(self, publication: Publication, *, remote_id: int | None) -> None:
        """`publication.desired` is now what the shop shows; the row stays due if something newer was wanted meanwhile."""
        ...

    def adopt(self, kind: PublicationKind, target: str, *, shown: Mapping[str, Any]) -> None:
        """The merchant changed what we had written: `shown` becomes the original, and what we want is due again."""
        ...

    def postpone(self, publications: Sequence[Publication], *, until: datetime, is_try: bool = True) -> None:
        """Due again then; what was parked is given all its tries back."""
        ...

    def rewrite(self, kind: PublicationKind) -> None:
        """Make due what is wanted and does not stand there."""
        ...

    def found(self, kind: PublicationKind, target: str, shown: Mapping[str, Any] | None) -> None:
        """What stands there now, whoever put it; nothing becomes due because of it."""
        ...

    def park(self, publication: Publication, problem: GiveUp) -> None: ...
    def restore_all(self) -> int:
        """Want everything as it was before us; returns how many rows became due."""
        ...

    def count_due(self) -> int: ...
    def written(self) -> dict[PublicationKind, int]:
        """How many things of the shop show something of ours."""
        ...


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

    def due(self, *, at: datetime, limit: int) -> list[MessageId]: ...


class Notices(Protocol):
    """What each line was told, by which notice, and what came of it. Rows are added; only what became of them is written."""

    def tell(self, tellings: Sequence[Telling]) -> None:
        """The first telling of a line stands; later ones of the same surface are kept beside it."""
        ...

    def told(self, orders: Collection[OrderId]) -> dict[OrderLineId, Telling]:
        """The first mail to each line: what we are held to."""
        ...

    def add(self, records: Sequence[NoticeRecord]) -> list[int]:
        """`notice_id` is ignored; returns the new ids in order."""
        ...

    def of_orders(self, orders: Collection[OrderId]) -> dict[OrderLineId, list[NoticeRecord]]:
        """Oldest first, without those that were withdrawn."""
        ...

    def withdraw(self, ids: Collection[int], *, at: datetime) -> None:
        """The news changed before it was told, or the address did after it came back."""
        ...

    def send_with(self, ids: Collection[int], message_key: str) -> None: ...
    def send_again_with(self, message_key: str, other_key: str) -> None:
        """Another mail now tells what this one would have told."""
        ...

    def message_sent(self, message_key: str, *, at: datetime) -> None: ...
    def message_bounced(self, message_key: str, *, at: datetime) -> None: ...
    def reminder_bounced(self, order: OrderId, *, at: datetime) -> None:
        """The notices it reminded of have arrived and stand; but a person has to call."""
        ...

    def answered(self, ids: Collection[int], answer: Answer, *, at: datetime, channel: str) -> None: ...
    def reminded(self, ids: Collection[int], *, on: date | None) -> None:
        """None: not any more, for it came back and there is another address now."""
        ...

    def add_answer(self, answer: AnswerRecord) -> None: ...
    def answers(self, order: OrderId) -> list[AnswerRecord]: ...
    def bounced(self) -> list[NoticeRecord]:
        """Notices whose mail, or whose reminder, never reached their shoppers and that nobody has answered: to call."""
        ...


class Cancellations(Protocol):
    def add(self, cancellations: Sequence[Cancellation]) -> list[int]: ...
    def of_orders(self, orders: Collection[OrderId]) -> list[Cancellation]: ...
    def in_state(self, state: CancellationState, *, limit: int) -> list[Cancellation]:
        """Oldest first."""
        ...

    def claim(self, *, at: datetime, limit: int) -> list[Cancellation]:
        """Decided ones whose refund is due to be tried; ours until their lease runs out."""
        ...

    def decide(
        self, units: Mapping[int, int], *, at: datetime, refund_due: date, with_shipping: int | None = None
    ) -> None:
        """Proposed ones become decided, with so many units each; one of them may carry the shipping cost."""
        ...

    def dismiss(self, ids: Collection[int]) -> None: ...
    def refunded(self, cancellation: int, made: RefundMade, *, at: datetime) -> None: ...
    def postpone(self, cancellation: int, *, until: datetime) -> None:
        """Tried again then; what was given up on gets all its tries back."""
        ...

    def park(self, cancellation: int, problem: GiveUp) -> None: ...
    def has_due(self, *, at: datetime) -> bool: ...


class Substitutes(Protocol):
    """What may be sent instead of an item, and what shoppers chose of it."""

    def of_items(self, items: Collection[ItemId]) -> dict[ItemId, tuple[Substitute, ...]]:
        """In the merchant's order; none for items without any."""
        ...

    def save(self, item: ItemId, substitutes: Sequence[Substitute]) -> None:
        """In the place of what was allowed before."""
        ...

    def add_choice(self, choice: SubstituteChoice) -> int:
        """`choice_id` is ignored; returns the new one."""
        ...

    def choices(self, orders: Collection[OrderId]) -> list[SubstituteChoice]:
        """Oldest first."""
        ...

    def choice(self, choice_id: int) -> SubstituteChoice | None: ...
    def open_choices(self, *, after: int = 0, limit: int) -> list[SubstituteChoice]:
        """Of all orders, oldest first."""
        ...

    def settle(self, choice: SubstituteChoice, state: ChoiceState, *, at: datetime) -> bool:
        """False if it was settled before: nothing happens twice."""
        ...

    def spoken_for(self, items: Collection[ItemId]) -> dict[ItemId, int]:
        """Units of these items that open choices wait for."""
        ...


class Inbox(Protocol):
    def add(self, topic: str, body: Mapping[str, Any], *, at: datetime, due_at: datetime) -> None:
        """An event of our own: look again at something later."""
        ...

    def claim(self, *, at: datetime, limit: int) -> list[InboxEvent]:
        """Waiting events that are due, oldest first; they are ours until finished or their lease runs out."""
        ...

    def finish(self, ids: Collection[int]) -> None: ...
    def give_back(self, ids: Collection[int], *, at: datetime) -> None:
        """Claimed and not come to: due again, and the claim does not count as a try."""
        ...

    def postpone(self, ids: Collection[int], *, until: datetime) -> None:
        """Due again then; what was parked is given all its tries back."""
        ...

    def park(self, event: int, problem: GiveUp) -> None: ...
    def has_due(self, *, at: datetime, gather: timedelta = ...) -> bool:
        """Whether anything is due; a fresh webhook is only when it has waited so long for others."""
        ...


class Waitlist(Protocol):
    def add(self, item: ItemId, email: str, *, locale: str, quantity: int, at: datetime) -> WaitlistEntry:
        """The entry for this item and address; an earlier one that left or was told starts over as unconfirmed."""
        ...

    def get(self, entry: int) -> WaitlistEntry | None: ...
    def save_state(self, entry: int, state: WaitlistState, *, at: datetime) -> None: ...
    def items_waited_for(self, items: Collection[ItemId] | None = None) -> set[ItemId]:
        """Those of them that confirmed people wait for; None: of all."""
        ...

    def waiting_for(self, item: ItemId, *, limit: int) -> list[WaitlistEntry]:
        """Oldest first."""
        ...

    def told_since(self, items: Collection[ItemId], since: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        """Who was told after that moment that the item is back, and has not bought."""
        ...

    def claims(self, items: Collection[ItemId], *, at: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        """Who was told, and has time left to buy before others are told."""
        ...

    def tell(self, entry: int, *, at: datetime, until: datetime, message_key: str) -> bool:
        """False if it does not wait any more: nobody is told twice."""
        ...

    def wants(self, items: Collection[ItemId], emails: Collection[str]) -> list[WaitlistEntry]:
        """Those of these addresses who asked for one of these items and have neither bought it nor left."""
        ...

    def bought(self, entry: int, order: OrderId, *, at: datetime) -> None: ...


class Deeds(Protocol):
    def add(self, deed: Deed) -> int:
        """`deed_id` is ignored; returns the new one."""
        ...

    def get(self, deed_id: int) -> Deed:
        """Raises NotFound."""
        ...

    def take_back(self, deed: Deed) -> bool:
        """False if it was taken back before."""
        ...


class SavedViews(Protocol):
    def all(self, screen: str) -> list[SavedView]:
        """By name."""
        ...

    def save(self, screen: str, view: SavedView) -> None: ...
    def delete(self, screen: str, name: str) -> bool: ...


class Tones(Protocol):
    def all(self) -> list[Tone]: ...
    def get(self, kind: MessageKind, language: str) -> str:
        """Empty where the merchant has not written one."""
        ...

    def save(self, tone: Tone) -> None:
        """An empty text brings ours back."""
        ...


class Calls(Protocol):
    def add(self, made: Sequence[LinkedCall]) -> None:
        """Keep calls to the shop with what they carried out."""
        ...


class Journal(Protocol):
    def add(self, entries: Sequence[Activity]) -> None: ...


class UnitOfWork(Protocol):
    """One transaction for one tenant, and the only way to a repository.

    Leaving the block without `commit` rolls back. Jobs asked for with `wake` are handed over after the commit.
    """

    tenant_id: TenantId
    items: Items
    orders: Orders
    shown: Shown
    carts: Carts
    purges: Purges
    people: People
    stock: Stock
    shipments: Shipments
    suppliers: Suppliers
    import_files: ImportFiles
    policies: Policies
    publications: Publications
    messages: Messages
    inbox: Inbox
    waitlist: Waitlist
    notices: Notices
    cancellations: Cancellations
    substitutes: Substitutes
    journal: Journal
    calls: Calls
    deeds: Deeds
    saved_views: SavedViews
    tones: Tones

    def tenant(self) -> Tenant: ...
    def save_tenant(self, tenant: Tenant) -> None: ...
    def wake(self, job: str, *args: str | int) -> None: ...
    def commit(self) -> None: ...


class Units(Protocol):
    def __call__(self, tenant: TenantId) -> AbstractContextManager[UnitOfWork]: ...


@dataclass(frozen=True, slots=True)
class AppUser:
    user_id: int
    email: str
    locale: str
    is_owner: bool
    chosen_role: Role | None = None
    """Given by an owner; None: nobody has."""
    language: str = ""
    """Chosen for our screens; empty: the control panel's."""

    @property
    def role(self) -> Role:
        """The store's owner stays one. Whoever the control panel lets in may work, until an owner says otherwise."""
        return Role.OWNER if self.is_owner else self.chosen_role or Role.MANAGER


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: never the key itself."""

    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token endpoint answered."""

    tenant_id: TenantId
    access_token: str
    scopes: tuple[str, ...]
    user: AppUser


class Directory(Protocol):
    """All tenants: the one place that is not inside a tenant. Knows tokens, users, API keys and who has work waiting."""

    def find(self, tenant: TenantId) -> Tenant | None: ...
    def all(self, *, states: Collection[ConnectionState] = ()) -> list[Tenant]: ...
    def save_grant(self, grant: Grant, *, at: datetime) -> Tenant:
        """Insert or update by store hash; an existing tenant keeps all it has."""
        ...

    def set_state(self, tenant: TenantId, state: ConnectionState, *, problem: str = "") -> None: ...
    def scopes(self, tenant: TenantId) -> tuple[str, ...]:
        """The OAuth scopes the merchant agreed to."""
        ...

    def access_token(self, tenant: TenantId) -> str:
        """Raises AccessRevoked if there is none."""
        ...

    def hook_secret(self, tenant: TenantId) -> str:
        """The value of the header our webhooks carry as a second factor."""
        ...

    def drop_token(self, tenant: TenantId) -> None: ...
    def save_user(self, tenant: TenantId, user: AppUser) -> None: ...
    def remove_user(self, tenant: TenantId, user_id: int) -> None: ...
    def user(self, tenant: TenantId, user_id: int) -> AppUser | None: ...
    def users(self, tenant: TenantId) -> tuple[AppUser, ...]:
        """By id."""
        ...

    def set_role(self, tenant: TenantId, user_id: int, role: Role) -> bool:
        """False where there is no such user."""
        ...

    def set_language(self, tenant: TenantId, user_id: int, language: str) -> None: ...
    def add_api_key(self, tenant: TenantId, *, name: str, at: datetime) -> str:
        """The key, shown once; only its digest is kept."""
        ...

    def tenant_of_api_key(self, key: str) -> TenantId | None: ...
    def api_keys(self, tenant: TenantId) -> tuple[ApiKey, ...]:
        """By name."""
        ...

    def revoke_api_key(self, tenant: TenantId, name: str) -> bool: ...
    def with_due_events(self, *, at: datetime, gather: timedelta = ...) -> list[TenantId]:
        """Stores with events that are due, fresh webhooks when they have waited so long for others."""
        ...

    def with_due_publications(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_messages(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_refunds(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_purges(self, *, at: datetime) -> list[TenantId]: ...
    def claim_lease(self, tenant: TenantId, name: str, *, at: datetime, until: datetime) -> bool:
        """One drain per store at a time: False while someone else holds the lease of this name."""
        ...

    def release_lease(self, tenant: TenantId, name: str) -> None: ...
    def rotate_keys(self) -> int:
        """Encrypt every token anew with the newest key; returns how many."""
        ...

    def prune(self, *, at: datetime) -> None:
        """Forget finished events older than a week, and erase stores uninstalled longer than 30 days ago."""
        ...

    def erase(self, tenant: TenantId) -> None:
        """Delete every row of the tenant."""
        ...


# --------------------------------------------------------------------------------------------------- the rest


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def today(self, zone: ZoneInfo) -> date: ...


class Holidays(Protocol):
    def between(self, country: str, first: date, last: date) -> frozenset[date]:
        """Public holidays; empty for a country nobody knows."""
        ...


class JobQueue(Protocol):
    """Wakes workers. It may fail silently: the database remembers, and the clock looks again each minute."""

    def wake(self, job: str, *args: str | int) -> None: ...


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

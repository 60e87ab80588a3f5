"""What a mail is told: the facts of each kind of message, frozen when it was decided and kept as JSON in the outbox.

Errands build one of these and put `to_json(facts)` into `NewMessage.facts`; adapters/mail reads it back and renders it.
No text lives here, only names as the shop has them, numbers and dates. Which kind takes which facts: `FACTS_OF_KIND`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from plugin.domain.law import Block, NoticeKind
from plugin.domain.notices import CancelCause, DelayReason, Silence
from plugin.domain.order import OrderLine
from plugin.domain.promise import BasisKind, Promise, PromisePart
from plugin.services.errors import ParkingReason
from plugin.services.ports.messages import MessageKind


@dataclass(frozen=True, slots=True)
class LaterFacts:
    """Units of a line that ship later, together. Both dates None: no date can be given yet."""

    units: int
    earliest: date | None = None
    latest: date | None = None
    kind: BasisKind = BasisKind.UNKNOWN

    @classmethod
    def of(cls, part: PromisePart) -> "LaterFacts":
        window = part.window
        return cls(part.units, window.earliest if window else None, window.latest if window else None, part.basis.kind)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One order line. `now_units` are on hand for it, `later` are the rest in the order they ship.

    `arrived_units` are those of `now_units` that came in just now; only `arrived` looks at it.
    """

    name: str
    quantity: int
    now_units: int
    later: tuple[LaterFacts, ...] = ()
    options: str = ""
    sku: str = ""
    is_preorder: bool = False
    arrived_units: int = 0
    image_url: str = ""
    line_id: int = 0
    old_day: date | None = None
    """The day that was promised before; set where this mail says that it has changed."""

    @classmethod
    def of(
        cls,
        line: OrderLine,
        promise: Promise | None,
        *,
        options: str = "",
        is_preorder: bool = False,
        arrived_units: int = 0,
        image_url: str = "",
    ) -> "LineFacts":
        """The open units of a line as its promise dates them; without a promise (nothing is counted) all ship now."""
        later = tuple(LaterFacts.of(part) for part in promise.later) if promise else ()
        return cls(
            name=line.name,
            quantity=line.open,
            now_units=promise.ready if promise else line.open,
            later=later,
            options=options,
            sku=line.sku,
            is_preorder=is_preorder,
            arrived_units=arrived_units,
            image_url=image_url,
            line_id=line.line_id,
        )


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """For `confirmed`, `arrived` and what moves later: the order with all its open lines, also those that ship at once.

    `placed_on` and `decided_on` are days of the shop; dates of another year than `decided_on` are written with it.
    """

    order_id: int
    placed_on: date
    decided_on: date
    lines: tuple[LineFacts, ...]
    shopper_name: str = ""
    order_url: str = ""
    """A page of this order; empty: our own behind a signed link, which the mail makes itself."""
    note: str = ""
    """The merchant's own words to this shopper; only `status` has any."""
    instead: str = ""
    """What the order was changed to, as the shopper had chosen; only `status` has any."""


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """One order of a mail about several, as a mail of its own would have told it."""

    kind: MessageKind
    facts: OrderFacts


@dataclass(frozen=True, slots=True)
class SeveralFacts:
    """For `several`: one shopper's orders, in the order of their numbers."""

    decided_on: date
    orders: tuple[ToldOrder, ...]
    shopper_name: str = ""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """For the delay notices and the reminder of one: the lines that are late, what silence means, what must be said."""

    order_id: int
    placed_on: date
    decided_on: date
    lines: tuple[LineFacts, ...]
    kind: NoticeKind
    reason: DelayReason
    silence: Silence
    blocks: tuple[Block, ...]
    answer_by: date | None = None
    shopper_name: str = ""
    order_url: str = ""
    opening_words: str = ""
    closing_words: str = ""
    is_demanded: bool = True
    """By law; a courtesy waits for the morning."""


@dataclass(frozen=True, slots=True)
class CancelledFacts:
    """For `cancelled` and `refunded`. `lines` name the units that are cancelled, `amount` comes as the platform said it."""

    order_id: int
    placed_on: date
    decided_on: date
    lines: tuple[LineFacts, ...]
    cause: CancelCause = CancelCause.SHOPPER
    refund_due: date | None = None
    amount: str = ""
    is_offline: bool = False
    is_whole: bool = False
    """Nothing of the order was sent, and nothing of it is left."""
    shopper_name: str = ""
    order_url: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """For `withdrawal`: the acknowledgement of what a shopper declared, word for word, with day and time."""

    order_id: int
    placed_on: date
    decided_on: date
    name: str
    email: str
    declared_at: str
    """The time of day, with its zone."""


@dataclass(frozen=True, slots=True)
class OrderLinkFacts:
    """For `order_link`: somebody who knows number and address asked for the order's page again."""

    order_id: int
    decided_on: date


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """For `merchant_digest`: what waits for a person today. Numbers only; the app shows the rest."""

    decided_on: date
    waiting_lines: int = 0
    to_call: int = 0
    to_approve: int = 0
    refunds_to_look_at: int = 0
    refunds_overdue: int = 0
    app_url: str = ""


@dataclass(frozen=True, slots=True)
class WaitlistFacts:
    """For `waitlist_confirm` and `back_in_stock`. The mail makes its confirm and leave links from `entry_id`."""

    entry_id: int
    name: str
    decided_on: date
    options: str = ""
    sku: str = ""
    product_url: str = ""
    """A whole address; empty leads the button to the shop's front page."""
    image_url: str = ""
    first_until_day: date | None = None
    """Until then nobody behind on the list is told."""
    first_until_time: str = ""

    def first_until(self, day: date, time: str) -> "WaitlistFacts":
        return replace(self, first_until_day=day, first_until_time=time)


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """For `merchant_limit_reached`: the item was closed because its backorder limit is used up."""

    name: str
    sku: str
    limit: int
    owed: int
    decided_on: date
    options: str = ""
    next_reference: str = ""
    """The incoming shipment that comes next, empty where none is announced."""
    next_earliest: date | None = None
    next_latest: date | None = None
    app_url: str = ""


class ParkedThing(StrEnum):
    """What could not be done, in the words a merchant knows."""

    EVENT = "event"
    MAIL = "mail"
    PRODUCT = "product"
    ORDER = "order"
    LIMIT = "limit"
    STOCK = "stock"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class ParkedFacts:
    """For `merchant_parked`. `about` names it (`#1001`, `Red Mug`); `explanation` is the error's own sentence.

    Never put a shopper's address or a token into either.
    """

    thing: ParkedThing
    reason: ParkingReason
    decided_on: date
    about: str = ""
    explanation: str = ""
    count: int = 1
    app_url: str = ""


@dataclass(frozen=True, slots=True)
class DisconnectedFacts:
    """For `merchant_disconnected`: the token stopped working. `app_url` is where opening the app connects it again."""

    decided_on: date
    waiting_lines: int = 0
    app_url: str = ""


@dataclass(frozen=True, slots=True)
class LeftItemFacts:
    """An item whose stock in the shop is higher than what lies on the shelf, by the units we had added."""

    name: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class LeftBehindFacts:
    """For `merchant_left_behind`: uninstalled without *Leave*, so these still stand in the shop.

    `kept_until` is the last day on which installing again restores everything; afterwards our data is erased.
    """

    decided_on: date
    kept_until: date | None = None
    items: tuple[LeftItemFacts, ...] = ()
    limits: int = 0
    """Native backorder limits we had set."""
    products: int = 0
    """Products whose availability text or pre-order fields are still ours."""
    orders: int = 0
    """Orders with our block in their staff notes."""


Facts = (
    OrderFacts
    | SeveralFacts
    | NoticeFacts
    | CancelledFacts
    | WithdrawalFacts
    | OrderLinkFacts
    | WaitlistFacts
    | LimitFacts
    | ParkedFacts
    | DisconnectedFacts
    | LeftBehindFacts
    | DigestFacts
)

FACTS_OF_KIND: Mapping[MessageKind, type[Facts]] = MappingProxyType(
    {
        MessageKind.CONFIRMED: OrderFacts,
        MessageKind.ARRIVED: OrderFacts,
        MessageKind.DATE_SET: OrderFacts,
        MessageKind.EARLIER: OrderFacts,
        MessageKind.PART_SHIPPED: OrderFacts,
        MessageKind.SHIPPED_LATE: OrderFacts,
        MessageKind.STATUS: OrderFacts,
        MessageKind.SEVERAL: SeveralFacts,
        MessageKind.DELAY_FIRST_SHORT: NoticeFacts,
        MessageKind.DELAY_FIRST_LONG: NoticeFacts,
        MessageKind.DELAY_FIRST_UNKNOWN: NoticeFacts,
        MessageKind.DELAY_RENEWED: NoticeFacts,
        MessageKind.DELAY: NoticeFacts,
        MessageKind.DELAY_UNKNOWN: NoticeFacts,
        MessageKind.REMINDER: NoticeFacts,
        MessageKind.CANCELLED: CancelledFacts,
        MessageKind.REFUNDED: CancelledFacts,
        MessageKind.WITHDRAWAL: WithdrawalFacts,
        MessageKind.ORDER_LINK: OrderLinkFacts,
        MessageKind.GONE_AGAIN: WaitlistFacts,
        MessageKind.MERCHANT_DIGEST: DigestFacts,
        MessageKind.WAITLIST_CONFIRM: WaitlistFacts,
        MessageKind.BACK_IN_STOCK: WaitlistFacts,
        MessageKind.MERCHANT_LIMIT_REACHED: LimitFacts,
        MessageKind.MERCHANT_PARKED: ParkedFacts,
        MessageKind.MERCHANT_DISCONNECTED: DisconnectedFacts,
        MessageKind.MERCHANT_LEFT_BEHIND: LeftBehindFacts,
    }
)


def to_json(facts: Facts) -> dict[str, Any]:
    """The facts as JSON values: days as `2026-12-04`, tuples as lists, names of enums as text."""
    return {field.name: _plain(getattr(facts, field.name)) for field in fields(facts)}


def _plain(value: Any) -> Any:
    match value:
        case LineFacts() | LaterFacts() | LeftItemFacts() | OrderFacts() | ToldOrder():
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case tuple():
            return [_plain(part) for part in value]
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _:
            return value

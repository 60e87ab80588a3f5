"""Orders and their lines as the shop has them, and what of them is still open, allocated or owed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from plugin.domain.errors import require_not_negative
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, VariantId
from plugin.domain.stock import StockTiming


class OrderStage(StrEnum):
    """What a status means for us; BigCommerce's ids are translated at the edge."""

    INCOMPLETE = "incomplete"
    """Checkout never finished: no stock taken, nothing owed."""
    UNPAID = "unpaid"
    """Placed, not paid, disputed or held for review: its units are taken, but nobody is told anything."""
    OPEN = "open"
    CLOSED = "closed"
    """Shipped or completed."""
    CANCELLED = "cancelled"
    """Cancelled, declined, refunded or archived."""

    @property
    def holds_units(self) -> bool:
        return self in {OrderStage.UNPAID, OrderStage.OPEN}


class Sending(StrEnum):
    """How a shopper wants an order sent of which a part ships later."""

    TOGETHER = "together"
    AS_READY = "as_ready"


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """When the shop takes units off its level, and whether cancelling or editing an order moves it again."""

    timing: StockTiming = StockTiming.PLACED
    returns_cancelled: bool = True
    follows_edits: bool = True


class Payment(StrEnum):
    """How an order is paid, as far as the law asks; which method of the shop is which, the merchant says."""

    USUAL = "usual"
    """By card or in advance: money that goes back within days."""
    SELLER_CREDIT = "seller_credit"
    """The shopper applied for credit of the seller's own."""
    ON_DELIVERY = "on_delivery"
    """Nothing is paid before the goods are handed over."""


def as_written_in(country: str, locale: str) -> str:
    """English that says of which country it is: its dates are written the other way round in the British Isles."""
    return f"{locale}-{country}" if locale == "en" and country in {"GB", "IE"} else locale


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who bought. `email` may be empty (point of sale); `locale` such as `de` or `pt-BR`, empty where unknown."""

    email: str
    name: str = ""
    locale: str = ""
    customer_id: int = 0
    country: str = ""
    """ISO 3166 alpha-2 of the ship-to address, empty where there is none (digital goods, pickup)."""
    customer_group: int | None = None
    """Asked of the shop only where a rule of the queue needs it."""

    def reads(self, default: str) -> str:
        """The language to write in; English goes to the British Isles in the way it is written there."""
        return as_written_in(self.country, self.locale or default)

    def carried_over(self, before: "Shopper") -> "Shopper":
        """Who bought now, with the group we knew, as long as it is the same customer and nobody asked again."""
        if self.customer_group is not None or self.customer_id != before.customer_id:
            return self
        return replace(self, customer_group=before.customer_group)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order. `allocated` are units tied to it from on hand and not yet shipped; the rest is owed.

    `taken` are the units the platform has taken off its level for this line, shipped ones included.
    """

    line_id: OrderLineId
    order_id: OrderId
    item_id: ItemId | None
    """None where nothing is counted: custom lines, gift certificates, digital goods."""
    product_id: ProductId | None
    variant_id: VariantId | None
    name: str
    sku: str
    quantity: int
    shipped: int = 0
    refunded: int = 0
    allocated: int = 0
    taken: int = 0
    cancelled: int = 0
    """Units we cancelled or that were refunded before that; the platform's own count of refunds follows."""
    released: int = 0
    """Units that are part of the platform's level although they were sold: we gave them back when money went back, or
    the shop did not take them again when the order was opened again."""
    pinned_at: datetime | None = None
    """When the merchant put it first by hand. Kept beside the picture of the order, never part of it."""
    promised_on: date | None = None
    """The last day of the first window it was told."""

    def __post_init__(self) -> None:
        for field in ("quantity", "shipped", "refunded", "allocated", "taken", "cancelled", "released"):
            require_not_negative(field, getattr(self, field))

    @property
    def open(self) -> int:
        return max(0, self.quantity - self.shipped - max(self.refunded, self.cancelled))

    @property
    def owed(self) -> int:
        return max(0, self.open - self.allocated) if self.item_id else 0

    @property
    def missing(self) -> int:
        """Units that the platform has taken off its level and that have not left the house."""
        return max(0, self.taken - self.shipped)

    @property
    def untaken(self) -> int:
        """Units that still are part of the platform's level: sold or even shipped, but not taken off it."""
        return max(0, self.open + self.shipped - self.taken)

    def taken_under(
        self, stage: OrderStage, rules: InventorySettings, before: "OrderLine | None", *, is_edit: bool
    ) -> int:
        """Units the platform has taken off its level for this line, by the shop's own inventory settings.

        `is_edit`: the platform holds units for an earlier picture of the order, which may lack this line.
        """
        if stage is OrderStage.INCOMPLETE:
            return 0
        if rules.timing is StockTiming.SHIPPED:
            # Whether a part of an order that ships is taken at once is not documented: the level tells.
            return self.quantity if stage is OrderStage.CLOSED else min(before.taken if before else 0, self.quantity)
        if stage is OrderStage.CANCELLED:
            return 0 if rules.returns_cancelled else (before or self).taken
        if is_edit and not rules.follows_edits:
            return before.taken if before and before.item_id == self.item_id else 0
        return max(0, self.quantity - (before.released if before else 0))

    def carried_over(self, before: "OrderLine | None") -> "OrderLine":
        """The newer picture of the line, with what was allocated to it before.

        Shipped units come out of the allocated ones. Units refunded or edited away are owed ones first: they are the
        ones that do not lie on the shelf. A line that now asks for another item starts anew.
        """
        if before is None or (self.item_id and before.item_id and self.item_id != before.item_id):
            return self
        left_after_shipping = max(0, before.allocated - max(0, self.shipped - before.shipped))
        known = replace(self, cancelled=before.cancelled, released=before.released)
        return replace(known, allocated=min(left_after_shipping, known.open))

    def with_cancelled(self, units: int) -> "OrderLine":
        units = min(units, self.open)
        returned = min(units, self.missing)
        cancelled = replace(
            self,
            cancelled=max(self.refunded, self.cancelled) + units,
            released=self.released + returned,
            taken=self.taken - returned,
        )
        return replace(cancelled, allocated=min(self.allocated, cancelled.open))

    def with_untaken(self) -> "OrderLine":
        """The line as it is where the platform did not take its open units off the level."""
        return replace(self, taken=self.taken - self.missing, released=self.released + self.missing)

    def with_shipped_taken(self) -> "OrderLine":
        return replace(self, taken=max(self.taken, self.shipped))


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the shop had it at `modified_at`; an older picture never overwrites a newer one."""

    order_id: OrderId
    stage: OrderStage
    status_id: int
    placed_at: datetime
    modified_at: datetime
    shopper: Shopper
    channel_id: int
    lines: tuple[OrderLine, ...]
    staff_notes: str = ""
    is_history: bool = False
    """Placed before we were installed, or migrated from another platform: planned, never mailed."""
    paid_at: datetime | None = None
    """When we first saw it paid; ranks it in the queue."""
    cart_id: str = ""
    """The cart it came from, known to the shopper's browser only; empty for orders by phone or by an integration."""
    sending: Sending | None = None
    """What the shopper chose in the cart; None where nothing was chosen."""
    value: Decimal = Decimal(0)
    """The order's total in its own currency; larger orders may go first."""
    payment_method: str = ""
    """As the shop names it; empty where it says nothing."""
    reopened_at: datetime | None = None
    """When it was opened again after it was cancelled; whether the platform takes its units again is not documented."""

    def ships_together(self, default: Sending) -> bool:
        """As its shopper or the merchant chose, else as the store does."""
        return (self.sending or default) is Sending.TOGETHER

    @property
    def queue_time(self) -> datetime:
        return self.paid_at or self.placed_at

    def carried_over(self, before: "Order | None", rules: InventorySettings) -> "Order":
        """The newer picture with what we knew and decided before: history, time paid, what each line has."""
        known = {line.line_id: line for line in before.lines} if before else {}
        paid_at = before.paid_at if before else None
        if paid_at is None and self.stage is OrderStage.OPEN:
            paid_at = self.modified_at if before else self.placed_at
        is_edit = before is not None and before.has_taken_units(rules)
        lines = tuple(self._carry_line(line, known.get(line.line_id), rules, is_edit=is_edit) for line in self.lines)
        if not self.stage.holds_units:
            lines = tuple(replace(line, allocated=0) for line in lines)
        if before is None:
            return replace(self, lines=lines, paid_at=paid_at)
        return replace(
            self,
            lines=lines,
            paid_at=paid_at,
            is_history=before.is_history,
            sending=self.sending or before.sending,
            reopened_at=self._reopened_since(before),
            shopper=self.shopper.carried_over(before.shopper),
        )

    def _reopened_since(self, before: "Order") -> datetime | None:
        is_reopened = before.stage is OrderStage.CANCELLED and self.stage.holds_units
        return self.modified_at if is_reopened else before.reopened_at

    def has_taken_units(self, rules: InventorySettings) -> bool:
        """Whether the platform has taken units off its level for this picture and keeps them."""
        if self.stage is OrderStage.CANCELLED:
            return not rules.returns_cancelled
        return self.stage is not OrderStage.INCOMPLETE

    def _carry_line(
        self, line: OrderLine, before: OrderLine | None, rules: InventorySettings, *, is_edit: bool
    ) -> OrderLine:
        taken = line.taken_under(self.stage, rules, before, is_edit=is_edit)
        return replace(line.carried_over(before), taken=taken)

    def with_cancelled(self, units: Mapping[OrderLineId, int]) -> "Order":
        """So many more units of these lines are wanted no longer, owed ones first; the platform gets back what it took."""
        return replace(self, lines=tuple(line.with_cancelled(units.get(line.line_id, 0)) for line in self.lines))

    def with_untaken(self, item: ItemId) -> "Order":
        """The order as it is where the platform did not take this item's units when the order was opened again."""
        return self._with_lines_of(item, OrderLine.with_untaken)

    def with_shipped_taken(self, item: ItemId) -> "Order":
        """The order as it is where the platform took this item's units with the part of the order that shipped."""
        return self._with_lines_of(item, OrderLine.with_shipped_taken)

    def _with_lines_of(self, item: ItemId, change: Callable[[OrderLine], OrderLine]) -> "Order":
        return replace(self, lines=tuple(change(line) if line.item_id == item else line for line in self.lines))

    def taken(self, item: ItemId) -> int:
        return sum(line.taken for line in self.lines if line.item_id == item)

    def with_allocated(self, allocated: Mapping[OrderLineId, int]) -> "Order":
        """The order with what a plan tied to its lines."""
        return replace(
            self,
            lines=tuple(replace(line, allocated=allocated.get(line.line_id, line.allocated)) for line in self.lines),
        )

"""Orders as the store keeps them: lines, addresses, shipments, refunds. What changes them lives in `actions`."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from plugin.sandbox.people import Address
from plugin.sandbox.stock import StockKey, Taken

STATUSES = {
    0: "Incomplete",
    1: "Pending",
    2: "Shipped",
    3: "Partially Shipped",
    4: "Refunded",
    5: "Cancelled",
    6: "Declined",
    7: "Awaiting Payment",
    8: "Awaiting Pickup",
    9: "Awaiting Shipment",
    10: "Completed",
    11: "Awaiting Fulfillment",
    12: "Manual Verification Required",
    13: "Disputed",
    14: "Partially Refunded",
}
INCOMPLETE, PENDING, SHIPPED, PARTIALLY_SHIPPED, REFUNDED, CANCELLED, DECLINED = range(7)
COMPLETED, AWAITING_FULFILLMENT, PARTIALLY_REFUNDED = 10, 11, 14
NOT_PLACED = frozenset({INCOMPLETE})
CLOSED = frozenset({REFUNDED, CANCELLED, DECLINED})
DONE = frozenset({SHIPPED, COMPLETED})


@dataclass(slots=True, kw_only=True)
class LineOption:
    option_id: int
    display_name: str
    display_value: str
    value: str
    type: str


@dataclass(slots=True, kw_only=True)
class OrderLine:
    """`product_id` is 0 for a custom line. `taken` is the stock it moved; `quantity_backordered` is what is shown."""

    id: int
    order_id: int
    product_id: int
    variant_id: int | None
    name: str
    sku: str
    quantity: int
    price: Decimal
    address_id: int = 0
    type: Literal["physical", "digital", "giftcertificate"] = "physical"
    brand: str = ""
    weight: Decimal = Decimal("1.0")
    quantity_shipped: int = 0
    quantity_refunded: int = 0
    quantity_backordered: int = 0
    parent_id: int | None = None
    options: list[LineOption] = field(default_factory=list)
    discounts: list[dict[str, object]] = field(default_factory=list)
    moves_stock: bool = True
    stock_key: StockKey | None = None
    taken: list[Taken] = field(default_factory=list)

    @property
    def open_quantity(self) -> int:
        return max(0, self.quantity - self.quantity_shipped - self.quantity_refunded)

    @property
    def units_taken(self) -> int:
        return sum(each.units for each in self.taken)

    @property
    def units_missing(self) -> int:
        """Units this line should have moved and has not."""
        return max(0, self.quantity - self.units_taken)


@dataclass(slots=True, kw_only=True)
class ShippingAddress:
    id: int
    address: Address
    method: str = "Flat Rate"


@dataclass(slots=True, kw_only=True)
class ShippedItem:
    line_id: int
    quantity: int


@dataclass(slots=True, kw_only=True)
class Shipment:
    id: int
    order_id: int
    address_id: int
    created_at: datetime
    items: list[ShippedItem]
    tracking_number: str = ""
    tracking_link: str = ""
    tracking_carrier: str = ""
    shipping_provider: str = ""
    shipping_method: str = "Flat Rate"
    comments: str = ""
    merchant_shipping_cost: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class RefundedItem:
    item_type: str
    item_id: int
    quantity: int
    amount: Decimal
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Refund:
    id: int
    order_id: int
    created_at: datetime
    reason: str
    total: Decimal
    items: list[RefundedItem]
    payments: list[dict[str, object]]


@dataclass(slots=True, kw_only=True)
class Order:
    id: int
    customer_id: int
    billing: Address
    created_at: datetime
    modified_at: datetime
    channel_id: int = 1
    status_id: int = INCOMPLETE
    locale: str = "en"
    lines: list[OrderLine] = field(default_factory=list)
    addresses: list[ShippingAddress] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    shipping_cost: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    staff_notes: str = ""
    customer_message: str = ""
    payment_method: str = "Test Card"
    payment_status: str = ""
    shipped_at: datetime | None = None
    is_deleted: bool = False
    source: str = "www"
    external_source: str | None = None
    external_order_id: str = ""
    cart_id: str = ""
    readable_at: float = 0.0
    messages: list[dict[str, object]] = field(default_factory=list)
    fees: list[dict[str, object]] = field(default_factory=list)

    @property
    def is_manual(self) -> bool:
        """Made by staff or by API: the store's global settings apply, not the channel's."""
        return self.source != "www"

    @property
    def subtotal(self) -> Decimal:
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping_cost - self.discount

    @property
    def items_total(self) -> int:
        return sum(line.quantity for line in self.lines if line.parent_id is None)

    @property
    def items_shipped(self) -> int:
        return sum(line.quantity_shipped for line in self.lines if line.parent_id is None)

    def line(self, line_id: int) -> OrderLine | None:
        return next((line for line in self.lines if line.id == line_id), None)

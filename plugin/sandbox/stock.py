"""Units in the building and units owed, per item and location, and the arithmetic of selling and giving back.

A cell never decides alone whether a sale may happen: `actions.movements` asks all cells of an order first.
"""

from dataclasses import dataclass, field
from datetime import datetime

LARGEST = 2_147_483_647

StockKey = tuple[int, int]
"""Product id and variant id; the variant id is 0 where stock is counted for the product as a whole."""


@dataclass(slots=True, kw_only=True)
class Location:
    id: int
    code: str
    label: str
    created_at: datetime
    enabled: bool = True
    time_zone: str = "America/New_York"
    city: str = "Portland"


@dataclass(slots=True, kw_only=True)
class Cell:
    """One item at one location. `counted` is false until the first absolute number."""

    on_hand: int = 0
    safety_stock: int = 0
    backordered: int = 0
    backorder_limit: int = 0
    unlimited_backorder: bool = False
    is_in_stock: bool = True
    warning_level: int = 0
    bin_picking_number: str = ""
    counted: bool = True

    @property
    def free(self) -> int:
        """Units on hand a shopper may still buy."""
        return max(0, self.on_hand - self.safety_stock)

    def free_for_backorder(self, *, native: bool) -> int:
        if not native:
            return 0
        return LARGEST if self.unlimited_backorder else max(0, self.backorder_limit - self.backordered)

    def available_to_sell(self, *, native: bool) -> int:
        return min(LARGEST, self.free + self.free_for_backorder(native=native))

    def copy(self) -> "Cell":
        return Cell(
            on_hand=self.on_hand,
            safety_stock=self.safety_stock,
            backordered=self.backordered,
            backorder_limit=self.backorder_limit,
            unlimited_backorder=self.unlimited_backorder,
            is_in_stock=self.is_in_stock,
            warning_level=self.warning_level,
            bin_picking_number=self.bin_picking_number,
            counted=self.counted,
        )


@dataclass(slots=True, kw_only=True)
class Taken:
    """What an order line took from one cell: units that lay there, and units the store now owes."""

    location_id: int
    on_hand: int = 0
    backordered: int = 0

    @property
    def units(self) -> int:
        return self.on_hand + self.backordered


@dataclass(slots=True, kw_only=True)
class InventorySettings:
    """`GET /v3/settings/inventory`. A channel's copy holds only what it overrides."""

    values: dict[str, object] = field(
        default_factory=lambda: {
            "product_out_of_stock_behavior": "do_nothing",
            "option_out_of_stock_behavior": "do_nothing",
            "update_stock_behavior": "order_placed",
            "edit_order_stock_adjustment": True,
            "refund_order_stock_adjustment": True,
            "stock_level_display": "show",
            "default_out_of_stock_message": "Currently out of stock",
            "hide_in_product_filtering": False,
            "show_pre_order_stock_levels": False,
            "show_out_of_stock_message": True,
        }
    )

"""Units per item and location, as the platform counts them, and what follows: net position, on hand, what may be sold.

The whole app rests on one line of arithmetic: **on hand = net position + owed**. The platform tells the net position
(what it has minus what it has sold beyond that), our waiting lines tell what is owed. So it never matters in which
order an order and its stock change are heard of, or how often.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from plugin.domain.errors import require_not_negative
from plugin.domain.ids import ItemId, LocationId

UNLIMITED_UNITS = 1_000_000
"""What "unlimited" is written as where the platform wants a number (its name for unlimited is not documented)."""


class SellingMode(StrEnum):
    """How a store sells past zero; both ways the platform itself refuses the order above the limit."""

    NATIVE = "native"
    VIRTUAL = "virtual"


class StockTiming(StrEnum):
    """When the platform takes units off its level."""

    PLACED = "order_placed"
    SHIPPED = "order_completed_or_shipped"


@dataclass(frozen=True, slots=True)
class StockLevel:
    """One item at one location.

    `on_hand` is the platform's own count of unsold units; with virtual stock it includes `virtual_units`, the part we
    added so that the platform sells past zero. `backordered` is the platform's count of units sold beyond on hand
    (None where the store has no native backorders).
    """

    item_id: ItemId
    location_id: LocationId
    on_hand: int
    safety_stock: int = 0
    backordered: int | None = None
    backorder_limit: int | None = None
    virtual_units: int = 0

    @property
    def net_position(self) -> int:
        """Unsold units minus units sold beyond them. May be negative; no other quantity is.

        A shelf that holds less than the safety stock has nothing to sell, but owes nothing for it either.
        """
        missing_safety_stock = 0 <= self.on_hand < self.safety_stock and not self.virtual_units
        unsold = 0 if missing_safety_stock else self.on_hand - self.safety_stock - self.virtual_units
        return unsold - (self.backordered or 0)

    @property
    def number(self) -> int:
        """On hand minus backordered: the one number that each unit sold lowers by one, in both selling modes."""
        return self.on_hand - (self.backordered or 0)

    def shifted(self, units: int) -> "StockLevel":
        """The level after `units` more (or fewer): a drop takes what is on hand first, then goes into backordered."""
        if self.backordered is None or units >= 0:
            return replace(self, on_hand=self.on_hand + units)
        from_on_hand = min(-units, max(0, self.on_hand - self.safety_stock))
        return replace(self, on_hand=self.on_hand - from_on_hand, backordered=self.backordered - units - from_on_hand)

    def moved(self, move: "StockMove") -> "StockLevel":
        """The level once a move has taken effect."""
        return replace(
            self,
            on_hand=self.on_hand + move.quantity,
            virtual_units=self.virtual_units + move.virtual_units,
            backordered=None if self.backordered is None else self.backordered + move.backordered,
        )


@dataclass(frozen=True, slots=True)
class StockMove:
    """A relative change we want on the platform: it commutes with the orders that come in meanwhile."""

    item_id: ItemId
    location_id: LocationId
    quantity: int
    backordered: int
    virtual_units: int
    reason: str

    @property
    def number(self) -> int:
        """What the move adds to the level's number."""
        return self.quantity - self.backordered

    @property
    def has_happened(self) -> bool:
        """Goods came, somebody counted: true whatever was planned. What is planned moves one count for another."""
        return not (self.backordered or self.virtual_units)

    def joined(self, later: "StockMove") -> "StockMove":
        """Both as one: the platform takes one move of a place in a call."""
        return replace(
            self,
            quantity=self.quantity + later.quantity,
            backordered=self.backordered + later.backordered,
            virtual_units=self.virtual_units + later.virtual_units,
            reason=f"{self.reason} {later.reason}",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.quantity or self.backordered or self.virtual_units)


def available_for_backorder(*, owed: int, limit: int | None) -> int | None:
    """Units that may still be sold beyond on hand; None is unlimited."""
    return None if limit is None else max(0, limit - owed)


def available_to_sell(*, on_hand: int, safety_stock: int, owed: int, limit: int | None) -> int | None:
    """Units a shopper may buy now, backorder included; None is unlimited."""
    require_not_negative("on_hand", on_hand)
    require_not_negative("owed", owed)
    beyond = available_for_backorder(owed=owed, limit=limit)
    return None if beyond is None else max(0, on_hand - safety_stock) + beyond

"""What became different between two plans. The last stop before mails, notes and the shop's pages."""

from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.ids import ItemId, OrderId, OrderLineId
from plugin.domain.promise import Promise


class Availability(StrEnum):
    """What the shop says about an item now."""

    PLAIN = "plain"
    """No policy and nothing owed: the shop shows what it showed before us."""
    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    PREORDER = "preorder"
    CLOSED = "closed"
    """Nothing on hand and the limit is used up."""

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """A line has been told nothing yet and now has a promise."""

    order_id: OrderId
    line_id: OrderLineId
    promise: Promise


@dataclass(frozen=True, slots=True)
class PromiseMoved:
    order_id: OrderId
    line_id: OrderLineId
    before: Promise
    after: Promise


@dataclass(frozen=True, slots=True)
class LineAllocated:
    """Goods that had been owed are now tied to the line."""

    order_id: OrderId
    line_id: OrderLineId
    units: int
    still_owed: int


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    item_id: ItemId
    before: Availability
    after: Availability
    on_hand: int


Change = PromiseMade | PromiseMoved | LineAllocated | AvailabilityChanged

"""Who gets which units, and why. The longest-waiting line takes the soonest supply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.domain.ids import ItemId, OrderId, OrderLineId, ShipmentId
from plugin.domain.promise import Promise
from plugin.domain.shipment import IncomingShipment


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line as the queue sees it: what it still waits for and since when. `owed` may be 0: then it is only looked at."""

    line_id: OrderLineId
    order_id: OrderId
    owed: int
    allocated: int
    queue_time: datetime
    untaken: int = 0
    """Open units that the platform has not taken off its level."""
    is_paid: bool = True
    promise: Promise | None = None
    """What the plan before this one said; None for a line never planned."""

    @property
    def rank(self) -> tuple[bool, datetime, int]:
        """Paid before unpaid, then first come, first served; the line id settles a tie, so order of input never does."""
        return (not self.is_paid, self.queue_time, self.line_id)


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that can be given out, from the shelf (`shipment` None) or from one incoming shipment."""

    units: int
    shipment: IncomingShipment | None = None

    @property
    def name(self) -> str:
        return self.shipment.reference if self.shipment else "the units on hand"


@dataclass(frozen=True, slots=True)
class Allocation:
    """Some units of one supply for one line, with the place in the queue that earned them."""

    line_id: OrderLineId
    order_id: OrderId
    units: int
    supply: Supply
    place: int
    units_before: int
    """Units of the same supply that go to earlier lines."""

    @property
    def why(self) -> str:
        """One sentence a merchant can read out to a shopper."""
        place = f"Number {self.place} in line"
        if not self.units_before:
            return f"{place}; first to take from {self.supply.name}."
        taken = f"{self.units_before} of the {self.supply.units} units of {self.supply.name}"
        return f"{place}; {taken} {'goes' if self.units_before == 1 else 'go'} to earlier orders."


@dataclass(frozen=True, slots=True)
class Allocations:
    """The outcome: what each line gets, and what is left of each supply for the next buyer."""

    by_line: dict[OrderLineId, tuple[Allocation, ...]]
    left: tuple[Supply, ...]


def supplies_for(item: ItemId, *, on_hand: int, shipments: Sequence[IncomingShipment]) -> tuple[Supply, ...]:
    """On hand first, then shipments by ETA; those without a date come last, ties are settled by their id."""
    coming = sorted((s for s in shipments if s.outstanding(item)), key=_arrival_rank)
    return (Supply(max(0, on_hand)), *(Supply(s.outstanding(item), s) for s in coming))


def _arrival_rank(shipment: IncomingShipment) -> tuple[bool, str, str, ShipmentId]:
    eta = shipment.expected
    days = (eta.latest.isoformat(), eta.earliest.isoformat()) if eta else ("", "")
    return (eta is None, *days, shipment.shipment_id)


def allocate(lines: Sequence[WaitingLine], supplies: Sequence[Supply]) -> Allocations:
    """Walk the queue once, giving each line what is left of the soonest supply. Linear after sorting."""
    given = [0] * len(supplies)
    current = 0
    by_line: dict[OrderLineId, tuple[Allocation, ...]] = {}
    queue = sorted((line for line in lines if line.owed), key=lambda line: line.rank)
    for place, line in enumerate(queue, start=1):
        wanted, parts = line.owed, []
        while wanted and current < len(supplies):
            supply = supplies[current]
            units = min(wanted, supply.units - given[current])
            if units:
                parts.append(Allocation(line.line_id, line.order_id, units, supply, place, given[current]))
                given[current] += units
                wanted -= units
            if given[current] == supply.units:
                current += 1
        by_line[line.line_id] = tuple(parts)
    left = tuple(Supply(supply.units - used, supply.shipment) for supply, used in zip(supplies, given, strict=True))
    return Allocations(by_line, left)

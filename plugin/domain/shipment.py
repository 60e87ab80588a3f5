"""What a supplier sends us: how much, when, and what has arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from plugin.domain.calendar import DateWindow, require_plannable
from plugin.domain.errors import DomainError, require_not_negative, require_positive
from plugin.domain.ids import ItemId, LocationId, ShipmentId
from plugin.domain.saying import Term, said

Place = tuple[ItemId, LocationId]
"""Where units of an item go."""


class ShipmentState(StrEnum):
    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    RECEIVED_IN_PART = "received_in_part"
    RECEIVED = "received"
    SHORT = "short"
    """Closed although less came than was announced."""
    CANCELLED = "cancelled"

    @property
    def brings_more(self) -> bool:
        return self in {ShipmentState.ANNOUNCED, ShipmentState.IN_TRANSIT, ShipmentState.RECEIVED_IN_PART}


class ShipmentAlreadyClosed(DomainError):
    """Nothing more can happen to a shipment that was received, closed short or cancelled."""

    def __init__(self, reference: str, state: ShipmentState) -> None:
        words = said("Shipment %(reference)s is %(state)s.", reference=reference, state=Term("shipment", state.value))
        super().__init__(words, field="state", value=state.value)
        self.reference = reference


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    item_id: ItemId
    quantity: int
    received: int = 0
    location_id: LocationId | None = None
    """Where these units go; None: where the shipment goes."""

    def __post_init__(self) -> None:
        require_positive("quantity", self.quantity)
        require_not_negative("received", self.received)

    @property
    def outstanding(self) -> int:
        return max(0, self.quantity - self.received)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Days we add to a supplier's date, because of how late its earlier deliveries came (domain/supplier.py)."""

    days: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class IncomingShipment:
    """Goods on their way. `eta` is the window of days in which they should arrive, None where nobody can say."""

    shipment_id: ShipmentId
    supplier: str
    reference: str
    eta: DateWindow | None
    eta_source: str
    """Who said so: "supplier confirmed", "estimate" ... shown to the merchant and kept as the basis of promises."""
    location_id: LocationId
    state: ShipmentState
    lines: tuple[ShipmentLine, ...]
    allowance: Allowance | None = None
    """From the supplier's record; None where it has no record or is on time."""

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise DomainError(said("reference is empty; name the paper, such as PO-118."), field="reference", value="")
        if not self.lines:
            raise DomainError(
                said("Shipment %(reference)s has no lines.", reference=self.reference), field="lines", value=()
            )
        if self.eta:
            require_plannable("eta", self.eta.latest)
        if len({self.place_of(line) for line in self.lines}) != len(self.lines):
            raise DomainError(
                said("Shipment %(reference)s names an item twice for the same location.", reference=self.reference),
                field="lines",
                value=(),
            )

    @property
    def expected(self) -> DateWindow | None:
        """The days we count on: the supplier's own, with the allowance for how late it has been."""
        if self.eta is None or self.allowance is None:
            return self.eta
        return self.eta.widened(later_days=self.allowance.days)

    def place_of(self, line: ShipmentLine) -> Place:
        return line.item_id, line.location_id or self.location_id

    def places_for(self, units: Mapping[ItemId, int]) -> dict[Place, int]:
        """Units whose location nobody named fill the lines of their item in order; what is too many goes to the last."""
        places: dict[Place, int] = {}
        for item, count in units.items():
            lines = [line for line in self.lines if line.item_id == item]
            if not lines:
                raise DomainError(
                    said("%(reference)s brings no item %(item)s.", reference=self.reference, item=item),
                    field="received",
                    value=item,
                )
            require_not_negative("received", count)
            left = count
            for line in lines:
                share = left if line is lines[-1] else min(left, line.outstanding)
                places[self.place_of(line)] = share
                left -= share
        return places

    def require_open(self) -> None:
        if not self.state.brings_more:
            raise ShipmentAlreadyClosed(self.reference, self.state)

    def outstanding(self, item: ItemId) -> int:
        """Units of an item that are still to come."""
        if not self.state.brings_more:
            return 0
        return sum(line.outstanding for line in self.lines if line.item_id == item)

    def with_received(self, units: Mapping[ItemId, int], *, closes: bool) -> "IncomingShipment":
        """The shipment after these units came in; more than announced is allowed, other items are not."""
        return self.with_arrived(self.places_for(units), closes=closes)

    def with_arrived(self, places: Mapping[Place, int], *, closes: bool) -> "IncomingShipment":
        known = {self.place_of(line) for line in self.lines}
        for (item, location), count in places.items():
            if (item, location) not in known:
                message = said(
                    "%(reference)s brings no item %(item)s to location %(location)s.",
                    reference=self.reference,
                    item=item,
                    location=location,
                )
                raise DomainError(message, field="received", value=item)
            require_not_negative("received", count)
        lines = tuple(replace(line, received=line.received + places.get(self.place_of(line), 0)) for line in self.lines)
        return replace(self, lines=lines, state=_state_of(lines, self.state, closes=closes))

    def on_its_way(self, *, has_left: bool) -> "IncomingShipment":
        """The supplier has sent it, or has not after all. What has come in part stays so."""
        self.require_open()
        if self.state is ShipmentState.RECEIVED_IN_PART:
            return self
        return replace(self, state=ShipmentState.IN_TRANSIT if has_left else ShipmentState.ANNOUNCED)


@dataclass(frozen=True, slots=True)
class EtaStatement:
    """Who named which days, and when. Kept for ever: what was promised stood on it."""

    said_at: datetime
    eta: DateWindow | None
    source: str


def _state_of(lines: Sequence[ShipmentLine], before: ShipmentState, *, closes: bool) -> ShipmentState:
    if not any(line.outstanding for line in lines):
        return ShipmentState.RECEIVED
    if closes:
        return ShipmentState.SHORT
    return ShipmentState.RECEIVED_IN_PART if any(line.received for line in lines) else before

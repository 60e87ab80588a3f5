"""What the first page tells: what needs attention, four numbers, two charts. SQL is in adapters/db/home.py; nothing decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from plugin.domain.ids import ShipmentId, TenantId
from plugin.domain.shipment import IncomingShipment

WEEKS = 8
LOOKED_BACK = timedelta(weeks=WEEKS)
MOST_COUNTED = 10_000
FEW = 3
"""Late shipments named one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class LateShipment:
    shipment_id: ShipmentId
    supplier: str
    reference: str
    days_late: int

    @classmethod
    def of(cls, shipment: IncomingShipment, today: date) -> "LateShipment | None":
        """None while it is on time, or nobody named a day."""
        if shipment.eta is None or shipment.eta.latest >= today:
            return None
        late = (today - shipment.eta.latest).days
        return cls(shipment.shipment_id, shipment.supplier, shipment.reference, late)


@dataclass(frozen=True, slots=True)
class Kept:
    """Orders that left in a week, and how many of them after the day their shopper was told first."""

    on_time: int = 0
    late: int = 0

    @property
    def all(self) -> int:
        return self.on_time + self.late


@dataclass(frozen=True, slots=True)
class Late:
    lines: int
    orders: int


@dataclass(frozen=True, slots=True)
class HomeFacts:
    missed: Late
    """Waiting lines whose first promised day has passed."""
    will_miss: Late
    """Waiting lines that ship after their first promised day, which is still to come."""
    oldest_promise: date | None
    notices_due: int
    items_at_limit: int
    late_shipments: tuple[LateShipment, ...]
    owed_by_day: Mapping[date | None, int]
    """Units owed by the day they were promised for; None: no day was told."""
    left_by_week: Mapping[date, Kept] = field(default_factory=dict)
    """Orders that left, by the Monday of their week."""
    counted_since: date | None = None
    """The first week that is counted, where more left before it than can be counted."""
    swaps: int = 0
    """Lines whose shopper chose a substitute: the order is to be changed."""

    @property
    def on_time_rate(self) -> float | None:
        """Of the weeks looked back; None where nothing left."""
        everything = sum(week.all for week in self.left_by_week.values())
        return sum(week.on_time for week in self.left_by_week.values()) / everything if everything else None


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


class HomeQueries(Protocol):
    def facts(self, tenant: TenantId, *, today: date) -> HomeFacts: ...

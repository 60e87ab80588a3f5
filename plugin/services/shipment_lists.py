"""What the merchant's pages on incoming goods read: shipments by what is to be done about them, by day, and suppliers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from plugin.domain.ids import ShipmentId, TenantId
from plugin.domain.shipment import IncomingShipment
from plugin.services.ports.supply import SupplierRow

PAGE = 50


class ShipmentTab(StrEnum):
    COMING = "coming"
    """Open and dated, the soonest first."""
    LATE = "late"
    """Open, and its last day has passed."""
    UNDATED = "undated"
    """Open, and nobody has named a day."""
    CLOSED = "closed"
    """Received, closed short or cancelled; the newest first."""


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """One of three ways: by the beginning of a reference, else by supplier, else by tab."""

    tab: ShipmentTab = ShipmentTab.COMING
    reference: str = ""
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentPlace:
    """Where a page ended."""

    shipment_id: ShipmentId
    eta: date | None = None
    reference: str = ""

    @classmethod
    def of(cls, shipment: IncomingShipment) -> "ShipmentPlace":
        return cls(shipment.shipment_id, shipment.eta.latest if shipment.eta else None, shipment.reference)


class ShipmentQueries(Protocol):
    def shipments(
        self,
        tenant: TenantId,
        which: ShipmentFilter,
        *,
        today: date,
        after: ShipmentPlace | None = None,
        limit: int = PAGE,
    ) -> tuple[IncomingShipment, ...]: ...
    def between(self, tenant: TenantId, first: date, last: date, *, limit: int) -> tuple[IncomingShipment, ...]:
        """Open ones whose last day lies between these, both included, by day."""
        ...

    def counts(self, tenant: TenantId, *, today: date) -> Mapping[ShipmentTab, int]:
        """Counted up to a point; closed ones are not."""
        ...

    def suppliers(self, tenant: TenantId, *, after: str = "", limit: int = PAGE) -> tuple[SupplierRow, ...]:
        """By name."""
        ...

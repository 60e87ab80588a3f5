"""What is coming: shipments, suppliers and the files they arrive in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.domain.ids import (
    ItemId,
    ShipmentId,
)
from plugin.domain.shipment import EtaStatement, IncomingShipment
from plugin.domain.supplier import Punctuality, Receipt, Supplier


class Shipments(Protocol):
    def add(self, shipment: IncomingShipment) -> ShipmentId:
        """`shipment.shipment_id` is ignored; raises Conflict if supplier and reference are known."""
        ...

    def get(self, shipment: ShipmentId, *, lock: bool = False) -> IncomingShipment:
        """Raises NotFound. With `lock`, nobody else changes it until the transaction ends."""
        ...

    def by_reference(self, reference: str) -> list[IncomingShipment]: ...
    def save(self, shipment: IncomingShipment) -> None: ...
    def coming(self, items: Collection[ItemId]) -> list[IncomingShipment]: ...
    def coming_from(self, suppliers: Collection[str]) -> list[IncomingShipment]: ...
    def all(self, *, only_open: bool = False) -> list[IncomingShipment]: ...
    def add_statement(self, shipment: ShipmentId, statement: EtaStatement) -> None:
        """Who named which days, and when. Only ever added to."""
        ...

    def statements(self, shipments: Collection[ShipmentId]) -> dict[ShipmentId, list[EtaStatement]]:
        """Oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A name on shipments. `supplier` None: the merchant has not described it."""

    name: str
    supplier: Supplier | None
    punctuality: Punctuality


class Suppliers(Protocol):
    """What the merchant knows of suppliers, and what their deliveries tell of them."""

    def all(self) -> list[SupplierRow]:
        """By name."""
        ...

    def find(self, name: str) -> SupplierRow | None: ...
    def meet(self, name: str) -> None:
        """The name stands on a shipment."""
        ...

    def get(self, name: str) -> Supplier | None: ...
    def save(self, supplier: Supplier) -> None: ...
    def delete(self, name: str) -> bool:
        """What is known of its deliveries stays."""
        ...

    def add_receipts(self, receipts: Sequence[Receipt]) -> None:
        """What came in. Only ever added to."""
        ...

    def receipts(self, name: str) -> list[Receipt]:
        """Of its newest shipments, as many as a record looks at, oldest first."""
        ...

    def punctuality(self, names: Collection[str]) -> dict[str, Punctuality]:
        """As it was summed up after the last receipt; none of those that never delivered."""
        ...

    def save_punctuality(self, name: str, punctuality: Punctuality) -> None: ...


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that was uploaded, to be looked at before it is imported."""

    file_id: int
    name: str
    content: str


class ImportFiles(Protocol):
    """Files on their way in, and what the merchant said their columns mean."""

    def add(self, name: str, content: str, *, at: datetime) -> int: ...
    def get(self, file: int) -> ImportFile:
        """Raises NotFound."""
        ...

    def delete(self, file: int) -> None: ...
    def forget_before(self, moment: datetime) -> None: ...
    def headings(self) -> dict[str, str]:
        """Foreign heading → the column it means, or empty where it is not needed."""
        ...

    def remember(self, headings: Mapping[str, str]) -> None: ...

"""Describe suppliers, and read how well they keep their dates: promised against actual, by supplier and by item."""

from dataclasses import dataclass

from plugin.domain.ids import TenantId
from plugin.domain.supplier import Supplier, SupplierRecord, record_of
from plugin.services.errors import NotFound
from plugin.services.ports.supply import SupplierRow
from plugin.services.ports.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class Suppliers:
    units: Units

    def all(self, tenant_id: TenantId) -> list[SupplierRow]:
        """Every name on a shipment, and every supplier that was described, by name."""
        with self.units(tenant_id) as work:
            return work.suppliers.all()

    def get(self, tenant_id: TenantId, name: str) -> SupplierRow:
        """Raises NotFound."""
        found = self.find(tenant_id, name)
        if found is None:
            raise NotFound("supplier", name)
        return found

    def find(self, tenant_id: TenantId, name: str) -> SupplierRow | None:
        with self.units(tenant_id) as work:
            return work.suppliers.find(name)

    def record(self, tenant_id: TenantId, name: str) -> SupplierRecord:
        """Over its newest deliveries. Empty for a supplier that never delivered."""
        with self.units(tenant_id) as work:
            return record_of(work.suppliers.receipts(name))

    def save(self, tenant_id: TenantId, supplier: Supplier) -> None:
        """A lead time is used by the next announcement that names no day."""
        with self.units(tenant_id) as work:
            work.suppliers.save(supplier)
            work.commit()

    def forget(self, tenant_id: TenantId, name: str) -> bool:
        """Forget what the merchant said of it; what it delivered stays. False if nothing was said."""
        with self.units(tenant_id) as work:
            was_there = work.suppliers.delete(name)
            work.commit()
        return was_there

"""Suppliers as the merchant describes them, what they delivered, and how punctual that was."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, insert, select, update

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import receipts, suppliers
from plugin.domain.supplier import MOST_DELIVERIES, Punctuality, Receipt, Supplier
from plugin.services.ports.supply import SupplierRow


class SqlSuppliers(Repository):
    def all(self) -> list[SupplierRow]:
        return self.page(after="", limit=None)

    def page(self, *, after: str, limit: int | None) -> list[SupplierRow]:
        query = select(suppliers).where(self._mine(suppliers), suppliers.c.name > after)
        return [
            SupplierRow(row.name, row.supplier, row.punctuality or Punctuality())
            for row in self._connection.execute(query.order_by(suppliers.c.name).limit(limit))
        ]

    def find(self, name: str) -> SupplierRow | None:
        query = select(suppliers).where(self._mine(suppliers), suppliers.c.name == name)
        row = self._connection.execute(query).first()
        return SupplierRow(row.name, row.supplier, row.punctuality or Punctuality()) if row else None

    def meet(self, name: str) -> None:
        self._upsert(suppliers, [self._row(name=name)])

    def get(self, name: str) -> Supplier | None:
        query = select(suppliers.c.supplier).where(self._mine(suppliers), suppliers.c.name == name)
        return self._connection.execute(query).scalar()

    def save(self, supplier: Supplier) -> None:
        self._upsert(suppliers, [self._row(name=supplier.name, supplier=supplier)])

    def delete(self, name: str) -> bool:
        mine = self._mine(suppliers) & (suppliers.c.name == name) & suppliers.c.supplier.is_not(None)
        return self._connection.execute(update(suppliers).where(mine).values(supplier=None)).rowcount > 0

    def add_receipts(self, new: Sequence[Receipt]) -> None:
        if not new:
            return
        rows = [
            self._row(
                id=new_id,
                supplier=each.supplier,
                shipment_id=each.shipment_id,
                item_id=each.item_id,
                units=each.units,
                received_on=each.received_on,
                promised_on=each.promised_on,
            )
            for new_id, each in zip(self._new_ids(receipts, len(new)), new, strict=True)
        ]
        self._connection.execute(insert(receipts), rows)

    def receipts(self, name: str) -> list[Receipt]:
        theirs = self._mine(receipts) & (receipts.c.supplier == name)
        newest = (
            select(receipts.c.shipment_id)
            .where(theirs)
            .group_by(receipts.c.shipment_id)
            .order_by(func.max(receipts.c.id).desc())
            .limit(MOST_DELIVERIES)
        )
        query = select(receipts).where(theirs, receipts.c.shipment_id.in_(newest.scalar_subquery()))
        return [
            Receipt(row.supplier, row.shipment_id, row.item_id, row.units, row.received_on, row.promised_on)
            for row in self._connection.execute(query.order_by(receipts.c.id))
        ]

    def punctuality(self, names: Collection[str]) -> dict[str, Punctuality]:
        found: dict[str, Punctuality] = {}
        for some in chunks(names):
            query = select(suppliers.c.name, suppliers.c.punctuality).where(
                self._mine(suppliers), suppliers.c.name.in_(some), suppliers.c.punctuality.is_not(None)
            )
            found.update((row.name, row.punctuality) for row in self._connection.execute(query))
        return found

    def save_punctuality(self, name: str, punctuality: Punctuality) -> None:
        self._upsert(suppliers, [self._row(name=name, punctuality=punctuality)])

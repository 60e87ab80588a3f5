"""Incoming shipments, their lines, and what was ever said of when they come."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import eta_statements, shipment_lines, shipments
from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.saying import said
from plugin.domain.shipment import EtaStatement, IncomingShipment, ShipmentLine
from plugin.services.errors import Conflict, NotFound

THE_SHIPMENTS_OWN = 0
"""A location that no shop has: the line goes where the shipment goes."""


class SqlShipments(Repository):
    def add(self, shipment: IncomingShipment) -> ShipmentId:
        (new_id,) = self._new_ids(shipments, 1)
        self._write(shipment, insert(shipments).values(self._row(id=new_id, **_values(shipment))))
        self._connection.execute(insert(shipment_lines), list(self._line_rows(new_id, shipment)))
        return ShipmentId(new_id)

    def get(self, shipment: ShipmentId, *, lock: bool = False) -> IncomingShipment:
        if lock:
            row = select(shipments.c.id).where(self._mine(shipments), shipments.c.id == shipment)
            self._connection.execute(row.with_for_update())
        found = self._load(shipments.c.id == shipment)
        if not found:
            raise NotFound("shipment", shipment)
        return found[0]

    def by_reference(self, reference: str) -> list[IncomingShipment]:
        return self._load(shipments.c.reference == reference)

    def save(self, shipment: IncomingShipment) -> None:
        """Replace with all lines. Raises NotFound, and Conflict if its new supplier and reference are taken."""
        mine = self._mine(shipments) & (shipments.c.id == shipment.shipment_id)
        if not self._write(shipment, update(shipments).where(mine).values(_values(shipment))):
            raise NotFound("shipment", shipment.shipment_id)
        lines = self._mine(shipment_lines) & (shipment_lines.c.shipment_id == shipment.shipment_id)
        self._connection.execute(delete(shipment_lines).where(lines))
        self._connection.execute(insert(shipment_lines), list(self._line_rows(shipment.shipment_id, shipment)))

    def coming(self, items: Collection[ItemId]) -> list[IncomingShipment]:
        found: dict[ShipmentId, IncomingShipment] = {}
        for some in chunks(items):
            carrying = select(shipment_lines.c.shipment_id).where(
                self._mine(shipment_lines), shipment_lines.c.item_id.in_(some)
            )
            for shipment in self._load(shipments.c.brings_more & shipments.c.id.in_(carrying)):
                found[shipment.shipment_id] = shipment
        return sorted(found.values(), key=lambda shipment: shipment.shipment_id)

    def coming_from(self, suppliers: Collection[str]) -> list[IncomingShipment]:
        found: list[IncomingShipment] = []
        for some in chunks(suppliers):
            found += self._load(shipments.c.brings_more & shipments.c.supplier.in_(some))
        return found

    def add_statement(self, shipment: ShipmentId, statement: EtaStatement) -> None:
        (new_id,) = self._new_ids(eta_statements, 1)
        row = self._row(
            id=new_id,
            shipment_id=shipment,
            said_at=statement.said_at,
            eta_earliest=statement.eta and statement.eta.earliest,
            eta_latest=statement.eta and statement.eta.latest,
            source=statement.source,
        )
        self._connection.execute(insert(eta_statements), row)

    def statements(self, of: Collection[ShipmentId]) -> dict[ShipmentId, list[EtaStatement]]:
        found: dict[ShipmentId, list[EtaStatement]] = {}
        for some in chunks(of):
            query = select(eta_statements).where(self._mine(eta_statements), eta_statements.c.shipment_id.in_(some))
            for row in self._connection.execute(query.order_by(eta_statements.c.shipment_id, eta_statements.c.id)):
                found.setdefault(row.shipment_id, []).append(EtaStatement(row.said_at, _eta(row), row.source))
        return found

    def all(self, *, only_open: bool = False) -> list[IncomingShipment]:
        return self._load(shipments.c.brings_more) if only_open else self._load()

    def page(
        self, *which: ColumnElement[bool], limit: int, order: Sequence[ColumnElement[Any]] = (shipments.c.id,)
    ) -> list[IncomingShipment]:
        """For lists: the first ones by id, or in another order."""
        return self._load(*which, limit=limit, order=order)

    def _write(self, shipment: IncomingShipment, statement: Any) -> int:
        """Run an insert or update of the shipment's own row; returns how many rows it touched."""
        try:
            with self._connection.begin_nested():
                return self._connection.execute(statement).rowcount
        except IntegrityError as error:
            raise Conflict(
                said(
                    "Shipment %(reference)s from %(supplier)s is known already.",
                    reference=shipment.reference,
                    supplier=shipment.supplier or said("an unnamed supplier"),
                )
            ) from error

    def _load(
        self,
        *which: ColumnElement[bool],
        limit: int | None = None,
        order: Sequence[ColumnElement[Any]] = (shipments.c.id,),
    ) -> list[IncomingShipment]:
        mine: Select[Any] = select(shipments).where(self._mine(shipments), *which).order_by(*order).limit(limit)
        ids = mine.with_only_columns(shipments.c.id)
        lines: dict[int, list[ShipmentLine]] = {}
        query = select(shipment_lines).where(self._mine(shipment_lines), shipment_lines.c.shipment_id.in_(ids))
        for row in self._connection.execute(query.order_by(shipment_lines.c.shipment_id, shipment_lines.c.position)):
            lines.setdefault(row.shipment_id, []).append(_line(row))
        return [_shipment(row, lines[row.id]) for row in self._connection.execute(mine)]

    def _line_rows(self, shipment_id: int, shipment: IncomingShipment) -> Iterator[dict[str, Any]]:
        for position, line in enumerate(shipment.lines):
            yield self._row(
                shipment_id=shipment_id,
                item_id=line.item_id,
                position=position,
                quantity=line.quantity,
                received=line.received,
                location_id=line.location_id or THE_SHIPMENTS_OWN,
            )


def _line(row: Row[Any]) -> ShipmentLine:
    return ShipmentLine(row.item_id, row.quantity, row.received, row.location_id or None)


def _values(shipment: IncomingShipment) -> dict[str, Any]:
    return {
        "supplier": shipment.supplier,
        "reference": shipment.reference,
        "eta_earliest": shipment.eta and shipment.eta.earliest,
        "eta_latest": shipment.eta and shipment.eta.latest,
        "eta_source": shipment.eta_source,
        "location_id": shipment.location_id,
        "state": shipment.state,
        "brings_more": shipment.state.brings_more,
    }


def _eta(row: Row[Any]) -> DateWindow | None:
    return DateWindow(row.eta_earliest, row.eta_latest) if row.eta_earliest else None


def _shipment(row: Row[Any], lines: list[ShipmentLine]) -> IncomingShipment:
    return IncomingShipment(
        shipment_id=row.id,
        supplier=row.supplier,
        reference=row.reference,
        eta=_eta(row),
        eta_source=row.eta_source,
        location_id=row.location_id,
        state=row.state,
        lines=tuple(lines),
    )

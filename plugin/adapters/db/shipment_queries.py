"""SQL for the pages on incoming goods: each tab along an index of its own, pages by key."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Connection, Engine, func, literal, select, tuple_

from plugin.adapters.db.engine import reading
from plugin.adapters.db.queries import reader
from plugin.adapters.db.shipments import SqlShipments
from plugin.adapters.db.suppliers import SqlSuppliers
from plugin.adapters.db.tables import shipments
from plugin.domain.ids import TenantId
from plugin.domain.shipment import IncomingShipment
from plugin.services.ports.supply import SupplierRow
from plugin.services.queries import MOST_COUNTED
from plugin.services.shipment_lists import PAGE, ShipmentFilter, ShipmentPlace, ShipmentTab

Conditions = list[ColumnElement[bool]]
PREFIX_END = "z" * 20
"""Ends a range of texts that begin alike, in the order of any database; what is in it is looked at once more."""


class SqlShipmentQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def shipments(
        self,
        tenant: TenantId,
        which: ShipmentFilter,
        *,
        today: date,
        after: ShipmentPlace | None = None,
        limit: int = PAGE,
    ) -> tuple[IncomingShipment, ...]:
        conditions, order = _wanted(which, today, after)
        with reading(self._engine) as connection:
            return tuple(SqlShipments(reader(connection, tenant)).page(*conditions, limit=limit, order=order))

    def between(self, tenant: TenantId, first: date, last: date, *, limit: int) -> tuple[IncomingShipment, ...]:
        conditions = (shipments.c.brings_more, shipments.c.eta_latest.between(first, last))
        with reading(self._engine) as connection:
            return tuple(SqlShipments(reader(connection, tenant)).page(*conditions, limit=limit, order=BY_ETA))

    def counts(self, tenant: TenantId, *, today: date) -> Mapping[ShipmentTab, int]:
        open_tabs = (ShipmentTab.COMING, ShipmentTab.LATE, ShipmentTab.UNDATED)
        with reading(self._engine) as connection:
            return {tab: _count(connection, tenant, _of_tab(tab, today)) for tab in open_tabs}

    def suppliers(self, tenant: TenantId, *, after: str = "", limit: int = PAGE) -> tuple[SupplierRow, ...]:
        with reading(self._engine) as connection:
            return tuple(SqlSuppliers(reader(connection, tenant)).page(after=after, limit=limit))


BY_ETA: tuple[ColumnElement[object], ...] = (shipments.c.eta_latest, shipments.c.id)
NEWEST_FIRST: tuple[ColumnElement[object], ...] = (shipments.c.id.desc(),)
BY_REFERENCE: tuple[ColumnElement[object], ...] = (shipments.c.reference, shipments.c.id)


def _wanted(
    which: ShipmentFilter, today: date, after: ShipmentPlace | None
) -> tuple[Conditions, tuple[ColumnElement[object], ...]]:
    if which.reference:
        return _by_reference(which.reference, after), BY_REFERENCE
    earlier: Conditions = [shipments.c.id < after.shipment_id] if after else []
    if which.supplier:
        return [shipments.c.supplier == which.supplier, *earlier], NEWEST_FIRST
    conditions = _of_tab(which.tab, today)
    if which.tab in {ShipmentTab.CLOSED, ShipmentTab.UNDATED}:
        return conditions + earlier, NEWEST_FIRST
    if after:
        seen = tuple_(literal(after.eta, shipments.c.eta_latest.type), literal(after.shipment_id))
        conditions.append(tuple_(shipments.c.eta_latest, shipments.c.id) > seen)
    return conditions, BY_ETA


def _of_tab(tab: ShipmentTab, today: date) -> Conditions:
    match tab:
        case ShipmentTab.COMING:
            return [shipments.c.brings_more, shipments.c.eta_latest.is_not(None)]
        case ShipmentTab.LATE:
            return [shipments.c.brings_more, shipments.c.eta_latest < today]
        case ShipmentTab.UNDATED:
            return [shipments.c.brings_more, shipments.c.eta_latest.is_(None)]
        case ShipmentTab.CLOSED:
            return [~shipments.c.brings_more]


def _by_reference(text: str, after: ShipmentPlace | None) -> Conditions:
    conditions: Conditions = [
        shipments.c.reference.between(text, text + PREFIX_END),
        shipments.c.reference.startswith(text, autoescape=True),
    ]
    if after:
        seen = tuple_(literal(after.reference), literal(after.shipment_id))
        conditions.append(tuple_(shipments.c.reference, shipments.c.id) > seen)
    return conditions


def _count(connection: Connection, tenant: TenantId, conditions: Conditions) -> int:
    some = select(literal(1)).where(shipments.c.tenant_id == tenant, *conditions).limit(MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

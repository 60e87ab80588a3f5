"""SQL for suggestions: what was sold of an item day by day, and how long its deliveries and its supplier's took."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine, Select, and_, case, func, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import eta_statements, order_lines, orders, receipts, shipment_lines, shipments
from plugin.domain.ids import ItemId, TenantId
from plugin.domain.order import OrderStage
from plugin.domain.supplier import MOST_DELIVERIES
from plugin.services.suggestions import Delivery


class SqlSupplyHistory:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sold_by_day(self, tenant: TenantId, item: ItemId, *, since: date) -> Mapping[date, int]:
        day = func.date(order_lines.c.queue_time)
        dropped = case(
            (order_lines.c.refunded > order_lines.c.cancelled, order_lines.c.refunded), else_=order_lines.c.cancelled
        )
        same_order = (orders.c.tenant_id == order_lines.c.tenant_id) & (orders.c.order_id == order_lines.c.order_id)
        query = (
            select(day.label("day"), func.sum(order_lines.c.quantity - dropped).label("units"))
            .join(orders, same_order)
            .where(
                order_lines.c.tenant_id == tenant,
                order_lines.c.item_id == item,
                order_lines.c.queue_time >= datetime.combine(since, time(), UTC),
                orders.c.stage.not_in([OrderStage.CANCELLED, OrderStage.INCOMPLETE]),
            )
            .group_by(day)
        )
        with reading(self._engine) as connection:
            return {_as_day(row.day): int(row.units) for row in connection.execute(query)}

    def deliveries_of(self, tenant: TenantId, item: ItemId) -> tuple[Delivery, ...]:
        carrying = select(shipment_lines.c.shipment_id).where(
            shipment_lines.c.tenant_id == tenant, shipment_lines.c.item_id == item, shipment_lines.c.received > 0
        )
        newest = carrying.order_by(shipment_lines.c.shipment_id.desc()).limit(MOST_DELIVERIES)
        return self._deliveries(_came_in(tenant, newest).where(receipts.c.item_id == item))

    def deliveries_from(self, tenant: TenantId, supplier: str) -> tuple[Delivery, ...]:
        theirs = select(shipments.c.id).where(shipments.c.tenant_id == tenant, shipments.c.supplier == supplier)
        newest = theirs.order_by(shipments.c.id.desc()).limit(MOST_DELIVERIES)
        return self._deliveries(_came_in(tenant, newest))

    def last_supplier(self, tenant: TenantId, item: ItemId) -> str:
        query = (
            select(shipments.c.supplier)
            .join(
                shipment_lines,
                and_(
                    shipment_lines.c.tenant_id == shipments.c.tenant_id, shipment_lines.c.shipment_id == shipments.c.id
                ),
            )
            .where(shipment_lines.c.tenant_id == tenant, shipment_lines.c.item_id == item, shipments.c.supplier != "")
            .order_by(shipment_lines.c.shipment_id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() or ""

    def _deliveries(self, query: Select[Any]) -> tuple[Delivery, ...]:
        with reading(self._engine) as connection:
            return tuple(
                Delivery(row.supplier, row.announced_at.date(), row.received_on)
                for row in connection.execute(query)
                if row.announced_at is not None
            )


def _came_in(tenant: TenantId, which: Select[Any]) -> Select[Any]:
    """When each of these shipments was first spoken of, and when the last of it came."""
    announced = (
        select(eta_statements.c.said_at)
        .where(eta_statements.c.tenant_id == tenant, eta_statements.c.shipment_id == shipments.c.id)
        .order_by(eta_statements.c.id)
        .limit(1)
        .correlate(shipments)
        .scalar_subquery()
    )
    its_receipts = and_(
        receipts.c.tenant_id == shipments.c.tenant_id,
        receipts.c.supplier == shipments.c.supplier,
        receipts.c.shipment_id == shipments.c.id,
    )
    return (
        select(
            shipments.c.supplier, announced.label("announced_at"), func.max(receipts.c.received_on).label("received_on")
        )
        .join(receipts, its_receipts)
        .where(shipments.c.tenant_id == tenant, shipments.c.id.in_(which.scalar_subquery()))
        .group_by(shipments.c.id, shipments.c.supplier)
        .order_by(shipments.c.id)
    )


def _as_day(day: str | date) -> date:
    """SQLite says a day as text."""
    return date.fromisoformat(day) if isinstance(day, str) else day

"""Filters of the list of backorders: what rarely matches is looked up by itself, instead of along a whole tab.

A page goes along the index of its tab and leaves out what a filter does not want; where a filter matches little or nothing
that would walk through everything. So the rarest filter is asked first: a few thousand candidates are read by their own index.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TextClause, func, literal, select

from plugin.adapters.db.tables import items, order_lines, orders, shipment_lines, shipments
from plugin.domain.ids import TenantId
from plugin.services.backorders import View

MANY = 2000
"""From so many candidates on, the tab's own index finds a page soon enough."""
Candidates = ColumnElement[bool]


def filters_of(tenant: TenantId, view: View, at: datetime) -> Iterable[ColumnElement[bool]]:
    """What is wanted of a line and its order."""
    if view.channel is not None:
        yield order_lines.c.channel_id == view.channel
    if (theirs := _items_of(tenant, view)) is not None:
        yield order_lines.c.item_id.in_(theirs)
    if view.product is not None and view.supplier:
        yield order_lines.c.item_id.in_(_of_supplier(tenant, view.supplier))
    if view.group is not None:
        yield orders.c.customer_group == view.group
    if view.waits_days is not None:
        yield order_lines.c.queue_time <= at - timedelta(days=view.waits_days)


def rare_candidates(
    connection: Connection, tenant: TenantId, view: View, in_tab: TextClause, at: datetime
) -> Candidates | None:
    """The lines the rarest filter leaves over; None where each of them lets many through."""
    for found in _candidates(connection, tenant, view, in_tab, at):
        if found is not None:
            return found
    return None


def _candidates(
    connection: Connection, tenant: TenantId, view: View, in_tab: TextClause, at: datetime
) -> Iterator[Candidates | None]:
    if (theirs := _items_of(tenant, view)) is not None:
        yield _of_items(connection, tenant, connection.execute(theirs.limit(MANY + 1)).scalars().all())
    if view.group is not None:
        yield _of_orders(connection, tenant, orders.c.customer_group == view.group)
    if view.channel is not None:
        yield _of_orders(connection, tenant, orders.c.channel_id == view.channel)
    if view.waits_days is not None:
        long_ago = order_lines.c.queue_time <= at - timedelta(days=view.waits_days)
        yield _if_few(connection, long_ago, order_lines.c.tenant_id == tenant, in_tab)


def _items_of(tenant: TenantId, view: View) -> Select[Any] | None:
    if view.product is not None:
        return select(items.c.item_id).where(items.c.tenant_id == tenant, items.c.product_id == view.product)
    return _of_supplier(tenant, view.supplier) if view.supplier else None


def _of_supplier(tenant: TenantId, supplier: str) -> Select[Any]:
    same = (shipments.c.tenant_id == shipment_lines.c.tenant_id) & (shipments.c.id == shipment_lines.c.shipment_id)
    return (
        select(shipment_lines.c.item_id)
        .join(shipments, same)
        .where(shipments.c.tenant_id == tenant, shipments.c.brings_more, shipments.c.supplier == supplier)
    )


def _of_items(connection: Connection, tenant: TenantId, ids: Sequence[str]) -> Candidates | None:
    if len(ids) > MANY:
        return None
    return _if_few(connection, order_lines.c.item_id.in_(ids), order_lines.c.tenant_id == tenant)


def _if_few(connection: Connection, which: Candidates, *among: ColumnElement[bool] | TextClause) -> Candidates | None:
    some = select(literal(1)).select_from(order_lines).where(which, *among).limit(MANY + 1).subquery()
    count = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return which if count <= MANY else None


def _of_orders(connection: Connection, tenant: TenantId, which: ColumnElement[bool]) -> Candidates | None:
    query = select(orders.c.order_id).where(orders.c.tenant_id == tenant, which).limit(MANY + 1)
    found = connection.execute(query).scalars().all()
    return order_lines.c.order_id.in_(found) if len(found) <= MANY else None

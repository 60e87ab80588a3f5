"""SQL for the page on the waitlist: figures of one page of items at a time, and every entry in pages for the export."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import items, products, waitlist
from plugin.domain.ids import ItemId, TenantId
from plugin.services.ports.waitlist import WaitlistState
from plugin.services.queries import MOST_COUNTED
from plugin.services.waitlist_lists import PAGE, WaitlistPerson, WaitlistRow, WaitlistTotals

SOME = 1000


class SqlWaitlistQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def totals(self, tenant: TenantId) -> WaitlistTotals:
        some = (
            select(waitlist.c.item_id, waitlist.c.quantity)
            .where(waitlist.c.tenant_id == tenant, waitlist.c.state == WaitlistState.WAITING)
            .order_by(waitlist.c.item_id)  # along the index that has the units, too
            .limit(MOST_COUNTED)
            .subquery()
        )
        units = func.coalesce(func.sum(some.c.quantity), 0)
        with reading(self._engine) as connection:
            row = connection.execute(
                select(func.count(), units, func.count(some.c.item_id.distinct())).select_from(some)
            )
            people, quantity, wanted = row.one()
        return WaitlistTotals(people, int(quantity), wanted)

    def items(self, tenant: TenantId, *, at: datetime, after: str = "", limit: int = PAGE) -> tuple[WaitlistRow, ...]:
        with reading(self._engine) as connection:
            ids = list(_next_items(connection, tenant, after, limit))
            figures = _figures(connection, tenant, ids)
            told = _told(connection, tenant, ids)
            claims = _claims(connection, tenant, ids, at=at)
            names = _names(connection, tenant, ids)
        return tuple(_row(item, figures, told.get(item), claims.get(item, 0), names.get(item)) for item in ids)

    def people(self, tenant: TenantId, *, item: ItemId | None = None) -> Iterator[WaitlistPerson]:
        last = 0
        while True:
            query = select(waitlist).where(waitlist.c.tenant_id == tenant, waitlist.c.id > last)
            if item is not None:
                query = query.where(waitlist.c.item_id == item)
            with reading(self._engine) as connection:
                rows = connection.execute(query.order_by(waitlist.c.id).limit(SOME)).all()
                names = _names(connection, tenant, {row.item_id for row in rows})
            yield from (_person(row, names.get(row.item_id)) for row in rows)
            if len(rows) < SOME:
                return
            last = rows[-1].id


def _next_items(connection: Connection, tenant: TenantId, after: str, limit: int) -> Iterator[str]:
    """One step in the index for each item, however many people want it."""
    for _ in range(limit):
        query = select(func.min(waitlist.c.item_id)).where(waitlist.c.tenant_id == tenant, waitlist.c.item_id > after)
        found = connection.execute(query).scalar()
        if found is None:
            return
        yield found
        after = found


Figures = Mapping[tuple[str, WaitlistState], tuple[int, int]]


def _figures(connection: Connection, tenant: TenantId, ids: Collection[str]) -> Figures:
    """People and units by item and state, from the index alone."""
    query = (
        select(waitlist.c.item_id, waitlist.c.state, func.count(), func.sum(waitlist.c.quantity))
        .where(waitlist.c.tenant_id == tenant, waitlist.c.item_id.in_(ids))
        .group_by(waitlist.c.item_id, waitlist.c.state)
    )
    return {(item, state): (count, int(units)) for item, state, count, units in connection.execute(query)}


def _claims(connection: Connection, tenant: TenantId, ids: Collection[str], *, at: datetime) -> dict[str, int]:
    """How many may still buy before others."""
    query = (
        select(waitlist.c.item_id, func.count())
        .where(waitlist.c.tenant_id == tenant, waitlist.c.item_id.in_(ids), waitlist.c.claim_until > at)
        .where(waitlist.c.claim_until.is_not(None))
        .group_by(waitlist.c.item_id)
    )
    return {row.item_id: row[1] for row in connection.execute(query)}


def _told(connection: Connection, tenant: TenantId, ids: Collection[str]) -> dict[str, Row[Any]]:
    """When people were last told, in how many waves, and how many bought then; from the index alone."""
    told_at = waitlist.c.told_at
    query = (
        select(
            waitlist.c.item_id,
            func.max(told_at, type_=told_at.type).label("last_at"),
            func.count(told_at.distinct()).label("waves"),
            func.count().label("told"),
            func.count().filter(waitlist.c.bought_at >= told_at).label("bought"),
        )
        .where(waitlist.c.tenant_id == tenant, waitlist.c.item_id.in_(ids), told_at.is_not(None))
        .group_by(waitlist.c.item_id)
    )
    return {row.item_id: row for row in connection.execute(query).all()}


def _names(connection: Connection, tenant: TenantId, ids: Collection[str]) -> dict[str, Any]:
    same_product = (products.c.tenant_id == items.c.tenant_id) & (products.c.product_id == items.c.product_id)
    query = (
        select(items.c.item_id, products.c.name, items.c.label, items.c.sku)
        .join(products, same_product)
        .where(items.c.tenant_id == tenant, items.c.item_id.in_(ids))
    )
    return {row.item_id: row for row in connection.execute(query).all()}


def _row(item: str, figures: Figures, told: Row[Any] | None, claims: int, name: Row[Any] | None) -> WaitlistRow:
    people, units = figures.get((item, WaitlistState.WAITING), (0, 0))
    return WaitlistRow(
        item_id=ItemId(item),
        name=name.name if name else item,
        label=name.label if name else "",
        sku=name.sku if name else "",
        people=people,
        units=units,
        unconfirmed=figures.get((item, WaitlistState.UNCONFIRMED), (0, 0))[0],
        told=told.told if told else 0,
        bought=told.bought if told else 0,
        claims=claims,
        waves=told.waves if told else 0,
        last_told_at=told.last_at if told else None,
    )


def _person(row: Row[Any], name: Row[Any] | None) -> WaitlistPerson:
    return WaitlistPerson(
        item_id=row.item_id,
        sku=name.sku if name else "",
        name=" ".join(filter(None, (name.name, name.label))) if name else "",
        email=row.email,
        quantity=row.quantity,
        state=row.state,
        locale=row.locale,
        asked_at=row.asked_at,
    )

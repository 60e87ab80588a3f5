"""SQL for the page on the waitlist: a page of items by what they add up to, and every entry in pages for the export."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, literal, select, tuple_

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import items, products, waitlist, waitlist_totals
from plugin.domain.ids import ItemId, TenantId
from plugin.services.queries import MOST_COUNTED
from plugin.services.waitlist_lists import PAGE, WaitlistPerson, WaitlistPlace, WaitlistRow, WaitlistTotals

SOME = 1000


class SqlWaitlistQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def totals(self, tenant: TenantId) -> WaitlistTotals:
        some = (
            select(waitlist_totals.c.people, waitlist_totals.c.units)
            .where(waitlist_totals.c.tenant_id == tenant, waitlist_totals.c.people > 0)
            .order_by(waitlist_totals.c.people.desc())  # along the index that has the units, too
            .limit(MOST_COUNTED)
            .subquery()
        )
        people, units = (func.coalesce(func.sum(column), 0) for column in (some.c.people, some.c.units))
        with reading(self._engine) as connection:
            row = connection.execute(select(people, units, func.count()).select_from(some)).one()
        return WaitlistTotals(*map(int, row))

    def items(
        self, tenant: TenantId, *, at: datetime, after: WaitlistPlace | None = None, limit: int = PAGE
    ) -> tuple[WaitlistRow, ...]:
        with reading(self._engine) as connection:
            found = connection.execute(page_query(tenant, after=after, limit=limit)).all()
            ids = [row.item_id for row in found]
            claims = _claims(connection, tenant, ids, at=at)
            names = _names(connection, tenant, ids)
        return tuple(_row(row, claims.get(row.item_id, 0), names.get(row.item_id)) for row in found)

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


def page_query(tenant: TenantId, *, after: WaitlistPlace | None, limit: int) -> Select[Any]:
    """Along the index of what is wanted most; of equals the last by id comes first, so that the index need not turn."""
    people, item = waitlist_totals.c.people, waitlist_totals.c.item_id
    query = select(waitlist_totals).where(waitlist_totals.c.tenant_id == tenant)
    if after is not None:
        query = query.where(tuple_(people, item) < tuple_(literal(after.people), literal(after.item_id)))
    return query.order_by(people.desc(), item.desc()).limit(limit)


def _claims(connection: Connection, tenant: TenantId, ids: Collection[str], *, at: datetime) -> dict[str, int]:
    """How many may still buy before others."""
    query = (
        select(waitlist.c.item_id, func.count())
        .where(waitlist.c.tenant_id == tenant, waitlist.c.item_id.in_(ids), waitlist.c.claim_until > at)
        .where(waitlist.c.claim_until.is_not(None))
        .group_by(waitlist.c.item_id)
    )
    return {row.item_id: row[1] for row in connection.execute(query)}


def _names(connection: Connection, tenant: TenantId, ids: Collection[str]) -> dict[str, Any]:
    same_product = (products.c.tenant_id == items.c.tenant_id) & (products.c.product_id == items.c.product_id)
    query = (
        select(items.c.item_id, products.c.name, items.c.label, items.c.sku)
        .join(products, same_product)
        .where(items.c.tenant_id == tenant, items.c.item_id.in_(ids))
    )
    return {row.item_id: row for row in connection.execute(query).all()}


def _row(totals: Row[Any], claims: int, name: Row[Any] | None) -> WaitlistRow:
    return WaitlistRow(
        item_id=ItemId(totals.item_id),
        name=name.name if name else totals.item_id,
        label=name.label if name else "",
        sku=name.sku if name else "",
        people=totals.people,
        units=totals.units,
        unconfirmed=totals.unconfirmed,
        told=totals.told,
        bought=totals.bought,
        claims=claims,
        waves=totals.waves,
        last_told_at=totals.last_told_at,
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

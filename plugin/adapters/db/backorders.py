"""SQL of the merchant's list of backorders: each tab and order has an index of its own, so a page costs what it shows.

Implements services/backorders.py. Filters are looked at along the index; a product has one, too.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Row,
    Select,
    TextClause,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
)

from plugin.adapters.db.desk_filters import filters_of, rare_candidates
from plugin.adapters.db.engine import reading
from plugin.adapters.db.product_queries import items_named
from plugin.adapters.db.repository import chunks
from plugin.adapters.db.tables import (
    DESK_TABS,
    items,
    order_lines,
    orders,
    products,
    suppliers,
    tab_condition,
)
from plugin.domain.ids import OrderId, OrderLineId, TenantId
from plugin.services.backorders import (
    COUNTED_TO,
    MOST_CHOICES,
    MOST_FOUND,
    BackorderRow,
    Choices,
    LineKey,
    Sort,
    Spot,
    Tab,
    View,
)

AFTER_ALL_LETTERS = "\U0010ffff"
MOST_ORDERS = 200
MOST_ITEMS = 50
SHOWN = (
    *(
        order_lines.c[name]
        for name in (
            *(
                "order_id",
                "line_id",
                "item_id",
                "name",
                "sku",
                "quantity",
                "shipped",
                "owed",
                "allocated",
                "channel_id",
            ),
            *(
                "queue_time",
                "promise",
                "promised_on",
                "ships_on",
                "is_late",
                "is_waiting",
                "is_preorder",
                "holds_units",
            ),
            *("pinned_at", "by_hand", "wants", "instead", "why"),
        )
    ),
    orders.c.stage,
    orders.c.shopper_name,
    orders.c.email,
    orders.c.sending,
)
OF_THE_ORDER = (orders.c.tenant_id == order_lines.c.tenant_id) & (orders.c.order_id == order_lines.c.order_id)


class SqlBackorders:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(
        self, tenant: TenantId, view: View, *, at: datetime, after: Spot | None = None, limit: int = 50
    ) -> tuple[BackorderRow, ...]:
        with reading(self._engine) as connection:
            query = page_query(tenant, view, at=at, after=after, dialect=connection.dialect.name)
            rare = rare_candidates(connection, tenant, view)
            keys = None if rare is None else _sorted_keys(connection, query.where(rare), view, limit)
        if keys is None:
            with reading(self._engine) as connection:
                return _read(connection, query, limit)
        rows = {row.key: row for row in self.of_lines(tenant, keys)}
        return tuple(rows[key] for key in keys if key in rows)

    def found(self, tenant: TenantId, words: str) -> tuple[BackorderRow, ...]:
        wanted = " ".join(words.lower().split())
        if not wanted:
            return ()
        with reading(self._engine) as connection:
            lines = order_lines.c.tenant_id == tenant, order_lines.c.is_backorder
            newest = select(*SHOWN).join(orders, OF_THE_ORDER).order_by(order_lines.c.queue_time.desc())
            rows: dict[LineKey, BackorderRow] = {}
            of_orders = order_lines.c.order_id.in_(_orders_named(connection, tenant, wanted))
            of_items = order_lines.c.item_id.in_(items_named(connection, tenant, wanted, limit=MOST_ITEMS))
            for which in (of_orders, of_items):
                rows |= {row.key: row for row in _read(connection, newest.where(*lines, which), MOST_FOUND)}
        return tuple(rows.values())[:MOST_FOUND]

    def of_lines(self, tenant: TenantId, keys: Collection[LineKey]) -> tuple[BackorderRow, ...]:
        found: list[BackorderRow] = []
        place = tuple_(order_lines.c.order_id, order_lines.c.line_id)
        with reading(self._engine) as connection:
            for some in chunks(keys):
                these = place.in_([(key.order_id, key.line_id) for key in some])
                query = select(*SHOWN).join(orders, OF_THE_ORDER).where(order_lines.c.tenant_id == tenant, these)
                found += _read(connection, query.order_by(order_lines.c.order_id, order_lines.c.line_id), len(some))
        return tuple(found)

    def counts(self, tenant: TenantId) -> dict[Tab, int]:
        found = {}
        with reading(self._engine) as connection:
            for tab in Tab:
                first = (
                    select(order_lines.c.line_id)
                    .where(order_lines.c.tenant_id == tenant, _in_tab(tab, connection.dialect.name))
                    .order_by(order_lines.c.queue_time)  # along the tab's index, and no further than the number
                    .limit(COUNTED_TO)
                )
                found[tab] = int(connection.execute(select(func.count()).select_from(first.subquery())).scalar_one())
        return found

    def choices(self, tenant: TenantId) -> Choices:
        with reading(self._engine) as connection:
            names = select(suppliers.c.name).where(suppliers.c.tenant_id == tenant).order_by(suppliers.c.name)
            past_zero = select(items.c.product_id).where(items.c.tenant_id == tenant, items.c.is_past_zero)
            some = past_zero.order_by(items.c.item_id).limit(MOST_CHOICES).subquery()
            named = (
                select(products.c.product_id, products.c.name)
                .where(products.c.tenant_id == tenant, products.c.product_id.in_(select(some.c.product_id)))
                .order_by(products.c.name, products.c.product_id)
            )
            return Choices(
                suppliers=tuple(connection.execute(names.limit(MOST_CHOICES)).scalars()),
                channels=tuple(_steps(connection, tenant, orders.c.channel_id)),
                groups=tuple(_steps(connection, tenant, orders.c.customer_group)),
                products=tuple((row.product_id, row.name) for row in connection.execute(named)),
            )


def page_query(
    tenant: TenantId, view: View, *, at: datetime, after: Spot | None, dialect: str
) -> Select[tuple[Any, ...]]:
    """One page in its order; it goes along the index of its tab."""
    column = order_lines.c.ships_on if view.sort is Sort.SHIPS else order_lines.c.queue_time
    query = select(*SHOWN).join(orders, OF_THE_ORDER).where(order_lines.c.tenant_id == tenant)
    query = query.where(_in_tab(view.tab, dialect), *filters_of(tenant, view, at))
    if after is not None:
        place = tuple_(column, order_lines.c.line_id)
        seen = tuple_(literal(after.by, column.type), literal(after.line_id, order_lines.c.line_id.type))
        query = query.where(place < seen if view.sort is Sort.NEWEST else place > seen)
    if view.sort is Sort.NEWEST:
        return query.order_by(column.desc(), order_lines.c.line_id.desc())
    return query.order_by(column, order_lines.c.line_id)


def _sorted_keys(connection: Connection, query: Select[tuple[Any, ...]], view: View, limit: int) -> list[LineKey]:
    """A page of the few lines a rare filter leaves over; sorted here, so that no database walks a tab to sort them."""
    by = order_lines.c.ships_on if view.sort is Sort.SHIPS else order_lines.c.queue_time
    few = query.with_only_columns(by.label("by"), order_lines.c.line_id, order_lines.c.order_id).order_by(None)
    rows = sorted(connection.execute(few).all(), reverse=view.sort is Sort.NEWEST)
    return [LineKey(OrderId(row.order_id), OrderLineId(row.line_id)) for row in rows[:limit]]


def _in_tab(tab: Tab, dialect: str) -> TextClause:
    return text(tab_condition(DESK_TABS[tab.value], dialect))


def _orders_named(connection: Connection, tenant: TenantId, words: str) -> list[OrderId]:
    """By number, or by how mail address, name or surname begin."""
    found: set[OrderId] = set()
    number = words.lstrip("#")
    if number.isdecimal() and len(number) <= 18:
        found.add(OrderId(int(number)))
    has_contact = orders.c.contact_email.is_not(None)
    keys = {
        orders.c.mail_key: true(),
        orders.c.contact_key: has_contact,
        orders.c.name_key: true(),
        orders.c.surname_key: true(),
    }
    for key, too in keys.items():
        begins = (key >= words) & (key < words + AFTER_ALL_LETTERS)
        query = select(orders.c.order_id).where(orders.c.tenant_id == tenant, begins, too).limit(MOST_ORDERS)
        found |= set(connection.execute(query).scalars())
    return sorted(found)


def _steps(connection: Connection, tenant: TenantId, column: Column[int]) -> Iterable[int]:
    """The different values, each found by one step in the index: orders are many, values few."""
    last = 0
    for _ in range(MOST_CHOICES):
        query = select(func.min(column)).where(orders.c.tenant_id == tenant, column > last)
        found = connection.execute(query).scalar()
        if found is None:
            return
        last = found
        yield last


def _read(connection: Connection, query: Select[tuple[Any, ...]], limit: int) -> tuple[BackorderRow, ...]:
    return tuple(_row(row) for row in connection.execute(query.limit(limit)))


def _row(row: Row[Any]) -> BackorderRow:
    return BackorderRow(
        key=LineKey(OrderId(row.order_id), OrderLineId(row.line_id)),
        item_id=row.item_id,
        name=row.name,
        sku=row.sku,
        quantity=row.quantity,
        shipped=row.shipped,
        owed=row.owed,
        ready=row.allocated if row.holds_units else 0,
        stage=row.stage,
        shopper_name=row.shopper_name,
        email=row.email,
        channel_id=row.channel_id,
        queue_time=row.queue_time,
        promise=row.promise,
        promised_on=row.promised_on,
        ships_on=row.ships_on,
        is_late=row.is_late and row.is_waiting,
        is_preorder=row.is_preorder,
        is_pinned=row.pinned_at is not None,
        is_set_by_hand=row.by_hand is not None,
        wants=row.wants if row.holds_units else None,
        instead=row.instead or "" if row.holds_units else "",
        sending=row.sending,
        place_explained=row.why,
    )

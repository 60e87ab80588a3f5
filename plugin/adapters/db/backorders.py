"""SQL of the merchant's list of backorders: each tab and order has an index of its own, so a page costs what it shows.

Implements services/backorders.py. What rarely matches is looked up by itself (desk_filters.py); other filters are looked at
along the tab's index, some thousand lines at a time.
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
    Tuple,
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
    Look,
    Sort,
    Spot,
    Tab,
    View,
)

AFTER_ALL_LETTERS = "\U0010ffff"
MOST_LOOKED_AT = 5000
"""Lines of a tab that one page holds against its filters."""
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
        rows: tuple[BackorderRow, ...] = ()
        while True:
            look = self.look(tenant, view, at=at, after=after, limit=limit - len(rows))
            rows, after = rows + look.rows, look.go_on
            if after is None:
                return rows

    def look(self, tenant: TenantId, view: View, *, at: datetime, after: Spot | None = None, limit: int = 50) -> Look:
        with reading(self._engine) as connection:
            dialect = connection.dialect.name
            rare = rare_candidates(connection, tenant, view, _in_tab(view.tab, dialect), at)
            if rare is None:
                until = _last_looked_at(connection, tenant, view, after) if view.is_filtered else None
                query = page_query(tenant, view, at=at, after=after, until=until, dialect=dialect)
                rows = _read(connection, query, limit)
                return Look(rows, until if len(rows) < limit else None)
            query = page_query(tenant, view, at=at, after=after, dialect=dialect)
            keys = _sorted_keys(connection, query.where(rare), view, limit)
        found = {row.key: row for row in self.of_lines(tenant, keys)}
        return Look(tuple(found[key] for key in keys if key in found), None)

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
    tenant: TenantId, view: View, *, at: datetime, after: Spot | None, dialect: str, until: Spot | None = None
) -> Select[tuple[Any, ...]]:
    """One page in its order; it goes along the index of its tab, and not beyond `until`."""
    query = select(*SHOWN).join(orders, OF_THE_ORDER).where(*filters_of(tenant, view, at))
    if until is not None:
        place, last = _place(view.sort), _spot(until, view.sort)
        query = query.where(place >= last if view.sort is Sort.NEWEST else place <= last)
    return _along_the_tab(query, tenant, view, after, dialect)


def _along_the_tab(
    query: Select[tuple[Any, ...]], tenant: TenantId, view: View, after: Spot | None, dialect: str
) -> Select[tuple[Any, ...]]:
    query = query.where(order_lines.c.tenant_id == tenant, _in_tab(view.tab, dialect))
    column, line = _sorted_by(view.sort), order_lines.c.line_id
    if after is not None:
        place, seen = _place(view.sort), _spot(after, view.sort)
        query = query.where(place < seen if view.sort is Sort.NEWEST else place > seen)
    return query.order_by(column.desc(), line.desc()) if view.sort is Sort.NEWEST else query.order_by(column, line)


def _last_looked_at(connection: Connection, tenant: TenantId, view: View, after: Spot | None) -> Spot | None:
    """The last line of the tab this page may look at, read from the index alone; None where fewer are left."""
    lines = select(_sorted_by(view.sort).label("by"), order_lines.c.line_id)
    query = _along_the_tab(lines, tenant, view, after, connection.dialect.name)
    row = connection.execute(query.offset(MOST_LOOKED_AT - 1).limit(1)).first()
    return None if row is None else Spot(row.by, OrderLineId(row.line_id))


def _sorted_by(sort: Sort) -> Column[Any]:
    return order_lines.c.ships_on if sort is Sort.SHIPS else order_lines.c.queue_time


def _place(sort: Sort) -> Tuple:
    return tuple_(_sorted_by(sort), order_lines.c.line_id)


def _spot(spot: Spot, sort: Sort) -> Tuple:
    return tuple_(literal(spot.by, _sorted_by(sort).type), literal(spot.line_id, order_lines.c.line_id.type))


def _sorted_keys(connection: Connection, query: Select[tuple[Any, ...]], view: View, limit: int) -> list[LineKey]:
    """A page of the few lines a rare filter leaves over; sorted here, so that no database walks a tab to sort them."""
    by = _sorted_by(view.sort)
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

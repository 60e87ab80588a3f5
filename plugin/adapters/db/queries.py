"""SQL for the screens, the REST API and the storefront: one connection that only reads, pages by key, never by offset."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, func, literal, or_, select, tuple_

from plugin.adapters.db.engine import reading
from plugin.adapters.db.inbox import OWN_EVENT
from plugin.adapters.db.items import SqlItems
from plugin.adapters.db.publications import SqlPublications
from plugin.adapters.db.repository import Transaction, chunks
from plugin.adapters.db.shipments import SqlShipments
from plugin.adapters.db.tables import (
    inbox,
    items,
    journal,
    order_lines,
    outbox,
    policies,
    products,
    publications,
    shipments,
    stock_levels,
    tenants,
)
from plugin.domain.ids import ItemId, LocationId, ShipmentId, TenantId, product_of, variant_of
from plugin.domain.plan import Offer
from plugin.domain.policy import BackorderPolicy, PolicyBook, Scope, ScopeKind
from plugin.domain.shipment import IncomingShipment
from plugin.domain.store import FIRST_LOCATION
from plugin.services.queries import (
    MOST_COUNTED,
    PAGE,
    ActivityRow,
    Footprint,
    ItemRow,
    Overview,
    ParkedRow,
    ParkedThing,
    Place,
    WaitingRow,
)

ONE_DAY = timedelta(days=1)


class SqlQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def overview(self, tenant: TenantId, *, at: datetime) -> Overview:
        with reading(self._engine) as connection:
            count = _Counts(connection, tenant)
            last, last_day = _webhooks(connection, tenant, since=at - ONE_DAY)
            parked = (count.of(table, table.c.parked_reason.is_not(None)) for table in (inbox, publications, outbox))
            return Overview(
                owed=count.total(items.c.owed, items.c.is_past_zero),
                items_past_zero=count.of(items, items.c.is_past_zero),
                waiting_lines=count.of(order_lines, order_lines.c.is_waiting),
                webhooks_last_day=last_day,
                last_webhook_at=last,
                events_waiting=count.of(inbox, inbox.c.due_at <= at),
                publications_due=count.of(publications, publications.c.due_at.is_not(None)),
                messages_due=count.of(outbox, outbox.c.due_at.is_not(None)),
                parked=sum(parked),
            )

    def items_past_zero(self, tenant: TenantId, *, after: str = "", limit: int = PAGE) -> tuple[ItemRow, ...]:
        query = (
            select(items, products.c.name, products.c.categories)
            .join(products, (products.c.tenant_id == items.c.tenant_id) & (products.c.product_id == items.c.product_id))
            .where(items.c.tenant_id == tenant, items.c.is_past_zero, items.c.item_id > after)
            .order_by(items.c.item_id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            book = policies_for(connection, tenant, rows)
            location = default_location_of(connection, tenant)
        return tuple(item_row(row, book, location) for row in rows)

    def waiting_lines(
        self, tenant: TenantId, *, after: Place | None = None, limit: int = PAGE
    ) -> tuple[WaitingRow, ...]:
        place = tuple_(order_lines.c.queue_time, order_lines.c.line_id)
        query = select(order_lines).where(order_lines.c.tenant_id == tenant, order_lines.c.is_waiting)
        if after is not None:
            seen = tuple_(
                literal(after.queue_time, order_lines.c.queue_time.type),
                literal(after.line_id, order_lines.c.line_id.type),
            )
            query = query.where(place > seen)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(*place.clauses).limit(limit)).all()
        return tuple(_waiting_row(row) for row in rows)

    def parked(self, tenant: TenantId, *, limit: int = PAGE) -> tuple[ParkedRow, ...]:
        with reading(self._engine) as connection:
            found = [
                *_parked_rows(connection, inbox, tenant, limit),
                *_parked_rows(connection, publications, tenant, limit),
                *_parked_rows(connection, outbox, tenant, limit),
            ]
        newest_first = sorted(found, key=lambda row: (row.parked_at, row.key), reverse=True)
        return tuple(newest_first[:limit])

    def activity(
        self,
        tenant: TenantId,
        *,
        kinds: Collection[str] = (),
        about: str = "",
        before: int | None = None,
        limit: int = PAGE,
    ) -> tuple[ActivityRow, ...]:
        """Each kind is asked for by itself, along its own index: a rare one is found without reading through the rest."""
        query = select(journal.c.id, journal.c.at, journal.c.kind, journal.c.about, journal.c.text)
        query = query.where(journal.c.tenant_id == tenant).order_by(journal.c.id.desc()).limit(limit)
        if about:
            query = query.where(journal.c.about == about)
        if before is not None:
            query = query.where(journal.c.id < before)
        by_kind = [query.where(journal.c.kind == kind) for kind in kinds] or [query]
        with reading(self._engine) as connection:
            found = [ActivityRow(*row) for each in by_kind for row in connection.execute(each)]
        return tuple(sorted(found, key=lambda row: -row.activity_id)[:limit])

    def item_of(self, tenant: TenantId, sku: str) -> ItemId | None:
        query = select(items.c.item_id).where(items.c.tenant_id == tenant, items.c.sku.in_({sku, sku.upper()}))
        with reading(self._engine) as connection:
            return connection.execute(query.order_by(items.c.item_id).limit(1)).scalar()

    def footprint(self, tenant: TenantId) -> Footprint:
        with reading(self._engine) as connection:
            count = _Counts(connection, tenant)
            has_virtual = stock_levels.c.virtual_units != 0
            return Footprint(
                written=SqlPublications(reader(connection, tenant)).written(),
                items_with_virtual_units=count.distinct(stock_levels.c.item_id, has_virtual),
                virtual_units=count.total(stock_levels.c.virtual_units, has_virtual),
                waiting_lines=count.of(order_lines, order_lines.c.is_waiting),
            )

    def offers(self, tenant: TenantId, wanted: Collection[ItemId]) -> dict[ItemId, Offer]:
        with reading(self._engine) as connection:
            return SqlItems(reader(connection, tenant)).offers(wanted)

    def policies(
        self, tenant: TenantId, *, after: Scope | None = None, limit: int = PAGE
    ) -> tuple[BackorderPolicy, ...]:
        found: list[BackorderPolicy] = []
        kinds = [kind for kind in ScopeKind if after is None or kind.specificity >= after.kind.specificity]
        with reading(self._engine) as connection:
            for kind in kinds:
                query = select(policies.c.policy).where(policies.c.tenant_id == tenant, policies.c.kind == kind)
                if after is not None and kind is after.kind:
                    query = query.where(policies.c.target > after.target)
                page = query.order_by(policies.c.target).limit(limit - len(found))
                found += connection.execute(page).scalars()
        return tuple(found)

    def shipments(
        self, tenant: TenantId, *, after: ShipmentId | None = None, limit: int = PAGE, only_open: bool = False
    ) -> tuple[IncomingShipment, ...]:
        conditions: list[ColumnElement[bool]] = [shipments.c.id > (after or 0)]
        if only_open:
            conditions.append(shipments.c.brings_more)
        with reading(self._engine) as connection:
            return tuple(SqlShipments(reader(connection, tenant)).page(*conditions, limit=limit))


class _Counts:
    """Counts and sums over one tenant's rows."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    def of(self, table: Table, which: ColumnElement[bool]) -> int:
        return self._ask(table, func.count(), which)

    def total(self, column: ColumnElement[int], which: ColumnElement[bool]) -> int:
        return self._ask(column.table, func.coalesce(func.sum(column), 0), which)

    def distinct(self, column: ColumnElement[Any], which: ColumnElement[bool]) -> int:
        return self._ask(column.table, func.count(column.distinct()), which)

    def _ask(self, table: Table, what: ColumnElement[Any], which: ColumnElement[bool]) -> int:
        query = select(what).select_from(table).where(table.c.tenant_id == self._tenant, which)
        return int(self._connection.execute(query).scalar_one())


def reader(connection: Connection, tenant: TenantId) -> Transaction:
    """A repository's view of a connection that only reads."""
    return Transaction(connection, tenant, now=_no_clock)


def _no_clock() -> datetime:
    raise RuntimeError("Reading needs no clock.")


def _webhooks(connection: Connection, tenant: TenantId, *, since: datetime) -> tuple[datetime | None, int]:
    """When the last one came, and how many since; by the newest rows only, however long the history is."""
    newest = (
        select(inbox.c.received_at)
        .where(inbox.c.tenant_id == tenant, ~inbox.c.dedupe_key.startswith(OWN_EVENT))
        .order_by(inbox.c.id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    is_recent = func.count().filter(newest.c.received_at >= since)
    last, recent = connection.execute(select(func.max(newest.c.received_at), is_recent)).one()
    return last, recent


def default_location_of(connection: Connection, tenant: TenantId) -> LocationId:
    query = select(tenants.c.default_location).where(tenants.c.tenant_id == tenant)
    found = connection.execute(query).scalar()
    return FIRST_LOCATION if found is None else LocationId(found)


def policies_for(connection: Connection, tenant: TenantId, rows: Iterable[Row[Any]]) -> PolicyBook:
    """The policies that may cover these items, and no others: a store can have one for each variant."""
    scopes = {Scope(ScopeKind.STORE)}
    for row in rows:
        scopes.add(Scope(ScopeKind.PRODUCT, product_of(row.item_id)))
        scopes.update(Scope(ScopeKind.CATEGORY, category) for category in row.categories)
        if variant := variant_of(row.item_id):
            scopes.add(Scope(ScopeKind.VARIANT, variant))
    found: list[BackorderPolicy] = []
    for some in chunks(scopes):
        theirs = or_(
            *(
                (policies.c.kind == kind) & policies.c.target.in_([s.target for s in some if s.kind is kind])
                for kind in ScopeKind
            )
        )
        found += connection.execute(select(policies.c.policy).where(policies.c.tenant_id == tenant, theirs)).scalars()
    return PolicyBook.of(found)


def item_row(row: Row[Any], book: PolicyBook, location: LocationId) -> ItemRow:
    policy = book.policy_for(row.item_id, row.categories)
    return ItemRow(
        item_id=row.item_id,
        product_id=row.product_id,
        name=row.name,
        label=row.label,
        sku=row.sku,
        owed=row.owed,
        limit=_limit_of(row, policy, location),
        offer=row.offer,
    )


def _limit_of(row: Row[Any], policy: BackorderPolicy | None, location: LocationId) -> int | None:
    """Where the limit follows supply, it is what the last plan made of it."""
    if policy and policy.enabled and policy.covers_supply and row.offer:
        return int(row.owed + (row.offer.available_for_backorder or 0))
    return policy.total_limit(location) if policy else 0


def _waiting_row(row: Row[Any]) -> WaitingRow:
    return WaitingRow(
        order_id=row.order_id,
        place=Place(row.queue_time, row.line_id),
        name=row.name,
        sku=row.sku,
        quantity=row.quantity,
        owed=row.owed,
        allocated=row.allocated,
        promise=row.promise,
        place_explained=row.why,
    )


def _parked_rows(connection: Connection, table: Table, tenant: TenantId, limit: int) -> list[ParkedRow]:
    query = (
        select(table)
        .where(table.c.tenant_id == tenant, table.c.parked_reason.is_not(None))
        .order_by(table.c.parked_at.desc())
        .limit(limit)
    )
    return [_parked_row(table, row) for row in connection.execute(query)]


def _parked_row(table: Table, row: Row[Any]) -> ParkedRow:
    if table is inbox:
        thing, key, what = ParkedThing.EVENT, str(row.id), row.topic
    elif table is outbox:
        thing, key, what = ParkedThing.MESSAGE, str(row.id), row.kind.value
    else:
        key = f"{row.kind.value}:{row.target}"
        thing, what = ParkedThing.PUBLICATION, key
    return ParkedRow(thing, key, what, row.parked_reason, row.parked_explanation, row.parked_at)

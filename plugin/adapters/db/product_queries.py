"""SQL for the product pages: every item by key, by word, by state or by scope, each way along an index of its own."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, exists, func, literal, select, tuple_

from plugin.adapters.db.engine import reading
from plugin.adapters.db.policies import SqlPolicies
from plugin.adapters.db.queries import SqlQueries, default_location_of, item_row, policies_for, reader
from plugin.adapters.db.repository import chunks
from plugin.adapters.db.search_words import asked_words, last_of
from plugin.adapters.db.tables import (
    category_names,
    item_words,
    items,
    product_categories,
    products,
)
from plugin.domain.changes import Availability
from plugin.domain.ids import CategoryId, ItemId, ProductId, TenantId
from plugin.domain.item import Tracking
from plugin.domain.policy import BackorderPolicy, PolicyBook, Scope, ScopeKind, scopes_of
from plugin.services.products import (
    PAGE,
    Category,
    PolicyRow,
    PolicyStep,
    ProductDetail,
    ProductFilter,
    ProductLook,
    ProductPlace,
    ProductRow,
)
from plugin.services.queries import MOST_COUNTED

MANY = 2000
"""Items a search may look at one by one."""
MOST_LOOKED_AT = 5000
"""Items of a search or a category that one page holds against what else is asked for."""


class SqlProductQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def items(
        self, tenant: TenantId, which: ProductFilter, *, after: ProductPlace | None = None, limit: int = PAGE
    ) -> tuple[ProductRow, ...]:
        rows: tuple[ProductRow, ...] = ()
        while True:
            look = self.look(tenant, which, after=after, limit=limit - len(rows))
            rows, after = rows + look.rows, look.go_on
            if after is None:
                return rows

    def look(
        self, tenant: TenantId, which: ProductFilter, *, after: ProductPlace | None = None, limit: int = PAGE
    ) -> ProductLook:
        with reading(self._engine) as connection:
            query, until = _listed(connection, tenant, which, after)
            if query is None:
                return ProductLook((), None)
            rows = tuple(_rows(connection, tenant, connection.execute(query.limit(limit)).all()))
        return ProductLook(rows, until if len(rows) < limit else None)

    def detail(self, tenant: TenantId, item: ItemId) -> ProductDetail | None:
        query = _columns(literal("")).where(items.c.tenant_id == tenant, items.c.item_id == item)
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
            if not found:
                return None
            (row,) = _rows(connection, tenant, found)
            book = policies_for(connection, tenant, found)
            scopes = scopes_of(item, found[0].categories)
            names = _names(connection, tenant, scopes)
        steps = tuple(
            PolicyStep(scope, names.get(scope, ""), book.by_scope.get(scope), scope == row.scope) for scope in scopes
        )
        return ProductDetail(row, found[0].image_url, found[0].url, steps)

    def counts(self, tenant: TenantId) -> Mapping[Availability, int]:
        found: dict[Availability, int] = {}
        with reading(self._engine) as connection:
            for availability in Availability:
                some = select(literal(1)).where(items.c.tenant_id == tenant, items.c.availability == availability)
                query = select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())
                found[availability] = connection.execute(query).scalar_one()
        return found

    def policies(self, tenant: TenantId, *, after: Scope | None = None, limit: int = PAGE) -> tuple[PolicyRow, ...]:
        found = SqlQueries(self._engine).policies(tenant, after=after, limit=limit)
        names = self.names(tenant, [policy.scope for policy in found])
        return tuple(PolicyRow(policy, names.get(policy.scope, "")) for policy in found)

    def policy(self, tenant: TenantId, scope: Scope) -> BackorderPolicy | None:
        with reading(self._engine) as connection:
            return SqlPolicies(reader(connection, tenant)).get(scope)

    def names(self, tenant: TenantId, scopes: Collection[Scope]) -> dict[Scope, str]:
        with reading(self._engine) as connection:
            return _names(connection, tenant, scopes)

    def categories(self, tenant: TenantId) -> tuple[Category, ...]:
        in_use = select(product_categories.c.category_id).where(product_categories.c.tenant_id == tenant).distinct()
        with reading(self._engine) as connection:
            used = connection.execute(in_use).scalars().all()
            names = _category_names(connection, tenant, used)
        known = [Category(CategoryId(number), names.get(number, "")) for number in used]
        return tuple(sorted(known, key=lambda each: (not each.name, each.name.casefold(), each.category_id)))


def items_named(connection: Connection, tenant: TenantId, text: str, *, limit: int) -> list[ItemId]:
    """Items by words of their name, options or SKU, or their beginnings."""
    query = _searched(tenant, _rarest_first(connection, tenant, asked_words(text)), None)
    if query is None:
        return []
    found = connection.execute(query.with_only_columns(items.c.item_id).limit(limit))
    return list(found.scalars())


def _columns(before: ColumnElement[str]) -> Select[Any]:
    same_product = (products.c.tenant_id == items.c.tenant_id) & (products.c.product_id == items.c.product_id)
    catalog = (products.c.name, products.c.categories, products.c.tracking, products.c.image_url, products.c.url)
    return select(items, *catalog, before.label("before")).join(products, same_product)


def _listed(
    connection: Connection, tenant: TenantId, which: ProductFilter, after: ProductPlace | None
) -> tuple[Select[Any] | None, ProductPlace | None]:
    """What to read, None where nothing can be found, and up to which place where there is more to look at."""
    query: Select[Any] | None
    until = None
    if which.text.strip():
        words = _rarest_first(connection, tenant, asked_words(which.text))
        query = _searched(tenant, words, after)
        if query is not None and (which.availability or len(words) > 1):
            query, until = _bounded_search(connection, tenant, words[0], after, query)
    elif which.scope and which.scope.kind is not ScopeKind.STORE:
        query = _in_scope(tenant, which.scope, after)
        if which.availability and which.scope.kind is ScopeKind.CATEGORY:
            query, until = _bounded_category(connection, query)
    else:
        query = _columns(literal("")).where(items.c.tenant_id == tenant).order_by(items.c.item_id)
        query = query.where(items.c.item_id > after.item_id) if after else query
    if query is not None and which.availability:
        query = query.where(items.c.availability == which.availability)
    return query, until


def _bounded_search(
    connection: Connection, tenant: TenantId, word: str, after: ProductPlace | None, query: Select[Any]
) -> tuple[Select[Any], ProductPlace | None]:
    """Up to the last entry of the word's index one page may look at."""
    place = tuple_(item_words.c.word, item_words.c.item_id)
    entries = select(item_words.c.word, item_words.c.item_id).where(
        item_words.c.tenant_id == tenant, item_words.c.word.between(word, last_of(word))
    )
    if after is not None:
        entries = entries.where(place > tuple_(literal(after.before), literal(after.item_id)))
    last = entries.order_by(item_words.c.word, item_words.c.item_id).offset(MOST_LOOKED_AT - 1).limit(1)
    row = connection.execute(last).first()
    if row is None:
        return query, None
    return query.where(place <= tuple_(literal(row.word), literal(row.item_id))), ProductPlace(row.item_id, row.word)


def _bounded_category(connection: Connection, query: Select[Any]) -> tuple[Select[Any], ProductPlace | None]:
    """Up to the last item of the category one page may look at."""
    columns = product_categories.c.product_id, items.c.item_id
    row = connection.execute(query.with_only_columns(*columns).offset(MOST_LOOKED_AT - 1).limit(1)).first()
    if row is None:
        return query, None
    last = tuple_(literal(row.product_id), literal(row.item_id))
    return query.where(tuple_(*columns) <= last), ProductPlace(row.item_id)


def _rarest_first(connection: Connection, tenant: TenantId, words: Sequence[str]) -> list[str]:
    """Along the rarest word the fewest items are looked at; beyond some thousands any will do."""
    if len(words) < 2:
        return list(words)

    def count(word: str) -> int:
        found = select(literal(1)).where(
            item_words.c.tenant_id == tenant, item_words.c.word.between(word, last_of(word))
        )
        return int(connection.execute(select(func.count()).select_from(found.limit(MANY).subquery())).scalar_one())

    return sorted(words, key=count)


def _searched(tenant: TenantId, words: Sequence[str], after: ProductPlace | None) -> Select[Any] | None:
    """Along the words that begin with the first one asked for; each item at its first such word only."""
    if not words:
        return None
    leading, *others = words
    earlier = item_words.alias()
    same_item = (items.c.tenant_id == item_words.c.tenant_id) & (items.c.item_id == item_words.c.item_id)
    seen_before = exists().where(
        earlier.c.tenant_id == tenant,
        earlier.c.item_id == item_words.c.item_id,
        earlier.c.word >= leading,
        earlier.c.word < item_words.c.word,
        earlier.c.product_id == item_words.c.product_id,
    )
    query = (
        _columns(item_words.c.word)
        .join(item_words, same_item)
        .where(item_words.c.tenant_id == tenant, item_words.c.word.between(leading, last_of(leading)), ~seen_before)
        .order_by(item_words.c.word, item_words.c.item_id)
    )
    for word in others:
        other = item_words.alias()
        query = query.where(
            exists().where(
                other.c.tenant_id == tenant,
                other.c.product_id == item_words.c.product_id,
                other.c.item_id == item_words.c.item_id,
                other.c.word.between(word, last_of(word)),
            )
        )
    if after is None:
        return query
    seen = tuple_(literal(after.before), literal(after.item_id))
    return query.where(tuple_(item_words.c.word, item_words.c.item_id) > seen)


def _in_scope(tenant: TenantId, scope: Scope, after: ProductPlace | None) -> Select[Any]:
    query = _columns(literal("")).where(items.c.tenant_id == tenant)
    match scope.kind:
        case ScopeKind.CATEGORY:
            inside = (product_categories.c.tenant_id == items.c.tenant_id) & (
                product_categories.c.product_id == items.c.product_id
            )
            query = query.join(product_categories, inside).where(
                product_categories.c.tenant_id == tenant, product_categories.c.category_id == scope.target
            )
            first = product_categories.c.product_id
        case ScopeKind.VARIANT:
            query, first = query.where(items.c.variant_id == scope.target), items.c.product_id
        case _:
            query, first = query.where(items.c.product_id == scope.target), items.c.product_id
    if after:
        product = int(after.item_id.partition(":")[0])
        query = query.where(tuple_(first, items.c.item_id) > tuple_(literal(product), literal(after.item_id)))
    return query.order_by(first, items.c.item_id)


def _rows(connection: Connection, tenant: TenantId, found: Sequence[Row[Any]]) -> list[ProductRow]:
    book = policies_for(connection, tenant, found)
    location = default_location_of(connection, tenant)
    return [
        ProductRow(
            item=item_row(row, book, location),
            place=ProductPlace(row.item_id, row.before),
            is_tracked=row.tracking is not Tracking.NONE,
            scope=_scope_in_force(book, row),
        )
        for row in found
    ]


def _scope_in_force(book: PolicyBook, row: Row[Any]) -> Scope | None:
    policy = book.policy_for(row.item_id, row.categories)
    return policy.scope if policy else None


def _names(connection: Connection, tenant: TenantId, scopes: Collection[Scope]) -> dict[Scope, str]:
    targets = {kind: [scope.target for scope in scopes if scope.kind is kind] for kind in ScopeKind}
    named = {
        ScopeKind.CATEGORY: _category_names(connection, tenant, targets[ScopeKind.CATEGORY]),
        ScopeKind.PRODUCT: _product_names(connection, tenant, targets[ScopeKind.PRODUCT]),
        ScopeKind.VARIANT: _variant_names(connection, tenant, targets[ScopeKind.VARIANT]),
    }
    return {scope: named[scope.kind].get(scope.target, "") for scope in scopes if scope.kind in named}


def _category_names(connection: Connection, tenant: TenantId, ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(ids):
        query = select(category_names.c.category_id, category_names.c.name).where(
            category_names.c.tenant_id == tenant, category_names.c.category_id.in_(some)
        )
        found.update((row.category_id, row.name) for row in connection.execute(query))
    return found


def _product_names(connection: Connection, tenant: TenantId, ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(ids):
        query = select(products.c.product_id, products.c.name).where(
            products.c.tenant_id == tenant, products.c.product_id.in_([ProductId(number) for number in some])
        )
        found.update((row.product_id, row.name) for row in connection.execute(query))
    return found


def _variant_names(connection: Connection, tenant: TenantId, ids: Collection[int]) -> dict[int, str]:
    """By the index of items that are variants; name and options."""
    found: dict[int, str] = {}
    for some in chunks(ids):
        query = _columns(literal("")).where(items.c.tenant_id == tenant, items.c.variant_id.in_(some))
        found.update((row.variant_id, f"{row.name}, {row.label}") for row in connection.execute(query))
    return found

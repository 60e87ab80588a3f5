"""The catalog, and what the last plan said of each item."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, select, tuple_, update

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.search_words import words_of
from plugin.adapters.db.tables import category_names, item_words, items, product_categories, products, variants
from plugin.domain.changes import Availability
from plugin.domain.ids import CategoryId, ItemId, ProductId, variant_of
from plugin.domain.item import Product, Tracking, Variant
from plugin.domain.plan import ItemPlan, Offer
from plugin.domain.policy import Scope, ScopeKind
from plugin.services.ports.catalog import ItemFacts


class SqlItems(Repository):
    def save_products(self, products_now: Iterable[Product]) -> None:
        """Insert or replace with variants, categories and items; what a product no longer has is forgotten."""
        found = {product.product_id: product for product in products_now}
        self._upsert(products, [self._product_row(product) for product in found.values()])
        self._replace(variants, found, [row for product in found.values() for row in self._variant_rows(product)])
        self._replace(
            product_categories, found, [row for product in found.values() for row in self._category_rows(product)]
        )
        self._replace(items, found, [row for product in found.values() for row in self._item_rows(product)])
        self._replace(item_words, found, [row for product in found.values() for row in self._word_rows(product)])

    def forget_products(self, ids: Collection[ProductId]) -> None:
        for some in chunks(ids):
            self._connection.execute(delete(products).where(self._mine(products), products.c.product_id.in_(some)))

    def products(self, ids: Collection[ProductId]) -> dict[ProductId, Product]:
        found: dict[ProductId, Product] = {}
        for some in chunks(ids):
            their_variants = self._variants_of(some)
            query = select(products).where(self._mine(products), products.c.product_id.in_(some))
            for row in self._connection.execute(query):
                found[row.product_id] = _product(row, their_variants.get(row.product_id, ()))
        return found

    def name_categories(self, names: Mapping[CategoryId, str]) -> None:
        self._connection.execute(delete(category_names).where(self._mine(category_names)))
        self._upsert(category_names, [self._row(category_id=number, name=name) for number, name in names.items()])

    def facts(self, ids: Collection[ItemId], *, lock: bool = False) -> dict[ItemId, ItemFacts]:
        found: dict[ItemId, ItemFacts] = {}
        for some in chunks(ids):
            query = (
                select(items, products.c.name, products.c.categories, products.c.tracking)
                .join(products, _same_product(items))
                .where(self._mine(items), items.c.item_id.in_(some))
                .order_by(items.c.item_id)
            )
            for row in self._connection.execute(query.with_for_update(of=items) if lock else query):
                found[row.item_id] = _facts(row)
        return found

    def ids_in_scope(self, scope: Scope, *, after: str = "", limit: int | None = None) -> list[ItemId]:
        place: ColumnElement[str] = items.c.item_id
        if self._connection.dialect.name != "sqlite":
            place = place.collate("C")  # as whoever goes on behind an id compares them
        query = select(items.c.item_id).where(self._mine(items), place > after)
        match scope.kind:
            case ScopeKind.CATEGORY:
                query = query.join(product_categories, _same_product(items, product_categories)).where(
                    product_categories.c.category_id == scope.target
                )
            case ScopeKind.PRODUCT:
                query = query.where(items.c.product_id == scope.target)
            case ScopeKind.VARIANT:
                query = query.where(items.c.variant_id == scope.target)
        return list(self._connection.execute(query.order_by(place).limit(limit)).scalars())

    def ids_past_zero(self) -> list[ItemId]:
        query = select(items.c.item_id).where(self._mine(items), items.c.is_past_zero).order_by(items.c.item_id)
        return list(self._connection.execute(query).scalars())

    def id_by_sku(self, skus: Collection[str]) -> dict[str, ItemId]:
        """Of several items with one SKU, the first by id."""
        found: dict[str, ItemId] = {}
        for some in chunks(skus):
            query = select(items.c.sku, items.c.item_id).where(self._mine(items), items.c.sku.in_(some))
            for sku, item in self._connection.execute(query.order_by(items.c.item_id)):
                found.setdefault(sku, item)
        return found

    def save_plans(self, plans: Sequence[ItemPlan]) -> None:
        if not plans:
            return
        statement = (
            update(items)
            .where(self._mine(items), items.c.item_id == bindparam("of_item"))
            .values({name: bindparam(f"new_{name}") for name in ("availability", "owed", "is_past_zero", "offer")})
        )
        self._connection.execute(statement, [_plan_values(plan) for plan in sorted(plans, key=lambda p: p.item_id)])

    def offers(self, ids: Collection[ItemId]) -> dict[ItemId, Offer]:
        found: dict[ItemId, Offer] = {}
        for some in chunks(ids):
            query = select(items.c.item_id, items.c.offer).where(
                self._mine(items), items.c.item_id.in_(some), items.c.offer.is_not(None)
            )
            found.update((row.item_id, row.offer) for row in self._connection.execute(query))
        return found

    def _replace(self, table: Table, of: Collection[ProductId], rows: list[Mapping[str, Any]]) -> None:
        """Upsert the rows and delete those of the same products that are not among them."""
        key = [column for column in table.primary_key if column.name != "tenant_id"]
        wanted = {tuple(row[column.name] for column in key) for row in rows}
        gone: list[tuple[Any, ...]] = []
        for some in chunks(of):
            query = select(*key).where(self._mine(table), table.c.product_id.in_(some))
            gone += [tuple(row) for row in self._connection.execute(query) if tuple(row) not in wanted]
        for some_gone in chunks(gone):
            self._connection.execute(delete(table).where(self._mine(table), tuple_(*key).in_(some_gone)))
        self._upsert(table, rows)

    def _variants_of(self, ids: Collection[ProductId]) -> dict[ProductId, list[Variant]]:
        query = select(variants).where(self._mine(variants), variants.c.product_id.in_(ids))
        found: dict[ProductId, list[Variant]] = {}
        for row in self._connection.execute(query.order_by(variants.c.product_id, variants.c.position)):
            found.setdefault(row.product_id, []).append(Variant(row.variant_id, row.sku, row.label))
        return found

    def _product_row(self, product: Product) -> dict[str, Any]:
        return self._row(
            product_id=product.product_id,
            name=product.name,
            sku=product.sku,
            tracking=product.tracking,
            categories=list(product.categories),
            texts=product.texts,
            url=product.url,
            image_url=product.image_url,
        )

    def _variant_rows(self, product: Product) -> Iterator[Mapping[str, Any]]:
        for position, variant in enumerate(product.variants):
            yield self._row(
                product_id=product.product_id,
                variant_id=variant.variant_id,
                position=position,
                sku=variant.sku,
                label=variant.label,
            )

    def _category_rows(self, product: Product) -> Iterator[Mapping[str, Any]]:
        for category in product.categories:
            yield self._row(category_id=category, product_id=product.product_id)

    def _item_rows(self, product: Product) -> Iterator[Mapping[str, Any]]:
        """The catalog's columns only: what was planned stays."""
        for item in product.items:
            yield self._row(
                item_id=item,
                product_id=product.product_id,
                variant_id=variant_of(item),
                label=product.label_of(item),
                sku=product.sku_of(item),
            )

    def _word_rows(self, product: Product) -> Iterator[Mapping[str, Any]]:
        for item in product.items:
            for word in words_of((product.name, product.label_of(item), product.sku_of(item))):
                yield self._row(word=word, item_id=item, product_id=product.product_id)


def _same_product(table: Table, other: Table = products) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (other.c.tenant_id == table.c.tenant_id) & (other.c.product_id == table.c.product_id)
    return same


def _product(row: Row[Any], its_variants: Collection[Variant]) -> Product:
    return Product(
        product_id=row.product_id,
        name=row.name,
        sku=row.sku,
        tracking=row.tracking,
        categories=tuple(row.categories),
        variants=tuple(its_variants),
        texts=row.texts,
        url=row.url,
        image_url=row.image_url,
    )


def _facts(row: Row[Any]) -> ItemFacts:
    return ItemFacts(
        item_id=row.item_id,
        product_id=row.product_id,
        name=row.name,
        label=row.label,
        sku=row.sku,
        categories=tuple(row.categories),
        is_tracked=row.tracking is not Tracking.NONE,
        availability=row.availability,
    )


def _plan_values(plan: ItemPlan) -> dict[str, Any]:
    availability = plan.offer.availability
    return {
        "of_item": plan.item_id,
        "new_availability": availability,
        "new_owed": plan.owed,
        "new_is_past_zero": availability is not Availability.PLAIN or plan.owed > 0,
        "new_offer": plan.offer,
    }

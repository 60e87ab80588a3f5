"""What the shop says now, read in bulk calls and without a transaction; then taken over in one.

Reading comes in an order that matters: orders first, then the stock of what they touch, so that a level is never older
than the orders it is compared with.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from plugin.domain.ids import ItemId, OrderId, ProductId, TenantId, VariantId, product_of
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.stock import StockLevel
from plugin.domain.store import Tenant
from plugin.services.allocation import groups_of
from plugin.services.ports.inbox import EventHint
from plugin.services.ports.shop import Store
from plugin.services.ports.stock import StockPlace
from plugin.services.ports.unit_of_work import Units

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
OVERLAP = timedelta(minutes=5)
"""How far back before the last look the next one starts: clocks differ, and pages move while they are read."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """What an event of our own asks for: these items and orders once more, now that news has had time to arrive."""

    items: frozenset[ItemId] = frozenset()
    drift: Mapping[ItemId, int] = field(default_factory=dict)
    orders_since: datetime | None = None
    """Every order modified since then must be known, so that none is missing from what the levels are compared with."""
    shop_time: datetime = BEFORE_ALL
    """What the shop's own clock said when this began, where orders are to be read."""
    asked: Mapping[OrderId, int] = field(default_factory=dict)
    """Orders that could not be read before, and how often they were asked for."""
    unsettled: frozenset[ItemId] = frozenset()
    """Items with a move of ours of which nobody knows whether it took effect; only their level and all orders tell."""
    stood_at: Mapping[StockPlace, int] = field(default_factory=dict)
    """The levels of those before the orders were read."""
    reads_all_orders: bool = False
    """Whether `orders_since` goes back to the last time that all were read."""


@dataclass(frozen=True, slots=True)
class News:
    orders: tuple[Order, ...] = ()
    absent: frozenset[OrderId] = frozenset()
    """Asked for, and not to be found."""
    asked: Mapping[OrderId, int] = field(default_factory=dict)
    products: tuple[Product, ...] = ()
    deleted_products: frozenset[ProductId] = frozenset()
    levels: tuple[StockLevel, ...] = ()
    counted: Mapping[ItemId, frozenset[int | None]] = field(default_factory=dict)
    """Items whose stock was written by something other than an order, and by how many units (None: not said)."""
    drift: Mapping[ItemId, int] = field(default_factory=dict)
    replan: frozenset[ItemId] = frozenset()
    unsettled: frozenset[ItemId] = frozenset()
    complete: frozenset[ItemId] = frozenset()
    """Those of the unsettled ones whose level stood still while the orders were read: each unit of it is explained."""
    all_orders_known: bool = False
    """Whether all that the shop had sold was read before the levels: what they do not explain is no order."""


def unheard_since(tenant: Tenant, now: datetime, *, shop_time: datetime) -> datetime:
    """Orders from then on may be unknown to us; by the shop's own clock, should that be behind ours."""
    behind = max(now - shop_time, timedelta())
    return min(tenant.orders_read_until or tenant.connected_at, now) - OVERLAP - behind


def read_news(units: Units, store: Store, tenant_id: TenantId, hint: EventHint, again: LookAgain) -> News:
    """Follow the hints to what is true now."""
    asked_for = store.orders(hint.orders) if hint.orders else []
    orders = with_groups(units, store, tenant_id, asked_for)
    known = _known(units, tenant_id, hint.orders, _products_named(orders, hint))
    products = store.products(known.unknown_products | hint.products)
    catalog = {**known.products, **{product.product_id: product for product in products}}
    items = _items_of(orders, catalog) | known.items | _items_at(hint.stock, catalog) | again.items
    items |= again.unsettled
    items |= {item for product in products if _is_counted_anew(product, known) for item in product.items}
    tracked = {item for item in items if (p := catalog.get(product_of(item))) is None or p.is_tracked}
    levels = tuple(store.stock(tracked)) if tracked else ()
    return News(
        orders=tuple(orders),
        absent=hint.orders - {order.order_id for order in orders},
        products=tuple(products),
        deleted_products=hint.deleted_products,
        levels=levels,
        counted=_counted(hint, catalog),
        drift=again.drift,
        asked=again.asked,
        replan=frozenset(items).union(*(product.items for product in products)),
        unsettled=again.unsettled,
        complete=again.unsettled - _changed_items(again.stood_at, numbers_of(levels)),
        all_orders_known=again.reads_all_orders,
    )


def numbers_of(levels: Iterable[StockLevel]) -> dict[StockPlace, int]:
    return {(level.item_id, level.location_id): level.number for level in levels}


def _changed_items(before: Mapping[StockPlace, int], after: Mapping[StockPlace, int]) -> set[ItemId]:
    """Somebody bought while we read: whether that order is among those we have cannot be told."""
    return {place[0] for place, number in before.items() if after.get(place) != number}


def _is_counted_anew(product: Product, known: "_Known") -> bool:
    """A text or a price leaves the levels alone; whoever counts by hand, the shop tells us so."""
    before = known.products.get(product.product_id)
    return before is None or (before.items, before.is_tracked) != (product.items, product.is_tracked)


def with_groups(units: Units, store: Store, tenant_id: TenantId, orders: Sequence[Order]) -> Sequence[Order]:
    """Orders with their customers' groups, where a rule of the queue looks at them."""
    if not orders:
        return orders
    with units(tenant_id) as work:
        needed = work.tenant().settings.allocation.needs_groups
    if not needed:
        return orders
    groups = groups_of(store, {order.shopper.customer_id for order in orders if order.shopper.customer_id})
    return [
        replace(order, shopper=replace(order.shopper, customer_group=groups.get(order.shopper.customer_id)))
        for order in orders
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    products: dict[ProductId, Product]
    unknown_products: frozenset[ProductId]
    items: set[ItemId]
    """Items of the lines these orders had before."""


def _known(units: Units, tenant_id: TenantId, orders: Collection[OrderId], products: set[ProductId]) -> _Known:
    with units(tenant_id) as work:
        known = work.items.products(products)
        before = work.orders.get(orders)
    items = {line.item_id for order in before.values() for line in order.lines if line.item_id}
    return _Known(known, frozenset(products - known.keys()), items)


def _products_named(orders: Iterable[Order], hint: EventHint) -> set[ProductId]:
    named = {line.product_id for order in orders for line in order.lines if line.product_id}
    return named | {product for product, _ in hint.stock} | hint.products


def _items_of(orders: Iterable[Order], catalog: Mapping[ProductId, Product]) -> set[ItemId]:
    return {
        catalog[line.product_id].item_for(line.variant_id)
        for order in orders
        for line in order.lines
        if line.product_id and line.product_id in catalog
    }


def _counted(hint: EventHint, catalog: Mapping[ProductId, Product]) -> dict[ItemId, frozenset[int | None]]:
    found: dict[ItemId, frozenset[int | None]] = {}
    for product, variant, units in hint.counted:
        for item in _items_at([(product, variant)], catalog):
            found[item] = found.get(item, frozenset()) | {units}
    return found


def _items_at(
    places: Iterable[tuple[ProductId, VariantId | None]], catalog: Mapping[ProductId, Product]
) -> set[ItemId]:
    """The counted items; a variant of a product nobody knows (deleted meanwhile) is none."""
    return {catalog[product].item_for(variant) for product, variant in places if product in catalog}

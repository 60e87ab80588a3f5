"""Take over orders as the shop has them now, many at a time. What was decided about their lines is carried over."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from plugin.domain.ids import ItemId, OrderId, ProductId
from plugin.domain.item import Product
from plugin.domain.order import Order, OrderLine, OrderStage
from plugin.domain.store import Tenant
from plugin.services.carts import with_choices
from plugin.services.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Which items the orders touch, and by how many units the platform's level of each should have changed."""

    orders: frozenset[OrderId]
    items: frozenset[ItemId]
    sold: Mapping[ItemId, int]
    placed: tuple[Order, ...] = ()
    """Those that hold units for the first time: their shoppers have just bought."""


def take_over_orders(
    work: UnitOfWork, tenant: Tenant, fetched: Iterable[Order], absent: Collection[OrderId] = ()
) -> TakenOver:
    """Save what is newer than what we have. A known order that is gone from the shop counts as cancelled."""
    pictures = {order.order_id: order for order in fetched}
    before = work.orders.get([*pictures, *absent])
    gone = [replace(before[order_id], stage=OrderStage.CANCELLED) for order_id in absent if order_id in before]
    catalog = work.items.products({line.product_id for o in pictures.values() for line in o.lines if line.product_id})
    bought = [order for order in pictures.values() if _is_placed(order, before.get(order.order_id))]
    pictures |= {order.order_id: order for order in with_choices(work, bought)}
    newer = [
        _counted(order, catalog, tenant).carried_over(before.get(order.order_id), tenant.inventory)
        for order in pictures.values()
        if _is_news(order, before.get(order.order_id))
    ]
    newer += [order.carried_over(before[order.order_id], tenant.inventory) for order in gone]
    work.orders.save(newer)
    sold = _sold(newer, before)
    placed = tuple(order for order in newer if _is_placed(order, before.get(order.order_id)))
    return TakenOver(frozenset(order.order_id for order in newer), frozenset(sold), sold, placed)


def _is_placed(order: Order, before: Order | None) -> bool:
    return order.stage.holds_units and (before is None or before.stage is OrderStage.INCOMPLETE)


def _is_news(order: Order, before: Order | None) -> bool:
    """An older picture never overwrites a newer one; within one second both may be the newer."""
    return before is None or order.modified_at >= before.modified_at


def _counted(order: Order, catalog: Mapping[ProductId, Product], tenant: Tenant) -> Order:
    """The order with the items its lines are counted by; placed before we came, it is history."""
    lines = tuple(replace(line, item_id=_item_of(line, catalog)) for line in order.lines)
    is_history = order.is_history or order.placed_at < tenant.connected_at
    return replace(order, lines=lines, is_history=is_history)


def _item_of(line: OrderLine, catalog: Mapping[ProductId, Product]) -> ItemId | None:
    product = catalog.get(line.product_id) if line.product_id else None
    return product.item_for(line.variant_id) if product else None


def _sold(newer: Iterable[Order], before: Mapping[OrderId, Order]) -> Counter[ItemId]:
    """Units taken off the platform's level since the pictures we had; 0 for items that were only touched."""
    sold: Counter[ItemId] = Counter()
    for order in newer:
        previous = before.get(order.order_id)
        for line in previous.lines if previous else ():
            if line.item_id:
                sold[line.item_id] -= line.taken
        for line in order.lines:
            if line.item_id:
                sold[line.item_id] += line.taken
    return sold

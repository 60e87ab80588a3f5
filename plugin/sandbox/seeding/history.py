"""Orders of the last ninety days, finished or waiting to be sent. They took their stock long ago: nothing moves."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from plugin.sandbox.catalog import Product
from plugin.sandbox.order import (
    AWAITING_FULFILLMENT,
    CANCELLED,
    COMPLETED,
    SHIPPED,
    Order,
    OrderLine,
    Shipment,
    ShippedItem,
    ShippingAddress,
)
from plugin.sandbox.people import Customer
from plugin.sandbox.stock import Taken
from plugin.sandbox.store import Store

ORDERS = 120


def add_history(store: Store, *, now: datetime, rng: random.Random) -> None:
    in_stock = [product for product in store.products.values() if is_plain(store, product)]
    shoppers = list(store.customers.values())
    for number in range(ORDERS):
        age = timedelta(days=90 * (1 - number / ORDERS), hours=-rng.random() * 12)
        placed_at = now - max(age, timedelta(minutes=30))
        order = new_order(store, rng.choice(shoppers), placed_at)
        for product in rng.sample(in_stock, rng.randint(1, 3)):
            order.lines.append(new_line(store, order, product, quantity=rng.randint(1, 3)))
        finish(store, order, rng, now=now)
        store.orders[order.id] = order


def is_plain(store: Store, product: Product) -> bool:
    cell = store.cells.get((product.id, 0), {}).get(1)
    return not product.has_options and not product.bundle and cell is not None and cell.on_hand > 3


def new_order(store: Store, shopper: Customer, placed_at: datetime) -> Order:
    order = Order(
        id=store.next_id("order", 1001),
        customer_id=shopper.id,
        billing=shopper.address,
        created_at=placed_at,
        modified_at=placed_at,
        locale=shopper.locale,
        shipping_cost=Decimal("6.50"),
        payment_status="captured",
        status_id=AWAITING_FULFILLMENT,
    )
    order.addresses.append(ShippingAddress(id=store.next_id("address", 501), address=shopper.address))
    return order


def new_line(store: Store, order: Order, product: Product, *, quantity: int) -> OrderLine:
    product.total_sold += quantity
    return OrderLine(
        id=store.next_id("order_line", 3001),
        order_id=order.id,
        product_id=product.id,
        variant_id=product.variants[0].id,
        name=product.name,
        sku=product.sku,
        quantity=quantity,
        price=product.price,
        address_id=order.addresses[0].id,
        type=product.type,
        brand=product.brand,
        stock_key=(product.id, 0),
        taken=[Taken(location_id=1, on_hand=quantity)],
    )


def finish(store: Store, order: Order, rng: random.Random, *, now: datetime) -> None:
    """Older than four days: sent or, rarely, cancelled. Younger: waiting."""
    if now - order.created_at < timedelta(days=4):
        return
    order.modified_at = order.created_at + timedelta(days=rng.randint(1, 3))
    if rng.random() < 0.05:
        order.status_id, order.payment_status = CANCELLED, "refunded"
        for line in order.lines:
            line.taken = []
        return
    order.status_id = rng.choice((SHIPPED, COMPLETED))
    order.shipped_at = order.modified_at
    for line in order.lines:
        line.quantity_shipped = line.quantity
    shipment = Shipment(
        id=store.next_id("shipment", 101),
        order_id=order.id,
        address_id=order.addresses[0].id,
        created_at=order.modified_at,
        items=[ShippedItem(line_id=line.id, quantity=line.quantity) for line in order.lines],
        shipping_provider="usps",
        tracking_number=f"94001{order.id:07d}",
    )
    order.shipments.append(shipment)

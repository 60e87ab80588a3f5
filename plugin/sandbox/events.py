"""Which webhooks an occurrence fires and what stands in them. The actions call these; `World.emit` takes it from here."""

from typing import Any

from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.order import Order, Refund, Shipment
from plugin.sandbox.stock import Cell, StockKey
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def order_event(world: World, store: Store, order: Order, name: str, **extra: dict[str, Any]) -> None:
    """`store/order/<name>` and its channel twin, which names the order differently."""
    world.emit(store, f"store/order/{name}", {"type": "order", "id": order.id, **extra})
    world.emit(store, f"store/channel/{order.channel_id}/order/{name}", {"order_id": order.id, **extra})


def status_event(world: World, store: Store, order: Order, previous: int) -> None:
    status = {"previous_status_id": previous, "new_status_id": order.status_id}
    order_event(world, store, order, "statusUpdated", status=status)


def refund_event(world: World, store: Store, order: Order, refund: Refund) -> None:
    order_event(world, store, order, "refund/created", refund={"refund_id": refund.id})


def shipment_event(world: World, store: Store, shipment: Shipment, name: str) -> None:
    data = {"type": "shipment", "id": shipment.id, "orderId": shipment.order_id}
    world.emit(store, f"store/shipment/{name}", data)


def product_event(world: World, store: Store, product: Product, name: str = "updated") -> None:
    world.emit(store, f"store/product/{name}", {"type": "product", "id": product.id})


def sku_event(world: World, store: Store, variant: Variant, name: str = "updated") -> None:
    """Base variants have no SKU of their own and fire nothing."""
    if variant.sku_id is None:
        return
    sku = {"product_id": variant.product_id, "variant_id": variant.id}
    world.emit(store, f"store/sku/{name}", {"type": "sku", "id": variant.sku_id, "sku": sku})


def inventory_event(world: World, store: Store, key: StockKey, *, difference: int, by_order: bool) -> None:
    """`value` is the difference, not the level."""
    product_id, variant_id = key
    middle = "inventory/order/updated" if by_order else "inventory/updated"
    inventory: dict[str, Any] = {
        "product_id": product_id,
        "method": "relative" if by_order else "absolute",
        "value": difference,
    }
    if variant_id:
        data = {
            "type": "sku",
            "id": store.variants[variant_id].sku_id,
            "inventory": {**inventory, "variant_id": variant_id},
        }
        world.emit(store, f"store/sku/{middle}", data)
    else:
        world.emit(store, f"store/product/{middle}", {"type": "product", "id": product_id, "inventory": inventory})


def channel_inventory_event(world: World, store: Store, key: StockKey, location_id: int, name: str) -> None:
    """The star in the scope is literal."""
    product_id, variant_id = key
    shown_variant = variant_id or (store.products[product_id].base_variant_id or 0)
    data = {"variant_id": shown_variant, "product_id": product_id, "location_id": location_id}
    world.emit(store, f"store/channel/*/inventory/product/{name}", data)


def threshold_events(world: World, store: Store, key: StockKey, location_id: int, before: Cell, after: Cell) -> None:
    """Levels an order may cross: low, out, and the end of the backorder limit."""
    if after.on_hand <= after.warning_level < before.on_hand:
        channel_inventory_event(world, store, key, location_id, "low_stock_reached")
    if after.free == 0 < before.free:
        channel_inventory_event(world, store, key, location_id, "out_of_stock_reached")
    native = store.native_backorders
    had, has = before.available_to_sell(native=native), after.available_to_sell(native=native)
    if native and after.backorder_limit and has == 0 < had:
        channel_inventory_event(world, store, key, location_id, "backorder_limit_reached")


def metafield_event(world: World, store: Store, *, kind: str, metafield_id: int, resource_id: int, name: str) -> None:
    data: dict[str, Any] = {"metafield_id": metafield_id, "resource_id": str(resource_id)}
    prefix = {"order": "store/order", "product": "store/product", "variant": "store/product/variant"}.get(kind)
    if prefix is None:
        return
    if kind != "order":
        data["resource_type"] = kind
    world.emit(store, f"{prefix}/metafield/{name}", data)

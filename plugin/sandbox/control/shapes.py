"""How the control API shows the world: plain numbers and ISO dates, everything a test may want to compare."""

from dataclasses import asdict
from typing import Any

from plugin.sandbox.catalog import Metafield, Product
from plugin.sandbox.journal import ApiCall
from plugin.sandbox.order import STATUSES, Order
from plugin.sandbox.stock import Cell
from plugin.sandbox.store import Store
from plugin.sandbox.webhooks.hook import Delivery, Hook
from plugin.sandbox.world import World


def cell_state(store: Store, cell: Cell) -> dict[str, Any]:
    native = store.native_backorders
    return {**asdict(cell), "available_to_sell": cell.available_to_sell(native=native)}


def order_state(store: Store, order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "status_id": order.status_id,
        "status": STATUSES[order.status_id],
        "customer_id": order.customer_id,
        "email": order.billing.email,
        "locale": order.locale,
        "total": float(order.total),
        "created_at": order.created_at.isoformat(),
        "modified_at": order.modified_at.isoformat(),
        "is_deleted": order.is_deleted,
        "staff_notes": order.staff_notes,
        "customer_message": order.customer_message,
        "lines": [line_state(order, number) for number in range(len(order.lines))],
        "shipments": [
            {"id": each.id, "items": {item.line_id: item.quantity for item in each.items}} for each in order.shipments
        ],
        "refunds": [
            {
                "id": each.id,
                "total": float(each.total),
                "items": {item.item_id: item.quantity for item in each.items},
            }
            for each in order.refunds
        ],
        "metafields": metafields_state(store, "order", order.id),
    }


def line_state(order: Order, number: int) -> dict[str, Any]:
    line = order.lines[number]
    return {
        "id": line.id,
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "name": line.name,
        "sku": line.sku,
        "quantity": line.quantity,
        "quantity_shipped": line.quantity_shipped,
        "quantity_refunded": line.quantity_refunded,
        "quantity_backordered": line.quantity_backordered,
        "parent_id": line.parent_id,
    }


def product_state(store: Store, product: Product) -> dict[str, Any]:
    stock = []
    for (product_id, variant_id), cells in store.cells.items():
        if product_id == product.id:
            for location_id, cell in cells.items():
                stock.append({"variant_id": variant_id, "location_id": location_id, **cell_state(store, cell)})
    release = product.preorder_release_date
    return {
        "id": product.id,
        "name": product.name,
        "sku": product.sku,
        "price": float(product.price),
        "categories": list(product.categories),
        "brand": product.brand,
        "inventory_tracking": product.inventory_tracking,
        "availability": product.availability,
        "availability_description": product.availability_description,
        "preorder_release_date": release.isoformat() if release else None,
        "preorder_message": product.preorder_message,
        "is_preorder_only": product.is_preorder_only,
        "is_visible": product.is_visible,
        "total_sold": product.total_sold,
        "custom_fields": [asdict(field) for field in product.custom_fields],
        "bundle": [asdict(part) for part in product.bundle],
        "stock": stock,
        "metafields": metafields_state(store, "product", product.id),
        "variants": [
            {
                "id": variant.id,
                "sku": variant.sku,
                "label": variant.label,
                "purchasing_disabled": variant.purchasing_disabled,
                "purchasing_disabled_message": variant.purchasing_disabled_message,
                "metafields": metafields_state(store, "variant", variant.id),
            }
            for variant in product.variants
        ],
    }


def metafields_state(store: Store, kind: str, resource_id: int) -> list[dict[str, Any]]:
    return [metafield_state(each) for each in store.metafields_of.get((kind, resource_id), {}).values()]


def metafield_state(field: Metafield) -> dict[str, Any]:
    return {
        "id": field.id,
        "client_id": field.client_id,
        "namespace": field.namespace,
        "key": field.key,
        "value": field.value,
        "permission_set": field.permission_set,
    }


def hook_state(hook: Hook) -> dict[str, Any]:
    return asdict(hook)


def store_state(store: Store) -> dict[str, Any]:
    """Everything an app can leave behind in a store, and what it may have found there."""
    return {
        "hash": store.hash,
        "native_backorders": store.native_backorders,
        "inventory_settings": dict(store.settings.values),
        "channel_settings": {number: dict(values) for number, values in store.channel_settings.items()},
        "installed": sorted(store.installations),
        "products": [product_state(store, product) for product in store.products.values()],
        "hooks": [hook_state(hook) for hook in store.hooks.values()],
        "scripts": [
            {"uuid": each.uuid, "client_id": each.client_id, "name": each.name, "enabled": each.enabled}
            for each in store.scripts.values()
        ],
        "metafields": len(store.metafields),
        "orders": len(store.orders),
        "customers": [
            {"id": each.id, "name": each.name, "email": each.email, "locale": each.locale}
            for each in store.customers.values()
        ],
        "users": [asdict(user) for user in store.users.values()],
    }


def delivery_state(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event_id": delivery.event.id,
        "store_hash": delivery.event.store_hash,
        "scope": delivery.event.scope,
        "data": delivery.event.data,
        "hash": delivery.event.hash,
        "created_at": delivery.event.created_at,
        "hook_id": delivery.hook_id,
        "destination": delivery.destination,
        "state": delivery.state,
        "retries": delivery.retries,
        "due_at": delivery.due_at,
        "is_extra": delivery.is_extra,
        "attempts": [asdict(attempt) for attempt in delivery.attempts],
    }


def call_state(call: ApiCall) -> dict[str, Any]:
    return asdict(call)


def world_state(world: World) -> dict[str, Any]:
    now = world.clock.timestamp()
    states: dict[str, int] = {}
    for delivery in list(world.webhooks.deliveries):
        states[delivery.state] = states.get(delivery.state, 0) + 1
    return {
        "url": world.public_url,
        "now": world.now().isoformat(),
        "clock_offset": world.clock.offset,
        "app": {"client_id": world.app.id, "url": world.app.app_url, "scopes": list(world.app.scopes)},
        "switches": {each["name"]: each["value"] for each in world.switches.describe()},
        "faults": [asdict(fault) for fault in world.faults.planted()],
        "stores": [
            {
                "hash": store.hash,
                "name": store.profile.name,
                "native_backorders": store.native_backorders,
                "products": len(store.products),
                "orders": len(store.orders),
                "hooks": len(store.hooks),
                "installed": sorted(store.installations),
                "quota": asdict(world.quotas[store.hash].look(now)),
            }
            for store in world.stores.values()
        ],
        "webhooks": {"waiting": world.webhooks.waiting, "held": world.webhooks.is_held, **states},
        "api_calls": world.api_calls.total,
    }

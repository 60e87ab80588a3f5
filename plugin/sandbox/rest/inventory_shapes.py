"""How stock cells are written in inventory v3 JSON, and how an item is found by exactly one of its three names."""

from collections.abc import Iterator
from typing import Any

from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.rest.refusal import inventory_refusal
from plugin.sandbox.stock import Cell, Location, StockKey
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

NAMES = ("sku", "variant_id", "product_id")


def items_of(store: Store) -> Iterator[tuple[StockKey, Product, Variant | None]]:
    """Every countable item: a variant, or a product where stock is counted as a whole."""
    for product in store.products.values():
        if product.has_options and product.inventory_tracking != "product":
            for variant in product.variants:
                yield (product.id, variant.id), product, variant
        else:
            yield (product.id, 0), product, None if product.has_options else product.variants[0]


def identity_json(product: Product, variant: Variant | None) -> dict[str, Any]:
    return {
        "sku": variant.sku if variant else product.sku,
        "variant_id": variant.id if variant else None,
        "product_id": product.id,
        "sku_id": variant.sku_id if variant else None,
    }


def cell_json(world: World, store: Store, cell: Cell) -> dict[str, Any]:
    """Backorder fields stand there only where the store has native backorders."""
    on_hand = cell.on_hand - (cell.backordered if world.switches.on_hand_reads_negative else 0)
    shown: dict[str, Any] = {
        "available_to_sell": cell.available_to_sell(native=store.native_backorders),
        "total_inventory_onhand": on_hand,
    }
    settings: dict[str, Any] = {
        "safety_stock": cell.safety_stock,
        "is_in_stock": cell.is_in_stock,
        "warning_level": cell.warning_level,
        "bin_picking_number": cell.bin_picking_number,
    }
    if store.native_backorders:
        shown["qty_backordered"] = cell.backordered
        settings.update(limit_json(world, cell))
    return {**shown, "settings": settings}


def limit_json(world: World, cell: Cell) -> dict[str, Any]:
    match world.switches.unlimited_name:
        case "null":
            return {"backorder_limit": None if cell.unlimited_backorder else cell.backorder_limit}
        case "minus_one":
            return {"backorder_limit": -1 if cell.unlimited_backorder else cell.backorder_limit}
        case _:
            return {"backorder_limit": cell.backorder_limit, "unlimited_backorder": cell.unlimited_backorder}


def location_fields(location: Location) -> dict[str, Any]:
    return {
        "location_id": location.id,
        "location_code": location.code,
        "location_name": location.label,
        "location_enabled": location.enabled,
    }


def find_key(store: Store, sent: dict[str, Any], where: str) -> StockKey:
    """Refuses no name, two names, an unknown name, and a name that does not fit how the item is tracked."""
    given = [name for name in NAMES if sent.get(name) is not None]
    if len(given) != 1:
        problem = {where: "Exactly one of sku, variant_id or product_id must be specified"}
        raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)
    match given[0]:
        case "sku":
            return key_by_sku(store, str(sent["sku"]), where)
        case "variant_id":
            return key_by_variant(store, sent["variant_id"], where)
        case _:
            return key_by_product(store, sent["product_id"], where)


def unknown_item(name: str, value: Any, where: str) -> Exception:
    title = f"[Item with {name} {value} does not exist]"
    return inventory_refusal(422, title, errors={where: f"{name} {value} was not found"})


def key_by_sku(store: Store, sku: str, where: str) -> StockKey:
    found = store.find_by_sku(sku)
    if found is None:
        raise unknown_item("sku", sku, where)
    product, variant = found
    if variant is None or not product.has_options:
        if product.has_options and product.inventory_tracking != "product":
            raise tracked_by("sku", sku, "variant")
        return (product.id, 0)
    if product.inventory_tracking == "product":
        raise tracked_by("sku", sku, "product")
    return (product.id, variant.id)


def key_by_variant(store: Store, variant_id: Any, where: str) -> StockKey:
    variant = store.variants.get(variant_id) if isinstance(variant_id, int) else None
    if variant is None:
        raise unknown_item("variant_id", variant_id, where)
    product = store.products[variant.product_id]
    if not product.has_options or product.inventory_tracking == "product":
        raise tracked_by("variant_id", variant_id, "product")
    return (product.id, variant.id)


def key_by_product(store: Store, product_id: Any, where: str) -> StockKey:
    product = store.products.get(product_id) if isinstance(product_id, int) else None
    if product is None:
        raise unknown_item("product_id", product_id, where)
    if product.has_options and product.inventory_tracking != "product":
        raise tracked_by("product_id", product_id, "variant")
    return (product.id, 0)


def tracked_by(name: str, value: Any, kind: str) -> Exception:
    return inventory_refusal(422, f"[Item with {name} {value} is tracked by {kind}, please update stock by {kind} id]")

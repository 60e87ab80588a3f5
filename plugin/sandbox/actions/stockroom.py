"""Counting and receiving goods, and the settings of a cell: what staff, an ERP or an app does to stock by hand."""

from plugin.sandbox.actions.refusals import NotThere, Refused
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.events import channel_inventory_event, inventory_event, product_event, sku_event
from plugin.sandbox.stock import LARGEST, Cell, StockKey
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def find_item(store: Store, product_id: int, variant_id: int | None) -> tuple[Product, Variant, StockKey]:
    product = store.products.get(product_id)
    if product is None:
        raise NotThere(f"There is no product {product_id}.")
    variant = store.variants.get(variant_id) if variant_id else product.variants[0]
    if variant is None or variant.product_id != product_id:
        raise NotThere(f"Product {product_id} has no variant {variant_id}.")
    return product, variant, store.stock_key(product, variant.id)


def set_stock(
    world: World, store: Store, product_id: int, on_hand: int, *, variant_id: int | None = None, location_id: int = 1
) -> Cell:
    """Write the number of units on hand, as a person or an ERP does."""
    if not 0 <= on_hand <= LARGEST:
        raise Refused(f"On hand must lie between 0 and {LARGEST}, not {on_hand}.")
    with world.acting():
        _, _, key = find_item(store, product_id, variant_id)
        check_location(store, location_id)
        return write_cell(world, store, key, location_id, on_hand=on_hand)


def receive_goods(
    world: World, store: Store, product_id: int, units: int, *, variant_id: int | None = None, location_id: int = 1
) -> Cell:
    """Units arrive. Whether they pay off what is owed by themselves is a switch."""
    if units < 1:
        raise Refused(f"At least one unit must arrive, not {units}.")
    with world.acting():
        _, _, key = find_item(store, product_id, variant_id)
        check_location(store, location_id)
        cell = store.cell(key, location_id)
        owed = cell.backordered
        netted = min(units, owed) if store.native_backorders and world.switches.receipt_nets_backordered else 0
        return write_cell(
            world, store, key, location_id, on_hand=cell.on_hand + units - netted, backordered=owed - netted
        )


def check_location(store: Store, location_id: int) -> None:
    if location_id not in store.locations:
        raise NotThere(f"There is no location {location_id}.")


def write_cell(
    world: World, store: Store, key: StockKey, location_id: int, *, on_hand: int, backordered: int | None = None
) -> Cell:
    """Change the numbers of a cell by hand and fire what that fires."""
    cell = store.cell(key, location_id)
    difference = on_hand - cell.on_hand
    owed_changed = backordered is not None and backordered != cell.backordered
    cell.counted = True
    cell.on_hand = min(LARGEST, on_hand)
    if backordered is not None:
        cell.backordered = backordered
    if difference or owed_changed:
        announce_by_hand(world, store, key, location_id, difference=difference)
    return cell


def announce_by_hand(world: World, store: Store, key: StockKey, location_id: int, *, difference: int) -> None:
    if not store.has_item(key):
        return
    product = store.products[key[0]]
    product.modified_at = world.now()
    if difference:
        inventory_event(world, store, key, difference=difference, by_order=False)
        product_event(world, store, product)
        if key[1]:
            sku_event(world, store, store.variants[key[1]])
    channel_inventory_event(world, store, key, location_id, "stock_changed")


def write_settings(world: World, store: Store, key: StockKey, location_id: int, changes: dict[str, object]) -> None:
    """Safety stock, warning level, bin number, backorder limit: fields of `Cell` by name."""
    cell = store.cell(key, location_id)
    changed = {name: value for name, value in changes.items() if getattr(cell, name) != value}
    for name, value in changed.items():
        setattr(cell, name, value)
    if changed and store.has_item(key):
        channel_inventory_event(world, store, key, location_id, "settings_changed")


def set_backorder_limit(
    world: World,
    store: Store,
    product_id: int,
    limit: int,
    *,
    variant_id: int | None = None,
    location_id: int = 1,
) -> Cell:
    """As a merchant would in the control panel; only where the store has native backorders."""
    if not store.native_backorders:
        raise Refused("This store has no native backorders.")
    with world.acting():
        _, _, key = find_item(store, product_id, variant_id)
        write_settings(world, store, key, location_id, {"backorder_limit": limit, "unlimited_backorder": False})
        return store.cell(key, location_id)

"""Units in and out of cells because of an order: asked for together, taken together, given back by the switches.

Every function here runs inside `world.acting()`, which is what makes a sale atomic.
"""

from collections.abc import Iterable

from plugin.sandbox.actions.refusals import OutOfStock, Shortage
from plugin.sandbox.catalog import Product
from plugin.sandbox.events import channel_inventory_event, inventory_event, product_event, threshold_events
from plugin.sandbox.order import Order, OrderLine
from plugin.sandbox.stock import LARGEST, Cell, StockKey, Taken
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def sale_cells(world: World, store: Store, key: StockKey) -> list[tuple[int, Cell]]:
    """Where the storefront sells from: the default location, or all enabled ones where stock is aggregated."""
    first = store.default_location
    if not world.switches.aggregated_stock:
        return [(first.id, store.cell(key, first.id))] if first.enabled else []
    known = store.cells.get(key, {})
    return [(place.id, known[place.id]) for place in store.locations.values() if place.enabled and place.id in known]


def available(world: World, store: Store, product: Product, variant_id: int) -> tuple[int, int]:
    """Units on hand and units for backorder a shopper can buy now."""
    if not is_limited(world, product):
        return LARGEST, 0
    cells = sale_cells(world, store, store.stock_key(product, variant_id))
    native = store.native_backorders
    return (
        min(LARGEST, sum(cell.free for _, cell in cells)),
        min(LARGEST, sum(cell.free_for_backorder(native=native) for _, cell in cells)),
    )


def is_limited(world: World, product: Product) -> bool:
    """Whether stock can refuse a sale of this product."""
    if product.inventory_tracking == "none":
        return False
    return product.availability != "preorder" or world.switches.preorder_needs_stock


def wanted_units(lines: Iterable[OrderLine]) -> dict[StockKey, int]:
    wanted: dict[StockKey, int] = {}
    for line in lines:
        if line.moves_stock and line.stock_key is not None:
            wanted[line.stock_key] = wanted.get(line.stock_key, 0) + line.units_missing
    return wanted


def find_shortages(world: World, store: Store, wanted: dict[StockKey, int]) -> list[Shortage]:
    shortages = []
    for (product_id, variant_id), units in wanted.items():
        product = store.products.get(product_id)
        if product is None or not is_limited(world, product):
            continue
        shown_variant = variant_id or product.base_variant_id or product.variants[0].id
        on_hand, backorder = available(world, store, product, shown_variant)
        if units > on_hand + backorder:
            shortages.append(
                Shortage(
                    product_id=product_id,
                    variant_id=shown_variant,
                    location_id=store.default_location.id,
                    wanted=units,
                    available=on_hand,
                    available_for_backorder=backorder,
                )
            )
    return shortages


def refuse_shortages(world: World, store: Store, lines: Iterable[OrderLine]) -> None:
    shortages = find_shortages(world, store, wanted_units(lines))
    if shortages:
        raise OutOfStock(shortages)


def take_for_order(world: World, store: Store, order: Order) -> None:
    """Take what each line still lacks, without asking again; what is not there is owed, or lost without the feature."""
    for line in order.lines:
        take_for_line(world, store, line, units=line.units_missing)


def take_for_line(world: World, store: Store, line: OrderLine, *, units: int) -> None:
    product = store.products.get(line.product_id)
    if units <= 0 or not line.moves_stock or line.stock_key is None or product is None:
        return
    if product.inventory_tracking == "none":
        return
    cells = sale_cells(world, store, line.stock_key)
    before = {location_id: cell.copy() for location_id, cell in cells}
    for location_id, cell in cells:
        taken = Taken(location_id=location_id, on_hand=min(units, cell.free))
        cell.on_hand -= taken.on_hand
        units -= taken.on_hand
        line.taken.append(taken)
    if store.native_backorders and cells:
        cells[0][1].backordered += units
        line.taken[-len(cells)].backordered = units
        line.quantity_backordered += units
    line.taken = [taken for taken in line.taken if taken.units]
    for location_id, cell in cells:
        announce(world, store, line.stock_key, location_id, before[location_id], cell)


def give_back(world: World, store: Store, line: OrderLine, *, units: int) -> None:
    """Return units of a line to the cells they came from."""
    if line.stock_key is None:
        return
    units = min(units, line.units_taken)
    for taken in reversed(line.taken):
        if units <= 0:
            break
        part = min(units, taken.units)
        units -= part
        cell = store.cell(line.stock_key, taken.location_id)
        before = cell.copy()
        return_to(world, cell, taken, units=part, line=line)
        announce(world, store, line.stock_key, taken.location_id, before, cell)
    line.taken = [taken for taken in line.taken if taken.units]


def return_to(world: World, cell: Cell, taken: Taken, *, units: int, line: OrderLine) -> None:
    """What was owed is forgiven first, or everything goes to the shelf: a switch."""
    owed = min(units, taken.backordered)
    forgiven = min(owed, cell.backordered) if world.switches.cancel_releases == "backordered_first" else 0
    cell.backordered -= forgiven
    cell.on_hand = min(LARGEST, cell.on_hand + units - forgiven)
    taken.backordered -= owed
    taken.on_hand -= units - owed
    line.quantity_backordered = max(0, line.quantity_backordered - owed)


def consume_shipped(world: World, store: Store, line: OrderLine, *, units: int) -> None:
    """Shipping owed units takes them off the books, and off the shelf they must have come to."""
    if not store.native_backorders or not world.switches.shipping_consumes_backordered or line.stock_key is None:
        return
    on_shelf_at_sale = sum(taken.on_hand for taken in line.taken)
    shipped_before = line.quantity_shipped - units
    owed_units = max(0, line.quantity_shipped - on_shelf_at_sale) - max(0, shipped_before - on_shelf_at_sale)
    for taken in line.taken:
        cell = store.cell(line.stock_key, taken.location_id)
        part = min(owed_units, taken.backordered, cell.backordered)
        if part <= 0:
            continue
        before = cell.copy()
        cell.backordered -= part
        cell.on_hand = max(0, cell.on_hand - part)
        owed_units -= part
        announce(world, store, line.stock_key, taken.location_id, before, cell)


def announce(world: World, store: Store, key: StockKey, location_id: int, before: Cell, after: Cell) -> None:
    """The webhooks of an order-driven change."""
    if (before.on_hand, before.backordered) == (after.on_hand, after.backordered) or not store.has_item(key):
        return
    if before.on_hand != after.on_hand:
        inventory_event(world, store, key, difference=after.on_hand - before.on_hand, by_order=True)
    if world.switches.stock_changed_on_orders:
        channel_inventory_event(world, store, key, location_id, "stock_changed")
    threshold_events(world, store, key, location_id, before, after)


def count_sold(world: World, store: Store, order: Order) -> None:
    """Every sale changes `total_sold`, and that fires `product/updated`."""
    for product_id in dict.fromkeys(line.product_id for line in order.lines):
        product = store.products.get(product_id)
        if product is None:
            continue
        product.total_sold += sum(line.quantity for line in order.lines if line.product_id == product_id)
        product.modified_at = world.now()
        product_event(world, store, product)

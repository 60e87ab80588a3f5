"""`/v3/inventory`: reading items, and the two kinds of adjustment. Writes are accepted now and become visible later."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plugin.sandbox.actions.stockroom import write_cell, write_settings
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.rest.envelope import Answer, id_list, refuse_unknown_filters, v3_list, word_list
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.inventory_shapes import cell_json, find_key, identity_json, items_of, location_fields
from plugin.sandbox.rest.refusal import inventory_refusal, too_many
from plugin.sandbox.stock import LARGEST, Cell, StockKey

READ = ("store_inventory", "store_inventory_read_only")
WRITE = ("store_inventory",)
ROWS = 2000
ITEM_FILTERS = ("sku:in", "variant_id:in", "product_id:in", "location_id:in", "location_code:in", "page", "limit")
Item = tuple[StockKey, Product, Variant | None]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One checked row: where, and by how much or to what."""

    key: StockKey
    location_id: int
    quantity: int | None
    backordered: int | None


@route("GET", "/v3/inventory/items", scopes=READ)
def list_items(call: Call) -> Answer:
    refuse_unknown_filters(call.args, call.query, ITEM_FILTERS)
    places, codes = id_list(call.args, "location_id:in"), word_list(call.args, "location_code:in")
    locations = [
        each
        for each in call.store.locations.values()
        if (places is None or each.id in places) and (codes is None or each.code in codes)
    ]

    def show(item: Item) -> dict[str, Any]:
        key, product, variant = item
        cells = call.store.cells.get(key, {})
        shown = [
            {**location_fields(place), **cell_json(call.world, call.store, cells.get(place.id, Cell(counted=False)))}
            for place in locations
        ]
        return {"identity": identity_json(product, variant), "locations": shown}

    return v3_list(call.args, matching_items(call), show, most=1000)


def matching_items(call: Call) -> list[Item]:
    skus = word_list(call.args, "sku:in")
    variants, products = id_list(call.args, "variant_id:in"), id_list(call.args, "product_id:in")
    found = []
    for item in items_of(call.store):
        _, product, variant = item
        sku = variant.sku if variant else product.sku
        if skus is not None and sku not in skus:
            continue
        if variants is not None and (variant is None or variant.id not in variants):
            continue
        if products is not None and product.id not in products:
            continue
        found.append(item)
    return found


@route("GET", "/v3/inventory/locations/<int:location_id>/items", scopes=READ)
def list_location_items(call: Call) -> Answer:
    known = tuple(name for name in ITEM_FILTERS if not name.startswith("location"))
    refuse_unknown_filters(call.args, call.query, known)
    location_id = the_location(call)

    def show(item: Item) -> dict[str, Any]:
        key, product, variant = item
        cell = call.store.cells.get(key, {}).get(location_id, Cell(counted=False))
        identity = identity_json(product, variant)
        del identity["sku_id"]
        return {"identity": identity, **cell_json(call.world, call.store, cell)}

    return v3_list(call.args, matching_items(call), show, most=1000)


def the_location(call: Call) -> int:
    location_id: int = call.ids["location_id"]
    if location_id not in call.store.locations:
        raise inventory_refusal(404, "The location does not exist.")
    return location_id


def accepted(call: Call, apply: Callable[[], None]) -> Answer:
    """There is nothing to ask later with this id."""
    call.world.later(apply)
    return Answer(200, {"transaction_id": str(uuid.uuid4())})


def sent_rows(call: Call, name: str) -> list[dict[str, Any]]:
    rows = call.object().get(name)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise inventory_refusal(422, "Payload contains invalid fields", errors={name: "must be a non-empty array"})
    if len(rows) > ROWS:
        overflow = call.world.switches.inventory_overflow
        if overflow == 413:
            raise too_many(ROWS)
        if overflow == 422:
            raise inventory_refusal(422, "Payload contains invalid fields", errors={name: f"at most {ROWS} items"})
    return rows


def read_adjustment(call: Call, row: dict[str, Any], where: str) -> Adjustment:
    location_id = row.get("location_id")
    if location_id not in call.store.locations:
        raise inventory_refusal(422, "Payload contains invalid fields", errors={f"{where}.location_id": "not found"})
    backordered = row.get("qty_backordered") if call.store.native_backorders else None
    for name, value in (("quantity", row.get("quantity")), ("qty_backordered", backordered)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST):
            problem = {f"{where}.{name}": f"must be a whole number of at most {LARGEST}"}
            raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)
    return Adjustment(find_key(call.store, row, where), location_id, row.get("quantity"), backordered)


@route("PUT", "/v3/inventory/adjustments/absolute", scopes=WRITE)
def adjust_absolute(call: Call) -> Answer:
    """Never fails for want of stock; what comes later wins."""
    rows = [read_adjustment(call, row, f"items.{number}") for number, row in enumerate(sent_rows(call, "items"))]
    for number, row in enumerate(rows):
        if row.quantity is None or row.quantity < 0 or (row.backordered or 0) < 0:
            problem = {f"items.{number}.quantity": "must be greater than or equal to 0"}
            raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)

    def apply() -> None:
        for row in rows:
            write_cell(
                call.world,
                call.store,
                row.key,
                row.location_id,
                on_hand=row.quantity or 0,
                backordered=row.backordered,
            )

    return accepted(call, apply)


@route("POST", "/v3/inventory/adjustments/relative", scopes=WRITE)
def adjust_relative(call: Call) -> Answer:
    """Refused as a whole when one row is; the level may change once more before it takes effect."""
    rows = [read_adjustment(call, row, f"items.{number}") for number, row in enumerate(sent_rows(call, "items"))]
    check_relative(call, rows)

    def apply() -> None:
        for row in rows:
            cell = call.store.cell(row.key, row.location_id)
            owed = None if row.backordered is None else max(0, cell.backordered + row.backordered)
            level = min(LARGEST, max(0, cell.on_hand + (row.quantity or 0)))
            write_cell(call.world, call.store, row.key, row.location_id, on_hand=level, backordered=owed)

    return accepted(call, apply)


def check_relative(call: Call, rows: list[Adjustment]) -> None:
    levels: dict[tuple[StockKey, int], int] = {}
    for number, row in enumerate(rows):
        cell = call.store.cell(row.key, row.location_id)
        if row.quantity == 0 or (row.quantity is None and not row.backordered):
            problem = {f"items.{number}.quantity": "quantity: must be greater than 0"}
            raise inventory_refusal(422, "quantity: must be greater than 0", errors=problem)
        if not cell.counted:
            name = f"variant_id {row.key[1]}" if row.key[1] else f"product_id {row.key[0]}"
            title = f"Items with identity: [{name}] requires absolute adjustment before relative"
            raise inventory_refusal(422, title)
        place = (row.key, row.location_id)
        levels[place] = levels.get(place, cell.on_hand) + (row.quantity or 0)
        refuse_too_low(call, cell, levels[place], row.quantity or 0)


def refuse_too_low(call: Call, cell: Cell, level: int, change: int) -> None:
    switches = call.world.switches
    if change >= 0:
        return
    if cell.safety_stock and level < cell.safety_stock:
        raise inventory_refusal(switches.safety_error_status, "The adjustment would take stock below the safety stock.")
    if level < 0 and switches.relative_below_zero == "refused":
        raise inventory_refusal(422, "The adjustment would result in negative stock.")


@route("PUT", "/v3/inventory/locations/<int:location_id>/items", scopes=WRITE)
def put_settings(call: Call) -> Answer:
    location_id = the_location(call)
    changes: list[tuple[StockKey, dict[str, object]]] = []
    for number, row in enumerate(sent_rows(call, "settings")):
        identity = row.get("identity")
        key = find_key(call.store, identity if isinstance(identity, dict) else {}, f"setting.{number}.identity")
        changes.append((key, read_settings(call, row, number)))

    def apply() -> None:
        for key, values in changes:
            write_settings(call.world, call.store, key, location_id, values)

    return accepted(call, apply)


def read_settings(call: Call, row: dict[str, Any], number: int) -> dict[str, object]:
    """Known settings with right types, as fields of a cell. None at all is a refusal."""
    kinds: dict[str, type] = {"safety_stock": int, "warning_level": int, "is_in_stock": bool, "bin_picking_number": str}
    found: dict[str, object] = {}
    for name, kind in kinds.items():
        if name not in row:
            continue
        value = row[name]
        negative = isinstance(value, int) and value < 0
        if negative or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            problem = {f"setting.{number}.{name}": "is invalid"}
            raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)
        found[name] = value
    if call.store.native_backorders:
        found |= read_limit(call, row, number)
    if not found:
        text = "At least one setting must be specified: warning_level, is_in_stock or safety_stock"
        problem = {f"setting.{number}.settings": text}
        raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)
    return found


def read_limit(call: Call, row: dict[str, Any], number: int) -> dict[str, object]:
    """The limit, and "no limit" under the name the store uses for it."""
    style = call.world.switches.unlimited_name
    found: dict[str, object] = {}
    if style == "unlimited_backorder" and isinstance(row.get("unlimited_backorder"), bool):
        found["unlimited_backorder"] = row["unlimited_backorder"]
    if "backorder_limit" not in row:
        return found
    limit = row["backorder_limit"]
    if (limit is None and style == "null") or (limit == -1 and style == "minus_one"):
        return {"unlimited_backorder": True}
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= LARGEST:
        problem = {f"setting.{number}.backorder_limit": f"must lie between 0 and {LARGEST}"}
        raise inventory_refusal(422, "Payload contains invalid fields", errors=problem)
    return {"unlimited_backorder": False, **found, "backorder_limit": limit}

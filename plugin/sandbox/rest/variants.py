"""Variants: under their product one by one, and under `/v3/catalog/variants` up to fifty at a time."""

from decimal import Decimal
from typing import Any

from plugin.sandbox.actions.stockroom import write_cell
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.events import product_event, sku_event
from plugin.sandbox.rest.catalog import READ, WRITE, the_product
from plugin.sandbox.rest.catalog_shapes import level_of, only_fields, variant_json
from plugin.sandbox.rest.catalog_writes import add_variants, is_count
from plugin.sandbox.rest.envelope import Answer, v3_list, v3_one
from plugin.sandbox.rest.filters import apply_filters, ordered
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.refusal import ApiRefusal, missing, too_many, v3_error, v3_refusal

BATCH = 50
NEGATIVE = "Please verify that the inventory adjustments don't result in negative stock levels."


def readers(call: Call) -> dict[str, Any]:
    return {
        "id": lambda variant: variant.id,
        "sku": lambda variant: variant.sku,
        "upc": lambda variant: variant.upc,
        "product_id": lambda variant: variant.product_id,
        "purchasing_disabled": lambda variant: variant.purchasing_disabled,
        "inventory_level": lambda variant: level_of(
            call.world, call.store, call.store.products[variant.product_id], variant.id
        ),
    }


def shown(call: Call, variant: Variant) -> dict[str, Any]:
    product = call.store.products[variant.product_id]
    return only_fields(variant_json(call.world, call.store, product, variant), call.args)


@route("GET", "/v3/catalog/variants", scopes=READ)
def list_variants(call: Call) -> Answer:
    known = readers(call)
    rows = apply_filters(list(call.store.variants.values()), call.args, call.query, known)
    return v3_list(call.args, ordered(rows, call.args, known), lambda variant: shown(call, variant))


@route("GET", "/v3/catalog/products/<int:product_id>/variants", scopes=READ)
def list_product_variants(call: Call) -> Answer:
    return v3_list(call.args, the_product(call).variants, lambda variant: shown(call, variant))


def the_variant(call: Call) -> tuple[Product, Variant]:
    product = the_product(call)
    for variant in product.variants:
        if variant.id == call.ids["variant_id"]:
            return product, variant
    raise call.not_found()


@route("GET", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>", scopes=READ)
def read_variant(call: Call) -> Answer:
    return v3_one(shown(call, the_variant(call)[1]))


@route("POST", "/v3/catalog/products/<int:product_id>/variants", scopes=WRITE)
def create_variant(call: Call) -> Answer:
    """A product's first variant of its own replaces the base variant."""
    product, body = the_product(call), call.object()
    if not body.get("option_values"):
        raise missing("option_values")
    if not product.has_options:
        for variant in product.variants:
            del call.store.variants[variant.id]
        product.variants = []
    add_variants(call.store, product, [body])
    call.store.add_product(product)
    sku_event(call.world, call.store, product.variants[-1], "created")
    product_event(call.world, call.store, product)
    return v3_one(shown(call, product.variants[-1]))


@route("PUT", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>", scopes=WRITE)
def put_variant(call: Call) -> Answer:
    product, variant = the_variant(call)
    body = call.object()
    problem = check_variant(call, body, variant)
    if problem:
        raise v3_refusal(422, problem)
    inventory_problem = write_variant(call, product, variant, body)
    answer = {"data": shown(call, variant), "meta": {}}
    if inventory_problem:
        return Answer(207, {**answer, "errors": v3_error(207, inventory_problem)})
    return Answer(200, answer)


@route("DELETE", "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>", scopes=WRITE)
def delete_variant(call: Call) -> Answer:
    product, variant = the_variant(call)
    if not product.has_options:
        raise v3_refusal(422, "The base variant cannot be deleted.")
    product.variants.remove(variant)
    del call.store.variants[variant.id]
    sku_event(call.world, call.store, variant, "deleted")
    product_event(call.world, call.store, product)
    return Answer(204)


@route("PUT", "/v3/catalog/variants", scopes=WRITE)
def put_variants(call: Call) -> Answer:
    """Up to fifty at once; errors stand in `batch_errors` and then nothing is written."""
    rows = call.array()
    if len(rows) > BATCH:
        raise too_many(BATCH)
    errors, found = [], []
    for row in rows:
        variant = call.store.variants.get(row.get("id", 0))
        problem = "The variant does not exist." if variant is None else check_variant(call, row, variant)
        if problem or variant is None:
            errors.append(v3_error(422, problem, errors={"id": str(row.get("id"))}))
        else:
            found.append((variant, row))
    if errors:
        raise ApiRefusal(422, {"batch_errors": errors})
    problems = [write_variant(call, call.store.products[variant.product_id], variant, row) for variant, row in found]
    body = {"data": [shown(call, variant) for variant, _ in found], "meta": {}}
    problem = next((each for each in problems if each), "")
    return Answer(207, {**body, "errors": v3_error(207, problem)}) if problem else Answer(200, body)


def check_variant(call: Call, body: dict[str, Any], variant: Variant) -> str:
    if not isinstance(body.get("purchasing_disabled", False), bool):
        return "purchasing_disabled must be a boolean"
    message = body.get("purchasing_disabled_message", "")
    if not isinstance(message, str) or len(message) > 255:
        return "purchasing_disabled_message must be a string of at most 255 characters"
    if body.get("inventory_level") is not None and not is_count(body["inventory_level"], may_be_negative=True):
        return "inventory_level must be a whole number"
    sku = body.get("sku")
    if sku and any(other.sku == sku and other is not variant for other in call.store.variants.values()):
        return "The sku is a duplicate"
    return ""


def write_variant(call: Call, product: Product, variant: Variant, body: dict[str, Any]) -> str:
    wanted: dict[str, Any] = {
        name: body[name]
        for name in ("sku", "upc", "purchasing_disabled", "purchasing_disabled_message")
        if name in body
    }
    if "price" in body:
        wanted["price"] = None if body["price"] is None else Decimal(str(body["price"]))
    changed = {name: value for name, value in wanted.items() if getattr(variant, name) != value}
    for name, value in changed.items():
        setattr(variant, name, value)
    if changed:
        product.modified_at = call.world.now()
        sku_event(call.world, call.store, variant)
        product_event(call.world, call.store, product)
    return write_variant_level(call, product, variant, body.get("inventory_level"))


def write_variant_level(call: Call, product: Product, variant: Variant, level: int | None) -> str:
    if level is None or (product.has_options and product.inventory_tracking == "product"):
        return ""
    if level < 0:
        return NEGATIVE
    key = call.store.stock_key(product, variant.id)
    cell = call.store.cell(key, call.store.default_location.id)
    write_cell(call.world, call.store, key, call.store.default_location.id, on_hand=level + cell.safety_stock)
    return ""

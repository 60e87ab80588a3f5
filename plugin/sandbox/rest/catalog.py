"""`/v3/catalog/products`: lists, one product, changes one by one or ten at a time, custom fields. Variants live next door."""

from typing import Any

from plugin.sandbox.actions.stockroom import write_cell
from plugin.sandbox.catalog import CustomField, Product
from plugin.sandbox.events import product_event, sku_event
from plugin.sandbox.rest.catalog_shapes import category_json, only_fields, product_json, product_level
from plugin.sandbox.rest.catalog_writes import apply_product, check_product, new_product
from plugin.sandbox.rest.envelope import Answer, id_list, v3_list, v3_one
from plugin.sandbox.rest.filters import apply_filters, ordered
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.refusal import missing, too_many, v3_error, v3_refusal
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

READ = ("store_v2_products", "store_v2_products_read_only")
WRITE = ("store_v2_products",)
BATCH = 10
ALSO = ("channel_id:in", "channel_id", "inventory_low", "out_of_stock", "keyword", "categories:in", "categories")
INCLUDES = {
    "variants", "images", "custom_fields", "bulk_pricing_rules", "primary_image", "modifiers", "options", "videos", "channels",
}  # fmt: skip


def readers(world: World, store: Store) -> dict[str, Any]:
    return {
        "id": lambda product: product.id,
        "name": lambda product: product.name,
        "sku": lambda product: [product.sku, *(variant.sku for variant in product.variants)],
        "type": lambda product: product.type,
        "price": lambda product: float(product.price),
        "availability": lambda product: product.availability,
        "is_visible": lambda product: product.is_visible,
        "is_featured": lambda product: product.is_featured,
        "brand_id": lambda product: product.brand_id,
        "total_sold": lambda product: product.total_sold,
        "date_modified": lambda product: product.modified_at,
        "inventory_level": lambda product: product_level(world, store, product),
        "inventory_tracking": lambda product: product.inventory_tracking,
    }


@route("GET", "/v3/catalog/products", scopes=READ)
def list_products(call: Call) -> Answer:
    known = readers(call.world, call.store)
    rows = apply_filters(list(call.store.products.values()), call.args, call.query, known, also=ALSO)
    rows = [product for product in rows if passes_also(call, product)]
    sorting = {**known, "sku": lambda product: product.sku}
    include = includes(call)
    return v3_list(
        call.args,
        ordered(rows, call.args, sorting),
        lambda product: only_fields(product_json(call.world, call.store, product, include), call.args),
    )


def passes_also(call: Call, product: Product) -> bool:
    args = call.args
    categories = id_list(args, "categories:in") or id_list(args, "categories")
    channels = id_list(args, "channel_id:in") or id_list(args, "channel_id")
    keyword = args.get("keyword", "").lower()
    level = product_level(call.world, call.store, product)
    tracked = product.inventory_tracking != "none"
    return (
        (categories is None or bool(categories.intersection(product.categories)))
        and (channels is None or bool(channels.intersection(call.store.channels)))
        and (not keyword or keyword in product.name.lower() or keyword in product.sku.lower())
        and ("inventory_low" not in args or (tracked and level <= product.inventory_warning_level))
        and ("out_of_stock" not in args or (tracked and level == 0))
    )


def includes(call: Call) -> set[str]:
    names = {part.strip() for part in call.args.get("include", "").split(",") if part.strip()}
    if names - INCLUDES:
        raise v3_refusal(422, f"The include {min(names - INCLUDES)} is not valid.")
    return names


def the_product(call: Call) -> Product:
    product = call.store.products.get(call.ids["product_id"])
    if product is None:
        raise call.not_found()
    return product


@route("GET", "/v3/catalog/products/<int:product_id>", scopes=READ)
def read_product(call: Call) -> Answer:
    body = product_json(call.world, call.store, the_product(call), includes(call))
    return v3_one(only_fields(body, call.args))


@route("POST", "/v3/catalog/products", scopes=WRITE)
def create_product(call: Call) -> Answer:
    body = call.object()
    product = new_product(call.world, call.store, body)
    product_event(call.world, call.store, product, "created")
    inventory_problem = write_level(call, product, body)
    return written(call, product, inventory_problem)


@route("PUT", "/v3/catalog/products/<int:product_id>", scopes=WRITE)
def put_product(call: Call) -> Answer:
    product, body = the_product(call), call.object()
    check_product(call.store, body, product=product)
    return written(call, product, write_product(call, product, body))


def write_product(call: Call, product: Product, body: dict[str, Any]) -> str:
    """Write and tell; what went wrong with the inventory part, if anything."""
    before = call.store.stock_key(product, product.variants[0].id)
    changed = apply_product(product, body)
    if call.store.stock_key(product, product.variants[0].id) != before:
        for variant in product.variants:
            sku_event(call.world, call.store, variant)
    problem = write_level(call, product, body)
    if changed:
        product.modified_at = call.world.now()
        product_event(call.world, call.store, product)
    return problem


def write_level(call: Call, product: Product, body: dict[str, Any]) -> str:
    """The catalog's own way to set stock of the default location. A number it cannot take spoils this part only."""
    level = body.get("inventory_level")
    if level is None:
        return ""
    if product.has_options and product.inventory_tracking == "variant":
        return ""
    if level < 0:
        return "Please verify that the inventory adjustments don't result in negative stock levels."
    key = call.store.stock_key(product, product.variants[0].id)
    cell = call.store.cell(key, call.store.default_location.id)
    write_cell(call.world, call.store, key, call.store.default_location.id, on_hand=level + cell.safety_stock)
    return ""


def written(call: Call, product: Product, inventory_problem: str) -> Answer:
    """207 when the catalog part was saved and the inventory part was not."""
    body = {"data": product_json(call.world, call.store, product, set()), "meta": {}}
    if not inventory_problem:
        return Answer(200, body)
    return Answer(207, {**body, "errors": v3_error(207, inventory_problem)})


@route("PUT", "/v3/catalog/products", scopes=WRITE)
def put_products(call: Call) -> Answer:
    """Up to ten at once; checked together, so that one bad row refuses all."""
    rows = call.array()
    if len(rows) > BATCH:
        raise too_many(BATCH)
    products = []
    for number, row in enumerate(rows):
        product = call.store.products.get(row.get("id", 0))
        if product is None:
            raise v3_refusal(404, f"Product {row.get('id')} was not found.", errors={f"{number}.id": "not found"})
        check_product(call.store, row, product=product)
        products.append(product)
    problems = [write_product(call, product, row) for product, row in zip(products, rows, strict=True)]
    data = [product_json(call.world, call.store, product, includes(call)) for product in products]
    problem = next((each for each in problems if each), "")
    meta = {
        "pagination": {"total": len(data), "count": len(data), "per_page": BATCH, "current_page": 1, "total_pages": 1}
    }
    if problem:
        return Answer(207, {"data": data, "errors": v3_error(207, problem), "meta": meta})
    return Answer(200, {"data": data, "meta": meta})


@route("DELETE", "/v3/catalog/products/<int:product_id>", scopes=WRITE)
def delete_product(call: Call) -> Answer:
    """Orders keep their lines; the product is gone from under them."""
    product = call.store.products.get(call.ids["product_id"])
    if product is not None:
        call.store.drop_product(product)
        product_event(call.world, call.store, product, "deleted")
        for variant in product.variants:
            sku_event(call.world, call.store, variant, "deleted")
    return Answer(204)


@route("DELETE", "/v3/catalog/products", scopes=WRITE)
def delete_products(call: Call) -> Answer:
    """Only with a filter: the real one would empty the shelf."""
    wanted = id_list(call.args, "id:in")
    if wanted is None:
        raise v3_refusal(422, "A filter is required to delete products.")
    for product in [each for each in call.store.products.values() if each.id in wanted]:
        call.store.drop_product(product)
        product_event(call.world, call.store, product, "deleted")
    return Answer(204)


@route("GET", "/v3/catalog/products/<int:product_id>/custom-fields", scopes=READ)
def list_custom_fields(call: Call) -> Answer:
    return v3_list(call.args, the_product(call).custom_fields, custom_field_json)


def custom_field_json(field: CustomField) -> dict[str, Any]:
    return {"id": field.id, "name": field.name, "value": field.value}


@route("POST", "/v3/catalog/products/<int:product_id>/custom-fields", scopes=WRITE)
def create_custom_field(call: Call) -> Answer:
    product, body = the_product(call), call.object()
    for name in ("name", "value"):
        if not isinstance(body.get(name), str) or not 1 <= len(body[name]) <= 250:
            raise missing(name, f"{name} must be a string of 1 to 250 characters.")
    if any((field.name, field.value) == (body["name"], body["value"]) for field in product.custom_fields):
        raise v3_refusal(409, "A custom field with this name and value exists already.")
    field = CustomField(id=call.store.next_id("custom_field"), name=body["name"], value=body["value"])
    product.custom_fields.append(field)
    return v3_one(custom_field_json(field))


@route("DELETE", "/v3/catalog/products/<int:product_id>/custom-fields/<int:field_id>", scopes=WRITE)
def delete_custom_field(call: Call) -> Answer:
    product = the_product(call)
    kept = [field for field in product.custom_fields if field.id != call.ids["field_id"]]
    if len(kept) == len(product.custom_fields):
        raise call.not_found()
    product.custom_fields = kept
    return Answer(204)


@route("GET", "/v3/catalog/products/channel-assignments", scopes=READ)
def list_channel_assignments(call: Call) -> Answer:
    pairs = [(product_id, channel_id) for product_id in call.store.products for channel_id in call.store.channels]
    return v3_list(call.args, pairs, lambda pair: {"product_id": pair[0], "channel_id": pair[1]})


@route("GET", "/v3/catalog/categories", scopes=READ)
@route("GET", "/v3/catalog/trees/categories", scopes=READ)
def list_categories(call: Call) -> Answer:
    return v3_list(
        call.args, list(call.store.categories.values()), lambda each: category_json(each.id, each.name, each.parent_id)
    )


@route("GET", "/v3/catalog/brands", scopes=READ)
def list_brands(call: Call) -> Answer:
    names = {product.brand_id: product.brand for product in call.store.products.values() if product.brand_id}
    return v3_list(call.args, sorted(names.items()), lambda pair: {"id": pair[0], "name": pair[1]})


@route("GET", "/v3/catalog/summary", scopes=READ)
def read_summary(call: Call) -> Answer:
    products = call.store.products.values()
    body = {
        "inventory_count": sum(product_level(call.world, call.store, product) for product in products),
        "variant_count": len(call.store.variants),
        "inventory_value": 0,
        "highest_variant_price": float(max((product.price for product in products), default=0)),
        "lowest_variant_price": float(min((product.price for product in products), default=0)),
    }
    return v3_one(body)

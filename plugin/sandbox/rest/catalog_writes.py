"""Checking and applying what a product PUT or POST sends: only known fields, only allowed values, only what changed."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from plugin.sandbox.catalog import ChosenOption, Option, OptionValue, Product, Variant
from plugin.sandbox.rest.envelope import read_date
from plugin.sandbox.rest.refusal import ApiRefusal, missing, v3_refusal
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

CHOICES: dict[str, tuple[str, ...]] = {
    "inventory_tracking": ("none", "product", "variant"),
    "availability": ("available", "disabled", "preorder"),
    "type": ("physical", "digital"),
}
TEXTS = {"name": 250, "sku": 255, "availability_description": 255, "preorder_message": 255, "description": 1_000_000}
FLAGS = ("is_visible", "is_featured", "is_preorder_only")
NUMBERS = ("inventory_warning_level", "order_quantity_minimum", "order_quantity_maximum")
LARGEST_LEVEL = 2_147_483_647


def check_product(store: Store, body: dict[str, Any], *, product: Product | None = None) -> None:
    """422 names the field; 409 for a name or SKU that is taken."""
    check_words(body)
    check_numbers(body)
    check_details(body)
    refuse_taken(store, body, product)


def check_words(body: dict[str, Any]) -> None:
    for name, options in CHOICES.items():
        if name in body and body[name] not in options:
            raise invalid(name, f"must be one of {', '.join(options)}")
    for name, longest in TEXTS.items():
        if name in body and (not isinstance(body[name], str) or len(body[name]) > longest):
            raise invalid(name, f"must be a string of at most {longest} characters")


def check_numbers(body: dict[str, Any]) -> None:
    for name in FLAGS:
        if name in body and not isinstance(body[name], bool):
            raise invalid(name, "must be a boolean")
    for name in (*NUMBERS, "inventory_level"):
        if name in body and not is_count(body[name], may_be_negative=name == "inventory_level"):
            raise invalid(name, "must be a whole number")


def is_count(value: Any, *, may_be_negative: bool) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool) and value <= LARGEST_LEVEL
    return whole and (may_be_negative or value >= 0)


def check_details(body: dict[str, Any]) -> None:
    if body.get("preorder_release_date") and release_date(body) is None:
        raise invalid("preorder_release_date", "must be a date-time")
    price = body.get("price", 0)
    if isinstance(price, bool) or not isinstance(price, int | float) or price < 0:
        raise invalid("price", "must be a number of at least 0")
    categories = body.get("categories", [])
    if not isinstance(categories, list) or not all(isinstance(each, int) for each in categories):
        raise invalid("categories", "must be an array of ids")


def invalid(name: str, rule: str) -> ApiRefusal:
    return v3_refusal(422, f"{name} {rule}", errors={name: f"{name} {rule}"})


def release_date(body: dict[str, Any]) -> datetime | None:
    return read_date(str(body["preorder_release_date"])) if body.get("preorder_release_date") else None


def refuse_taken(store: Store, body: dict[str, Any], product: Product | None) -> None:
    for other in store.products.values():
        if other is product:
            continue
        if body.get("name") and other.name == body["name"]:
            raise v3_refusal(409, "The product name is a duplicate")
        if body.get("sku") and other.sku == body["sku"]:
            raise v3_refusal(409, "The product sku is a duplicate")


def apply_product(product: Product, body: dict[str, Any]) -> bool:
    """Set what was sent; whether anything is different now."""
    wanted: dict[str, Any] = {name: body[name] for name in (*CHOICES, *TEXTS, *FLAGS, *NUMBERS) if name in body}
    if "preorder_release_date" in body:
        wanted["preorder_release_date"] = release_date(body)
    if "price" in body:
        wanted["price"] = Decimal(str(body["price"]))
    if "categories" in body:
        wanted["categories"] = list(body["categories"])
    # A release date makes no sense without pre-order, and pre-order ends with it.
    if wanted.get("availability", product.availability) != "preorder":
        wanted["is_preorder_only"] = False
    changed = {name: value for name, value in wanted.items() if getattr(product, name) != value}
    if "sku" in changed and not product.has_options:
        product.variants[0].sku = changed["sku"]
    if changed.get("inventory_tracking") == "variant" and not product.has_options:
        raise v3_refusal(422, "inventory_tracking cannot be variant: the product has no variants")
    for name, value in changed.items():
        setattr(product, name, value)
    return bool(changed)


def new_product(world: World, store: Store, body: dict[str, Any]) -> Product:
    for name in ("name", "type", "weight", "price"):
        if name not in body:
            raise missing(name)
    check_product(store, body)
    now = world.now()
    product = Product(
        id=store.next_id("product", 111),
        name=body["name"],
        sku=str(body.get("sku", "")),
        price=Decimal(str(body["price"])),
        brand=str(body.get("brand_name", "")),
        categories=list(body.get("categories", [])),
        created_at=now,
        modified_at=now,
        inventory_tracking="none",
    )
    sent_variants = body.get("variants") or []
    if sent_variants:
        add_variants(store, product, sent_variants)
    else:
        product.variants = [
            Variant(id=store.next_id("variant", 1001), product_id=product.id, sku=product.sku, sku_id=None)
        ]
    apply_product(product, body)
    store.add_product(product)
    return product


def add_variants(store: Store, product: Product, sent: list[dict[str, Any]]) -> None:
    """Variants with their option values, as one POST may bring them."""
    for row in sent:
        variant = Variant(
            id=store.next_id("variant", 1001),
            product_id=product.id,
            sku=str(row.get("sku", "")),
            sku_id=store.next_id("sku", 401),
        )
        for value in row.get("option_values", []):
            variant.choices.append(chosen(store, product, value))
        product.variants.append(variant)


def chosen(store: Store, product: Product, sent: dict[str, Any]) -> ChosenOption:
    name, label = str(sent.get("option_display_name", "Option")), str(sent.get("label", ""))
    option = next((each for each in product.options if each.display_name == name), None)
    if option is None:
        option = Option(id=store.next_id("option", 200), display_name=name, type="rectangles", values=[])
        product.options.append(option)
    value = next((each for each in option.values if each.label == label), None)
    if value is None:
        value = OptionValue(id=store.next_id("option_value", 5001), label=label)
        option.values.append(value)
    return ChosenOption(option=option, value=value)

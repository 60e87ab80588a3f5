"""Products as the storefront shows them: cards, product pages, and the answer of `product-attributes`.

Every function reads the store inside `world.acting()`, held by the view that calls it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from plugin.sandbox.actions.movements import available, is_limited, sale_cells
from plugin.sandbox.catalog import Category, Product, Variant
from plugin.sandbox.pages.here import root, the_store, the_world
from plugin.sandbox.stock import LARGEST

OPTION_KINDS = {
    "dropdown": "set-select",
    "radio_buttons": "set-radio",
    "rectangles": "set-rectangle",
    "swatch": "swatch",
    "product_list": "product-list",
}
DEFAULT_RELEASE = "Expected release date is %%DATE%%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """How much of a variant the storefront may sell. `on_hand` is None where nobody counts."""

    on_hand: int | None
    backorder: int
    unlimited: bool
    owed_before: int

    @property
    def to_sell(self) -> int | None:
        return None if self.on_hand is None else min(LARGEST, self.on_hand + self.backorder)

    @property
    def instock(self) -> bool:
        return self.on_hand is None or self.on_hand > 0

    @property
    def sellable(self) -> bool:
        return self.to_sell is None or self.to_sell > 0

    def backordered_part(self, quantity: int) -> int:
        """Of that many units, those that would be on backorder."""
        return 0 if self.on_hand is None else max(0, min(quantity - self.on_hand, self.backorder))


def shelf_of(product: Product, variant: Variant) -> Shelf:
    world, store = the_world(), the_store()
    if not is_limited(world, product):
        return Shelf(on_hand=None, backorder=0, unlimited=False, owed_before=0)
    on_hand, backorder = available(world, store, product, variant.id)
    cells = [cell for _, cell in sale_cells(world, store, store.stock_key(product, variant.id))]
    unlimited = store.native_backorders and any(cell.unlimited_backorder for cell in cells)
    owed = sum(cell.backordered for cell in cells)
    return Shelf(on_hand=on_hand, backorder=backorder, unlimited=unlimited, owed_before=owed)


def money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def product_url(product: Product) -> str:
    return f"{root()}/{product.slug()}/"


def product_by_slug(slug: str) -> Product | None:
    return next((product for product in the_store().products.values() if product.slug() == slug), None)


def image_url(product: Product | None) -> str:
    return f"{root()}/picture/{product.id if product else 0}.svg"


def category_view(category: Category) -> dict[str, Any]:
    return {"id": category.id, "name": category.name, "url": f"{root()}/categories/{category.id}"}


def is_sold_out(product: Product) -> bool:
    return not any(shelf_of(product, variant).sellable for variant in product.variants)


def out_of_stock_rule(product: Product) -> str:
    """What the store's setting does with this product now: `do_nothing` unless it is out of stock."""
    rule = str(the_store().inventory_setting("product_out_of_stock_behavior", channel_id=1))
    gone = is_sold_out(product)
    if the_world().switches.hidden_although_available:
        gone = not any(shelf_of(product, variant).instock for variant in product.variants)
    return rule if gone else "do_nothing"


def products_in(category: Category | None = None) -> list[Product]:
    """What a list shows: visible products that no setting hides."""
    return [
        product
        for product in the_store().products.values()
        if product.is_visible
        and (category is None or category.id in product.categories)
        and out_of_stock_rule(product) == "do_nothing"
    ]


def flag(product: Product) -> dict[str, str] | None:
    if product.availability == "preorder":
        return {"kind": "pre", "words": "Pre-order"}
    if is_sold_out(product):
        return {"kind": "out", "words": "Out of stock"}
    return None


def button_words(product: Product) -> str:
    return "Pre-Order Now" if product.availability == "preorder" else "Add to Cart"


def price_words(product: Product) -> str:
    prices = sorted({product.price_of(variant) for variant in product.variants})
    return money(prices[0]) if len(prices) == 1 else f"{money(prices[0])} – {money(prices[-1])}"


def card(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": product.name,
        "url": product_url(product),
        "image": image_url(product),
        "price": price_words(product),
        "flag": flag(product),
        "has_options": product.has_options,
        "preorder": product.availability == "preorder",
        "buyable": product.availability != "disabled" and not is_sold_out(product),
        "button": button_words(product),
    }


def release_words(product: Product) -> str:
    """The native pre-order sentence, with its date put in."""
    if product.availability != "preorder" or product.preorder_release_date is None:
        return product.preorder_message if product.availability == "preorder" else ""
    words = product.preorder_message or DEFAULT_RELEASE
    return words.replace("%%DATE%%", day(product.preorder_release_date))


def shown_stock(product: Product, shelf: Shelf) -> int | None:
    """The number a shopper may see, by the store's setting."""
    display = the_store().inventory_setting("stock_level_display", channel_id=1)
    if shelf.on_hand is None or display == "dont_show":
        return None
    if display == "show_when_low" and shelf.on_hand > product.inventory_warning_level:
        return None
    return shelf.on_hand


def product_view(product: Product, *, modern: bool) -> dict[str, Any]:
    store = the_store()
    variant = None if product.has_options else product.variants[0]
    shelf = shelf_of(product, variant or product.variants[0])
    stock = shown_stock(product, shelf) if variant is not None or product.inventory_tracking == "product" else None
    sold_out = is_sold_out(product) if modern else not any(shelf_of(product, each).instock for each in product.variants)
    category = next((store.categories[each] for each in product.categories if each in store.categories), None)
    return {
        **card(product),
        "sku": variant.sku if variant else product.sku,
        "upc": variant.upc if variant else "",
        "price_value": str(product.price),
        "description": product.description,
        "availability_description": product.availability_description,
        "custom_fields": product.custom_fields,
        "release_date": release_words(product),
        "category": category_view(category) if category else None,
        "options": [option_view(product, each.id) for each in product.options],
        "stock": stock,
        "shows_stock": stock is not None and (stock > 0 or modern),
        "native": store.native_backorders,
        "on_backorder": not shelf.instock and shelf.sellable,
        "quantity_minimum": product.order_quantity_minimum,
        "quantity_maximum": product.order_quantity_maximum,
        "can_purchase": product.availability != "disabled",
        "sold_out": sold_out,
    }


def option_view(product: Product, option_id: int) -> dict[str, Any]:
    option = next(each for each in product.options if each.id == option_id)
    kind = OPTION_KINDS.get(option.type, "set-select")
    return {"id": option.id, "name": option.display_name, "kind": kind, "option_values": option.values}


def chosen_variant(product: Product, chosen: dict[int, int]) -> Variant | None:
    """The variant with exactly these option values; the base variant where there are no options."""
    if not product.has_options:
        return product.variants[0]
    for variant in product.variants:
        if {choice.option.id: choice.value.id for choice in variant.choices} == chosen:
            return variant
    return None


def stocked_values(product: Product) -> list[int]:
    stocked = [variant for variant in product.variants if shelf_of(product, variant).sellable]
    return sorted({choice.value.id for variant in stocked for choice in variant.choices})


def attributes(product: Product, variant: Variant | None) -> dict[str, Any]:
    """What `POST /remote/v1/product-attributes/{id}` answers in `data`."""
    shelf = shelf_of(product, variant) if variant else None
    price = product.price_of(variant) if variant else product.price
    purchasable = product.availability != "disabled" and not (variant and variant.purchasing_disabled)
    instock = shelf.instock if shelf else not is_sold_out(product)
    rule = the_store().inventory_setting("option_out_of_stock_behavior", channel_id=1)
    message = the_store().inventory_setting("default_out_of_stock_message", channel_id=1)
    return {
        "sku": variant.sku if variant else product.sku,
        "upc": (variant.upc if variant else "") or None,
        "mpn": None,
        "gtin": None,
        "base": variant is None or variant.sku_id is None,
        "variantId": variant.id if variant else None,
        "v3_variant_id": variant.id if variant else None,
        "price": {"without_tax": {"formatted": money(price), "value": float(price), "currency": "USD"}},
        "weight": {"formatted": f"{product.weight} LBS", "value": float(product.weight)},
        "stock": shown_stock(product, shelf) if shelf else None,
        "instock": instock,
        "purchasable": purchasable,
        "purchasing_message": purchasing_message(variant),
        "stock_message": None if shelf is None or shelf.sellable else message,
        "out_of_stock_behavior": rule,
        "out_of_stock_message": message,
        "in_stock_attributes": stocked_values(product),
        "disabled_option_values": [],
        "image": None,
        "bulk_discount_rates": [],
        **native_attributes(shelf),
    }


def purchasing_message(variant: Variant | None) -> str | None:
    return variant.purchasing_disabled_message or None if variant and variant.purchasing_disabled else None


def native_attributes(shelf: Shelf | None) -> dict[str, Any]:
    """Backorder numbers, only where the store has the feature."""
    if not the_store().native_backorders:
        return {}
    values = the_store().settings.values
    return {
        "available_on_hand": shelf.on_hand if shelf else None,
        "available_for_backorder": shelf.backorder if shelf else 0,
        "available_to_sell": shelf.to_sell if shelf else None,
        "unlimited_backorder": shelf.unlimited if shelf else False,
        "backorder_message_id": None,
        "backorder_message": "",
        "show_backorder_availability_prompt": bool(values.get("show_backorder_availability_prompt", False)),
        "backorder_availability_prompt": str(values.get("backorder_availability_prompt", "")),
    }


def structured_data(product: Product) -> dict[str, Any]:
    """The page's JSON-LD, which knows only three kinds of availability."""
    state: Literal["PreOrder", "OutOfStock", "InStock"] = "InStock"
    if product.availability == "preorder":
        state = "PreOrder"
    elif is_sold_out(product):
        state = "OutOfStock"
    return {
        "@context": "https://schema.org/",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "url": f"{the_world().public_url}{product_url(product)}",
        "image": f"{the_world().public_url}{image_url(product)}",
        "offers": {
            "@type": "Offer",
            "priceCurrency": the_store().profile.currency,
            "price": str(product.price),
            "availability": f"https://schema.org/{state}",
        },
    }

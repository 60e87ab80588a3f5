"""How products and variants are written in v3 JSON."""

from decimal import Decimal
from typing import Any

from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.rest.envelope import iso8601
from plugin.sandbox.stock import LARGEST
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def level_of(world: World, store: Store, product: Product, variant_id: int) -> int:
    """What is available at the default location; never negative."""
    cell = store.cell(store.stock_key(product, variant_id), store.default_location.id)
    if world.switches.catalog_level_counts_backorder:
        return cell.available_to_sell(native=store.native_backorders)
    return cell.free


def product_level(world: World, store: Store, product: Product) -> int:
    if product.has_options and product.inventory_tracking == "variant":
        return min(LARGEST, sum(level_of(world, store, product, variant.id) for variant in product.variants))
    return level_of(world, store, product, product.variants[0].id)


def product_json(world: World, store: Store, product: Product, include: set[str]) -> dict[str, Any]:
    shown = {
        "id": product.id,
        "name": product.name,
        "type": product.type,
        "sku": product.sku,
        "description": product.description,
        **sizes_json(product.weight),
        **product_prices_json(product),
        "categories": list(product.categories),
        "brand_id": product.brand_id,
        "option_set_id": product.id if product.has_options else None,
        "option_set_display": "right",
        "inventory_level": product_level(world, store, product),
        "inventory_warning_level": product.inventory_warning_level,
        "inventory_tracking": product.inventory_tracking,
        "fixed_cost_shipping_price": 0,
        "is_free_shipping": False,
        "is_visible": product.is_visible,
        "is_featured": product.is_featured,
        "related_products": [-1],
        "warranty": "",
        "bin_picking_number": "",
        "layout_file": "product.html",
        "upc": "",
        "mpn": "",
        "gtin": "",
        "date_last_imported": None,
        "search_keywords": "",
        **availability_json(product),
        "gift_wrapping_options_type": "any",
        "gift_wrapping_options_list": [],
        "sort_order": 0,
        "condition": "New",
        "is_condition_shown": False,
        "order_quantity_minimum": product.order_quantity_minimum,
        "order_quantity_maximum": product.order_quantity_maximum,
        "page_title": "",
        "meta_keywords": [],
        "meta_description": "",
        "date_created": iso8601(product.created_at),
        "date_modified": iso8601(product.modified_at),
        "view_count": 0,
        "is_price_hidden": False,
        "price_hidden_label": "",
        "custom_url": {"url": f"/{product.slug()}/", "is_customized": False},
        "base_variant_id": product.base_variant_id,
        "open_graph_type": "product",
        "total_sold": product.total_sold,
        "reviews_count": 0,
        "reviews_rating_sum": 0,
    }
    return {**shown, **included_json(world, store, product, include)}


def sizes_json(weight: Decimal) -> dict[str, Any]:
    return {"weight": float(weight), "width": 0, "depth": 0, "height": 0}


def product_prices_json(product: Product) -> dict[str, Any]:
    return {
        "price": float(product.price),
        "cost_price": 0,
        "retail_price": 0,
        "sale_price": 0,
        "map_price": 0,
        "tax_class_id": 0,
        "product_tax_code": "",
        "calculated_price": float(product.price),
    }


def availability_json(product: Product) -> dict[str, Any]:
    return {
        "availability": product.availability,
        "availability_description": product.availability_description,
        "preorder_release_date": iso8601(product.preorder_release_date),
        "preorder_message": product.preorder_message,
        "is_preorder_only": product.is_preorder_only,
    }


def included_json(world: World, store: Store, product: Product, include: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "variants" in include:
        shown["variants"] = [variant_json(world, store, product, variant) for variant in product.variants]
    if "custom_fields" in include:
        shown["custom_fields"] = [
            {"id": field.id, "name": field.name, "value": field.value} for field in product.custom_fields
        ]
    if "options" in include:
        shown["options"] = [option_json(product, number) for number in range(len(product.options))]
    if "channels" in include:
        shown["channels"] = list(store.channels)
    shown.update({name: [] for name in include & {"images", "videos", "bulk_pricing_rules", "modifiers"}})
    if "primary_image" in include:
        shown["primary_image"] = None
    return shown


def option_json(product: Product, number: int) -> dict[str, Any]:
    option = product.options[number]
    return {
        "id": option.id,
        "product_id": product.id,
        "display_name": option.display_name,
        "name": option.display_name,
        "type": option.type,
        "sort_order": number,
        "option_values": [
            {"id": value.id, "label": value.label, "sort_order": place, "is_default": False, "value_data": None}
            for place, value in enumerate(option.values)
        ],
        "config": {},
    }


def variant_json(world: World, store: Store, product: Product, variant: Variant) -> dict[str, Any]:
    own_price = None if variant.price is None else float(variant.price)
    return {
        "id": variant.id,
        "product_id": product.id,
        "sku": variant.sku,
        "sku_id": variant.sku_id,
        "price": own_price,
        "calculated_price": float(product.price_of(variant)),
        "sale_price": None,
        "retail_price": None,
        "map_price": None,
        "cost_price": 0,
        "weight": None,
        "calculated_weight": float(product.weight),
        "width": None,
        "height": None,
        "depth": None,
        "is_free_shipping": False,
        "fixed_cost_shipping_price": None,
        "purchasing_disabled": variant.purchasing_disabled,
        "purchasing_disabled_message": variant.purchasing_disabled_message,
        "image_url": "",
        "upc": variant.upc,
        "mpn": "",
        "gtin": "",
        "inventory_level": level_of(world, store, product, variant.id),
        "inventory_warning_level": product.inventory_warning_level,
        "bin_picking_number": "",
        "option_values": [
            {
                "id": choice.value.id,
                "label": choice.value.label,
                "option_id": choice.option.id,
                "option_display_name": choice.option.display_name,
            }
            for choice in variant.choices
        ],
    }


def only_fields(body: dict[str, Any], args: dict[str, str]) -> dict[str, Any]:
    """`include_fields` and `exclude_fields`; the id always stays, and so does what `include` asked for."""
    if "include_fields" in args:
        kept = {"id", *(part.strip() for part in args["include_fields"].split(",") if part.strip())}
        kept |= {part.strip() for part in args.get("include", "").split(",")}
        return {name: value for name, value in body.items() if name in kept}
    if "exclude_fields" in args:
        dropped = {part.strip() for part in args["exclude_fields"].split(",")} - {"id"}
        return {name: value for name, value in body.items() if name not in dropped}
    return body


def category_json(category_id: int, name: str, parent_id: int) -> dict[str, Any]:
    return {
        "id": category_id,
        "parent_id": parent_id,
        "name": name,
        "description": "",
        "is_visible": True,
        "sort_order": category_id,
        "custom_url": {"url": f"/{name.lower().replace(' ', '-')}/", "is_customized": False},
        "tree_id": 1,
    }

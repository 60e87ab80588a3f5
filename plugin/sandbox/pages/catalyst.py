"""A headless storefront in the manner of Catalyst: client-side navigation, no Handlebars, other hooks on the page."""

from typing import Any

from flask import abort, jsonify, render_template
from flask.wrappers import Response

from plugin.sandbox.catalog import Product
from plugin.sandbox.pages import scripts
from plugin.sandbox.pages.here import root, the_store, the_world
from plugin.sandbox.pages.shelves import card, product_view, products_in, shelf_of

VISIBLE_TO_SHOPPERS = frozenset({"read_and_sf_access", "write_and_sf_access"})


def page(path: str = "") -> str:
    """One shell for every address; the browser fills it."""
    return render_template(
        "shop/catalyst.html",
        path=path,
        name=the_store().profile.name,
        root=root(),
        head_scripts=scripts.rendered(location="head", page="storefront", stencil=False),
        footer_scripts=scripts.rendered(location="footer", page="storefront", stencil=False),
    )


def products() -> Response:
    with the_world().acting():
        return jsonify([card(each) for each in products_in()])


def product(product_id: int) -> Response:
    """What a headless page would read by GraphQL: availability, stock and the public metafields."""
    with the_world().acting():
        found = the_store().products.get(product_id)
        if found is None or not found.is_visible:
            abort(404)
        view = product_view(found, modern=True)
        view["custom_fields"] = [{"name": each.name, "value": each.value} for each in found.custom_fields]
        for option in view["options"]:
            option["option_values"] = [{"id": each.id, "label": each.label} for each in option["option_values"]]
        return jsonify({**view, "metafields": public_metafields(found), "variants": variants(found)})


def public_metafields(found: Product) -> list[dict[str, str]]:
    fields = the_store().metafields_of.get(("product", found.id), {}).values()
    return [
        {"namespace": each.namespace, "key": each.key, "value": each.value}
        for each in fields
        if each.permission_set in VISIBLE_TO_SHOPPERS
    ]


def variants(found: Product) -> list[dict[str, Any]]:
    listed = []
    for variant in found.variants:
        shelf = shelf_of(found, variant)
        listed.append(
            {
                "id": variant.id,
                "sku": variant.sku,
                "values": {choice.option.id: choice.value.id for choice in variant.choices},
                "available_on_hand": shelf.on_hand,
                "available_to_sell": shelf.to_sell,
                "sellable": shelf.sellable,
            }
        )
    return listed

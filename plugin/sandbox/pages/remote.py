"""What the theme's own scripts and injected ones call from the storefront: `/remote/v1`, `/api/storefront`.

Each stands at the origin's root, as in a real store, and under the store's path, for when several stores share one.
"""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from plugin.sandbox.actions.buying import Wanted, change_cart, put_in_cart
from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.catalog import Product
from plugin.sandbox.pages.baskets import cart_json, cart_quantity, cart_to_fill, refusal_words, the_cart
from plugin.sandbox.pages.here import cart_cookie, enter_store, the_customer, the_store, the_world
from plugin.sandbox.pages.receipts import may_see, order_json
from plugin.sandbox.pages.shelves import attributes, chosen_variant
from plugin.sandbox.storefront import Cart

blueprint = Blueprint("sandbox_remote", __name__)
View = Callable[..., Any]
ATTRIBUTE = re.compile(r"attribute\[(\d+)\]")
CONFLICT = "The request cannot be processed due to a possible conflict. Please review the changes and try again."


@blueprint.url_value_preprocessor
def enter(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "store_hash" in values:
        enter_store(values.pop("store_hash"))


def everywhere(path: str, **options: Any) -> Callable[[View], View]:
    """Route a view at the root and under the store's path."""

    def register(view: View) -> View:
        blueprint.add_url_rule(path, view_func=view, **options)
        blueprint.add_url_rule(f"/shop/<store_hash>{path}", view_func=view, **options)
        return view

    return register


@everywhere("/remote/v1/product-attributes/<int:product_id>", methods=["POST"])
def product_attributes(product_id: int) -> Response:
    with the_world().acting():
        product = product_or_404(product_id)
        return jsonify({"data": attributes(product, chosen_variant(product, chosen_values())), "content": {}})


@everywhere("/remote/v1/cart/add", methods=["POST"])
def cart_add() -> Response:
    """Errors come with status 200, as HTML in `data.error`."""
    cart = cart_to_fill()
    try:
        line = put_in_cart(the_world(), the_store(), cart, wanted_from_form())
    except Refused as refused:
        return jsonify({"data": {"error": refusal_words(refused)}})
    answer = jsonify(
        {
            "data": {
                "cart_id": cart.id,
                "cart_item": {"id": line.id, "product_id": line.product_id, "quantity": line.quantity},
                "cart_quantity": sum(each.quantity for each in cart.lines),
            }
        }
    )
    return remember(answer, cart)


@everywhere("/remote/v1/cart/update", methods=["POST"])
def cart_update() -> Response:
    cart = the_cart()
    if cart is None:
        return jsonify({"data": {"status": "failed", "errors": ["Your cart is empty."]}})
    try:
        change_cart(
            the_world(),
            the_store(),
            cart,
            request.form.get("items[0][id]", ""),
            quantity=int_or(request.form.get("items[0][quantity]"), 1),
        )
    except Refused as refused:
        return jsonify({"data": {"status": "failed", "errors": [refusal_words(refused)]}})
    return jsonify({"data": {"status": "succeed", "errors": []}})


@everywhere("/remote/v1/cart-summary", methods=["GET"])
def cart_summary() -> Response:
    return jsonify({"data": {"quantity": cart_quantity()}})


@everywhere("/api/storefront/carts", methods=["GET"])
def storefront_carts() -> Response:
    with the_world().acting():
        cart = the_cart()
        with_options = "options" in request.args.get("include", "")
        return jsonify([cart_json(cart, with_options=with_options)] if cart and cart.lines else [])


@everywhere("/api/storefront/carts", methods=["POST"])
def storefront_create_cart() -> Response | tuple[Response, int]:
    return fill_cart(cart_to_fill())


@everywhere("/api/storefront/carts/<cart_id>", methods=["DELETE"])
def storefront_delete_cart(cart_id: str) -> tuple[str, int]:
    with the_world().acting():
        the_store().carts.pop(own_cart(cart_id).id)
    return "", 204


@everywhere("/api/storefront/carts/<cart_id>/items", methods=["POST"])
def storefront_add(cart_id: str) -> Response | tuple[Response, int]:
    return fill_cart(own_cart(cart_id))


@everywhere("/api/storefront/carts/<cart_id>/items/<item_id>", methods=["PUT", "DELETE"])
def storefront_change(cart_id: str, item_id: str) -> Response | tuple[Response, int]:
    cart, body = own_cart(cart_id), json_body()
    if stale(cart, body):
        return problem(409, CONFLICT)
    wished = body.get("lineItem", {}).get("quantity") if request.method == "PUT" else 0
    if not isinstance(wished, int):
        return problem(422, "lineItem.quantity must be a whole number.")
    try:
        change_cart(the_world(), the_store(), cart, item_id, quantity=wished)
    except Refused as refused:
        return problem(422, str(refused))
    return jsonify(cart_json(cart, with_options=True))


@everywhere("/api/storefront/orders/<int:order_id>", methods=["GET"])
def storefront_order(order_id: int) -> Response | tuple[Response, int]:
    with the_world().acting():
        order = the_store().orders.get(order_id)
        if order is None or not may_see(order):
            return problem(404, "The order does not exist, or is not yours.")
        return jsonify(order_json(order))


@everywhere("/customer/current.jwt", methods=["GET"])
def current_customer() -> tuple[str, int]:
    """Who is signed in; 404 for guests. The token itself needs an app the shop knows."""
    client = the_world().clients.get(request.args.get("app_client_id", ""))
    customer = the_customer()
    if customer is None or client is None:
        abort(404)
    return customer_token(client.id, client.secret, customer_id=customer.id), 200


def customer_token(client_id: str, secret: str, *, customer_id: int) -> str:
    import jwt

    store, now = the_store(), int(the_world().clock.timestamp())
    customer = store.customers[customer_id]
    claims = {
        "customer": {"id": customer.id, "email": customer.email, "group_id": str(customer.group_id)},
        "iss": "bc/apps",
        "sub": store.hash,
        "iat": now,
        "exp": now + 15 * 60,
        "version": 1,
        "aud": client_id,
        "application_id": client_id,
        "store_hash": store.hash,
        "operation": "current_customer",
    }
    return jwt.encode(claims, secret, algorithm="HS256")


# Reading requests


def product_or_404(product_id: int) -> Product:
    product = the_store().products.get(product_id)
    if product is None:
        abort(404)
    return product


def chosen_values() -> dict[int, int]:
    """`attribute[12]=34` fields of a theme's form."""
    chosen = {}
    for name, value in request.form.items():
        found = ATTRIBUTE.fullmatch(name)
        if found and value.isdigit():
            chosen[int(found.group(1))] = int(value)
    return chosen


def wanted_from_form() -> Wanted:
    """The item of an add-to-cart form. Raises Refused when its options are not all chosen."""
    form = request.form
    product = the_store().products.get(int_or(form.get("product_id"), 0))
    if product is None:
        raise Refused("This product is not sold any more.")
    variant = chosen_variant(product, chosen_values())
    if variant is None:
        raise Refused("Please choose one value of each option first.")
    quantity = int_or(form.get("qty[]") or form.get("qty"), 1)
    return Wanted(product_id=product.id, variant_id=variant.id, quantity=quantity)


def int_or(words: str | None, otherwise: int) -> int:
    return int(words) if words and words.strip().isdigit() else otherwise


def own_cart(cart_id: str) -> Cart:
    cart = the_cart()
    if cart is None or cart.id != cart_id:
        abort(404)
    return cart


def json_body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def stale(cart: Cart, body: dict[str, Any]) -> bool:
    return "version" in body and body["version"] != cart.version


def fill_cart(cart: Cart) -> Response | tuple[Response, int]:
    body = json_body()
    if stale(cart, body):
        return problem(409, CONFLICT)
    try:
        for item in body.get("lineItems", []):
            put_in_cart(the_world(), the_store(), cart, wanted_from_json(item))
    except Refused as refused:
        return problem(422, str(refused))
    return remember(jsonify(cart_json(cart, with_options=True)), cart)


def wanted_from_json(item: Any) -> Wanted:
    try:
        product = the_store().products[int(item["productId"])]
        chosen = {int(each["optionId"]): int(each["optionValue"]) for each in item.get("optionSelections", [])}
        named = item.get("variantId")
        variant = the_store().variants[int(named)] if named else chosen_variant(product, chosen)
        return Wanted(product_id=product.id, variant_id=variant.id if variant else None, quantity=int(item["quantity"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("A line item needs quantity, productId and, with options, variantId.") from error


def problem(status: int, title: str) -> tuple[Response, int]:
    return jsonify({"status": status, "title": title, "type": "https://developer.bigcommerce.com/"}), status


def remember(answer: Response, cart: Cart) -> Response:
    answer.set_cookie(cart_cookie(), cart.id, httponly=True, samesite="Lax")
    answer.set_cookie("sandbox_store", the_store().hash, httponly=True, samesite="Lax")
    return answer

"""Checkout as a guest or a customer, the confirmation page, and the account. Buying itself is `actions.buying`."""

from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from plugin.sandbox.actions.buying import change_cart, check_out
from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.order import Order
from plugin.sandbox.pages.baskets import cart_view, refusal_words, the_cart
from plugin.sandbox.pages.here import cart_cookie, local_path, root, the_customer, the_store, the_world
from plugin.sandbox.pages.receipts import may_see, order_cookie, order_view
from plugin.sandbox.people import Address
from plugin.sandbox.storefront import Cart

ADDRESS_FIELDS = (
    ("first_name", "First name", "given-name"),
    ("last_name", "Last name", "family-name"),
    ("street_1", "Street", "address-line1"),
    ("city", "City", "address-level2"),
    ("zip", "Postal code", "postal-code"),
    ("state", "State or region", "address-level1"),
)
LOCALES = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"))
COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "FR": "France",
    "ES": "Spain",
    "NL": "Netherlands",
    "SE": "Sweden",
    "AU": "Australia",
}
GUEST = {
    "first_name": "Jan",
    "last_name": "Berger",
    "email": "jan@example.de",
    "street_1": "Lindenstraße 8",
    "city": "Köln",
    "zip": "50674",
    "state": "NRW",
    "country_iso2": "DE",
    "locale": "de",
    "customer_message": "",
    "payment_method": "",
}
REQUIRED = ("email", "first_name", "last_name", "street_1", "city", "zip")
LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    """Hang these pages under the shop's own path."""
    blueprint.add_url_rule("/checkout", view_func=checkout, methods=["GET", "POST"])
    blueprint.add_url_rule("/checkout/order-confirmation/<int:order_id>", view_func=confirmation)
    blueprint.add_url_rule("/login", view_func=login, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", view_func=logout)
    blueprint.add_url_rule("/account", view_func=account)
    blueprint.add_url_rule("/account/orders/<int:order_id>", view_func=account_order)
    blueprint.add_url_rule("/cart-change", view_func=cart_change, methods=["POST"])


def checkout() -> str | AnyResponse:
    g.script_page = "checkout"
    cart = the_cart()
    if cart is None or not cart.lines:
        return redirect(f"{root()}/cart.php")
    if request.method == "GET":
        return checkout_page(cart, form=first_values())
    form = {**first_values(), **{name: words.strip()[:LONGEST] for name, words in request.form.items()}}
    missing = [name.replace("_1", "").replace("_", " ") for name in REQUIRED if not form.get(name)]
    if missing:
        return checkout_page(cart, form=form, error=f"Please fill in: {', '.join(missing)}.")
    try:
        order = place(cart, form)
    except Refused as refused:
        return checkout_page(cart, form=form, error=refusal_words(refused))
    return after_order(order)


def place(cart: Cart, form: dict[str, str]) -> Order:
    """Ask for the stock and take it; raises Refused with nothing changed."""
    customer = the_customer()
    if customer is not None:
        cart.customer_id = customer.id
    country = form["country_iso2"] if form["country_iso2"] in COUNTRIES else "US"
    address = Address(
        first_name=form["first_name"],
        last_name=form["last_name"],
        email=customer.email if customer else form["email"],
        street_1=form["street_1"],
        city=form["city"],
        zip=form["zip"],
        state=form["state"],
        country=COUNTRIES[country],
        country_iso2=country,
    )
    return check_out(
        the_world(),
        the_store(),
        cart,
        guest=address,
        locale=form["locale"] if form["locale"] in dict(LOCALES) else "en",
        customer_message=form["customer_message"],
        pay=form["payment_method"] != "abandon",
    )


def after_order(order: Order) -> AnyResponse:
    answer = make_response(redirect(f"{root()}/checkout/order-confirmation/{order.id}", 303))
    answer.set_cookie(order_cookie(), f"{order.id}:{order.cart_id}", httponly=True, samesite="Lax")
    answer.delete_cookie(cart_cookie())
    return answer


def checkout_page(cart: Cart, *, form: dict[str, str], error: Markup | str = "") -> str | AnyResponse:
    with the_world().acting():
        page = render_template(
            "shop/checkout.html",
            cart=cart_view(cart),
            form=form,
            error=error,
            locales=LOCALES,
            countries=COUNTRIES.items(),
            address_fields=ADDRESS_FIELDS,
        )
    return make_response(page, 409) if error else page


def first_values() -> dict[str, str]:
    """What the form starts with: the customer's own address, or a guest's, so that nobody has to type."""
    customer = the_customer()
    if customer is None:
        return dict(GUEST)
    address = customer.address
    fields = {name: str(getattr(address, name)) for name, _, _ in ADDRESS_FIELDS}
    return {
        **GUEST,
        **fields,
        "email": customer.email,
        "country_iso2": address.country_iso2,
        "locale": customer.locale[:2],
    }


def confirmation(order_id: int) -> str:
    g.script_page = "order_confirmation"
    return render_template("shop/confirmation.html", order=own_order(order_id))


def account_order(order_id: int) -> str:
    return render_template("shop/account_order.html", order=own_order(order_id))


def own_order(order_id: int) -> dict[str, Any]:
    with the_world().acting():
        order = the_store().orders.get(order_id)
        if order is None or not may_see(order):
            abort(404)
        return order_view(order)


def account() -> str | AnyResponse:
    customer = the_customer()
    if customer is None:
        return redirect(f"{root()}/login?back={root()}/account")
    with the_world().acting():
        mine = [each for each in the_store().orders.values() if each.customer_id == customer.id and each.status_id]
        return render_template("shop/account.html", orders=[order_view(each) for each in reversed(mine)])


def login() -> str | AnyResponse:
    back = local_path(request.values.get("back"), otherwise=f"{root()}/")
    if request.method == "GET":
        people = [
            {"id": each.id, "email": each.email, "name": f"{each.name} · {each.locale}"}
            for each in the_store().customers.values()
        ]
        return render_template("shop/login.html", customers=people, back=back)
    number = request.form.get("customer_id", "")
    if not number.isdigit() or int(number) not in the_store().customers:
        abort(404)
    answer = redirect(back, 303)
    answer.set_cookie(f"customer_{the_store().hash}", number, httponly=True, samesite="Lax")
    return answer


def logout() -> AnyResponse:
    answer = redirect(f"{root()}/", 303)
    answer.delete_cookie(f"customer_{the_store().hash}")
    return answer


def cart_change() -> str | AnyResponse:
    """Quantity of a line by plain form, for the theme whose cart has no script."""
    cart, quantity = the_cart() or abort(404), request.form.get("quantity", "")
    try:
        change_cart(
            the_world(),
            the_store(),
            cart,
            request.form.get("line", ""),
            quantity=int(quantity) if quantity.isdigit() else 1,
        )
    except Refused as refused:
        with the_world().acting():
            return render_template("shop/cart.html", cart=cart_view(cart), error=refusal_words(refused))
    return redirect(f"{root()}/cart.php", 303)

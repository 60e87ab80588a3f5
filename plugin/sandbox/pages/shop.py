"""The storefront: home, categories, products, cart. Checkout and account are in `checkout`, the calls scripts make in
`remote`.
"""

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.sandbox.actions.buying import put_in_cart
from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.catalog import Product
from plugin.sandbox.pages import catalyst, checkout, scripts
from plugin.sandbox.pages.baskets import cart_quantity, cart_to_fill, cart_view, line_view, refusal_words, the_cart
from plugin.sandbox.pages.here import (
    THEMES,
    enter_store,
    local_path,
    root,
    the_customer,
    the_store,
    the_theme,
    the_world,
)
from plugin.sandbox.pages.pictures import picture
from plugin.sandbox.pages.remote import remember, wanted_from_form
from plugin.sandbox.pages.shelves import (
    attributes,
    card,
    category_view,
    chosen_variant,
    out_of_stock_rule,
    product_by_slug,
    product_view,
    products_in,
    structured_data,
)

blueprint = Blueprint("sandbox_shop", __name__, url_prefix="/shop/<store_hash>")
doors = Blueprint("sandbox_shop_doors", __name__)

THEME_WORDS = (
    ("", "As the world says"),
    ("6.21", "Cornerstone 6.21"),
    ("6.19", "Cornerstone 6.19 (older)"),
    ("custom", "A theme of its own"),
)
HOME_CARDS = 4


@doors.get("/shop/")
def front_door() -> AnyResponse:
    return redirect(f"/shop/{the_world().first_store.hash}/")


@blueprint.url_value_preprocessor
def enter(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values:
        enter_store(values.pop("store_hash"))


@blueprint.context_processor
def shop_context() -> dict[str, Any]:
    profile = the_store().profile
    page = g.get("script_page", "storefront")
    theme = the_theme()
    return {
        "shop": {
            "name": profile.name,
            "language": profile.language,
            "currency": profile.currency,
            "root": root(),
            "theme": theme,
            "themes": THEME_WORDS,
            "chosen_theme": request.cookies.get("theme", ""),
            "categories": [category_view(each) for each in top_categories()],
            "cart_quantity": cart_quantity(),
            "customer": the_customer_view(),
            "head_scripts": scripts.rendered(location="head", page=page),
            "footer_scripts": scripts.rendered(location="footer", page=page),
            "asks_consent": scripts.asks_consent(),
        },
        "modern": theme == "6.21",
    }


@blueprint.after_request
def headers_of_every_page(answer: Response) -> Response:
    """What the browser should remember, and a merchant's content security policy, which blocks scripts it does not name."""
    answer.set_cookie("sandbox_store", the_store().hash, httponly=True, samesite="Lax")
    if request.args.get("theme") in THEMES:
        answer.set_cookie("theme", request.args["theme"], samesite="Lax")  # what this page fetches is drawn alike
    policy = the_store().security.get("csp_header")
    if isinstance(policy, dict) and policy.get("enabled") and policy.get("header_value"):
        answer.headers["Content-Security-Policy"] = " ".join(str(policy["header_value"]).split())
    return answer


@blueprint.get("/")
def home() -> str:
    with the_world().acting():
        categories = []
        for category in top_categories():
            products = products_in(category)
            cards = [card(each) for each in products[:HOME_CARDS]]
            categories.append({**category_view(category), "size": len(products), "products": cards})
        return render_template("shop/home.html", categories=[each for each in categories if each["products"]])


@blueprint.get("/categories/<int:category_id>")
def category(category_id: int) -> str:
    with the_world().acting():
        found = the_store().categories.get(category_id) or abort(404)
        products = [card(each) for each in products_in(found)]
        return render_template("shop/category.html", category={**category_view(found), "products": products})


@blueprint.get("/<slug>/")
def product(slug: str) -> str | AnyResponse:
    with the_world().acting():
        found = product_by_slug(slug)
        if found is None or not found.is_visible:
            abort(404)
        rule = out_of_stock_rule(found)
        if rule == "hide_product":
            abort(404)
        if rule == "hide_product_and_redirect":
            return redirect(f"{root()}/categories/{found.categories[0]}" if found.categories else f"{root()}/")
        return render_template("shop/product.html", **product_context(found), structured=structured_data(found))


@blueprint.get("/products/<int:product_id>")
def product_by_number(product_id: int) -> AnyResponse:
    """A short way in for tests and links from other desks."""
    found = the_store().products.get(product_id) or abort(404)
    return redirect(f"{root()}/{found.slug()}/")


@blueprint.get("/quick-view/<int:product_id>")
def quick_view(product_id: int) -> str:
    with the_world().acting():
        found = the_store().products.get(product_id) or abort(404)
        return render_template("shop/quick_view.html", **product_context(found))


@blueprint.get("/picture/<int:product_id>.svg")
def product_picture(product_id: int) -> Response:
    found = the_store().products.get(product_id)
    drawn = picture(found.name, found.color) if found else picture("", "#8c93ad")
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.route("/cart.php", methods=["GET", "POST"])
def cart() -> str | AnyResponse:
    """The cart page; `action=add` fills it first, as plain forms and list buttons do."""
    if request.values.get("action") == "add":
        return add_by_form()
    with the_world().acting():
        if request.args.get("render") == "parts":
            return cart_parts()
        return render_template("shop/cart.html", cart=cart_view(the_cart()), error="")


@blueprint.get("/cart-preview/<line_id>")
def cart_preview(line_id: str) -> str:
    with the_world().acting():
        lines = the_cart()
        line = next((each for each in lines.lines if each.id == line_id), None) if lines else None
        return render_template("shop/cart_preview.html", line=line_view(line or abort(404)))


@blueprint.get("/theme")
def choose_theme() -> AnyResponse:
    answer = redirect(local_path(request.args.get("back"), otherwise=f"{root()}/"), 303)
    answer.set_cookie("theme", request.args.get("theme", ""), samesite="Lax")
    return answer


@blueprint.post("/consent")
def consent() -> AnyResponse:
    answer = redirect(local_path(request.form.get("back"), otherwise=f"{root()}/"), 303)
    answer.set_cookie("consent", "all" if request.form.get("answer") == "all" else "essential", samesite="Lax")
    return answer


@blueprint.errorhandler(404)
def not_here(_error: Exception) -> tuple[str, int]:
    if "store" not in g:
        return "There is no such store.", 404
    heading, sentence = "That page is not here", "The product may have been taken off the shelf."
    return render_template("shop/gone.html", heading=heading, sentence=sentence), 404


def product_context(found: Product) -> dict[str, Any]:
    view = product_view(found, modern=the_theme() == "6.21")
    values = attributes(found, chosen_variant(found, {}))
    return {"product": view, "attributes": values, "bcdata": {"product_attributes": values}}


def add_by_form() -> AnyResponse:
    basket = cart_to_fill()
    try:
        wanted = wanted_from_request()
        put_in_cart(the_world(), the_store(), basket, wanted)
    except Refused as refused:
        page = render_template("shop/cart.html", cart=cart_view(the_cart()), error=refusal_words(refused))
        return make_response(page)
    answer = make_response(redirect(f"{root()}/cart.php", 303))
    return remember(answer, basket)


def wanted_from_request() -> Any:
    """A list button is a plain link, so its product stands in the query."""
    if request.method == "GET":
        from plugin.sandbox.actions.buying import Wanted

        number = request.args.get("product_id", "")
        return Wanted(product_id=int(number) if number.isdigit() else -1)
    return wanted_from_form()


def cart_parts() -> Response:
    view = cart_view(the_cart())
    return jsonify(
        {
            "content": render_template("shop/cart_content.html", cart=view),
            "totals": render_template("shop/cart_totals.html", cart=view),
            "quantity": view["quantity"],
        }
    )


def top_categories() -> list[Any]:
    return [each for each in the_store().categories.values() if each.parent_id == 0]


def the_customer_view() -> dict[str, Any] | None:
    customer = the_customer()
    if customer is None:
        return None
    return {"id": customer.id, "first_name": customer.address.first_name, "email": customer.email}


checkout.add_routes(blueprint)
blueprint.add_url_rule("/catalyst/", endpoint="catalyst", view_func=catalyst.page)
blueprint.add_url_rule("/catalyst/p/<path:path>", endpoint="catalyst_product_page", view_func=catalyst.page)
blueprint.add_url_rule("/catalyst/data/products", endpoint="catalyst_products", view_func=catalyst.products)
blueprint.add_url_rule(
    "/catalyst/data/products/<int:product_id>", endpoint="catalyst_product", view_func=catalyst.product
)

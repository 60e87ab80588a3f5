"""The merchant's control panel: apps in an iframe from another site, orders with notes and metafields, products.

It is served on `panel_url`, another site than the app's, so the iframe lives under real third-party rules.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from plugin.sandbox import login
from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.order import STATUSES
from plugin.sandbox.pages.here import enter_store, the_store, the_world
from plugin.sandbox.pages.panel import back, item_view, notice, order_row
from plugin.sandbox.people import Client, User

blueprint = Blueprint("sandbox_manage", __name__, url_prefix="/manage/<store_hash>")
doors = Blueprint("sandbox_manage_doors", __name__)
PER_PAGE = 40
SCOPE_WORDS = {
    "store_v2_orders": "Read and change orders",
    "store_v2_products": "Read and change products",
    "store_v2_information_read_only": "Read the store's information",
    "store_v2_content": "Put scripts on the storefront",
    "store_v2_customers_read_only": "Read customers",
    "store_inventory": "Read and change stock",
    "store_locations_read_only": "Read locations",
    "store_channel_settings_read_only": "Read channels",
    "store_sites_read_only": "Read sites",
    "store_app_extensions_manage": "Show panels in the control panel",
}


@doors.get("/manage/")
def front_door() -> Response:
    return redirect(f"/manage/{the_world().first_store.hash}/")


@blueprint.url_value_preprocessor
def enter(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values:
        enter_store(values.pop("store_hash"))


@blueprint.context_processor
def panel_context() -> dict[str, Any]:
    store = the_store()
    return {
        "store": store,
        "base": f"/manage/{store.hash}",
        "user": the_user(),
        "users": list(store.users.values()),
        "installed": [the_world().clients[each] for each in store.installations if each in the_world().clients],
        "notice": notice(),
    }


def the_user() -> User:
    """Who is signed in: the owner, until somebody else is chosen."""
    users = the_store().users
    number = request.cookies.get(f"user_{the_store().hash}", "")
    if number.isdigit() and int(number) in users:
        return users[int(number)]
    return next(user for user in users.values() if user.is_owner)


@blueprint.get("/")
def home() -> str:
    with the_world().acting():
        orders = list(the_store().orders.values())
        counts = {
            "waiting": sum(each.status_id in (11, 3, 9) for each in orders),
            "orders": len(orders),
            "products": len(the_store().products),
            "customers": len(the_store().customers),
        }
        rows = [order_row(each) for each in sorted(orders, key=lambda each: -each.id)[:8]]
        return render_template("manage/home.html", counts=counts, orders=rows)


@blueprint.get("/orders")
def orders() -> str:
    wanted = request.args.get("search", "").strip().lower()
    page = max(1, request.args.get("page", 1, type=int))
    with the_world().acting():
        newest = sorted(the_store().orders.values(), key=lambda each: -each.id)
        rows = [order_row(each) for each in newest if not each.is_deleted]
    found = [row for row in rows if wanted in f"{row['id']} {row['who']} {row['name']}".lower()]
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    more = len(found) > page * PER_PAGE
    return render_template("manage/orders.html", orders=shown, wanted=wanted, page=page, more=more, total=len(found))


@blueprint.get("/orders/<int:order_id>")
def order(order_id: int) -> str:
    with the_world().acting():
        found = the_store().orders.get(order_id) or abort(404)
        fields = list(the_store().metafields_of.get(("order", order_id), {}).values())
        return render_template(
            "manage/order.html",
            order=found,
            row=order_row(found),
            statuses=STATUSES,
            metafields=fields,
            panels=panels_beside("ORDERS", order_id),
        )


@blueprint.get("/products")
def products() -> str:
    wanted = request.args.get("search", "").strip().lower()
    with the_world().acting():
        rows = [item_view(the_store(), product_id) for product_id in the_store().products]
        found = [row for row in rows if wanted in f"{row['product'].name} {row['product'].sku}".lower()]
        counts = {each["product"].id: len(fields_of(each["product"].id)) for each in found}
        beside = {each["product"].id: panels_beside("PRODUCTS", each["product"].id) for each in found}
        return render_template("manage/products.html", items=found, wanted=wanted, metafields=counts, panels=beside)


def panels_beside(model: str, number: int) -> list[dict[str, str]]:
    """What apps offer beside a page: a click opens the app at its deep link."""
    found = [each for each in the_store().extensions.values() if each.model == model]
    return [
        {
            "label": str(each.label["defaultValue"]),
            "address": f"/manage/{the_store().hash}/apps/{each.client_id}?"
            + urlencode({"path": each.url.replace("${id}", str(number))}),
        }
        for each in found
    ]


def fields_of(product_id: int) -> dict[int, Any]:
    return the_store().metafields_of.get(("product", product_id), {})


@blueprint.get("/apps")
def apps() -> str:
    return render_template("manage/apps.html", clients=list(the_world().clients.values()))


@blueprint.get("/apps/<client_id>")
def app(client_id: str) -> str | Response:
    """The installed app in its frame; `?path=` is a deep link, as an app extension makes one."""
    client = client_or_404(client_id)
    if client.id not in the_store().installations:
        return redirect(f"/manage/{the_store().hash}/apps/{client.id}/about")
    path = request.args.get("path", "/")
    url = login.load_url(the_world(), the_store(), client_id=client.id, user_id=the_user().id, path=path)
    return render_template("manage/frame.html", client=client, url=url, origin=origin_of(url))


@blueprint.get("/apps/<client_id>/about")
def about(client_id: str) -> str:
    client = client_or_404(client_id)
    scopes = [SCOPE_WORDS[scope] for scope in client.scopes if scope in SCOPE_WORDS]
    is_installed = client.id in the_store().installations
    return render_template("manage/about.html", client=client, scopes=scopes, is_installed=is_installed)


@blueprint.get("/apps/<client_id>/install")
def install(client_id: str) -> str | Response:
    """The merchant confirmed: the app's auth callback opens in the frame, with a fresh code each time."""
    client = client_or_404(client_id)
    if not the_user().is_owner:
        return refused(f"{the_user().email} may not install apps.")
    url = login.install_url(the_world(), the_store(), client_id=client.id, user_id=the_user().id)
    return render_template("manage/frame.html", client=client, url=url, origin=origin_of(url))


@blueprint.post("/apps/<client_id>/uninstall")
def uninstall(client_id: str) -> Response:
    client = client_or_404(client_id)
    try:
        told = login.uninstall(the_world(), the_store(), client_id=client.id, user_id=the_user().id)
    except Refused as refusal:
        return refused(str(refusal))
    words = "and was told so" if told else "and was not told, or did not answer"
    return back_to_apps(f"{client.name} is uninstalled {words}.")


@blueprint.post("/apps/<client_id>/remove-user")
def remove_user(client_id: str) -> Response:
    client, number = client_or_404(client_id), request.form.get("user_id", "")
    user = the_store().users.get(int(number)) if number.isdigit() else None
    if user is None:
        abort(404)
    told = login.remove_user(the_world(), the_store(), user.id, client_id=client.id)
    return back_to_apps(f"{user.name} may not use {client.name} any more; it was {'told' if told else 'not told'}.")


@blueprint.post("/user")
def choose_user() -> Response:
    number = request.form.get("user_id", "")
    if not number.isdigit() or int(number) not in the_store().users:
        abort(404)
    answer = redirect(f"/manage/{the_store().hash}/", 303)
    answer.set_cookie(f"user_{the_store().hash}", number, httponly=True, samesite="Lax")
    return answer


def client_or_404(client_id: str) -> Client:
    client = the_world().clients.get(client_id)
    if client is None:
        abort(404)
    return client


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def back_to_apps(words: str) -> Response:
    return back(words, kind="good", otherwise=f"/manage/{the_store().hash}/apps")


def refused(words: str) -> Response:
    return back(words, kind="bad", otherwise=f"/manage/{the_store().hash}/apps")

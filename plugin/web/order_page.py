"""An order behind its signed link: look at it, answer, withdraw. A GET only shows; each POST does one thing and leads back.

Guests who lost the mail may ask for the link again; the answer is always the same.
"""

import re
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.domain.ids import ItemId, OrderId, OrderLineId, TenantId
from plugin.domain.store import Tenant
from plugin.services.errors import NotFound
from plugin.services.order_page import Action, Asked, OrderView
from plugin.services.withdrawal import Statement
from plugin.web.api_models import LARGEST_ID
from plugin.web.current import plugin
from plugin.web.headers import go_to
from plugin.web.rate_limit import Rate, limit, sender_address
from plugin.web.reading import ITEM
from plugin.web.shopper import owner_of, shopper_page
from plugin.web.storefront import ADDRESS

PER_SENDER = Rate(times=60, per_seconds=60)
NEW_LINKS = Rate(times=5, per_seconds=900)
LATE = "late"
WRONG_ADDRESS = "wrong-address"
UNUSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
LONGEST_NAME = 200
LONGEST_ADDRESS = 254

order_page = Blueprint("order_page", __name__, url_prefix="/s")


@order_page.before_request
def not_too_often() -> None:
    limit("order", sender_address(), PER_SENDER)


@order_page.get("/order/<token>")
def look(token: str) -> Response:
    tenant, order = order_of(token)
    return page("order", tenant, order, token)


@order_page.post("/order/<token>/<action>")
def act(token: str, action: str) -> Response:
    """Done or too late: the page then says which, and how the order stands."""
    tenant, order = order_of(token)
    if action not in set(Action):
        raise NotFound("button", action)
    asked = Asked(Action(action), line_in_form(), request.form.get("email", "").strip(), item_in_form())
    if asked.action is Action.ADDRESS and not is_address(asked.email):
        return page("order", tenant, order, token, UNUSABLE, said=WRONG_ADDRESS)
    done = plugin().order_page.act(tenant.tenant_id, order, asked)
    return back(token, said=action if done else LATE)


@order_page.get("/order/<token>/withdraw")
def ask_to_withdraw(token: str) -> Response:
    tenant, order = order_of(token)
    return page("withdraw", tenant, order, token)


@order_page.post("/order/<token>/withdraw")
def withdraw(token: str) -> Response:
    """The statement first; only the second step, with everything in view, is the withdrawal."""
    tenant, order = order_of(token)
    statement = Statement(request.form.get("name", "").strip()[:LONGEST_NAME], request.form.get("email", "").strip())
    if not statement.name or not is_address(statement.email):
        return page("withdraw", tenant, order, token, UNUSABLE, wrong=True)
    if request.form.get("confirmed") != "yes":
        return page("withdraw_confirm", tenant, order, token, statement=statement)
    done = plugin().withdrawal.withdraw(tenant.tenant_id, order, statement)
    return back(token, said="withdraw" if done else LATE)


@order_page.get("/orders/<store:store>")
def ask_for_link(store: str) -> Response:
    return shopper_page("find", store_called(store), asked=False)


@order_page.post("/orders/<store:store>")
def send_link(store: str) -> Response:
    """The same words whether or not there is such an order: nobody learns who bought here."""
    limit("order-link", sender_address(), NEW_LINKS)
    tenant = store_called(store)
    number, email = request.form.get("order", "").strip().lstrip("#"), request.form.get("email", "").strip()
    if re.fullmatch(r"[0-9]{1,15}", number) and is_address(email):
        plugin().order_page.send_link(tenant.tenant_id, OrderId(int(number)), email)
    return shopper_page("find", tenant, HTTPStatus.ACCEPTED, asked=True)


def order_of(token: str) -> tuple[Tenant, OrderId]:
    tenant, order = owner_of("order", token)
    return tenant, OrderId(order)


def store_called(store: str) -> Tenant:
    tenant = plugin().directory.find(TenantId(store))
    if tenant is None or not tenant.is_live:
        raise NotFound("store", store)
    return tenant


def page(
    name: str, tenant: Tenant, order: OrderId, token: str, status: HTTPStatus = HTTPStatus.OK, **told: object
) -> Response:
    view: OrderView = plugin().order_page.look(tenant.tenant_id, order)
    asked = request.args.get("lang")
    told = {
        "said": request.args.get("said", ""),
        "wrong": False,
        "kept_language": {"lang": asked} if asked else {},
        "zone": tenant.profile.time_zone,
        **told,
    }
    return shopper_page(
        name, tenant, status, locale=view.status.order.shopper.reads(""), view=view, token=token, **told
    )


def back(token: str, *, said: str) -> Response:
    """To the page again, in the language it was read in."""
    return go_to(url_for("order_page.look", token=token, said=said, lang=request.args.get("lang")))


def line_in_form() -> OrderLineId | None:
    text = request.form.get("line", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) > LARGEST_ID:
        raise NotFound("line", text[:40])
    return OrderLineId(int(text))


def item_in_form() -> ItemId | None:
    text = request.form.get("item", "")
    if text and not ITEM.fullmatch(text):
        raise NotFound("item", text[:40])
    return ItemId(text) if text else None


def is_address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and re.fullmatch(ADDRESS, text) is not None

"""The world's panel: one page that shows the state of a store and lets a person be the world.

Each button posts to `/sandbox/act/<deed>`, calls one action, and comes back with a sentence about what happened.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.faults import BODIES, KINDS, WHEN, FaultError
from plugin.sandbox.order import DONE, STATUSES, Order
from plugin.sandbox.pages import deeds, scripts
from plugin.sandbox.pages.here import local_path, the_world
from plugin.sandbox.pages.shelves import money
from plugin.sandbox.stock import Cell
from plugin.sandbox.store import Store
from plugin.sandbox.switches import SwitchError

blueprint = Blueprint("sandbox_panel", __name__)

Deed = Callable[[Store, MultiDict[str, str]], str]
RECENT_ORDERS = 15

DEEDS: dict[str, Deed] = {
    "receive": deeds.receive,
    "count": deeds.count,
    "limit": deeds.limit,
    "buy": deeds.buy,
    "pay": deeds.pay_for,
    "ship": deeds.ship_order,
    "cancel": deeds.cancel_order,
    "refund": deeds.refund_order,
    "status": deeds.change_status,
    "edit": deeds.edit_lines,
    "notes": deeds.change_notes,
    "archive": deeds.archive_order,
    "switches": deeds.flip_switches,
    "fault": deeds.plant_fault,
    "clear-faults": deeds.clear_faults,
    "webhooks": deeds.steer_webhooks,
    "redeliver": deeds.redeliver,
    "settings": deeds.change_settings,
    "storefront": deeds.change_storefront,
}


def chosen_store() -> Store:
    world = the_world()
    wished = request.values.get("store", "")
    if wished and wished not in world.stores:
        abort(404)
    return world.stores.get(wished) or world.first_store


@blueprint.get("/sandbox/")
def panel() -> str:
    world, store = the_world(), chosen_store()
    with world.acting():
        return render_template(
            "desk/panel.html",
            store=store,
            notice=notice(),
            items=[item_view(store, product_id) for product_id in store.products],
            orders=[order_row(order) for order in recent_orders(store)],
            customers=list(store.customers.values()),
            state=state_of(store),
            switches=world.switches.describe(),
            faults=world.faults.planted(),
            fault_choices={"kind": KINDS, "when": WHEN, "body": BODIES},
            webhooks={"held": world.webhooks.is_held, "waiting": world.webhooks.waiting},
            settings=deeds.SETTING_CHOICES,
            banner=scripts.has_cookie_banner(store),
            csp=store.security.get("csp_header") or {},
        )


@blueprint.get("/sandbox/orders/<int:order_id>")
def order_page(order_id: int) -> str:
    world, store = the_world(), chosen_store()
    with world.acting():
        order = store.orders.get(order_id) or abort(404)
        return render_template(
            "desk/order.html", store=store, order=order, row=order_row(order), statuses=STATUSES, notice=notice()
        )


@blueprint.post("/sandbox/act/<deed>")
def act(deed: str) -> Response:
    """Do it, and tell in one sentence what happened or why it was refused."""
    do, store = DEEDS.get(deed) or abort(404), chosen_store()
    try:
        words, kind = do(store, request.form), "good"
    except (Refused, FaultError, SwitchError, deeds.Unclear) as refusal:
        words, kind = str(refusal), "bad"
    return back(words, kind=kind)


@blueprint.post("/sandbox/act/clock")
def clock() -> Response:
    """`move` by so many seconds, or `set` to a moment in UTC."""
    form = request.form
    try:
        if form.get("set"):
            the_world().clock.set_to(datetime.fromisoformat(form["set"]).replace(tzinfo=UTC))
        else:
            the_world().clock.move(float(form.get("move", "0")))
    except ValueError:
        return back("The clock was not moved: give seconds, or a day and time.", kind="bad")
    return back(f"It is now {the_world().now():%A, %d %B %Y, %H:%M} UTC.", kind="good")


def back(words: str, *, kind: str, otherwise: str = "/sandbox/") -> Response:
    """Where the form came from, or `otherwise`, with a sentence to show there."""
    target = local_path(request.form.get("back"), otherwise=otherwise)
    path, _, query = target.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith(("done=", "kind="))]
    return redirect(f"{path}?{'&'.join([*kept, urlencode({'done': words, 'kind': kind})])}", 303)


def notice() -> dict[str, str] | None:
    words = request.args.get("done")
    return {"words": words, "kind": "bad" if request.args.get("kind") == "bad" else "good"} if words else None


def state_of(store: Store) -> dict[str, Any]:
    world = the_world()
    quota = world.quotas[store.hash].look(
        world.clock.timestamp(), others_per_second=world.switches.other_apps_calls_per_second
    )
    return {
        "installed": [world.clients[each].name for each in store.installations if each in world.clients],
        "tokens": sum(token.store_hash == store.hash for token in world.tokens.values()),
        "hooks": len(store.hooks),
        "sleeping_hooks": sum(not hook.is_active for hook in store.hooks.values()),
        "scripts": len(store.scripts),
        "quota": quota,
        "orders": len(store.orders),
        "owed": sum(cell.backordered for cells in store.cells.values() for cell in cells.values()),
    }


def item_view(store: Store, product_id: int) -> dict[str, Any]:
    """A product with the cells of its variants, at the default location."""
    product = store.products[product_id]
    rows = []
    for variant in product.variants:
        cell = store.cells.get(store.stock_key(product, variant.id), {}).get(store.default_location.id, Cell())
        rows.append(
            {
                "value": f"{product.id}:{variant.id}",
                "name": f"{product.name} · {variant.label}" if variant.label else product.name,
                "sku": variant.sku,
                "on_hand": cell.on_hand,
                "owed": cell.backordered,
                "limit": "∞" if cell.unlimited_backorder else cell.backorder_limit,
                "to_sell": cell.available_to_sell(native=store.native_backorders),
            }
        )
    counted = product.inventory_tracking != "none"
    return {"product": product, "rows": rows if product.has_options else rows[:1], "counted": counted}


def recent_orders(store: Store) -> list[Order]:
    return sorted(store.orders.values(), key=lambda each: each.id, reverse=True)[:RECENT_ORDERS]


def order_row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "who": order.billing.email,
        "name": f"{order.billing.first_name} {order.billing.last_name}",
        "status": STATUSES[order.status_id],
        "status_id": order.status_id,
        "kind": "good" if order.status_id in DONE else "warn" if order.status_id in (0, 1, 3, 11) else "",
        "placed": order.created_at,
        "total": money(order.total),
        "lines": [f"{line.quantity} × {line.name}" for line in order.lines if line.parent_id is None],
        "owed": sum(line.quantity_backordered for line in order.lines),
        "open": sum(line.open_quantity for line in order.lines),
    }

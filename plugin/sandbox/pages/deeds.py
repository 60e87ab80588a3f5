"""What the buttons of the world's panel do: read a form, call one action, and say in a sentence what happened."""

from typing import Any

from werkzeug.datastructures import MultiDict

from plugin.sandbox.actions.buying import Wanted, pay, place_order
from plugin.sandbox.actions.editing import LineEdit, edit_order
from plugin.sandbox.actions.refunding import refund
from plugin.sandbox.actions.refusals import Refused
from plugin.sandbox.actions.shipping import ship
from plugin.sandbox.actions.statuses import archive, cancel, set_status, unarchive, write_notes
from plugin.sandbox.actions.stockroom import receive_goods, set_backorder_limit, set_stock
from plugin.sandbox.faults import fault_from
from plugin.sandbox.order import STATUSES
from plugin.sandbox.pages import scripts
from plugin.sandbox.pages.here import the_world
from plugin.sandbox.people import Address
from plugin.sandbox.store import Store

Form = MultiDict[str, str]

SETTING_CHOICES: dict[str, tuple[str, ...]] = {
    "update_stock_behavior": ("order_placed", "order_completed_or_shipped"),
    "stock_level_display": ("show", "show_when_low", "dont_show"),
    "product_out_of_stock_behavior": (
        "do_nothing",
        "hide_product",
        "hide_product_and_accessible",
        "hide_product_and_redirect",
    ),
    "option_out_of_stock_behavior": ("do_nothing", "hide_option", "label_option"),
    "edit_order_stock_adjustment": ("on", "off"),
    "refund_order_stock_adjustment": ("on", "off"),
}
MOST_BUYERS = 200


class Unclear(ValueError):
    """A field of the form cannot be read."""


# Stock


def receive(store: Store, form: Form) -> str:
    product_id, variant_id, units = *item(form), number(form, "units")
    cell = receive_goods(the_world(), store, product_id, units, variant_id=variant_id)
    return f"{units} units arrived: {cell.on_hand} on hand, {cell.backordered} owed."


def count(store: Store, form: Form) -> str:
    product_id, variant_id, units = *item(form), number(form, "units")
    cell = set_stock(the_world(), store, product_id, units, variant_id=variant_id)
    return f"Counted: {cell.on_hand} on hand, {cell.backordered} owed."


def limit(store: Store, form: Form) -> str:
    product_id, variant_id, units = *item(form), number(form, "units")
    set_backorder_limit(the_world(), store, product_id, units, variant_id=variant_id)
    return f"The store's own backorder limit is now {units}."


# Orders


def buy(store: Store, form: Form) -> str:
    """As many orders as asked, until one is refused."""
    product_id, variant_id, quantity = *item(form), number(form, "quantity")
    buyers = min(number(form, "times", otherwise=1), MOST_BUYERS)
    bought: list[int] = []
    for _ in range(buyers):
        try:
            order = place_order(
                the_world(),
                store,
                [Wanted(product_id=product_id, variant_id=variant_id, quantity=quantity)],
                **shopper(form),
                pay=form.get("pay", "yes") == "yes",
            )
        except Refused as refused:
            if not bought:
                raise
            return f"{len(bought)} of {buyers} orders were placed ({numbers(bought)}), then: {refused}"
        bought.append(order.id)
    return f"Order {numbers(bought)} placed."


def shopper(form: Form) -> dict[str, Any]:
    """A customer by number, or a guest by address."""
    if form.get("customer", "").isdigit() and form["customer"] != "0":
        return {"customer_id": int(form["customer"])}
    email = form.get("email", "").strip() or "robin.guest@example.com"
    first = email.partition("@")[0].partition(".")[0].title() or "Robin"
    return {"guest": Address(first_name=first, last_name="Guest", email=email), "locale": form.get("locale", "en")}


def pay_for(store: Store, form: Form) -> str:
    return f"Order {pay(the_world(), store, number(form, 'order')).id} is paid."


def ship_order(store: Store, form: Form) -> str:
    shipment = ship(the_world(), store, number(form, "order"), per_line(form) or None)
    units = sum(each.quantity for each in shipment.items)
    return f"Shipment {shipment.id} left with {units} units of order {shipment.order_id}."


def cancel_order(store: Store, form: Form) -> str:
    return f"Order {cancel(the_world(), store, number(form, 'order')).id} is canceled."


def refund_order(store: Store, form: Form) -> str:
    entry = refund(the_world(), store, number(form, "order"), per_line(form) or None, reason=form.get("reason", ""))
    return f"{entry.total:.2f} refunded on order {entry.order_id}. A refund moves no stock."


def change_status(store: Store, form: Form) -> str:
    order = set_status(the_world(), store, number(form, "order"), number(form, "status_id"))
    return f"Order {order.id} is now {STATUSES[order.status_id]}."


def edit_lines(store: Store, form: Form) -> str:
    """Quantities per line, and at most one product more."""
    edits = [LineEdit(line_id=line_id, quantity=quantity) for line_id, quantity in per_line(form, zero=True).items()]
    if form.get("item"):
        product_id, variant_id = item(form)
        edits.append(LineEdit(product_id=product_id, variant_id=variant_id, quantity=number(form, "quantity")))
    order = edit_order(the_world(), store, number(form, "order"), edits)
    return f"Order {order.id} has {order.items_total} items now."


def change_notes(store: Store, form: Form) -> str:
    order = write_notes(the_world(), store, number(form, "order"), staff_notes=form.get("staff_notes", ""))
    return f"The staff notes of order {order.id} are changed."


def archive_order(store: Store, form: Form) -> str:
    order_id = number(form, "order")
    if form.get("undo"):
        return f"Order {unarchive(the_world(), store, order_id).id} is back."
    return f"Order {archive(the_world(), store, order_id).id} is archived."


# Behavior


def flip_switches(_store: Store, form: Form) -> str:
    """Only what differs is written, so that a page that is a little old overwrites nothing."""
    world = the_world()
    changes = {}
    for each in world.switches.describe():
        if each["name"] in form:
            value = read_switch(form[each["name"]], each)
            if value != each["value"]:
                changes[each["name"]] = value
    world.switches = world.switches.changed(changes)
    return "Changed: " + ", ".join(f"{name} = {value}" for name, value in changes.items()) if changes else "No change."


def read_switch(words: str, switch: dict[str, Any]) -> Any:
    allowed = switch["allowed"]
    if isinstance(allowed, list):
        return next((option for option in allowed if str(option) == words), words)
    try:
        return int(words) if isinstance(switch["default"], int) else float(words)
    except ValueError as error:
        raise Unclear(f"{switch['name']} must be a number, not {words!r}.") from error


def plant_fault(_store: Store, form: Form) -> str:
    values: dict[str, Any] = {name: form[name] for name in ("kind", "method", "path", "when", "body") if form.get(name)}
    values |= {"status": number(form, "status", otherwise=500), "seconds": float(form.get("seconds") or 0)}
    values |= {"headers": form.get("headers") == "yes", "times": number(form, "times", otherwise=0) or None}
    fault = the_world().faults.plant(fault_from(values))
    return f"Fault {fault.id} is planted: {fault.kind} on {fault.method} {fault.path}."


def clear_faults(_store: Store, _form: Form) -> str:
    the_world().faults.clear()
    return "All faults are gone."


def steer_webhooks(store: Store, form: Form) -> str:
    """Hold deliveries back, let them go in some order, or send the newest once more."""
    engine = the_world().webhooks
    match form.get("wish"):
        case "hold":
            engine.hold()
            return "Deliveries are held back."
        case "kept" | "shuffled" | "reversed" as order:
            released = engine.release(order=order, copies=number(form, "copies", otherwise=0))
            return f"{released} deliveries let go, order {order}."
        case "again":
            again = engine.redeliver_recent(number(form, "count", otherwise=10), store_hash=store.hash)
            return f"{len(again)} deliveries go out once more."
        case other:
            raise Unclear(f"wish is {other!r}; allowed are hold, kept, shuffled, reversed, again.")


def redeliver(_store: Store, form: Form) -> str:
    delivery = the_world().webhooks.redeliver(number(form, "delivery"))
    if delivery is None:
        raise Unclear(f"There is no delivery {form['delivery']} any more.")
    return f"{delivery.event.scope} goes out once more."


def change_settings(store: Store, form: Form) -> str:
    """The store's inventory settings, and whether it has native backorders at all."""
    with the_world().acting():
        for name, allowed in SETTING_CHOICES.items():
            words = form.get(name, "")
            if words in allowed:
                store.settings.values[name] = words == "on" if allowed == ("on", "off") else words
        if form.get("native") in {"yes", "no"}:
            store.native_backorders = form["native"] == "yes"
    return "The store's settings are changed."


def change_storefront(store: Store, form: Form) -> str:
    """Cookie banner, content security policy, and the cache of scripts."""
    with the_world().acting():
        scripts.set_cookie_banner(store, shown=form.get("banner") == "yes")
        policy = form.get("csp", "").strip()
        store.security["csp_header"] = {"enabled": bool(policy), "header_value": policy}
    scripts.forget_cached(store.hash)
    return "The storefront is changed, and its script cache is empty."


# Reading forms


def item(form: Form) -> tuple[int, int]:
    """`product:variant`, as the lists of items give it."""
    product, _, variant = form.get("item", "").partition(":")
    if not (product.isdigit() and variant.isdigit()):
        raise Unclear("Choose an item first.")
    return int(product), int(variant)


def number(form: Form, name: str, *, otherwise: int | None = None) -> int:
    words = form.get(name, "").strip()
    if not words and otherwise is not None:
        return otherwise
    if not words.isdigit():
        raise Unclear(f"{name} must be a whole number, not {words!r}.")
    return int(words)


def per_line(form: Form, *, zero: bool = False) -> dict[int, int]:
    """Fields `line_17=2`; empty ones say nothing, and 0 counts only where it means something."""
    chosen = {}
    for name, words in form.items():
        line = name.removeprefix("line_")
        if name.startswith("line_") and line.isdigit() and words.strip().isdigit() and (zero or int(words)):
            chosen[int(line)] = int(words)
    return chosen


def numbers(ids: list[int]) -> str:
    return str(ids[0]) if len(ids) == 1 else f"{ids[0]}–{ids[-1]}"

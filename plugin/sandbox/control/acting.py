"""Being a shopper or a member of staff: buy, pay, ship, cancel, refund, edit, archive; count and receive goods."""

from typing import Any

from plugin.sandbox.actions.buying import Wanted, pay, place_order
from plugin.sandbox.actions.editing import LineEdit, edit_order
from plugin.sandbox.actions.refunding import refund
from plugin.sandbox.actions.shipping import Parcel, ship
from plugin.sandbox.actions.statuses import archive, cancel, set_status, unarchive, write_notes
from plugin.sandbox.actions.stockroom import receive_goods, set_backorder_limit, set_stock
from plugin.sandbox.control.operations import Act, BadRequest, Field, operation
from plugin.sandbox.control.shapes import cell_state, order_state
from plugin.sandbox.people import Address

ORDER = "/stores/<store_hash>/orders/<int:order_id>"
ITEM = {
    "product_id": Field("integer", "The product.", required=True),
    "variant_id": Field("integer", "Its variant; the first one without it."),
    "location_id": Field("integer", "Where; 1 without it."),
}


@operation(
    "POST",
    "/stores/<store_hash>/orders",
    "Buy, exactly as the storefront's checkout does. 409 with `shortages` when there is not enough.",
    body={
        "lines": Field(
            "array", "Objects with product_id, quantity, variant_id; product 0 with name and price.", required=True
        ),
        "customer_id": Field("integer", "A customer; a guest without it."),
        "guest": Field("object", "first_name, last_name, email and more of an address."),
        "addresses": Field("array", "Ship to several addresses; a line's `address` is the index of one."),
        "locale": Field("string", "Language of the shopper."),
        "pay": Field("boolean", "false leaves the order incomplete (status 0)."),
        "status_id": Field("integer", "Status after payment; 11 without it."),
        "customer_message": Field("string", "The shopper's comment."),
        "source": Field("string", "www, or manual for an order typed in by staff."),
        "external_source": Field("string", "M-MIG for imported history."),
        "channel_id": Field("integer"),
    },
    status=201,
)
def buy(act: Act) -> Any:
    body = dict(act.body)
    lines = [wanted(row) for row in body.pop("lines")]
    guest = body.pop("guest", None)
    addresses = body.pop("addresses", None)
    order = place_order(
        act.world,
        act.store,
        lines,
        guest=None if guest is None else address(guest),
        addresses=None if addresses is None else [address(each) for each in addresses],
        **body,
    )
    return order_state(act.store, order)


def wanted(row: Any) -> Wanted:
    known = set(Wanted.__slots__)
    if not isinstance(row, dict) or not isinstance(row.get("product_id"), int) or set(row) - known:
        raise BadRequest(f"A line is an object with product_id and any of {', '.join(sorted(known))}, not {row!r}.")
    return Wanted(**row)


def address(sent: Any) -> Address:
    known = set(Address.__slots__)
    if not isinstance(sent, dict) or set(sent) - known:
        raise BadRequest(f"An address is an object with any of {', '.join(sorted(known))}.")
    return Address(**{"first_name": "Robin", "last_name": "Guest", "email": "robin.guest@example.com", **sent})


@operation("POST", f"{ORDER}/pay", "Pay an incomplete order.")
def pay_order(act: Act) -> Any:
    return order_state(act.store, pay(act.world, act.store, act.ids["order_id"]))


@operation(
    "POST",
    f"{ORDER}/ship",
    "Ship some units, or everything that is open.",
    body={
        "items": Field("object", "Units per line id; everything open without it."),
        "tracking_number": Field("string"),
        "comments": Field("string"),
    },
    status=201,
)
def ship_order(act: Act) -> Any:
    parcel = Parcel(tracking_number=act.body.get("tracking_number", ""), comments=act.body.get("comments", ""))
    ship(act.world, act.store, act.ids["order_id"], units(act), parcel=parcel)
    return order_state(act.store, act.store.orders[act.ids["order_id"]])


def units(act: Act) -> dict[int, int] | None:
    sent = act.body.get("items")
    if sent is None:
        return None
    if not all(name.isdigit() and isinstance(number, int) for name, number in sent.items()):
        raise BadRequest("items maps line ids to numbers of units.")
    return {int(name): number for name, number in sent.items()}


@operation("POST", f"{ORDER}/cancel", "Cancel (status 5).")
def cancel_order(act: Act) -> Any:
    return order_state(act.store, cancel(act.world, act.store, act.ids["order_id"]))


@operation(
    "POST",
    f"{ORDER}/refund",
    "Refund some units, or all. Stock does not move.",
    body={"items": Field("object", "Units per line id; all without it."), "reason": Field("string")},
    status=201,
)
def refund_order(act: Act) -> Any:
    refund(act.world, act.store, act.ids["order_id"], units(act), reason=act.body.get("reason", ""))
    return order_state(act.store, act.store.orders[act.ids["order_id"]])


@operation(
    "POST",
    f"{ORDER}/status",
    "Set the status by hand, with the effect on stock the store's settings ask for.",
    body={"status_id": Field("integer", required=True)},
)
def order_status(act: Act) -> Any:
    return order_state(act.store, set_status(act.world, act.store, act.ids["order_id"], act.body["status_id"]))


@operation(
    "POST",
    f"{ORDER}/edit",
    "Change lines: with line_id that line (quantity 0 removes it), without it a new product.",
    body={"lines": Field("array", "Objects with line_id or product_id, variant_id, and quantity.", required=True)},
)
def edit(act: Act) -> Any:
    edits = []
    for row in act.body["lines"]:
        if not isinstance(row, dict) or set(row) - set(LineEdit.__slots__):
            raise BadRequest(f"A line edit is an object with any of {', '.join(LineEdit.__slots__)}.")
        edits.append(LineEdit(**row))
    return order_state(act.store, edit_order(act.world, act.store, act.ids["order_id"], edits))


@operation("POST", f"{ORDER}/archive", "Archive: what the control panel calls deleting.")
def archive_order(act: Act) -> Any:
    return order_state(act.store, archive(act.world, act.store, act.ids["order_id"]))


@operation("POST", f"{ORDER}/unarchive", "Take an order back out of the archive.")
def unarchive_order(act: Act) -> Any:
    return order_state(act.store, unarchive(act.world, act.store, act.ids["order_id"]))


@operation(
    "POST",
    f"{ORDER}/notes",
    "Overwrite the staff notes or the shopper's message.",
    body={"staff_notes": Field("string"), "customer_message": Field("string")},
)
def notes(act: Act) -> Any:
    return order_state(act.store, write_notes(act.world, act.store, act.ids["order_id"], **act.body))


@operation(
    "POST",
    "/stores/<store_hash>/stock/set",
    "Write the number of units on hand, as a person or an ERP does.",
    body={**ITEM, "on_hand": Field("integer", required=True)},
)
def stock_set(act: Act) -> Any:
    body = dict(act.body)
    cell = set_stock(act.world, act.store, body.pop("product_id"), body.pop("on_hand"), **body)
    return cell_state(act.store, cell)


@operation(
    "POST",
    "/stores/<store_hash>/stock/receive",
    "Goods arrive.",
    body={**ITEM, "units": Field("integer", required=True)},
)
def stock_receive(act: Act) -> Any:
    body = dict(act.body)
    cell = receive_goods(act.world, act.store, body.pop("product_id"), body.pop("units"), **body)
    return cell_state(act.store, cell)


@operation(
    "POST",
    "/stores/<store_hash>/stock/limit",
    "Set the native backorder limit, as a merchant would in the control panel.",
    body={**ITEM, "limit": Field("integer", required=True)},
)
def stock_limit(act: Act) -> Any:
    body = dict(act.body)
    cell = set_backorder_limit(act.world, act.store, body.pop("product_id"), body.pop("limit"), **body)
    return cell_state(act.store, cell)

"""What hangs on an order in v2: lines, addresses, consignments, fees, coupons, taxes, messages, shipments."""

from decimal import Decimal
from typing import Any

from plugin.sandbox.actions.shipping import Parcel, change_shipment, delete_shipment, ship
from plugin.sandbox.order import OrderLine, Shipment
from plugin.sandbox.rest.envelope import Answer, v2_list
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.order_shapes import consignments_json, line_json, shipment_json, shipping_address_json
from plugin.sandbox.rest.orders import READ, WRITE, the_order
from plugin.sandbox.rest.refusal import v2_refusal

PROVIDERS = (
    "", "auspost", "canadapost", "endicia", "usps", "fedex", "royalmail", "ups", "upsready", "upsonline", "shipperhq",
)  # fmt: skip
PAPERS = {
    "tracking_number": 50,
    "tracking_link": 500,
    "tracking_carrier": 100,
    "shipping_method": 100,
    "comments": 65_535,
}


@route("GET", "/v2/orders/<int:order_id>/products", scopes=READ)
def list_lines(call: Call) -> Answer:
    order = the_order(call)
    return v2_list(call.args, order.lines, lambda line: line_json(call.world, call.store, line))


@route("GET", "/v2/orders/<int:order_id>/products/<int:line_id>", scopes=READ)
def read_line(call: Call) -> Answer:
    line = the_order(call).line(call.ids["line_id"])
    if line is None:
        raise call.not_found()
    return Answer(200, line_json(call.world, call.store, line))


@route("GET", "/v2/orders/<int:order_id>/shipping_addresses", scopes=READ)
@route("GET", "/v2/orders/<int:order_id>/shippingaddresses", scopes=READ)
def list_addresses(call: Call) -> Answer:
    order = the_order(call)
    return v2_list(
        call.args, order.addresses, lambda address: shipping_address_json(call.world, call.store, order, address)
    )


@route("GET", "/v2/orders/<int:order_id>/consignments", scopes=READ)
def read_consignments(call: Call) -> Answer:
    with_lines = "line_items" in call.args.get("include", "")
    return Answer(200, consignments_json(call.world, call.store, the_order(call), with_lines=with_lines))


@route("GET", "/v2/orders/<int:order_id>/fees", scopes=READ)
def list_fees(call: Call) -> Answer:
    return v2_list(call.args, the_order(call).fees, lambda fee: fee)


@route("GET", "/v2/orders/<int:order_id>/messages", scopes=READ)
def list_messages(call: Call) -> Answer:
    return v2_list(call.args, the_order(call).messages, lambda message: message)


@route("GET", "/v2/orders/<int:order_id>/coupons", scopes=READ)
@route("GET", "/v2/orders/<int:order_id>/taxes", scopes=READ)
def list_nothing(call: Call) -> Answer:
    """The store grants no coupons and collects no taxes."""
    the_order(call)
    return Answer(204)


@route("GET", "/v2/orders/<int:order_id>/shipments", scopes=READ)
def list_shipments(call: Call) -> Answer:
    order = the_order(call)
    return v2_list(call.args, order.shipments, lambda shipment: shipment_json(order, shipment))


@route("GET", "/v2/orders/<int:order_id>/shipments/count", scopes=READ)
def count_shipments(call: Call) -> Answer:
    return Answer(200, {"count": len(the_order(call).shipments)})


@route("POST", "/v2/orders/<int:order_id>/shipments", scopes=WRITE)
def create_shipment(call: Call) -> Answer:
    order, body = the_order(call), call.object()
    address_id = body.get("order_address_id")
    if address_id not in {address.id for address in order.addresses}:
        raise v2_refusal(400, "The required field 'order_address_id' was not supplied or is invalid.")
    check_papers(body)
    items = shipped_items(body.get("items"), order.lines)
    papers = {name: str(body[name]) for name in PAPERS if body.get(name) is not None}
    parcel = Parcel(
        shipping_provider=str(body.get("shipping_provider", "")),
        merchant_shipping_cost=Decimal(str(body.get("merchant_shipping_cost") or 0)),
        **papers,
    )
    shipment = ship(call.world, call.store, order.id, items, address_id=address_id, parcel=parcel)
    return Answer(201, shipment_json(order, shipment))


def shipped_items(sent: Any, lines: list[OrderLine]) -> dict[int, int]:
    if not isinstance(sent, list) or not sent:
        raise v2_refusal(400, "The required field 'items' was not supplied.")
    known = {line.id: line for line in lines}
    items: dict[int, int] = {}
    for each in sent:
        line_id = each.get("order_product_id") if isinstance(each, dict) else None
        quantity = each.get("quantity") if isinstance(each, dict) else None
        if line_id not in known or not isinstance(quantity, int):
            raise v2_refusal(400, "The field 'items' is invalid.")
        if not 0 < items.get(line_id, 0) + quantity <= known[line_id].open_quantity:
            raise v2_refusal(400, f"The quantity of order product {line_id} is invalid.")
        items[line_id] = items.get(line_id, 0) + quantity
    return items


def check_papers(body: dict[str, Any]) -> None:
    for name, longest in PAPERS.items():
        if len(str(body.get(name) or "")) > longest:
            raise v2_refusal(400, f"The field '{name}' is longer than {longest} characters.")
    provider = str(body.get("shipping_provider", ""))
    if provider not in PROVIDERS and not provider.startswith("carrier_"):
        raise v2_refusal(400, "The field 'shipping_provider' is invalid.")


def the_shipment(call: Call) -> Shipment:
    for shipment in the_order(call).shipments:
        if shipment.id == call.ids["shipment_id"]:
            return shipment
    raise call.not_found()


@route("GET", "/v2/orders/<int:order_id>/shipments/<int:shipment_id>", scopes=READ)
def read_shipment(call: Call) -> Answer:
    return Answer(200, shipment_json(the_order(call), the_shipment(call)))


@route("PUT", "/v2/orders/<int:order_id>/shipments/<int:shipment_id>", scopes=WRITE)
def put_shipment(call: Call) -> Answer:
    order, body = the_order(call), call.object()
    check_papers(body)
    changes = {name: str(body[name]) for name in (*PAPERS, "shipping_provider") if name in body}
    shipment = change_shipment(call.world, call.store, order.id, the_shipment(call).id, changes)
    return Answer(200, shipment_json(order, shipment))


@route("DELETE", "/v2/orders/<int:order_id>/shipments/<int:shipment_id>", scopes=WRITE)
def remove_shipment(call: Call) -> Answer:
    delete_shipment(call.world, call.store, the_order(call).id, the_shipment(call).id)
    return Answer(204)


@route("DELETE", "/v2/orders/<int:order_id>/shipments", scopes=WRITE)
def remove_all_shipments(call: Call) -> Answer:
    order = the_order(call)
    for shipment in list(order.shipments):
        delete_shipment(call.world, call.store, order.id, shipment.id)
    return Answer(204)

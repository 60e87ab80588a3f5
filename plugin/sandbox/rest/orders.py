"""`/v2/orders`: lists with filters and `include`, one order, changes, archiving. Parts of an order are in `order_parts`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.actions.editing import LineEdit, edit_order
from plugin.sandbox.actions.statuses import archive, set_status, unarchive, write_notes
from plugin.sandbox.order import AWAITING_FULFILLMENT, PENDING, STATUSES, Order
from plugin.sandbox.people import Address
from plugin.sandbox.rest.envelope import Answer, read_date, v2_list, whole_number
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.order_shapes import consignments_json, order_json
from plugin.sandbox.rest.refusal import v2_refusal

READ = ("store_v2_orders", "store_v2_orders_read_only")
WRITE = ("store_v2_orders",)
INCLUDES = {"consignments", "consignments.line_items", "fees"}
SORTS: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "customer_id": lambda order: order.customer_id,
    "date_created": lambda order: order.created_at,
    "date_modified": lambda order: order.modified_at,
    "status_id": lambda order: order.status_id,
    "channel_id": lambda order: order.channel_id,
    "external_id": lambda order: order.external_order_id,
}
Test = Callable[[Order], bool]


@route("GET", "/v2/orders", scopes=READ)
def list_orders(call: Call) -> Answer:
    include = includes(call)
    orders = matching(call)
    return v2_list(call.args, orders, lambda order: shown(call, order, include))


def includes(call: Call) -> set[str]:
    names = {part.strip() for part in call.args.get("include", "").split(",") if part.strip()}
    unknown = names - INCLUDES
    if unknown:
        raise v2_refusal(400, f"The value '{min(unknown)}' of the field 'include' is invalid.")
    return names


def shown(call: Call, order: Order, include: set[str]) -> dict[str, Any]:
    """Without `consignment_structure=object` consignments are a link."""
    body = order_json(call.world, call.store, order)
    if include & {"consignments", "consignments.line_items"}:
        with_lines = "consignments.line_items" in include
        if call.args.get("consignment_structure") == "object":
            body["consignments"] = consignments_json(call.world, call.store, order, with_lines=with_lines)
        else:
            groups = consignments_json(call.world, call.store, order, with_lines=with_lines)
            body["consignments"] = [
                {"type": kind, **group} for kind in ("shipping", "downloads") for group in groups[kind]
            ]
    else:
        resource = f"/orders/{order.id}/consignments"
        url = f"{call.world.public_url}/stores/{call.store.hash}/v2{resource}"
        body["consignments"] = {"url": url, "resource": resource}
    if "fees" in include:
        body["fees"] = order.fees
    return body


def matching(call: Call) -> list[Order]:
    """Unknown filters are ignored in v2; a value that cannot be read is a 400."""
    tests = [*number_tests(call), *text_tests(call), *date_tests(call)]
    if not call.world.switches.archived_in_lists and call.args.get("is_deleted") != "true":
        tests.append(lambda order: not order.is_deleted)
    now = call.world.clock.timestamp()
    found = [
        order for order in call.store.orders.values() if order.readable_at <= now and all(test(order) for test in tests)
    ]
    field, _, direction = call.args.get("sort", "id:asc").partition(":")
    if field not in SORTS or direction not in ("", "asc", "desc"):
        raise v2_refusal(400, "The field 'sort' is invalid.")
    found.sort(key=lambda order: order.id)
    found.sort(key=SORTS[field], reverse=direction == "desc")
    return found


def number_tests(call: Call) -> list[Test]:
    tests: list[Test] = []
    for name, field in (("customer_id", "customer_id"), ("status_id", "status_id"), ("channel_id", "channel_id")):
        if name in call.args:
            wanted = read_number(call, name)
            tests.append(lambda order, field=field, wanted=wanted: getattr(order, field) == wanted)  # type: ignore[misc]
    if "min_id" in call.args:
        least = read_number(call, "min_id")
        tests.append(lambda order: order.id >= least)
    if "max_id" in call.args:
        most = read_number(call, "max_id")
        tests.append(lambda order: order.id <= most)
    if "min_total" in call.args:
        least_total = read_money(call, "min_total")
        tests.append(lambda order: order.total >= least_total)
    if "max_total" in call.args:
        most_total = read_money(call, "max_total")
        tests.append(lambda order: order.total <= most_total)
    return tests


def read_number(call: Call, name: str) -> int:
    number = whole_number(call.args[name])
    if number is None:
        raise v2_refusal(400, f"The field '{name}' is invalid.")
    return number


def read_money(call: Call, name: str) -> Decimal:
    try:
        return Decimal(call.args[name])
    except InvalidOperation:
        raise v2_refusal(400, f"The field '{name}' is invalid.") from None


def text_tests(call: Call) -> list[Test]:
    tests: list[Test] = []
    fields: dict[str, Callable[[Order], str]] = {
        "email": lambda order: order.billing.email,
        "cart_id": lambda order: order.cart_id,
        "payment_method": lambda order: order.payment_method,
        "external_order_id": lambda order: order.external_order_id,
    }
    for name, value_of in fields.items():
        if name in call.args:
            wanted = call.args[name]
            tests.append(lambda order, value_of=value_of, wanted=wanted: value_of(order) == wanted)  # type: ignore[misc]
    return tests


def date_tests(call: Call) -> list[Test]:
    tests: list[Test] = []
    if "min_date_created" in call.args:
        created_from = read_moment(call, "min_date_created")
        tests.append(lambda order: seconds(order.created_at) >= created_from)
    if "max_date_created" in call.args:
        created_to = read_moment(call, "max_date_created")
        tests.append(lambda order: seconds(order.created_at) <= created_to)
    if "min_date_modified" in call.args:
        modified_from = read_moment(call, "min_date_modified")
        tests.append(lambda order: seconds(order.modified_at) >= modified_from)
    if "max_date_modified" in call.args:
        modified_to = read_moment(call, "max_date_modified")
        tests.append(lambda order: seconds(order.modified_at) <= modified_to)
    return tests


def read_moment(call: Call, name: str) -> int:
    moment = read_date(call.args[name])
    if moment is None:
        raise v2_refusal(400, f"The field '{name}' is invalid.")
    return seconds(moment)


def seconds(moment: datetime) -> int:
    """v2 knows whole seconds only."""
    return int(moment.timestamp())


@route("GET", "/v2/orders/count", scopes=READ)
def count_orders(call: Call) -> Answer:
    orders = [order for order in call.store.orders.values() if not order.is_deleted]
    counts = dict.fromkeys(STATUSES, 0)
    for order in orders:
        counts[order.status_id] += 1
    statuses = [
        {**status_json(status_id), "count": count, "sort_order": status_id} for status_id, count in counts.items()
    ]
    return Answer(200, {"statuses": statuses, "count": len(orders)})


def status_json(status_id: int) -> dict[str, Any]:
    label = STATUSES[status_id]
    return {
        "id": status_id,
        "name": label,
        "system_label": label,
        "custom_label": label,
        "system_description": f"The order is in the state {label}.",
    }


@route("GET", "/v2/order_statuses", scopes=READ)
def list_statuses(_call: Call) -> Answer:
    return Answer(200, [{**status_json(status_id), "order": status_id} for status_id in STATUSES])


@route("GET", "/v2/order_statuses/<int:status_id>", scopes=READ)
def read_status(call: Call) -> Answer:
    if call.ids["status_id"] not in STATUSES:
        raise call.not_found()
    return Answer(200, {**status_json(call.ids["status_id"]), "order": call.ids["status_id"]})


def the_order(call: Call) -> Order:
    order = call.store.orders.get(call.ids["order_id"])
    if order is None or order.readable_at > call.world.clock.timestamp():
        raise call.not_found()
    return order


@route("GET", "/v2/orders/<int:order_id>", scopes=READ)
def read_order(call: Call) -> Answer:
    return Answer(200, shown(call, the_order(call), includes(call)))


@route("DELETE", "/v2/orders/<int:order_id>", scopes=WRITE)
def delete_order(call: Call) -> Answer:
    archive(call.world, call.store, the_order(call).id)
    return Answer(204)


@route("PUT", "/v2/orders/<int:order_id>", scopes=WRITE)
def change_order(call: Call) -> Answer:
    """Only what is sent changes. `products` is a patch of lines and costs the touched lines their discounts."""
    order, body = the_order(call), call.object()
    check_change(body)
    if "products" in body:
        edit_order(call.world, call.store, order.id, [line_edit(each) for each in body["products"]])
    if "external_order_id" in body:
        order.external_order_id = str(body["external_order_id"])
    if "staff_notes" in body or "customer_message" in body or "external_order_id" in body:
        write_notes(
            call.world,
            call.store,
            order.id,
            staff_notes=body.get("staff_notes"),
            customer_message=body.get("customer_message"),
        )
    if "is_deleted" in body:
        (archive if body["is_deleted"] else unarchive)(call.world, call.store, order.id)
    if "status_id" in body:
        set_status(call.world, call.store, order.id, body["status_id"])
    return Answer(200, shown(call, order, set()))


TYPES: dict[str, type] = {
    "staff_notes": str,
    "customer_message": str,
    "external_order_id": str,
    "status_id": int,
    "is_deleted": bool,
    "products": list,
}


def check_change(body: dict[str, Any]) -> None:
    for name, kind in TYPES.items():
        if name in body and (not isinstance(body[name], kind) or (kind is int and isinstance(body[name], bool))):
            raise v2_refusal(400, f"The field '{name}' is invalid.")
    if body.get("status_id", 0) not in STATUSES:
        raise v2_refusal(400, "The field 'status_id' is invalid.")
    if not all(isinstance(each, dict) for each in body.get("products", [])):
        raise v2_refusal(400, "The field 'products' is invalid.")


def line_edit(sent: dict[str, Any]) -> LineEdit:
    numbers = {}
    for name in ("id", "quantity", "product_id", "variant_id", "quantity_backordered"):
        value = sent.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise v2_refusal(400, f"The field 'products.{name}' is invalid.")
        numbers[name] = value
    return LineEdit(
        line_id=numbers["id"],
        quantity=numbers["quantity"],
        product_id=numbers["product_id"],
        variant_id=numbers["variant_id"],
        quantity_backordered=numbers["quantity_backordered"],
    )


@route("POST", "/v2/orders", scopes=WRITE)
def create_order(call: Call) -> Answer:
    """A manual order: the store's global settings decide what it does to stock."""
    body = call.object()
    check_change({name: value for name, value in body.items() if name in TYPES})
    billing = body.get("billing_address")
    if not isinstance(billing, dict) or not body.get("products"):
        raise v2_refusal(400, "The required field 'billing_address' or 'products' was not supplied.")
    order = place_order(
        call.world,
        call.store,
        [wanted(each) for each in body["products"]],
        customer_id=int(body.get("customer_id", 0)),
        guest=address_from(billing),
        channel_id=int(body.get("channel_id", 1)),
        source="external",
        external_source=body.get("external_source"),
        customer_message=str(body.get("customer_message", "")),
        status_id=int(body.get("status_id", PENDING)) or AWAITING_FULFILLMENT,
        pay=body.get("status_id", PENDING) != 0,
    )
    order.staff_notes = str(body.get("staff_notes", ""))
    order.external_order_id = str(body.get("external_order_id", ""))
    return Answer(200, shown(call, order, set()))


def wanted(sent: dict[str, Any]) -> Wanted:
    price = sent.get("price_ex_tax", sent.get("price_inc_tax"))
    return Wanted(
        product_id=int(sent.get("product_id", 0)),
        variant_id=sent.get("variant_id"),
        quantity=int(sent.get("quantity", 1)),
        name=str(sent.get("name", "")),
        price=None if price is None else Decimal(str(price)),
    )


def address_from(sent: dict[str, Any]) -> Address:
    known = {name: str(value) for name, value in sent.items() if name in Address.__slots__}
    return Address(**{"first_name": "", "last_name": "", "email": "", **known})

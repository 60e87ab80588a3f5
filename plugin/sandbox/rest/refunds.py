"""`/v3/orders/…/payment_actions`: a quote first, then the refund with the quoted amount. Stock never moves."""

from decimal import Decimal
from typing import Any

from plugin.sandbox.actions.refunding import record_refund
from plugin.sandbox.order import Order, Refund, RefundedItem
from plugin.sandbox.rest.envelope import Answer, id_list, iso8601, read_date, refuse_unknown_filters, v3_one
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.orders import the_order
from plugin.sandbox.rest.refusal import TYPE, ApiRefusal, missing, v3_refusal

SCOPES = ("store_v2_orders", "store_v2_transactions")
READ = (*SCOPES, "store_v2_orders_read_only", "store_v2_transactions_read_only")
ITEM_TYPES = ("PRODUCT", "GIFT_WRAPPING", "SHIPPING", "HANDLING", "ORDER", "FEE", "TAX")
CENT = Decimal("0.01")


@route("POST", "/v3/orders/<int:order_id>/payment_actions/refund_quotes", scopes=SCOPES)
def quote(call: Call) -> Answer:
    order = the_order(call)
    items = refunded_items(call, order)
    total = sum((item.amount for item in items), Decimal(0))
    method = {
        "provider_id": "custom",
        "provider_description": order.payment_method,
        "amount": float(total),
        "offline": True,
        "offline_provider": True,
        "offline_reason": "This payment provider does not support refunds.",
    }
    body = {
        "order_id": order.id,
        "total_refund_amount": float(total),
        "total_refund_tax_amount": 0,
        "order_level_refund_amount": 0,
        "rounding": 0,
        "adjustment": 0,
        "tax_inclusive": False,
        "refund_methods": [[method]],
    }
    return v3_one(body, status=201)


def refunded_items(call: Call, order: Order) -> list[RefundedItem]:
    body = call.object()
    sent = body.get("items")
    if not isinstance(sent, list) or not sent:
        raise missing("items")
    return [refunded_item(order, each, number) for number, each in enumerate(sent)]


def refunded_item(order: Order, sent: Any, number: int) -> RefundedItem:
    if not isinstance(sent, dict) or sent.get("item_type") not in ITEM_TYPES:
        raise missing(f"items[{number}].item_type", "error.expected.validenumvalue")
    item_id = sent.get("item_id")
    reason = str(sent.get("reason", ""))
    if sent["item_type"] != "PRODUCT":
        amount = sent.get("amount")
        if not isinstance(amount, int | float) or amount <= 0:
            raise missing(f"items[{number}].amount")
        return RefundedItem(
            item_type=sent["item_type"], item_id=item_id or 0, quantity=1, amount=Decimal(str(amount)), reason=reason
        )
    line = order.line(item_id) if isinstance(item_id, int) else None
    quantity = sent.get("quantity")
    if line is None or not isinstance(quantity, int):
        raise refused(f"Order product {item_id} is not part of order {order.id}.")
    if not 0 < quantity <= line.quantity - line.quantity_refunded:
        raise refused(f"Order product {item_id} cannot be refunded in quantity {quantity}.")
    return RefundedItem(
        item_type="PRODUCT", item_id=line.id, quantity=quantity, amount=line.price * quantity, reason=reason
    )


def refused(title: str) -> ApiRefusal:
    """Refund errors stand inside `data`."""
    return ApiRefusal(422, {"data": [{"status": 422, "title": title, "type": TYPE}]})


@route("POST", "/v3/orders/<int:order_id>/payment_actions/refunds", scopes=SCOPES)
def create_refund(call: Call) -> Answer:
    order = the_order(call)
    items = refunded_items(call, order)
    payments = call.object().get("payments")
    if not isinstance(payments, list) or not payments:
        raise missing("payments")
    total = sum((item.amount for item in items), Decimal(0))
    paid = sum((Decimal(str(each.get("amount", 0))) for each in payments if isinstance(each, dict)), Decimal(0))
    if abs(total - paid) >= CENT:
        raise refused("The payments do not add up to the refund quote.")
    reason = str(call.object().get("reason", "")) or items[0].reason
    entry = record_refund(call.world, call.store, order, items, reason=reason, payments=payments)
    return v3_one(refund_json(entry), status=201)


def refund_json(entry: Refund) -> dict[str, Any]:
    return {
        "id": entry.id,
        "order_id": entry.order_id,
        "user_id": 0,
        "created": iso8601(entry.created_at),
        "reason": entry.reason,
        "total_amount": float(entry.total),
        "total_tax": 0,
        "uses_merchant_override_values": False,
        "payments": [
            {"id": number, "is_declined": False, "declined_message": "", **payment}
            for number, payment in enumerate(entry.payments, start=1)
        ],
        "items": [
            {
                "item_type": item.item_type,
                "item_id": item.item_id,
                "quantity": item.quantity,
                "requested_amount": float(item.amount),
                "reason": item.reason,
            }
            for item in entry.items
        ],
    }


@route("GET", "/v3/orders/<int:order_id>/payment_actions/refunds", scopes=READ)
def list_order_refunds(call: Call) -> Answer:
    return v3_one([refund_json(entry) for entry in the_order(call).refunds])


@route("GET", "/v3/orders/payment_actions/refunds/<int:refund_id>", scopes=READ)
def read_refund(call: Call) -> Answer:
    entry = call.store.refunds.get(call.ids["refund_id"])
    if entry is None:
        raise call.not_found()
    return v3_one(refund_json(entry))


@route("GET", "/v3/orders/payment_actions/refunds", scopes=READ)
def list_refunds(call: Call) -> Answer:
    known = ("order_id:in", "id:in", "created:min", "created:max", "page", "limit")
    refuse_unknown_filters(call.args, call.query, known)
    orders, ids = id_list(call.args, "order_id:in"), id_list(call.args, "id:in")
    entries = [
        entry
        for entry in call.store.refunds.values()
        if (orders is None or entry.order_id in orders) and (ids is None or entry.id in ids)
    ]
    for name, keeps_later in (("created:min", True), ("created:max", False)):
        if name in call.args:
            moment = read_date(call.args[name])
            if moment is None:
                raise v3_refusal(422, f"The filter {name} is invalid.")
            entries = [
                each for each in entries if (each.created_at >= moment if keeps_later else each.created_at <= moment)
            ]
    return v3_one([refund_json(entry) for entry in entries])

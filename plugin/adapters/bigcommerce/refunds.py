"""Money back through the orders API: look for our marker, ask for a quote, make the refund with exactly that amount.

There are no idempotency keys, so the marker in the reason is how a refund is found again whose answer never came.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import RefundMade, RefundRequest

STORE_CREDIT = "storecredit"
WITH_CONSIGNMENTS = {"include": "consignments", "consignment_structure": "object"}


def make_refund(client: BigCommerceClient, request: RefundRequest) -> RefundMade:
    """Once: what an earlier try has already made is the answer."""
    made = _find(client, request)
    if made:
        return made
    order = _order(client, request)
    items = _items(request, order)
    quote = _quote(client, request, items)
    payments = _payments(quote, request)
    body = {"items": items, "payments": payments}
    path = f"{_path(request)}/refunds"
    answer = client.call(Call(method="POST", path=path, json=body, is_repeatable=False))
    return _made(answer.data, request, currency=_currency(order))


def quote_refund(client: BigCommerceClient, request: RefundRequest) -> RefundMade:
    order = _order(client, request)
    quote = _quote(client, request, _items(request, order))
    is_offline = any(bool(payment.get("offline")) for payment in _payments(quote, request))
    return RefundMade(f"{_amount(quote.get('total_refund_amount'), request):.2f} {_currency(order)}", is_offline)


def _find(client: BigCommerceClient, request: RefundRequest) -> RefundMade | None:
    rows = client.call(Call(method="GET", path=f"{_path(request)}/refunds")).rows
    for row in _objects(rows):
        reasons = [row.get("reason"), *(item.get("reason") for item in _objects(row.get("items")))]
        if any(request.marker in str(reason) for reason in reasons):
            return _made(row, request, currency=_currency(_order(client, request)))
    return None


def _quote(client: BigCommerceClient, request: RefundRequest, items: list[dict[str, Any]]) -> dict[str, Any]:
    # A quote changes nothing, so it may be asked for again.
    answer = client.call(Call(method="POST", path=f"{_path(request)}/refund_quotes", json={"items": items}))
    if not isinstance(answer.data, dict):
        raise GiveUp(
            "rejected", said("The store's refund quote for order %(order)s cannot be read.", order=request.order_id)
        )
    return answer.data


def _items(request: RefundRequest, order: dict[str, Any]) -> list[dict[str, Any]]:
    reason = f"Cancelled before it was sent {request.marker}"
    items: list[dict[str, Any]] = [
        {"item_type": "PRODUCT", "item_id": line, "quantity": units, "reason": reason}
        for line, units in sorted(request.units.items())
    ]
    return items + (_delivery(order, reason) if request.with_shipping else [])


def _delivery(order: dict[str, Any], reason: str) -> list[dict[str, Any]]:
    """What sending and handling cost, by consignment."""
    consignments = order.get("consignments")
    shipping = consignments.get("shipping") if isinstance(consignments, dict) else None
    costs = (("SHIPPING", "cost_inc_tax"), ("HANDLING", "handling_cost_inc_tax"))
    return [
        {"item_type": kind, "item_id": consignment["id"], "amount": float(amount), "reason": reason}
        for consignment in _objects(shipping)
        if "id" in consignment
        for kind, field in costs
        if (amount := _decimal(consignment.get(field))) and amount > 0
    ]


def _payments(quote: dict[str, Any], request: RefundRequest) -> list[dict[str, Any]]:
    """The way the money came; store credit is no substitute, and a way that needs no hands goes first."""
    ways = [list(_objects(way)) for way in quote.get("refund_methods") or () if isinstance(way, list)]
    ways = [way for way in ways if way]
    if not ways:
        raise GiveUp("rejected", said("The store names no way to refund order %(order)s.", order=request.order_id))
    best = min(ways, key=lambda way: (_uses_credit(way), any(payment.get("offline") for payment in way)))
    return [
        {
            "provider_id": str(payment.get("provider_id", "")),
            "amount": payment.get("amount"),
            "offline": bool(payment.get("offline")),
        }
        for payment in best
    ]


def _uses_credit(way: Iterable[dict[str, Any]]) -> bool:
    return any(payment.get("provider_id") == STORE_CREDIT for payment in way)


def _made(row: Any, request: RefundRequest, *, currency: str) -> RefundMade:
    if not isinstance(row, dict) or not isinstance(row.get("id"), int):
        raise GiveUp(
            "rejected",
            said(
                "The store's refund of order %(order)s cannot be read; look before repeating.", order=request.order_id
            ),
        )
    is_offline = any(bool(payment.get("offline")) for payment in _objects(row.get("payments")))
    return RefundMade(f"{_amount(row.get('total_amount'), request):.2f} {currency}", is_offline, row["id"])


def _order(client: BigCommerceClient, request: RefundRequest) -> dict[str, Any]:
    query = WITH_CONSIGNMENTS if request.with_shipping else {}
    body = client.call(Call(method="GET", path=f"/v2/orders/{request.order_id}", query=query)).body
    return body if isinstance(body, dict) else {}


def _currency(order: dict[str, Any]) -> str:
    return str(order.get("currency_code") or "")[:3]


def _path(request: RefundRequest) -> str:
    return f"/v3/orders/{request.order_id}/payment_actions"


def _amount(value: Any, request: RefundRequest) -> Decimal:
    amount = _decimal(value)
    if amount is None:
        raise GiveUp("rejected", said("The store's amount for order %(order)s is no number.", order=request.order_id))
    return amount


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _objects(rows: Any) -> Iterable[dict[str, Any]]:
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()

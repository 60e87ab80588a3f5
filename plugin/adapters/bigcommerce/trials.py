"""A test order in a sandbox store, through the orders API: marked as what it is, found again by its mark, cancelled.

An order has no idempotency key, so the mark in `external_order_id` is how one is found whose answer never came.
"""

from typing import Any

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.adapters.bigcommerce.payloads import OrderPayload, StorePayload, read
from plugin.domain.ids import OrderId
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import TrialOrder

AWAITING_FULFILLMENT, CANCELLED = 11, 5
SOURCE = "Backorder"
NOTES = "TEST ORDER placed by Backorder in a sandbox store. Nobody pays for it and nothing is to be sent."


def place_trial_order(client: BigCommerceClient, order: TrialOrder) -> OrderId:
    """Once: what an earlier try has already placed is the answer."""
    placed = client.call(Call(method="GET", path="/v2/orders", query={"external_order_id": order.mark})).rows
    for row in placed:
        # A filter that is not known is ignored, and everything comes.
        if isinstance(row, dict) and row.get("external_order_id") == order.mark:
            return OrderId(read(OrderPayload, row, "test order").id)
    store = read(StorePayload, client.call(Call(method="GET", path="/v2/store")).body, "store")
    call = Call(method="POST", path="/v2/orders", json=_body(order, store), is_repeatable=False)
    return OrderId(read(OrderPayload, client.call(call).body, "test order").id)


def cancel_order(client: BigCommerceClient, order: OrderId) -> None:
    try:
        client.call(Call(method="PUT", path=f"/v2/orders/{order}", json={"status_id": CANCELLED}))
    except GiveUp as problem:
        # Deleted in the control panel meanwhile: it is as gone as it can be.
        if problem.reason != "gone":
            raise


def _body(order: TrialOrder, store: StorePayload) -> dict[str, Any]:
    line: dict[str, Any] = {"product_id": order.product_id, "quantity": 1}
    return {
        "status_id": AWAITING_FULFILLMENT,
        "customer_id": 0,
        "billing_address": {
            "first_name": "Test",
            "last_name": "Order",
            "street_1": "Nothing is sent",
            "city": "Test",
            "state": "Test",
            "zip": "00000",
            "country": store.country,
            "country_iso2": store.country_code,
            "email": order.email,
        },
        "products": [line | ({"variant_id": order.variant_id} if order.variant_id else {})],
        "staff_notes": NOTES,
        "external_source": SOURCE,
        "external_order_id": order.mark,
    }

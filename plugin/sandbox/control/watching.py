"""Looking: the world at a glance, a store with all its goods, one order, the logs of calls and deliveries."""

from collections.abc import Iterable
from typing import Any

from plugin.sandbox.actions.refusals import NotThere
from plugin.sandbox.control.operations import Act, operation
from plugin.sandbox.control.shapes import (
    call_state,
    delivery_state,
    metafield_state,
    order_state,
    product_state,
    store_state,
    world_state,
)

PAGE = {"after": "Only entries with a higher id.", "limit": "At most this many, the newest; 200 without it."}


@operation("GET", "/state", "The world at a glance: clock, app, switches, faults, stores, queue of webhooks.")
def read_world(act: Act) -> Any:
    return world_state(act.world)


@operation("GET", "/stores/<store_hash>", "A store with its goods, stock, hooks, scripts and people.")
def read_store(act: Act) -> Any:
    with act.world.acting():
        return store_state(act.store)


@operation(
    "GET", "/stores/<store_hash>/orders", "Orders, newest last.", query={"after": PAGE["after"], "limit": PAGE["limit"]}
)
def list_orders(act: Act) -> Any:
    with act.world.acting():
        after, limit = act.number("after", 0), act.number("limit", 200)
        orders = [order for order in act.store.orders.values() if order.id > after]
        return {"orders": [order_state(act.store, order) for order in orders[-limit:]]}


@operation("GET", "/stores/<store_hash>/orders/<int:order_id>", "One order with lines, shipments, refunds, notes.")
def read_order(act: Act) -> Any:
    with act.world.acting():
        order = act.store.orders.get(act.ids["order_id"])
        if order is None:
            raise NotThere(f"There is no order {act.ids['order_id']}.")
        return order_state(act.store, order)


@operation("GET", "/stores/<store_hash>/products/<int:product_id>", "One product with stock and metafields.")
def read_product(act: Act) -> Any:
    with act.world.acting():
        product = act.store.products.get(act.ids["product_id"])
        if product is None:
            raise NotThere(f"There is no product {act.ids['product_id']}.")
        return product_state(act.store, product)


@operation("GET", "/stores/<store_hash>/metafields", "Every metafield of the store, of every client.")
def list_metafields(act: Act) -> Any:
    with act.world.acting():
        fields = act.store.metafields.values()
        return {
            "metafields": [
                {**metafield_state(each), "resource_type": each.resource_type, "resource_id": each.resource_id}
                for each in fields
            ]
        }


@operation(
    "GET",
    "/webhooks",
    "Deliveries, newest last, with every attempt.",
    query={**PAGE, "store": "Only this store's.", "state": "Only deliveries in this state."},
)
def list_deliveries(act: Act) -> Any:
    after, limit = act.number("after", 0), act.number("limit", 200)
    store, state = act.query.get("store"), act.query.get("state")
    found = [
        each
        for each in list(act.world.webhooks.deliveries)
        if each.id > after and store in (None, each.event.store_hash) and state in (None, each.state)
    ]
    return {"deliveries": [delivery_state(each) for each in found[-limit:]]}


@operation("GET", "/events", "Everything that happened, hooked or not, newest last.", query=PAGE)
def list_events(act: Act) -> Any:
    after, limit = act.number("after", 0), act.number("limit", 200)
    found = [event for event in list(act.world.webhooks.events) if event.id > after]
    return {
        "events": [
            {
                "id": event.id,
                "store_hash": event.store_hash,
                "scope": event.scope,
                "data": event.data,
                "created_at": event.created_at,
            }
            for event in found[-limit:]
        ]
    }


@operation("GET", "/calls", "API calls with their quota, newest last.", query={**PAGE, "store": "Only this store's."})
def list_calls(act: Act) -> Any:
    store = act.query.get("store")
    calls = [
        call for call in act.world.api_calls.calls(after=act.number("after", 0)) if store in (None, call.store_hash)
    ]
    return {
        "total": act.world.api_calls.total,
        "calls": [call_state(call) for call in calls[-act.number("limit", 200) :]],
    }


@operation("GET", "/calls/summary", "How many calls per route since the log was cleared.")
def summarize_calls(act: Act) -> Any:
    return {"total": act.world.api_calls.total, "routes": counted(act.world.api_calls.counts.items())}


def counted(pairs: Iterable[tuple[tuple[str, str], int]]) -> list[dict[str, Any]]:
    return [{"method": method, "route": rule, "calls": number} for (method, rule), number in sorted(pairs)]


@operation("DELETE", "/calls", "Forget the logged calls and start counting anew.")
def clear_calls(act: Act) -> Any:
    act.world.api_calls.clear()
    return {"cleared": True}

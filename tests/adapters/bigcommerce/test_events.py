"""Where each documented event sends us to look."""

import json
from pathlib import Path

import pytest

from plugin.adapters.bigcommerce.events import BigCommerceEventReader
from plugin.services.errors import GiveUp
from plugin.services.ports.inbox import EventHint

READER = BigCommerceEventReader()
SAMPLES = Path(__file__).parents[4] / "shared" / "webhook-samples"
ORDER = EventHint(orders=frozenset({250}))
TRIPLE = {"variant_id": 127, "product_id": 113, "location_id": 2}
MUG = frozenset({(167, None)})
BLUE = frozenset({(206, 509)})


def sku(kind):
    return {"type": "sku", "id": 461, kind: {"product_id": 206, "variant_id": 509, "method": "absolute", "value": 5}}


def product(**more):
    return {"type": "product", "id": 167, **more}


CASES = [
    ("store/order/created", {"type": "order", "id": 250}, ORDER),
    ("store/order/updated", {"type": "order", "id": 250}, ORDER),
    ("store/order/archived", {"type": "order", "id": 250}, ORDER),
    ("store/order/statusUpdated", {"id": 250, "status": {"previous_status_id": 0, "new_status_id": 11}}, ORDER),
    ("store/order/message/created", {"id": 250, "message": {"order_message_id": 3}}, ORDER),
    ("store/order/refund/created", {"id": 250, "refund": {"refund_id": 3}}, ORDER),
    ("store/order/transaction/created", {"type": "transaction", "order_id": "250", "transaction_id": "9"}, ORDER),
    ("store/order/metafield/updated", {"metafield_id": 14, "resource_id": "270"}, EventHint()),
    ("store/channel/1/order/statusUpdated", {"order_id": 250}, ORDER),
    ("store/shipment/created", {"type": "shipment", "id": 12, "orderId": 250}, ORDER),
    ("store/shipment/deleted", {"type": "shipment", "id": 12, "orderId": 250}, ORDER),
    ("store/product/created", product(), EventHint(products=frozenset({167}))),
    ("store/product/updated", product(properties=["name"]), EventHint(products=frozenset({167}))),
    ("store/product/deleted", product(), EventHint(deleted_products=frozenset({167}))),
    ("store/product/inventory/updated", product(inventory={"value": 5}), EventHint(stock=MUG, counted=frozenset({(167, None, 5)}))),
    ("store/product/inventory/order/updated", product(inventory={"value": -1}), EventHint(stock=MUG)),
    ("store/product/metafield/created", {"metafield_id": 12, "resource_id": "118"}, EventHint()),
    ("store/product/variant/metafield/updated", {"metafield_id": 12, "resource_id": "118"}, EventHint()),
    ("store/metafield/created", {"metafield_id": 12, "resource_id": "118"}, EventHint()),
    ("store/sku/created", sku("sku"), EventHint(products=frozenset({206}))),
    ("store/sku/deleted", sku("sku"), EventHint(products=frozenset({206}))),
    ("store/sku/inventory/updated", sku("inventory"), EventHint(stock=BLUE, counted=frozenset({(206, 509, 5)}))),
    ("store/sku/inventory/order/updated", sku("inventory"), EventHint(stock=BLUE)),
    ("store/channel/*/inventory/product/stock_changed", TRIPLE, EventHint(stock=frozenset({(113, 127)}))),
    ("store/channel/1/inventory/product/out_of_stock_reached", TRIPLE, EventHint(stock=frozenset({(113, 127)}))),
    ("store/channel/*/inventory/product/backorder_limit_reached", {**TRIPLE, "variant_id": None}, EventHint(stock=frozenset({(113, None)}))),
    ("store/information/updated", {"type": "store"}, EventHint(store_changed=True)),
    ("store/customer/created", {"type": "customer", "id": 32}, EventHint()),
    ("store/app/uninstalled", {"type": "store"}, EventHint()),
    ("store/something/new", {}, EventHint()),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "data", "hint"), CASES, ids=[case[0] for case in CASES])
def test_each_event_says_where_to_look(topic, data, hint):
    assert READER.read(topic, {"scope": topic, "data": data}) == hint


@pytest.mark.parametrize("bad", [None, "", "x", "1.5", 0, -1, True, 1.5, [1], {"id": 1}, 2**60, "9" * 30, "²"])
@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("store/order/created", lambda bad: {"id": bad}),
        ("store/shipment/created", lambda bad: {"orderId": bad}),
        ("store/sku/inventory/updated", lambda bad: {"inventory": {"product_id": bad, "variant_id": 1}}),
    ],
)
def test_an_event_without_a_usable_id_is_rejected_by_name(topic, data, bad):
    with pytest.raises(GiveUp) as caught:
        READER.read(topic, {"data": data(bad)})
    assert caught.value.reason == "rejected"


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": []}, {"data": {"sku": 5}}])
def test_an_event_without_its_contents_is_rejected(body):
    with pytest.raises(GiveUp):
        READER.read("store/sku/updated", body)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the platform's samples are not on this machine")
def test_every_published_sample_is_read():
    for path in sorted(SAMPLES.glob("*.json")):
        if path.stat().st_size > 1:
            body = json.loads(path.read_text())
            assert isinstance(READER.read(body["scope"], body), EventHint), path.name

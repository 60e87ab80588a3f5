"""Webhooks: envelope and signature, the ladder of retries on a warped clock, blocklist, duplicates, disorder, loss."""

import base64
import hashlib
import hmac
import json

import pytest
from standardwebhooks import Webhook

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.actions.shipping import ship
from plugin.sandbox.webhooks import signing
from plugin.sandbox.webhooks.rules import hears
from tests.sandbox.core import CANDLE, RED_MUG, Receiver, Shop


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def shop():
    shop = Shop()
    shop.world.webhooks.start(4)
    yield shop
    shop.world.webhooks.stop()


def hook(shop, url, scope="store/order/created", **more):
    answer = shop.api("POST", "/v3/hooks", {"scope": scope, "destination": url, **more})
    assert answer.status_code == 200, answer.json
    return answer.json.get("data", answer.json)


def buy(shop, product_id=CANDLE):
    return place_order(shop.world, shop.store, [Wanted(product_id=product_id)])


def drained(shop):
    assert shop.world.webhooks.wait_until_drained(10)


def bodies(receiver):
    return [json.loads(body) for _, body in receiver.posts]


def test_the_published_signature_vector():
    body = (
        b'{"producer":"stores/abc123","hash":"3f9ea420af83450d7ef9f78b08c8af25b2213637","created_at":1751400000,'
        b'"store_id":"1025646","scope":"store/order/created","data":{"type":"order","id":250}}'
    )
    made = signing.signature(
        "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD",
        message_id="msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        timestamp=1751400000,
        body=body,
    )
    assert made == "v1,gC8L8ANww9ojzMyNeVjMuRtF0k/nqdTE/FAv6VO3KPw="


def test_a_delivery_has_the_envelope_the_signature_and_our_own_headers(shop, receiver):
    hook(shop, receiver.url, headers={"X-App-Hook-Token": "hush"})
    order = buy(shop)
    drained(shop)
    [(headers, raw)] = receiver.posts
    envelope = json.loads(raw)
    assert envelope.pop("hash") == shop.world.webhooks.deliveries[0].event.hash
    assert abs(envelope.pop("created_at") - shop.world.clock.timestamp()) < 5
    assert envelope == {
        "producer": "stores/harborpine",
        "store_id": "1025646",
        "scope": "store/order/created",
        "data": {"type": "order", "id": order.id},
    }
    assert headers["X-App-Hook-Token"] == "hush"
    secret = base64.b64encode(shop.world.app.secret.encode()).decode()
    assert Webhook(secret).verify(raw, {name.lower(): value for name, value in headers.items()})


def test_signatures_can_be_missing(shop, receiver):
    shop.switch(webhook_signature="absent")
    hook(shop, receiver.url)
    buy(shop)
    drained(shop)
    assert [name for name in receiver.posts[0][0] if name.lower().startswith("webhook-")] == []


@pytest.mark.parametrize(
    ("hook_scope", "event", "heard"),
    [
        ("store/order/created", "store/order/created", True),
        ("store/order/created", "store/order/updated", False),
        ("store/order/*", "store/order/refund/created", True),
        ("store/product/*", "store/product/inventory/updated", True),
        ("store/sku/*", "store/product/updated", False),
        ("store/channel/*/inventory/product/stock_changed", "store/channel/*/inventory/product/stock_changed", True),
        ("store/channel/1/inventory/product/stock_changed", "store/channel/*/inventory/product/stock_changed", True),
        ("store/channel/*/order/created", "store/channel/1/order/created", True),
        ("store/channel/2/order/created", "store/channel/1/order/created", False),
    ],
)
def test_who_hears_what(hook_scope, event, heard):
    assert hears(hook_scope, event) is heard


@pytest.mark.parametrize(("switch", "times"), [("both", 2), ("one", 1)])
def test_a_wildcard_and_a_leaf_deliver_twice_by_the_switch(shop, receiver, switch, times):
    shop.switch(wildcard_and_leaf=switch)
    hook(shop, receiver.url, "store/shipment/*")
    hook(shop, receiver.url, "store/shipment/created")
    ship(shop.world, shop.store, buy(shop).id)
    drained(shop)
    assert [each["scope"] for each in bodies(receiver)] == ["store/shipment/created"] * times


def test_a_failed_delivery_climbs_the_whole_ladder_and_then_the_hook_is_off(shop, receiver):
    made = hook(shop, receiver.url)
    shop.api("PUT", "/v3/hooks/admin", {"emails": ["ops@example.com"]})
    receiver.status = 500
    buy(shop)
    drained(shop)
    ladder = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)
    for tried, delay in enumerate(ladder, start=1):
        assert len(receiver.posts) == tried
        shop.world.clock.move(delay - 5)
        drained(shop)
        assert len(receiver.posts) == tried
        shop.world.clock.move(6)
        drained(shop)
    assert len(receiver.posts) == 12
    [delivery] = shop.world.webhooks.deliveries
    assert (delivery.state, len(delivery.attempts)) == ("failed", 12)
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
    assert shop.api("GET", f"/v3/hooks/{made['id']}").json["data"]["is_active"] is False
    health = shop.api("GET", "/v3/hooks/admin").json["data"]
    assert [each["status"] for each in health["hooks_list"]] == ["deactivated"]
    assert [mail["to"] for mail in shop.world.platform_mails] == ["ops@example.com"]
    buy(shop)
    shop.api("PUT", f"/v3/hooks/{made['id']}", {"is_active": True})
    receiver.status = 200
    drained(shop)
    assert len(receiver.posts) == 12
    buy(shop)
    drained(shop)
    assert len(receiver.posts) == 13


@pytest.mark.parametrize(("switch", "moved"), [("refreshed", True), ("kept", False)])
def test_the_timestamp_of_a_retry_is_a_switch(shop, receiver, switch, moved):
    shop.switch(webhook_retry_timestamp=switch)
    hook(shop, receiver.url)
    receiver.answers = [500]
    buy(shop)
    drained(shop)
    shop.world.clock.move(61)
    drained(shop)
    first, second = (int(headers["webhook-timestamp"]) for headers, _ in receiver.posts)
    assert (second - first >= 60) is moved


def test_a_receiver_that_is_not_there_counts_as_a_failure(shop):
    hook(shop, "http://127.0.0.1:9/nobody")
    buy(shop)
    drained(shop)
    [delivery] = shop.world.webhooks.deliveries
    assert (delivery.state, delivery.attempts[0].status) == ("retrying", None)


@pytest.mark.parametrize(("keeps", "lost"), [("none", 20), ("some", 10), ("all", 0)])
def test_a_domain_that_refuses_too_much_is_blocked_for_three_minutes(shop, receiver, keeps, lost):
    shop.switch(blocklist_keeps=keeps)
    hook(shop, receiver.url)
    receiver.status = 500
    for _ in range(100):
        shop.world.emit(shop.store, "store/order/created", {"type": "order", "id": 1})
    drained(shop)
    assert len(receiver.posts) == 100
    [blocked] = shop.api("GET", "/v3/hooks/admin").json["data"]["blocked_domains"]
    assert 170 < blocked["time_left"] <= 180
    receiver.status = 200
    for _ in range(20):
        shop.world.emit(shop.store, "store/order/created", {"type": "order", "id": 2})
    drained(shop)
    assert len(receiver.posts) == 100
    states = [delivery.state for delivery in list(shop.world.webhooks.deliveries)[100:]]
    assert (states.count("lost"), states.count("retrying")) == (lost, 20 - lost)
    shop.world.clock.move(200)
    drained(shop)
    assert len(receiver.posts) == 200 + 20 - lost


def test_ninety_good_of_a_hundred_block_nothing(shop, receiver):
    hook(shop, receiver.url)
    receiver.answers = [500] * 10
    for _ in range(100):
        shop.world.emit(shop.store, "store/order/created", {"type": "order", "id": 1})
    drained(shop)
    assert shop.api("GET", "/v3/hooks/admin").json["data"]["blocked_domains"] == []


def test_duplicates_share_their_hash_and_loss_loses(shop, receiver):
    shop.switch(webhook_duplicates=2)
    hook(shop, receiver.url)
    buy(shop)
    drained(shop)
    assert len(receiver.posts) == 3
    assert len({body["hash"] for body in bodies(receiver)}) == 1
    shop.switch(webhook_duplicates=0, webhook_loss_percent=100)
    buy(shop)
    drained(shop)
    assert len(receiver.posts) == 3
    assert shop.world.webhooks.deliveries[-1].state == "lost"


@pytest.mark.parametrize(("covers", "hashes"), [("unique", 2), ("data_only", 1)])
def test_what_the_hash_covers_is_a_switch(shop, receiver, covers, hashes):
    shop.switch(webhook_hash=covers)
    hook(shop, receiver.url, "store/order/updated")
    order = buy(shop)
    shop.api("PUT", f"/v2/orders/{order.id}", {"staff_notes": "x"})
    drained(shop)
    assert len(receiver.posts) == 2
    assert len({body["hash"] for body in bodies(receiver)}) == hashes


def test_held_deliveries_go_out_reversed_and_doubled(shop, receiver):
    shop.world.webhooks.stop()
    shop.world.webhooks.start(1)
    hook(shop, receiver.url)
    shop.control("POST", "/webhooks/hold")
    orders = [buy(shop).id for _ in range(3)]
    assert shop.control("POST", "/webhooks/wait", {"timeout": 0.1}).json["drained"] is False
    assert receiver.posts == []
    released = shop.control("POST", "/webhooks/release", {"order": "reversed", "copies": 1}).json["released"]
    assert (released, shop.control("POST", "/webhooks/wait").json["drained"]) == (6, True)
    assert sorted(body["data"]["id"] for body in bodies(receiver)) == sorted(orders * 2)
    assert [body["data"]["id"] for body in bodies(receiver)][-3:] == orders[::-1]


def test_a_delivery_can_be_sent_again(shop, receiver):
    hook(shop, receiver.url)
    buy(shop)
    drained(shop)
    [delivery] = shop.control("GET", "/webhooks").json["deliveries"]
    shop.control("POST", "/webhooks/redeliver", {"delivery_id": delivery["id"]})
    shop.control("POST", "/webhooks/redeliver", {"newest": 1})
    drained(shop)
    assert len({body["hash"] for body in bodies(receiver)}) == 1
    assert len(receiver.posts) == 3
    assert shop.control("POST", "/webhooks/redeliver", {"delivery_id": 999}).status_code == 404


def test_our_own_writes_come_back(shop, receiver):
    for scope in ("store/product/updated", "store/order/updated", "store/product/inventory/updated"):
        hook(shop, receiver.url, scope)
    order = buy(shop)
    drained(shop)
    receiver.posts.clear()
    shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"availability_description": "Ships in May"})
    shop.api("PUT", f"/v2/orders/{order.id}", {"staff_notes": "[BO]"})
    rows = {"items": [{"location_id": 1, "product_id": RED_MUG, "quantity": 5}]}
    shop.api("PUT", "/v3/inventory/adjustments/absolute", rows)
    drained(shop)
    assert sorted(body["scope"] for body in bodies(receiver)) == [
        "store/order/updated",
        "store/product/inventory/updated",
        "store/product/updated",
        "store/product/updated",
    ]


def test_ten_hooks_per_scope_and_no_twins(shop):
    for number in range(10):
        hook(shop, f"http://127.0.0.1:9/{number}")
    eleventh = {"scope": "store/order/created", "destination": "http://127.0.0.1:9/11"}
    assert shop.api("POST", "/v3/hooks", eleventh).status_code == 422
    twin = {"scope": "store/order/created", "destination": "http://127.0.0.1:9/1"}
    assert shop.api("POST", "/v3/hooks", twin).status_code == 409
    shop.switch(hook_limit_status=403, hook_duplicate_status=422)
    assert shop.api("POST", "/v3/hooks", eleventh).status_code == 403
    assert shop.api("POST", "/v3/hooks", twin).status_code == 422
    assert len(shop.store.hooks) == 10


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "store/order/created"}, "destination"),
        ({"destination": "https://app.example/"}, "scope"),
        ({"scope": "store/weather/changed", "destination": "https://app.example/"}, "scope"),
        ({"scope": "store/order/created", "destination": "http://app.example/"}, "destination"),
        ({"scope": "store/order/created", "destination": "https://app.example:8443/"}, "destination"),
        ({"scope": "store/order/created", "destination": "https://app.example/", "headers": {"a": 1}}, "headers"),
    ],
)
def test_a_wrong_hook_is_refused_by_field(shop, body, field):
    answer = shop.api("POST", "/v3/hooks", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert shop.store.hooks == {}


@pytest.mark.parametrize(
    ("switch", "native", "status"),
    [("by_store", True, 200), ("by_store", False, 422), ("accepted", False, 200), ("refused", True, 422)],
)
def test_the_backorder_scope_exists_by_the_switch(shop, switch, native, status):
    shop.switch(backorder_scope=switch)
    shop.store.native_backorders = native
    body = {
        "scope": "store/channel/*/inventory/product/backorder_limit_reached",
        "destination": "https://app.example/hooks",
    }
    assert shop.api("POST", "/v3/hooks", body).status_code == status


def test_a_created_hook_may_come_unwrapped_and_a_deleted_one_is_shown(shop):
    shop.switch(hook_answer="unwrapped")
    answer = shop.api("POST", "/v3/hooks", {"scope": "store/order/*", "destination": "https://app.example/"})
    assert answer.json["scope"] == "store/order/*"
    gone = shop.api("DELETE", f"/v3/hooks/{answer.json['id']}")
    assert (gone.status_code, gone.json["data"]["id"]) == (200, answer.json["id"])
    missing = shop.api("GET", f"/v3/hooks/{answer.json['id']}")
    assert (missing.status_code, missing.json["title"]) == (404, f"Webhook with id [{answer.json['id']}] not found")


def test_a_new_hook_misses_what_happens_before_it_works(shop, receiver):
    shop.switch(hook_activation_seconds=60)
    hook(shop, receiver.url)
    buy(shop)
    shop.world.clock.move(61)
    late = buy(shop)
    drained(shop)
    assert [body["data"]["id"] for body in bodies(receiver)] == [late.id]


def test_ninety_silent_days_put_a_hook_to_sleep(shop, receiver):
    made = hook(shop, receiver.url)
    shop.world.clock.move(91 * 86_400)
    buy(shop)
    drained(shop)
    assert receiver.posts == []
    assert shop.api("GET", f"/v3/hooks/{made['id']}").json["data"]["is_active"] is False


def test_a_failing_address_is_reported_to_the_exception_hook(shop, receiver):
    watcher = Receiver()
    try:
        hook(shop, receiver.url)
        hook(shop, watcher.url, "store/hook/deliveryException")
        receiver.status = 500
        buy(shop)
        buy(shop)
        drained(shop)
        assert [body["data"]["error_code"] for body in bodies(watcher)] == [90001]
    finally:
        watcher.stop()


def test_a_burst_of_two_thousand_is_delivered_once_each(shop, receiver):
    hook(shop, receiver.url)
    for number in range(2000):
        shop.world.emit(shop.store, "store/order/created", {"type": "order", "id": number})
    assert shop.world.webhooks.wait_until_drained(30)
    assert sorted(body["data"]["id"] for body in bodies(receiver)) == list(range(2000))


def test_the_test_s_own_signature_check_can_fail():
    good = signing.signature("secret", message_id="m", timestamp=1, body=b"{}")
    raw = base64.b64encode(hmac.new(b"secret", b"m.1.{}", hashlib.sha256).digest()).decode()
    assert good == f"v1,{raw}"
    assert signing.signature("other", message_id="m", timestamp=1, body=b"{}") != good

"""The control API: any script can be the world, errors name the field, and the document says what is there."""

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.core import BLUE_MUG, CANDLE, RED_MUG, Shop

HERE = "/stores/harborpine"


@pytest.fixture
def shop():
    return Shop()


def test_a_whole_story_by_http(shop):
    assert (
        shop.control("POST", f"{HERE}/stock/limit", {"product_id": RED_MUG, "limit": 3}).json["available_to_sell"] == 4
    )
    body = {"lines": [{"product_id": RED_MUG, "quantity": 2}], "customer_id": 2}
    order = shop.control("POST", f"{HERE}/orders", body)
    assert (order.status_code, order.json["locale"], order.json["lines"][0]["quantity_backordered"]) == (201, "de", 1)
    path, line = f"{HERE}/orders/{order.json['id']}", order.json["lines"][0]["id"]
    refused = shop.control("POST", f"{HERE}/orders", {"lines": [{"product_id": RED_MUG, "quantity": 3}]})
    assert (refused.status_code, refused.json["shortages"][0]["available_for_backorder"]) == (409, 2)
    assert shop.control("POST", f"{HERE}/stock/receive", {"product_id": RED_MUG, "units": 10}).json["on_hand"] == 10
    assert shop.control("POST", f"{path}/ship", {"items": {str(line): 1}}).json["status_id"] == 3
    assert shop.control("POST", f"{path}/notes", {"staff_notes": "fragile"}).json["staff_notes"] == "fragile"
    assert shop.control("POST", f"{path}/refund", {"items": {str(line): 1}}).json["status_id"] == 14
    assert shop.control("POST", f"{path}/status", {"status_id": 12}).json["status_id"] == 12
    assert shop.control("POST", f"{path}/cancel").json["status_id"] == 5
    assert shop.control("POST", f"{path}/archive").json["is_deleted"] is True
    assert shop.control("GET", path).json["shipments"][0]["items"] == {str(line): 1}


def test_a_guest_pays_later(shop):
    guest = {"email": "lea@example.com", "first_name": "Léa", "country_iso2": "FR"}
    body = {"lines": [{"product_id": CANDLE}], "guest": guest, "locale": "fr", "pay": False}
    order = shop.control("POST", f"{HERE}/orders", body).json
    assert (order["status_id"], order["email"], order["locale"]) == (0, "lea@example.com", "fr")
    assert shop.control("POST", f"{HERE}/orders/{order['id']}/pay").json["status_id"] == 11


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", f"{HERE}/orders", {}, 422, "'lines' is missing"),
        ("POST", f"{HERE}/orders", {"lines": [{"product_id": 9}]}, 404, "There is no product 9"),
        ("POST", f"{HERE}/orders", {"lines": [{"sku": "x"}]}, 422, "A line is an object with product_id"),
        ("POST", f"{HERE}/orders", {"lines": [], "colour": "red"}, 422, "There is no 'colour' here"),
        ("POST", f"{HERE}/orders", {"lines": "all"}, 422, "'lines' must be of type array"),
        ("POST", f"{HERE}/stock/set", {"product_id": RED_MUG, "on_hand": -1}, 422, "between 0 and"),
        ("POST", f"{HERE}/stock/set", {"product_id": RED_MUG, "on_hand": True}, 422, "must be of type integer"),
        ("POST", f"{HERE}/orders/1/cancel", None, 404, "There is no order 1"),
        ("POST", "/stores/nowhere/orders", {"lines": []}, 404, "There is no store nowhere"),
        ("POST", "/clock", {}, 422, "Send either 'seconds' or 'to'"),
        ("POST", "/clock", {"to": "2026-03-09T10:00:00"}, 422, "needs a time zone"),
        ("PUT", "/switches", {"gravity": 1}, 422, "There is no switch 'gravity'"),
        ("POST", "/faults", {"kind": "magic"}, 422, "cannot be 'magic'"),
        ("GET", "/state?colour=red", None, 422, "There is no parameter 'colour'"),
        ("GET", "/webhooks?after=x", None, 422, "after must be a whole number"),
        ("POST", "/webhooks/release", {"order": "sideways"}, 422, "cannot be 'sideways'"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(shop, method, path, body, status, text):
    before = shop.control("GET", HERE).json
    answer = shop.control(method, path, body)
    assert answer.status_code == status
    assert text in answer.json["error"]
    assert (shop.control("GET", HERE).json, shop.store.orders) == (before, {})


def test_switches_and_faults_are_set_and_seen(shop):
    shop.control("PUT", "/switches", {"theme": "6.19", "webhook_duplicates": 2})
    state = shop.control("GET", "/state").json
    assert (state["switches"]["theme"], state["switches"]["webhook_duplicates"]) == ("6.19", 2)
    shop.control("POST", "/faults", {"kind": "status", "status": 503, "times": 0})
    assert [fault["times"] for fault in shop.control("GET", "/faults").json["faults"]] == [None]
    assert shop.api("GET", "/v2/time").status_code == 503
    shop.control("DELETE", "/faults")
    assert shop.api("GET", "/v2/time").status_code == 200


def test_a_second_store_has_its_own_goods_tokens_and_quota(shop):
    made = shop.control("POST", "/stores", {"hash": "bo", "seed": "small", "native_backorders": False})
    assert (made.status_code, made.json["native_backorders"]) == (201, False)
    token = shop.control("POST", "/stores/bo/token", {}).json["access_token"]
    shop.control("POST", "/stores/bo/stock/set", {"product_id": RED_MUG, "on_hand": 7})
    assert shop.cell(RED_MUG).on_hand == 1
    assert shop.client.get("/stores/bo/v2/store", headers={"X-Auth-Token": token}).json["store_id"] == 1025647
    assert shop.api("GET", "/v2/time", token=token).status_code == 401
    assert shop.control("POST", "/stores", {"hash": "bo"}).status_code == 422


def test_a_merchant_changes_products_and_settings_behind_the_app_s_back(shop):
    shop.control("PUT", f"{HERE}/products/{RED_MUG}", {"inventory_tracking": "none"})
    order = shop.control("POST", f"{HERE}/orders", {"lines": [{"product_id": RED_MUG, "quantity": 50}]})
    assert (order.status_code, shop.cell(RED_MUG).on_hand) == (201, 1)
    shop.control("PUT", f"{HERE}/inventory-settings", {"refund_order_stock_adjustment": False})
    assert shop.api("GET", "/v3/settings/inventory").json["data"]["refund_order_stock_adjustment"] is False
    shop.control("DELETE", f"{HERE}/products/{BLUE_MUG}")
    assert shop.data_of("store/product/deleted") == [{"type": "product", "id": BLUE_MUG}]


def test_the_app_s_address_can_be_told_later(shop):
    told = shop.control(
        "PUT", "/app", {"url": "http://127.0.0.1:5555/", "client_id": "mine", "client_secret": "s3cret"}
    )
    assert told.json["url"] == "http://127.0.0.1:5555"
    url = shop.control("POST", f"{HERE}/install-url", {}).json["url"]
    assert url.startswith("http://127.0.0.1:5555/auth?code=")
    assert shop.control("POST", f"{HERE}/load-url", {"client_id": "sandbox-client"}).status_code == 404
    assert (
        shop.control("POST", f"{HERE}/load-url", {"path": "/x"}).json["url"].startswith("http://127.0.0.1:5555/load?")
    )


def test_calls_are_counted_per_route_and_forgotten_on_demand(shop):
    for product_id in (RED_MUG, BLUE_MUG):
        shop.api("GET", f"/v3/catalog/products/{product_id}")
    assert shop.control("GET", "/calls/summary").json["routes"] == [
        {"method": "GET", "route": "/v3/catalog/products/<int:product_id>", "calls": 2}
    ]
    assert [call["status"] for call in shop.control("GET", "/calls?limit=1").json["calls"]] == [200]
    shop.control("DELETE", "/calls")
    assert shop.control("GET", "/calls").json["calls"] == []


def test_a_store_left_as_it_was_found_looks_the_same(shop):
    before = shop.control("GET", HERE).json
    shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"availability_description": "Ships in May"})
    assert shop.control("GET", HERE).json != before
    original = before["products"][0]["availability_description"]
    shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"availability_description": original})
    assert shop.control("GET", HERE).json == before


def test_the_document_describes_every_operation_and_is_sound(shop):
    document = shop.client.get("/sandbox/openapi.json").json
    assert document["openapi"] == "3.1.0"
    routes = {
        (rule.rule.replace("<store_hash>", "{store_hash}"), method.lower())
        for rule in shop.sandbox.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("control.") and rule.rule.startswith("/sandbox/api")
    }
    described = {(path, method) for path, each in document["paths"].items() for method in each}
    assert len(described) == len(routes) >= 40
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    for path in document["paths"].values():
        for each in path.values():
            if "requestBody" in each:
                Draft202012Validator.check_schema(each["requestBody"]["content"]["application/json"]["schema"])

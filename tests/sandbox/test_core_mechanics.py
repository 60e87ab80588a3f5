"""What every REST call meets: token, scope, quota, planted faults, the log."""

import pytest

from plugin.sandbox.faults import Fault, FaultError
from plugin.sandbox.switches import SwitchError, Switches
from tests.sandbox.core import CANDLE, RED_MUG, Shop

NOTE = {"staff_notes": "written"}


@pytest.fixture
def shop():
    return Shop()


def test_a_missing_wrong_or_foreign_token_is_401(shop):
    other = shop.world.add_store("other", seed="empty")
    foreign = shop.world.issue_token(other).value
    for token in ("", "nonsense", foreign):
        assert shop.api("GET", "/v2/time", token=token).status_code == 401
        assert shop.api("GET", "/v3/hooks", token=token).json["title"] == "Unauthorized"


def test_a_missing_scope_is_403_and_hooks_need_none(shop):
    poor = shop.world.issue_token(shop.store, scopes=("store_v2_default",)).value
    expected = {
        "/v2/time": 200,
        "/v3/hooks": 200,
        "/v2/orders": 403,
        "/v2/store": 403,
        "/v3/catalog/products": 403,
        "/v3/inventory/items": 403,
        "/v3/content/scripts": 403,
        "/v3/customers": 403,
        "/v3/channels": 403,
        "/v3/sites": 403,
    }
    assert {path: shop.api("GET", path, token=poor).status_code for path in expected} == expected


def test_a_read_only_scope_reads_and_does_not_write(shop):
    reader = shop.world.issue_token(shop.store, scopes=("store_v2_products_read_only",)).value
    path = f"/v3/catalog/products/{RED_MUG}"
    assert shop.api("GET", path, token=reader).status_code == 200
    assert shop.api("PUT", path, {"name": "Mine"}, token=reader).status_code == 403
    assert shop.store.products[RED_MUG].name == "Red Mug"


def test_unknown_routes_and_methods_are_refused_in_their_version_s_words(shop):
    assert shop.api("GET", "/v2/nothing").json == [{"status": 404, "message": "Not Found"}]
    assert shop.api("GET", "/v3/nothing").json["status"] == 404
    assert shop.api("DELETE", "/v2/time").status_code == 405
    assert shop.api("DELETE", "/v2/orders").status_code == 405
    assert shop.api("PATCH", "/v3/hooks").status_code == 501


def test_every_answer_says_what_is_left_of_the_quota():
    shop = Shop(plan_quota=3)
    left = [shop.api("GET", "/v2/time").headers["X-Rate-Limit-Requests-Left"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = shop.api("GET", "/v2/time")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Requests-Quota"]) == (429, "3")
    assert refused.headers["X-Rate-Limit-Time-Window-Ms"] == "30000"
    assert 0 < int(refused.headers["X-Rate-Limit-Time-Reset-Ms"]) <= 30_000
    shop.world.clock.move(30)
    assert shop.api("GET", "/v2/time").status_code == 200


def test_other_apps_eat_from_the_same_plate():
    shop = Shop(plan_quota=100)
    shop.world.clock.move(-(shop.world.clock.timestamp() % 30) + 10)
    shop.switch(other_apps_calls_per_second=5)
    assert shop.api("GET", "/v2/time").headers["X-Rate-Limit-Requests-Left"] == "49"


def test_the_body_of_a_429_varies(shop):
    for body, content in (("json", "application/json"), ("html", "text/html"), ("empty", "application/json")):
        shop.switch(throttle_body=body)
        shop.world.faults.plant(Fault(kind="throttle"))
        answer = shop.api("GET", "/v3/hooks")
        assert (answer.status_code, answer.mimetype, answer.data == b"") == (429, content, body == "empty")
        assert "X-Rate-Limit-Requests-Left" in answer.headers


def test_an_overloaded_platform_says_429_without_headers(shop):
    shop.world.faults.plant(Fault(kind="throttle", headers=False))
    answer = shop.api("GET", "/v2/time")
    assert answer.status_code == 429
    assert not [name for name, _ in answer.headers if name.lower().startswith("x-")]


def order_of(shop):
    return shop.control("POST", "/stores/harborpine/orders", {"lines": [{"product_id": CANDLE}]}).json["id"]


@pytest.mark.parametrize(("when", "written"), [("before", ""), ("after", "written")])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failed_write_may_or_may_not_have_happened(shop, status, when, written):
    order_id = order_of(shop)
    shop.world.faults.plant(Fault(kind="status", status=status, when=when, method="PUT", path="*/orders/*"))
    assert shop.api("GET", f"/v2/orders/{order_id}").status_code == 200
    assert shop.api("PUT", f"/v2/orders/{order_id}", NOTE).status_code == status
    assert shop.store.orders[order_id].staff_notes == written
    assert shop.api("PUT", f"/v2/orders/{order_id}", NOTE).status_code == 200


def test_a_fault_strikes_as_often_as_it_was_told(shop):
    shop.world.faults.plant(Fault(kind="status", status=503, times=2, body="html"))
    answers = [shop.api("GET", "/v2/time") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].mimetype == "text/html"
    shop.world.faults.plant(Fault(kind="garbage", times=None))
    assert b"<html>" in shop.api("GET", "/v2/time").data
    shop.world.faults.clear()
    assert shop.api("GET", "/v2/time").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "magic"},
        {"kind": "status", "status": 200},
        {"kind": "slow", "seconds": -1},
        {"kind": "drop", "times": 0},
    ],
)
def test_an_impossible_fault_is_refused(wrong):
    with pytest.raises(FaultError):
        Fault(**wrong)


def test_a_dropped_call_gets_no_answer_but_was_done(shop):
    import requests

    url = shop.sandbox.start()
    try:
        order_id = order_of(shop)
        shop.world.faults.plant(Fault(kind="drop", when="after", method="PUT"))
        with pytest.raises(requests.ConnectionError):
            requests.request(
                "PUT",
                f"{url}/stores/harborpine/v2/orders/{order_id}",
                json=NOTE,
                headers={"X-Auth-Token": shop.token},
                timeout=5,
            )
        assert shop.store.orders[order_id].staff_notes == "written"
    finally:
        shop.sandbox.stop()


def test_every_call_is_in_the_log_with_its_quota(shop):
    shop.api("GET", f"/v3/catalog/products/{RED_MUG}?include=variants")
    shop.api("GET", "/v3/catalog/products/1", token="dead")
    first, second = shop.world.api_calls.calls()
    assert (first.method, first.path, first.query, first.status) == (
        "GET",
        f"/v3/catalog/products/{RED_MUG}",
        "include=variants",
        200,
    )
    assert (first.quota_left, first.client_id) == (999_999, "sandbox-client")
    assert (second.status, second.client_id) == (401, "")
    assert shop.world.api_calls.counts == {("GET", "/v3/catalog/products/<int:product_id>"): 2}


def test_time_may_be_off(shop):
    shop.switch(time_skew_seconds=-90)
    assert abs(shop.api("GET", "/v2/time").json["time"] - (shop.world.clock.timestamp() - 90)) < 2


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"gravity": True}, "There is no switch 'gravity'"),
        ({"stock_moves": "sideways"}, "Allowed: \\['after_created', 'before_created'\\]"),
        ({"webhook_loss_percent": 101}, "between 0 and 100"),
        ({"webhook_duplicates": 1.5}, "whole number"),
        ({"preorder_needs_stock": 1}, "Allowed: \\[True, False\\]"),
        ({"webhook_duplicates": True}, "must be a number"),
    ],
)
def test_a_switch_refuses_what_it_cannot_be(values, text):
    with pytest.raises(SwitchError, match=text):
        Switches().changed(values)


def test_every_switch_says_what_it_is_and_starts_at_its_default():
    for each in Switches().describe():
        assert each["doc"].endswith(".")
        assert each["value"] == each["default"]
        if isinstance(each["allowed"], list):
            assert each["default"] in each["allowed"]


def test_the_clock_tells_a_file_whenever_it_is_moved(tmp_path):
    path = tmp_path / "clock"
    shop = Shop(clock_file=path)
    assert float(path.read_text()) == 0
    shop.control("POST", "/clock", {"seconds": 86_400})
    assert float(path.read_text()) == 86_400


def test_a_store_seeds_fast_enough_to_build_many():
    import time

    started = time.perf_counter()
    for _ in range(5):
        Shop(seed="full")
    assert (time.perf_counter() - started) / 5 < 0.25


def test_the_full_shop_has_what_the_story_needs():
    store = Shop(seed="full").store
    products = list(store.products.values())
    at_zero = [product for product in products if store.cells.get((product.id, 0), {}).get(1, None) is not None
               and store.cells[product.id, 0][1].on_hand == 0 and product.inventory_tracking == "product"]  # fmt: skip
    assert len(products) == 40
    assert len(at_zero) >= 8
    assert len([product for product in products if product.preorder_release_date]) == 3
    assert len([product for product in products if product.has_options]) >= 2
    assert (
        len([product for product in products if product.has_options and product.inventory_tracking == "product"]) == 1
    )
    assert [len(product.bundle) for product in products if product.bundle] == [3]
    assert len([product for product in products if product.type == "digital"]) == 1
    assert {customer.locale for customer in store.customers.values()} == {"en", "de", "fr"}
    assert len(store.categories) >= 4
    assert {order.status_id for order in store.orders.values()} >= {2, 10, 11}

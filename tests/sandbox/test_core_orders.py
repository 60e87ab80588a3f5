"""v2 orders as BigCommerce answers them: bare arrays, 204 for nothing, RFC 2822, four decimals, PATCH-like products."""

import re

import pytest

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.actions.stockroom import set_backorder_limit, set_stock
from tests.sandbox.core import BLUE_MUG, CANDLE, RED_MUG, TEE, Shop

OBJECT = "include=consignments.line_items&consignment_structure=object"


@pytest.fixture
def shop():
    return Shop()


def buy(shop, *lines, **how):
    wanted = [Wanted(product_id=product_id, quantity=quantity) for product_id, quantity in lines or [(CANDLE, 1)]]
    return place_order(shop.world, shop.store, wanted, **how)


def test_an_empty_list_is_204_without_a_body(shop):
    answer = shop.api("GET", "/v2/orders")
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_list_is_a_bare_array_with_four_decimals_and_rfc_dates(shop):
    order = buy(shop, (CANDLE, 2))
    [shown] = shop.api("GET", "/v2/orders").json
    assert (shown["id"], shown["status_id"], shown["status"]) == (order.id, 11, "Awaiting Fulfillment")
    assert (shown["total_inc_tax"], shown["refunded_amount"], shown["date_shipped"]) == ("45.5000", "0.0000", "")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", shown["date_created"])
    assert shown["products"]["resource"] == f"/orders/{order.id}/products"
    assert shown["shipping_addresses"]["resource"] == f"/orders/{order.id}/shippingaddresses"


def test_an_unknown_order_is_an_array_with_a_message(shop):
    answer = shop.api("GET", "/v2/orders/1")
    assert answer.status_code == 404
    assert answer.json == [{"status": 404, "message": "The requested resource was not found."}]


def test_lists_page_sort_and_filter(shop):
    orders = [buy(shop, (CANDLE, 1), customer_id=number) for number in (1, 2, 3)]
    first, second, third = (order.id for order in orders)

    def ids(query):
        answer = shop.api("GET", f"/v2/orders?{query}")
        return [row["id"] for row in answer.json] if answer.status_code == 200 else answer.status_code

    assert ids("limit=2") == [first, second]
    assert ids("limit=2&page=2") == [third]
    assert ids("page=3&limit=2") == 204
    assert ids("sort=id:desc") == [third, second, first]
    assert ids(f"min_id={second}") == [second, third]
    assert ids(f"max_id={second}&min_id={second}") == [second]
    assert ids("customer_id=2") == [second]
    assert ids("status_id=5") == 204
    assert ids("email=jonas.hoffmann@example.com") == [second]
    assert ids("limit=251") == 413
    assert ids("sort=nonsense") == 400
    assert ids("an_unknown_filter=1") == [first, second, third]


def test_modified_since_takes_both_kinds_of_dates_and_whole_seconds(shop):
    old = buy(shop)
    shop.world.clock.move(3600)
    new = buy(shop)
    iso = new.modified_at.replace(microsecond=0).isoformat().replace("+", "%2B")
    rfc = shop.api("GET", f"/v2/orders/{new.id}").json["date_modified"].replace("+", "%2B").replace(" ", "%20")
    for text in (iso, rfc):
        assert [row["id"] for row in shop.api("GET", f"/v2/orders?min_date_modified={text}").json] == [new.id]
    assert [row["id"] for row in shop.api("GET", f"/v2/orders?max_date_modified={iso}").json] == [old.id, new.id]
    assert shop.api("GET", "/v2/orders?min_date_modified=yesterday").status_code == 400


def test_lines_come_inline_grouped_by_address_and_are_capped_at_fifty(shop):
    order = place_order(shop.world, shop.store, [Wanted(product_id=0, name="Thing", quantity=1)] * 51)
    [shown] = shop.api("GET", f"/v2/orders?{OBJECT}").json
    [group] = shown["consignments"]["shipping"]
    assert len(group["line_items"]) == 50
    assert group["__warning__"]["message"].startswith("Not all line items of this consignment")
    rest = shop.api("GET", f"/v2/orders/{order.id}/products?page=2").json
    assert [line["product_id"] for line in rest] == [0]
    assert "variant_id" not in rest[0]


def test_without_the_object_flag_consignments_look_different(shop):
    buy(shop)
    [row] = shop.api("GET", "/v2/orders?include=consignments.line_items").json
    assert row["consignments"][0]["type"] == "shipping"
    [row] = shop.api("GET", "/v2/orders").json
    assert set(row["consignments"]) == {"url", "resource"}
    assert shop.api("GET", "/v2/orders?include=everything").status_code == 400


def test_the_backordered_number_stands_on_a_line_only_where_something_is_owed(shop):
    set_backorder_limit(shop.world, shop.store, RED_MUG, 2)
    order = buy(shop, (RED_MUG, 2), (CANDLE, 1))
    mug, candle = shop.api("GET", f"/v2/orders/{order.id}/products").json
    assert mug["quantity_backordered"] == 1
    assert "quantity_backordered" not in candle
    shop.switch(quantity_backordered_at_zero="zero")
    assert shop.api("GET", f"/v2/orders/{order.id}/products/{candle['id']}").json["quantity_backordered"] == 0
    shop.store.native_backorders = False
    assert "quantity_backordered" not in shop.api("GET", f"/v2/orders/{order.id}/products/{mug['id']}").json


def test_a_put_changes_only_what_it_names(shop):
    order = buy(shop, customer_message="Ring twice")
    answer = shop.api("PUT", f"/v2/orders/{order.id}", {"staff_notes": "Call first"})
    assert answer.status_code == 200
    assert (answer.json["staff_notes"], answer.json["customer_message"]) == ("Call first", "Ring twice")
    assert shop.happened()[-1] == "store/order/updated"
    refused = shop.api("PUT", f"/v2/orders/{order.id}", {"status_id": 99})
    assert (refused.status_code, order.status_id) == (400, 11)


def test_putting_products_patches_lines_and_costs_the_discount(shop):
    order = buy(shop, (CANDLE, 2), (RED_MUG, 1))
    candle, mug = order.lines
    candle.discounts, mug.discounts = [{"id": "c", "amount": "1.0000"}], [{"id": "c", "amount": "2.0000"}]
    answer = shop.api("PUT", f"/v2/orders/{order.id}", {"products": [{"id": candle.id, "quantity": 3}]})
    assert answer.status_code == 200
    assert (candle.quantity, candle.discounts, mug.discounts) == (3, [], [{"id": "c", "amount": "2.0000"}])
    large = shop.store.products[TEE].variants[3].id
    rows = [{"id": mug.id, "quantity": 0}, {"product_id": TEE, "variant_id": large, "quantity": 2}]
    shop.api("PUT", f"/v2/orders/{order.id}", {"products": rows})
    assert [(line.product_id, line.quantity) for line in order.lines] == [(CANDLE, 3), (TEE, 2)]
    assert (shop.cell(RED_MUG).on_hand, shop.cell(TEE, large).on_hand) == (1, 7)


def test_an_oversold_put_answers_409_with_the_documented_details(shop):
    set_backorder_limit(shop.world, shop.store, RED_MUG, 1)
    order = buy(shop, (RED_MUG, 1))
    answer = shop.api("PUT", f"/v2/orders/{order.id}", {"products": [{"id": order.lines[0].id, "quantity": 3}]})
    assert answer.status_code == 409
    [error] = answer.json[0]["details"]["errors"]
    assert (error["type"], error["available_quantity"], error["available_quantity_for_backorder"]) == (
        "OutOfStock",
        0,
        1,
    )
    assert order.lines[0].quantity == 1
    shop.switch(oversell_body="plain")
    answer = shop.api("PUT", f"/v2/orders/{order.id}", {"products": [{"id": order.lines[0].id, "quantity": 3}]})
    assert "details" not in answer.json[0]


def test_a_backordered_number_above_the_quantity_is_taken_unless_validated(shop):
    set_backorder_limit(shop.world, shop.store, RED_MUG, 1)
    order = buy(shop, (RED_MUG, 2))
    line = order.lines[0]
    body = {"products": [{"id": line.id, "quantity": 2, "quantity_backordered": 9}]}
    assert shop.api("PUT", f"/v2/orders/{order.id}", body).status_code == 200
    assert line.quantity_backordered == 9
    shop.switch(backordered_put="validated")
    assert shop.api("PUT", f"/v2/orders/{order.id}", body).status_code == 400


def test_deleting_archives_and_lists_leave_it_out_by_the_switch(shop):
    order = buy(shop)
    assert shop.api("DELETE", f"/v2/orders/{order.id}").status_code == 204
    assert (order.is_deleted, shop.api("GET", "/v2/orders").status_code) == (True, 204)
    assert "store/order/archived" in shop.happened()
    assert shop.api("GET", f"/v2/orders/{order.id}").json["is_deleted"] is True
    shop.switch(archived_in_lists=True)
    assert len(shop.api("GET", "/v2/orders").json) == 1
    shop.api("PUT", f"/v2/orders/{order.id}", {"is_deleted": False})
    assert order.is_deleted is False


def test_a_new_order_may_be_unreadable_for_a_moment(shop):
    shop.switch(order_readable_after_ms=1000)
    order = buy(shop)
    assert shop.api("GET", f"/v2/orders/{order.id}").status_code == 404
    assert shop.api("GET", "/v2/orders").status_code == 204
    shop.world.clock.move(1)
    assert shop.api("GET", f"/v2/orders/{order.id}").status_code == 200


def test_a_manual_order_takes_stock_and_is_refused_like_any_other(shop):
    body = {
        "billing_address": {"first_name": "Ada", "last_name": "Whitfield", "email": "ada@example.com"},
        "products": [{"product_id": RED_MUG, "quantity": 1}, {"name": "Engraving", "price_ex_tax": 5, "quantity": 1}],
        "external_source": "M-MIG",
    }
    answer = shop.api("POST", "/v2/orders", body)
    assert (answer.status_code, answer.json["status_id"], answer.json["external_source"]) == (200, 1, "M-MIG")
    assert shop.cell(RED_MUG).on_hand == 0
    assert shop.api("POST", "/v2/orders", body).status_code == 409
    assert shop.api("POST", "/v2/orders", {}).status_code == 400


def test_parcels_move_the_status_by_themselves(shop):
    order = buy(shop, (CANDLE, 3))
    line, address = order.lines[0], order.addresses[0].id
    path = f"/v2/orders/{order.id}/shipments"
    assert shop.api("GET", path).status_code == 204
    sent = shop.api(
        "POST", path, {"order_address_id": address, "items": [{"order_product_id": line.id, "quantity": 1}]}
    )
    assert sent.status_code == 201
    assert sent.json["items"] == [{"order_product_id": line.id, "product_id": 0, "quantity": 1}]
    assert (order.status_id, line.quantity_shipped) == (3, 1)
    assert shop.data_of("store/shipment/created") == [{"type": "shipment", "id": sent.json["id"], "orderId": order.id}]
    too_many = {"order_address_id": address, "items": [{"order_product_id": line.id, "quantity": 3}]}
    assert shop.api("POST", path, too_many).status_code == 400
    shop.api("POST", path, {"order_address_id": address, "items": [{"order_product_id": line.id, "quantity": 2}]})
    assert (order.status_id, shop.api("GET", f"{path}/count").json) == (2, {"count": 2})
    assert shop.api("DELETE", f"{path}/{sent.json['id']}").status_code == 204
    assert (order.status_id, line.quantity_shipped) == (2, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("tracking_number", "x" * 51), ("shipping_provider", "pigeon"), ("items", []), ("order_address_id", 1)],
)
def test_a_bad_parcel_is_refused_and_nothing_is_sent(shop, field, value):
    order = buy(shop)
    body = {
        "order_address_id": order.addresses[0].id,
        "items": [{"order_product_id": order.lines[0].id, "quantity": 1}],
    }
    assert shop.api("POST", f"/v2/orders/{order.id}/shipments", {**body, field: value}).status_code == 400
    assert (order.shipments, order.status_id) == ([], 11)


def test_a_refund_needs_the_quoted_amount_and_never_restocks(shop):
    order = buy(shop, (CANDLE, 2))
    actions = f"/v3/orders/{order.id}/payment_actions"
    items = [{"item_type": "PRODUCT", "item_id": order.lines[0].id, "quantity": 1, "reason": "Chipped"}]
    quote = shop.api("POST", f"{actions}/refund_quotes", {"items": items})
    assert (quote.status_code, quote.json["data"]["total_refund_amount"]) == (201, 19.5)
    wrong = shop.api(
        "POST", f"{actions}/refunds", {"items": items, "payments": [{"provider_id": "custom", "amount": 1}]}
    )
    assert (wrong.status_code, wrong.json["data"][0]["status"], order.refunds) == (422, 422, [])
    paid = [{"provider_id": "custom", "amount": 19.5, "offline": True}]
    done = shop.api("POST", f"{actions}/refunds", {"items": items, "payments": paid})
    assert (done.status_code, done.json["data"]["total_amount"], order.status_id) == (201, 19.5, 14)
    assert shop.cell(CANDLE).on_hand == 23
    listed = shop.api("GET", f"/v3/orders/payment_actions/refunds?order_id:in={order.id}").json["data"]
    assert [row["items"][0]["quantity"] for row in listed] == [1]
    assert shop.data_of("store/order/refund/created") == [
        {"type": "order", "id": order.id, "refund": {"refund_id": done.json["data"]["id"]}}
    ]


def test_statuses_and_counts_know_all_fifteen(shop):
    buy(shop)
    assert [row["id"] for row in shop.api("GET", "/v2/order_statuses").json] == list(range(15))
    counted = shop.api("GET", "/v2/orders/count").json
    assert (counted["count"], counted["statuses"][11]["count"]) == (1, 1)


def test_a_digital_line_travels_as_a_download(shop):
    shop = Shop(seed="full")
    digital = next(product for product in shop.store.products.values() if product.type == "digital")
    order = buy(shop, (digital.id, 1), (CANDLE, 1))
    shown = shop.api("GET", f"/v2/orders/{order.id}?{OBJECT}").json["consignments"]
    assert [line["product_id"] for line in shown["downloads"][0]["line_items"]] == [digital.id]
    assert [line["product_id"] for line in shown["shipping"][0]["line_items"]] == [CANDLE]


def test_an_item_at_zero_can_be_bought_again_once_it_is_counted(shop):
    assert shop.available(BLUE_MUG) == (0, 0)
    set_stock(shop.world, shop.store, BLUE_MUG, 2)
    assert buy(shop, (BLUE_MUG, 2)).status_id == 11

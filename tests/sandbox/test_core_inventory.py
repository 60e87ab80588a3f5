"""Inventory v3: one name per item, tracking modes, delays, safety stock, and backorder fields only where they exist."""

import pytest

from tests.sandbox.core import BLUE_MUG, CANDLE, GLAZED_MUG, RED_MUG, RUG, Shop

ABSOLUTE, RELATIVE = "/v3/inventory/adjustments/absolute", "/v3/inventory/adjustments/relative"
SETTINGS = "/v3/inventory/locations/1/items"


@pytest.fixture
def shop():
    return Shop()


def row_of(shop, product_id):
    [row] = shop.api("GET", f"/v3/inventory/items?product_id:in={product_id}&location_id:in=1").json["data"]
    return row["locations"][0]


def absolute(shop, **item):
    return shop.api("PUT", ABSOLUTE, {"items": [{"location_id": 1, **item}]})


def relative(shop, **item):
    return shop.api("POST", RELATIVE, {"items": [{"location_id": 1, **item}]})


def test_items_carry_identity_and_every_location(shop):
    [row] = shop.api("GET", "/v3/inventory/items?sku:in=MUG-RED").json["data"]
    variant = shop.store.products[RED_MUG].variants[0].id
    assert row["identity"] == {"sku": "MUG-RED", "variant_id": variant, "product_id": RED_MUG, "sku_id": None}
    assert [(place["location_id"], place["available_to_sell"]) for place in row["locations"]] == [(1, 1), (2, 0)]
    assert row["locations"][0]["qty_backordered"] == 0
    assert row["locations"][0]["settings"]["backorder_limit"] == 0


def test_backorder_fields_are_missing_where_the_feature_is():
    shop = Shop(native_backorders=False)
    row = row_of(shop, RED_MUG)
    assert "qty_backordered" not in row
    assert set(row["settings"]) == {"safety_stock", "is_in_stock", "warning_level", "bin_picking_number"}
    refused = shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": RED_MUG}, "backorder_limit": 3}]})
    assert refused.status_code == 422
    assert "backorder_availability_prompt" not in shop.api("GET", "/v3/settings/inventory").json["data"]


def test_variants_have_a_row_each_and_a_product_tracked_as_a_whole_has_one():
    shop = Shop(seed="full")
    rows = shop.api("GET", f"/v3/inventory/items?product_id:in={GLAZED_MUG},{RUG}").json["data"]
    assert [row["identity"]["product_id"] for row in rows] == [GLAZED_MUG] * 4 + [RUG]
    assert rows[-1]["identity"]["variant_id"] is None
    answer = absolute(shop, variant_id=shop.store.products[RUG].variants[0].id, quantity=3)
    assert answer.headers["Content-Type"] == "application/problem+json"
    wanted = f"[Item with variant_id {shop.store.products[RUG].variants[0].id} is tracked by product, "
    assert answer.json["title"] == wanted + "please update stock by product id]"


def test_an_absolute_number_is_written_and_heard(shop):
    answer = absolute(shop, product_id=RED_MUG, quantity=9)
    assert (answer.status_code, set(answer.json)) == (200, {"transaction_id"})
    assert row_of(shop, RED_MUG)["total_inventory_onhand"] == 9
    assert shop.data_of("store/product/inventory/updated") == [
        {"type": "product", "id": RED_MUG, "inventory": {"product_id": RED_MUG, "method": "absolute", "value": 8}}
    ]
    assert shop.data_of("store/channel/*/inventory/product/stock_changed")[0]["location_id"] == 1


def test_a_write_is_invisible_for_a_while(shop):
    shop.switch(inventory_delay_ms=30_000)
    assert absolute(shop, product_id=RED_MUG, quantity=9).status_code == 200
    assert (row_of(shop, RED_MUG)["total_inventory_onhand"], shop.happened()) == (1, [])
    shop.world.clock.move(31)
    assert row_of(shop, RED_MUG)["total_inventory_onhand"] == 9


def test_later_writes_never_overtake_earlier_ones(shop):
    shop.switch(inventory_delay_ms=30_000)
    absolute(shop, product_id=RED_MUG, quantity=9)
    shop.switch(inventory_delay_ms=0)
    absolute(shop, product_id=RED_MUG, quantity=4)
    shop.world.clock.move(31)
    assert row_of(shop, RED_MUG)["total_inventory_onhand"] == 4


def test_owed_units_can_be_set_with_the_count(shop):
    absolute(shop, product_id=RED_MUG, quantity=9, qty_backordered=2)
    assert (shop.cell(RED_MUG).on_hand, shop.cell(RED_MUG).backordered) == (9, 2)
    relative(shop, product_id=RED_MUG, qty_backordered=-1)
    assert (shop.cell(RED_MUG).on_hand, shop.cell(RED_MUG).backordered) == (9, 1)


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ({"quantity": 1}, "Payload contains invalid fields"),
        ({"quantity": 1, "product_id": RED_MUG, "sku": "MUG-RED"}, "Payload contains invalid fields"),
        ({"quantity": 1, "product_id": 9}, "[Item with product_id 9 does not exist]"),
        ({"quantity": -1, "product_id": RED_MUG}, "Payload contains invalid fields"),
        ({"quantity": 2**31, "product_id": RED_MUG}, "Payload contains invalid fields"),
        ({"quantity": 1, "product_id": RED_MUG, "location_id": 7}, "Payload contains invalid fields"),
        (
            {"quantity": 1, "product_id": GLAZED_MUG},
            f"[Item with product_id {GLAZED_MUG} is tracked by variant, please update stock by variant id]",
        ),
    ],
)
def test_a_bad_row_refuses_the_whole_write(shop, item, title):
    rows = [{"location_id": 1, "product_id": CANDLE, "quantity": 1}, {"location_id": 1, **item}]
    answer = shop.api("PUT", ABSOLUTE, {"items": rows})
    assert (answer.status_code, answer.json["title"]) == (422, title)
    assert shop.cell(CANDLE).on_hand == 25


def test_a_relative_zero_is_refused_and_a_relative_number_adds(shop):
    assert relative(shop, product_id=CANDLE, quantity=0).json["title"] == "quantity: must be greater than 0"
    assert relative(shop, product_id=CANDLE, quantity=-5).status_code == 200
    assert shop.cell(CANDLE).on_hand == 20


def test_a_relative_number_may_not_go_below_the_safety_stock_or_zero(shop):
    shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": CANDLE}, "safety_stock": 10}]})
    assert relative(shop, product_id=CANDLE, quantity=-16).status_code == 422
    shop.switch(safety_error_status=409)
    assert relative(shop, product_id=CANDLE, quantity=-16).status_code == 409
    assert relative(shop, product_id=RED_MUG, quantity=-2).status_code == 422
    shop.switch(relative_below_zero="clamped")
    assert relative(shop, product_id=RED_MUG, quantity=-2).status_code == 200
    assert (shop.cell(CANDLE).on_hand, shop.cell(RED_MUG).on_hand) == (25, 0)
    assert row_of(shop, CANDLE)["available_to_sell"] == 15


@pytest.mark.parametrize(("switch", "status"), [(413, 413), (422, 422), (200, 200)])
def test_two_thousand_rows_are_enough(shop, switch, status):
    shop.switch(inventory_overflow=switch)
    rows = [{"location_id": 1, "product_id": CANDLE, "quantity": 7}] * 2001
    assert shop.api("PUT", ABSOLUTE, {"items": rows}).status_code == status
    assert shop.cell(CANDLE).on_hand == (7 if status == 200 else 25)
    assert shop.api("PUT", ABSOLUTE, {"items": rows[:2000]}).status_code == 200


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        ("unlimited_backorder", {"unlimited_backorder": True}),
        ("null", {"backorder_limit": None}),
        ("minus_one", {"backorder_limit": -1}),
    ],
)
def test_no_limit_has_three_possible_names(shop, style, sent):
    shop.switch(unlimited_name=style)
    answer = shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": BLUE_MUG}, **sent}]})
    assert (answer.status_code, shop.cell(BLUE_MUG).unlimited_backorder) == (200, True)
    row = row_of(shop, BLUE_MUG)
    assert row["available_to_sell"] == 2_147_483_647
    assert {name: row["settings"][name] for name in sent} == sent
    shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": BLUE_MUG}, "backorder_limit": 4}]})
    assert row_of(shop, BLUE_MUG)["available_to_sell"] == 4


def test_settings_need_at_least_one_setting(shop):
    answer = shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": RED_MUG}}]})
    assert answer.status_code == 422
    assert answer.json["errors"]["setting.0.settings"].startswith("At least one setting must be specified")


def test_a_limit_opens_the_item_and_is_heard(shop):
    shop.api("PUT", SETTINGS, {"settings": [{"identity": {"product_id": BLUE_MUG}, "backorder_limit": 3}]})
    assert row_of(shop, BLUE_MUG)["available_to_sell"] == 3
    assert shop.happened() == ["store/channel/*/inventory/product/settings_changed"]


def test_on_hand_may_read_negative(shop):
    shop.switch(on_hand_reads_negative=True)
    absolute(shop, product_id=BLUE_MUG, quantity=0, qty_backordered=3)
    assert row_of(shop, BLUE_MUG)["total_inventory_onhand"] == -3


def test_a_location_page_is_flat_and_unknown_places_are_404(shop):
    [row] = shop.api("GET", f"{SETTINGS}?sku:in=MUG-RED").json["data"]
    assert (row["available_to_sell"], row["identity"]["product_id"]) == (1, RED_MUG)
    assert shop.api("GET", "/v3/inventory/locations/9/items").status_code == 404
    assert shop.api("GET", "/v3/inventory/items?limit=1000").status_code == 200
    assert shop.api("GET", "/v3/inventory/items?limit=1001").status_code == 413
    assert shop.api("GET", "/v3/inventory/items?product_id=1").status_code == 422
    codes = [row["code"] for row in shop.api("GET", "/v3/inventory/locations").json["data"]]
    assert codes == ["BC-LOCATION-1", "WAREHOUSE-2"]


def test_settings_of_a_channel_are_null_where_it_inherits(shop):
    assert shop.api("GET", "/v3/settings/inventory?channel_id=1").json["data"]["update_stock_behavior"] is None
    assert shop.api("GET", "/v3/settings/inventory").json["data"]["update_stock_behavior"] == "order_placed"
    assert shop.api("GET", "/v3/settings/inventory?channel_id=5").status_code == 422
    assert shop.api("PUT", "/v3/settings/inventory", {"edit_order_stock_adjustment": False}).status_code == 403

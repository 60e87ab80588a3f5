"""Levels and moves: few calls, exact rows, a refused row hurts nobody, an unknown outcome is said."""

import json

import pytest
import responses

from plugin.domain.ids import ItemId, LocationId
from plugin.domain.stock import StockMove
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.shop import BackorderLimit
from tests.adapters.bigcommerce.conftest import BASE

ITEMS = f"{BASE}/v3/inventory/items"
RELATIVE = f"{BASE}/v3/inventory/adjustments/relative"
ABSOLUTE = f"{BASE}/v3/inventory/adjustments/absolute"
FIRST, SECOND = LocationId(1), LocationId(2)
TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"


def a_move(item, quantity=0, *, backordered=0, virtual=0, location=FIRST, reason="Sells 3 past zero."):
    return StockMove(ItemId(item), location, quantity, backordered, virtual, reason)


def a_row(product, variant=None, *, on_hand=5, location=1, **more):
    settings = {"safety_stock": 0}
    locations = [{"location_id": location, "total_inventory_onhand": on_hand, "settings": settings, **more}]
    sku_id = None if variant is None else variant + 1000
    return {"identity": {"product_id": product, "variant_id": variant, "sku_id": sku_id}, "locations": locations}


def page(*rows, current=1, total=1):
    return {"data": list(rows), "meta": {"pagination": {"current_page": current, "total_pages": total}}}


def refusal(title, status=422):
    return {"status": status, "title": title, "type": TYPE, "errors": {}}


def bodies(api, url):
    return [json.loads(call.request.body) for call in api.calls if call.request.url.startswith(url)]


def test_the_stock_of_fifty_variants_is_one_call(api, shop):
    api.add(responses.GET, ITEMS, json=page(*(a_row(7, variant) for variant in range(1, 51))))
    levels = shop.store.stock([ItemId(f"7:{variant}") for variant in range(1, 51)])
    assert len(levels) == 50
    assert len(shop.calls) == 1
    assert api.calls[0].request.params["variant_id:in"] == ",".join(map(str, range(1, 51)))
    assert api.calls[0].request.params["limit"] == "1000"


def test_addresses_stay_below_eight_thousand_characters(api, shop):
    api.add(responses.GET, ITEMS, json=page())
    shop.store.stock([ItemId(f"7:{variant}") for variant in range(10_000_000, 10_003_000)])
    assert max(len(call.request.url) for call in api.calls) < 8000
    asked = [each for call in api.calls for each in call.request.params["variant_id:in"].split(",")]
    assert len(asked) == len(set(asked)) == 3000


def test_products_and_variants_are_asked_for_by_their_own_names(api, shop):
    api.add(responses.GET, ITEMS, json=page(a_row(7, 105), a_row(8)))
    levels = shop.store.stock([ItemId("7:105"), ItemId("8")])
    assert {level.item_id for level in levels} == {"7:105", "8"}
    assert [set(call.request.params) & {"variant_id:in", "product_id:in"} for call in api.calls] == [
        {"variant_id:in"},
        {"product_id:in"},
    ]


def test_levels_nobody_asked_for_are_left_out(api, shop):
    api.add(responses.GET, ITEMS, json=page(a_row(7, 105), a_row(7, 106), a_row(9)))
    assert [level.item_id for level in shop.store.stock([ItemId("7:105")])] == ["7:105"]


def test_a_list_is_followed_to_its_last_page(api, shop):
    api.add(responses.GET, ITEMS, json=page(a_row(7), current=1, total=2))
    api.add(responses.GET, ITEMS, json=page(a_row(8), current=2, total=2))
    pages = list(shop.store.all_stock())
    assert [[level.item_id for level in each] for each in (page.rows for page in pages)] == [["7"], ["8"]]
    assert [call.request.params["page"] for call in api.calls] == ["1", "2"]
    assert [each.place for each in pages] == ["2", ""]


def test_a_list_is_gone_on_with_from_a_place(api, shop):
    api.add(responses.GET, ITEMS, json=page(a_row(8), current=2, total=2))
    (last,) = shop.store.all_stock("2")
    assert [level.item_id for level in last.rows] == ["8"]
    assert [call.request.params["page"] for call in api.calls] == ["2"]


def test_moves_are_one_call_with_exact_rows(api, shop):
    api.add(responses.POST, RELATIVE, json={"transaction_id": "t"})
    moves = [
        a_move("8", 3, virtual=3),
        a_move("7:105", -2, backordered=-2, location=SECOND),
        a_move("7:106", backordered=-1),
        a_move("9", -4),
    ]
    result = shop.store.adjust_stock(moves)
    assert bodies(api, RELATIVE) == [
        {
            "reason": "Sells 3 past zero.",
            "items": [
                {"location_id": 1, "variant_id": 106, "qty_backordered": -1},
                {"location_id": 1, "product_id": 8, "quantity": 3},
                {"location_id": 1, "product_id": 9, "quantity": -4},
                {"location_id": 2, "variant_id": 105, "quantity": -2, "qty_backordered": -2},
            ],
        }
    ]
    assert set(result.written) == {("8", 1), ("7:105", 2), ("7:106", 1), ("9", 1)}
    assert (result.refused, result.stopped_by) == ({}, None)


def test_moves_of_one_place_become_one_row_and_nothing_is_no_row(api, shop):
    api.add(responses.POST, RELATIVE, json={"transaction_id": "t"})
    result = shop.store.adjust_stock([a_move("8", 3), a_move("8", 2), a_move("9", 1), a_move("9", -1)])
    assert [body["items"] for body in bodies(api, RELATIVE)] == [[{"location_id": 1, "product_id": 8, "quantity": 5}]]
    assert set(result.written) == {("8", 1), ("9", 1)}


def test_nothing_to_move_is_no_call(shop):
    assert shop.store.adjust_stock([]).written == {}
    assert shop.store.adjust_stock([a_move("9", 0, virtual=1)]).written == {("9", 1): None}
    assert shop.calls == []


def test_a_row_that_is_named_is_refused_and_the_others_go_through(api, shop):
    title = "[Item with variant_id 106 is tracked by product, please update stock by product id]"
    api.add(responses.POST, RELATIVE, status=422, json=refusal(title))
    api.add(responses.POST, RELATIVE, json={"transaction_id": "t"})
    result = shop.store.adjust_stock([a_move("7:106", 1), a_move("8", 1), a_move("106", 1)])
    assert set(result.written) == {("8", 1), ("106", 1)}
    assert result.refused[ItemId("7:106"), FIRST].reason == "rejected"
    assert len(shop.calls) == 2


def bad_products(*bad):
    """Refuses the whole batch, naming nobody, as long as one of these is in it."""

    def answer(request):
        items = json.loads(request.body)["items"]
        refused = any(item.get("product_id") in bad for item in items)
        return (422, {}, json.dumps(refusal("Below the safety stock."))) if refused else (200, {}, "{}")

    return answer


def test_a_bad_row_nobody_names_is_found_by_halving(api, shop):
    api.add_callback(responses.POST, RELATIVE, bad_products(13))
    result = shop.store.adjust_stock([a_move(str(number), 1) for number in range(1, 65)])
    assert set(result.refused) == {("13", 1)}
    assert len(result.written) == 63
    assert len(shop.calls) <= 13


def test_no_move_is_sent_twice_whatever_is_refused(api, shop):
    applied = []

    def answer(request):
        status, headers, body = bad_products(3, 4, 9)(request)
        if status == 200:
            applied.extend(item["product_id"] for item in json.loads(request.body)["items"])
        return status, headers, body

    api.add_callback(responses.POST, RELATIVE, answer)
    shop.store.adjust_stock([a_move(str(number), 1) for number in range(1, 17)])
    assert sorted(applied) == sorted(set(range(1, 17)) - {3, 4, 9})


def test_an_item_never_counted_gets_an_absolute_number(api, shop):
    title = "Items with identity: [product_id 113] requires absolute adjustment before relative"
    api.add(responses.POST, RELATIVE, status=422, json=refusal(title))
    api.add(responses.POST, RELATIVE, json={"transaction_id": "t"})
    api.add(responses.GET, ITEMS, json=page(a_row(113, on_hand=2)))
    api.add(responses.PUT, ABSOLUTE, json={"transaction_id": "t"})
    result = shop.store.adjust_stock([a_move("113", 5), a_move("8", 1)])
    assert [body["items"] for body in bodies(api, ABSOLUTE)] == [[{"location_id": 1, "product_id": 113, "quantity": 7}]]
    assert set(result.written) == {("113", 1), ("8", 1)}


def test_a_timeout_in_the_middle_says_that_the_rest_is_unknown(api, shop):
    api.add(responses.POST, RELATIVE, json={"transaction_id": "t"})
    api.add(responses.POST, RELATIVE, status=504, body=b"")
    result = shop.store.adjust_stock([a_move(str(number), 1) for number in range(1, 2002)])
    assert len(result.written) == 2000
    assert result.stopped_by.outcome_unknown is True


def test_a_timeout_at_the_start_is_raised(api, shop):
    api.add(responses.POST, RELATIVE, status=500, body=b"")
    with pytest.raises(RetryLater) as caught:
        shop.store.adjust_stock([a_move("8", 1)])
    assert caught.value.outcome_unknown is True


def test_a_missing_scope_concerns_the_whole_store(api, shop):
    api.add(responses.POST, RELATIVE, status=403, json=refusal("You don't have a required scope.", 403))
    with pytest.raises(GiveUp) as caught:
        shop.store.adjust_stock([a_move("8", 1), a_move("9", 1)])
    assert caught.value.reason == "configuration"
    assert "required scope" in caught.value.explanation
    assert len(shop.calls) == 1


@pytest.mark.parametrize(
    ("row", "native"),
    [
        (a_row(7), False),
        (a_row(7, qty_backordered=0), True),
        (a_row(7, settings={"safety_stock": 0, "backorder_limit": 0}), True),
        (a_row(7, settings={"unlimited_backorder": False}), True),
    ],
)
def test_native_backorders_are_recognized_by_any_of_their_fields(api, shop, row, native):
    api.add(responses.GET, ITEMS, json=page(a_row(1), row))
    assert shop.store.has_native_backorders() is native
    assert len(shop.calls) == 1


def test_limits_are_one_call_per_location(api, shop):
    api.add(responses.PUT, f"{BASE}/v3/inventory/locations/1/items", json={"transaction_id": "t"})
    api.add(responses.PUT, f"{BASE}/v3/inventory/locations/2/items", json={"transaction_id": "t"})
    limits = [
        BackorderLimit(ItemId("7:105"), FIRST, 3),
        BackorderLimit(ItemId("8"), FIRST, 0),
        BackorderLimit(ItemId("8"), SECOND, 9),
    ]
    result = shop.store.set_backorder_limits(limits)
    assert set(result.written) == {("7:105", 1), ("8", 1), ("8", 2)}
    assert bodies(api, f"{BASE}/v3/inventory/locations/1/items") == [
        {
            "settings": [
                {"identity": {"variant_id": 105}, "backorder_limit": 3},
                {"identity": {"product_id": 8}, "backorder_limit": 0},
            ]
        }
    ]
    assert len(shop.calls) == 2


def test_an_unknown_location_refuses_only_its_own_limits(api, shop):
    api.add(responses.PUT, f"{BASE}/v3/inventory/locations/1/items", json={"transaction_id": "t"})
    api.add(responses.PUT, f"{BASE}/v3/inventory/locations/2/items", status=404, json=refusal("No location.", 404))
    limits = [BackorderLimit(ItemId("8"), FIRST, 1), BackorderLimit(ItemId("8"), SECOND, 1)]
    result = shop.store.set_backorder_limits(limits)
    assert set(result.written) == {("8", 1)}
    assert {place: problem.reason for place, problem in result.refused.items()} == {("8", 2): "gone"}


def test_the_last_of_two_limits_for_one_place_is_set(api, shop):
    url = f"{BASE}/v3/inventory/locations/1/items"
    api.add(responses.PUT, url, json={"transaction_id": "t"})
    shop.store.set_backorder_limits([BackorderLimit(ItemId("8"), FIRST, 1), BackorderLimit(ItemId("8"), FIRST, 2)])
    assert bodies(api, url) == [{"settings": [{"identity": {"product_id": 8}, "backorder_limit": 2}]}]

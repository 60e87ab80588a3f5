"""Reading orders: which calls are made, and that rows moving meanwhile hide nothing."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
import responses

from plugin.domain.ids import OrderId
from plugin.services.errors import GiveUp, RetryLater
from tests.adapters.bigcommerce.conftest import BASE

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def an_order(number, *, modified=NOON, status=11, **changes):
    line = {"id": number * 10, "product_id": 77, "variant_id": 105, "type": "physical", "quantity": 1}
    order = {
        "id": number,
        "status_id": status,
        "date_created": format_datetime(NOON),
        "date_modified": format_datetime(modified),
        "consignments": {"shipping": [{"id": 1, "country_iso2": "DE", "line_items": [line]}]},
    }
    return {**order, **changes}


class Shelf:
    """Answers `GET /v2/orders` from a dict of orders, by the documented filters; `before` may change them first."""

    def __init__(self, orders, *, hides=(), before=None):
        self.orders = {order["id"]: order for order in orders}
        self.hides = set(hides)
        self.before = before or (lambda shelf, query: None)
        self.queries = []

    def __call__(self, request):
        query = request.params
        self.before(self, query)
        self.queries.append(query)
        rows = [order for order in self.orders.values() if self.passes(order, query)]
        field, _, _ = query.get("sort", "id:asc").partition(":")
        rows.sort(key=lambda order: order["id"])
        if field == "date_modified":
            rows.sort(key=lambda order: parsedate_to_datetime(order["date_modified"]))
        rows = rows[: int(query["limit"])]
        if not rows:
            return 204, {}, ""

        return 200, {}, json.dumps(rows)

    def passes(self, order, query):
        at = parsedate_to_datetime(order["date_modified"])
        return (
            int(query.get("min_id", 0)) <= order["id"] <= int(query.get("max_id", 10**9))
            and ("status_id" in query or order["status_id"] not in self.hides)
            and int(query.get("status_id", order["status_id"])) == order["status_id"]
            and ("min_date_modified" not in query or at >= parsedate_to_datetime(query["min_date_modified"]))
            and ("max_date_modified" not in query or at <= parsedate_to_datetime(query["max_date_modified"]))
        )


def serve(api, shelf):
    api.add_callback(responses.GET, f"{BASE}/v2/orders", shelf)
    return shelf


def ids(*numbers):
    return [OrderId(number) for number in numbers]


def test_no_ids_cost_no_call(shop):
    assert shop.store.orders([]) == []
    assert shop.calls == []


def test_a_thousand_orders_in_a_row_are_ten_calls(api, shop):
    shelf = serve(api, Shelf([an_order(number) for number in range(1, 1001)]))
    read = shop.store.orders(ids(*range(1, 1001)))
    assert [order.order_id for order in read] == list(range(1, 1001))
    assert len(shop.calls) == 10
    assert shelf.queries[0]["limit"] == "100"
    assert shelf.queries[0]["include"] == "consignments.line_items"
    assert shelf.queries[0]["consignment_structure"] == "object"


def test_a_lonely_id_is_asked_for_alone_and_close_ones_together(api, shop):
    serve(api, Shelf([an_order(1), an_order(50), an_order(100)]))
    api.add(responses.GET, f"{BASE}/v2/orders/5000", json=an_order(5000))
    read = shop.store.orders(ids(5000, 1, 100, 1))
    assert [order.order_id for order in read] == [1, 100, 5000]
    assert shop.lines == ["GET /v2/orders", "GET /v2/orders/5000"]


def test_unfinished_checkouts_that_lists_hide_cost_one_call_more(api, shop):
    serve(api, Shelf([an_order(n, status=0 if n % 2 else 11) for n in range(1, 21)], hides={0}))
    assert len(shop.store.orders(ids(*range(1, 21)))) == 20
    assert shop.lines == ["GET /v2/orders"] * 2


def test_an_order_that_is_nowhere_is_left_out(api, shop):
    serve(api, Shelf([an_order(1)]))
    api.add(responses.GET, f"{BASE}/v2/orders/2", status=404, json=[{"status": 404, "message": "Not found."}])
    assert [order.order_id for order in shop.store.orders(ids(1, 2))] == [1]


def test_one_order_that_makes_no_sense_does_not_hide_the_others(api, shop):
    serve(api, Shelf([an_order(1), an_order(2)]))
    broken = an_order(2, date_created="")
    api.replace(responses.GET, f"{BASE}/v2/orders", json=[an_order(1), broken])
    api.add(responses.GET, f"{BASE}/v2/orders/2", json=broken)
    assert [order.order_id for order in shop.store.orders(ids(1, 2))] == [1]


def test_lines_left_out_are_read_page_by_page(api, shop):
    warned = an_order(7)
    warned["consignments"]["shipping"][0]["__warning__"] = {"message": "only 50 are included"}
    api.add(responses.GET, f"{BASE}/v2/orders/7", json=warned)

    def lines(request):
        page = int(request.params["page"])
        rows = [{"id": n, "product_id": 77, "quantity": 1} for n in range(1, 301)][(page - 1) * 250 : page * 250]

        return 200, {}, json.dumps(rows)

    api.add_callback(responses.GET, f"{BASE}/v2/orders/7/products", lines)
    (order,) = shop.store.orders(ids(7))
    assert len(order.lines) == 300
    assert shop.lines == ["GET /v2/orders/7", *["GET /v2/orders/7/products"] * 2]


def test_exactly_one_full_page_of_lines_ends_with_an_empty_one(api, shop):
    api.add(responses.GET, f"{BASE}/v2/orders/7", json=an_order(7, consignments=None))
    rows = [{"id": n, "product_id": 77, "quantity": 1} for n in range(1, 251)]
    api.add(responses.GET, f"{BASE}/v2/orders/7/products", json=rows)
    api.add(responses.GET, f"{BASE}/v2/orders/7/products", status=204, body=b"")
    (order,) = shop.store.orders(ids(7))
    assert len(order.lines) == 250


def walked(shop, since):
    return [order.order_id for page in shop.store.orders_modified_since(since) for order in page.rows]


def test_changed_orders_are_walked_by_time(api, shop):
    shelf = serve(api, Shelf([an_order(n, modified=NOON + timedelta(seconds=n)) for n in range(1, 251)]))
    assert set(walked(shop, NOON)) == set(range(1, 251))
    assert [query["sort"] for query in shelf.queries] == ["date_modified:asc"] * 3


def test_nothing_changed_is_one_call(api, shop):
    serve(api, Shelf([an_order(1, modified=NOON)]))
    assert walked(shop, NOON + timedelta(seconds=1)) == []
    assert len(shop.calls) == 1


def test_orders_that_change_while_we_walk_are_seen_again_and_hide_nobody(api, shop):
    """After each page three of the oldest orders are changed and move to the end."""
    later = iter(range(10_000, 20_000))

    def touch(shelf, _query):
        if len(shelf.queries) in (1, 2):
            oldest = sorted(shelf.orders.values(), key=lambda order: parsedate_to_datetime(order["date_modified"]))[:3]
            for order in oldest:
                order["date_modified"] = format_datetime(NOON + timedelta(seconds=next(later)))

    serve(api, Shelf([an_order(n, modified=NOON + timedelta(seconds=n)) for n in range(1, 351)], before=touch))
    seen = walked(shop, NOON)
    assert set(seen) == set(range(1, 351))
    assert seen.count(1) == 2


def test_an_import_of_hundreds_within_one_second_is_walked_by_id(api, shop):
    orders = [an_order(n, modified=NOON) for n in range(1, 351)] + [an_order(900, modified=NOON + timedelta(seconds=9))]
    serve(api, Shelf(orders))
    assert set(walked(shop, NOON)) == {*range(1, 351), 900}
    assert len(shop.calls) < 10


def test_open_orders_are_walked_by_id_in_each_status_that_holds_units(api, shop):
    statuses = (11, 9, 8, 3, 14, 1, 7, 12, 13)
    orders = [an_order(n + 1, status=statuses[n % 9]) for n in range(1000)]
    closed = [an_order(2000 + n, status=status) for n, status in enumerate((0, 2, 4, 5, 6, 10))]
    serve(api, Shelf(orders + closed))
    seen = [order.order_id for page in shop.store.open_orders() for order in page.rows]
    assert sorted(seen) == list(range(1, 1001))
    assert len(shop.calls) == 18


def gone_on(pages):
    """The ids of a list that is left after each page, and gone on with from the place the page named."""
    seen, place = [], ""
    while True:
        page = next(pages(place))
        seen += [order.order_id for order in page.rows]
        place = page.place
        if not place:
            return seen


def test_a_walk_by_time_goes_on_from_any_page(api, shop):
    crowd = [an_order(n, modified=NOON) for n in range(1, 351)]
    others = [an_order(n, modified=NOON + timedelta(seconds=n)) for n in range(351, 601)]
    serve(api, Shelf(crowd + others))
    seen = gone_on(lambda place: shop.store.orders_modified_since(NOON, place=place))
    assert set(seen) == set(range(1, 601))
    assert len(seen) < 650


def test_a_walk_through_open_orders_goes_on_from_any_page(api, shop):
    statuses = (11, 9, 8, 3, 14, 1, 7, 12, 13)
    serve(api, Shelf([an_order(n + 1, status=statuses[n % 9]) for n in range(1000)]))
    assert sorted(gone_on(shop.store.open_orders)) == list(range(1, 1001))


def test_asked_to_wait_nothing_is_pretended(api, shop):
    api.add(responses.GET, f"{BASE}/v2/orders", status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "1000"})
    with pytest.raises(RetryLater):
        shop.store.orders(ids(1, 2))


def test_staff_notes_change_nothing_else(api, shop):
    api.add(responses.PUT, f"{BASE}/v2/orders/7", json=an_order(7))
    shop.store.write_staff_notes(OrderId(7), "Ships 9 March")
    assert api.calls[0].request.body == b'{"staff_notes":"Ships 9 March"}'


def test_notes_of_an_order_that_is_gone_are_given_up(api, shop):
    api.add(responses.GET, f"{BASE}/v2/orders/7", status=404, json=[{"status": 404, "message": "Not found."}])
    with pytest.raises(GiveUp) as caught:
        shop.store.staff_notes(OrderId(7))
    assert caught.value.reason == "gone"

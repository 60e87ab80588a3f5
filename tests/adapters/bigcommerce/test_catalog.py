"""Products and their texts: batches of ten, one bad product, partial success, half-way waits."""

import json
from datetime import date, timedelta

import pytest
import responses

from plugin.domain.ids import ProductId
from plugin.domain.item import ProductTexts
from plugin.services.errors import RetryLater
from tests.adapters.bigcommerce.conftest import BASE

PRODUCTS = f"{BASE}/v3/catalog/products"
SOON = ProductTexts("Ships in March.", "preorder", date(2026, 3, 9), "From %%DATE%%")


def texts_for(*numbers):
    return dict.fromkeys(map(ProductId, numbers), SOON)


def refusing(*bad, status=422):
    def answer(request):
        rows = json.loads(request.body)
        if len(rows) > 10:
            return 413, {}, json.dumps({"status": 413, "title": "The maximum is 10.", "errors": {}})
        if any(row["id"] in bad for row in rows):
            return status, {}, json.dumps({"status": status, "title": "No.", "errors": {}})
        return 200, {}, json.dumps({"data": rows, "meta": {}})

    return answer


def test_fifty_product_texts_are_five_calls(api, shop):
    api.add_callback(responses.PUT, PRODUCTS, refusing())
    result = shop.store.write_product_texts(texts_for(*range(1, 51)))
    assert result.written == dict.fromkeys(range(1, 51))
    assert len(shop.calls) == 5


def test_only_our_fields_are_sent(api, shop):
    api.add_callback(responses.PUT, PRODUCTS, refusing())
    shop.store.write_product_texts({ProductId(7): SOON})
    assert json.loads(api.calls[0].request.body) == [
        {
            "id": 7,
            "availability_description": "Ships in March.",
            "availability": "preorder",
            "preorder_release_date": "2026-03-09T00:00:00+00:00",
            "preorder_message": "From %%DATE%%",
        }
    ]


@pytest.mark.parametrize(("status", "reason"), [(404, "gone"), (422, "rejected"), (409, "rejected"), (413, "rejected")])
def test_one_bad_product_hurts_nobody(api, shop, status, reason):
    api.add_callback(responses.PUT, PRODUCTS, refusing(4, status=status))
    result = shop.store.write_product_texts(texts_for(*range(1, 21)))
    assert set(result.written) == set(range(1, 21)) - {4}
    assert {product: problem.reason for product, problem in result.refused.items()} == {4: reason}
    assert len(shop.calls) <= 10


def test_207_means_the_texts_are_saved(api, shop):
    errors = {"status": 500, "title": "The inventory data failed to update."}
    api.add(responses.PUT, PRODUCTS, status=207, json={"data": [{"id": 1}, {"id": 2}], "errors": errors, "meta": {}})
    result = shop.store.write_product_texts(texts_for(1, 2))
    assert (set(result.written), result.refused) == ({1, 2}, {})


def test_207_that_leaves_one_out_tries_that_one_again(api, shop):
    sent = []

    def answer(request):
        rows = json.loads(request.body)
        sent.append([row["id"] for row in rows])
        saved = [row for row in rows if row["id"] != 2]
        body = {"data": saved or [{"id": 0}], "errors": {"title": "Product 2 was not saved."}, "meta": {}}
        return 207, {}, json.dumps(body)

    api.add_callback(responses.PUT, PRODUCTS, answer)
    result = shop.store.write_product_texts(texts_for(1, 2, 3))
    assert set(result.written) == {1, 3}
    assert sent == [[1, 2, 3], [2]]
    assert "Product 2 was not saved." in result.refused[ProductId(2)].explanation


def test_a_wait_half_way_keeps_what_was_done(api, shop):
    api.add(responses.PUT, PRODUCTS, json={"data": [], "meta": {}})
    api.add(responses.PUT, PRODUCTS, status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "9000"})
    result = shop.store.write_product_texts(texts_for(*range(1, 31)))
    assert set(result.written) == set(range(1, 11))
    assert result.stopped_by.after == timedelta(seconds=9)


def test_a_wait_at_the_start_is_raised(api, shop):
    api.add(responses.PUT, PRODUCTS, status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "9000"})
    with pytest.raises(RetryLater):
        shop.store.write_product_texts(texts_for(1))


def test_when_nearly_all_are_bad_the_search_stops_and_goes_on_later(api, shop):
    api.add_callback(responses.PUT, PRODUCTS, refusing(*range(1, 500)))
    result = shop.store.write_product_texts(texts_for(*range(1, 500)))
    assert len(result.refused) == 50
    assert result.stopped_by.after == timedelta(minutes=1)
    assert len(shop.calls) < 120


def a_page(*numbers):
    return {"data": [{"id": number, "name": f"Product {number}", "variants": []} for number in numbers], "meta": {}}


def test_five_hundred_products_are_two_calls(api, shop):
    def answer(request):
        asked = list(map(int, request.params["id:in"].split(",")))
        assert len(asked) <= int(request.params["limit"]) == 250
        return 200, {}, json.dumps(a_page(*asked))

    api.add_callback(responses.GET, PRODUCTS, answer)
    assert len(shop.store.products([ProductId(number) for number in range(1, 501)])) == 500
    assert len(shop.calls) == 2


def test_the_catalog_is_walked_by_id_so_that_a_deleted_product_hides_no_other(api, shop):
    shelf = {number * 7 for number in range(1, 601)}

    def answer(request):
        rows = sorted(each for each in shelf if each >= int(request.params["id:min"]))[:250]
        shelf.difference_update({7, 14, 21})
        return 200, {}, json.dumps(a_page(*rows))

    api.add_callback(responses.GET, PRODUCTS, answer)
    assert [product.product_id for page in shop.store.all_products() for product in page.rows] == list(
        range(7, 4201, 7)
    )
    assert len(shop.calls) == 3


def test_the_names_of_categories_are_read_page_by_page(api, shop):
    pages = [[{"id": n, "name": f"Shelf {n}"} for n in range(1, 251)], [{"id": 251, "name": None}]]
    for page in pages:
        api.get(f"{BASE}/v3/catalog/categories", json={"data": page, "meta": {}})
    names = shop.store.categories()
    assert (len(names), names[1], names[251]) == (251, "Shelf 1", "")
    assert "page=2" in api.calls[1].request.url

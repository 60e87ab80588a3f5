"""Our metafields: batches, partial success, fields that are there already, fields that are gone."""

import json

import pytest
import responses

from plugin.services.errors import RetryLater
from plugin.services.ports.shop import Metafield, MetafieldOwner
from tests.adapters.bigcommerce.conftest import BASE

PRODUCTS = f"{BASE}/v3/catalog/products/metafields"
VARIANTS = f"{BASE}/v3/catalog/variants/metafields"
ORDERS = f"{BASE}/v3/orders/metafields"
FAILED = {"status": 422, "title": "Bulk operation has failed", "type": "/x", "errors": {}}


class Drawer:
    """A batch endpoint of metafields, as documented: partial success is a 422 with the done rows."""

    def __init__(self, *, gone=(), knows_owner_filter=True, refuses_whole_batches=False, ignores_filters=False):
        self.fields = {}
        self.gone = set(gone)
        self.knows_owner_filter = knows_owner_filter
        self.refuses_whole_batches = refuses_whole_batches
        self.ignores_filters = ignores_filters
        self.next_id = 100

    def serve(self, api, url):
        for method, answer in (
            (responses.POST, self.post),
            (responses.PUT, self.put),
            (responses.GET, self.get),
            (responses.DELETE, self.delete),
        ):
            api.add_callback(method, url, answer)
        return self

    def put_in(self, owner, value="old", **changes):
        self.next_id += 1
        field = {"id": self.next_id, "resource_id": owner, "namespace": "backorder", "key": "offer", "value": value}
        self.fields[self.next_id] = {**field, **changes}
        return self.next_id

    def post(self, request):
        rows = json.loads(request.body)
        good = [row for row in rows if self.may_create(row)]
        if self.refuses_whole_batches and len(good) < len(rows):
            return 409, {}, json.dumps({"status": 409, "title": "Metafield already exists."})
        made = [self.fields[self.put_in(row["resource_id"], **self.content(row))] for row in good]
        return self.answer(made, len(rows) - len(good))

    def content(self, row):
        return {name: value for name, value in row.items() if name not in {"id", "resource_id"}}

    def may_create(self, row):
        taken = {(field["resource_id"], field["namespace"], field["key"]) for field in self.fields.values()}
        return row["resource_id"] not in self.gone and (row["resource_id"], row["namespace"], row["key"]) not in taken

    def put(self, request):
        rows = json.loads(request.body)
        good = [row for row in rows if row["id"] in self.fields]
        if self.refuses_whole_batches and len(good) < len(rows):
            return 404, {}, json.dumps({"status": 404, "title": "Metafield not found."})
        for row in good:
            self.fields[row["id"]] |= self.content(row)
        return self.answer([self.fields[row["id"]] for row in good], len(rows) - len(good))

    def answer(self, done, failed):
        body = {"data": done, "errors": [FAILED] * failed, "meta": {"total": len(done) + failed}}
        return (422 if failed else 200), {}, json.dumps(body)

    def get(self, request):
        query = request.params
        if "resource_id:in" in query and not self.knows_owner_filter:
            title = "The filter(s): resource_id:in are not valid filter parameter(s)."
            return 422, {}, json.dumps({"status": 422, "title": title})
        owners = set(map(int, query["resource_id:in"].split(","))) if "resource_id:in" in query else None
        rows = [
            field
            for field in self.fields.values()
            if self.ignores_filters
            or (
                (field["namespace"], field["key"]) == (query["namespace"], query["key"])
                and (owners is None or field["resource_id"] in owners)
            )
        ]
        page, size = int(query["page"]), int(query["limit"])
        pagination = {"current_page": page, "total_pages": max(1, -(-len(rows) // size))}
        shown = rows[(page - 1) * size : page * size]
        return 200, {}, json.dumps({"data": shown, "meta": {"pagination": pagination}})

    def delete(self, request):
        ids = json.loads(request.body)
        if not set(ids) & set(self.fields):
            return 422, {}, json.dumps({"data": [], "errors": [FAILED], "meta": {}})
        known = [each for each in ids if self.fields.pop(each, None)]
        return self.answer(known, len(ids) - len(known))

    @property
    def values(self):
        return {field["resource_id"]: field["value"] for field in self.fields.values()}


def fields(*owners, value="new"):
    return [Metafield(owner, value) for owner in owners]


@pytest.mark.parametrize(
    ("owner", "url", "key", "permission"),
    [
        (MetafieldOwner.PRODUCT, PRODUCTS, "offer", "read_and_sf_access"),
        (MetafieldOwner.VARIANT, VARIANTS, "offer", "read_and_sf_access"),
        (MetafieldOwner.ORDER, ORDERS, "promise", "read"),
    ],
)
def test_each_kind_has_its_place_key_and_readers(api, shop, owner, url, key, permission):
    Drawer().serve(api, url)
    shop.store.write_metafields(owner, fields(7))
    assert json.loads(api.calls[0].request.body) == [
        {"resource_id": 7, "namespace": "backorder", "key": key, "value": "new", "permission_set": permission}
    ]


def test_fifty_fields_are_one_call_and_come_back_with_their_ids(api, shop):
    drawer = Drawer().serve(api, PRODUCTS)
    result = shop.store.write_metafields(MetafieldOwner.PRODUCT, fields(*range(1, 51)))
    assert len(shop.calls) == 1
    assert {drawer.fields[remote]["resource_id"]: remote for remote in result.written.values()} == result.written


def test_known_and_new_fields_are_two_calls(api, shop):
    drawer = Drawer().serve(api, PRODUCTS)
    known = drawer.put_in(1)
    result = shop.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(1, "new", known), *fields(2)])
    assert result.written[1] == known
    assert shop.lines == ["PUT /v3/catalog/products/metafields", "POST /v3/catalog/products/metafields"]
    assert drawer.values == {1: "new", 2: "new"}


@pytest.mark.parametrize("whole", [False, True], ids=["partial success", "refused as a whole"])
@pytest.mark.parametrize("knows", [True, False], ids=["filter by owner", "no filter by owner"])
def test_fields_that_exist_already_are_found_and_written_over(api, shop, whole, knows):
    drawer = Drawer(refuses_whole_batches=whole, knows_owner_filter=knows).serve(api, PRODUCTS)
    old = {owner: drawer.put_in(owner) for owner in range(1, 51)}
    for other in range(1000, 1600):
        drawer.put_in(other, "not ours to touch")
    result = shop.store.write_metafields(MetafieldOwner.PRODUCT, fields(*range(1, 51)))
    assert result.written == old
    assert {drawer.values[owner] for owner in range(1, 51)} == {"new"}
    assert {drawer.values[owner] for owner in range(1000, 1600)} == {"not ours to touch"}
    assert len(shop.calls) <= 7


@pytest.mark.parametrize("whole", [False, True], ids=["partial success", "refused as a whole"])
def test_one_owner_that_is_gone_hurts_nobody(api, shop, whole):
    drawer = Drawer(gone={13}, refuses_whole_batches=whole).serve(api, PRODUCTS)
    old = drawer.put_in(2)
    result = shop.store.write_metafields(MetafieldOwner.PRODUCT, fields(*range(1, 31)))
    assert set(result.written) == set(range(1, 31)) - {13}
    assert result.written[2] == old
    assert set(result.refused) == {13}
    assert len(shop.calls) <= 16


@pytest.mark.parametrize("whole", [False, True], ids=["partial success", "refused as a whole"])
def test_a_field_whose_id_is_no_longer_right_is_created_anew(api, shop, whole):
    drawer = Drawer(refuses_whole_batches=whole).serve(api, PRODUCTS)
    good = drawer.put_in(1)
    result = shop.store.write_metafields(
        MetafieldOwner.PRODUCT, [Metafield(1, "new", good), Metafield(2, "new", 999_999)]
    )
    assert set(result.written) == {1, 2}
    assert result.written[1] == good
    assert result.written[2] not in {None, 999_999}


@pytest.mark.parametrize("foreign", [{"key": "offer-old"}, {"namespace": "other-app"}])
def test_a_field_of_another_name_is_never_taken_for_ours(api, shop, foreign):
    drawer = Drawer(ignores_filters=True).serve(api, PRODUCTS)
    ours = drawer.put_in(1)
    theirs = drawer.put_in(1, "theirs", **foreign)
    shop.store.write_metafields(MetafieldOwner.PRODUCT, fields(1))
    assert (drawer.fields[ours]["value"], drawer.fields[theirs]["value"]) == ("new", "theirs")


def test_the_last_of_two_values_for_one_owner_is_written(api, shop):
    drawer = Drawer().serve(api, PRODUCTS)
    shop.store.write_metafields(MetafieldOwner.PRODUCT, [*fields(1, value="one"), *fields(1, value="two")])
    assert drawer.values == {1: "two"}


def test_a_wait_half_way_keeps_what_was_done(api, shop):
    api.add(responses.POST, PRODUCTS, json={"data": [{"id": 900 + n, "resource_id": n} for n in range(1, 51)]})
    api.add(responses.POST, PRODUCTS, status=503, body=b"")
    result = shop.store.write_metafields(MetafieldOwner.PRODUCT, fields(*range(1, 101)))
    assert result.written == {n: 900 + n for n in range(1, 51)}
    assert isinstance(result.stopped_by, RetryLater)


def test_fields_are_deleted_in_batches_and_gone_ones_do_not_matter(api, shop):
    drawer = Drawer().serve(api, ORDERS)
    ids = [drawer.put_in(owner, key="promise") for owner in range(1, 61)]
    shop.store.delete_metafields(MetafieldOwner.ORDER, [*ids, 5, 6])
    assert drawer.fields == {}
    assert len(shop.calls) == 2
    shop.store.delete_metafields(MetafieldOwner.ORDER, [5])

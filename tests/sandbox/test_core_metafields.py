"""Metafields: one owner per pair, others' secrets unseen, and batches that may half succeed."""

import pytest

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.people import Client
from tests.sandbox.core import CANDLE, GLAZED_MUG, RED_MUG, Shop

FIELD = {"permission_set": "app_only", "namespace": "backorder", "key": "promise", "value": "2026-03-09"}


@pytest.fixture
def shop():
    return Shop()


def paths(shop):
    order = place_order(shop.world, shop.store, [Wanted(product_id=CANDLE)])
    variant = shop.store.products[GLAZED_MUG].variants[0].id
    return {
        "order": (f"/v3/orders/{order.id}/metafields", "/v3/orders/metafields", order.id),
        "product": (f"/v3/catalog/products/{RED_MUG}/metafields", "/v3/catalog/products/metafields", RED_MUG),
        "variant": (
            f"/v3/catalog/products/{GLAZED_MUG}/variants/{variant}/metafields",
            "/v3/catalog/variants/metafields",
            variant,
        ),
    }


@pytest.mark.parametrize("kind", ["order", "product", "variant"])
def test_one_by_one(shop, kind):
    one, _, resource_id = paths(shop)[kind]
    made = shop.api("POST", one, FIELD)
    assert made.status_code == 200
    field = made.json["data"]
    assert (field["resource_type"], field["resource_id"], field["owner_client_id"]) == (
        kind,
        resource_id,
        "sandbox-client",
    )
    assert shop.api("POST", one, FIELD).status_code == 409
    assert shop.api("PUT", f"{one}/{field['id']}", {"value": "later"}).json["data"]["value"] == "later"
    assert [row["value"] for row in shop.api("GET", f"{one}?namespace=backorder").json["data"]] == ["later"]
    assert shop.api("DELETE", f"{one}/{field['id']}").status_code == 204
    assert shop.api("GET", f"{one}/{field['id']}").status_code == 404
    scope = {"order": "store/order", "product": "store/product", "variant": "store/product/variant"}[kind]
    assert [name for name in shop.happened() if "metafield" in name] == [
        f"{scope}/metafield/{name}" for name in ("created", "updated", "deleted")
    ]
    assert shop.data_of(f"{scope}/metafield/created")[0]["resource_id"] == str(resource_id)


@pytest.mark.parametrize("kind", ["order", "product", "variant"])
def test_a_batch_that_half_succeeds_says_422_and_has_written(shop, kind):
    one, batch, resource_id = paths(shop)[kind]
    rows = [{**FIELD, "resource_id": resource_id}, {**FIELD, "resource_id": 987_654}]
    answer = shop.api("POST", batch, rows)
    assert (answer.status_code, answer.json["meta"]) == (422, {"total": 2, "success": 1, "failed": 1})
    assert (answer.json["data"][0]["resource_id"], answer.json["errors"][0]["status"]) == (resource_id, 422)
    assert len(shop.api("GET", one).json["data"]) == 1
    field_id = answer.json["data"][0]["id"]
    done = shop.api("PUT", batch, [{"id": field_id, "value": "new"}])
    assert (done.status_code, done.json["data"][0]["value"]) == (200, "new")
    assert shop.api("GET", f"{batch}?key:in=promise").json["data"][0]["value"] == "new"
    gone = shop.api("DELETE", batch, [field_id])
    assert (gone.status_code, gone.json["data"], shop.store.metafields) == (200, [field_id], {})


@pytest.mark.parametrize(
    "change",
    [
        {"value": ""},
        {"value": 5},
        {"key": "k" * 65},
        {"namespace": None},
        {"permission_set": "all"},
        {"value": "x" * 65_536},
    ],
)
def test_a_wrong_field_is_refused_by_name(shop, change):
    answer = shop.api("POST", f"/v3/catalog/products/{RED_MUG}/metafields", {**FIELD, **change})
    assert (answer.status_code, list(answer.json["errors"])) == (422, list(change))
    assert shop.store.metafields == {}


def test_broken_json_is_a_400(shop):
    answer = shop.api("POST", f"/v3/catalog/products/{RED_MUG}/metafields", data="{")
    assert (answer.status_code, answer.json["title"]) == (400, "Input is invalid")


def test_another_app_sees_only_what_it_may_and_writes_only_what_it_may(shop):
    shop.world.clients["erp"] = Client(id="erp", secret="s", name="ERP", app_url="", scopes=shop.world.app.scopes)
    erp = shop.world.issue_token(shop.store, client_id="erp").value
    path = f"/v3/catalog/products/{RED_MUG}/metafields"
    shop.api("POST", path, FIELD)
    shop.api("POST", path, {**FIELD, "key": "shown", "permission_set": "read_and_sf_access"})
    listed = shop.api("GET", path, token=erp).json["data"]
    assert [row["key"] for row in listed] == ["shown"]
    assert shop.api("PUT", f"{path}/{listed[0]['id']}", {"value": "mine"}, token=erp).status_code == 403
    assert shop.api("POST", path, FIELD, token=erp).status_code == 200


def test_no_more_than_250_per_resource(shop):
    rows = [{**FIELD, "key": f"k{number}", "resource_id": RED_MUG} for number in range(251)]
    answer = shop.api("POST", "/v3/catalog/products/metafields", rows)
    assert answer.json["meta"] == {"total": 251, "success": 250, "failed": 1}

"""v3 catalog: envelopes and links, filters that refuse what they do not know, batches with their limits, 207."""

import pytest

from tests.sandbox.core import BLUE_MUG, CANDLE, GLAZED_MUG, RED_MUG, TEE, Shop


@pytest.fixture
def shop():
    return Shop()


def test_a_list_has_an_envelope_with_links(shop):
    body = shop.api("GET", "/v3/catalog/products?limit=2&page=2").json
    assert [row["id"] for row in body["data"]] == [GLAZED_MUG, TEE]
    assert body["meta"]["pagination"] == {
        "total": 6,
        "count": 2,
        "per_page": 2,
        "current_page": 2,
        "total_pages": 3,
        "links": {
            "previous": "?limit=2&page=1",
            "current": "?limit=2&page=2",
            "next": "?limit=2&page=3",
        },
    }


def test_an_empty_v3_list_is_200_with_no_rows(shop):
    answer = shop.api("GET", "/v3/catalog/products?id=1")
    assert (answer.status_code, answer.json["data"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"id:in={RED_MUG},{BLUE_MUG}", [RED_MUG, BLUE_MUG]),
        (f"id:not_in={RED_MUG},{BLUE_MUG},{TEE},116,115", [GLAZED_MUG]),
        (f"id:min={CANDLE}", [CANDLE, 116]),
        (f"id:greater={CANDLE}", [116]),
        ("sku=MUG-BLUE", [BLUE_MUG]),
        ("name:like=mug", [RED_MUG, BLUE_MUG, GLAZED_MUG]),
        ("availability=preorder", [116]),
        ("inventory_level:max=0&availability=available", [BLUE_MUG]),
        ("out_of_stock=1", [BLUE_MUG, 116]),
        ("categories:in=25", [TEE]),
        ("keyword=candle", [CANDLE]),
        ("id:less=113&sort=name&direction=desc", [RED_MUG, BLUE_MUG]),
    ],
)
def test_filters_choose(shop, query, ids):
    assert [row["id"] for row in shop.api("GET", f"/v3/catalog/products?{query}").json["data"]] == ids


@pytest.mark.parametrize(
    ("query", "name"), [("id:inn=1", "id:inn"), ("colour=red", "colour"), ("&page=1", ""), ("id=1&&page=1", "")]
)
def test_unknown_filters_are_refused_by_name(shop, query, name):
    answer = shop.api("GET", f"/v3/catalog/products?{query}")
    assert answer.status_code == 422
    assert answer.json["title"] == f"The filter(s): {name} are not valid filter parameter(s)."


def test_fields_and_includes(shop):
    [row] = shop.api("GET", f"/v3/catalog/products?id={GLAZED_MUG}&include=variants&include_fields=name").json["data"]
    assert set(row) == {"id", "name", "variants"}
    assert [variant["inventory_level"] for variant in row["variants"]] == [4, 0, 12, 2]
    assert row["variants"][0]["option_values"][0]["label"] == "Moss"
    [simple] = shop.api("GET", f"/v3/catalog/products?id={RED_MUG}&include=variants").json["data"]
    assert (simple["base_variant_id"], simple["variants"][0]["sku_id"]) == (simple["variants"][0]["id"], None)
    assert shop.api("GET", "/v3/catalog/products?include=gossip").status_code == 422


def test_a_put_writes_what_it_names_and_echoes_a_webhook(shop):
    answer = shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"availability_description": "Ships in May"})
    assert (answer.status_code, answer.json["data"]["availability_description"]) == (200, "Ships in May")
    assert shop.happened() == ["store/product/updated"]
    shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"availability_description": "Ships in May"})
    assert shop.happened() == ["store/product/updated"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"availability": "perhaps"}, 422),
        ({"availability_description": "x" * 256}, 422),
        ({"inventory_tracking": "variant"}, 422),
        ({"name": "Blue Mug"}, 409),
        ({"sku": "MUG-BLUE"}, 409),
        ({"preorder_release_date": "soon"}, 422),
        ({"is_visible": "yes"}, 422),
    ],
)
def test_a_wrong_product_is_refused_and_stays_as_it_was(shop, body, status):
    before = shop.control("GET", f"/stores/harborpine/products/{RED_MUG}").json
    assert shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", body).status_code == status
    assert shop.control("GET", f"/stores/harborpine/products/{RED_MUG}").json == before


def test_a_negative_level_saves_the_catalog_part_only_and_says_207(shop):
    answer = shop.api("PUT", f"/v3/catalog/products/{RED_MUG}", {"inventory_level": -1, "preorder_message": "Soon"})
    assert answer.status_code == 207
    assert (answer.json["data"]["inventory_level"], answer.json["data"]["preorder_message"]) == (1, "Soon")
    assert answer.json["errors"]["status"] == 207


def test_ten_products_go_together_and_eleven_do_not(shop):
    rows = [{"id": RED_MUG, "availability_description": "A"}, {"id": BLUE_MUG, "availability_description": "B"}]
    answer = shop.api("PUT", "/v3/catalog/products", rows)
    assert [row["availability_description"] for row in answer.json["data"]] == ["A", "B"]
    answer = shop.api("PUT", "/v3/catalog/products", [{"id": RED_MUG}] * 11)
    assert answer.status_code == 413
    assert answer.json["title"].endswith("The maximum items allowed in the array is 10.")
    answer = shop.api("PUT", "/v3/catalog/products", [{"id": RED_MUG, "availability_description": "C"}, {"id": 9}])
    assert answer.status_code == 404
    assert shop.store.products[RED_MUG].availability_description == "A"


def test_fifty_variants_go_together_and_errors_stand_in_their_own_list(shop):
    variant = shop.store.products[GLAZED_MUG].variants[1]
    row = {"id": variant.id, "purchasing_disabled": True, "purchasing_disabled_message": "Sold out"}
    assert shop.api("PUT", "/v3/catalog/variants", [row]).json["data"][0]["purchasing_disabled"] is True
    assert "store/sku/updated" in shop.happened()
    assert shop.api("PUT", "/v3/catalog/variants", [row] * 51).status_code == 413
    answer = shop.api("PUT", "/v3/catalog/variants", [{"id": variant.id, "purchasing_disabled": False}, {"id": 1}])
    assert (answer.status_code, answer.json["batch_errors"][0]["status"]) == (422, 422)
    assert variant.purchasing_disabled is True


def test_variants_are_listed_for_a_product_and_for_the_store(shop):
    listed = shop.api("GET", f"/v3/catalog/variants?product_id:in={GLAZED_MUG},{TEE}&limit=4&page=2").json
    assert [row["product_id"] for row in listed["data"]] == [TEE] * 4
    assert listed["meta"]["pagination"]["total"] == 9
    [red] = shop.api("GET", f"/v3/catalog/products/{RED_MUG}/variants").json["data"]
    assert (red["sku"], red["sku_id"]) == ("MUG-RED", None)


def test_a_new_product_has_a_base_variant_and_no_count(shop):
    body = {
        "name": "Clay Jug",
        "type": "physical",
        "weight": 1,
        "price": 30,
        "sku": "JUG",
        "inventory_tracking": "product",
    }
    made = shop.api("POST", "/v3/catalog/products", body).json["data"]
    assert made["base_variant_id"] in shop.store.variants
    relative = {"items": [{"location_id": 1, "product_id": made["id"], "quantity": 5}]}
    answer = shop.api("POST", "/v3/inventory/adjustments/relative", relative)
    assert answer.json["title"] == (
        f"Items with identity: [product_id {made['id']}] requires absolute adjustment before relative"
    )


def test_deleting_a_product_leaves_its_orders(shop):
    shop.control("POST", "/stores/harborpine/orders", {"lines": [{"product_id": CANDLE}]})
    assert shop.api("DELETE", f"/v3/catalog/products/{CANDLE}").status_code == 204
    assert shop.api("GET", f"/v3/catalog/products/{CANDLE}").status_code == 404
    [order] = shop.store.orders.values()
    assert order.lines[0].name == "Pine Candle"
    assert shop.control("POST", f"/stores/harborpine/orders/{order.id}/cancel").status_code == 200


def test_custom_fields_are_unique_pairs(shop):
    path = f"/v3/catalog/products/{RED_MUG}/custom-fields"
    assert shop.api("POST", path, {"name": "Ships", "value": "May"}).status_code == 200
    assert shop.api("POST", path, {"name": "Ships", "value": "May"}).status_code == 409
    assert shop.api("POST", path, {"name": "Ships", "value": "x" * 251}).status_code == 422
    assert [row["value"] for row in shop.api("GET", path).json["data"]] == ["May"]

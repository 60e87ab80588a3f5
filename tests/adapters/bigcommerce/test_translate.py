"""What the platform's words mean, by examples written from its documentation."""

from datetime import UTC, date, datetime

import pytest

from plugin.adapters.bigcommerce.payloads import (
    InventoryItem,
    InventorySettingsPayload,
    OrderLinePayload,
    OrderPayload,
    ProductPayload,
    StorePayload,
    read,
    read_all,
)
from plugin.adapters.bigcommerce.translate import (
    consignments_of,
    identity_of,
    inventory_settings_of,
    levels_of,
    likely_name_of,
    moment,
    name_of,
    order_of,
    product_of_payload,
    profile_of,
    rfc_2822,
    texts_to_payload,
)
from plugin.domain.ids import ItemId, ProductId
from plugin.domain.item import ProductTexts, Tracking
from plugin.domain.order import InventorySettings, OrderStage
from plugin.domain.stock import UNLIMITED_UNITS, StockTiming
from plugin.services.errors import GiveUp


def a_line(**changes):
    line = {
        "id": 5,
        "order_id": 100,
        "product_id": 77,
        "variant_id": 105,
        "name": "Mug",
        "sku": "MUG",
        "type": "physical",
        "weight": "0.5000",
        "quantity": 3,
        "quantity_shipped": 0,
        "quantity_refunded": 0,
        "parent_order_product_id": None,
    }
    return {**line, **changes}


def an_order(**changes):
    order = {
        "id": 100,
        "customer_id": 0,
        "date_created": "Tue, 05 Mar 2019 21:40:11 +0000",
        "date_modified": "Mon, 11 Mar 2019 15:17:25 +0000",
        "date_shipped": "",
        "status_id": 11,
        "custom_status": "On its way, honest",
        "total_inc_tax": "69.8400",
        "is_deleted": False,
        "staff_notes": None,
        "channel_id": 2,
        "external_source": None,
        "customer_locale": "de",
        "billing_address": {
            "first_name": "Jan",
            "last_name": "Meier",
            "email": "jan@example.test",
            "country_iso2": "DE",
        },
        "something_new": {"nobody": "knows"},
    }
    return {**order, **changes}


def translated(order, *lines, country=None):
    payload = read(OrderPayload, order, "order")
    return order_of(payload, read_all(OrderLinePayload, lines, "line"), country=country)


def a_consignment(*lines, **changes):
    return {"id": 99, "country_iso2": "AT", "line_items": list(lines), **changes}


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        (0, OrderStage.INCOMPLETE),
        (1, OrderStage.UNPAID),
        (2, OrderStage.CLOSED),
        (3, OrderStage.OPEN),
        (4, OrderStage.CANCELLED),
        (5, OrderStage.CANCELLED),
        (6, OrderStage.CANCELLED),
        (7, OrderStage.UNPAID),
        (8, OrderStage.OPEN),
        (9, OrderStage.OPEN),
        (10, OrderStage.CLOSED),
        (11, OrderStage.OPEN),
        (12, OrderStage.UNPAID),
        (13, OrderStage.UNPAID),
        (14, OrderStage.OPEN),
        (99, OrderStage.UNPAID),
    ],
)
def test_each_status_has_a_stage(status, stage):
    assert translated(an_order(status_id=status)).stage is stage


def test_an_archived_order_is_cancelled_whatever_its_status():
    assert translated(an_order(is_deleted=True, status_id=11)).stage is OrderStage.CANCELLED


def test_an_order_is_translated_whole():
    order = translated(an_order(), a_line(), country="AT")
    assert order.placed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)
    assert order.modified_at == datetime(2019, 3, 11, 15, 17, 25, tzinfo=UTC)
    assert (order.status_id, order.channel_id, order.staff_notes, order.is_history) == (11, 2, "", False)
    shopper = order.shopper
    assert (shopper.name, shopper.email, shopper.locale, shopper.customer_id, shopper.country) == (
        "Jan Meier",
        "jan@example.test",
        "de",
        0,
        "AT",
    )
    (line,) = order.lines
    assert (line.line_id, line.order_id, line.item_id, line.product_id, line.variant_id) == (5, 100, None, 77, 105)
    assert (line.quantity, line.shipped, line.refunded, line.allocated) == (3, 0, 0, 0)


def test_an_order_that_never_changed_was_modified_when_it_was_placed():
    order = translated(an_order(date_modified=""))
    assert order.modified_at == order.placed_at


def test_an_order_without_a_date_is_not_guessed():
    with pytest.raises(GiveUp, match="Order 100 has no readable date_created"):
        translated(an_order(date_created=""))


def test_migrated_orders_are_history():
    assert translated(an_order(external_source="M-MIG")).is_history is True


def test_an_order_with_everything_missing_is_still_an_order():
    order = translated({"id": 1, "date_created": "Tue, 05 Mar 2019 21:40:11 +0000", "billing_address": []})
    assert (order.stage, order.shopper.email, order.shopper.country, order.lines) == (OrderStage.INCOMPLETE, "", "", ())


@pytest.mark.parametrize(
    ("line", "product", "variant"),
    [
        (a_line(), 77, 105),
        (a_line(variant_id=None), 77, None),
        ({k: v for k, v in a_line(product_id=0).items() if k != "variant_id"}, None, None),
        (a_line(type="digital"), None, None),
        (a_line(type="giftcertificate", product_id=0), None, None),
        (a_line(parent_order_product_id=4, is_bundled_product=True), 77, 105),
    ],
    ids=["variant", "no variant", "custom line", "download", "gift certificate", "bundle child"],
)
def test_only_what_is_counted_names_a_product(line, product, variant):
    (read_line,) = translated(an_order(), line).lines
    assert (read_line.product_id, read_line.variant_id) == (product, variant)


def test_quantities_may_come_as_text_or_not_at_all():
    shipped = a_line(quantity="3", quantity_shipped="2.0000", quantity_refunded=None)
    (line,) = translated(an_order(), shipped).lines
    assert (line.quantity, line.shipped, line.refunded, line.open) == (3, 2, 0, 1)


def test_lines_stand_in_the_order_of_their_ids():
    order = translated(an_order(), a_line(id=9), a_line(id=7))
    assert [line.line_id for line in order.lines] == [7, 9]


def test_lines_of_all_kinds_of_consignment_are_collected():
    found = consignments_of(
        {
            "shipping": [a_consignment(a_line(id=1)), a_consignment(a_line(id=2), country_iso2="CH")],
            "pickups": [{"line_items": [a_line(id=3)]}],
            "downloads": [{"line_items": [a_line(id=4)]}],
            "email": {"gift_certificates": [{"line_items": [a_line(id=5)]}]},
        }
    )
    assert [line["id"] for line in found.lines] == [1, 2, 3, 4, 5]
    assert (found.is_whole, found.country) == (True, "AT")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {"url": "https://x.test", "resource": "/orders/1/consignments"},
        [{"type": "shipping"}],
        {"shipping": [a_consignment(a_line(), __warning__={"message": "only 50"})]},
        {"shipping": [{"id": 1, "line_items": {"url": "https://x.test", "resource": "/x"}}]},
        {"shipping": [{"id": 1, "line_items": [{"url": "https://x.test", "resource": "/x"}]}]},
        {"shipping": [{"id": 1}]},
    ],
)
def test_lines_left_out_are_noticed(raw):
    assert consignments_of(raw).is_whole is False


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ({"shipping": [a_consignment()]}, "AT"),
        ({"shipping": [a_consignment(country_iso2="")]}, "DE"),
        ({"shipping": [], "downloads": [{"line_items": []}]}, ""),
        ({"shipping": []}, "DE"),
    ],
    ids=["shipped", "shipped, no country", "downloaded", "nothing said"],
)
def test_the_country_is_where_the_goods_go(raw, country):
    assert translated(an_order(), country=consignments_of(raw).country).shopper.country == country


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 05 Mar 2019 21:40:11 +0000", datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)),
        ("Tue, 05 Mar 2019 21:40:11 -0500", datetime(2019, 3, 6, 2, 40, 11, tzinfo=UTC)),
        ("2026-03-09T00:00:00+00:00", datetime(2026, 3, 9, tzinfo=UTC)),
        ("2026-03-09T00:00:00Z", datetime(2026, 3, 9, tzinfo=UTC)),
        ("2026-03-09", datetime(2026, 3, 9, tzinfo=UTC)),
        ("", None),
        ("soon", None),
    ],
)
def test_dates_are_read_in_both_spellings(text, expected):
    assert moment(text) == expected


def test_dates_are_written_as_v2_wants_them():
    assert rfc_2822(datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)) == "Tue, 05 Mar 2019 21:40:11 +0000"


def a_product(**changes):
    product = {
        "id": 77,
        "name": "Mug",
        "sku": "MUG",
        "type": "physical",
        "inventory_tracking": "variant",
        "categories": [21, 26],
        "variants": [
            {"id": 105, "sku": "MUG-B", "option_values": [{"label": "Blue"}, {"label": "L"}]},
            {"id": 106, "sku": None, "option_values": []},
        ],
        "availability": "preorder",
        "availability_description": "Soon",
        "preorder_release_date": "2026-03-09T00:00:00+00:00",
        "preorder_message": None,
        "custom_url": {"url": "/mug/", "is_customized": False},
        "primary_image": {"url_standard": "https://cdn.test/mug.jpg"},
    }
    return product_of_payload(read(ProductPayload, {**product, **changes}, "product"))


def test_a_path_that_no_index_could_hold_is_none():
    longest = "/" + "é" * 599
    assert [a_product(custom_url={"url": url}).url for url in (longest, longest + "/")] == [longest, ""]


def test_a_product_is_translated_whole():
    product = a_product()
    assert (product.product_id, product.tracking, product.categories) == (77, Tracking.VARIANT, (21, 26))
    assert [(each.variant_id, each.sku, each.label) for each in product.variants] == [
        (105, "MUG-B", "Blue, L"),
        (106, "", ""),
    ]
    assert product.texts == ProductTexts("Soon", "preorder", date(2026, 3, 9), "")
    assert (product.url, product.image_url) == ("/mug/", "https://cdn.test/mug.jpg")
    assert product.items == ("77:105", "77:106")


def test_a_product_with_everything_empty_is_still_a_product():
    product = a_product(
        inventory_tracking=None, categories=None, variants=None, custom_url=None, primary_image=None,
        preorder_release_date=None, availability=None,
    )  # fmt: skip
    assert (product.tracking, product.categories, product.variants) == (Tracking.NONE, (), ())
    assert product.texts.availability == "available"


def test_an_unknown_way_of_tracking_is_none():
    assert a_product(inventory_tracking="by_moon").tracking is Tracking.NONE


def test_texts_go_back_as_they_came():
    texts = ProductTexts("Soon", "preorder", date(2026, 3, 9), "From %%DATE%%")
    payload = texts_to_payload(ProductId(77), texts)
    assert a_product(**payload).texts == texts
    assert texts_to_payload(ProductId(77), ProductTexts())["preorder_release_date"] is None


def an_item(*locations, product=77, variant=105, sku_id=461):
    row = {"identity": {"sku": "M", "variant_id": variant, "product_id": product, "sku_id": sku_id}}
    return read(InventoryItem, {**row, "locations": list(locations)}, "item")


def a_location(**changes):
    location = {
        "location_id": 1,
        "location_enabled": True,
        "available_to_sell": 8,
        "total_inventory_onhand": 10,
        "settings": {"safety_stock": 2, "is_in_stock": True, "warning_level": 0},
    }
    return {**location, **changes}


def test_a_level_without_native_backorders_says_so():
    (level,) = levels_of(an_item(a_location()), ItemId("77:105"))
    assert (level.on_hand, level.safety_stock, level.backordered, level.backorder_limit) == (10, 2, None, None)
    assert (level.virtual_units, level.net_position) == (0, 8)


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({"backorder_limit": 5}, 5),
        ({"backorder_limit": 0, "unlimited_backorder": False}, 0),
        ({"backorder_limit": 5, "unlimited_backorder": True}, UNLIMITED_UNITS),
        ({"backorder_limit": None}, UNLIMITED_UNITS),
        ({"backorder_limit": -1}, UNLIMITED_UNITS),
    ],
)
def test_a_native_level_has_a_limit(settings, limit):
    native = a_location(total_inventory_onhand=0, qty_backordered=4, settings=settings)
    (level,) = levels_of(an_item(native), ItemId("77:105"))
    assert (level.on_hand, level.backordered, level.backorder_limit, level.number) == (0, 4, limit, -4)


def test_units_at_a_disabled_location_cannot_be_sold():
    levels = levels_of(an_item(a_location(), a_location(location_id=2, location_enabled=False)), ItemId("77"))
    assert [level.location_id for level in levels] == [1]


@pytest.mark.parametrize(
    ("item", "wanted", "name"),
    [
        (an_item(), {"77:105"}, "77:105"),
        (an_item(), {"77"}, "77"),
        (an_item(variant=None, sku_id=None), {"77"}, "77"),
        (an_item(), {"78", "77:106"}, None),
    ],
)
def test_a_row_is_the_item_that_was_asked_for(item, wanted, name):
    assert name_of(item, frozenset(wanted)) == name


@pytest.mark.parametrize(
    ("item", "name"),
    [(an_item(), "77:105"), (an_item(sku_id=None), "77"), (an_item(variant=None, sku_id=None), "77")],
)
def test_without_a_catalog_a_base_variant_is_its_product(item, name):
    assert likely_name_of(item) == name


def test_exactly_one_identifier_names_an_item():
    assert identity_of(ItemId("77:105")) == {"variant_id": 105}
    assert identity_of(ItemId("77")) == {"product_id": 77}


def test_the_store_is_translated_with_what_is_missing_left_empty():
    raw = {
        "name": "Ada's",
        "country_code": "us",
        "domain": "ada.test",
        "secure_url": "https://ada.test",
        "control_panel_base_url": "https://store-ada1.mybigcommerce.com",
        "admin_email": "ada@example.test",
        "order_email": "orders@example.test",
        "timezone": {"name": "America/Chicago"},
        "language": "en",
        "logo": [],
        "default_channel_id": 3,
    }
    profile = profile_of(read(StorePayload, raw, "store"))
    assert (profile.country, profile.time_zone, profile.logo_url, profile.default_channel_id) == (
        "US",
        "America/Chicago",
        "",
        3,
    )
    assert profile.storefront_url == "https://ada.test"
    empty = profile_of(read(StorePayload, {"timezone": {"name": "Mars/Olympus"}, "domain": "ada.test"}, "store"))
    assert (empty.time_zone, empty.storefront_url, empty.default_channel_id) == ("UTC", "https://ada.test", 1)


@pytest.mark.parametrize(
    ("store", "channel", "expected"),
    [
        ({}, {}, InventorySettings()),
        (
            {"update_stock_behavior": "order_completed_or_shipped", "refund_order_stock_adjustment": False},
            {"update_stock_behavior": None, "edit_order_stock_adjustment": False},
            InventorySettings(StockTiming.SHIPPED, returns_cancelled=False, follows_edits=False),
        ),
        (
            {"update_stock_behavior": "order_completed_or_shipped"},
            {"update_stock_behavior": "order_placed"},
            InventorySettings(StockTiming.PLACED),
        ),
        ({"update_stock_behavior": "by_moon"}, {}, InventorySettings()),
    ],
)
def test_the_channels_word_goes_before_the_stores(store, channel, expected):
    payloads = [read(InventorySettingsPayload, raw, "settings") for raw in (store, channel)]
    assert inventory_settings_of(*payloads) == expected


def test_what_cannot_be_read_is_given_up_with_its_place():
    with pytest.raises(GiveUp, match=r"cannot be read \(order\): id"):
        read(OrderPayload, {"id": "many"}, "order")
    with pytest.raises(GiveUp, match=r"cannot be read \(order\)"):
        read(OrderPayload, None, "order")


def test_one_broken_row_does_not_hide_the_others():
    rows = [a_line(id=1), {"id": "x"}, None, a_line(id=2)]
    assert [line.id for line in read_all(OrderLinePayload, rows, "line")] == [1, 2]

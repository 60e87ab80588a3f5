"""The store as a whole against the sandbox in this process: real requests, real envelopes, real limits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.domain.ids import ItemId, LocationId, OrderId, ProductId, item_id
from plugin.domain.item import ProductTexts, Tracking
from plugin.domain.order import OrderStage
from plugin.domain.stock import StockMove
from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.actions.statuses import archive
from plugin.sandbox.people import Address
from plugin.services.ports.shop import BackorderLimit, Metafield, MetafieldOwner

FIRST = LocationId(1)
BUYER = Address(first_name="Jan", last_name="Meier", email="jan@example.test", country="Germany", country_iso2="DE")


def product_named(world, name):
    return next(product for product in world.theirs.products.values() if product.name == name)


def item_named(world, name, label=""):
    product = product_named(world, name)
    if product.has_options:
        variant = next(variant for variant in product.variants if variant.label == label)
        return item_id(ProductId(product.id), variant.id)
    return item_id(ProductId(product.id))


def buy(world, *lines, **more):
    return place_order(world.sandbox.world, world.theirs, list(lines), guest=BUYER, **more)


def a_move(item, *, quantity=0, backordered=0):
    return StockMove(item, FIRST, quantity, backordered, virtual_units=0, reason="A test moves it.")


def one_level(world, item):
    (level,) = [level for level in world.shop.store.stock([item]) if level.location_id == FIRST]
    return level


def test_the_store_tells_who_it_is(start_world):
    world = start_world()
    profile = world.shop.store.profile()
    theirs = world.theirs.profile
    assert (profile.name, profile.language, profile.time_zone) == (theirs.name, "en", theirs.timezone)
    assert profile.country == "US"
    assert profile.owner_email == theirs.admin_email
    assert world.shop.store.default_location() == FIRST
    assert world.shop.store.inventory_settings().returns_cancelled is True
    assert abs(world.shop.store.server_time() - world.sandbox.world.now()) < timedelta(seconds=5)


@pytest.mark.parametrize("native", [True, False])
def test_native_backorders_are_found_by_looking(start_world, native):
    assert start_world(native=native).shop.store.has_native_backorders() is native


def test_all_products_are_read_with_their_variants(start_world):
    world = start_world(seed="full")
    products = {product.name: product for page in world.shop.store.all_products() for product in page.rows}
    assert set(products) == {product.name for product in world.theirs.products.values()}
    mug = products["Glazed Mug"]
    assert mug.tracking is Tracking.VARIANT
    assert [variant.label for variant in mug.variants] == ["Moss", "Sand", "Ink", "Rust"]
    assert products["Red Mug"].tracking is Tracking.PRODUCT
    assert products["Red Mug"].items == (item_id(products["Red Mug"].product_id),)
    assert world.shop.lines == ["GET /v3/catalog/products"]


def test_an_order_is_read_with_all_its_lines(start_world):
    world = start_world()
    mug = product_named(world, "Red Mug")
    order = buy(world, Wanted(product_id=mug.id, quantity=1), Wanted(product_id=0, name="Engraving", price=5))
    (read,) = world.shop.store.orders([OrderId(order.id)])
    assert read.stage is OrderStage.OPEN
    assert read.shopper.email == "jan@example.test"
    assert (read.shopper.name, read.shopper.country) == ("Jan Meier", "DE")
    assert [(line.product_id, line.quantity, line.item_id) for line in read.lines] == [
        (mug.id, 1, None),
        (None, 1, None),
    ]
    assert len(world.shop.calls) == 1


def test_more_than_fifty_lines_are_read_from_the_lines_themselves(start_world):
    world = start_world()
    order = buy(world, *(Wanted(product_id=0, name=f"Line {number}", price=1) for number in range(120)))
    (read,) = world.shop.store.orders([OrderId(order.id)])
    assert len(read.lines) == 120
    assert world.shop.lines == [f"GET /v2/orders/{order.id}", f"GET /v2/orders/{order.id}/products"]


@pytest.mark.parametrize("archived_in_lists", [True, False])
def test_orders_that_lists_leave_out_are_read_alone(start_world, archived_in_lists):
    world = start_world(archived_in_lists=archived_in_lists)
    mug = product_named(world, "Pine Candle")
    orders = [buy(world, Wanted(product_id=mug.id)) for _ in range(4)]
    archive(world.sandbox.world, world.theirs, orders[1].id)
    read = world.shop.store.orders([OrderId(order.id) for order in orders] + [OrderId(999_999)])
    assert [order.order_id for order in read] == [order.id for order in orders]
    assert [order.stage for order in read][1] is OrderStage.CANCELLED


def test_an_unfinished_checkout_is_incomplete(start_world):
    world = start_world()
    order = buy(world, Wanted(product_id=product_named(world, "Red Mug").id), pay=False)
    (read,) = world.shop.store.orders([OrderId(order.id)])
    assert read.stage is OrderStage.INCOMPLETE


def test_a_thousand_orders_are_ten_calls_and_changed_ones_are_walked_by_time(start_world):
    world = start_world(seed="empty")
    began = world.sandbox.world.now() - timedelta(seconds=1)
    ids = [buy(world, Wanted(product_id=0, name="Custom", price=1)).id for _ in range(1000)]
    read = world.shop.store.orders([OrderId(order) for order in ids])
    assert [order.order_id for order in read] == ids
    assert world.shop.lines == ["GET /v2/orders"] * 10
    changed = {order.order_id for page in world.shop.store.orders_modified_since(began) for order in page.rows}
    assert changed == set(ids)
    opened = {order.order_id for page in world.shop.store.open_orders() for order in page.rows}
    assert opened == set(ids)


@pytest.mark.parametrize("native", [True, False])
def test_levels_are_read_for_products_and_variants(start_world, native):
    world = start_world(native=native, seed="full")
    items = {
        item_named(world, "Red Mug"): 1,
        item_named(world, "Glazed Mug", "Ink"): 12,
        item_id(ProductId(product_named(world, "Wool Rug").id)): 6,
    }
    levels = world.shop.store.stock([ItemId(item) for item in items])
    assert {level.item_id: level.on_hand for level in levels if level.location_id == FIRST} == items
    assert {level.backordered for level in levels} == ({0} if native else {None})
    assert world.shop.lines == ["GET /v3/inventory/items"] * 2


def test_all_levels_carry_the_name_the_catalog_would_give_them(start_world):
    world = start_world(seed="full")
    named = {level.item_id for page in world.shop.store.all_stock() for level in page.rows}
    catalog = {item for page in world.shop.store.all_products() for product in page.rows for item in product.items}
    tracked = {
        item
        for page in world.shop.store.all_products()
        for product in page.rows
        if product.is_tracked
        for item in product.items
    }
    assert tracked <= named
    assert tracked <= catalog


def test_a_relative_move_adds_to_what_is_there(start_world):
    world = start_world()
    item = item_named(world, "Pine Candle")
    before = one_level(world, item).on_hand
    result = world.shop.store.adjust_stock([a_move(item, quantity=-2)])
    world.settle()
    assert result.written == {(item, FIRST): None}
    assert one_level(world, item).on_hand == before - 2


def test_a_native_move_nets_both_counts(start_world):
    world = start_world()
    item = item_named(world, "Pine Candle")
    before = one_level(world, item)
    world.shop.store.adjust_stock([a_move(item, quantity=2, backordered=3)])
    world.shop.store.adjust_stock([a_move(item, backordered=-1)])
    world.settle()
    after = one_level(world, item)
    assert (after.on_hand, after.backordered) == (before.on_hand + 2, 2)


def test_one_refused_move_does_not_hold_up_the_others(start_world):
    world = start_world()
    cup, mug, ghost = item_named(world, "Pine Candle"), item_named(world, "Red Mug"), ItemId("999999")
    before = one_level(world, cup).on_hand
    moves = [a_move(cup, quantity=1), a_move(mug, quantity=-50), a_move(ghost, quantity=1)]
    result = world.shop.store.adjust_stock(moves)
    world.settle()
    assert result.written == {(cup, FIRST): None}
    assert {place: problem.reason for place, problem in result.refused.items()} == {
        (mug, FIRST): "rejected",
        (ghost, FIRST): "rejected",
    }
    assert one_level(world, cup).on_hand == before + 1


def test_an_item_never_counted_gets_its_first_number(start_world):
    world = start_world()
    item = item_named(world, "Pine Candle")
    world.theirs.cells[(int(item), 0)].clear()
    result = world.shop.store.adjust_stock([a_move(item, quantity=7)])
    world.settle()
    assert result.written == {(item, FIRST): None}
    assert one_level(world, item).on_hand == 7


def test_a_native_limit_is_set_and_read_back(start_world):
    world = start_world()
    item = item_named(world, "Red Mug")
    result = world.shop.store.set_backorder_limits(
        [BackorderLimit(item, FIRST, 3), BackorderLimit(ItemId("999999"), FIRST, 3)]
    )
    world.settle()
    assert result.written == {(item, FIRST): None}
    assert list(result.refused) == [("999999", FIRST)]
    assert one_level(world, item).backorder_limit == 3


@pytest.mark.parametrize("name", ["unlimited_backorder", "null", "minus_one"])
def test_unlimited_is_understood_in_each_spelling(start_world, name):
    world = start_world(unlimited_name=name)
    item = item_named(world, "Red Mug")
    world.theirs.cell((int(item), 0), 1).unlimited_backorder = True
    assert one_level(world, item).backorder_limit == 1_000_000


def test_on_hand_that_reads_negative_is_not_counted_twice(start_world):
    world = start_world(on_hand_reads_negative=True)
    item = item_named(world, "Red Mug")
    cell = world.theirs.cell((int(item), 0), 1)
    cell.on_hand, cell.backordered = 0, 3
    level = one_level(world, item)
    assert (level.on_hand, level.backordered, level.number) == (0, 3, -3)


def test_fifty_products_are_written_in_five_calls_and_read_back(start_world):
    world = start_world(seed="full")
    ids = [ProductId(product) for product in list(world.theirs.products)[:40]]
    texts = ProductTexts("Ships in March.", "preorder", date(2026, 3, 9), "Arrives %%DATE%%")
    result = world.shop.store.write_product_texts(dict.fromkeys(ids, texts))
    assert set(result.written) == set(ids)
    assert len(world.shop.calls) == 4
    assert {product.texts for product in world.shop.store.products(ids)} == {texts}


def test_one_deleted_product_does_not_hold_up_the_batch(start_world):
    world = start_world(seed="full")
    ids = [ProductId(product) for product in list(world.theirs.products)[:9]]
    result = world.shop.store.write_product_texts(dict.fromkeys([*ids, ProductId(999_999)], ProductTexts("Soon.")))
    assert set(result.written) == set(ids)
    assert {product: problem.reason for product, problem in result.refused.items()} == {999_999: "gone"}


def test_fifty_metafields_are_one_call_and_updates_another(start_world):
    world = start_world(seed="full")
    ids = [product.id for product in world.theirs.products.values()]
    fields = [Metafield(each, "now") for each in ids]
    first = world.shop.store.write_metafields(MetafieldOwner.PRODUCT, fields)
    assert set(first.written) == set(ids)
    assert all(remote_id for remote_id in first.written.values())
    again = [Metafield(owner, "later", remote_id) for owner, remote_id in first.written.items()]
    second = world.shop.store.write_metafields(MetafieldOwner.PRODUCT, again)
    assert second.written == first.written
    assert world.shop.lines == ["POST /v3/catalog/products/metafields", "PUT /v3/catalog/products/metafields"]


@pytest.mark.parametrize("owner", list(MetafieldOwner))
def test_a_field_whose_id_was_lost_is_found_and_written_over(start_world, owner):
    world = start_world(seed="full")
    owners = {
        MetafieldOwner.PRODUCT: list(world.theirs.products),
        MetafieldOwner.VARIANT: list(world.theirs.variants),
        MetafieldOwner.ORDER: list(world.theirs.orders),
    }[owner][:5]
    first = world.shop.store.write_metafields(owner, [Metafield(each, "one") for each in owners[:3]])
    second = world.shop.store.write_metafields(owner, [Metafield(each, "two") for each in owners])
    assert set(second.written) == set(owners)
    assert {each: second.written[each] for each in owners[:3]} == first.written
    stored = {field.resource_id: field.value for field in world.theirs.metafields.values()}
    assert {stored[each] for each in owners} == {"two"}


def test_a_field_deleted_behind_our_back_is_created_anew(start_world):
    world = start_world()
    product = next(iter(world.theirs.products))
    first = world.shop.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(product, "one")])
    world.shop.store.delete_metafields(MetafieldOwner.PRODUCT, [first.written[product]])
    assert not world.theirs.metafields
    again = world.shop.store.write_metafields(
        MetafieldOwner.PRODUCT, [Metafield(product, "two", first.written[product]), Metafield(999_999, "none", 5)]
    )
    assert list(again.written) == [product]
    assert list(again.refused) == [999_999]
    world.shop.store.delete_metafields(MetafieldOwner.PRODUCT, [again.written[product], 123_456])
    assert not world.theirs.metafields


def test_staff_notes_are_read_and_written(start_world):
    world = start_world()
    order = OrderId(buy(world, Wanted(product_id=product_named(world, "Pine Candle").id)).id)
    world.shop.store.write_staff_notes(order, "Ships 9 March — ✓")
    assert world.shop.store.staff_notes(order) == "Ships 9 March — ✓"


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("answer", ["wrapped", "unwrapped"])
def test_hooks_are_created_once_and_kept_alive(start_world, native, answer):
    world = start_world(native=native, hook_answer=answer)
    first = world.shop.store.keep_hooks()
    assert "store/order/created" in first.created
    assert first.refused == ()
    assert world.shop.store.keep_hooks().lost_events is False
    for hook in world.theirs.hooks.values():
        hook.is_active = False
    assert set(world.shop.store.keep_hooks().reactivated) == set(first.created)
    world.shop.store.delete_hooks()
    assert not world.theirs.hooks


def test_a_revoked_token_is_said(start_world):
    from plugin.services.errors import AccessRevoked

    world = start_world()
    world.sandbox.world.revoke_tokens(world.theirs, client_id=world.sandbox.world.app.id)
    with pytest.raises(AccessRevoked):
        world.shop.store.profile()


def test_dates_travel_whole(start_world):
    world = start_world()
    order = buy(world, Wanted(product_id=product_named(world, "Pine Candle").id))
    (read,) = world.shop.store.orders([OrderId(order.id)])
    assert read.placed_at == order.created_at.astimezone(UTC).replace(microsecond=0)
    assert isinstance(read.modified_at, datetime)

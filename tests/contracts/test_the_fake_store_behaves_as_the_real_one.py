"""One set of tests for the port Store, run on the fake the services are tested with and on the adapter that asks a shop."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from plugin.domain.ids import ItemId, OrderId, ProductId, product_of
from plugin.domain.item import ProductTexts
from plugin.domain.order import OrderStage
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import FIRST_LOCATION
from plugin.sandbox.actions import statuses
from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.people import Address
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import (
    BackorderLimit,
    Metafield,
    MetafieldOwner,
    PagePanel,
    RefundRequest,
    Store,
    TrialOrder,
)
from tests.adapters.bigcommerce.conftest import start_world  # noqa: F401  — a fixture
from tests.fakes.clock import FakeClock
from tests.fakes.shop import FakeShop
from tests.services.town import MUG, a_shop

GHOST = ItemId("999999")
BUYER = Address(first_name="Jan", last_name="Meier", email="jan@example.test", country="Germany", country_iso2="DE")


@dataclass
class Side:
    """A shop with 5 of one item, and what the world does to it."""

    store: Store
    item: ItemId
    buy: Callable[[int], OrderId]
    cancel: Callable[[OrderId], object]
    settle: Callable[[], None] = field(default=lambda: None)

    def level(self) -> StockLevel:
        [level] = [level for level in self.store.stock([self.item]) if level.location_id == FIRST_LOCATION]
        return level

    def move(self, quantity: int, backordered: int = 0, *, item: ItemId | None = None) -> StockMove:
        return StockMove(item or self.item, FIRST_LOCATION, quantity, backordered, 0, "A test moves it.")


def fake_side() -> Side:
    shop: FakeShop = a_shop(FakeClock(), on_hand=5)

    def buy(units: int) -> OrderId:
        order = shop.sell(MUG, units)
        assert order is not None
        return order.order_id

    return Side(shop, MUG, buy, shop.cancel)


def real_side(world) -> Side:
    inside, theirs = world.sandbox.world, world.theirs
    product = next(product for product in theirs.products.values() if product.name == "Red Mug")
    theirs.cell((product.id, 0), 1).on_hand = 5

    def buy(units: int) -> OrderId:
        wanted = [Wanted(product_id=product.id, quantity=units)]
        return OrderId(place_order(inside, theirs, wanted, guest=BUYER).id)

    def cancel(order: OrderId) -> None:
        statuses.cancel(inside, theirs, order)

    return Side(world.shop.store, ItemId(str(product.id)), buy, cancel, world.settle)


@pytest.fixture(params=["fake", "real"])
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "fake":
        return fake_side()
    return real_side(request.getfixturevalue("start_world")())


def test_a_relative_move_adds_to_both_counts(side: Side):
    result = side.store.adjust_stock([side.move(2, backordered=3)])
    side.settle()
    assert result.written.keys() == {(side.item, FIRST_LOCATION)}
    assert (side.level().on_hand, side.level().backordered) == (5 + 2, 3)


def test_a_move_that_would_leave_less_than_nothing_is_refused_and_moves_nothing(side: Side):
    result = side.store.adjust_stock([side.move(-50)])
    side.settle()
    assert (result.written, [problem.reason for problem in result.refused.values()]) == ({}, ["rejected"])
    assert side.level().on_hand == 5


def test_one_refused_move_holds_up_no_other(side: Side):
    result = side.store.adjust_stock([side.move(1), side.move(1, item=GHOST)])
    side.settle()
    assert result.written.keys() == {(side.item, FIRST_LOCATION)}
    assert result.refused.keys() == {(GHOST, FIRST_LOCATION)}
    assert side.level().on_hand == 6


def test_a_sale_takes_what_is_there_and_then_what_may_be_owed(side: Side):
    side.store.set_backorder_limits([BackorderLimit(side.item, FIRST_LOCATION, 3)])
    side.settle()
    side.buy(7)
    assert (side.level().on_hand, side.level().backordered, side.level().number) == (0, 2, -2)


def test_a_cancelled_order_gives_its_units_back(side: Side):
    side.store.set_backorder_limits([BackorderLimit(side.item, FIRST_LOCATION, 3)])
    side.settle()
    order = side.buy(7)
    side.cancel(order)
    assert (side.level().number, side.level().backordered) == (5, 0)
    [read] = side.store.orders([order])
    assert read.stage is OrderStage.CANCELLED


def test_limits_of_what_is_not_there_are_refused_alone(side: Side):
    limits = [BackorderLimit(side.item, FIRST_LOCATION, 3), BackorderLimit(GHOST, FIRST_LOCATION, 3)]
    result = side.store.set_backorder_limits(limits)
    side.settle()
    assert (set(result.written), set(result.refused)) == ({(side.item, FIRST_LOCATION)}, {(GHOST, FIRST_LOCATION)})
    assert side.level().backorder_limit == 3


def test_orders_that_are_not_there_are_left_out(side: Side):
    order = side.buy(2)
    [read] = side.store.orders([order, OrderId(987_654)])
    assert (read.order_id, read.stage, read.lines[0].quantity, read.lines[0].shipped) == (order, OrderStage.OPEN, 2, 0)
    assert read.lines[0].item_id is None, "the catalog decides by what a line is counted"


def test_changed_and_open_orders_are_walked(side: Side):
    order = side.buy(2)
    gone = side.buy(1)
    side.cancel(gone)
    since = side.store.server_time() - timedelta(minutes=1)
    changed = {each.order_id for page in side.store.orders_modified_since(since) for each in page.rows}
    assert {order, gone} <= changed
    still_open = {each.order_id for page in side.store.open_orders() for each in page.rows}
    assert order in still_open
    assert gone not in still_open


def test_texts_are_read_back_and_a_deleted_product_is_told_as_gone(side: Side):
    product, ghost = product_of(side.item), ProductId(999_999)
    texts = ProductTexts("Ships in March.", "preorder", date(2026, 3, 9), "Arrives %%DATE%%")
    result = side.store.write_product_texts({product: texts, ghost: texts})
    assert set(result.written) == {product}
    assert {each: problem.reason for each, problem in result.refused.items()} == {ghost: "gone"}
    assert [each.texts for each in side.store.products([product, ghost])] == [texts]


def test_a_field_keeps_its_id_until_it_is_deleted(side: Side):
    product = product_of(side.item)
    first = side.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(product, "one")])
    remote_id = first.written[product]
    again = side.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(product, "two", remote_id)])
    unknown = side.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(product, "three")])
    assert again.written == unknown.written == {product: remote_id}
    assert remote_id is not None
    side.store.delete_metafields(MetafieldOwner.PRODUCT, [remote_id])
    side.store.delete_metafields(MetafieldOwner.PRODUCT, [remote_id])
    anew = side.store.write_metafields(MetafieldOwner.PRODUCT, [Metafield(product, "four", remote_id)])
    assert set(anew.written) == {product}


def test_notes_are_kept_word_for_word(side: Side):
    order = side.buy(1)
    side.store.write_staff_notes(order, "Call first.\nShips 9 March — ✓")
    assert side.store.staff_notes(order) == "Call first.\nShips 9 March — ✓"
    with pytest.raises(GiveUp) as refused:
        side.store.staff_notes(OrderId(987_654))
    assert refused.value.reason == "gone"


def test_hooks_are_made_once(side: Side):
    first = side.store.keep_hooks()
    again = side.store.keep_hooks()
    assert "store/order/created" in first.created
    assert (again.created, again.reactivated) == ((), ())
    assert side.store.missing_hooks() == ()
    side.store.delete_hooks()
    assert "store/order/created" in side.store.missing_hooks()
    assert "store/order/created" in side.store.keep_hooks().created


def test_a_refund_asked_for_twice_is_paid_once(side: Side):
    order = side.buy(2)
    [read] = side.store.orders([order])
    request = RefundRequest(order, {read.lines[0].line_id: 1}, "backorder-1", "The shopper cancelled.")
    first = side.store.refund(request)
    assert side.store.refund(request) == first
    assert first.remote_id is not None


def test_a_panel_stands_there_once_and_is_gone_when_it_was_removed_twice(side: Side):
    panel = PagePanel("ORDERS", "Expected ship dates", "/orders/${id}/expected-dates")
    for _ in range(2):
        side.store.keep_page_panel(panel)
    assert side.store.page_panels() == [panel]
    side.store.keep_page_panel(replace(panel, label="Ship dates"))
    assert side.store.page_panels() == [replace(panel, label="Ship dates")]
    for _ in range(2):
        side.store.remove_page_panel(panel.url)
    assert side.store.page_panels() == []


def test_a_test_order_is_placed_once_and_can_be_cancelled(side: Side):
    order = TrialOrder("backorder-test-1", product_of(side.item), None, "merchant@example.test")
    before = side.level().on_hand
    placed = side.store.place_trial_order(order)
    assert side.store.place_trial_order(order) == placed
    side.settle()
    [read] = side.store.orders([placed])
    assert (read.stage, read.shopper.email, side.level().on_hand) == (
        OrderStage.OPEN,
        "merchant@example.test",
        before - 1,
    )
    side.store.cancel_order(placed)
    assert side.store.orders([placed])[0].stage is OrderStage.CANCELLED

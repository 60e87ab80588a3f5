"""Goods come, the shop has not heard of it, and the parcel leaves: the goods are not counted a second time when it has."""

from dataclasses import replace

import pytest

from plugin.domain.ids import OrderId
from plugin.domain.order import Order
from plugin.services.shipments import NewShipment
from tests.builders import DEFAULT
from tests.services.town import ADA, MUG, Town, a_town


@pytest.fixture
def town(database):
    with a_town(database, on_hand=0) as town:
        town.install()
        town.sell_past_zero(limit=6)
        yield town


def ship(town: Town, order: OrderId) -> Order:
    """The shop takes what leaves off its count of owed units, as long as there are any, and off its shelf."""
    shipped = town.shop.ship(order, 2)
    level = town.shop.level(MUG)
    on_hand, owed = max(0, level.on_hand - 2), max(0, (level.backordered or 0) - 2)
    town.shop.levels[MUG, DEFAULT] = replace(level, on_hand=on_hand, backordered=owed)
    return shipped


def receive(town: Town, units: int) -> None:
    """Heard by us; the job that tells the shop has not run."""
    shipment = town.plugin.shipments.announce(ADA, NewShipment("Kiln & Co", "PO-7", None, [("MUG", units)]))
    town.plugin.shipments.receive(ADA, shipment)


def time_goes_by(town: Town) -> None:
    town.event("store/product/inventory/order/updated", {"id": 77})
    for _ in range(6):
        town.wait(minutes=3)


def counts(town: Town) -> tuple[int, int | None]:
    return (town.shop.level(MUG).on_hand, town.shop.level(MUG).backordered)


def test_a_parcel_that_left_before_the_shop_heard_of_its_goods_leaves_no_goods_behind(town):
    order = town.buy(2)
    receive(town, 2)
    town.hear(ship(town, order.order_id))
    time_goes_by(town)
    assert counts(town) == (0, 0)
    assert town.shop.can_sell(MUG) == 6


def test_its_goods_are_not_given_to_the_next_in_line(town):
    first, second = town.buy(2), town.buy(2)
    receive(town, 3)
    town.hear(ship(town, first.order_id))
    time_goes_by(town)
    assert town.owed() == {second.order_id: 1}
    assert counts(town) == (0, 1)
    assert town.shop.can_sell(MUG) == 5


def test_an_order_first_heard_of_when_it_had_left_takes_its_goods_along(town):
    unheard_of = town.shop.sell(MUG, 2)
    receive(town, 2)
    town.hear(ship(town, unheard_of.order_id))
    time_goes_by(town)
    assert counts(town) == (0, 0)


def test_what_was_sent_from_elsewhere_is_owed_no_more_and_took_nothing_from_the_shelf(town):
    first, second = town.buy(2), town.buy(2)
    town.hear(ship(town, second.order_id))
    time_goes_by(town)
    assert town.owed() == {first.order_id: 2}
    assert counts(town) == (0, 2)


def test_goods_that_are_sent_are_taken_back_once(town):
    order = town.buy(2)
    receive(town, 2)
    town.hear(ship(town, order.order_id))
    time_goes_by(town)
    town.shop.levels[MUG, DEFAULT] = replace(town.shop.level(MUG), on_hand=1)
    time_goes_by(town)
    assert counts(town) == (1, 0)

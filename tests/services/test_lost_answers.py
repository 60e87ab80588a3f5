"""The shop booked goods in, and its answer was lost: no order we have not heard of may make us book them twice."""

import pytest

from plugin.services.errors import RetryLater
from plugin.services.ports.stock import MoveState
from plugin.services.shipments import NewShipment
from tests.services.town import ADA, MUG, Town, a_town

LOST = RetryLater("The connection was lost.", outcome_unknown=True)


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def town(database, request):
    with a_town(database, on_hand=0, native=request.param) as town:
        town.install()
        town.sell_past_zero(limit=6)
        town.wait(minutes=3)
        yield town


def receive(town: Town, units: int) -> None:
    shipment = town.plugin.shipments.announce(ADA, NewShipment("Kiln & Co", "PO-7", None, [("MUG", units)]))
    town.plugin.shipments.receive(ADA, shipment)
    town.settle()


def number(town: Town) -> int:
    """What the shop may still sell of its own goods; with virtual stock, six more lie in its count."""
    return town.shop.level(MUG).number - (0 if town.shop.is_native else 6)


@pytest.mark.parametrize("took_effect", [True, False])
def test_orders_nobody_told_us_of_are_read_before_a_lost_answer_is_judged(town: Town, took_effect: bool):
    for _ in range(5):
        town.shop.sell(MUG, 1)  # no webhook comes
    town.clock.go(minutes=3)
    town.shop.fail("adjust_stock", LOST, after=took_effect)
    receive(town, 4)
    town.wait(minutes=3)
    town.wait(minutes=3)
    assert number(town) == 4 - 5
    assert sorted(town.moves(MoveState.WANTED, MoveState.SENDING)) == []


def test_while_shoppers_buy_a_lost_answer_is_not_judged(town: Town):
    """Somebody buys between reading the orders and reading the level: that look is worth nothing, the next one counts."""
    town.shop.fail("adjust_stock", LOST, after=True)
    receive(town, 1)
    read, bought = town.shop.orders_modified_since, []

    def read_then_buy(since, **more):
        yield from read(since, **more)
        if not bought:
            bought.append(town.shop.sell(MUG, 1))

    town.shop.orders_modified_since = read_then_buy  # type: ignore[method-assign]
    town.wait(minutes=2)
    assert len(bought) == 1
    for _ in range(3):
        town.wait(minutes=3)
    assert number(town) == 1 - 1
    assert town.moves(MoveState.WANTED, MoveState.SENDING) == []

"""A test order in a sandbox store: placed once, followed until it came back, cancelled; never in a live store."""

from dataclasses import replace

import pytest

from plugin.domain.order import OrderStage
from plugin.services.errors import Conflict, RetryLater
from tests.services.town import ADA, Town

MINE = "merchant@ada.example"


@pytest.fixture
def trials(town: Town):
    """The mug is sold out, so it is sold past zero."""
    town.shop.about = replace(town.shop.about, plan="Partner Sandbox")
    town.buy(1)
    return town.plugin.trial_orders


def hear_of(town: Town, order_id: int) -> None:
    town.event("store/order/created", {"id": order_id})
    town.settle()


def test_a_test_order_comes_back_with_a_promise_and_a_mail_to_the_merchant(town: Town, trials):
    order = trials.place(ADA, email=MINE)
    waiting = trials.state(ADA)
    assert (waiting.order_id, waiting.order) == (order, None)
    hear_of(town, order)
    [line] = trials.state(ADA).order.lines
    assert (line.item_id, line.owed) == ("77", 1)
    assert len(town.told(MINE)) == 1


def test_in_a_live_store_nothing_is_ordered(town: Town, trials):
    town.shop.about = replace(town.shop.about, plan="Pro")
    with pytest.raises(Conflict, match="not a sandbox"):
        trials.place(ADA, email=MINE)
    assert town.shop.sold == 1
    assert trials.state(ADA) is None


def test_cancelling_it_gives_the_unit_back_and_leaves_room_for_another(town: Town, trials):
    order = trials.place(ADA, email=MINE)
    hear_of(town, order)
    with pytest.raises(Conflict, match=f"#{order} is still open"):
        trials.place(ADA, email=MINE)
    trials.cancel(ADA)
    assert town.shop.placed[order].stage is OrderStage.CANCELLED
    hear_of(town, order)
    assert trials.state(ADA).is_over
    town.clock.go(minutes=1)
    assert trials.place(ADA, email=MINE) == order + 1


def test_a_store_that_went_live_keeps_its_orders(town: Town, trials):
    order = trials.place(ADA, email=MINE)
    town.shop.about = replace(town.shop.about, plan="Pro")
    with pytest.raises(Conflict):
        trials.cancel(ADA)
    assert town.shop.placed[order].stage is OrderStage.OPEN


def test_after_an_answer_that_got_lost_a_second_click_finds_the_same_order(town: Town, trials):
    town.shop.fail("place_trial_order", RetryLater("no answer", outcome_unknown=True), after=True)
    with pytest.raises(RetryLater):
        trials.place(ADA, email=MINE)
    town.clock.go(minutes=1)
    order = trials.place(ADA, email=MINE)
    assert town.shop.sold == 2
    assert town.shop.placed[order].shopper.email == MINE


def test_without_an_item_sold_past_zero_it_says_what_to_do(town: Town):
    town.shop.about = replace(town.shop.about, plan="Partner Sandbox")
    with pytest.raises(Conflict, match="Save the first policy"):
        town.plugin.trial_orders.place(ADA, email=MINE)
    assert town.shop.sold == 0

"""What is cancelled goes to the next in line at once and is paid back once, in time, whatever gets lost on the way."""

from datetime import date

import pytest

from plugin.services.errors import Conflict, GiveUp, RetryLater
from plugin.services.ports.notices import CancellationState
from tests.services.town import ADA, MUG, Town

OWNER = "owner@ada.example"


class Died(Exception):
    """The worker's end."""


def cancel(town: Town, order) -> date:
    due = town.plugin.answers.cancel(ADA, order.order_id, channel="page")
    town.settle()
    town.hear(town.shop.placed[order.order_id])
    town.settle()
    return due


def the_row(town: Town):
    (row,) = town.table("cancellations")
    return row


def tries(town: Town) -> int:
    return town.shop.calls.count("refund")


def test_money_goes_back_at_once_and_its_last_day_is_the_seventh_working_day(town: Town):
    order = town.buy(2)
    assert cancel(town, order) == date(2026, 3, 11)  # from Monday 2 March: 3, 4, 5, 6, 9, 10, 11
    assert (the_row(town)["state"], the_row(town)["refund_due"]) == ("refunded", "2026-03-11")
    assert town.shop.placed[order.order_id].lines[0].refunded == 2
    assert town.told() == ["confirmed", "cancelled", "refunded"]


def test_a_cancellation_on_a_friday_evening_counts_from_monday(town: Town):
    order = town.buy(2)
    town.wait(days=4)
    assert cancel(town, order) == date(2026, 3, 17)


def test_cancelled_units_go_to_the_next_in_line_and_can_be_sold_again(town: Town):
    first, second = town.buy(2, email="one@example.com"), town.buy(2, email="two@example.com")
    assert (town.line(first).allocated, town.line(second).allocated) == (1, 0)
    assert town.shop.can_sell(MUG) == 0
    cancel(town, first)
    assert (town.line(first).open, town.line(second).allocated, town.line(second).owed) == (0, 1, 1)
    assert town.shop.can_sell(MUG) == 2
    town.wait(minutes=16)
    assert town.told("two@example.com") == ["confirmed", "arrived"]


def test_what_was_sent_keeps_its_money_and_shipping_is_paid_back_only_for_a_whole_order(town: Town):
    whole, part = town.buy(1), town.buy(2)
    town.hear(town.shop.ship(whole.order_id, 1))
    town.settle()
    with pytest.raises(Conflict):
        town.plugin.answers.cancel(ADA, whole.order_id, channel="page")
    cancel(town, part)
    assert (the_row(town)["units"], the_row(town)["with_shipping"]) == (2, 1)
    town.sell_past_zero(limit=9)
    partly = town.buy(3)
    town.hear(town.shop.ship(partly.order_id, 1))
    town.settle()
    cancel(town, partly)
    rows = town.table("cancellations")
    assert [(row["units"], row["with_shipping"]) for row in rows] == [(2, 1), (2, 0)]


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after it"])
def test_a_refund_whose_answer_was_lost_is_made_once(town: Town, *, after: bool):
    order = town.buy(2)
    town.shop.fail("refund", RetryLater("The answer was lost.", outcome_unknown=True), after=after)
    cancel(town, order)
    assert the_row(town)["state"] == "decided"
    town.wait(seconds=15)
    assert the_row(town)["state"] == "refunded"
    assert (tries(town), town.shop.placed[order.order_id].lines[0].refunded) == (2, 2)
    assert town.told().count("refunded") == 1


def test_a_worker_that_dies_right_after_the_refund_leaves_one_refund(town: Town):
    order = town.buy(2)
    town.shop.fail("refund", Died(), after=True)
    with pytest.raises(Died):
        cancel(town, order)
    town.wait(minutes=11)
    assert (the_row(town)["state"], tries(town)) == ("refunded", 2)
    assert town.shop.placed[order.order_id].lines[0].refunded == 2


def test_a_refusal_waits_for_a_person_who_may_try_again(town: Town):
    order = town.buy(2)
    town.shop.fail("refund", GiveUp("rejected", "The payment is too old."))
    cancel(town, order)
    (waiting,) = town.plugin.deadlines.refunds_open(ADA)
    assert "too old" in waiting.problem
    assert town.told(OWNER)[-1] == "merchant_parked"
    town.wait(days=1)
    assert tries(town) == 1
    town.plugin.refunds.try_again(ADA, waiting.cancellation_id)
    town.settle()
    assert town.plugin.deadlines.refunds_open(ADA) == []
    assert the_row(town)["state"] == CancellationState.REFUNDED


def test_a_shop_that_never_answers_is_left_to_a_person_in_the_end(town: Town):
    order = town.buy(2)
    town.shop.fail("refund", *[RetryLater("Down.")] * 20)
    cancel(town, order)
    for _ in range(12):
        town.wait(hours=8)
    assert town.plugin.deadlines.refunds_open(ADA)[0].problem
    assert tries(town) == 8
    assert town.told(OWNER).count("merchant_parked") == 1


def test_a_refund_that_is_overdue_stands_in_the_digest(town: Town):
    order = town.buy(2)
    town.shop.fail("refund", GiveUp("rejected", "The payment is too old."))
    due = cancel(town, order)
    while town.clock.now().date() <= due:
        assert town.plugin.deadlines.refunds_open(ADA)[0].refund_due == due
        town.wait(days=1)
    digests = [message.facts for _, message, _ in town.notifier.sent if message.kind == "merchant_digest"]
    assert [facts["refunds_overdue"] for facts in digests[-2:]] == [0, 1]


def test_nothing_is_cancelled_twice(town: Town):
    order = town.buy(2)
    cancel(town, order)
    with pytest.raises(Conflict, match="Nothing of it is left to cancel"):
        town.plugin.answers.cancel(ADA, order.order_id, channel="page")
    town.settle()
    assert (tries(town), len(town.table("cancellations"))) == (1, 1)

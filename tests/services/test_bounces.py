"""A mail that was taken and came back: a notice counts as not told, and somebody has to call."""

import pytest

from plugin.domain.ids import MessageId
from plugin.services.ports.messages import CameBack, MessageKind
from plugin.services.ports.waitlist import WaitlistState
from tests.services.test_budget import announced, move, two_orders_wait
from tests.services.test_restock import ask, entry, land, with_settings
from tests.services.town import ADA, Town

WHY = "550 5.1.1 no such user"


def bounce(town: Town, kind: str, **more: bool) -> bool:
    """The newest mail of a kind comes back."""
    number = max(row["id"] for row in town.table("outbox") if row["kind"] == kind)
    return town.plugin.bounces.came_back(CameBack(ADA, MessageId(number), WHY, **more))


def told_late(town: Town) -> None:
    shipment = announced(town)
    town.buy(3)
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    assert town.told()[-1] is MessageKind.DELAY_FIRST_SHORT


def test_a_notice_that_came_back_counts_as_not_told_and_lands_on_the_list_to_call(town: Town) -> None:
    told_late(town)
    assert town.plugin.deadlines.to_call(ADA) == []
    assert bounce(town, "delay_first_short") is True
    [record] = town.plugin.deadlines.to_call(ADA)
    assert (record.notice.was_told, record.notice.is_consented) == (False, False)
    assert f"A mail (delay first short) came back: {WHY}" in town.words()
    town.wait(days=1)
    assert MessageKind.MERCHANT_DIGEST in town.told("owner@ada.example")


def test_silence_after_a_notice_that_came_back_is_no_consent(town: Town) -> None:
    told_late(town)
    bounce(town, "delay_first_short")
    town.wait(days=8)
    assert [one.cause for one in town.plugin.deadlines.to_approve(ADA)] == ["never_told"]


def test_a_report_that_comes_twice_is_one(town: Town) -> None:
    told_late(town)
    assert [bounce(town, "delay_first_short"), bounce(town, "delay_first_short")] == [True, False]
    assert len([text for text in town.words() if "came back" in text]) == 1


def test_a_mail_nobody_sent_cannot_come_back(town: Town) -> None:
    assert town.plugin.bounces.came_back(CameBack(ADA, MessageId(999), WHY)) is False


def test_a_complaint_about_a_notice_does_not_undo_it(town: Town) -> None:
    told_late(town)
    bounce(town, "delay_first_short", is_complaint=True)
    assert town.plugin.deadlines.to_call(ADA) == []


def test_whoever_cannot_be_reached_leaves_the_waitlist(town: Town) -> None:
    town.sell_past_zero(limit=0)
    town.buy(1)
    with_settings(town, postal_address="1 Cup Street")
    number = ask(town, "one@example.com")
    land(town, 1)
    bounce(town, "back_in_stock")
    assert entry(town, number).state is WaitlistState.LEFT


def test_a_mail_about_two_orders_comes_back_for_both(town: Town) -> None:
    shipment, one, two = two_orders_wait(town)
    town.plugin.shipments.receive(ADA, shipment)
    town.wait(minutes=16)
    number = next(row["id"] for row in town.table("outbox") if row["kind"] == "arrived" and not row["sent_with"])
    assert town.plugin.bounces.came_back(CameBack(ADA, MessageId(number), WHY)) is True
    back = [row["order_id"] for row in town.table("outbox") if row["bounced_at"]]
    assert sorted(back) == [one.order_id, two.order_id]
    about = [row["about"] for row in town.table("journal") if row["kind"] == "bounced"]
    assert sorted(about) == [f"order:{one.order_id}", f"order:{two.order_id}"]


def test_a_notice_that_comes_back_after_its_day_is_judged_at_once(town: Town) -> None:
    """Not on the next morning: by silence it would count as agreed to until then."""
    told_late(town)
    town.wait(days=8)
    assert town.plugin.deadlines.to_approve(ADA) == []
    bounce(town, "delay_first_short")
    town.settle()
    assert [one.cause for one in town.plugin.deadlines.to_approve(ADA)] == ["never_told"]


def test_a_notice_the_mail_server_refuses_is_judged_at_once_too(town: Town) -> None:
    shipment = announced(town)
    order = town.buy(3)
    town.notifier.refused.add("ada@example.com")
    town.wait(days=8)
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    assert [record.order_id for record in town.plugin.deadlines.to_call(ADA)] == [order.order_id]
    assert [one.cause for one in town.plugin.deadlines.to_approve(ADA)] == ["never_told"]


@pytest.fixture
def reminded(town: Town) -> Town:
    """A notice that needs a yes arrived on 2 March, and its reminder a month later, seven days before the deadline."""
    shipment = announced(town)
    town.buy(3)
    move(town, shipment, "2026-06-09")
    town.wait(minutes=16)
    town.clock.go(days=31)
    town.wait(minutes=1)
    assert town.told() == [MessageKind.CONFIRMED, MessageKind.DELAY_FIRST_LONG, MessageKind.REMINDER]
    return town


def test_a_reminder_that_came_back_leaves_its_notice_told_and_has_somebody_called(reminded: Town) -> None:
    """The law asks for the notice, and that arrived; the reminder is a courtesy, and somebody should call instead."""
    assert bounce(reminded, "reminder") is True
    reminded.settle()
    [record] = reminded.plugin.deadlines.to_call(ADA)
    assert (record.notice.was_told, record.notice.awaits_a_yes) == (True, True)
    reminded.wait(days=1)
    assert reminded.told().count(MessageKind.REMINDER) == 1
    reminded.wait(days=10)
    assert [one.cause for one in reminded.plugin.deadlines.to_approve(ADA)] == ["silence"]


def test_an_answer_takes_whom_the_reminder_did_not_reach_off_the_list(reminded: Town) -> None:
    bounce(reminded, "reminder")
    order = reminded.plugin.deadlines.to_call(ADA)[0].order_id
    reminded.plugin.answers.keep(ADA, order, channel="phone")
    assert reminded.plugin.deadlines.to_call(ADA) == []


def test_a_reminder_that_came_back_is_sent_again_to_a_new_address(reminded: Town) -> None:
    bounce(reminded, "reminder")
    order = reminded.plugin.deadlines.to_call(ADA)[0].order_id
    reminded.wait(minutes=5)
    reminded.plugin.answers.change_address(ADA, order, "new@example.com", channel="page")
    reminded.wait(minutes=16)
    assert reminded.told("new@example.com") == [MessageKind.REMINDER]
    assert reminded.plugin.deadlines.to_call(ADA) == []

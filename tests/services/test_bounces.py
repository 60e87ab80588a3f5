"""A mail that was taken and came back: a notice counts as not told, and somebody has to call."""

from plugin.domain.ids import MessageId
from plugin.services.ports import CameBack, MessageKind, WaitlistState
from tests.services.test_budget import announced, move
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

"""What the merchant does to chosen lines: previewed without a trace, done at once, and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.ids import OrderId
from plugin.domain.notices import DelayReason
from plugin.domain.order import Order, Sending
from plugin.domain.ranking import AllocationRules, RankRule
from plugin.services.backorders import LineKey, Tab, View
from plugin.services.deed_kinds import Asked, DeedKind, Skipped
from plugin.services.deeds import Done, asked_date
from plugin.services.errors import Conflict, NotFound
from plugin.services.ports.messages import MessageKind
from tests.builders import a_shipment, a_window
from tests.services.town import ADA, BO, Town, a_town

USER = 7
LATE = a_window(("2026-05-04", "2026-05-08"))


@pytest.fixture
def town(database: Path) -> Iterator[Town]:
    """One store with native backorders and one mug on hand; the mode makes no difference to deeds."""
    with a_town(database) as town:
        town.install()
        town.sell_past_zero(limit=9)
        yield town


def asked(kind: DeedKind, *orders: Order, window: DateWindow | None = None, words: str = "", note: str = "") -> Asked:
    keys = tuple(LineKey(order.order_id, line.line_id) for order in orders for line in order.lines)
    return Asked(kind, keys, window=window, words=words, note=note)


def carry_out(town: Town, wanted: Asked, *, mails: int) -> Done:
    return town.plugin.deeds.carry_out(ADA, wanted, user_id=USER, mails=mails)


def window_of(town: Town, order: Order) -> DateWindow | None:
    (row,) = town.plugin.backorders.of_lines(ADA, [LineKey(order.order_id, order.lines[0].line_id)])
    return row.ships


def everything(town: Town) -> dict[str, object]:
    tables = (
        "orders",
        "order_lines",
        "outbox",
        "notices",
        "cancellations",
        "journal",
        "deeds",
        "inbox",
        "publications",
    )
    return {name: town.table(name) for name in tables}


@pytest.mark.parametrize("kind", DeedKind)
def test_a_preview_leaves_no_trace_whatever_it_shows(town: Town, kind: DeedKind) -> None:
    town.buy()
    order = town.buy()
    before = everything(town)
    town.plugin.deeds.preview(ADA, asked(kind, order, window=LATE))
    assert everything(town) == before
    assert town.queue.next() is None


def test_another_date_mails_who_was_told_an_earlier_one_and_the_preview_shows_that_mail(town: Town) -> None:
    town.buy()
    order = town.buy()
    before = window_of(town, order)
    wanted = asked(DeedKind.DATE, order, window=LATE, note="Acme called")
    preview = town.plugin.deeds.preview(ADA, wanted)
    (mail,) = preview.mails
    assert (mail.message.kind, mail.message.to, preview.shoppers) == (
        MessageKind.DELAY_FIRST_LONG,
        "ada@example.com",
        1,
    )
    assert "New ship date: May 4 – 8" in mail.text
    assert "Our supplier" not in mail.subject
    assert (preview.done, preview.skipped, preview.can_undo) == (wanted.lines, {}, True)
    done = carry_out(town, wanted, mails=1)
    assert (done.lines, done.mails, window_of(town, order)) == (1, 1, LATE)
    town.plugin.deeds.undo(ADA, done.deed_id)
    town.wait(minutes=20)
    assert window_of(town, order) == before
    assert MessageKind.DELAY_FIRST_LONG not in town.told()


def test_another_date_stays_when_its_item_is_planned_again(town: Town) -> None:
    town.buy()
    order = town.buy()
    carry_out(town, asked(DeedKind.DATE, order, window=LATE), mails=1)
    town.buy()
    assert window_of(town, order) == LATE
    carry_out(town, asked(DeedKind.CLEAR_DATE, order), mails=0)
    assert window_of(town, order) != LATE


def test_a_line_with_nothing_owed_keeps_its_date(town: Town) -> None:
    order = town.buy()
    preview = town.plugin.deeds.preview(ADA, asked(DeedKind.DATE, order, window=LATE))
    assert preview.skipped == {LineKey(order.order_id, order.lines[0].line_id): Skipped.NOT_OWED}
    with pytest.raises(Conflict, match="nothing left to do"):
        carry_out(town, asked(DeedKind.DATE, order, window=LATE), mails=0)


def test_units_go_from_the_newest_order_to_the_chosen_one(town: Town) -> None:
    first = town.buy()
    second = town.buy()
    assert (town.line(first).allocated, town.line(second).allocated) == (1, 0)
    wanted = asked(DeedKind.ALLOCATE, second)
    preview = town.plugin.deeds.preview(ADA, wanted)
    assert (preview.taken_from, preview.can_undo) == ({first.order_id: 1}, False)
    carry_out(town, wanted, mails=len(preview.mails))
    assert (town.line(first).allocated, town.line(second).allocated) == (0, 1)
    assert town.line(second).pinned_at is None


def test_units_of_a_pinned_order_are_left_to_it(town: Town) -> None:
    first, second = town.buy(), town.buy()
    carry_out(town, asked(DeedKind.PIN, first), mails=0)
    preview = town.plugin.deeds.preview(ADA, asked(DeedKind.ALLOCATE, second))
    assert (list(preview.skipped.values()), preview.taken_from) == ([Skipped.NOTHING_FREE], {})


def test_a_pin_is_set_and_taken_back(town: Town) -> None:
    order = town.buy()
    done = carry_out(town, asked(DeedKind.PIN, order), mails=0)
    assert town.line(order).pinned_at is not None
    again = town.plugin.deeds.preview(ADA, asked(DeedKind.PIN, order))
    assert list(again.skipped.values()) == [Skipped.ALREADY_SO]
    town.plugin.deeds.undo(ADA, done.deed_id)
    assert town.line(order).pinned_at is None
    with pytest.raises(Conflict, match="taken back already"):
        town.plugin.deeds.undo(ADA, done.deed_id)


@pytest.mark.parametrize("kind", [DeedKind.PIN, DeedKind.ALLOCATE])
def test_pins_that_no_rule_looks_at_are_refused(town: Town, kind: DeedKind) -> None:
    order = town.buy()
    town.plugin.allocation.save_rules(ADA, AllocationRules((RankRule.PAID_FIRST,)))
    with pytest.raises(Conflict, match="do not look at pins"):
        town.plugin.deeds.preview(ADA, asked(kind, order))


def test_an_update_says_how_the_order_stands_and_can_be_called_back_for_two_minutes(town: Town) -> None:
    town.buy()
    order = town.buy()
    wanted = asked(DeedKind.UPDATE, order, words="The container has cleared customs.")
    (mail,) = town.plugin.deeds.preview(ADA, wanted).mails
    assert mail.subject == f"News of your order #{order.order_id}"
    assert "The container has cleared customs.\n\nThis is how your order" in mail.text
    done = carry_out(town, wanted, mails=1)
    town.wait(minutes=1)
    assert MessageKind.STATUS not in town.told()
    town.plugin.deeds.undo(ADA, done.deed_id)
    town.wait(minutes=2)
    assert MessageKind.STATUS not in town.told()
    carry_out(town, wanted, mails=1)
    town.wait(minutes=3)
    assert town.told().count(MessageKind.STATUS) == 1


def test_an_update_never_names_a_day_that_only_moves_on_with_the_days(town: Town) -> None:
    with town.plugin.units(ADA) as work:
        work.shipments.add(a_shipment(eta="2026-03-03", quantity=5))
        work.commit()
    town.buy()
    order = town.buy()
    assert "Ships Mar 3" in town.plugin.deeds.preview(ADA, asked(DeedKind.UPDATE, order)).mails[0].text
    town.clock.go(days=3)
    town.buy()
    assert window_of(town, order) == a_window("2026-03-05")
    text = town.plugin.deeds.preview(ADA, asked(DeedKind.UPDATE, order)).mails[0].text
    assert "On backorder; we will tell you the date" in text


def test_what_is_too_late_is_not_taken_back(town: Town) -> None:
    order = town.buy()
    done = carry_out(town, asked(DeedKind.PIN, order), mails=0)
    town.clock.go(minutes=11)
    with pytest.raises(Conflict, match="too late"):
        town.plugin.deeds.undo(ADA, done.deed_id)
    with pytest.raises(NotFound):
        town.plugin.deeds.undo(BO, done.deed_id)
    assert town.line(order).pinned_at is not None


def test_an_order_is_split_and_put_together_again(town: Town) -> None:
    order = town.buy(2)
    done = carry_out(town, asked(DeedKind.SPLIT, order), mails=0)
    assert sending(town, order) is Sending.AS_READY
    town.plugin.deeds.undo(ADA, done.deed_id)
    assert sending(town, order) is None


def sending(town: Town, order: Order) -> Sending | None:
    with town.plugin.units(ADA) as work:
        return work.orders.get([order.order_id])[order.order_id].sending


def test_a_cancelled_line_is_told_paid_back_and_cannot_be_taken_back(town: Town) -> None:
    town.buy()
    order = town.buy()
    wanted = asked(DeedKind.CANCEL, order)
    preview = town.plugin.deeds.preview(ADA, wanted)
    assert [mail.message.kind for mail in preview.mails] == [MessageKind.CANCELLED]
    assert "We cannot send your order #102, so we have cancelled it" in preview.mails[0].text
    done = carry_out(town, wanted, mails=1)
    assert (town.line(order).open, done.can_undo) == (0, False)
    with pytest.raises(Conflict, match="cannot be taken back"):
        town.plugin.deeds.undo(ADA, done.deed_id)
    assert [row.key.order_id for row in town.plugin.backorders.page(ADA, View(Tab.DONE), at=town.clock.now())] == [
        order.order_id
    ]


def test_nothing_is_done_where_more_would_be_mailed_than_was_shown(town: Town) -> None:
    town.buy()
    order = town.buy()
    before = everything(town)
    with pytest.raises(Conflict, match="would send 1 mails now, not 0"):
        carry_out(town, asked(DeedKind.DATE, order, window=LATE), mails=0)
    assert everything(town) == before


def test_lines_that_are_not_there_or_no_longer_open_are_named(town: Town) -> None:
    order = town.buy(2)
    key = LineKey(order.order_id, order.lines[0].line_id)
    carry_out(town, asked(DeedKind.CANCEL, order), mails=1)
    missing = LineKey(OrderId(999), order.lines[0].line_id)
    preview = town.plugin.deeds.preview(ADA, Asked(DeedKind.SPLIT, (key, missing)))
    assert preview.skipped == {key: Skipped.NOT_OPEN, missing: Skipped.GONE}


def test_the_line_of_another_store_is_not_there(town: Town) -> None:
    order = town.buy()
    town.install(BO)
    preview = town.plugin.deeds.preview(BO, asked(DeedKind.PIN, order))
    assert list(preview.skipped.values()) == [Skipped.GONE]


def test_what_cannot_be_asked_is_refused_before_anything_is_read(town: Town) -> None:
    order = town.buy()
    for wanted, words in (
        (Asked(DeedKind.PIN, ()), "No line is chosen"),
        (asked(DeedKind.DATE, order), "earliest is empty"),
        (asked(DeedKind.UPDATE, order, words="x" * 401), "words is longer than 400"),
        (Asked(DeedKind.PIN, tuple(LineKey(OrderId(n), order.lines[0].line_id) for n in range(501))), "at most 500"),
    ):
        with pytest.raises(DomainError, match=words):
            town.plugin.deeds.preview(ADA, wanted)


def test_days_are_read_as_a_form_sends_them() -> None:
    assert asked_date("2026-05-04", "2026-05-08") == LATE
    assert asked_date("2026-05-04", "") == a_window("2026-05-04")
    for first, last in (
        ("", ""),
        ("4 May", ""),
        ("2026-05-04", "soon"),
        ("2026-05-08", "2026-05-04"),
        ("9999-12-31", ""),
    ):
        with pytest.raises(DomainError):
            asked_date(first, last)


def test_the_reason_of_a_date_named_by_hand_is_the_one_shoppers_read(town: Town) -> None:
    town.buy()
    order = town.buy()
    wanted = replace(asked(DeedKind.DATE, order, window=LATE), cause=DelayReason.RELEASE_MOVED)
    (mail,) = town.plugin.deeds.preview(ADA, wanted).mails
    assert "its release has been moved" in mail.text

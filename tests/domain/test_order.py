"""What a newer picture of an order keeps of the older one: allocations, time paid, history."""

from datetime import timedelta

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import OrderLineId
from plugin.domain.order import InventorySettings, OrderLine, OrderStage, Shopper
from plugin.domain.stock import StockTiming
from tests.builders import MUG, MUG_BLUE, NOW, an_order, an_order_line

SETTINGS = InventorySettings()
LATER = NOW + timedelta(hours=1)
LATER_STILL = NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("line", "still_open", "owed"),
    [
        (an_order_line(quantity=3), 3, 3),
        (an_order_line(quantity=3, allocated=1), 3, 2),
        (an_order_line(quantity=3, allocated=3), 3, 0),
        (an_order_line(quantity=3, shipped=1, allocated=1), 2, 1),
        (an_order_line(quantity=3, refunded=1), 2, 2),
        (an_order_line(quantity=3, shipped=2, refunded=1), 0, 0),
        (an_order_line(quantity=3, shipped=3, refunded=3), 0, 0),
        (an_order_line(quantity=1, allocated=3), 1, 0),
        (an_order_line(quantity=3, item=None), 3, 0),  # a gift certificate is owed by nobody's shelf
    ],
)
def test_a_line_owes_what_is_neither_shipped_nor_refunded_nor_allocated(
    line: OrderLine, still_open: int, owed: int
) -> None:
    assert (line.open, line.owed) == (still_open, owed)


@pytest.mark.parametrize("field", ["quantity", "shipped", "refunded", "allocated"])
def test_a_line_refuses_negative_units(field: str) -> None:
    with pytest.raises(DomainError, match=f"{field} is -1") as refusal:
        an_order_line(**{field: -1})  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("case", "before", "now", "allocated", "owed"),
    [
        ("nothing happened", {"quantity": 5, "allocated": 2}, {"quantity": 5}, 2, 3),
        ("the allocated part shipped", {"quantity": 5, "allocated": 2}, {"quantity": 5, "shipped": 2}, 0, 3),
        ("some of it shipped", {"quantity": 5, "allocated": 3}, {"quantity": 5, "shipped": 1}, 2, 2),
        ("more shipped than we tied", {"quantity": 5, "allocated": 2}, {"quantity": 5, "shipped": 4}, 0, 1),
        (
            "a second parcel counts only its own units",
            {"quantity": 5, "shipped": 2, "allocated": 2},
            {"quantity": 5, "shipped": 3},
            1,
            1,
        ),
        ("a parcel was undone", {"quantity": 5, "shipped": 2, "allocated": 1}, {"quantity": 5}, 1, 4),
        ("owed units are refunded first", {"quantity": 5, "allocated": 2}, {"quantity": 5, "refunded": 3}, 2, 0),
        ("then allocated ones", {"quantity": 5, "allocated": 2}, {"quantity": 5, "refunded": 4}, 1, 0),
        ("all refunded", {"quantity": 5, "allocated": 2}, {"quantity": 5, "refunded": 5}, 0, 0),
        ("edited up", {"quantity": 2, "allocated": 2}, {"quantity": 5}, 2, 3),
        ("edited down among the owed", {"quantity": 5, "allocated": 2}, {"quantity": 3}, 2, 1),
        ("edited down among the allocated", {"quantity": 5, "allocated": 2}, {"quantity": 1}, 1, 0),
        (
            "shipped and refunded at once",
            {"quantity": 5, "allocated": 3},
            {"quantity": 5, "shipped": 2, "refunded": 2},
            1,
            0,
        ),
        ("another variant", {"quantity": 2, "allocated": 2}, {"quantity": 2, "item": MUG_BLUE}, 0, 2),
    ],
)
def test_a_newer_line_keeps_what_was_allocated_and_is_still_open(
    case: str, before: dict[str, int], now: dict[str, int], allocated: int, owed: int
) -> None:
    line = an_order_line(**now).carried_over(an_order_line(**before))  # type: ignore[arg-type]
    assert (line.allocated, line.owed) == (allocated, owed), case


def test_a_line_whose_item_is_not_known_yet_keeps_its_allocation() -> None:
    before = an_order_line(quantity=2, allocated=2, item=MUG)
    assert an_order_line(quantity=2, item=None).carried_over(before).allocated == 2


def test_lines_are_matched_by_id_and_new_ones_begin_with_nothing() -> None:
    before = an_order(lines=[an_order_line(line_id=1, quantity=2, allocated=2), an_order_line(line_id=2, allocated=1)])
    now = an_order(lines=[an_order_line(line_id=3, quantity=4), an_order_line(line_id=1, quantity=2)])
    carried = now.carried_over(before, SETTINGS)
    assert [(line.line_id, line.allocated) for line in carried.lines] == [(OrderLineId(3), 0), (OrderLineId(1), 2)]


@pytest.mark.parametrize("stage", [OrderStage.CANCELLED, OrderStage.CLOSED, OrderStage.INCOMPLETE])
def test_an_order_that_holds_no_units_lets_its_allocations_go(stage: OrderStage) -> None:
    before = an_order(lines=[an_order_line(quantity=3, allocated=2)])
    carried = an_order(stage=stage, lines=[an_order_line(quantity=3)]).carried_over(before, SETTINGS)
    assert [line.allocated for line in carried.lines] == [0]


def test_a_reopened_order_begins_with_nothing_allocated_and_keeps_its_place() -> None:
    first = an_order(lines=[an_order_line(quantity=3, allocated=2)]).carried_over(None, SETTINGS)
    cancelled = an_order(stage=OrderStage.CANCELLED, modified_at=LATER, lines=[an_order_line(quantity=3)])
    reopened = an_order(modified_at=LATER_STILL, lines=[an_order_line(quantity=3)])
    carried = reopened.carried_over(cancelled.carried_over(first, SETTINGS), SETTINGS)
    assert (carried.lines[0].allocated, carried.lines[0].owed) == (0, 3)
    assert (carried.paid_at, carried.queue_time) == (NOW, NOW)


@pytest.mark.parametrize(
    ("stages", "paid_at", "queue_time"),
    [
        ([OrderStage.OPEN], NOW, NOW),
        ([OrderStage.OPEN, OrderStage.OPEN], NOW, NOW),
        ([OrderStage.UNPAID], None, NOW),
        ([OrderStage.UNPAID, OrderStage.OPEN], LATER, LATER),
        ([OrderStage.INCOMPLETE, OrderStage.OPEN, OrderStage.OPEN], LATER, LATER),
        ([OrderStage.UNPAID, OrderStage.OPEN, OrderStage.UNPAID], LATER, LATER),
        ([OrderStage.UNPAID, OrderStage.UNPAID, OrderStage.OPEN], LATER_STILL, LATER_STILL),
        ([OrderStage.CANCELLED], None, NOW),
    ],
)
def test_an_order_queues_from_the_moment_it_was_first_seen_paid(
    stages: list[OrderStage], paid_at: object, queue_time: object
) -> None:
    order = None
    for stage, modified_at in zip(stages, (NOW, LATER, LATER_STILL), strict=False):
        order = an_order(stage=stage, modified_at=modified_at).carried_over(order, SETTINGS)
    assert order is not None
    assert (order.paid_at, order.queue_time) == (paid_at, queue_time)


def test_an_order_stays_history_whatever_a_newer_picture_says() -> None:
    assert an_order(is_history=False).carried_over(an_order(is_history=True), SETTINGS).is_history
    assert not an_order(is_history=True).carried_over(an_order(is_history=False), SETTINGS).is_history
    assert an_order(is_history=True).carried_over(None, SETTINGS).is_history


@pytest.mark.parametrize(
    ("stage", "holds"),
    [
        (OrderStage.INCOMPLETE, False),
        (OrderStage.UNPAID, True),
        (OrderStage.OPEN, True),
        (OrderStage.CLOSED, False),
        (OrderStage.CANCELLED, False),
    ],
)
def test_only_unpaid_and_open_orders_hold_units(stage: OrderStage, *, holds: bool) -> None:
    assert stage.holds_units is holds


def taken_through(stages: list[tuple[OrderStage, int]], settings: InventorySettings) -> tuple[int, int]:
    """What is taken and what is untaken after pictures of one order, each a stage and the quantity of its line."""
    order = None
    for stage, quantity in stages:
        order = an_order(stage=stage, lines=[an_order_line(quantity=quantity)]).carried_over(order, settings)
    assert order is not None
    return order.lines[0].taken, order.lines[0].untaken


UNPAID, OPEN, CLOSED, CANCELLED = OrderStage.UNPAID, OrderStage.OPEN, OrderStage.CLOSED, OrderStage.CANCELLED
INCOMPLETE = OrderStage.INCOMPLETE
LOOSE = InventorySettings(follows_edits=False)
KEEPS = InventorySettings(returns_cancelled=False)
SHIPS = InventorySettings(timing=StockTiming.SHIPPED)


@pytest.mark.parametrize(
    ("case", "settings", "stages", "taken", "untaken"),
    [
        ("placed", SETTINGS, [(OPEN, 3)], 3, 0),
        ("checkout never finished", SETTINGS, [(INCOMPLETE, 3)], 0, 3),
        ("checkout finished", LOOSE, [(INCOMPLETE, 3), (OPEN, 3)], 3, 0),
        ("edited up", SETTINGS, [(OPEN, 2), (OPEN, 5)], 5, 0),
        ("edited up, level left alone", LOOSE, [(OPEN, 2), (OPEN, 5)], 2, 3),
        ("edited up twice, level left alone", LOOSE, [(OPEN, 2), (OPEN, 5), (OPEN, 6)], 2, 4),
        ("edited down, level left alone", LOOSE, [(OPEN, 5), (OPEN, 2)], 5, 0),
        ("cancelled and returned", SETTINGS, [(OPEN, 3), (CANCELLED, 3)], 0, 3),
        ("cancelled and kept", KEEPS, [(OPEN, 3), (CANCELLED, 3)], 3, 0),
        ("re-opened", SETTINGS, [(OPEN, 3), (CANCELLED, 3), (OPEN, 3)], 3, 0),
        ("re-opened, level left alone by edits", LOOSE, [(OPEN, 3), (CANCELLED, 3), (OPEN, 3)], 3, 0),
        ("closed", SETTINGS, [(OPEN, 3), (CLOSED, 3)], 3, 0),
        ("taken on shipping: open", SHIPS, [(OPEN, 3)], 0, 3),
        ("taken on shipping: closed", SHIPS, [(OPEN, 3), (CLOSED, 3)], 3, 0),
    ],
)
def test_the_platform_has_taken(
    case: str, settings: InventorySettings, stages: list[tuple[OrderStage, int]], taken: int, untaken: int
) -> None:
    assert taken_through(stages, settings) == (taken, untaken), case


@pytest.mark.parametrize(("settings", "taken"), [(SETTINGS, 4), (LOOSE, 0)])
def test_a_line_that_staff_add_is_taken_only_where_the_level_follows_edits(
    settings: InventorySettings, taken: int
) -> None:
    before = an_order(lines=[an_order_line(line_id=1, quantity=2)]).carried_over(None, settings)
    added = [an_order_line(line_id=1, quantity=2), an_order_line(line_id=2, quantity=4)]
    after = an_order(lines=added).carried_over(before, settings)
    assert [line.taken for line in after.lines] == [2, taken]


@pytest.mark.parametrize(
    ("shipped", "refunded", "taken", "untaken"), [(0, 0, 5, 0), (2, 0, 5, 0), (2, 0, 2, 3), (0, 2, 5, 0), (0, 0, 3, 2)]
)
def test_units_sold_but_still_in_the_level_are_untaken(shipped: int, refunded: int, taken: int, untaken: int) -> None:
    line = an_order_line(quantity=5, shipped=shipped, refunded=refunded, taken=taken)
    assert line.untaken == untaken


def test_a_plan_ties_units_to_the_lines_it_names() -> None:
    order = an_order(lines=[an_order_line(line_id=1, quantity=2, allocated=1), an_order_line(line_id=2, quantity=2)])
    assert [line.allocated for line in order.with_allocated({OrderLineId(2): 2}).lines] == [1, 2]


@pytest.mark.parametrize(
    ("locale", "country", "default", "expected"),
    [
        ("en", "GB", "de", "en-GB"),
        ("", "IE", "en", "en-IE"),
        ("en", "US", "de", "en"),
        ("en-US", "GB", "de", "en-US"),
        ("fr", "GB", "en", "fr"),
        ("", "DE", "de", "de"),
    ],
)
def test_english_is_written_for_the_british_isles_as_it_is_there(locale, country, default, expected):
    assert Shopper(email="a@example.com", locale=locale, country=country).reads(default) == expected

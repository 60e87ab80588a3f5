"""Substitutes: what may stand in for what, whether one is sooner, and what an order says of a wish."""

from dataclasses import replace

import pytest

from plugin.domain.changes import Availability
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId
from plugin.domain.order import Order, OrderStage
from plugin.domain.plan import Offer
from plugin.domain.policy import PolicyLabel
from plugin.domain.promise import Basis, BasisKind, PromisePart
from plugin.domain.substitute import (
    ChoiceState,
    Sooner,
    Substitute,
    SubstituteChoice,
    require_sensible,
    sooner_with,
)
from tests.builders import NOW, a_day, a_window, an_order, an_order_line

BLUE, RED, MUG = ItemId("77:105"), ItemId("77:106"), ItemId("9")
SHIPMENT = Basis(BasisKind.SHIPMENT)


def test_a_list_of_substitutes_may_be_empty_or_name_several_once() -> None:
    require_sensible(BLUE, [])
    require_sensible(BLUE, [Substitute(RED, "The same in red"), Substitute(MUG)])


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ([BLUE], "77:105 cannot stand in for itself."),
        ([RED, MUG, RED], "77:106 stands in the list twice; name each substitute once."),
        ([ItemId(str(n)) for n in range(100, 111)], "There are 11 substitutes; at most 10 are allowed for one item."),
    ],
)
def test_a_list_that_makes_no_sense_says_why(listed: list[ItemId], says: str) -> None:
    with pytest.raises(DomainError) as wrong:
        require_sensible(BLUE, [Substitute(item) for item in listed])
    assert (str(wrong.value), wrong.value.field) == (says, "item")


@pytest.mark.parametrize("note", ["x" * 121, "two\nlines"])
def test_a_note_is_one_short_line(note: str) -> None:
    with pytest.raises(DomainError, match="one line of at most 120 characters"):
        Substitute(RED, note)


def an_offer(on_hand: int, *later: tuple[int, str | None]) -> Offer:
    parts = tuple(PromisePart(units, a_window(day) if day else None, SHIPMENT) for units, day in later)
    return Offer(Availability.BACKORDER, on_hand, 9, PolicyLabel.BACKORDER, None, later=parts)


NOW_IT_SHIPS = Sooner(None)


@pytest.mark.parametrize(
    ("offer", "units", "spoken_for", "told", "sooner"),
    [
        (an_offer(2), 2, 0, "2026-03-20", NOW_IT_SHIPS),
        (an_offer(2), 2, 0, None, NOW_IT_SHIPS),
        (an_offer(2), 3, 0, None, None),
        (an_offer(2), 2, 1, "2026-03-20", None),
        (an_offer(3), 2, 1, "2026-03-20", NOW_IT_SHIPS),
        (an_offer(0), 1, 0, "2026-03-20", None),
        (an_offer(0, (5, "2026-03-10")), 2, 0, "2026-03-20", Sooner(a_window("2026-03-10"))),
        (an_offer(0, (5, "2026-03-10")), 2, 0, None, Sooner(a_window("2026-03-10"))),
        (an_offer(0, (5, "2026-03-20")), 2, 0, "2026-03-20", None),
        (an_offer(0, (5, "2026-03-21")), 2, 0, "2026-03-20", None),
        (an_offer(0, (5, None)), 1, 0, None, None),
        (an_offer(1, (5, "2026-03-10")), 2, 0, "2026-03-20", Sooner(a_window("2026-03-10"))),
        (an_offer(0, (1, "2026-03-10"), (5, "2026-03-17")), 2, 0, "2026-03-20", Sooner(a_window("2026-03-17"))),
        (an_offer(0, (1, "2026-03-10"), (5, "2026-03-17")), 1, 1, "2026-03-20", Sooner(a_window("2026-03-17"))),
        (an_offer(0, (1, "2026-03-10"), (5, None)), 1, 1, None, None),
        (an_offer(1, (1, "2026-03-10")), 1, 2, None, None),
    ],
)
def test_a_substitute_is_offered_if_it_ships_now_or_before_the_day_that_was_told(
    offer: Offer, units: int, spoken_for: int, told: str | None, sooner: Sooner | None
) -> None:
    day = a_day(told) if told else None
    assert sooner_with(offer, units=units, spoken_for=spoken_for, instead_of=day) == sooner


CHOICE = SubstituteChoice(
    choice_id=1,
    order_id=101,
    line_id=1011,
    item_id=BLUE,
    substitute=RED,
    name="Stoneware mug, Red",
    units=2,
    wanted_before=2,
    had_before=0,
    chosen_at=NOW,
    channel="page",
)
BOUGHT = an_order_line(line_id=1011, order_id=101, item=BLUE, quantity=2)
IN_ITS_PLACE = an_order_line(line_id=1013, order_id=101, item=RED, quantity=2)


def an_order_with(*lines: object, stage: OrderStage = OrderStage.OPEN) -> Order:
    return replace(an_order(order_id=101, lines=lines), stage=stage)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        (an_order_with(BOUGHT), None),
        (an_order_with(BOUGHT, stage=OrderStage.UNPAID), None),
        (an_order_with(IN_ITS_PLACE), ChoiceState.DONE),
        (an_order_with(replace(BOUGHT, item_id=RED)), ChoiceState.DONE),
        (an_order_with(replace(BOUGHT, quantity=1), replace(IN_ITS_PLACE, quantity=1)), ChoiceState.DONE),
        (an_order_with(replace(BOUGHT, refunded=2), IN_ITS_PLACE), ChoiceState.DONE),
        (an_order_with(replace(IN_ITS_PLACE, shipped=2), stage=OrderStage.CLOSED), ChoiceState.DONE),
        (an_order_with(BOUGHT, IN_ITS_PLACE), None),
        (an_order_with(replace(BOUGHT, quantity=1)), None),
        (an_order_with(replace(BOUGHT, shipped=1)), None),
        (an_order_with(replace(BOUGHT, shipped=2)), ChoiceState.ENDED),
        (an_order_with(replace(BOUGHT, shipped=2), IN_ITS_PLACE), ChoiceState.ENDED),
        (an_order_with(replace(BOUGHT, cancelled=2)), ChoiceState.ENDED),
        (an_order_with(), ChoiceState.ENDED),
        (an_order_with(BOUGHT, stage=OrderStage.CLOSED), ChoiceState.ENDED),
        (an_order_with(BOUGHT, stage=OrderStage.CANCELLED), ChoiceState.ENDED),
        (an_order_with(IN_ITS_PLACE, stage=OrderStage.CANCELLED), ChoiceState.ENDED),
    ],
)
def test_the_order_as_it_is_now_says_what_became_of_a_wish(order: Order, outcome: ChoiceState | None) -> None:
    assert CHOICE.outcome(order) is outcome


def test_units_of_the_substitute_that_were_bought_before_count_for_nothing() -> None:
    had_one = replace(CHOICE, had_before=2)
    assert had_one.outcome(an_order_with(replace(BOUGHT, quantity=1), IN_ITS_PLACE)) is None
    more = replace(IN_ITS_PLACE, quantity=4)
    assert had_one.outcome(an_order_with(more)) is ChoiceState.DONE

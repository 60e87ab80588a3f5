"""Units that were told different dates, and what is still owed of each."""

from dataclasses import replace

import pytest

from plugin.domain.ids import OrderLineId
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart
from plugin.domain.telling import ToldPart, joined, owed_parts, told_of_unit
from tests.builders import a_window

MAY, JUNE, JULY = a_window("2026-05-04"), a_window("2026-06-01"), a_window("2026-07-01")
TOLD = (ToldPart(0, 2, MAY), ToldPart(1, 1, JUNE))


def coming(*parts):
    return [PromisePart(units, window, Basis(BasisKind.SHIPMENT)) for units, window in parts]


def owed(units, *parts, cancelled=0, ended=()):
    found = owed_parts(TOLD, owed=units, cancelled=cancelled, later=coming(*parts), ended=ended)
    return [(part.told.number, part.units, [(one.units, one.window) for one in part.coming]) for part in found]


@pytest.mark.parametrize(
    ("units", "more", "expected"),
    [
        pytest.param(3, {}, [(0, 2, [(2, JULY)]), (1, 1, [(1, JULY)])], id="all of it"),
        pytest.param(2, {}, [(0, 1, [(1, JULY)]), (1, 1, [(1, JULY)])], id="one has come"),
        pytest.param(1, {}, [(1, 1, [(1, JULY)])], id="two have come"),
        pytest.param(0, {}, [], id="all has come"),
        pytest.param(2, {"cancelled": 1}, [(0, 2, [(2, JULY)])], id="the last one is cancelled"),
        pytest.param(1, {"cancelled": 2, "ended": {0}}, [(1, 1, [(1, JULY)])], id="those nobody agreed to are"),
        pytest.param(5, {}, [(0, 2, [(2, JULY)]), (1, 3, [(3, JULY)])], id="two more were added"),
    ],
)
def test_units_are_owed_in_the_order_they_were_told(units, more, expected):
    assert owed(units, (units, JULY), **more) == expected


def test_what_comes_first_is_for_those_who_were_told_first():
    assert owed(3, (1, MAY), (2, JULY)) == [(0, 2, [(1, MAY), (1, JULY)]), (1, 1, [(1, JULY)])]


def test_the_date_a_single_unit_was_told():
    assert [told_of_unit(TOLD, n) for n in (1, 2, 3, 4)] == [TOLD[0], TOLD[0], TOLD[1], None]


def test_an_order_that_ships_complete_has_one_date():
    one, other, third = (OrderLineId(n) for n in (1, 2, 3))
    ready = Promise((PromisePart(1, None, Basis(BasisKind.ON_HAND)),))
    promises = {one: Promise(tuple(coming((2, MAY), (1, JUNE)))), other: ready}
    together = joined({one: 3, other: 1, third: 1}, promises)
    assert {line: (promise.units, promise.last_window) for line, promise in together.items()} == {
        one: (3, JUNE),
        other: (1, JUNE),
        third: (1, JUNE),
    }
    assert joined({other: 1}, promises) == {}
    unknown = replace(promises[one].parts[0], window=None)
    assert joined({one: 3, other: 1}, {**promises, one: Promise((unknown,))})[other].last_window is None

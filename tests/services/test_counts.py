"""Somebody writes a number into the shop, or it looks like that: a count, an echo of our own, a unit nobody explains."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.town import MUG, Town, a_town


@pytest.fixture
def town(database: Path) -> Iterator[Town]:
    """Virtual stock, 1 there, 3 more for sale, so that the level says 4."""
    with a_town(database, native=False) as town:
        town.install()
        town.sell_past_zero(limit=3)
        town.wait(minutes=2)
        yield town


def test_a_number_somebody_writes_is_what_lies_there(town: Town):
    town.shop.count(MUG, 10)
    town.hear_of_count(6)
    town.wait(minutes=2)
    assert town.shop.level(MUG).on_hand == 10 + 3


def test_a_number_written_beside_a_change_of_ours_is_still_a_count(town: Town):
    town.sell_past_zero(limit=5)
    town.hear_of_count(2)
    town.shop.count(MUG, 10)
    town.hear_of_count(4)
    town.wait(minutes=2)
    assert town.shop.level(MUG).on_hand == 10 + 5


def test_an_echo_of_our_own_makes_no_count_of_a_unit_that_is_missing(town: Town):
    town.sell_past_zero(limit=5)
    assert town.shop.level(MUG).on_hand == 1 + 5
    town.shop.count(MUG, 5)
    town.hear_of_count(2)
    town.settle()
    for _ in range(3):
        town.wait(minutes=2)
    assert town.shop.level(MUG).on_hand == 5
    assert "The shop's stock changed by -1 to 5; no order and no count explains it." in town.words()

"""A range with its reason, or what is missing for one."""

import pytest

from plugin.domain.policy import LeadTime
from plugin.domain.suggestion import (
    LeadTimeSuggestion,
    LimitSuggestion,
    Missing,
    NotEnoughData,
    suggest_lead_time,
    suggest_limit,
)

TWO_TO_THREE_WEEKS = LeadTime(10, 15)


def test_a_limit_covers_what_is_ordered_until_new_goods_come():
    assert suggest_limit([4, 6, 5, 9, 4], TWO_TO_THREE_WEEKS) == LimitSuggestion(
        low=10, high=18, weeks=5, sold=28, usual_week=5, strong_week=6, lead_time=TWO_TO_THREE_WEEKS
    )


@pytest.mark.parametrize(
    ("weekly", "lead_time", "missing"),
    [
        ([9, 9, 9], TWO_TO_THREE_WEEKS, NotEnoughData(Missing.WEEKS, 3, 4)),
        ([], None, NotEnoughData(Missing.WEEKS, 0, 4)),
        ([9, 0, 9, 0, 0], TWO_TO_THREE_WEEKS, NotEnoughData(Missing.SALES, 2, 3)),
        ([9, 9, 9, 9], None, NotEnoughData(Missing.LEAD_TIME)),
    ],
)
def test_a_limit_is_not_made_of_too_little(weekly, lead_time, missing):
    assert suggest_limit(weekly, lead_time) == missing


def test_a_limit_is_at_least_one_and_its_range_never_upside_down():
    found = suggest_limit([1, 1, 1, 0, 0, 0, 0], LeadTime(0, 1))
    assert isinstance(found, LimitSuggestion)
    assert (found.low, found.high) == (1, 1)


def test_a_lead_time_is_what_deliveries_of_the_item_needed():
    found = suggest_lead_time([12, 5, 9, 8, 30], [1] * 9, "Acme")
    assert found == LeadTimeSuggestion(LeadTime(5, 12), 5, "Acme", is_for_item=True)


def test_a_lead_time_comes_from_the_supplier_where_the_item_has_too_few_deliveries():
    found = suggest_lead_time([2, 2], [5, 6, 7, 8, 9, 10], "Acme")
    assert found == LeadTimeSuggestion(LeadTime(6, 9), 6, "Acme", is_for_item=False)
    assert suggest_lead_time([2, 2], [5, 6], "Acme") == NotEnoughData(Missing.DELIVERIES, 2, 5)

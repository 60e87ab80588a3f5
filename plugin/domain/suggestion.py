"""What a limit or a lead time could be, from what was sold and how long goods took: a range with its reason, or too little data."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median

from plugin.domain.policy import LeadTime
from plugin.domain.supplier import ENOUGH_DELIVERIES

ENOUGH_WEEKS = 4
ENOUGH_WEEKS_WITH_SALES = 3
WEEKS_LOOKED_AT = 13
WORKING_DAYS_A_WEEK = 5


class Missing(StrEnum):
    """Why nothing can be suggested."""

    WEEKS = "weeks"
    """The store has not been watched for long enough."""
    SALES = "sales"
    """It sells too rarely to say how much."""
    LEAD_TIME = "lead_time"
    """Nobody knows how long goods take to come."""
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class NotEnoughData:
    missing: Missing
    have: int = 0
    needed: int = 0


@dataclass(frozen=True, slots=True)
class LimitSuggestion:
    """Units that shoppers would order while goods ordered today are on their way."""

    low: int
    high: int
    weeks: int
    sold: int
    usual_week: int
    strong_week: int
    """Four of five weeks sold no more."""
    lead_time: LeadTime


@dataclass(frozen=True, slots=True)
class LeadTimeSuggestion:
    """Working days from the announcement until the goods were here: what one and four of five deliveries needed."""

    lead_time: LeadTime
    deliveries: int
    supplier: str
    is_for_item: bool
    """From deliveries of this very item; else from all of its supplier's."""


def suggest_limit(weekly: Sequence[int], lead_time: LeadTime | None) -> LimitSuggestion | NotEnoughData:
    """From units sold in each full week."""
    if len(weekly) < ENOUGH_WEEKS:
        return NotEnoughData(Missing.WEEKS, len(weekly), ENOUGH_WEEKS)
    with_sales = sum(units > 0 for units in weekly)
    if with_sales < ENOUGH_WEEKS_WITH_SALES:
        return NotEnoughData(Missing.SALES, with_sales, ENOUGH_WEEKS_WITH_SALES)
    if lead_time is None:
        return NotEnoughData(Missing.LEAD_TIME)
    usual, strong = ceil(median(weekly)), _four_of_five(weekly)
    low = ceil(median(weekly) * lead_time.shortest / WORKING_DAYS_A_WEEK)
    high = ceil(strong * lead_time.longest / WORKING_DAYS_A_WEEK)
    return LimitSuggestion(
        low=max(1, low),
        high=max(1, low, high),
        weeks=len(weekly),
        sold=sum(weekly),
        usual_week=usual,
        strong_week=strong,
        lead_time=lead_time,
    )


def suggest_lead_time(
    of_item: Collection[int], of_supplier: Collection[int], supplier: str
) -> LeadTimeSuggestion | NotEnoughData:
    """From the working days its deliveries took; where there are too few, from those of its supplier."""
    is_for_item = len(of_item) >= ENOUGH_DELIVERIES
    took = of_item if is_for_item else of_supplier
    if len(took) < ENOUGH_DELIVERIES:
        return NotEnoughData(Missing.DELIVERIES, len(took), ENOUGH_DELIVERIES)
    in_order = sorted(took)
    quick = in_order[ceil(len(in_order) * 0.2) - 1]
    return LeadTimeSuggestion(LeadTime(quick, _four_of_five(in_order)), len(in_order), supplier, is_for_item)


def _four_of_five(numbers: Collection[int]) -> int:
    return sorted(numbers)[ceil(len(numbers) * 0.8) - 1]

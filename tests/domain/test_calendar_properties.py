"""What holds for every calendar, day and number of days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.calendar import DateWindow, WorkCalendar
from tests.domain.strategies import calendars, days, moments

counts = st.integers(0, 60)


@given(calendars(), days, counts)
def test_work_lands_on_working_days_and_never_before(calendar: WorkCalendar, day: date, count: int) -> None:
    landed = calendar.add_working_days(day, count)
    assert calendar.is_working_day(landed)
    assert landed >= day + timedelta(days=count)


@given(calendars(), days, counts)
def test_exactly_that_many_working_days_lie_between(calendar: WorkCalendar, day: date, count: int) -> None:
    landed = calendar.add_working_days(day, count)
    between = (day + timedelta(days=offset) for offset in range((landed - day).days))
    assert sum(calendar.is_working_day(passed) for passed in between) == count


@given(calendars(), days, days, counts)
def test_a_later_start_never_ends_earlier(calendar: WorkCalendar, one: date, other: date, count: int) -> None:
    earlier, later = sorted((one, other))
    assert calendar.add_working_days(earlier, count) <= calendar.add_working_days(later, count)


@given(calendars(), days, counts, counts)
def test_days_add_up_and_one_more_ends_strictly_later(calendar: WorkCalendar, day: date, one: int, other: int) -> None:
    assert calendar.add_working_days(calendar.add_working_days(day, one), other) == calendar.add_working_days(
        day, one + other
    )
    assert calendar.add_working_days(day, one) < calendar.add_working_days(day, one + 1)


@given(calendars(), days, counts, st.integers(0, 20))
def test_goods_leave_within_a_window_of_working_days_not_before_they_arrive(
    calendar: WorkCalendar, day: date, length: int, handling_days: int
) -> None:
    arrival = DateWindow(day, day + timedelta(days=length))
    leaves = calendar.ship_window(arrival, handling_days=handling_days)
    assert leaves.earliest >= arrival.earliest
    assert leaves.latest >= arrival.latest
    assert calendar.is_working_day(leaves.earliest)
    assert calendar.is_working_day(leaves.latest)


@given(calendars(), moments, st.integers(0, 60 * 24))
def test_work_starts_on_a_working_day_and_later_news_never_starts_earlier(
    calendar: WorkCalendar, moment: object, minutes: int
) -> None:
    starts = calendar.start_of_work(moment)  # type: ignore[arg-type]
    assert calendar.is_working_day(starts)
    assert starts >= calendar.day_of(moment)  # type: ignore[arg-type]
    assert starts <= calendar.start_of_work(moment + timedelta(minutes=minutes))  # type: ignore[operator]

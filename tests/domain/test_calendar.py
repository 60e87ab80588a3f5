"""Working days, cut-off and windows, by example. March 2026 starts on a Sunday."""

from datetime import UTC, date, datetime, time

import pytest

from plugin.domain.calendar import LAST_PLANNABLE_DAY, DateWindow, WorkCalendar, require_plannable
from plugin.domain.errors import DomainError
from tests.builders import a_calendar, a_day, a_window

EASTER = ("2026-04-03", "2026-04-06")


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        ("2026-03-02", 0, "2026-03-02"),
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-06", 1, "2026-03-09"),  # Friday to Monday
        ("2026-03-07", 0, "2026-03-09"),  # Saturday counts as Monday
        ("2026-03-07", 1, "2026-03-10"),
        ("2026-03-08", 1, "2026-03-10"),
        ("2026-03-02", 5, "2026-03-09"),
        ("2026-03-02", 20, "2026-03-30"),
        ("2026-04-02", 1, "2026-04-07"),  # Good Friday, the weekend and Easter Monday
        ("2026-04-03", 0, "2026-04-07"),
        ("2026-04-03", 1, "2026-04-08"),
        ("2028-02-28", 1, "2028-02-29"),  # a leap day is a day like any other
        ("2028-02-28", 2, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),
        ("2026-12-31", 1, "2027-01-01"),
    ],
)
def test_working_days_pass_over_weekends_and_holidays(day: str, days: int, expected: str) -> None:
    assert a_calendar(holidays=EASTER).add_working_days(a_day(day), days) == a_day(expected)


def test_a_warehouse_may_work_on_other_days() -> None:
    sunday_to_thursday = a_calendar(working_weekdays={6, 0, 1, 2, 3})
    assert sunday_to_thursday.add_working_days(date(2026, 3, 5), 1) == date(2026, 3, 8)
    only_saturdays = a_calendar(working_weekdays={5})
    assert only_saturdays.add_working_days(date(2026, 3, 2), 2) == date(2026, 3, 21)


@pytest.mark.parametrize("weekdays", [(), (7,), (-1, 0)])
def test_a_calendar_needs_at_least_one_weekday_that_exists(weekdays: tuple[int, ...]) -> None:
    with pytest.raises(DomainError, match=r"from 0 \(Monday\) to 6") as refusal:
        a_calendar(working_weekdays=weekdays)
    assert refusal.value.field == "working_weekdays"


def test_a_calendar_of_nothing_but_holidays_is_refused_and_does_not_loop() -> None:
    no_mondays = a_calendar(working_weekdays={0}, holidays=[date.fromordinal(day) for day in range(739_000, 745_000)])
    with pytest.raises(DomainError, match="No working day within 3650 days of 2 Mar 2026"):
        no_mondays.first_working_day(date(2026, 3, 2))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T13:59:59+00:00", "2026-03-02"),
        ("2026-03-02T14:00:00+00:00", "2026-03-03"),
        ("2026-03-06T13:00:00+00:00", "2026-03-06"),
        ("2026-03-06T15:00:00+00:00", "2026-03-09"),
        ("2026-03-07T09:00:00+00:00", "2026-03-09"),
        ("2026-04-02T15:00:00+00:00", "2026-04-07"),
    ],
)
def test_work_starts_the_same_day_only_before_the_cut_off(moment: str, expected: str) -> None:
    assert a_calendar(holidays=EASTER).start_of_work(datetime.fromisoformat(moment)) == a_day(expected)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/New_York", "2026-03-02T03:30:00+00:00", "2026-03-01"),
        ("Asia/Tokyo", "2026-03-02T15:30:00+00:00", "2026-03-03"),
        ("Pacific/Kiritimati", "2026-03-02T10:00:00+00:00", "2026-03-03"),
        ("America/New_York", "2026-03-08T04:59:00+00:00", "2026-03-07"),  # still winter time, five hours behind
        ("America/New_York", "2026-03-09T03:59:00+00:00", "2026-03-08"),  # summer time, four hours behind
        ("Europe/Berlin", "2028-02-28T23:30:00+00:00", "2028-02-29"),
    ],
)
def test_the_day_is_the_shops_own(zone: str, moment: str, day: str) -> None:
    assert a_calendar(zone=zone).day_of(datetime.fromisoformat(moment)) == a_day(day)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-27T12:59:00+00:00", "2026-03-27"),  # Berlin in winter: 13:59
        ("2026-03-27T13:00:00+00:00", "2026-03-30"),  # 14:00 on a Friday
        ("2026-03-30T11:59:00+00:00", "2026-03-30"),  # in summer: 13:59
        ("2026-03-30T12:00:00+00:00", "2026-03-31"),
    ],
)
def test_the_cut_off_keeps_to_the_shops_wall_clock_through_daylight_saving(moment: str, expected: str) -> None:
    assert a_calendar(zone="Europe/Berlin").start_of_work(datetime.fromisoformat(moment)) == a_day(expected)


def test_the_hour_that_comes_twice_is_before_a_cut_off_that_follows_it() -> None:
    berlin = a_calendar(zone="Europe/Berlin", cut_off=time(3, 0), working_weekdays=range(7))
    assert berlin.start_of_work(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == date(2026, 10, 25)
    assert berlin.start_of_work(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == date(2026, 10, 25)
    assert berlin.start_of_work(datetime(2026, 10, 25, 2, 0, tzinfo=UTC)) == date(2026, 10, 26)


@pytest.mark.parametrize(
    ("arrival", "handling_days", "leaves"),
    [
        (("2026-03-09", "2026-03-11"), 0, ("2026-03-09", "2026-03-11")),
        (("2026-03-09", "2026-03-13"), 1, ("2026-03-10", "2026-03-16")),
        (("2026-03-07", "2026-03-08"), 0, ("2026-03-09", "2026-03-09")),
        (("2026-04-02", "2026-04-03"), 2, ("2026-04-08", "2026-04-09")),
    ],
)
def test_goods_leave_after_handling_on_a_working_day(
    arrival: tuple[str, str], handling_days: int, leaves: tuple[str, str]
) -> None:
    calendar = a_calendar(holidays=EASTER)
    assert calendar.ship_window(a_window(arrival), handling_days=handling_days) == a_window(leaves)


def test_a_window_includes_both_its_ends_and_can_be_widened() -> None:
    window = a_window(("2026-03-09", "2026-03-11"))
    assert [window.contains(date(2026, 3, day)) for day in (8, 9, 11, 12)] == [False, True, True, False]
    assert window.widened(later_days=3) == a_window(("2026-03-09", "2026-03-14"))


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(DomainError, match="ends on 8 Mar 2026, before it starts on 9 Mar 2026") as refusal:
        DateWindow(date(2026, 3, 9), date(2026, 3, 8))
    assert refusal.value.field == "latest"


def test_the_last_day_of_all_time_is_not_a_date_to_plan_with() -> None:
    require_plannable("eta", LAST_PLANNABLE_DAY)
    with pytest.raises(DomainError, match="eta is 31 Dec 9999; leave it empty where no date is known") as refusal:
        require_plannable("eta", date(9999, 12, 31))
    assert refusal.value.field == "eta"


def test_the_last_plannable_day_can_be_counted_from() -> None:
    calendar: WorkCalendar = a_calendar()
    assert calendar.add_working_days(LAST_PLANNABLE_DAY, 1000) == date(3003, 11, 1)

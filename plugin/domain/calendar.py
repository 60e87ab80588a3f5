"""Working days, cut-off and windows: date arithmetic with names. Holidays come in as data, today as an argument."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugin.domain.errors import DomainError
from plugin.domain.saying import Saying, said

ONE_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset({0, 1, 2, 3, 4})
LONGEST_WAIT_DAYS = 3650
"""Nobody promises further than ten years; a calendar without working days must not loop for ever."""
LAST_PLANNABLE_DAY = date(2999, 12, 31)
"""Some systems write 9999-12-31 for "unknown"; counting working days from there would leave the calendar."""


def require_plannable(field: str, day: date) -> None:
    if day > LAST_PLANNABLE_DAY:
        raise DomainError(
            said("%(field)s is %(day)s; leave it empty where no date is known.", field=field, day=day),
            field=field,
            value=day,
        )


@dataclass(frozen=True, slots=True, order=True)
class DateWindow:
    """The days between which something happens, both included."""

    earliest: date
    latest: date

    def __post_init__(self) -> None:
        if self.latest < self.earliest:
            raise DomainError(
                said(
                    "The window ends on %(latest)s, before it starts on %(earliest)s.",
                    latest=self.latest,
                    earliest=self.earliest,
                ),
                field="latest",
                value=self.latest,
            )

    @property
    def said(self) -> Saying:
        if self.earliest == self.latest:
            return said("%(day)s", day=self.earliest)
        return said("%(first)s to %(last)s", first=self.earliest, last=self.latest)

    def contains(self, day: date) -> bool:
        return self.earliest <= day <= self.latest

    def widened(self, *, later_days: int) -> "DateWindow":
        return DateWindow(self.earliest, self.latest + timedelta(days=later_days))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When the warehouse works. `cut_off` is the hour of the shop's day after which work starts on the next one."""

    zone: ZoneInfo
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    cut_off: time = time(14, 0)

    def __post_init__(self) -> None:
        if not self.working_weekdays or not self.working_weekdays <= frozenset(range(7)):
            raise DomainError(
                said(
                    "working_weekdays is %(working_weekdays)s; it needs at least one day from 0 (Monday) to 6.",
                    working_weekdays=str(sorted(self.working_weekdays)),
                ),
                field="working_weekdays",
                value=sorted(self.working_weekdays),
            )

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.working_weekdays and day not in self.holidays

    def day_of(self, moment: datetime) -> date:
        """The shop's own date at a moment of UTC."""
        return moment.astimezone(self.zone).date()

    def first_working_day(self, day: date) -> date:
        """`day` itself if the warehouse works then, otherwise the next day it does."""
        for offset in range(LONGEST_WAIT_DAYS):
            candidate = day + timedelta(days=offset)
            if self.is_working_day(candidate):
                return candidate
        raise DomainError(
            said("No working day within %(most)s days of %(day)s.", most=LONGEST_WAIT_DAYS, day=day),
            field="holidays",
            value=day,
        )

    def start_of_work(self, moment: datetime) -> date:
        """The working day on which work on something that came in at `moment` starts."""
        local = moment.astimezone(self.zone)
        day = local.date() if local.time() < self.cut_off else local.date() + ONE_DAY
        return self.first_working_day(day)

    def add_working_days(self, day: date, days: int) -> date:
        """The working day that lies `days` working days after the first one on or after `day`."""
        return _add_working_days(self, day, days)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first`, `last` included; none where `last` is not later."""
        days = range(1, min((last - first).days, LONGEST_WAIT_DAYS) + 1)
        return sum(self.is_working_day(first + timedelta(days=offset)) for offset in days)

    def ship_window(self, arrival: DateWindow, *, handling_days: int) -> DateWindow:
        """When goods that arrive within `arrival` can leave, after our handling time in working days."""
        return DateWindow(
            self.add_working_days(arrival.earliest, handling_days),
            self.add_working_days(arrival.latest, handling_days),
        )


@lru_cache(maxsize=10_000)
def _add_working_days(calendar: WorkCalendar, day: date, days: int) -> date:
    """Counted once: a hundred thousand lines wait for a few shipments, or since a few days."""
    current = calendar.first_working_day(day)
    for _ in range(days):
        current = calendar.first_working_day(current + ONE_DAY)
    return current

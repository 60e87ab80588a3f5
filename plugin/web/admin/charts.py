"""The two charts of the first page: bars a week each, with the sentence that says the same in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from plugin.services.home import LOOKED_BACK, WEEKS, HomeFacts, monday_of
from plugin.web.admin.speech import day, gettext, ngettext, number

ONE_WEEK = timedelta(days=7)
WIDTH, HEIGHT, FOOT, HEAD = 560, 200, 28, 20
GAP = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar, measured in the drawing's own units."""

    y: int
    height: int
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    label: str
    value: str
    top: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    summary: str
    bars: tuple[Bar, ...]
    bar_width: int
    keys: tuple[tuple[str, str], ...] = ()
    """What the tones mean."""

    @property
    def is_empty(self) -> bool:
        """Then the sentence is enough; an axis without bars only takes room."""
        return not any(bar.value for bar in self.bars)


Bucket = date | str
OVER, LATER, NONE = "over", "later", "none"
Column = tuple[str, tuple[tuple[int, str], ...]]
"""A label, and numbers from the bottom to the top with their tones."""


def drawn(columns: list[Column]) -> tuple[tuple[Bar, ...], int]:
    highest = max((sum(units for units, _ in parts) for _, parts in columns), default=0) or 1
    step = WIDTH // max(1, len(columns))
    room = HEIGHT - FOOT - HEAD
    bars = []
    for place, (label, parts) in enumerate(columns):
        bottom, pieces = HEIGHT - FOOT, []
        for units, tone in parts:
            height = round(room * units / highest)
            bottom -= height
            pieces.append(Piece(bottom, height, tone))
        whole = sum(units for units, _ in parts)
        bars.append(Bar(place * step + GAP // 2, label, number(whole) if whole else "", bottom - 6, tuple(pieces)))
    return tuple(bars), step - GAP


def owed_chart(facts: HomeFacts, today: date) -> Chart:
    """Units owed by the week they were promised for: what is overdue, the weeks to come, later, and without a day."""
    first = monday_of(today)
    weeks = [first + ONE_WEEK * number for number in range(WEEKS - 2)]
    units: dict[Bucket, int] = dict.fromkeys([OVER, *weeks, LATER, NONE], 0)
    for promised, owed in facts.owed_by_day.items():
        units[bucket(promised, today, weeks)] += owed
    columns: list[Column] = [(gettext("Overdue"), ((units[OVER], "late"),))]
    columns += [(short(week), ((units[week], ""),)) for week in weeks]
    columns += [(gettext("Later"), ((units[LATER], ""),)), (gettext("No date"), ((units[NONE], "soft"),))]
    bars, width = drawn(columns)
    return Chart(gettext("Units owed, by the week they were promised for"), owed_summary(units), bars, width)


def bucket(promised: date | None, today: date, weeks: list[date]) -> Bucket:
    if promised is None:
        return NONE
    if promised < today:
        return OVER
    week = monday_of(promised)
    return week if week in weeks else LATER


def owed_summary(units: Mapping[Bucket, int]) -> str:
    whole = sum(units.values())
    if not whole:
        return gettext("Nothing is owed.")
    said = [ngettext("%(count)s unit is owed.", "%(count)s units are owed.", whole)]
    if over := units[OVER]:
        said.append(ngettext("%(count)s of them is overdue.", "%(count)s of them are overdue.", over))
    if none := units[NONE]:
        said.append(ngettext("%(count)s has no date yet.", "%(count)s have no date yet.", none))
    return " ".join(said)


def left_chart(facts: HomeFacts, today: date) -> Chart:
    """Orders that left, week by week: on time, and late."""
    first = monday_of(today - LOOKED_BACK) + ONE_WEEK
    since = facts.counted_since or first
    weeks = [week for number in range(WEEKS) if (week := first + ONE_WEEK * number) >= since]
    kept = [facts.left_by_week.get(week) for week in weeks]
    columns: list[Column] = [
        (short(week), ((each.on_time if each else 0, "good"), (each.late if each else 0, "late")))
        for week, each in zip(weeks, kept, strict=True)
    ]
    bars, width = drawn(columns)
    on_time, late = (sum(getattr(each, name) for each in kept if each) for name in ("on_time", "late"))
    keys = ((gettext("On time"), "good"), (gettext("Late"), "late"))
    said = left_summary(on_time, late)
    if facts.counted_since:
        said = " ".join((said, gettext("Earlier weeks had more than can be counted here.")))
    return Chart(gettext("Orders that left, by week"), said, bars, width, keys)


def left_summary(on_time: int, late: int) -> str:
    if not on_time + late:
        return gettext("No order with a promise has left in the last eight weeks.")
    left = ngettext("%(count)s order left,", "%(count)s orders left,", on_time + late)
    return f"{left} {ngettext('%(count)s of them late.', '%(count)s of them late.', late)}"


def short(week: date) -> str:
    """`9 Mar`: the axis has no room for the year."""
    return day(week).replace(str(week.year), "").strip(" ,.")

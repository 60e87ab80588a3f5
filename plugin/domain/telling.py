"""The dates one line was told, unit by unit, held against what the plan now says of the units it still owes.

A line told "2 in May, 1 in June" has two clocks. Units leave in the order they were told; what is cancelled was to come last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderLineId
from plugin.domain.promise import Promise, PromisePart


@dataclass(frozen=True, slots=True)
class ToldPart:
    """Units of a line that were told one date; `window` None: that none can be given. `number` counts from 0."""

    number: int
    units: int
    window: DateWindow | None


@dataclass(frozen=True, slots=True)
class OwedPart:
    """Units of one told date that are still owed, and what the plan says of them, soonest first."""

    told: ToldPart
    units: int
    coming: tuple[PromisePart, ...]


def owed_parts(
    told: Sequence[ToldPart],
    *,
    owed: int,
    cancelled: int,
    later: Sequence[PromisePart],
    ended: Collection[int] = (),
) -> tuple[OwedPart, ...]:
    """One for each told date of which something is still owed. Units nobody was told of count to the last date.

    `ended` are the dates whose time has run out: what is cancelled was theirs first.
    """
    live = _without_cancelled(told, cancelled, ended)
    gone = max(0, sum(part.units for part in live) - owed)
    coming = list(later)
    found = []
    for part in live:
        left = max(0, part.units - gone)
        gone = max(0, gone - part.units)
        is_last = part is live[-1]
        units = owed if is_last else min(left, owed)
        owed -= units
        if units:
            found.append(OwedPart(part, units, _take(coming, units)))
    return tuple(found)


def _without_cancelled(told: Sequence[ToldPart], cancelled: int, ended: Collection[int]) -> list[ToldPart]:
    left = {part.number: part.units for part in told}
    for part in sorted(told, key=lambda part: (part.number not in ended, -part.number)):
        taken = min(part.units, cancelled)
        cancelled -= taken
        left[part.number] -= taken
    live = [replace(part, units=left[part.number]) for part in told if left[part.number] or not part.units]
    return live or list(told[:1])


def _take(coming: list[PromisePart], units: int) -> tuple[PromisePart, ...]:
    taken = []
    while units and coming:
        part = coming.pop(0)
        share = min(part.units, units)
        taken.append(replace(part, units=share))
        units -= share
        if part.units > share:
            coming.insert(0, replace(part, units=part.units - share))
    return tuple(taken)


def told_of_unit(told: Sequence[ToldPart], number: int) -> ToldPart | None:
    """The date that the unit of this number (from 1) was told; None beyond the last."""
    for part in told:
        number -= part.units
        if number <= 0:
            return part
    return None


def joined(
    open_units: Mapping[OrderLineId, int], promises: Mapping[OrderLineId, Promise]
) -> dict[OrderLineId, Promise]:
    """For an order that ships complete: each line with the date of its last unit. Empty where nothing waits."""
    waiting = [part for line in open_units if line in promises for part in promises[line].later]
    if not waiting:
        return {}
    last = max(waiting, key=lambda part: (part.window is None, part.window.latest if part.window else date.max))
    return {line: Promise((replace(last, units=units),)) for line, units in open_units.items() if units}

"""What the platform's counts should be, told to it as relative moves that commute with the orders coming in meanwhile.

Levels as they are → levels as they should be → the difference. None of it waits for orders not heard of yet: the net
position already counts them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from plugin.domain.ids import LocationId
from plugin.domain.stock import StockLevel, StockMove

Levels = list[StockLevel]


@dataclass(frozen=True, slots=True)
class _Step:
    """One correction of the levels, and what is said of a level it changes."""

    reason: Callable[[StockLevel], str]
    correct: Callable[[Levels], Levels]


def native_moves(levels: Sequence[StockLevel], *, released: int) -> tuple[StockMove, ...]:
    """Virtual units left from the other way become owed ones; then owed units that found stock leave both counts.

    `released` owed units are taken off before, because no order waits for them any more.
    """
    steps = (
        _Step(lambda _: "The platform counts owed units by itself.", _without_virtual_units),
        _Step(lambda _: _released(released), partial(_release_backordered, units=released)),
        _Step(lambda _: "Owed units were cancelled before they found stock.", _not_netted_twice),
        _Step(lambda _: "Owed units found stock.", _netted),
    )
    return _moves(levels, steps)


def virtual_moves(
    levels: Sequence[StockLevel], *, limits: Mapping[LocationId, int], default: LocationId, released: int
) -> tuple[StockMove, ...]:
    """The level follows the limit by the difference, and never below zero: what is owed cannot be unsold.

    Nor do virtual units: where the shop takes units off on shipping, they have to lie in the level until then.
    """
    steps = (
        _Step(lambda _: _released(released), partial(_release_into_level, units=released, default=default)),
        _Step(lambda _: "Owed units are counted in the level.", _without_backordered),
        _Step(lambda _: "Owed units found stock at another location.", _evened_out),
        _Step(lambda level: f"Sells {level.virtual_units} past zero.", partial(_with_virtual_units, limits=limits)),
    )
    return _moves(levels, steps)


def _released(units: int) -> str:
    return f"{units} owed units that no order waits for were released."


def _moves(levels: Sequence[StockLevel], steps: Sequence[_Step]) -> tuple[StockMove, ...]:
    current = list(levels)
    reasons: list[list[str]] = [[] for _ in levels]
    for step in steps:
        corrected = step.correct(current)
        for said, old, new in zip(reasons, current, corrected, strict=True):
            if old != new:
                said.append(step.reason(new))
        current = corrected
    moves = (_move(old, new, " ".join(said)) for old, new, said in zip(levels, current, reasons, strict=True))
    return tuple(move for move in moves if not move.is_empty)


def _move(old: StockLevel, new: StockLevel, reason: str) -> StockMove:
    return StockMove(
        item_id=old.item_id,
        location_id=old.location_id,
        quantity=new.on_hand - old.on_hand,
        backordered=(new.backordered or 0) - (old.backordered or 0),
        virtual_units=new.virtual_units - old.virtual_units,
        reason=reason,
    )


def _without_virtual_units(levels: Levels) -> Levels:
    """The net position stays; what of it lies below zero becomes the platform's own count of owed units."""
    corrected = []
    for level in levels:
        if level.backordered is None or not level.virtual_units:
            corrected.append(level)
            continue
        owed = max(0, -level.net_position)
        on_hand = level.on_hand - level.virtual_units + owed - level.backordered
        corrected.append(replace(level, on_hand=on_hand, backordered=owed, virtual_units=0))
    return corrected


def _without_backordered(levels: Levels) -> Levels:
    """Where virtual stock is used although the platform could count owed units, virtual ones stand for them."""
    return [
        replace(level, backordered=0, virtual_units=level.virtual_units + level.backordered)
        if level.backordered
        else level
        for level in levels
    ]


def _release_backordered(levels: Levels, *, units: int) -> Levels:
    corrected = []
    for level in levels:
        from_backordered = min(units, max(0, level.backordered or 0))
        # Some stores read a negative number on hand instead of a count of owed units.
        from_below_zero = min(units - from_backordered, max(0, -level.on_hand))
        units -= from_backordered + from_below_zero
        if from_backordered:
            level = replace(level, backordered=(level.backordered or 0) - from_backordered)  # noqa: PLW2901 — one after the other
        corrected.append(replace(level, on_hand=level.on_hand + from_below_zero))
    return corrected


def _release_into_level(levels: Levels, *, units: int, default: LocationId) -> Levels:
    """First where the level has sunk below what is free, the rest at the default location."""
    corrected = []
    for level in levels:
        share = min(units, max(0, -level.net_position))
        units -= share
        corrected.append(replace(level, on_hand=level.on_hand + share))
    rest_goes_to = next((level.location_id for level in levels if level.location_id == default), None)
    return [
        replace(level, on_hand=level.on_hand + units) if level.location_id == rest_goes_to else level
        for level in corrected
    ]


def _not_netted_twice(levels: Levels) -> Levels:
    """A cancellation overtook our netting: fewer are backordered than the move on its way will take off."""
    return [
        replace(level, on_hand=level.on_hand - level.backordered, backordered=0)
        if level.backordered is not None and level.backordered < 0
        else level
        for level in levels
    ]


def _netted(levels: Levels) -> Levels:
    """Fewer on hand, fewer backordered, the same net position, over all locations of the item."""
    free = sum(_free(level) for level in levels)
    from_backordered = from_on_hand = min(free, sum(level.backordered or 0 for level in levels))
    corrected = []
    for level in levels:
        backordered = min(from_backordered, level.backordered or 0)
        on_hand = min(from_on_hand, _free(level))
        from_backordered -= backordered
        from_on_hand -= on_hand
        if backordered or on_hand:
            count = None if level.backordered is None else level.backordered - backordered
            level = replace(level, on_hand=level.on_hand - on_hand, backordered=count)  # noqa: PLW2901 — the level it becomes
        corrected.append(level)
    return corrected


def _evened_out(levels: Levels) -> Levels:
    """What one location is free to sell and another has sold too much of leaves both."""
    above = below = min(
        sum(max(0, level.net_position) for level in levels), sum(max(0, -level.net_position) for level in levels)
    )
    corrected = []
    for level in levels:
        taken = min(above, max(0, level.net_position))
        given = min(below, max(0, -level.net_position))
        above -= taken
        below -= given
        corrected.append(replace(level, on_hand=level.on_hand - taken + given))
    return corrected


def _free(level: StockLevel) -> int:
    return max(0, level.on_hand - level.safety_stock)


def _with_virtual_units(levels: Levels, *, limits: Mapping[LocationId, int]) -> Levels:
    corrected = []
    for level in levels:
        wanted = max(limits.get(level.location_id, 0), -level.net_position, 0)
        on_hand = level.on_hand + wanted - level.virtual_units
        corrected.append(replace(level, on_hand=on_hand, virtual_units=wanted))
    return corrected


def cancelled_moves(
    levels: Sequence[StockLevel], *, owed: int, ready: int, is_native: bool, default: LocationId
) -> tuple[StockMove, ...]:
    """Units of cancelled lines leave the platform's counts: owed ones are backordered no longer, ready ones are free.

    The platform moves no stock when money goes back, and the move is relative, so it commutes with orders coming in.
    """
    reason = f"{owed + ready} units were cancelled."
    freed = _release_backordered(list(levels), units=owed) if is_native else list(levels)
    given_back = sum(level.net_position for level in freed) - sum(level.net_position for level in levels)
    rest = owed + ready - given_back
    place = next((level.location_id for level in levels if level.location_id == default), None)
    if place is None and levels:
        place = levels[0].location_id
    freed = [replace(level, on_hand=level.on_hand + rest) if level.location_id == place else level for level in freed]
    moves = (_move(old, new, reason) for old, new in zip(levels, freed, strict=True))
    return tuple(move for move in moves if not move.is_empty)

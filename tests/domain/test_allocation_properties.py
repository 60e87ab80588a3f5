"""The laws of the queue, for every queue and every supply."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.allocation import Allocations, Supply, WaitingLine, allocate, supplies_for
from plugin.domain.shipment import IncomingShipment
from tests.builders import MUG, a_shipment
from tests.domain.strategies import few, queues, shipments, some, supplies

fresh_queues = queues(fresh=True)


def in_line(lines: Sequence[WaitingLine]) -> list[WaitingLine]:
    """The queue, told again without the code under test: paid first, then by time, then by id."""
    waiting = [line for line in lines if line.owed > 0]
    by_time = sorted(sorted(waiting, key=lambda line: line.line_id), key=lambda line: line.queue_time)
    return [line for line in by_time if line.is_paid] + [line for line in by_time if not line.is_paid]


def units_of(allocations: Allocations) -> list[tuple[int, list[tuple[int, str]]]]:
    return sorted(
        (int(line), [(part.units, str(part.supply.name)) for part in parts])
        for line, parts in allocations.by_line.items()
    )


def waits_for(allocations: Allocations, line: WaitingLine, supply: Sequence[Supply]) -> list[int]:
    """For each unit a line is owed, the number of the supply that covers it; beyond the last where none does."""
    numbers = [supply.index(part.supply) for part in allocations.by_line[line.line_id] for _ in range(part.units)]
    return numbers + [len(supply)] * (line.owed - len(numbers))


@given(fresh_queues, supplies())
def test_no_unit_is_promised_twice_and_none_is_lost(lines: list[WaitingLine], supply: list[Supply]) -> None:
    allocations = allocate(lines, supply)
    for offered, left in zip(supply, allocations.left, strict=True):
        parts = [part for line in allocations.by_line.values() for part in line if part.supply == offered]
        assert sum(part.units for part in parts) + left.units == offered.units
        assert left.units >= 0
        assert all(part.units > 0 for part in parts)


@given(fresh_queues, supplies())
def test_no_line_gets_more_than_it_asked_for(lines: list[WaitingLine], supply: list[Supply]) -> None:
    allocations = allocate(lines, supply)
    for line in in_line(lines):
        assert sum(part.units for part in allocations.by_line[line.line_id]) <= line.owed
    assert set(allocations.by_line) == {line.line_id for line in in_line(lines)}


@given(fresh_queues, supplies())
def test_nothing_is_unused_while_someone_waits(lines: list[WaitingLine], supply: list[Supply]) -> None:
    allocations = allocate(lines, supply)
    given_out = sum(part.units for parts in allocations.by_line.values() for part in parts)
    assert given_out == min(sum(line.owed for line in lines), sum(offered.units for offered in supply))


@given(st.data(), fresh_queues, supplies())
def test_the_order_of_input_does_not_matter(
    st_data: st.DataObject, lines: list[WaitingLine], supply: list[Supply]
) -> None:
    shuffled = st_data.draw(st.permutations(lines))
    assert units_of(allocate(shuffled, supply)) == units_of(allocate(lines, supply))


@given(st.data(), few, shipments())
def test_the_order_of_shipments_does_not_matter(
    st_data: st.DataObject, on_hand: int, coming: list[IncomingShipment]
) -> None:
    shuffled = st_data.draw(st.permutations(coming))
    assert supplies_for(MUG, on_hand=on_hand, shipments=shuffled) == supplies_for(
        MUG, on_hand=on_hand, shipments=coming
    )


@given(fresh_queues, supplies())
def test_nobody_earlier_waits_for_later_supply(lines: list[WaitingLine], supply: list[Supply]) -> None:
    allocations = allocate(lines, supply)
    one_after_the_other = [number for line in in_line(lines) for number in waits_for(allocations, line, supply)]
    assert one_after_the_other == sorted(one_after_the_other)


@given(st.data(), fresh_queues, supplies(), some)
def test_more_supply_never_makes_anyone_wait_longer(
    st_data: st.DataObject, lines: list[WaitingLine], supply: list[Supply], more: int
) -> None:
    which = st_data.draw(st.integers(0, len(supply) - 1))
    richer = [replace(s, units=s.units + more) if number == which else s for number, s in enumerate(supply)]
    before, after = allocate(lines, supply), allocate(lines, richer)
    for line in in_line(lines):
        waited, waits = waits_for(before, line, supply), waits_for(after, line, richer)
        assert all(now <= then for now, then in zip(waits, waited, strict=True))


@given(fresh_queues, supplies(), some)
def test_someone_who_comes_last_takes_from_nobody(lines: list[WaitingLine], supply: list[Supply], owed: int) -> None:
    last = WaitingLine(**{**_fields(lines), "line_id": 99, "owed": owed}) if lines else None
    if last is None:
        return
    before, after = allocate(lines, supply), allocate([*lines, last], supply)
    assert [entry for entry in units_of(after) if entry[0] != 99] == units_of(before)


def _fields(lines: Sequence[WaitingLine]) -> dict[str, object]:
    latest = max(line.queue_time for line in lines)
    return {"order_id": 199, "allocated": 0, "queue_time": latest, "is_paid": False}


@given(fresh_queues, supplies())
def test_places_count_from_one_and_the_units_before_are_those_of_earlier_lines(
    lines: list[WaitingLine], supply: list[Supply]
) -> None:
    allocations = allocate(lines, supply)
    taken = dict.fromkeys(range(len(supply)), 0)
    for place, line in enumerate(in_line(lines), start=1):
        for part in allocations.by_line[line.line_id]:
            number = supply.index(part.supply)
            assert (part.place, part.units_before) == (place, taken[number])
            taken[number] += part.units


@given(few, shipments())
def test_supplies_come_by_the_day_they_must_have_arrived(on_hand: int, coming: list[IncomingShipment]) -> None:
    supplied = supplies_for(MUG, on_hand=on_hand, shipments=coming)
    days = [
        supply.shipment.eta.latest.toordinal() if supply.shipment.eta else 9**9
        for supply in supplied[1:]
        if supply.shipment
    ]
    assert days == sorted(days)
    assert all(supply.units > 0 for supply in supplied[1:])
    assert supplied[0] == Supply(on_hand)
    assert len(supplied) == 1 + sum(bool(shipment.outstanding(a_shipment().lines[0].item_id)) for shipment in coming)

"""Who gets which units, and why: first come, first served by time paid; the soonest supply first."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from plugin.domain.allocation import Allocations, Supply, WaitingLine, allocate, supplies_for
from plugin.domain.shipment import IncomingShipment, ShipmentLine, ShipmentState
from tests.builders import MUG, MUG_BLUE, NOW, a_line, a_shipment

EARLY, LATE = NOW, NOW + timedelta(days=1)
MAY = a_shipment(shipment_id=5, reference="PO-MAY", eta="2026-05-04", quantity=50)
JUNE = a_shipment(shipment_id=6, reference="PO-JUNE", eta="2026-06-01", quantity=40)
SOMETIME = a_shipment(shipment_id=7, reference="PO-SOMETIME", eta=None, quantity=9)


def given(allocations: Allocations) -> dict[int, list[tuple[int, str]]]:
    return {
        line_id: [(part.units, str(part.supply.name)) for part in parts]
        for line_id, parts in allocations.by_line.items()
    }


@pytest.mark.parametrize(
    ("case", "lines", "outcome"),
    [
        ("the line that waits longest", [a_line(line_id=1, queue_time=LATE), a_line(line_id=2, queue_time=EARLY)], 2),
        ("the lower id on a tie", [a_line(line_id=9, queue_time=EARLY), a_line(line_id=4, queue_time=EARLY)], 4),
        (
            "a paid line before an unpaid one",
            [a_line(line_id=1, queue_time=EARLY, is_paid=False), a_line(line_id=2, queue_time=LATE)],
            2,
        ),
        (
            "unpaid lines among themselves by time",
            [
                a_line(line_id=1, queue_time=LATE, is_paid=False),
                a_line(line_id=2, queue_time=EARLY, is_paid=False),
            ],
            2,
        ),
        ("a line that is owed something", [a_line(line_id=1, owed=0, queue_time=EARLY), a_line(line_id=2)], 2),
    ],
)
def test_the_first_unit_goes_to(case: str, lines: Sequence[WaitingLine], outcome: int) -> None:
    for order in (lines, lines[::-1]):
        allocations = allocate(order, [Supply(1)])
        assert [line for line, parts in given(allocations).items() if parts] == [outcome], case


def test_a_large_line_takes_from_several_supplies_in_the_order_they_come() -> None:
    allocations = allocate(
        [a_line(line_id=1, owed=60), a_line(line_id=2, owed=50)], [Supply(3), Supply(50, MAY), Supply(40, JUNE)]
    )
    assert given(allocations) == {
        1: [(3, "the units on hand"), (50, "PO-MAY"), (7, "PO-JUNE")],
        2: [(33, "PO-JUNE")],
    }
    assert [supply.units for supply in allocations.left] == [0, 0, 0]


def test_what_nobody_waits_for_is_left_for_the_next_buyer() -> None:
    allocations = allocate([a_line(owed=2)], [Supply(0), Supply(50, MAY), Supply(40, JUNE)])
    assert [supply.units for supply in allocations.left] == [0, 48, 40]


def test_an_allocation_says_why() -> None:
    lines = [
        a_line(line_id=1, owed=1),
        a_line(line_id=2, owed=20),
        a_line(line_id=3, owed=17),
        a_line(line_id=4, owed=2),
    ]
    allocations = allocate(lines, [Supply(0), Supply(40, a_shipment(reference="PO-118", quantity=40))])
    assert {line_id: str(parts[-1].why) for line_id, parts in allocations.by_line.items()} == {
        1: "Number 1 in line (first come, first served); first to take from PO-118.",
        2: "Number 2 in line (first come, first served); 1 of the 40 units of PO-118 goes to earlier orders.",
        3: "Number 3 in line (first come, first served); 21 of the 40 units of PO-118 go to earlier orders.",
        4: "Number 4 in line (first come, first served); 38 of the 40 units of PO-118 go to earlier orders.",
    }
    assert allocations.by_line[4][0].place == 4  # type: ignore[index]


@pytest.mark.parametrize(
    ("case", "shipments", "names"),
    [
        ("by the last day they may arrive", [JUNE, MAY], ["PO-MAY", "PO-JUNE"]),
        (
            "then by the first",
            [
                a_shipment(shipment_id=1, reference="A", eta=("2026-05-02", "2026-05-09")),
                a_shipment(shipment_id=2, reference="B", eta=("2026-05-01", "2026-05-09")),
            ],
            ["B", "A"],
        ),
        (
            "then by id",
            [a_shipment(shipment_id=2, reference="B"), a_shipment(shipment_id=1, reference="A")],
            ["A", "B"],
        ),
        ("those without a date last", [SOMETIME, JUNE], ["PO-JUNE", "PO-SOMETIME"]),
        ("without those that bring nothing more", [a_shipment(state=ShipmentState.RECEIVED), JUNE], ["PO-JUNE"]),
        ("without those of other items", [a_shipment(lines=[ShipmentLine(MUG_BLUE, 3)]), MAY], ["PO-MAY"]),
    ],
)
def test_supply_comes_from_the_shelf_and_then_from_shipments(
    case: str, shipments: list[IncomingShipment], names: list[str]
) -> None:
    for order in (shipments, shipments[::-1]):
        supplies = supplies_for(MUG, on_hand=2, shipments=order)
        assert [str(supply.name) for supply in supplies] == ["the units on hand", *names], case


def test_a_shelf_that_owes_gives_nothing_and_a_shipment_only_what_is_outstanding() -> None:
    half_here = a_shipment(quantity=10, received=4, state=ShipmentState.RECEIVED_IN_PART)
    assert [supply.units for supply in supplies_for(MUG, on_hand=-3, shipments=[half_here])] == [0, 6]

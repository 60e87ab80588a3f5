"""What a shipment still brings, and what it refuses to be."""

from typing import Any

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.shipment import ShipmentAlreadyClosed, ShipmentLine, ShipmentState
from tests.builders import MUG, MUG_BLUE, a_shipment


@pytest.mark.parametrize(
    ("state", "received", "outstanding"),
    [
        (ShipmentState.ANNOUNCED, 0, 10),
        (ShipmentState.IN_TRANSIT, 0, 10),
        (ShipmentState.RECEIVED_IN_PART, 4, 6),
        (ShipmentState.RECEIVED_IN_PART, 10, 0),
        (ShipmentState.RECEIVED_IN_PART, 12, 0),  # more came than was announced
        (ShipmentState.RECEIVED, 10, 0),
        (ShipmentState.SHORT, 4, 0),
        (ShipmentState.CANCELLED, 0, 0),
    ],
)
def test_only_an_open_shipment_brings_what_has_not_come_yet(
    state: ShipmentState, received: int, outstanding: int
) -> None:
    assert a_shipment(state=state, quantity=10, received=received).outstanding(MUG) == outstanding


def test_a_shipment_counts_each_item_apart() -> None:
    shipment = a_shipment(lines=[ShipmentLine(MUG, 10, 4), ShipmentLine(MUG_BLUE, 3)])
    assert (shipment.outstanding(MUG), shipment.outstanding(MUG_BLUE)) == (6, 3)


@pytest.mark.parametrize("state", [ShipmentState.RECEIVED, ShipmentState.SHORT, ShipmentState.CANCELLED])
def test_nothing_more_can_happen_to_a_closed_shipment(state: ShipmentState) -> None:
    with pytest.raises(ShipmentAlreadyClosed, match=f"Shipment PO-118 is {state.value}") as refusal:
        a_shipment(reference="PO-118", state=state).require_open()
    assert (refusal.value.reference, refusal.value.field, refusal.value.value) == ("PO-118", "state", state.value)


@pytest.mark.parametrize("state", [ShipmentState.ANNOUNCED, ShipmentState.IN_TRANSIT, ShipmentState.RECEIVED_IN_PART])
def test_an_open_shipment_can_change(state: ShipmentState) -> None:
    assert a_shipment(state=state).require_open() is None


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"reference": " "}, "reference", "reference is empty"),
        ({"eta": "9999-12-31"}, "eta", "leave it empty where no date is known"),
        ({"lines": [ShipmentLine(MUG, 1), ShipmentLine(MUG, 2)]}, "lines", "names an item twice"),
    ],
)
def test_a_shipment_refuses_what_nobody_could_plan_with(wrong: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence) as refusal:
        a_shipment(**wrong)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("quantity", "received", "field"), [(0, 0, "quantity"), (-1, 0, "quantity"), (1, -1, "received")]
)
def test_a_shipment_line_brings_at_least_one_unit(quantity: int, received: int, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        ShipmentLine(MUG, quantity, received)
    assert refusal.value.field == field

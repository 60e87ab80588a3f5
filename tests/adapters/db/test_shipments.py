"""Shipments come back with their lines; one supplier uses a reference once; closed ones bring nothing more."""

from dataclasses import replace

import pytest

from plugin.domain.shipment import ShipmentLine, ShipmentState
from plugin.services.errors import Conflict, NotFound
from tests.builders import MUG, MUG_BLUE, a_shipment

BOTH = (ShipmentLine(MUG_BLUE, 5, 2), ShipmentLine(MUG, 7))


def test_a_shipment_comes_back_with_its_lines_in_order(work):
    shipment = a_shipment(eta=("2026-03-09", "2026-03-12"), lines=BOTH, eta_source="supplier confirmed")
    with work() as unit:
        known = unit.shipments.add(replace(shipment, shipment_id=999))
    with work() as unit:
        assert unit.shipments.get(known) == replace(shipment, shipment_id=known)


def test_each_shipment_gets_an_id_of_its_own(work):
    with work() as unit:
        ids = [unit.shipments.add(a_shipment(shipment_id=n)) for n in (1, 2, 3)]
        assert ids == sorted(set(ids))
        assert [shipment.shipment_id for shipment in unit.shipments.all()] == ids


def test_a_supplier_uses_a_reference_once(work):
    with work() as unit:
        unit.shipments.add(a_shipment(reference="PO-118"))
        unit.shipments.add(replace(a_shipment(reference="PO-118"), supplier="Another"))
        with pytest.raises(Conflict, match="PO-118 from Acme is known already"):
            unit.shipments.add(a_shipment(reference="PO-118"))
        assert len(unit.shipments.by_reference("PO-118")) == 2


def test_a_shipment_is_replaced_with_all_its_lines(work):
    with work() as unit:
        known = unit.shipments.add(a_shipment(lines=BOTH))
        changed = a_shipment(shipment_id=known, eta=None, lines=BOTH[1:], state=ShipmentState.IN_TRANSIT)
        unit.shipments.save(changed)
        assert unit.shipments.get(known) == changed


def test_a_shipment_cannot_take_another_ones_reference(work):
    with work() as unit:
        unit.shipments.add(a_shipment(reference="PO-1"))
        second = unit.shipments.add(a_shipment(reference="PO-2"))
        with pytest.raises(Conflict):
            unit.shipments.save(a_shipment(shipment_id=second, reference="PO-1"))
        assert unit.shipments.get(second).reference == "PO-2"


def test_a_shipment_nobody_announced_is_not_found(work):
    with work() as unit:
        with pytest.raises(NotFound, match="no shipment 5"):
            unit.shipments.get(5)
        with pytest.raises(NotFound):
            unit.shipments.save(a_shipment(shipment_id=5))
        assert unit.shipments.all() == []


def test_only_what_is_still_to_come_comes(work):
    with work() as unit:
        ids = {
            state: unit.shipments.add(a_shipment(shipment_id=n, state=state, lines=BOTH))
            for n, state in enumerate(ShipmentState, start=1)
        }
        other = unit.shipments.add(a_shipment(shipment_id=50, item="9"))
        coming = [ids[ShipmentState.ANNOUNCED], ids[ShipmentState.IN_TRANSIT], ids[ShipmentState.RECEIVED_IN_PART]]
        assert [shipment.shipment_id for shipment in unit.shipments.coming([MUG])] == coming
        assert [shipment.lines for shipment in unit.shipments.coming([MUG])] == [BOTH] * 3
        assert [shipment.shipment_id for shipment in unit.shipments.all(only_open=True)] == [*coming, other]
        assert len(unit.shipments.all()) == 7

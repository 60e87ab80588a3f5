"""Suppliers, what they delivered, and what was ever said of a shipment's days."""

from datetime import date, timedelta

from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.policy import LeadTime
from plugin.domain.shipment import EtaStatement
from plugin.domain.supplier import MOST_DELIVERIES, Punctuality, Receipt, Supplier
from plugin.services.ports.supply import SupplierRow
from tests.adapters.db.conftest import ADA
from tests.builders import NOW, a_shipment, a_window

DAY = date(2026, 3, 2)


def test_a_name_on_a_shipment_a_description_and_a_record_are_one_row(work):
    acme = Supplier("Acme", LeadTime(5, 10), working_weekdays=(0, 1), country="DE", extra_holidays=(DAY,))
    with work(ADA) as unit:
        unit.suppliers.meet("Acme")
        assert unit.suppliers.all() == [SupplierRow("Acme", None, Punctuality())]
        unit.suppliers.save(acme)
        unit.suppliers.save_punctuality("Acme", Punctuality(7, 1, 3))
        unit.suppliers.meet("Acme")
        assert unit.suppliers.all() == [SupplierRow("Acme", acme, Punctuality(7, 1, 3))]
        assert unit.suppliers.get("Acme") == acme
        assert unit.suppliers.punctuality(["Acme", "Nobody"]) == {"Acme": Punctuality(7, 1, 3)}
        assert (unit.suppliers.delete("Acme"), unit.suppliers.delete("Acme")) == (True, False)
        assert unit.suppliers.all() == [SupplierRow("Acme", None, Punctuality(7, 1, 3))]


def test_receipts_of_the_newest_shipments_are_read_however_many_there_were(work):
    receipts = [
        Receipt("Acme", ShipmentId(number), ItemId(f"{item}"), 3, DAY + timedelta(days=number), None if item else DAY)
        for number in range(MOST_DELIVERIES + 3)
        for item in range(2)
    ]
    with work(ADA) as unit:
        unit.suppliers.add_receipts(receipts)
        unit.suppliers.add_receipts([Receipt("Other", ShipmentId(9), ItemId("1"), 1, DAY, DAY)])
        assert unit.suppliers.receipts("Acme") == receipts[6:]


def test_what_was_said_of_a_shipment_is_kept_in_order(work):
    with work(ADA) as unit:
        shipment = unit.shipments.add(a_shipment(reference="PO-1"))
        other = unit.shipments.add(a_shipment(reference="PO-2"))
        said = [
            EtaStatement(NOW, a_window(("2026-03-09", "2026-03-12")), "estimate"),
            EtaStatement(NOW, None, "supplier went silent"),
            EtaStatement(NOW + timedelta(days=1), a_window("2026-04-01"), "supplier confirmed"),
        ]
        for each in said:
            unit.shipments.add_statement(shipment, each)
        assert unit.shipments.statements([shipment, other]) == {shipment: said}


def test_open_shipments_are_found_by_their_supplier(work):
    with work(ADA) as unit:
        first = unit.shipments.add(a_shipment(reference="PO-1"))
        unit.shipments.save(unit.shipments.get(first, lock=True).with_received({}, closes=True))
        second = unit.shipments.add(a_shipment(reference="PO-2"))
        assert [each.shipment_id for each in unit.shipments.coming_from(["Acme", "Other"])] == [second]

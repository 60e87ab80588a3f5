"""What suggestions stand on: units sold day by day, and how long deliveries took."""

from datetime import date, timedelta

import pytest

from plugin.adapters.db.supply_history import SqlSupplyHistory
from plugin.domain.order import OrderStage
from plugin.domain.shipment import EtaStatement, ShipmentLine
from plugin.domain.supplier import Receipt
from plugin.services.suggestions import Delivery
from tests.adapters.db.conftest import ADA, BO, a_product
from tests.builders import MONDAY, MUG, NOW, a_shipment, an_order, an_order_line

PEN = "9"


@pytest.fixture
def history(engine, directory):
    return SqlSupplyHistory(engine)


def bought(order_id, days_ago, quantity, **line):
    placed = NOW - timedelta(days=days_ago)
    return {
        "order_id": order_id,
        "placed_at": placed,
        "lines": [an_order_line(order_id=order_id, line_id=order_id, quantity=quantity, **line)],
    }


def test_units_are_summed_by_day_without_what_was_cancelled_or_refunded(history, work):
    with work() as unit:
        unit.items.save_products([a_product()])
        unit.orders.save(
            [
                an_order(**bought(101, 1, 4)),
                an_order(**bought(102, 1, 3, refunded=1)),
                an_order(**bought(103, 8, 5)),
                an_order(**bought(104, 1, 50), stage=OrderStage.CANCELLED),
                an_order(**bought(105, 1, 50), stage=OrderStage.INCOMPLETE),
                an_order(**bought(106, 99, 50)),
                an_order(**bought(107, 1, 50, item=PEN)),
                an_order(**bought(108, 30, 2), stage=OrderStage.CLOSED),
            ]
        )
    sold = history.sold_by_day(ADA, MUG, since=MONDAY - timedelta(days=30))
    assert sold == {date(2026, 3, 1): 6, date(2026, 2, 22): 5, date(2026, 1, 31): 2}
    assert history.sold_by_day(BO, MUG, since=date(2020, 1, 1)) == {}


def delivered(unit, reference, *, announced, received, item=MUG, supplier="Acme"):
    shipment = a_shipment(reference=reference, lines=[ShipmentLine(item, 5, 5)])
    number = unit.shipments.add(shipment)
    for later in (0, 3):
        unit.shipments.add_statement(number, EtaStatement(NOW - timedelta(days=announced - later), None, "estimate"))
    unit.suppliers.add_receipts([Receipt(supplier, number, item, 5, MONDAY - timedelta(days=received), None)])


def test_a_delivery_takes_from_its_first_announcement_to_its_last_unit(history, work):
    with work() as unit:
        delivered(unit, "PO-1", announced=28, received=14)
        delivered(unit, "PO-2", announced=21, received=20, item=PEN)
        unit.shipments.add(a_shipment(reference="PO-3"))
    (mugs,) = history.deliveries_of(ADA, MUG)
    assert mugs == Delivery("Acme", date(2026, 2, 2), date(2026, 2, 16))
    assert mugs.working_days == 10
    assert [each.working_days for each in history.deliveries_from(ADA, "Acme")] == [10, 1]
    assert history.deliveries_from(BO, "Acme") == history.deliveries_of(BO, MUG) == ()


def test_the_last_supplier_is_the_one_of_the_newest_shipment(history, work):
    with work() as unit:
        unit.shipments.add(a_shipment(reference="PO-1"))
    assert (history.last_supplier(ADA, MUG), history.last_supplier(ADA, PEN), history.last_supplier(BO, MUG)) == (
        "Acme",
        "",
        "",
    )

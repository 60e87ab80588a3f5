"""The pages on incoming goods: every shipment under its tab, in pages by key, along an index."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.shipment_queries import SqlShipmentQueries
from plugin.domain.shipment import ShipmentState
from plugin.domain.supplier import Supplier
from plugin.services.shipment_lists import ShipmentFilter, ShipmentPlace, ShipmentTab
from tests.adapters.db.conftest import ADA, BO
from tests.builders import MONDAY, a_shipment


@pytest.fixture
def queries(engine, directory):
    return SqlShipmentQueries(engine)


@pytest.fixture
def papers(work):
    days = {"PO-1": "2026-03-20", "PO-2": "2026-02-27", "PO-3": None, "PO-10": ("2026-03-05", "2026-03-09")}
    with work() as unit:
        for reference, eta in days.items():
            unit.shipments.add(a_shipment(reference=reference, eta=eta))
        unit.shipments.add(a_shipment(reference="PO-4", state=ShipmentState.RECEIVED))
        unit.shipments.add(a_shipment(reference="po_5", state=ShipmentState.CANCELLED))
    with work(BO) as unit:
        unit.shipments.add(a_shipment(reference="PO-1"))


def walked(queries, **which):
    """All pages of one row, one after the other."""
    found, after = [], None
    while page := queries.shipments(ADA, ShipmentFilter(**which), today=MONDAY, after=after, limit=1):
        found += [shipment.reference for shipment in page]
        after = ShipmentPlace.of(page[-1])
    return found


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({}, ["PO-2", "PO-10", "PO-1"]),
        ({"tab": ShipmentTab.LATE}, ["PO-2"]),
        ({"tab": ShipmentTab.UNDATED}, ["PO-3"]),
        ({"tab": ShipmentTab.CLOSED}, ["po_5", "PO-4"]),
        ({"reference": "PO-1"}, ["PO-1", "PO-10"]),
        ({"reference": "po_"}, ["po_5"]),
        ({"reference": "PO_"}, []),
        ({"supplier": "Acme"}, ["po_5", "PO-4", "PO-10", "PO-3", "PO-2", "PO-1"]),
        ({"supplier": "Nobody"}, []),
    ],
)
def test_shipments_stand_under_what_is_to_be_done_about_them(queries, papers, which, found):
    assert walked(queries, **which) == found


def test_a_month_shows_what_should_arrive_in_it(queries, papers):
    march = queries.between(ADA, MONDAY, MONDAY + timedelta(days=30), limit=9)
    assert [shipment.reference for shipment in march] == ["PO-10", "PO-1"]
    assert len(queries.between(ADA, MONDAY, MONDAY + timedelta(days=30), limit=1)) == 1


def test_the_tabs_are_counted(queries, papers):
    counted = {ShipmentTab.COMING: 3, ShipmentTab.LATE: 1, ShipmentTab.UNDATED: 1}
    assert queries.counts(ADA, today=MONDAY) == counted
    assert queries.counts(BO, today=MONDAY)[ShipmentTab.COMING] == 1


def test_suppliers_come_by_name_in_pages(queries, work):
    with work() as unit:
        for name in ("Acme", "Bolt", "Crane"):
            unit.suppliers.save(Supplier(name))
    assert [row.name for row in queries.suppliers(ADA, limit=2)] == ["Acme", "Bolt"]
    assert [row.name for row in queries.suppliers(ADA, after="Bolt")] == ["Crane"]
    assert queries.suppliers(BO) == ()


MINE = "SELECT id FROM shipments WHERE tenant_id = 'ada'"
PLANS = {
    "coming": (
        f"{MINE} AND brings_more{{true}} AND (eta_latest, id) > ('2026-03-02', 5) ORDER BY eta_latest, id LIMIT 9",
        "ix_shipments_eta",
    ),
    "late": (
        f"{MINE} AND brings_more{{true}} AND eta_latest < '2026-03-02' ORDER BY eta_latest, id",
        "ix_shipments_eta",
    ),
    "undated": (
        f"{MINE} AND brings_more{{true}} AND eta_latest IS NULL AND id < 9 ORDER BY id DESC LIMIT 9",
        "ix_shipments_",
    ),
    "closed": (f"{MINE} AND {{false}} AND id < 9 ORDER BY id DESC LIMIT 9", "ix_shipments_closed"),
    "of a supplier": (f"{MINE} AND supplier = 'Acme' AND id < 9 ORDER BY id DESC LIMIT 9", "ix_shipments_supplier"),
    "by reference": (
        f"{MINE} AND reference BETWEEN 'PO' AND 'POzz' ORDER BY reference, id LIMIT 9",
        "uq_shipments_tenant_id_reference_supplier",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_each_tab_has_its_index(engine, name):
    query, index = PLANS[name]
    is_sqlite = engine.dialect.name == "sqlite"
    query = query.replace("{true}", " = 1" if is_sqlite else "")
    query = query.replace("{false}", "brings_more = 0" if is_sqlite else "NOT brings_more")
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = str(connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all())
    assert index in plan or (is_sqlite and "sqlite_autoindex_shipments" in plan)
    assert "SCAN" not in plan

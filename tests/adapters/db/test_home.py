"""The first page's numbers and the list of decisions: true, one store's only, and along an index however long the history is."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, text, update

from plugin.adapters.db.activity import SqlActivity
from plugin.adapters.db.backorders import SqlBackorders
from plugin.adapters.db.home import SqlHome
from plugin.adapters.db.queries import SqlQueries
from plugin.adapters.db.tables import order_lines
from plugin.services.backorders import Tab
from plugin.services.home import HomeFacts, Late
from plugin.services.ports.desk import Activity
from tests.adapters.db.conftest import ADA, BO
from tests.builders import MUG, NOW, a_shipment, an_order, an_order_line

TODAY = NOW.date()
LONG_TABLES = ("order_lines", "orders", "journal", "outbox", "items", "shipments")


@pytest.fixture
def asked(engine):
    """What the database was asked, as it came."""
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.lstrip().upper().startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def plans(engine, asked):
    """How the database would answer each of them; on PostgreSQL small tables are not to be read through either."""
    statements = list(asked)
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if not is_sqlite:
            for way in ("seqscan", "bitmapscan", "sort"):
                connection.execute(text(f"SET LOCAL enable_{way} = off"))
        return [
            str(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}", given).all())
            for query, given in statements
        ]


def test_the_first_page_reads_no_long_table_through(engine, directory, asked):
    SqlHome(engine).facts(ADA, today=TODAY)
    found = plans(engine, asked)
    assert [
        plan for plan in found for table in LONG_TABLES if f"SCAN {table}'" in plan or f"Seq Scan on {table} " in plan
    ] == []
    whole = " ".join(found)
    for index in ("ix_order_lines_promised", "ix_desk_tell", "ix_items_availability", "ix_orders_modified"):
        assert index in whole


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "pk_journal"),
        ({"kinds": ("erased", "settings")}, "ix_journal_tenant_id"),
        ({"about": "order:101"}, "ix_journal_tenant_id"),
        ({"kinds": ("erased",), "about": "order:101", "before": 77}, "ix_journal_tenant_id"),
    ],
)
def test_a_page_of_decisions_is_read_along_an_index(engine, directory, asked, filters, index):
    SqlQueries(engine).activity(ADA, **filters)
    for plan in plans(engine, asked):
        assert index in plan or "sqlite_autoindex_journal" in plan
        assert "TEMP B-TREE" not in plan
        assert "SCAN journal'" not in plan


def test_the_numbers_are_this_stores_and_true(engine, directory, work):
    with work(ADA) as unit:
        lines = [an_order_line(line_id=n, order_id=5, item=MUG, quantity=2) for n in (1, 2)]
        unit.orders.save([an_order(order_id=5, lines=lines)])
        unit.shipments.add(a_shipment(reference="PO-1", eta=("2026-02-20", "2026-02-26"), item=MUG, quantity=4))
        unit.shipments.add(a_shipment(reference="PO-2", eta=("2026-04-20", "2026-04-26"), item=MUG, quantity=4))
    with engine.begin() as connection:
        waits = {"is_waiting": True, "owed": 2}
        connection.execute(
            update(order_lines)
            .where(order_lines.c.line_id == 1)
            .values(promised_on=date(2026, 2, 27), is_late=True, **waits)
        )
        connection.execute(
            update(order_lines).where(order_lines.c.line_id == 2).values(promised_on=TODAY, is_late=True, **waits)
        )
    facts = SqlHome(engine).facts(ADA, today=TODAY)
    assert (facts.missed, facts.will_miss) == (Late(1, 1), Late(1, 1))
    assert SqlBackorders(engine).counts(ADA)[Tab.LATE] == facts.missed.lines + facts.will_miss.lines
    assert facts.owed_by_day == {date(2026, 2, 27): 2, TODAY: 2}
    assert (facts.oldest_promise, facts.on_time_rate) == (date(2026, 2, 27), None)
    assert [(late.reference, late.days_late) for late in facts.late_shipments] == [
        ("PO-1", (TODAY - date(2026, 2, 26)).days)
    ]
    assert SqlHome(engine).facts(BO, today=TODAY) == HomeFacts(Late(0, 0), Late(0, 0), None, 0, 0, (), {}, {})


def test_only_entries_of_this_store_are_found(engine, directory, work):
    with work(ADA) as unit:
        unit.journal.add([Activity(NOW + timedelta(days=1), "moved", "order:5", "It moved.")])
    (entry,) = SqlQueries(engine).activity(ADA)
    found, chain = SqlActivity(engine).behind(ADA, entry.activity_id)
    assert (found, chain.webhooks, chain.mails) == (entry, (), ())
    assert SqlActivity(engine).behind(BO, entry.activity_id) is None

"""What the screens read: true numbers, in pages, by key, and by index however long the history is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.queries import SqlQueries
from plugin.domain.changes import Availability
from plugin.domain.ids import LocationId
from plugin.domain.item import Tracking
from plugin.domain.policy import Scope
from plugin.domain.promise import Promise
from plugin.domain.shipment import ShipmentState
from plugin.services.errors import GiveUp
from plugin.services.ports.desk import Activity
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.stock import StockRecord
from plugin.services.queries import Footprint, Overview, ParkedThing, Place
from tests.adapters.db.conftest import (
    ADA,
    BO,
    a_line_plan,
    a_message,
    a_product,
    a_publication,
    a_window_part,
    an_item_plan,
    an_offer,
)
from tests.builders import MUG, NOW, a_level, a_policy, a_shipment, a_window, an_order, an_order_line

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def queries(engine, directory):
    return SqlQueries(engine)


def test_a_new_store_has_nothing_to_show(queries):
    assert queries.overview(ADA, at=NOW) == Overview(0, 0, 0, 0, None, 0, 0, 0, 0)
    assert queries.items_past_zero(ADA) == queries.waiting_lines(ADA) == queries.parked(ADA) == ()
    assert queries.footprint(ADA) == Footprint({}, 0, 0, 0)


def test_the_overview_counts_what_is_there(queries, engine, clock, work):
    writer = DurableInbox(engine, clock)
    for days_ago in (3, 0):
        clock.moment = NOW - timedelta(days=days_ago)
        writer.store([Envelope(ADA, "store/order/updated", f"e{days_ago}", "{}")])
    writer.close()
    with work() as unit:
        unit.inbox.add("backorder/look_again", {}, at=LATER, due_at=LATER)
        unit.items.save_products([a_product(1, sku="A"), a_product(2, sku="B"), a_product(3, sku="C")])
        unit.items.save_plans([an_item_plan("1", owed=2), an_item_plan("2", owed=3)])
        unit.orders.save([an_order(lines=[an_order_line(quantity=2), an_order_line(line_id=2, allocated=1)])])
        unit.publications.want([a_publication(desired={"a": 1})])
        unit.messages.add([a_message("a"), a_message("b")], at=NOW)
        (poison,) = unit.inbox.claim(at=NOW, limit=1)
        unit.inbox.park(poison.event_id, GiveUp("internal", "Unreadable."))
    assert queries.overview(ADA, at=NOW) == Overview(
        owed=5,
        items_past_zero=2,
        waiting_lines=1,
        webhooks_last_day=1,
        last_webhook_at=NOW,
        events_waiting=1,
        publications_due=1,
        messages_due=2,
        parked=1,
    )


def test_an_item_shows_its_limit_by_the_most_specific_policy(queries, work):
    shirt = a_product(88, name="Shirt", sku="S", tracking=Tracking.VARIANT, variants=(105, 106), categories=(5,))
    with work() as unit:
        unit.items.save_products([shirt, a_product(), a_product(9, sku="PEN")])
        for policy in (
            a_policy(limit=1),
            a_policy(scope="category:5", limit=5),
            a_policy(scope="variant:106", limit=None),
            a_policy(scope="product:9", limit=7, enabled=False),
        ):
            unit.policies.save(policy)
        unit.items.save_plans(
            [an_item_plan(item, offer=an_offer(left=2, on_hand=4)) for item in ("77", "88:105", "88:106", "9")]
        )
    rows = {row.item_id: row for row in queries.items_past_zero(ADA)}
    assert {item: row.limit for item, row in rows.items()} == {"77": 1, "88:105": 5, "88:106": None, "9": 0}
    row = rows["88:105"]
    assert (row.name, row.label, row.sku, row.owed, row.left, row.on_hand) == (
        "Shirt",
        "Variant 105",
        "S-105",
        2,
        2,
        4,
    )
    assert (row.availability, row.ships) == (Availability.BACKORDER, a_window(("2026-03-09", "2026-03-11")))


def test_the_limit_of_an_item_follows_the_stores_own_default_location(queries, units):
    with units(BO) as unit:
        unit.save_tenant(replace(unit.tenant(), default_location=2))
        unit.items.save_products([a_product()])
        unit.items.save_plans([an_item_plan("77")])
        unit.policies.save(a_policy(limit=None, location_limits=[(LocationId(2), 4)]))
        unit.commit()
    assert [row.limit for row in queries.items_past_zero(BO)] == [4]


def test_the_limit_of_an_item_never_comes_from_another_stores_policy(queries, work):
    with work(BO) as unit:
        unit.policies.save(a_policy(limit=9))
    with work() as unit:
        unit.items.save_products([a_product()])
        unit.items.save_plans([an_item_plan("77")])
    assert [row.limit for row in queries.items_past_zero(ADA)] == [0]


def test_items_come_in_pages(queries, work):
    with work() as unit:
        unit.items.save_products([a_product(n, sku=f"S{n}") for n in range(1, 6)])
        unit.items.save_plans([an_item_plan(str(n)) for n in (1, 2, 4, 5)])
    first = queries.items_past_zero(ADA, limit=3)
    second = queries.items_past_zero(ADA, after=first[-1].item_id, limit=3)
    assert [[row.item_id for row in page] for page in (first, second)] == [["1", "2", "4"], ["5"]]


def test_waiting_lines_come_longest_waiting_first_in_pages(queries, work):
    orders = [
        an_order(
            order_id=n,
            placed_at=NOW - timedelta(days=n % 2),
            lines=[an_order_line(line_id=n, order_id=n, quantity=3, name=f"Mug {n}")],
        )
        for n in range(1, 5)
    ]
    with work() as unit:
        unit.orders.save(orders)
        unit.orders.save_line_plans([a_line_plan(line_id=n, order_id=n, allocated=1, owed=2) for n in (1, 2, 3)])
        unit.orders.save_line_plans([a_line_plan(line_id=4, order_id=4, allocated=3, owed=0, promise=Promise())])
    first = queries.waiting_lines(ADA, limit=2)
    second = queries.waiting_lines(ADA, after=first[-1].place, limit=2)
    assert [[row.order_id for row in page] for page in (first, second)] == [[1, 3], [2]]
    row = first[0]
    assert (row.name, row.quantity, row.owed, row.allocated) == ("Mug 1", 3, 2, 1)
    assert row.place == Place(NOW - timedelta(days=1), 1)
    assert row.ships == a_window(("2026-03-09", "2026-03-11"))
    assert row.why_this_place == "Number 1 in line; first to take from PO-118."
    assert row.why_this_date == Promise((a_window_part(2),)).later[-1].why


def test_parked_work_is_shown_newest_first_with_its_reason(queries, work, clock):
    with work() as unit:
        unit.inbox.add("store/order/updated", {}, at=NOW, due_at=NOW)
        unit.inbox.park(unit.inbox.claim(at=NOW, limit=1)[0].event_id, GiveUp("rejected", "Not an order."))
        clock.forward(seconds=1)
        wish = a_publication("88", desired={"a": 1})
        unit.publications.want([wish])
        unit.publications.park(replace(wish, revision=1), GiveUp("gone", "The product is no more."))
        clock.forward(seconds=1)
        (known,) = unit.messages.add([a_message()], at=NOW)
        unit.messages.park(known, GiveUp("configuration", "No mail server."))
    shown = [(row.thing, row.what, row.reason, str(row.explained)) for row in queries.parked(ADA)]
    assert shown == [
        (ParkedThing.MESSAGE, "confirmed", "configuration", "No mail server."),
        (ParkedThing.PUBLICATION, "product:88", "gone", "The product is no more."),
        (ParkedThing.EVENT, "store/order/updated", "rejected", "Not an order."),
    ]
    newest = queries.parked(ADA, limit=1)[0]
    assert (newest.key, newest.parked_at) == (str(known), NOW + timedelta(seconds=2))


def test_activity_is_read_newest_first_by_kind_and_in_pages(queries, work):
    with work() as unit:
        unit.journal.add([Activity(NOW, ("stock", "moved")[n % 2], f"item:{n}", f"Text {n}.") for n in range(6)])
    newest = queries.activity(ADA, limit=2)
    older = queries.activity(ADA, before=newest[-1].activity_id, limit=2)
    assert [str(row.said) for row in newest + older] == ["Text 5.", "Text 4.", "Text 3.", "Text 2."]
    assert [row.about for row in queries.activity(ADA, kinds=["stock"])] == ["item:4", "item:2", "item:0"]


def test_the_footprint_is_what_leave_gives_back(queries, work):
    limit = a_publication("77@1", kind=PublicationKind.LIMIT, desired={"limit": 3})
    with work() as unit:
        unit.publications.want([limit, a_publication(desired={"a": 1})])
        unit.publications.wrote(replace(limit, revision=1), remote_id=None)
        unit.stock.save(
            [
                StockRecord(a_level(virtual_units=3), 0),
                StockRecord(a_level(location=2, virtual_units=-1), 0),
                StockRecord(a_level(item="9"), 0),
            ]
        )
        unit.orders.save([an_order()])
    assert queries.footprint(ADA) == Footprint({PublicationKind.LIMIT: 1}, 1, 2, 1)


def test_offers_are_those_of_the_items_asked_for(queries, work):
    with work() as unit:
        unit.items.save_products([a_product(), a_product(9, sku="PEN")])
        unit.items.save_plans([an_item_plan("77"), an_item_plan("9")])
    assert queries.offers(ADA, [MUG, "5"]) == {MUG: an_offer()}


def test_policies_come_in_pages_from_general_to_special(queries, work):
    scopes = ["store", "category:5", "category:23", "product:77", "variant:105"]
    with work() as unit:
        for scope in reversed(scopes):
            unit.policies.save(a_policy(scope=scope))
    seen, after = [], None
    while page := queries.policies(ADA, after=after, limit=2):
        seen += [str(policy.scope) for policy in page]
        after = page[-1].scope
    assert seen == scopes
    assert queries.policies(ADA, after=Scope.parse("variant:105")) == ()


def test_shipments_come_in_pages_by_id(queries, work):
    states = (ShipmentState.ANNOUNCED, ShipmentState.RECEIVED, ShipmentState.IN_TRANSIT)
    with work() as unit:
        ids = [unit.shipments.add(a_shipment(shipment_id=n, state=state)) for n, state in enumerate(states, start=1)]
    assert [shipment.shipment_id for shipment in queries.shipments(ADA, limit=2)] == ids[:2]
    assert [shipment.shipment_id for shipment in queries.shipments(ADA, after=ids[0], only_open=True)] == ids[2:]


PLANS = {
    "due events": (
        "SELECT id FROM inbox WHERE tenant_id = 'ada' AND due_at <= '2026-03-02' ORDER BY due_at, id LIMIT 9",
        "ix_inbox_due",
    ),
    "parked events": ("SELECT id FROM inbox WHERE tenant_id = 'ada' AND parked_reason IS NOT NULL", "ix_inbox_parked"),
    "due mails": (
        "SELECT id FROM outbox WHERE tenant_id = 'ada' AND due_at <= '2026-03-02' ORDER BY due_at LIMIT 9",
        "ix_outbox_due",
    ),
    "due publications": (
        "SELECT target FROM publications WHERE tenant_id = 'ada' AND kind = 'product' AND due_at <= '2026-03-02' ORDER BY due_at",
        "ix_publications_due",
    ),
    "holding lines": (
        "SELECT order_id FROM order_lines WHERE tenant_id = 'ada' AND item_id IN ('77', '78') AND holds_units {true}",
        "ix_order_lines_holding",
    ),
    "waiting lines": (
        "SELECT line_id FROM order_lines WHERE tenant_id = 'ada' AND is_waiting {true} AND (queue_time, line_id) > ('2026-03-02', 5) ORDER BY queue_time, line_id LIMIT 9",
        "ix_order_lines_waiting",
    ),
    "items past zero": (
        "SELECT item_id FROM items WHERE tenant_id = 'ada' AND is_past_zero {true} AND item_id > '5' ORDER BY item_id LIMIT 9",
        "ix_items_past_zero",
    ),
    "open moves": (
        "SELECT id FROM stock_moves WHERE tenant_id = 'ada' AND is_open {true} AND state = 'wanted'",
        "ix_stock_moves_open",
    ),
    "recent moves": (
        (
            "SELECT id FROM stock_moves WHERE tenant_id = 'ada' AND item_id IN ('77', '78') AND state IN ('done') "
            "AND {not} AND changed_at >= '2026-03-02'"
        ),
        "ix_stock_moves_closed",
    ),
    "coming shipments": (
        "SELECT id FROM shipments WHERE tenant_id = 'ada' AND brings_more {true}",
        "ix_shipments_eta",
    ),
    "waitlist": (
        "SELECT id FROM waitlist WHERE tenant_id = 'ada' AND item_id = '77' AND is_waiting {true} ORDER BY asked_at, id",
        "ix_waitlist_waiting",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_waits_is_found_by_its_own_index(engine, name):
    """So that a year of history costs no more than a day."""
    query, index = PLANS[name]
    is_sqlite = engine.dialect.name == "sqlite"
    query = query.replace("{true}", "= 1" if is_sqlite else "")
    query = query.replace("{not}", "is_open = 0" if is_sqlite else "NOT is_open")
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all()
    assert index in str(plan)

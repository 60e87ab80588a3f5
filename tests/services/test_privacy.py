"""All that is kept of a person is handed out, and all of it is gone after the erasure, in whatever table it stands.

The tables are walked by their metadata: a new one that names a shopper fails here until somebody says what becomes of it.
"""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plugin.adapters.db.tables import metadata
from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId
from plugin.domain.order import Order
from plugin.domain.substitute import Substitute
from plugin.services.shipments import NewShipment
from plugin.services.withdrawal import Statement
from tests.services.town import ADA, MUG, Town

NAME, FIRST, SECOND, THIRD = "Zyra Quandt", "zyra@example.com", "zq@example.org", "quandt@example.net"
BOWL = ItemId("88:801")
TRACES = ("zyra", "quandt", "zq@")
EXPORTED = {
    "orders": "orders",
    "order_lines": "order_lines",
    "told": "told",
    "tellings": "first_told",
    "notices": "notices",
    "cancellations": "cancellations",
    "answers": "answers",
    "waitlist": "waitlist",
    "outbox": "mails",
    "substitute_choices": "substitutes",
}
"""Table, and the subject it is handed out under."""
DERIVED = {"publications"}
"""Made from the tables above, and made anew from what is left of them."""


def the_tables(town: Town) -> dict[str, list[dict[str, Any]]]:
    return {name: town.table(name) for name in metadata.tables}


def names_them(row: dict[str, Any]) -> bool:
    return any(trace in str(row).lower() for trace in TRACES)


def a_long_story(town: Town) -> Order:
    """Bought in Germany, told, late, never reached, another address, agreed, something else chosen, withdrawn, paid back; on
    the waitlist too."""
    order = town.shop.sell(MUG, 2, email=FIRST, country="DE")
    assert order
    shopper = replace(order.shopper, name=NAME, customer_id=7)
    notes = f"Call {NAME} before noon"
    order = town.shop.placed[order.order_id] = replace(order, shopper=shopper, staff_notes=notes)
    day = date(2026, 4, 1)
    goods = NewShipment("Kiln", "PO-118", DateWindow(day, day), [("77", 9)])
    shipment = town.plugin.shipments.announce(ADA, goods)
    hear(town, order)
    town.notifier.refused.add(FIRST)
    town.plugin.shipments.move(ADA, shipment, DateWindow(date(2026, 6, 1), date(2026, 6, 1)), "supplier called")
    town.wait(minutes=20)
    answers = town.plugin.answers
    answers.change_address(ADA, order.order_id, SECOND, channel="page")
    town.wait(minutes=20)
    answers.change_address(ADA, order.order_id, THIRD, channel="page")
    answers.keep(ADA, order.order_id, channel="page")
    town.plugin.substitutes.save(ADA, MUG, [Substitute(BOWL)])
    town.settle()
    line = order.lines[0].line_id
    town.plugin.substitute_choices.choose(ADA, order.order_id, line, BOWL, channel="page")
    town.plugin.withdrawal.withdraw(ADA, order.order_id, Statement("Z. Quandt", SECOND))
    town.wait(minutes=20)
    for number, address in enumerate((FIRST, SECOND, THIRD)):
        with town.plugin.units(ADA) as work:
            entry = work.waitlist.add(MUG, address, locale="en", quantity=1, at=town.clock.now())
            work.commit()
        if number:
            town.plugin.waitlist.confirm(ADA, entry.entry_id)
    town.settle()
    return order


def hear(town: Town, order: Order) -> None:
    town.hear(order)
    town.settle()


def is_done(town: Town, order: Order) -> None:
    hear(town, town.shop.cancel(order.order_id))


def test_the_story_leaves_traces_in_every_table_that_is_handed_out(town: Town) -> None:
    order = a_long_story(town)
    theirs = {name for name, rows in the_tables(town).items() if any(names_them(row) for row in rows)}
    about = {
        name for name, rows in the_tables(town).items() if any(row.get("order_id") == order.order_id for row in rows)
    }
    assert (theirs | about) - DERIVED == set(EXPORTED)


def test_everything_kept_of_a_person_is_handed_out(town: Town) -> None:
    order = a_long_story(town)
    handed_out = town.plugin.privacy.export(ADA, THIRD)
    assert set(handed_out) == set(EXPORTED.values())
    for table, subject in EXPORTED.items():
        about = [row for row in town.table(table) if row.get("order_id") == order.order_id]
        assert len(handed_out[subject]) == len(about) or subject in {"waitlist", "mails"}, subject
        assert len(handed_out[subject]) >= max(1, len(about)), subject
    text = json.dumps(handed_out, default=str)
    assert all(word in text for word in (NAME, FIRST, SECOND, THIRD, "550 <zyra@example.com>", "Z. Quandt"))


def test_nothing_is_left_of_a_person_after_the_erasure(town: Town) -> None:
    order = a_long_story(town)
    is_done(town, order)
    for address in (FIRST, SECOND, THIRD):
        town.plugin.privacy.erase(ADA, address)
    town.wait(minutes=20)
    left = {name: [row for row in rows if names_them(row)] for name, rows in the_tables(town).items()}
    assert {name: rows for name, rows in left.items() if rows} == {}


def test_what_was_told_answered_and_paid_back_stays_without_the_person(town: Town) -> None:
    order = a_long_story(town)
    is_done(town, order)
    kept = ("told", "tellings", "notices", "answers", "cancellations", "order_lines")
    before = {name: len(town.table(name)) for name in kept}
    town.plugin.privacy.erase(ADA, THIRD)
    assert {name: len(town.table(name)) for name in kept} == before
    proof = town.plugin.proofs.of_order(ADA, order.order_id)
    assert [answer.answer for answer in proof.record.answers] == [
        "address",
        "address",
        "keep",
        "substitute",
        "withdraw",
        "cancel",
    ]
    assert not names_them({"proof": proof.to_json()})


def test_an_open_order_keeps_its_person_until_it_is_done(town: Town) -> None:
    order = town.shop.sell(MUG, 2, email=FIRST)
    assert order
    hear(town, order)
    assert town.plugin.privacy.erase(ADA, FIRST).kept == (order.order_id,)
    assert town.line(order).owed == 1
    assert town.table("orders")[0]["email"] == FIRST


@pytest.mark.parametrize(("days", "is_known"), [(400, True), (402, False)])
def test_after_the_time_the_merchant_set_nobody_is_named_any_more(town: Town, *, days: int, is_known: bool) -> None:
    is_done(town, a_long_story(town))
    town.plugin.privacy.keep(ADA, shoppers_days=401, waitlist_days=401)
    town.clock.go(days=days)
    town.run("forget_old", ADA)
    assert any(names_them(row) for row in town.table("orders")) == is_known


def test_a_store_uninstalled_for_thirty_days_is_erased_from_every_table(town: Town) -> None:
    a_long_story(town)
    town.plugin.tenants.uninstall(ADA)
    town.settle()
    directory = town.plugin.directory
    directory.prune(at=town.clock.now())
    town.clock.go(days=29)
    directory.prune(at=town.clock.now())
    assert town.table("orders") != []
    town.clock.go(days=2)
    directory.prune(at=town.clock.now())
    assert {name: rows for name, rows in the_tables(town).items() if rows} == {}

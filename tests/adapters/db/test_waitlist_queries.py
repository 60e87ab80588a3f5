"""The page on the waitlist: who waits for what, who was told, who has bought since; and everybody, to export."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db import waitlist_queries
from plugin.adapters.db.waitlist_queries import SqlWaitlistQueries, page_query
from plugin.services.ports.waitlist import WaitlistState
from plugin.services.waitlist_lists import WaitlistPlace, WaitlistTotals
from tests.adapters.db.conftest import ADA, BO, a_product
from tests.builders import MUG, NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def queries(engine, directory):
    return SqlWaitlistQueries(engine)


@pytest.fixture
def waiting(work):
    """Two wait for the mug, one has not confirmed; two waves were told, of whom Ann bought. Bea bought untold."""
    with work() as unit:
        unit.items.save_products([a_product(), a_product(9, name="Pen", sku="PEN")])
        ids = {
            name: unit.waitlist.add(MUG, f"{name}@example.com", locale="en", quantity=quantity, at=NOW).entry_id
            for name, quantity in (("ada", 2), ("bob", 1), ("eve", 9), ("ann", 1), ("ben", 1), ("cat", 1), ("bea", 1))
        }
        for name in ("ada", "bob", "ann", "ben", "cat", "bea"):
            unit.waitlist.save_state(ids[name], WaitlistState.WAITING, at=NOW)
        for name, told_at in (("ann", NOW), ("ben", NOW), ("cat", LATER)):
            unit.waitlist.tell(ids[name], at=told_at, until=told_at + timedelta(hours=2), message_key=name)
        for name in ("ann", "bea"):
            unit.waitlist.bought(ids[name], 101, at=LATER)
        pen = unit.waitlist.add("9", "ada@example.com", locale="de", quantity=4, at=LATER)
        unit.waitlist.save_state(pen.entry_id, WaitlistState.WAITING, at=LATER)


def test_each_item_shows_who_waits_who_was_told_and_who_bought(queries, waiting):
    mug, pen = queries.items(ADA, at=LATER)
    assert (mug.name, mug.sku, mug.people, mug.units, mug.unconfirmed) == ("Mug", "MUG", 2, 3, 1)
    assert (mug.told, mug.waves, mug.bought, mug.claims, mug.last_told_at) == (3, 2, 1, 1, LATER)
    assert mug.conversion == pytest.approx(1 / 3)
    assert (pen.people, pen.units, pen.told, pen.conversion, pen.last_told_at) == (1, 4, 0, None, None)


def test_people_told_before_waves_were_noted_count_as_told(queries, waiting, work):
    with work() as unit:
        old = unit.waitlist.add("9", "old@example.com", locale="de", quantity=1, at=NOW)
        unit.waitlist.save_state(old.entry_id, WaitlistState.TOLD, at=NOW)
    (pen,) = queries.items(ADA, at=LATER, after=WaitlistPlace(2, MUG))
    assert (pen.told, pen.waves, pen.last_told_at) == (1, 1, NOW)


def test_items_come_in_pages_and_are_one_stores_own(queries, waiting):
    assert [row.item_id for row in queries.items(ADA, at=LATER, limit=1)] == ["77"]
    assert [row.item_id for row in queries.items(ADA, at=LATER, after=WaitlistPlace(2, MUG))] == ["9"]
    assert queries.items(BO, at=LATER) == ()
    assert queries.totals(ADA) == WaitlistTotals(people=3, units=7, items=2)
    assert queries.totals(BO) == WaitlistTotals(0, 0, 0)


def test_everybody_is_exported_oldest_first_whatever_the_size_of_a_page(queries, waiting, monkeypatch):
    monkeypatch.setattr(waitlist_queries, "SOME", 2)
    assert [person.email.partition("@")[0] for person in queries.people(ADA)] == [
        "ada",
        "bob",
        "eve",
        "ann",
        "ben",
        "cat",
        "bea",
        "ada",
    ]
    (person,) = queries.people(ADA, item="9")
    assert (person.sku, person.name, person.quantity, person.state) == ("PEN", "Pen", 4, WaitlistState.WAITING)
    assert list(queries.people(BO)) == []


def test_an_item_that_is_gone_is_named_by_its_id(queries, waiting, work):
    with work() as unit:
        unit.items.forget_products([77])
    assert queries.items(ADA, at=LATER, limit=1)[0].name == "77"


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_what_most_people_want_comes_first_and_pages_follow_one_another(queries, work, limit):
    wanted = {"1": 1, "2": 3, "3": 2, "4": 3, "5": 0}
    with work() as unit:
        for item, people in wanted.items():
            for number in range(max(people, 1)):
                entry = unit.waitlist.add(item, f"{number}@example.com", locale="en", quantity=1, at=NOW)
                if people:
                    unit.waitlist.save_state(entry.entry_id, WaitlistState.WAITING, at=NOW)
    seen, after = [], None
    while page := queries.items(ADA, at=NOW, after=after, limit=limit):
        seen += [(row.item_id, row.people) for row in page]
        after = page[-1].place
    assert seen == [("4", 3), ("2", 3), ("3", 2), ("1", 1), ("5", 0)]


@pytest.mark.parametrize("words", ["", "77", "x.77", "-1.77", "1.", "1" * 19 + ".77"])
def test_what_is_no_place_is_the_first_page(words):
    assert WaitlistPlace.parse(words) is None
    assert WaitlistPlace.parse("12.77:105") == WaitlistPlace(12, "77:105")


def test_a_page_is_read_along_the_index_of_what_is_wanted_most(engine):
    """So that a hundred thousand people behind an item cost no more than one."""
    query = page_query(ADA, after=WaitlistPlace(3, MUG), limit=50)
    statement = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_sort = off"))
        explained = f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}".replace(":", "\\:")
        plan = str(connection.execute(text(explained)).all())
    assert "ix_waitlist_totals_people" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan

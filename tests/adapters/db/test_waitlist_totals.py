"""What the waitlist adds up to is what counting its entries gives, whatever happened to them, and set right if it is not."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from plugin.adapters.db.migrations.migrate import FOLDER
from plugin.adapters.db.tables import waitlist, waitlist_totals
from plugin.adapters.db.waitlist_totals import COUNTED, recount
from plugin.services.ports.waitlist import WaitlistState
from tests.adapters.db.conftest import ADA, BO
from tests.builders import NOW

ITEMS = ("77", "9")
PEOPLE = ("ann", "bob", "cat")
STATES = tuple(WaitlistState)

deed = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(PEOPLE), st.sampled_from(ITEMS), st.integers(1, 9)),
    st.tuples(st.just("enter"), st.sampled_from(PEOPLE), st.sampled_from(ITEMS), st.sampled_from(STATES)),
    st.tuples(st.just("ask and tell"), st.sampled_from(PEOPLE), st.sampled_from(ITEMS), st.integers(1, 9)),
    st.tuples(st.just("tell"), st.sampled_from(PEOPLE), st.sampled_from(ITEMS)),
    st.tuples(st.just("buy"), st.sampled_from(PEOPLE), st.sampled_from(ITEMS)),
    st.tuples(st.just("erase"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("prune"), st.integers(0, 4)),
)
transaction = st.tuples(st.integers(0, 1), st.booleans(), st.lists(deed, min_size=1, max_size=6))


def carry_out(unit, at, what, who="", item="", more=None):
    """One deed; on whoever is not there it is a deed all the same."""
    entry = entry_of(unit, who, item)
    match what:
        case "ask":
            unit.waitlist.add(item, f"{who}@example.com", locale="en", quantity=more, at=at)
        case "ask and tell":
            entry = unit.waitlist.add(item, f"{who}@example.com", locale="en", quantity=more, at=at).entry_id
            unit.waitlist.save_state(entry, WaitlistState.TOLD, at=at)
        case "enter":
            unit.waitlist.save_state(entry, more, at=at)
        case "tell":
            unit.waitlist.save_state(entry, WaitlistState.WAITING, at=at)
            unit.waitlist.tell(entry, at=at, until=at + timedelta(hours=1), message_key="k")
        case "buy":
            unit.waitlist.bought(entry, 101, at=at)
        case "erase":
            unit.people.forget_waiting(f"{who}@example.com")
        case "prune":
            unit.people.forget_waiting_before(NOW + timedelta(hours=who))


def entry_of(unit, who, item):
    connection = unit.waitlist._connection
    same = (waitlist.c.tenant_id == ADA) & (waitlist.c.item_id == item) & (waitlist.c.email == f"{who}@example.com")
    return connection.execute(select(waitlist.c.id).where(same)).scalar() or 0


def counted_one_by_one(entries):
    found = {}
    for row in entries:
        sums = found.setdefault((row.tenant_id, row.item_id), {**dict.fromkeys(COUNTED, 0), "waves": set()})
        sums["entries"] += 1
        sums["people"] += row.state is WaitlistState.WAITING
        sums["units"] += row.quantity * (row.state is WaitlistState.WAITING)
        sums["unconfirmed"] += row.state is WaitlistState.UNCONFIRMED
        if row.told_at:
            sums["told"] += 1
            sums["bought"] += bool(row.bought_at and row.bought_at >= row.told_at)
            sums["waves"].add(row.told_at)
    for sums in found.values():
        waves = sums["waves"]
        sums |= {"waves": len(waves), "last_told_at": max(waves, default=None)}
    return found


@pytest.fixture
def kept(rows):
    return lambda: {
        (row.tenant_id, row.item_id): {name: getattr(row, name) for name in COUNTED} for row in rows("waitlist_totals")
    }


@given(transactions=st.lists(transaction, max_size=8))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_totals_are_a_recount_after_any_sequence_of_changes(engine, units, rows, kept, transactions):
    with engine.begin() as connection:
        connection.execute(delete(waitlist))
        connection.execute(delete(waitlist_totals))
    for hours, is_kept, deeds in transactions:
        with units(ADA) as unit:
            for each in deeds:
                carry_out(unit, NOW + timedelta(hours=hours), *each)
            if is_kept:
                unit.commit()
        assert kept() == counted_one_by_one(rows("waitlist"))
    before = rows("waitlist_totals")
    with engine.begin() as connection:
        recount(connection, ADA)
    assert rows("waitlist_totals") == before


def test_a_wave_is_everybody_who_was_told_at_one_moment_and_over_with_the_last_of_them(work, kept):
    def waves():
        return [(sums["waves"], sums["last_told_at"]) for sums in kept().values()]

    for who in ("ann", "bob"):
        with work() as unit:
            entry = unit.waitlist.add("77", f"{who}@example.com", locale="en", quantity=1, at=NOW).entry_id
            unit.waitlist.save_state(entry, WaitlistState.TOLD, at=NOW)
        assert waves() == [(1, NOW)]
    with work() as unit:
        unit.waitlist.save_state(entry, WaitlistState.TOLD, at=NOW + timedelta(hours=1))
    assert waves() == [(2, NOW + timedelta(hours=1))]
    for who, left in (("bob", [(1, NOW)]), ("ann", [])):
        with work() as unit:
            unit.people.forget_waiting(f"{who}@example.com")
        assert waves() == left


def test_a_recount_sets_right_what_was_written_past_us_and_leaves_other_stores_alone(engine, work, rows, kept):
    for tenant in (ADA, BO):
        with work(tenant) as unit:
            for item in ("77", "9"):
                entry = unit.waitlist.add(item, "ann@example.com", locale="en", quantity=2, at=NOW).entry_id
                unit.waitlist.save_state(entry, WaitlistState.TOLD, at=NOW)
    right = kept()
    with engine.begin() as connection:
        connection.execute(update(waitlist_totals).values(people=9, waves=9, last_told_at=None))
        connection.execute(delete(waitlist_totals).where(waitlist_totals.c.item_id == "77"))
        connection.execute(insert(waitlist_totals).values(tenant_id=ADA, item_id="gone", entries=1))
        wrong_of_bo = connection.execute(select(waitlist_totals).where(waitlist_totals.c.tenant_id == BO)).all()
        recount(connection, ADA)
    found = kept()
    assert {key: sums for key, sums in found.items() if key[0] == ADA} == {
        key: sums for key, sums in right.items() if key[0] == ADA
    }
    assert [row for row in rows("waitlist_totals") if row.tenant_id == BO] == wrong_of_bo


def test_every_night_the_totals_are_set_right(engine, directory, work, kept):
    with work() as unit:
        unit.waitlist.add("77", "ann@example.com", locale="en", quantity=2, at=NOW)
    right = kept()
    with engine.begin() as connection:
        connection.execute(delete(waitlist_totals))
    directory.prune(at=NOW)
    assert kept() == right != {}


def test_the_migration_counts_what_is_there(engine, work, kept):
    with work() as unit:
        ids = [
            unit.waitlist.add(item, f"{who}@example.com", locale="en", quantity=2, at=NOW).entry_id
            for item in ("77", "9")
            for who in ("ann", "bob", "cat")
        ]
        for entry, hours in zip(ids[:4], (1, 1, 2, 3), strict=True):
            unit.waitlist.save_state(entry, WaitlistState.TOLD, at=NOW + timedelta(hours=hours))
        unit.waitlist.bought(ids[0], 101, at=NOW + timedelta(hours=3))
        unit.waitlist.save_state(ids[4], WaitlistState.WAITING, at=NOW)
    right = kept()
    source = (FOLDER / "versions" / "0024_waitlist_totals.py").read_text()
    count = source.partition('COUNT = """')[2].partition('"""')[0]
    with engine.begin() as connection:
        connection.execute(delete(waitlist_totals))
        connection.execute(text(count))
    assert kept() == right

"""One entry for an item and an address; whoever waits keeps the place in line. And the journal keeps what was said."""

from datetime import timedelta

from plugin.domain.saying import said
from plugin.services.ports.desk import Activity
from plugin.services.ports.waitlist import WaitlistState
from tests.builders import MUG, MUG_BLUE, NOW

LATER = NOW + timedelta(days=1)


def ask(unit, email="ada@example.com", *, item=MUG, quantity=1, at=NOW, locale="en"):
    return unit.waitlist.add(item, email, locale=locale, quantity=quantity, at=at)


def test_who_asks_is_unconfirmed_first(work):
    with work() as unit:
        entry = ask(unit, " Ada@Example.com ", locale="de")
        assert (entry.email, entry.locale, entry.state) == ("ada@example.com", "de", WaitlistState.UNCONFIRMED)
        assert unit.waitlist.get(entry.entry_id) == entry
        assert unit.waitlist.get(entry.entry_id + 1) is None
        assert unit.waitlist.waiting_for(MUG, limit=9) == []


def test_asking_twice_is_one_entry_that_keeps_its_place(work):
    with work() as unit:
        first = ask(unit)
        unit.waitlist.save_state(first.entry_id, WaitlistState.WAITING, at=NOW)
        again = ask(unit, "ADA@example.com", quantity=3, at=LATER)
        assert (again.entry_id, again.state, again.asked_at, again.quantity) == (
            first.entry_id,
            WaitlistState.WAITING,
            NOW,
            3,
        )


def test_who_left_or_was_told_starts_over(work):
    with work() as unit:
        for state in (WaitlistState.LEFT, WaitlistState.TOLD):
            entry = ask(unit, f"{state}@example.com")
            unit.waitlist.save_state(entry.entry_id, state, at=NOW)
            again = ask(unit, f"{state}@example.com", at=LATER)
            assert (again.entry_id, again.state, again.asked_at) == (
                entry.entry_id,
                WaitlistState.UNCONFIRMED,
                LATER,
            )


def test_the_oldest_confirmed_come_first(work):
    with work() as unit:
        entries = [ask(unit, f"{n}@example.com", at=NOW - timedelta(minutes=n)) for n in range(4)]
        for entry in entries[:3]:
            unit.waitlist.save_state(entry.entry_id, WaitlistState.WAITING, at=LATER)
        waiting = [entry.email for entry in unit.waitlist.waiting_for(MUG, limit=2)]
        assert waiting == ["2@example.com", "1@example.com"]
        assert unit.waitlist.items_waited_for([MUG, MUG_BLUE]) == {MUG}
        for entry in entries[:3]:
            unit.waitlist.save_state(entry.entry_id, WaitlistState.TOLD, at=LATER)
        assert unit.waitlist.items_waited_for([MUG, MUG_BLUE]) == set()


def test_the_journal_keeps_what_was_said_in_order(work, rows):
    entries = [Activity(NOW, "promised", "order:101", said("Reason %(n)s.", n=n)) for n in range(3)]
    with work() as unit:
        unit.journal.add(entries[:2])
        unit.journal.add([])
        unit.journal.add(entries[2:])
    assert [Activity(row.at, row.kind, row.about, row.text) for row in rows("journal")] == entries

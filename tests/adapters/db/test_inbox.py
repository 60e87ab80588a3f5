"""Events are claimed once, oldest first, under a lease; what fails waits or is parked alone."""

from contextlib import closing
from datetime import timedelta

from plugin.adapters.db.inbox import LEASE
from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.services.errors import GiveUp
from plugin.services.ports.inbox import Envelope
from tests.builders import NOW

SOON = NOW + timedelta(seconds=30)
PAST_THE_LEASE = NOW + LEASE
WINDOW = timedelta(seconds=2)


def add(unit, *names, due_at=NOW):
    for name in names:
        unit.inbox.add("backorder/look_again", {"name": name}, at=NOW, due_at=due_at)


def names(events):
    return [event.body["name"] for event in events]


def test_an_event_of_our_own_is_claimed_when_it_is_due(work):
    with work() as unit:
        unit.inbox.add("backorder/look_again", {"items": ["77"]}, at=NOW, due_at=SOON)
        assert not unit.inbox.has_due(at=NOW)
        assert unit.inbox.claim(at=NOW, limit=9) == []
        (event,) = unit.inbox.claim(at=SOON, limit=9)
        assert (event.topic, event.body, event.received_at, event.attempts) == (
            "backorder/look_again",
            {"items": ["77"]},
            NOW,
            1,
        )


def test_events_are_claimed_oldest_first_up_to_the_limit(work):
    with work() as unit:
        add(unit, "a", "b", "c")
        add(unit, "later", due_at=SOON)
        assert names(unit.inbox.claim(at=SOON, limit=2)) == ["a", "b"]
        assert names(unit.inbox.claim(at=SOON, limit=2)) == ["c", "later"]


def test_claimed_events_are_nobody_elses_until_the_lease_runs_out(work):
    with work() as unit:
        add(unit, "a")
        unit.inbox.claim(at=NOW, limit=9)
    with work() as unit:
        assert unit.inbox.claim(at=PAST_THE_LEASE - timedelta(seconds=1), limit=9) == []
        assert unit.inbox.has_due(at=PAST_THE_LEASE)
        (event,) = unit.inbox.claim(at=PAST_THE_LEASE, limit=9)
        assert event.attempts == 2


def test_a_claim_that_was_rolled_back_never_was(units, work):
    with work() as unit:
        add(unit, "a")
    with units("ada") as unit:
        assert names(unit.inbox.claim(at=NOW, limit=9)) == ["a"]
    with work() as unit:
        assert unit.inbox.claim(at=NOW, limit=9)[0].attempts == 1


def test_a_finished_event_never_comes_again(work):
    with work() as unit:
        add(unit, "a", "b")
        first, _ = unit.inbox.claim(at=NOW, limit=9)
        unit.inbox.finish([first.event_id])
        assert names(unit.inbox.claim(at=PAST_THE_LEASE, limit=9)) == ["b"]


def test_a_fresh_webhook_waits_for_the_others_of_its_change(engine, directory, clock, work):
    with closing(DurableInbox(engine, clock)) as writer:
        writer.store([Envelope("ada", "store/order/created", "key", "{}")])
    heard = clock.now()
    with work() as unit:
        assert not unit.inbox.has_due(at=heard + WINDOW / 2, gather=WINDOW)
        assert directory.with_due_events(at=heard + WINDOW / 2, gather=WINDOW) == []
        assert unit.inbox.has_due(at=heard + WINDOW, gather=WINDOW)
    assert directory.with_due_events(at=heard + WINDOW, gather=WINDOW) == ["ada"]


def test_what_is_tried_again_and_what_we_note_for_ourselves_waits_for_nobody(engine, clock, work):
    with closing(DurableInbox(engine, clock)) as writer:
        writer.store([Envelope("ada", "store/order/created", "key", "{}")])
    with work() as unit:
        [webhook] = unit.inbox.claim(at=clock.now(), limit=9)
        unit.inbox.postpone([webhook.event_id], until=clock.now())
        assert unit.inbox.has_due(at=clock.now(), gather=WINDOW)
        unit.inbox.finish([webhook.event_id])
        assert not unit.inbox.has_due(at=clock.now(), gather=WINDOW)
        add(unit, "ours", due_at=clock.now())
        assert unit.inbox.has_due(at=clock.now(), gather=WINDOW)


def test_an_event_put_off_waits(work):
    with work() as unit:
        add(unit, "a")
        (event,) = unit.inbox.claim(at=NOW, limit=9)
        unit.inbox.postpone([event.event_id], until=SOON)
        assert not unit.inbox.has_due(at=NOW)
        assert unit.inbox.claim(at=SOON, limit=9)[0].attempts == 2


def test_a_parked_event_holds_up_nobody_and_gets_all_its_tries_again(work):
    with work() as unit:
        add(unit, "poison", "good")
        poison, _ = unit.inbox.claim(at=NOW, limit=9)
        unit.inbox.park(poison.event_id, GiveUp("internal", "It could not be read."))
        assert names(unit.inbox.claim(at=PAST_THE_LEASE, limit=9)) == ["good"]
        unit.inbox.postpone([poison.event_id], until=SOON)
        assert [(e.body["name"], e.attempts) for e in unit.inbox.claim(at=SOON, limit=9)] == [("poison", 1)]


def test_a_thousand_events_are_claimed_and_finished_in_two_statements(work, statements):
    with work() as unit:
        add(unit, *range(1000))
        before = statements.count()
        unit.inbox.finish([event.event_id for event in unit.inbox.claim(at=NOW, limit=1000)])
        assert statements.count() - before == 2
        assert not unit.inbox.has_due(at=PAST_THE_LEASE)

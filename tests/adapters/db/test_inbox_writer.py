"""What the receiver accepts is stored, once, in few commits; what cannot be stored is never said to be."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.inbox_writer import GroupCommitInbox, _Waiting
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from tests.adapters.db.conftest import ADA, BO, a_grant
from tests.builders import NOW


def an_event(key="e1", *, tenant=ADA, topic="store/order/updated", body='{"data":{"id":101}}'):
    return Envelope(tenant, topic, key, body)


@pytest.fixture
def inbox(engine, directory, clock):
    writer = GroupCommitInbox(engine, clock)
    yield writer
    writer.close()


def test_an_accepted_event_can_be_claimed(inbox, work):
    assert inbox.accept(an_event())
    with work() as unit:
        (event,) = unit.inbox.claim(at=NOW, limit=9)
    assert (event.topic, event.body, event.received_at) == ("store/order/updated", {"data": {"id": 101}}, NOW)


def test_an_event_is_new_once_in_its_store(inbox, rows):
    answers = [inbox.accept(an_event()), inbox.accept(an_event()), inbox.accept(an_event(tenant=BO))]
    assert answers == [True, False, True]
    assert [(row.tenant_id, row.dedupe_key) for row in rows("inbox")] == [(ADA, "e1"), (BO, "e1")]


def test_an_event_stays_known_after_it_was_handled(inbox, work):
    inbox.accept(an_event())
    with work() as unit:
        unit.inbox.finish([event.event_id for event in unit.inbox.claim(at=NOW, limit=9)])
    assert not inbox.accept(an_event())


def test_an_event_for_a_store_nobody_installed_is_dropped(inbox, rows):
    assert not inbox.accept(an_event(tenant="nobody"))
    assert inbox.accept(an_event())
    assert len(rows("inbox")) == 1


def test_a_store_is_known_the_moment_it_is_installed(inbox, directory):
    directory.erase(BO)
    assert not inbox.accept(an_event(tenant=BO))
    directory.save_grant(a_grant(BO), at=NOW)
    assert inbox.accept(an_event(tenant=BO))


def test_events_of_our_own_and_from_outside_share_the_row_numbers(inbox, work, rows):
    inbox.accept(an_event("a"))
    with work() as unit:
        unit.inbox.add("backorder/look_again", {}, at=NOW, due_at=NOW)
    inbox.accept(an_event("b"))
    ids = [row.id for row in rows("inbox")]
    assert ids == sorted(set(ids))
    assert len(ids) == 3


@pytest.mark.parametrize("key", ["x" * 5000, "nul \0 key", "half \ud83d key"])
def test_a_strange_key_is_stored_and_recognized(inbox, key):
    assert [inbox.accept(an_event(key, body="\0\ud83d" + "{")), inbox.accept(an_event(key))] == [True, False]


def test_five_hundred_events_from_sixteen_threads_are_each_new_once(inbox, rows):
    events = [an_event(f"e{n % 250}", tenant=(ADA, BO)[n % 2]) for n in range(500)]
    with ThreadPoolExecutor(16) as pool:
        new = list(pool.map(inbox.accept, events))
    assert sum(new) == len(rows("inbox")) == 250


def test_events_that_wait_at_the_same_moment_share_one_commit(inbox, rows):
    """While the first is being stored the others gather; then one commit takes them all."""
    groups = watch_groups(inbox, hold_first=True)
    threads = [threading.Thread(target=inbox.accept, args=(an_event(f"e{n}"),)) for n in range(8)]
    threads[0].start()
    groups.first_is_in.wait(5)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: len(inbox._waiting) == 7)
    groups.let_go.set()
    for thread in threads:
        thread.join(5)
    assert groups.sizes == [1, 7]
    assert len(rows("inbox")) == 8


def test_only_who_leads_behind_a_group_waits_for_more(inbox):
    """A webhook alone is stored at once; a commit more costs as much as the pause."""
    pauses, inbox._pause = [], NotedPause()
    groups = watch_groups(inbox, hold_first=True)
    threads = [threading.Thread(target=inbox.accept, args=(an_event(f"e{n}"),)) for n in range(4)]
    threads[0].start()
    groups.first_is_in.wait(5)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: len(inbox._waiting) == 3)
    groups.let_go.set()
    for thread in threads:
        thread.join(5)
    for key in ("next", "after next"):
        pauses.append(inbox._pause.times)
        inbox.accept(an_event(key))
    assert (groups.sizes, pauses, inbox._pause.times) == ([1, 3, 1, 1], [0, 1], 1)


class NotedPause:
    times = 0

    def wait(self, seconds):
        assert seconds < 0.001
        self.times += 1


def test_in_a_large_group_each_hears_whether_its_own_was_new(inbox, rows, monkeypatch):
    """More than one statement takes, with what is known and what comes twice in every place."""
    monkeypatch.setattr("plugin.adapters.db.inbox_writer.MOST_IN_ONE_STATEMENT", 4)
    inbox.accept(an_event("e2"))
    group = [_Waiting(an_event(f"e{n}"), NOW) for n in (0, 1, 2, 3, 3, 4, 5, 6, 7, 0)]
    inbox._connection.store(group)
    assert [event.is_new for event in group] == [True, True, False, True, False, True, True, True, True, False]
    assert len(rows("inbox")) == 8


def wait_until(condition):
    for _ in range(5000):
        if condition():
            return
        threading.Event().wait(0.001)
    pytest.fail("It never came to that.")


class watch_groups:  # noqa: N801
    def __init__(self, inbox, *, hold_first):
        self.sizes, self.first_is_in, self.let_go = [], threading.Event(), threading.Event()
        store = inbox._store

        def watched(group):
            self.sizes.append(len(group))
            if hold_first and len(self.sizes) == 1:
                self.first_is_in.set()
                self.let_go.wait(5)
            store(group)

        inbox._store = watched


def test_whoever_cannot_be_stored_is_told_so_and_the_next_one_is_stored(inbox, engine, rows):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    try:
        with pytest.raises(RetryLater, match="could not be stored") as refused:
            inbox.accept(an_event())
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    assert refused.value.after == timedelta(seconds=5)
    assert inbox.accept(an_event())
    assert len(rows("inbox")) == 1


@pytest.mark.parametrize("trouble", [sqlite3.OperationalError("disk full"), ValueError("a mistake of ours")])
def test_nobody_is_told_that_an_event_is_stored_when_it_is_not(inbox, rows, trouble):
    """Neither the one who led the group nor those who only waited; and the next one leads again."""
    connection = FailsOnce(inbox, trouble, on_group=2)
    groups = watch_groups(inbox, hold_first=True)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(inbox.accept, an_event("a"))
        groups.first_is_in.wait(5)
        others = [pool.submit(inbox.accept, an_event(key)) for key in ("b", "c")]
        wait_until(lambda: len(inbox._waiting) == 2)
        groups.let_go.set()
        assert first.result(5)
        assert {type(other.exception(5)) for other in others} <= {RetryLater, type(trouble)}
    assert connection.groups == 2
    assert [row.dedupe_key for row in rows("inbox")] == ["a"]
    assert inbox.accept(an_event("b"))


class FailsOnce:
    """A connection that stores, but not the group named."""

    def __init__(self, inbox, trouble, *, on_group):
        inbox.accept(an_event("warm up", tenant="nobody"))
        self.real, self.trouble, self.on_group, self.groups = inbox._connection, trouble, on_group, 0
        inbox._connection = self

    def store(self, events):
        self.groups += 1
        if self.groups == self.on_group:
            raise self.trouble
        self.real.store(events)

    def close(self):
        self.real.close()


def test_all_who_waited_together_hear_that_it_failed(inbox):
    class Broken:
        def store(self, events):
            raise sqlite3.OperationalError("disk full")

        def close(self):
            pass

    inbox._connection = Broken()
    groups = watch_groups(inbox, hold_first=True)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inbox.accept, an_event("a"))
        groups.first_is_in.wait(5)
        second = pool.submit(inbox.accept, an_event("b"))
        wait_until(lambda: inbox._waiting)
        groups.let_go.set()
        with pytest.raises(RetryLater):
            first.result(5)
        assert second.result(5)


def test_a_lost_connection_is_opened_anew(inbox):
    inbox.accept(an_event("a"))
    inbox._connection.close()
    with pytest.raises(RetryLater):
        inbox.accept(an_event("b"))
    assert inbox.accept(an_event("b"))


def test_what_was_accepted_is_there_after_the_process_was_killed(directory, database_url, rows):
    code = """
import itertools, sys
from plugin.adapters.clock import SystemClock
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.inbox_writer import GroupCommitInbox, _Waiting
from plugin.services.ports.inbox import Envelope
inbox = GroupCommitInbox(make_engine(sys.argv[1]), SystemClock())
for number in itertools.count():
    assert inbox.accept(Envelope("ada", "t", f"e{number}", "{}"))
    print(f"e{number}", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code, database_url], stdout=subprocess.PIPE, text=True) as process:
        accepted = [process.stdout.readline().strip() for _ in range(50)]
        process.kill()
        accepted += process.stdout.read().split()[:-1]
    stored = [row.dedupe_key for row in rows("inbox")]
    assert len(accepted) >= 50
    assert set(accepted) <= set(stored)
    assert len(stored) - len(accepted) <= 2


def test_an_event_accepted_is_on_disk_not_only_in_memory(inbox, engine):
    inbox.accept(an_event())
    if engine.dialect.name == "sqlite":
        full = 2
        assert inbox._connection._connection.execute("PRAGMA synchronous").fetchone() == (full,)
    else:
        assert inbox._connection._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)

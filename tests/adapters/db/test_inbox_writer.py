"""What the receiver accepts is stored, once; what cannot be stored is never said to be."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.inbox_writer import DurableInbox, _SqliteConnection
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from tests.adapters.db.conftest import ADA, BO, a_grant
from tests.builders import NOW


def an_event(key="e1", *, tenant=ADA, topic="store/order/updated", body='{"data":{"id":101}}'):
    return Envelope(tenant, topic, key, body)


@pytest.fixture
def inbox(engine, directory, clock):
    writer = DurableInbox(engine, clock)
    yield writer
    writer.close()


def is_new(inbox, event):
    (answer,) = inbox.store([event])
    return answer


def test_a_stored_event_can_be_claimed(inbox, work):
    assert is_new(inbox, an_event())
    with work() as unit:
        (event,) = unit.inbox.claim(at=NOW, limit=9)
    assert (event.topic, event.body, event.received_at) == ("store/order/updated", {"data": {"id": 101}}, NOW)


def test_an_event_is_new_once_in_its_store(inbox, rows):
    assert inbox.store([an_event(), an_event(), an_event(tenant=BO)]) == [True, False, True]
    assert inbox.store([an_event(tenant=BO), an_event()]) == [False, False]
    assert [(row.tenant_id, row.dedupe_key) for row in rows("inbox")] == [(ADA, "e1"), (BO, "e1")]


def test_an_event_stays_known_after_it_was_handled(inbox, work):
    inbox.store([an_event()])
    with work() as unit:
        unit.inbox.finish([event.event_id for event in unit.inbox.claim(at=NOW, limit=9)])
    assert not is_new(inbox, an_event())


def test_an_event_for_a_store_nobody_installed_is_dropped(inbox, rows):
    assert inbox.store([an_event(tenant="nobody"), an_event()]) == [False, True]
    assert len(rows("inbox")) == 1


def test_a_store_is_known_the_moment_it_is_installed(inbox, directory):
    directory.erase(BO)
    assert not is_new(inbox, an_event(tenant=BO))
    directory.save_grant(a_grant(BO), at=NOW)
    assert is_new(inbox, an_event(tenant=BO))


def test_events_of_our_own_and_from_outside_share_the_row_numbers(inbox, work, rows):
    inbox.store([an_event("a")])
    with work() as unit:
        unit.inbox.add("backorder/look_again", {}, at=NOW, due_at=NOW)
    inbox.store([an_event("b")])
    ids = [row.id for row in rows("inbox")]
    assert ids == sorted(set(ids))
    assert len(ids) == 3


@pytest.mark.parametrize("key", ["x" * 5000, "nul \0 key", "half \ud83d key"])
def test_a_strange_key_is_stored_and_recognized(inbox, key):
    assert inbox.store([an_event(key, body="\0\ud83d" + "{"), an_event(key)]) == [True, False]


def test_five_hundred_events_from_sixteen_threads_are_each_new_once(inbox, rows):
    events = [an_event(f"e{n % 250}", tenant=(ADA, BO)[n % 2]) for n in range(500)]
    with ThreadPoolExecutor(16) as pool:
        new = list(pool.map(lambda event: is_new(inbox, event), events))
    assert sum(new) == len(rows("inbox")) == 250


def test_in_a_large_group_each_hears_whether_its_own_was_new(inbox, rows, monkeypatch):
    """More than one statement takes, with what is known and what comes twice in every place."""
    monkeypatch.setattr("plugin.adapters.db.inbox_writer.MOST_IN_ONE_STATEMENT", 4)
    inbox.store([an_event("e2")])
    group = [an_event(f"e{n}") for n in (0, 1, 2, 3, 3, 4, 5, 6, 7, 0)]
    assert inbox.store(group) == [True, True, False, True, False, True, True, True, True, False]
    assert len(rows("inbox")) == 8


def test_whoever_cannot_be_stored_is_told_so_and_the_next_one_is_stored(inbox, engine, rows):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    try:
        with pytest.raises(RetryLater, match="could not be stored") as refused:
            inbox.store([an_event()])
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    assert refused.value.after == timedelta(seconds=5)
    assert is_new(inbox, an_event())
    assert len(rows("inbox")) == 1


@pytest.mark.parametrize("trouble", [sqlite3.OperationalError("disk full"), ValueError("a mistake of ours")])
def test_a_group_that_fails_leaves_nothing_and_the_next_one_is_stored(inbox, rows, monkeypatch, trouble):
    """A row of it is in already when it fails; a mistake of ours must not leave the transaction open."""
    if inbox._engine.dialect.name == "postgresql":
        pytest.skip("On PostgreSQL a group is one statement.")
    real = _SqliteConnection._insert

    def fails_after(self, events, **given):
        yield from real(self, events, **given)
        raise trouble

    inbox.store([an_event("a")])
    monkeypatch.setattr(_SqliteConnection, "_insert", fails_after)
    with pytest.raises((RetryLater, ValueError)):
        inbox.store([an_event("b")])
    monkeypatch.undo()
    assert [row.dedupe_key for row in rows("inbox")] == ["a"]
    assert is_new(inbox, an_event("b"))


def test_a_lost_connection_is_opened_anew(inbox):
    inbox.store([an_event("a")])
    inbox._connection.close()
    with pytest.raises(RetryLater):
        inbox.store([an_event("b")])
    assert is_new(inbox, an_event("b"))


def test_what_was_stored_is_there_after_the_process_was_killed(directory, database_url, rows):
    code = """
import itertools, sys
from plugin.adapters.clock import SystemClock
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.inbox_writer import DurableInbox, _SqliteConnection
from plugin.services.ports.inbox import Envelope
inbox = DurableInbox(make_engine(sys.argv[1]), SystemClock())
for number in itertools.count():
    assert inbox.store([Envelope("ada", "t", f"e{number}", "{}")]) == [True]
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


def test_an_event_stored_is_on_disk_not_only_in_memory(inbox, engine):
    inbox.store([an_event()])
    if engine.dialect.name == "sqlite":
        full = 2
        assert inbox._connection._connection.execute("PRAGMA synchronous").fetchone() == (full,)
    else:
        assert inbox._connection._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)

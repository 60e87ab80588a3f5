"""Where the receiver puts events: durable when `accept` returns, one commit for all that wait at the same moment.

    accept → into the list → one thread leads: it stores the whole list → the next leader · everybody hears if theirs was new

The connection and its prepared statement are held.
"""

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import psycopg
from sqlalchemy import Engine, make_url

from plugin.adapters.db.codec import cleaned
from plugin.adapters.db.engine import RETRY_AFTER, SECONDS_FOR_A_LOCK, SECONDS_FOR_SQLITE, prepare_sqlite
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.system import Clock

LONGEST_KEY = 100
"""Longer keys are kept as their digest: an index takes no text of any length."""
MOST_IN_ONE_COMMIT = 1000
GATHER_SECONDS = 0.0003
"""Who leads behind a group of several waits so long for more: a commit costs the same for one event and for sixteen."""
MOST_IN_ONE_STATEMENT = 64
"""SQLite keeps a prepared statement for each number of rows."""


class _Waiting:
    """An event on its way in. Its thread sleeps until it is stored, or until it is its turn to lead."""

    __slots__ = (
        "body",
        "is_new",
        "is_settled",
        "is_stored",
        "key",
        "problem",
        "received_at",
        "tenant_id",
        "topic",
        "turn",
    )

    def __init__(self, envelope: Envelope, received_at: datetime) -> None:
        key = envelope.dedupe_key
        self.key = (
            cleaned(key) if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        )
        self.tenant_id = cleaned(envelope.tenant_id)
        self.topic = cleaned(envelope.topic)
        self.body = cleaned(envelope.body)
        self.received_at = received_at
        self.is_new = False
        self.is_stored = False
        self.is_settled = False
        self.problem: Exception | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class _Connection(Protocol):
    def store(self, events: Sequence[_Waiting]) -> None:
        """Insert what is new, for tenants that exist, and commit; notes on each event whether it was."""
        ...

    def close(self) -> None: ...


class GroupCommitInbox:
    """The InboxWriter on one held connection. Threads share it; each process has its own."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._connection: _Connection | None = None
        self._waiting: list[_Waiting] = []
        self._is_led = False
        self._joining = threading.Lock()
        self._has_company = False
        self._pause = threading.Event()

    def accept(self, envelope: Envelope) -> bool:
        """True if the event is new; False if it was known, or its store is not. Raises RetryLater if it is not on disk."""
        mine = _Waiting(envelope, self._clock.now())
        with self._joining:
            self._waiting.append(mine)
            is_led, self._is_led = self._is_led, True
        if is_led:
            mine.turn.acquire()
        if not mine.is_settled:
            self._lead()
        if not mine.is_stored:
            raise RetryLater("The event could not be stored.", after=RETRY_AFTER) from mine.problem
        return mine.is_new

    def close(self) -> None:
        """Give up the connection; the next event opens a fresh one."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _lead(self) -> None:
        """Store all that wait, hand the lead to whoever came meanwhile, then let the stored ones go."""
        if self._has_company:
            self._pause.wait(GATHER_SECONDS)
        with self._joining:
            group, self._waiting = self._waiting[:MOST_IN_ONE_COMMIT], self._waiting[MOST_IN_ONE_COMMIT:]
        self._has_company = len(group) > 1
        try:
            self._store(group)
        finally:
            with self._joining:
                heir = self._waiting[0] if self._waiting else None
                self._is_led = heir is not None
            if heir is not None:
                heir.turn.release()
            for event in group:
                event.is_settled = True
                event.turn.release()

    def _store(self, group: Sequence[_Waiting]) -> None:
        try:
            if self._connection is None:
                self._connection = _connect(self._engine)
            self._connection.store(group)
            for event in group:
                event.is_stored = True
        except (sqlite3.Error, psycopg.Error) as problem:
            for event in group:
                event.problem = problem
            self.close()


def _connect(engine: Engine) -> _Connection:
    if engine.dialect.name == "sqlite":
        return _SqliteConnection(str(engine.url.database))
    return _PostgresConnection(make_url(engine.url).set(drivername="postgresql").render_as_string(hide_password=False))


class _SqliteConnection:
    """`synchronous=FULL`: a commit is on disk before it returns, as nobody will send the event again once we said 200."""

    COUNT = (
        "INSERT INTO counters (tenant_id, name, last) SELECT tenant_id, 'inbox', ? FROM tenants WHERE tenant_id = ? "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET last = last + excluded.last RETURNING last"
    )
    INSERT = "INSERT INTO inbox (tenant_id, id, topic, dedupe_key, body, received_at, due_at, attempts) VALUES "
    ROW = "(?, ?, ?, ?, ?, ?, ?, 0)"
    UNLESS_KNOWN = " ON CONFLICT (tenant_id, dedupe_key) DO NOTHING"
    STORED = "SELECT id FROM inbox WHERE tenant_id = ? AND id BETWEEN ? AND ?"

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, timeout=SECONDS_FOR_SQLITE, check_same_thread=False)
        prepare_sqlite(self._connection)
        self._connection.execute("PRAGMA synchronous=FULL")

    def store(self, events: Sequence[_Waiting]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for tenant, count in Counter(event.tenant_id for event in events).items():
                last = execute(self.COUNT, (count, tenant)).fetchone()
                if last is not None:
                    theirs = [event for event in events if event.tenant_id == tenant]
                    self._insert(theirs, first_id=last[0] - count + 1)
            execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _insert(self, events: Sequence[_Waiting], *, first_id: int) -> None:
        """Some at a time, in one statement: each one lets go of the interpreter, and with it of our turn."""
        for start in range(0, len(events), MOST_IN_ONE_STATEMENT):
            some = events[start : start + MOST_IN_ONE_STATEMENT]
            values = [value for new_id, event in enumerate(some, first_id + start) for value in _row(event, new_id)]
            insert = self.INSERT + ",".join([self.ROW] * len(some)) + self.UNLESS_KNOWN
            stored = self._connection.execute(insert, values).rowcount
            new = None if stored == len(some) else self._ids(some[0].tenant_id, first_id + start, len(some))
            for new_id, event in enumerate(some, first_id + start):
                event.is_new = new is None or new_id in new

    def _ids(self, tenant: str, first_id: int, count: int) -> set[int]:
        """Which of these ids are rows now."""
        rows = self._connection.execute(self.STORED, (tenant, first_id, first_id + count - 1))
        return {new_id for (new_id,) in rows}

    def close(self) -> None:
        self._connection.close()


def _row(event: _Waiting, new_id: int) -> tuple[str | int, ...]:
    moment = event.received_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return event.tenant_id, new_id, event.topic, event.key, event.body, moment, moment


class _PostgresConnection:
    """One statement a group: what is new comes back, and the commit is its own."""

    INSERT = (
        "INSERT INTO inbox (tenant_id, id, topic, dedupe_key, body, received_at, due_at, attempts) "
        "SELECT n.tenant_id, nextval('inbox_ids'), n.topic, n.dedupe_key, n.body, n.received_at, n.received_at, 0 "
        "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) "
        "AS n (tenant_id, topic, dedupe_key, body, received_at) "
        "JOIN tenants ON tenants.tenant_id = n.tenant_id "
        "ON CONFLICT (tenant_id, dedupe_key) DO NOTHING RETURNING tenant_id, dedupe_key"
    )

    def __init__(self, address: str) -> None:
        options = f"-c lock_timeout={SECONDS_FOR_A_LOCK}s -c timezone=UTC -c synchronous_commit=on"
        self._connection = psycopg.connect(
            address, autocommit=True, options=options, connect_timeout=SECONDS_FOR_SQLITE
        )

    def store(self, events: Sequence[_Waiting]) -> None:
        columns = (
            [event.tenant_id for event in events],
            [event.topic for event in events],
            [event.key for event in events],
            [event.body for event in events],
            [event.received_at for event in events],
        )
        new = set(self._connection.execute(self.INSERT, columns, prepare=True))
        for event in events:
            mine = (event.tenant_id, event.key)
            event.is_new = mine in new
            new.discard(mine)

    def close(self) -> None:
        self._connection.close()

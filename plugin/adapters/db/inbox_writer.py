"""Where the receiver puts events: durable when `store` returns, one commit for all that web/webhooks.py gathered.

The connection and its prepared statements are held.
"""

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import psycopg
from sqlalchemy import Engine, make_url

from plugin.adapters.db.codec import cleaned
from plugin.adapters.db.engine import (
    RETRY_AFTER,
    SECONDS_FOR_A_LOCK,
    SECONDS_FOR_SQLITE,
    prepare_sqlite,
    take_write_lock,
)
from plugin.domain.saying import said
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.system import Clock

LONGEST_KEY = 100
"""Longer keys are kept as their digest: an index takes no text of any length."""
MOST_IN_ONE_STATEMENT = 64
"""SQLite keeps a prepared statement for each number of rows."""


@dataclass(slots=True, eq=False)
class _Event:
    """A row to be, in text that a database takes. Two with the same key are still two."""

    tenant_id: str
    topic: str
    key: str
    body: str


class _Connection(Protocol):
    def store(self, events: Sequence[_Event], *, at: datetime) -> set[_Event]:
        """Insert those of known tenants and commit; return those that are new."""
        ...

    def close(self) -> None: ...


class DurableInbox:
    """The InboxWriter on one held connection. Threads may share it; each process has its own."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._connection: _Connection | None = None
        self._one_at_a_time = threading.Lock()

    def store(self, envelopes: Sequence[Envelope]) -> list[bool]:
        events = [_event(envelope) for envelope in envelopes]
        with self._one_at_a_time:
            try:
                if self._connection is None:
                    self._connection = _connect(self._engine)
                new = self._connection.store(events, at=self._clock.now())
            except (sqlite3.Error, psycopg.Error) as problem:
                self._give_up_connection()
                raise RetryLater(said("The event could not be stored."), after=RETRY_AFTER) from problem
        return [event in new for event in events]

    def close(self) -> None:
        """Give up the connection; the next event opens a fresh one."""
        with self._one_at_a_time:
            self._give_up_connection()

    def _give_up_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


def _event(envelope: Envelope) -> _Event:
    key = envelope.dedupe_key
    return _Event(
        tenant_id=cleaned(envelope.tenant_id),
        topic=cleaned(envelope.topic),
        key=cleaned(key) if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
        body=cleaned(envelope.body),
    )


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

    def store(self, events: Sequence[_Event], *, at: datetime) -> set[_Event]:
        new: set[_Event] = set()
        moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        execute = self._connection.execute
        take_write_lock(self._connection)
        try:
            for tenant, count in Counter(event.tenant_id for event in events).items():
                last = execute(self.COUNT, (count, tenant)).fetchone()
                if last is not None:
                    theirs = [event for event in events if event.tenant_id == tenant]
                    new.update(self._insert(theirs, first_id=last[0] - count + 1, moment=moment))
            execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                execute("ROLLBACK")
        return new

    def _insert(self, events: Sequence[_Event], *, first_id: int, moment: str) -> Iterator[_Event]:
        """Some at a time, in one statement: each one lets go of the interpreter. Gives those that are new."""
        for start in range(0, len(events), MOST_IN_ONE_STATEMENT):
            some = dict(enumerate(events[start : start + MOST_IN_ONE_STATEMENT], first_id + start))
            values = [value for new_id, event in some.items() for value in _row(event, new_id, moment)]
            insert = self.INSERT + ",".join([self.ROW] * len(some)) + self.UNLESS_KNOWN
            if self._connection.execute(insert, values).rowcount == len(some):
                yield from some.values()
            else:
                yield from (some[new_id] for new_id in self._ids(events[0].tenant_id, first_id + start, len(some)))

    def _ids(self, tenant: str, first_id: int, count: int) -> set[int]:
        """Which of these ids are rows now."""
        rows = self._connection.execute(self.STORED, (tenant, first_id, first_id + count - 1))
        return {new_id for (new_id,) in rows}

    def close(self) -> None:
        self._connection.close()


def _row(event: _Event, new_id: int, moment: str) -> tuple[str | int, ...]:
    return event.tenant_id, new_id, event.topic, event.key, event.body, moment, moment


class _PostgresConnection:
    """One statement a group: what is new comes back, and the commit is its own."""

    INSERT = (
        "INSERT INTO inbox (tenant_id, id, topic, dedupe_key, body, received_at, due_at, attempts) "
        "SELECT n.tenant_id, nextval('inbox_ids'), n.topic, n.dedupe_key, n.body, now.at, now.at, 0 "
        "FROM (SELECT %s::timestamptz AS at) AS now, unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        "AS n (tenant_id, topic, dedupe_key, body) "
        "JOIN tenants ON tenants.tenant_id = n.tenant_id "
        "ON CONFLICT (tenant_id, dedupe_key) DO NOTHING RETURNING tenant_id, dedupe_key"
    )

    def __init__(self, address: str) -> None:
        options = f"-c lock_timeout={SECONDS_FOR_A_LOCK}s -c timezone=UTC -c synchronous_commit=on"
        self._connection = psycopg.connect(
            address, autocommit=True, options=options, connect_timeout=SECONDS_FOR_SQLITE
        )

    def store(self, events: Sequence[_Event], *, at: datetime) -> set[_Event]:
        values = (
            at,
            [event.tenant_id for event in events],
            [event.topic for event in events],
            [event.key for event in events],
            [event.body for event in events],
        )
        keys = set(self._connection.execute(self.INSERT, values, prepare=True))
        first_of_each = {(event.tenant_id, event.key): event for event in reversed(events)}
        return {first_of_each[key] for key in keys}

    def close(self) -> None:
        self._connection.close()

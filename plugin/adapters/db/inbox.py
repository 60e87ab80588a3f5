"""Events that came in or that we set ourselves: claimed under a lease, finished, put off or parked."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, insert, select, update

from plugin.adapters.db.codec import to_text
from plugin.adapters.db.repository import NOT_PARKED, Repository, chunks
from plugin.adapters.db.tables import inbox
from plugin.services.errors import GiveUp
from plugin.services.ports.inbox import InboxEvent
from plugin.telemetry import EVENTS, working_on

LEASE = timedelta(minutes=2)
"""How long claimed work belongs to a worker; a row in flight past it is due again."""
TRIES_SO_FAR = case((inbox.c.parked_reason.is_not(None), 0), else_=inbox.c.attempts)
"""What was parked gets all its tries again."""
OWN_EVENT = "own:"
"""Begins the dedupe key of events that no webhook brought."""


class SqlInbox(Repository):
    def add(self, topic: str, body: Mapping[str, Any], *, at: datetime, due_at: datetime) -> None:
        (new_id,) = self._new_ids(inbox, 1)
        row = self._row(
            id=new_id,
            topic=topic,
            dedupe_key=f"{OWN_EVENT}{new_id}",
            body=to_text(body),
            received_at=at,
            due_at=due_at,
            cause_id=self._transaction.cause_id(),
        )
        self._connection.execute(insert(inbox), row)

    def claim(self, *, at: datetime, limit: int) -> list[InboxEvent]:
        waiting = (
            select(inbox.c.id)
            .where(self._mine(inbox), inbox.c.due_at <= at)
            .order_by(inbox.c.due_at, inbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claim = (
            update(inbox)
            .where(self._mine(inbox), inbox.c.id.in_(waiting))
            .values(due_at=at + LEASE, attempts=inbox.c.attempts + 1)
            .returning(inbox.c.id, inbox.c.topic, inbox.c.body, inbox.c.received_at, inbox.c.attempts)
        )
        claimed = [_event(row) for row in self._connection.execute(claim)]
        working_on(EVENTS, [event.event_id for event in claimed])
        return sorted(claimed, key=lambda event: (event.received_at, event.event_id))

    def finish(self, ids: Collection[int]) -> None:
        for some in chunks(ids):
            done = {"due_at": None, "handled_by": self._transaction.written_cause}
            self._connection.execute(update(inbox).where(self._mine(inbox), inbox.c.id.in_(some)).values(done))

    def give_back(self, ids: Collection[int], *, at: datetime) -> None:
        for some in chunks(ids):
            untried = {"due_at": at, "attempts": inbox.c.attempts - 1}
            self._connection.execute(update(inbox).where(self._mine(inbox), inbox.c.id.in_(some)).values(untried))

    def postpone(self, ids: Collection[int], *, until: datetime) -> None:
        for some in chunks(ids):
            self._connection.execute(
                update(inbox)
                .where(self._mine(inbox), inbox.c.id.in_(some))
                .values(due_at=until, attempts=TRIES_SO_FAR, **NOT_PARKED)
            )

    def park(self, event: int, problem: GiveUp) -> None:
        self._connection.execute(
            update(inbox).where(self._mine(inbox), inbox.c.id == event).values(self._parked(problem))
        )

    def has_due(self, *, at: datetime, gather: timedelta = timedelta()) -> bool:
        query = select(inbox.c.id).where(self._mine(inbox), is_due(at, gather)).limit(1)
        return self._connection.execute(query).first() is not None


def is_due(at: datetime, gather: timedelta) -> ColumnElement[bool]:
    """A webhook waits for the others of the same change; what we note for ourselves and what is tried again does not."""
    if not gather:
        return inbox.c.due_at <= at
    has_waited = inbox.c.due_at <= at - gather
    is_fresh_webhook = (inbox.c.attempts == 0) & inbox.c.dedupe_key.not_like(f"{OWN_EVENT}%")
    return (inbox.c.due_at <= at) & (has_waited | ~is_fresh_webhook)


def _event(row: Row[Any]) -> InboxEvent:
    return InboxEvent(row.id, row.topic, _opened(row.body), row.received_at, row.attempts)


def _opened(body: str) -> Mapping[str, Any]:
    """The receiver has read it once already; should it be something else after all, it names no ids."""
    try:
        opened = json.loads(body)
    except ValueError:
        return {}
    return opened if isinstance(opened, dict) else {}

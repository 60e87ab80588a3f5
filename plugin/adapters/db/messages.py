"""The outbox: messages to people, each sent once, claimed under a lease."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, or_, select, update
from sqlalchemy.sql.dml import Update

from plugin.adapters.db.repository import NOT_PARKED, Repository, chunks, insert_into
from plugin.adapters.db.tables import outbox
from plugin.domain.ids import MessageId, OrderId
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind, NewMessage, OutboxMessage
from plugin.telemetry import MESSAGE, working_on

LEASE = timedelta(minutes=2)
"""Longer than any mail server is waited for; a message in flight past it is due again."""
TRIES_SO_FAR = case((outbox.c.parked_reason.is_not(None), 0), else_=outbox.c.attempts)
"""What was parked gets all its tries again."""
NOTICES_FIRST = case((outbox.c.kind.in_([kind for kind in MessageKind if kind.is_notice]), 0), else_=1)


class SqlMessages(Repository):
    def add(self, messages: Sequence[NewMessage], *, at: datetime) -> list[MessageId]:
        first = {message.key: message for message in reversed(messages)}
        wanted = [message for message in messages if first[message.key] is message]
        if not wanted:
            return []
        ids, cause = self._new_ids(outbox, len(wanted)), self._transaction.cause_id()
        rows = [
            self._row(
                id=new_id,
                key=message.key,
                kind=message.kind,
                to=message.to,
                locale=message.locale,
                facts=message.facts,
                order_id=message.order_id,
                created_at=at,
                due_at=message.due_at or at,
                cause_id=cause,
            )
            for new_id, message in zip(ids, wanted, strict=True)
        ]
        unless_known = insert_into(self._connection, outbox).on_conflict_do_nothing(index_elements=["tenant_id", "key"])
        added = self._connection.execute(unless_known.returning(outbox.c.id), rows).scalars()
        return sorted(MessageId(new_id) for new_id in added)

    def pending(self, orders: Collection[OrderId]) -> list[OutboxMessage]:
        found: list[OutboxMessage] = []
        for some in chunks(orders):
            query = select(outbox).where(
                self._mine(outbox),
                outbox.c.order_id.in_(some),
                outbox.c.sent_at.is_(None),
                outbox.c.dropped_at.is_(None),
                outbox.c.parked_reason.is_(None),
            )
            found += [_message(row) for row in self._connection.execute(query.order_by(outbox.c.id))]
        return found

    def unsent(self, keys: Collection[str]) -> list[OutboxMessage]:
        found: list[OutboxMessage] = []
        for some in chunks(keys):
            query = select(outbox).where(
                self._mine(outbox), outbox.c.key.in_(some), outbox.c.sent_at.is_(None), outbox.c.dropped_at.is_(None)
            )
            found += [_message(row) for row in self._connection.execute(query.order_by(outbox.c.id))]
        return found

    def newest(self) -> MessageId:
        query = select(outbox.c.id).where(self._mine(outbox)).order_by(outbox.c.id.desc()).limit(1)
        return MessageId(self._connection.execute(query).scalar() or 0)

    def added_after(self, message: MessageId) -> list[OutboxMessage]:
        query = select(outbox).where(self._mine(outbox), outbox.c.id > message).order_by(outbox.c.id)
        return [_message(row) for row in self._connection.execute(query)]

    def replace(self, message: MessageId, by: NewMessage) -> None:
        self._connection.execute(
            self._change(message)
            .where(outbox.c.sent_at.is_(None))
            .values(kind=by.kind, to=by.to, locale=by.locale, facts=by.facts)
        )

    def drop(self, ids: Collection[MessageId], *, at: datetime) -> None:
        for message in sorted(ids):
            self._connection.execute(
                self._change(message).where(outbox.c.sent_at.is_(None)).values(due_at=None, dropped_at=at, **NOT_PARKED)
            )

    def beside(
        self, message: OutboxMessage, *, kinds: Collection[MessageKind], at: datetime, limit: int
    ) -> list[OutboxMessage]:
        query = select(outbox).where(
            self._mine(outbox),
            outbox.c.to == message.to,
            outbox.c.due_at.is_not(None),
            _is_free(at, ahead=True),
            outbox.c.kind.in_(kinds),
            outbox.c.order_id != message.order_id,
            outbox.c.id != message.message_id,
        )
        return [_message(row) for row in self._connection.execute(query.order_by(outbox.c.id).limit(limit))]

    def claim(self, message: MessageId, *, at: datetime, ahead: bool = False) -> OutboxMessage | None:
        claim = (
            self._change(message)
            .where(outbox.c.due_at.is_not(None), _is_free(at, ahead=ahead))
            .values(due_at=at + LEASE, attempts=outbox.c.attempts + 1)
            .returning(outbox)
        )
        row = self._connection.execute(claim).first()
        if row is None:
            return None
        working_on(MESSAGE, [row.id])
        return _message(row)

    def sent(
        self, message: MessageId, *, at: datetime, subject: str, text: str, sent_with: MessageId | None = None
    ) -> None:
        self._connection.execute(
            self._change(message).values(
                due_at=None, sent_at=at, subject=subject, text=text, sent_with=sent_with, **NOT_PARKED
            )
        )

    def postpone(self, message: MessageId, *, until: datetime) -> None:
        self._connection.execute(
            self._change(message)
            .where(outbox.c.sent_at.is_(None), outbox.c.dropped_at.is_(None))
            .values(due_at=until, attempts=TRIES_SO_FAR, **NOT_PARKED)
        )

    def park(self, message: MessageId, problem: GiveUp) -> None:
        self._connection.execute(self._change(message).values(self._parked(problem)))

    def release(self, kinds: Collection[MessageKind], *, at: datetime) -> None:
        self._connection.execute(
            update(outbox)
            .where(
                self._mine(outbox),
                outbox.c.parked_reason == "configuration",
                outbox.c.parked_reason.is_not(None),
                outbox.c.kind.in_(kinds),
                outbox.c.sent_at.is_(None),
            )
            .values(due_at=at, attempts=0, **NOT_PARKED)
        )

    def came_back(self, message: MessageId, *, at: datetime, why: str) -> list[OutboxMessage]:
        change = (
            update(outbox)
            .where(
                self._mine(outbox),
                or_(outbox.c.id == message, outbox.c.sent_with == message),
                outbox.c.sent_at.is_not(None),
                outbox.c.bounced_at.is_(None),
            )
            .values(bounced_at=at, bounce=why)
        )
        rows = self._connection.execute(change.returning(outbox)).all()
        return sorted((_message(row) for row in rows), key=lambda known: known.message_id)

    def due(self, *, at: datetime, limit: int) -> list[MessageId]:
        # A kind that only a newer version knows waits for that version, and holds up no other.
        is_known = outbox.c.kind.in_(list(MessageKind))
        query = select(outbox.c.id).where(self._mine(outbox), outbox.c.due_at <= at, is_known)
        ordered = query.order_by(NOTICES_FIRST, outbox.c.due_at, outbox.c.id)
        return list(self._connection.execute(ordered.limit(limit)).scalars())

    def _change(self, message: MessageId) -> Update:
        return update(outbox).where(self._mine(outbox), outbox.c.id == message)


def _is_free(at: datetime, *, ahead: bool) -> ColumnElement[bool]:
    """Due, or `ahead` of its time where nobody ever tried it: what is being sent was."""
    is_due = outbox.c.due_at <= at
    return or_(is_due, outbox.c.attempts == 0) if ahead else is_due


def _message(row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(
        MessageId(row.id), row.key, row.kind, row.to, row.locale, row.facts, row.attempts, order_id=row.order_id
    )

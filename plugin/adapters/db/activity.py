"""SQL for what stands behind a decision, a webhook or a call: everything of the same recorded cause that is about it."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import call_causes, calls, causes, inbox, journal, outbox, users
from plugin.domain.ids import TenantId
from plugin.services.activity import AFTER, BEFORE, MOST_SHOWN, CallRow, CauseRow, Chain, MailRow, WebhookRow
from plugin.services.again import OURS
from plugin.services.causes import ids_in, ids_named
from plugin.services.queries import ActivityRow

LOOKED_THROUGH = 2000
"""Rows of one cause, before those about something else are left out."""
LONGEST_WAY = 3
"""Notes of our own between a webhook and what became of it: put off, then planned in slices."""
Shown = TypeVar("Shown")


class SqlActivity:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def behind(self, tenant: TenantId, activity_id: int) -> tuple[ActivityRow, Chain] | None:
        with reading(self._engine) as connection:
            read = _Reader(connection, tenant)
            row = read.one(journal, activity_id)
            if row is None:
                return None
            entry = _entry(row)
            if row.cause_id is None or not (why := read.causes([row.cause_id])):
                return entry, read.about_then(entry)
            return entry, read.chain(why, [row.cause_id], _ids(entry.about), but_for=entry)

    def webhook(self, tenant: TenantId, event_id: int) -> tuple[WebhookRow, Chain] | None:
        with reading(self._engine) as connection:
            read = _Reader(connection, tenant)
            row = read.one(inbox, event_id)
            if row is None:
                return None
            chain = read.what_followed([row.handled_by], _named(row)) if row.handled_by else Chain()
            return _webhook(row), chain

    def call(self, tenant: TenantId, call_id: int) -> tuple[CallRow, Chain] | None:
        with reading(self._engine) as connection:
            read = _Reader(connection, tenant)
            row = read.one(calls, call_id)
            if row is None:
                return None
            mine = (call_causes.c.tenant_id == tenant) & (call_causes.c.call_id == call_id)
            because = list(connection.execute(select(call_causes.c.cause_id).where(mine).limit(MOST_SHOWN)).scalars())
            chain = read.chain(read.causes(because), because, frozenset(row.ids), with_calls=False)
            return _call(row), chain

    def mail(self, tenant: TenantId, message_id: int) -> Chain | None:
        with reading(self._engine) as connection:
            read = _Reader(connection, tenant)
            row = read.one(outbox, message_id)
            if row is None:
                return None
            if row.cause_id is None or not (why := read.causes([row.cause_id])):
                return read.decided_then(row)
            chain = read.chain(why, [row.cause_id], frozenset({row.order_id} if row.order_id else ()))
            return replace(chain, mails=tuple(mail for mail in chain.mails if mail.message_id != message_id))


class _Reader:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    def one(self, table: Any, row_id: int) -> Row[Any] | None:
        query = select(table).where(table.c.tenant_id == self._tenant, table.c.id == row_id)
        return self._connection.execute(query).first()

    def chain(
        self,
        why: tuple[CauseRow, ...],
        because: Collection[int],
        about: frozenset[int],
        *,
        but_for: ActivityRow | None = None,
        with_calls: bool = True,
    ) -> Chain:
        first, webhooks = self._way_here(because, about)
        followed = self.what_followed(because, about)
        return Chain(
            causes=first or why,
            webhooks=webhooks,
            decisions=tuple(row for row in followed.decisions if row != but_for),
            calls=followed.calls if with_calls else (),
            mails=followed.mails,
        )

    def causes(self, ids: Collection[int]) -> tuple[CauseRow, ...]:
        query = (
            select(causes.c.kind, causes.c.name, causes.c.at, users.c.email)
            .outerjoin(users, and_(users.c.tenant_id == causes.c.tenant_id, users.c.user_id == causes.c.user_id))
            .where(causes.c.tenant_id == self._tenant, causes.c.id.in_(ids))
            .order_by(causes.c.id)
        )
        return tuple(CauseRow(*row[:3], row.email or "") for row in self._connection.execute(query))

    def _way_here(
        self, because: Collection[int], about: frozenset[int]
    ) -> tuple[tuple[CauseRow, ...], tuple[WebhookRow, ...]]:
        """Back from note to note to what came from outside: the webhooks, and who set the first note."""
        found: list[Row[Any]] = []
        for _ in range(LONGEST_WAY):
            handled = self._rows(inbox, inbox.c.handled_by.in_(because))
            found += [row for row in handled if not row.topic.startswith(OURS)]
            before = {row.cause_id for row in handled if row.topic.startswith(OURS) and row.cause_id}
            if not before:
                break
            because = sorted(before)
        first = tuple(row for row in self.causes(because) if row.who or row.name)
        return first, tuple(_webhook(row) for row in _about(found, about, _named))

    def what_followed(self, because: Collection[int], about: frozenset[int]) -> Chain:
        made = select(call_causes.c.call_id).where(
            call_causes.c.tenant_id == self._tenant, call_causes.c.cause_id.in_(because)
        )
        decided = self._rows(journal, journal.c.cause_id.in_(because))
        sent = [row for row in self._rows(outbox, outbox.c.cause_id.in_(because)) if row.dropped_at is None]
        return Chain(
            decisions=tuple(_entry(row) for row in _about(decided, about, lambda row: _ids(row.about))),
            calls=tuple(_call(row) for row in _about(self._rows(calls, calls.c.id.in_(made)), about, _written)),
            mails=tuple(_mail(row) for row in _about(sent, about, lambda row: frozenset({row.order_id or 0}))),
        )

    def about_then(self, entry: ActivityRow) -> Chain:
        """What came in about the same thing shortly before, and the mails shortly after."""
        about = _ids(entry.about)
        then = (inbox.c.received_at >= entry.at - BEFORE) & (inbox.c.received_at <= entry.at)
        newest = [row for row in reversed(self._rows(inbox, then)) if about & _named(row)]
        mails: list[Row[Any]] = []
        if entry.about.startswith("order:"):
            soon = (outbox.c.created_at >= entry.at - BEFORE) & (outbox.c.created_at <= entry.at + AFTER)
            mails = self._rows(outbox, soon & outbox.c.order_id.in_(about) & outbox.c.dropped_at.is_(None))
        return Chain(
            webhooks=tuple(_webhook(row) for row in newest[:MOST_SHOWN]),
            mails=tuple(_mail(row) for row in mails[:MOST_SHOWN]),
            is_recorded=False,
        )

    def decided_then(self, mail: Row[Any]) -> Chain:
        """What was decided about its order shortly before it was written."""
        then = (journal.c.at >= mail.created_at - BEFORE) & (journal.c.at <= mail.created_at)
        decided = self._rows(journal, then & (journal.c.about == f"order:{mail.order_id}"))
        return Chain(decisions=tuple(_entry(row) for row in decided[-MOST_SHOWN:]), is_recorded=False)

    def _rows(self, table: Any, which: ColumnElement[bool]) -> list[Row[Any]]:
        query = select(table).where(table.c.tenant_id == self._tenant, which)
        return list(self._connection.execute(query.order_by(table.c.id.desc()).limit(LOOKED_THROUGH)))[::-1]


def _about(
    rows: Iterable[Row[Any]], about: frozenset[int], ids_of: Callable[[Row[Any]], frozenset[int]]
) -> list[Row[Any]]:
    """Those about the same thing; where none is, all of the same cause."""
    found = list(rows)
    return ([row for row in found if about & ids_of(row)] or found)[:MOST_SHOWN]


def _ids(about: str) -> frozenset[int]:
    """The ids in `order:101` and `item:77:105`."""
    return ids_named(about.partition(":")[2])


def _written(row: Row[Any]) -> frozenset[int]:
    return frozenset(row.ids)


def _named(row: Row[Any]) -> frozenset[int]:
    """The ids a webhook names: of an order, a product, a variant."""
    try:
        return ids_in(json.loads(row.body).get("data", {}))
    except (ValueError, AttributeError, RecursionError):
        return frozenset()


def _entry(row: Row[Any]) -> ActivityRow:
    return ActivityRow(row.id, row.at, row.kind, row.about, row.text)


def _webhook(row: Row[Any]) -> WebhookRow:
    return WebhookRow(row.id, row.topic, row.received_at, row.body, row.attempts, row.due_at is not None)


def _call(row: Row[Any]) -> CallRow:
    return CallRow(row.id, row.at, row.method, row.path, row.status, row.milliseconds, row.request_id)


def _mail(row: Row[Any]) -> MailRow:
    return MailRow(row.id, row.kind.value, row.to, row.subject or "", row.text or "", row.sent_at)

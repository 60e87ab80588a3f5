"""SQL for the page of one decision: its entry, the webhooks about the same thing before it, the mails after it."""

import json
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import inbox, journal, outbox
from plugin.domain.ids import TenantId
from plugin.services.activity import AFTER, BEFORE, MOST_SHOWN, Behind, MailRow, WebhookRow
from plugin.services.queries import ActivityRow

LOOKED_THROUGH = 2000
"""Webhooks before the entry; more of them within minutes are another trouble."""


class SqlActivity:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def behind(self, tenant: TenantId, activity_id: int) -> Behind | None:
        query = select(journal.c.id, journal.c.at, journal.c.kind, journal.c.about, journal.c.text)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(journal.c.tenant_id == tenant, journal.c.id == activity_id)).first()
            if row is None:
                return None
            entry = ActivityRow(*row)
            return Behind(entry, _webhooks(connection, tenant, entry), _mails(connection, tenant, entry))


def _webhooks(connection: Connection, tenant: TenantId, entry: ActivityRow) -> tuple[WebhookRow, ...]:
    newest = (
        select(inbox)
        .where(inbox.c.tenant_id == tenant)
        .where(inbox.c.received_at >= entry.at - BEFORE, inbox.c.received_at <= entry.at)
        .order_by(inbox.c.id.desc())
        .limit(LOOKED_THROUGH)
    )
    about = _ids(entry.about)
    found = [row for row in connection.execute(newest) if about & _named(row)]
    return tuple(
        WebhookRow(row.topic, row.received_at, row.body, row.attempts, row.due_at is not None)
        for row in found[:MOST_SHOWN]
    )


def _mails(connection: Connection, tenant: TenantId, entry: ActivityRow) -> tuple[MailRow, ...]:
    kind, _, order = entry.about.partition(":")
    if kind != "order" or not order.isdecimal():
        return ()
    query = (
        select(outbox)
        .where(outbox.c.tenant_id == tenant, outbox.c.order_id == int(order), outbox.c.dropped_at.is_(None))
        .where(outbox.c.created_at >= entry.at - BEFORE, outbox.c.created_at <= entry.at + AFTER)
        .order_by(outbox.c.id)
        .limit(MOST_SHOWN)
    )
    return tuple(
        MailRow(row.kind.value, row.to, row.subject or "", row.text or "", row.sent_at)
        for row in connection.execute(query)
    )


def _ids(about: str) -> set[int]:
    """The ids in `order:101` and `item:77:105`."""
    return {int(part) for part in about.split(":")[1:] if part.isdecimal()}


def _named(row: Row[Any]) -> set[int]:
    """The ids a webhook names: of an order, a product, a variant."""
    try:
        data = json.loads(row.body).get("data", {})
    except (ValueError, AttributeError):
        return set()
    return set(_numbers(data))


def _numbers(value: Any) -> list[int]:
    match value:
        case bool():
            return []
        case int():
            return [value]
        case dict():
            return [number for each in value.values() for number in _numbers(each)]
        case list():
            return [number for each in value for number in _numbers(each)]
        case _:
            return []

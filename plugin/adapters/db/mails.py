"""SQL of what was sent to whom and what came back. Implements services/mailings.py; pages go back by id."""

from typing import Any

from sqlalchemy import Engine, Row, func, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import orders, outbox
from plugin.domain.ids import MessageId, TenantId
from plugin.services.mailings import SentRow
from plugin.services.ports.messages import TEST, MessageKind
from plugin.services.proof import MailResult

MOST_CHANNELS = 50


class SqlMails:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(
        self, tenant: TenantId, *, kind: MessageKind | None = None, before: MessageId | None = None, limit: int = 50
    ) -> tuple[SentRow, ...]:
        query = select(outbox).where(outbox.c.tenant_id == tenant)
        if kind is not None:
            query = query.where(outbox.c.kind == kind)
        if before is not None:
            query = query.where(outbox.c.id < before)
        with reading(self._engine) as connection:
            return tuple(_row(row) for row in connection.execute(query.order_by(outbox.c.id.desc()).limit(limit)))

    def get(self, tenant: TenantId, message: MessageId) -> SentRow | None:
        with reading(self._engine) as connection:
            query = select(outbox).where(outbox.c.tenant_id == tenant, outbox.c.id == message)
            row = connection.execute(query).first()
        return None if row is None else _row(row)

    def channels(self, tenant: TenantId) -> tuple[int, ...]:
        """Each found by one step in the index: orders are many, storefronts few."""
        found: list[int] = []
        with reading(self._engine) as connection:
            while len(found) < MOST_CHANNELS:
                after = orders.c.channel_id > (found[-1] if found else 0)
                query = select(func.min(orders.c.channel_id)).where(orders.c.tenant_id == tenant, after)
                number = connection.execute(query).scalar()
                if number is None:
                    break
                found.append(number)
        return tuple(found)


def _row(row: Row[Any]) -> SentRow:
    return SentRow(
        message_id=MessageId(row.id),
        kind=row.kind,
        to=row.to,
        locale=row.locale,
        order_id=row.order_id,
        written_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        result=_result(row),
        tries=row.attempts,
        subject=row.subject or "",
        text=row.text or "",
        problem=row.bounce or str(row.parked_explanation or ""),
        is_test=row.key.startswith(TEST),
    )


def _result(row: Row[Any]) -> MailResult:
    if row.bounced_at:
        return MailResult.CAME_BACK
    if row.sent_at:
        return MailResult.SENT
    if row.dropped_at:
        return MailResult.DROPPED
    return MailResult.GIVEN_UP if row.parked_reason else MailResult.WAITING

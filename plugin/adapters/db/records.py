"""All that is kept about one order, read at one moment for its proof. Reads only; implements services/proof.py."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, or_, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.tables import (
    answers,
    cancellations,
    journal,
    notices,
    order_lines,
    outbox,
    substitute_choices,
    tellings,
    told,
)
from plugin.domain.ids import OrderId, TenantId
from plugin.services.proof import (
    Decided,
    FirstTold,
    InQueue,
    MailResult,
    OrderRecord,
    ProofAnswer,
    ProofCancellation,
    ProofMail,
    ProofNotice,
    ProofSubstitute,
    Shown,
)

MOST_IN_QUEUE = 500
"""Of each item: those before the order, and a few behind it."""


class SqlOrderRecords:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_order(self, tenant: TenantId, order: OrderId) -> OrderRecord:
        with reading(self._engine) as connection:
            read = _Reader(connection, tenant, order)
            came_back = {
                row.message_key: row.bounced_at for row in read.rows(notices) if row.message_key and row.bounced_at
            }
            return OrderRecord(
                shown=tuple(Shown(row.at, row.surface, row.text, row.facts) for row in read.rows(told)),
                first_told=tuple(
                    FirstTold(row.at, row.line_id, row.surface, row.earliest, row.latest, row.text, row.basis)
                    for row in read.rows(tellings)
                ),
                queue=tuple(read.queue()),
                mails=tuple(_mail(row, row.bounced_at or came_back.get(row.key)) for row in read.rows(outbox)),
                notices=tuple(_notice(row) for row in read.rows(notices)),
                answers=tuple(
                    ProofAnswer(row.at, row.answer.value, row.channel, tuple(row.lines), row.detail)
                    for row in read.rows(answers)
                ),
                cancellations=tuple(_cancellation(row) for row in read.rows(cancellations)),
                substitutes=tuple(_substitute(row) for row in read.rows(substitute_choices)),
                decisions=tuple(read.decisions()),
            )


class _Reader:
    def __init__(self, connection: Connection, tenant: TenantId, order: OrderId) -> None:
        self._connection = connection
        self._tenant = tenant
        self._order = order

    def rows(self, table: Any) -> list[Row[Any]]:
        """The order's rows, oldest first."""
        query = select(table).where(table.c.tenant_id == self._tenant, table.c.order_id == self._order)
        return list(self._connection.execute(query.order_by(table.c.id)).all())

    def decisions(self) -> Iterator[Decided]:
        about = f"order:{self._order}"
        query = select(journal).where(journal.c.tenant_id == self._tenant, journal.c.about == about)
        for row in self._connection.execute(query.order_by(journal.c.id)):
            yield Decided(row.at, row.kind, row.text)

    def queue(self) -> Iterator[InQueue]:
        """Who stands in line for the same items, as it is now."""
        mine = order_lines.c.tenant_id == self._tenant
        items = select(order_lines.c.item_id).where(
            mine, order_lines.c.order_id == self._order, order_lines.c.item_id.is_not(None)
        )
        for item in self._connection.execute(items.distinct()).scalars():
            query = (
                select(order_lines)
                .where(
                    mine,
                    order_lines.c.item_id == item,
                    or_(order_lines.c.holds_units, order_lines.c.order_id == self._order),
                )
                .order_by(order_lines.c.queue_time, order_lines.c.line_id)
                .limit(MOST_IN_QUEUE)
            )
            yield from _queue_rows(self._connection.execute(query))


def _queue_rows(rows: Iterable[Row[Any]]) -> Iterator[InQueue]:
    for row in rows:
        open_units = max(0, row.quantity - row.shipped - row.refunded)
        yield InQueue(row.item_id, row.order_id, row.queue_time, open_units, row.allocated, row.owed, str(row.why))


def _mail(row: Row[Any], came_back_at: Any) -> ProofMail:
    return ProofMail(
        kind=row.kind.value,
        to=row.to,
        written_at=row.created_at,
        result=_result(row, came_back_at),
        sent_at=row.sent_at,
        came_back_at=came_back_at,
        tries=row.attempts,
        subject=row.subject or "",
        text=row.text or "",
        problem=row.bounce or str(row.parked_explanation or ""),
    )


def _result(row: Row[Any], came_back_at: Any) -> MailResult:
    if came_back_at:
        return MailResult.CAME_BACK
    if row.sent_at:
        return MailResult.SENT
    if row.dropped_at:
        return MailResult.DROPPED
    return MailResult.GIVEN_UP if row.parked_reason else MailResult.WAITING


def _notice(row: Row[Any]) -> ProofNotice:
    return ProofNotice(
        line_id=row.line_id,
        kind=row.kind.value,
        region=row.region.value,
        rules_version=row.rules_version,
        promised_before=row.old_day,
        earliest=row.new_earliest,
        latest=row.new_latest,
        reason=row.reason,
        decided_at=row.decided_at,
        send_by=row.send_by,
        sent_at=row.sent_at,
        came_back_at=row.bounced_at,
        withdrawn_at=row.withdrawn_at,
        silence=row.silence.value,
        answer_by=row.answer_by,
        answer=row.answer.value if row.answer else "",
        answered_at=row.answered_at,
        channel=row.channel,
    )


def _cancellation(row: Row[Any]) -> ProofCancellation:
    return ProofCancellation(
        line_id=row.line_id,
        units=row.units,
        cause=row.cause.value,
        state=row.state.value,
        decided_at=row.decided_at,
        refund_due=row.refund_due,
        refunded_at=row.refunded_at,
        amount=row.amount,
        is_offline=row.is_offline,
        problem=str(row.parked_explanation or ""),
    )


def _substitute(row: Row[Any]) -> ProofSubstitute:
    return ProofSubstitute(
        line_id=row.line_id,
        item=row.item_id,
        substitute=row.substitute,
        name=row.name,
        units=row.units,
        chosen_at=row.chosen_at,
        channel=row.channel,
        state=row.state.value,
        settled_at=row.settled_at,
    )

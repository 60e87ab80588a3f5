"""What each line was told, its notices and what came of them, and what shoppers answered. Rows are only ever added."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, case, insert, or_, select, tuple_, union, update
from sqlalchemy.sql.dml import Update

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import answers, notices, order_lines, tellings, tenants
from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId, OrderLineId
from plugin.domain.law import NoticeKind
from plugin.domain.notices import Answer, Notice, Silence
from plugin.services.ports.notices import AnswerRecord, NoticeRecord, Telling, Wants

GOOD_NEWS = tuple(kind for kind in NoticeKind if not kind.is_delay)
"""Told, they wait for nothing; a delay before them may still wait for its yes."""


class SqlNotices(Repository):
    def tell(self, new: Sequence[Telling]) -> None:
        rows = [
            self._row(
                id=new_id,
                order_id=telling.order_id,
                line_id=telling.line_id,
                at=telling.at,
                surface=telling.surface,
                locale=telling.locale,
                earliest=telling.window.earliest if telling.window else None,
                latest=telling.window.latest if telling.window else None,
                text=telling.text,
                basis=telling.basis,
            )
            for new_id, telling in zip(self._new_ids(tellings, len(new)), new, strict=True)
        ]
        if rows:
            self._connection.execute(insert(tellings), rows)

    def told(self, orders: Collection[OrderId]) -> dict[OrderLineId, Telling]:
        found: dict[OrderLineId, Telling] = {}
        for some in chunks(orders):
            query = select(tellings).where(self._mine(tellings), tellings.c.order_id.in_(some))
            for row in self._connection.execute(query.order_by(tellings.c.id)):
                found.setdefault(row.line_id, _telling(row))
        return found

    def add(self, records: Sequence[NoticeRecord]) -> list[int]:
        ids = list(self._new_ids(notices, len(records)))
        rows = [self._notice_row(replace(r, notice_id=new_id)) for r, new_id in zip(records, ids, strict=True)]
        if rows:
            self._connection.execute(insert(notices), rows)
            self._show_on_lines(notices.c.id.in_(ids))
        return ids

    def of_orders(self, orders: Collection[OrderId]) -> dict[OrderLineId, list[NoticeRecord]]:
        found: dict[OrderLineId, list[NoticeRecord]] = {}
        for some in chunks(orders):
            query = select(notices).where(
                self._mine(notices), notices.c.order_id.in_(some), notices.c.withdrawn_at.is_(None)
            )
            for row in self._connection.execute(query.order_by(notices.c.id)):
                found.setdefault(row.line_id, []).append(_record(row))
        return found

    def withdraw(self, ids: Collection[int], *, at: datetime) -> None:
        self._change(ids, withdrawn_at=at)

    def send_with(self, ids: Collection[int], message_key: str) -> None:
        self._change(ids, message_key=message_key)

    def send_again_with(self, message_key: str, other_key: str) -> None:
        if message_key != other_key:
            self._connection.execute(self._of_message(message_key).values(message_key=other_key))

    def message_sent(self, message_key: str, *, at: datetime) -> None:
        """A mail that was on its way while the news changed has been read all the same."""
        self._connection.execute(
            self._of_message(message_key).values(sent_at=at, sent_on=self._day(at), bounced_at=None, withdrawn_at=None)
        )
        self._show_on_lines(notices.c.message_key == message_key)

    def message_bounced(self, message_key: str, *, at: datetime) -> None:
        self._connection.execute(self._of_message(message_key).values(bounced_at=at))
        self._show_on_lines(notices.c.message_key == message_key)

    def reminder_bounced(self, order: OrderId, *, at: datetime) -> None:
        reminded = (notices.c.order_id == order, notices.c.reminded_on.is_not(None), notices.c.answer.is_(None))
        self._connection.execute(update(notices).where(self._mine(notices), *reminded).values(reminder_bounced_at=at))

    def answered(self, ids: Collection[int], answer: Answer, *, at: datetime, channel: str) -> None:
        self._change(ids, answer=answer, answered_at=at, answered_on=self._day(at), channel=channel)

    def reminded(self, ids: Collection[int], *, on: date | None) -> None:
        self._change(ids, reminded_on=on, reminder_bounced_at=None)

    def add_answer(self, answer: AnswerRecord) -> None:
        (new_id,) = self._new_ids(answers, 1)
        row = self._row(
            id=new_id,
            order_id=answer.order_id,
            at=answer.at,
            answer=answer.answer,
            channel=answer.channel,
            lines=list(answer.lines),
            detail=answer.detail,
        )
        self._connection.execute(insert(answers), row)

    def answers(self, order: OrderId) -> list[AnswerRecord]:
        query = select(answers).where(self._mine(answers), answers.c.order_id == order).order_by(answers.c.id)
        return [
            AnswerRecord(row.order_id, row.at, row.answer, row.channel, tuple(row.lines), row.detail)
            for row in self._connection.execute(query)
        ]

    def bounced(self) -> list[NoticeRecord]:
        came_back = union(  # each along its own index
            *(
                select(notices.c.id).where(self._mine(notices), moment.is_not(None))
                for moment in (notices.c.bounced_at, notices.c.reminder_bounced_at)
            )
        )
        query = select(notices).where(
            self._mine(notices),
            notices.c.id.in_(came_back),
            notices.c.withdrawn_at.is_(None),
            notices.c.answer.is_(None),
        )
        return [_record(row) for row in self._connection.execute(query.order_by(notices.c.id))]

    def _change(self, ids: Collection[int], **values: Any) -> None:
        for some in chunks(ids):
            self._connection.execute(update(notices).where(self._mine(notices), notices.c.id.in_(some)).values(values))
            self._show_on_lines(notices.c.id.in_(some))

    def _show_on_lines(self, which: ColumnElement[bool]) -> None:
        """Keep on the lines of these notices what their last one waits for, for the merchant's list."""
        touched = select(notices.c.order_id, notices.c.line_id).where(self._mine(notices), which)
        last = notices.alias("last")
        wants = (
            select(
                case(
                    (last.c.answer.is_not(None), None),
                    (or_(last.c.sent_at.is_(None), last.c.bounced_at.is_not(None)), Wants.TELL.value),
                    (last.c.silence == Silence.CANCELS, Wants.ANSWER.value),
                    else_=None,
                )
            )
            .where(
                last.c.tenant_id == order_lines.c.tenant_id,
                last.c.order_id == order_lines.c.order_id,
                last.c.line_id == order_lines.c.line_id,
                last.c.withdrawn_at.is_(None),
                or_(last.c.kind.not_in(GOOD_NEWS), last.c.sent_at.is_(None)),
            )
            .order_by(last.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        these = tuple_(order_lines.c.order_id, order_lines.c.line_id).in_(touched)
        self._connection.execute(update(order_lines).where(self._mine(order_lines), these).values(wants=wants))

    def _of_message(self, key: str) -> Update:
        return update(notices).where(self._mine(notices), notices.c.message_key == key)

    def _day(self, at: datetime) -> date:
        """The shop's own day of a moment."""
        profile = self._connection.execute(select(tenants.c.profile).where(self._mine(tenants))).scalar_one()
        return at.astimezone(ZoneInfo(profile.time_zone)).date()

    def _notice_row(self, record: NoticeRecord) -> dict[str, Any]:
        notice = record.notice
        window = notice.new_window
        return self._row(
            id=record.notice_id,
            order_id=record.order_id,
            line_id=record.line_id,
            kind=notice.kind,
            region=record.region,
            rules_version=record.rules_version,
            old_day=notice.old_day,
            new_earliest=window.earliest if window else None,
            new_latest=window.latest if window else None,
            reason=record.reason,
            decided_at=record.decided_at,
            decided_on=notice.decided_on,
            send_by=notice.send_by,
            silence=notice.silence,
            answer_by=notice.answer_by,
            message_key=record.message_key,
            bounced_at=record.bounced_at,
            part=record.part,
            units=record.units,
        )


def _telling(row: Row[Any]) -> Telling:
    window = DateWindow(row.earliest, row.latest) if row.earliest else None
    return Telling(row.order_id, row.line_id, row.at, row.surface, row.locale, window, row.text, row.basis)


def _record(row: Row[Any]) -> NoticeRecord:
    notice = Notice(
        kind=row.kind,
        old_day=row.old_day,
        new_window=DateWindow(row.new_earliest, row.new_latest) if row.new_earliest else None,
        decided_on=row.decided_on,
        send_by=row.send_by,
        silence=row.silence,
        answer_by=row.answer_by,
        sent_on=row.sent_on,
        bounced=row.bounced_at is not None,
        answer=row.answer,
        answered_on=row.answered_on,
        reminded_on=row.reminded_on,
    )
    return NoticeRecord(
        notice_id=row.id,
        order_id=row.order_id,
        line_id=row.line_id,
        notice=notice,
        region=row.region,
        reason=row.reason,
        rules_version=row.rules_version,
        decided_at=row.decided_at,
        message_key=row.message_key,
        sent_at=row.sent_at,
        bounced_at=row.bounced_at,
        reminder_bounced_at=row.reminder_bounced_at,
        answered_at=row.answered_at,
        channel=row.channel,
        part=row.part,
        units=row.units,
    )

"""Cancelled units and what became of their money: add, claim a refund that is due, finish or park it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, exists, insert, select, update
from sqlalchemy.sql.dml import Update

from plugin.adapters.db.repository import NOT_PARKED, Repository, chunks
from plugin.adapters.db.tables import cancellations
from plugin.domain.ids import OrderId
from plugin.services.errors import GiveUp
from plugin.services.ports.notices import Cancellation, CancellationState
from plugin.services.ports.shop import RefundMade

LEASE = timedelta(minutes=5)
"""Longer than a quote and a refund are waited for."""
TRIES_SO_FAR = case((cancellations.c.parked_reason.is_not(None), 0), else_=cancellations.c.attempts)


class SqlCancellations(Repository):
    def add(self, new: Sequence[Cancellation]) -> list[int]:
        ids = list(self._new_ids(cancellations, len(new)))
        rows = [
            self._row(
                id=new_id,
                order_id=one.order_id,
                line_id=one.line_id,
                units=one.units,
                cause=one.cause,
                state=one.state,
                decided_at=one.decided_at,
                refund_due=one.refund_due,
                with_shipping=one.with_shipping,
                is_offline=False,
                due_at=one.decided_at if one.state is CancellationState.DECIDED else None,
            )
            for new_id, one in zip(ids, new, strict=True)
        ]
        if rows:
            self._connection.execute(insert(cancellations), rows)
        return ids

    def of_orders(self, orders: Collection[OrderId]) -> list[Cancellation]:
        found: list[Cancellation] = []
        for some in chunks(orders):
            query = select(cancellations).where(self._mine(cancellations), cancellations.c.order_id.in_(some))
            found += [_cancellation(row) for row in self._connection.execute(query.order_by(cancellations.c.id))]
        return found

    def in_state(self, state: CancellationState, *, limit: int) -> list[Cancellation]:
        query = select(cancellations).where(self._mine(cancellations), cancellations.c.state == state)
        return [_cancellation(row) for row in self._connection.execute(query.order_by(cancellations.c.id).limit(limit))]

    def claim(self, *, at: datetime, limit: int) -> list[Cancellation]:
        due = (
            select(cancellations.c.id)
            .where(self._mine(cancellations), cancellations.c.due_at <= at)
            .order_by(cancellations.c.due_at, cancellations.c.id)
            .limit(limit)
        )
        claim = (
            update(cancellations)
            .where(self._mine(cancellations), cancellations.c.id.in_(due), cancellations.c.due_at <= at)
            .values(due_at=at + LEASE, attempts=cancellations.c.attempts + 1)
            .returning(cancellations)
        )
        rows = self._connection.execute(claim).all()
        return sorted((_cancellation(row) for row in rows), key=lambda one: one.cancellation_id)

    def decide(
        self, units: Mapping[int, int], *, at: datetime, refund_due: date, with_shipping: int | None = None
    ) -> None:
        for cancellation, count in sorted(units.items()):
            self._connection.execute(
                self._change(cancellation)
                .where(cancellations.c.state == CancellationState.PROPOSED)
                .values(
                    state=CancellationState.DECIDED,
                    units=count,
                    decided_at=at,
                    refund_due=refund_due,
                    due_at=at,
                    with_shipping=cancellation == with_shipping,
                )
            )

    def dismiss(self, ids: Collection[int]) -> None:
        for some in chunks(ids):
            self._connection.execute(
                update(cancellations)
                .where(
                    self._mine(cancellations),
                    cancellations.c.id.in_(some),
                    cancellations.c.state == CancellationState.PROPOSED,
                )
                .values(state=CancellationState.DISMISSED)
            )

    def refunded(self, cancellation: int, made: RefundMade, *, at: datetime) -> None:
        self._connection.execute(
            self._change(cancellation).values(
                state=CancellationState.REFUNDED,
                due_at=None,
                refunded_at=at,
                remote_id=made.remote_id,
                amount=made.amount,
                is_offline=made.is_offline,
                **NOT_PARKED,
            )
        )

    def postpone(self, cancellation: int, *, until: datetime) -> None:
        self._connection.execute(
            self._change(cancellation)
            .where(cancellations.c.state == CancellationState.DECIDED)
            .values(due_at=until, attempts=TRIES_SO_FAR, **NOT_PARKED)
        )

    def park(self, cancellation: int, problem: GiveUp) -> None:
        self._connection.execute(self._change(cancellation).values(self._parked(problem)))

    def has_due(self, *, at: datetime) -> bool:
        due = select(cancellations.c.id).where(self._mine(cancellations), cancellations.c.due_at <= at)
        return bool(self._connection.execute(select(exists(due))).scalar_one())

    def _change(self, cancellation: int) -> Update:
        return update(cancellations).where(self._mine(cancellations), cancellations.c.id == cancellation)


def _cancellation(row: Row[Any]) -> Cancellation:
    return Cancellation(
        cancellation_id=row.id,
        order_id=row.order_id,
        line_id=row.line_id,
        units=row.units,
        cause=row.cause,
        state=row.state,
        decided_at=row.decided_at,
        refund_due=row.refund_due,
        refunded_at=row.refunded_at,
        amount=row.amount,
        is_offline=row.is_offline,
        with_shipping=row.with_shipping,
        problem=str(row.parked_explanation or ""),
        attempts=row.attempts,
    )

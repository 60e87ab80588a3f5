"""Stock levels as the shop had them, and the ledger of what we changed there."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, exists, insert, select, update

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import stock_levels, stock_moves
from plugin.domain.ids import ItemId, LocationId
from plugin.domain.stock import StockLevel, StockMove
from plugin.services.ports.stock import MoveRecord, MoveState, StockRecord

OPEN = frozenset({MoveState.WANTED, MoveState.SENDING})


class SqlStock(Repository):
    def records(self, items: Collection[ItemId]) -> dict[ItemId, list[StockRecord]]:
        found: dict[ItemId, list[StockRecord]] = {}
        for some in chunks(items):
            query = select(stock_levels).where(self._mine(stock_levels), stock_levels.c.item_id.in_(some))
            ordered = query.order_by(stock_levels.c.item_id, stock_levels.c.location_id)
            for row in self._connection.execute(ordered):
                found.setdefault(row.item_id, []).append(_record(row))
        return found

    def save(self, records: Sequence[StockRecord]) -> None:
        self._upsert(stock_levels, [self._level_row(record) for record in records])

    def has_location(self, location: LocationId) -> bool:
        query = select(stock_levels.c.location_id).where(
            self._mine(stock_levels), stock_levels.c.location_id == location
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def locations(self) -> set[LocationId]:
        query = select(stock_levels.c.location_id).where(self._mine(stock_levels)).distinct()
        return {LocationId(number) for number in self._connection.execute(query).scalars()}

    def add_moves(self, moves: Sequence[StockMove], *, at: datetime) -> None:
        ids = self._new_ids(stock_moves, len(moves))
        rows = [self._move_row(move, new_id, at) for move, new_id in zip(moves, ids, strict=True)]
        if rows:
            self._connection.execute(insert(stock_moves), rows)

    def moves(
        self, items: Collection[ItemId], states: Collection[MoveState], *, changed_since: datetime | None = None
    ) -> list[MoveRecord]:
        found: list[MoveRecord] = []
        for some in chunks(items):
            query = select(stock_moves).where(
                self._mine(stock_moves), stock_moves.c.item_id.in_(some), stock_moves.c.state.in_(states)
            )
            if OPEN.issuperset(states):
                query = query.where(stock_moves.c.is_open)
            elif OPEN.isdisjoint(states):
                query = query.where(~stock_moves.c.is_open)
            if changed_since is not None:
                query = query.where(stock_moves.c.changed_at >= changed_since)
            found += [_move(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda record: record.move_id)

    def claim_moves(self, *, at: datetime, limit: int) -> list[MoveRecord]:
        """None of a place where the outcome of another move is open: two unknown outcomes could not be told apart."""
        is_wanted = stock_moves.c.is_open & (stock_moves.c.state == MoveState.WANTED)
        wanted = (
            select(stock_moves.c.id)
            .where(self._mine(stock_moves), is_wanted, ~in_flight_at(stock_moves))
            .order_by(stock_moves.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=stock_moves)
        )
        claim = (
            update(stock_moves)
            .where(self._mine(stock_moves), stock_moves.c.id.in_(wanted))
            .values(state=MoveState.SENDING, changed_at=at)
            .returning(stock_moves)
        )
        return sorted((_move(row) for row in self._connection.execute(claim)), key=lambda record: record.move_id)

    def stale_moves(self, *, sent_before: datetime) -> list[MoveRecord]:
        query = select(stock_moves).where(
            self._mine(stock_moves),
            stock_moves.c.is_open,
            stock_moves.c.state == MoveState.SENDING,
            stock_moves.c.changed_at <= sent_before,
        )
        return [_move(row) for row in self._connection.execute(query.order_by(stock_moves.c.id))]

    def finish_moves(self, ids: Collection[int], state: MoveState, *, at: datetime) -> None:
        for some in chunks(ids):
            self._connection.execute(
                update(stock_moves)
                .where(self._mine(stock_moves), stock_moves.c.id.in_(some))
                .values(state=state, is_open=state in OPEN, changed_at=at)
            )

    def has_wanted_moves(self) -> bool:
        query = select(stock_moves.c.id).where(
            self._mine(stock_moves), stock_moves.c.is_open, stock_moves.c.state == MoveState.WANTED
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def _level_row(self, record: StockRecord) -> dict[str, Any]:
        level = record.level
        return self._row(
            item_id=level.item_id,
            location_id=level.location_id,
            on_hand=level.on_hand,
            safety_stock=level.safety_stock,
            backordered=level.backordered,
            backorder_limit=level.backorder_limit,
            virtual_units=level.virtual_units,
            expected=record.expected,
            suspicion=record.suspicion,
            read_at=record.read_at,
        )

    def _move_row(self, move: StockMove, new_id: int, at: datetime) -> dict[str, Any]:
        return self._row(
            id=new_id,
            item_id=move.item_id,
            location_id=move.location_id,
            quantity=move.quantity,
            backordered=move.backordered,
            virtual_units=move.virtual_units,
            reason=move.reason,
            state=MoveState.WANTED,
            is_open=True,
            changed_at=at,
            cause_id=self._transaction.cause_id(),
        )


def in_flight_at(moves: Table) -> ColumnElement[bool]:
    """Whether another move was sent for the place of this one, and its outcome is open."""
    other = stock_moves.alias("other")
    return exists().where(
        other.c.tenant_id == moves.c.tenant_id,
        other.c.item_id == moves.c.item_id,
        other.c.location_id == moves.c.location_id,
        other.c.is_open,
        other.c.state == MoveState.SENDING,
    )


def _record(row: Row[Any]) -> StockRecord:
    level = StockLevel(
        item_id=row.item_id,
        location_id=row.location_id,
        on_hand=row.on_hand,
        safety_stock=row.safety_stock,
        backordered=row.backordered,
        backorder_limit=row.backorder_limit,
        virtual_units=row.virtual_units,
    )
    return StockRecord(level, row.expected, row.suspicion, row.read_at)


def _move(row: Row[Any]) -> MoveRecord:
    move = StockMove(row.item_id, row.location_id, row.quantity, row.backordered, row.virtual_units, reason=row.reason)
    return MoveRecord(row.id, move, row.state, row.changed_at, row.cause_id)

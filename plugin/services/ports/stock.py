"""How many there are: levels as the platform counts them, and the ledger of what we changed there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from plugin.domain.ids import (
    ItemId,
    LocationId,
)
from plugin.domain.reading import Suspicion
from plugin.domain.stock import StockLevel, StockMove

StockPlace = tuple[ItemId, LocationId]


@dataclass(frozen=True, slots=True)
class StockRecord:
    """A level as the platform showed it last, and what it should show next.

    `expected` is the platform's own number (on hand minus backordered, virtual units included) after the orders and
    the finished moves we know of. One record per item and location.
    """

    level: StockLevel
    expected: int
    suspicion: Suspicion | None = None
    read_at: datetime | None = None

    def moved(self, move: StockMove) -> "StockRecord":
        """The record once a move of ours has taken effect."""
        return replace(self, level=self.level.moved(move), expected=self.expected + move.number)


class MoveState(StrEnum):
    WANTED = "wanted"
    SENDING = "sending"
    """Claimed; if it stays so, the worker died and the outcome is unknown."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MoveRecord:
    move_id: int
    move: StockMove
    state: MoveState
    changed_at: datetime
    """When it came into this state."""
    cause_id: int | None = field(default=None, compare=False)


class Stock(Protocol):
    def records(self, items: Collection[ItemId]) -> dict[ItemId, list[StockRecord]]: ...
    def save(self, records: Sequence[StockRecord]) -> None: ...
    def add_moves(self, moves: Sequence[StockMove], *, at: datetime) -> None: ...
    def moves(
        self, items: Collection[ItemId], states: Collection[MoveState], *, changed_since: datetime | None = None
    ) -> list[MoveRecord]:
        """Oldest first."""
        ...

    def claim_moves(self, *, at: datetime, limit: int) -> list[MoveRecord]:
        """Turn up to `limit` wanted moves to sending, none at a place where another is still being sent."""
        ...

    def stale_moves(self, *, sent_before: datetime) -> list[MoveRecord]:
        """Moves still sending since before that: the worker died or the answer was lost."""
        ...

    def has_location(self, location: LocationId) -> bool:
        """Whether the shop keeps a level of anything there."""
        ...

    def locations(self) -> set[LocationId]: ...
    def finish_moves(self, ids: Collection[int], state: MoveState, *, at: datetime) -> None: ...
    def has_wanted_moves(self) -> bool: ...

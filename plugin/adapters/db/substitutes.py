"""What may be sent instead of an item, and what shoppers chose of it. A choice is settled once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import order_lines, substitute_choices, substitutes
from plugin.domain.ids import ItemId, OrderId
from plugin.domain.substitute import ChoiceState, Substitute, SubstituteChoice

IS_OPEN = substitute_choices.c.settled_at.is_(None)
KEPT = (
    "order_id",
    "line_id",
    "item_id",
    "substitute",
    "name",
    "units",
    "wanted_before",
    "had_before",
    "chosen_at",
    "channel",
    "state",
    "settled_at",
)


class SqlSubstitutes(Repository):
    def of_items(self, items: Collection[ItemId]) -> dict[ItemId, tuple[Substitute, ...]]:
        found: dict[ItemId, tuple[Substitute, ...]] = {}
        for some in chunks(items):
            query = select(substitutes).where(self._mine(substitutes), substitutes.c.item_id.in_(some))
            for row in self._connection.execute(query.order_by(substitutes.c.item_id, substitutes.c.position)):
                found[row.item_id] = (*found.get(row.item_id, ()), Substitute(row.substitute, row.note))
        return found

    def save(self, item: ItemId, allowed: Sequence[Substitute]) -> None:
        self._connection.execute(delete(substitutes).where(self._mine(substitutes), substitutes.c.item_id == item))
        rows = [
            self._row(item_id=item, substitute=each.item_id, position=position, note=each.note)
            for position, each in enumerate(allowed)
        ]
        if rows:
            self._connection.execute(insert(substitutes), rows)

    def add_choice(self, choice: SubstituteChoice) -> int:
        (new_id,) = self._new_ids(substitute_choices, 1)
        row = self._row(id=new_id, **{name: getattr(choice, name) for name in KEPT})
        self._connection.execute(insert(substitute_choices), row)
        self._show_on_line(choice, choice.name)
        return new_id

    def choices(self, orders: Collection[OrderId]) -> list[SubstituteChoice]:
        found: list[SubstituteChoice] = []
        for some in chunks(orders):
            query = select(substitute_choices).where(
                self._mine(substitute_choices), substitute_choices.c.order_id.in_(some)
            )
            found += [_choice(row) for row in self._connection.execute(query.order_by(substitute_choices.c.id))]
        return found

    def choice(self, choice_id: int) -> SubstituteChoice | None:
        this = self._mine(substitute_choices) & (substitute_choices.c.id == choice_id)
        row = self._connection.execute(select(substitute_choices).where(this)).one_or_none()
        return _choice(row) if row else None

    def open_choices(self, *, after: int = 0, limit: int) -> list[SubstituteChoice]:
        query = select(substitute_choices).where(
            self._mine(substitute_choices), IS_OPEN, substitute_choices.c.id > after
        )
        rows = self._connection.execute(query.order_by(substitute_choices.c.id).limit(limit))
        return [_choice(row) for row in rows]

    def settle(self, choice: SubstituteChoice, state: ChoiceState, *, at: datetime) -> bool:
        this = self._mine(substitute_choices) & (substitute_choices.c.id == choice.choice_id)
        settled = update(substitute_choices).where(this, IS_OPEN).values(state=state, settled_at=at)
        if not self._connection.execute(settled).rowcount:
            return False
        self._show_on_line(choice, None)
        return True

    def spoken_for(self, items: Collection[ItemId]) -> dict[ItemId, int]:
        found: dict[ItemId, int] = {}
        for some in chunks(items):
            query = (
                select(substitute_choices.c.substitute, func.sum(substitute_choices.c.units))
                .where(self._mine(substitute_choices), IS_OPEN, substitute_choices.c.substitute.in_(some))
                .group_by(substitute_choices.c.substitute)
            )
            found.update((item, int(units)) for item, units in self._connection.execute(query))
        return found

    def _show_on_line(self, choice: SubstituteChoice, name: str | None) -> None:
        """For the merchant's list."""
        this = (order_lines.c.order_id == choice.order_id) & (order_lines.c.line_id == choice.line_id)
        self._connection.execute(update(order_lines).where(self._mine(order_lines), this).values(instead=name))


def _choice(row: Row[Any]) -> SubstituteChoice:
    return SubstituteChoice(choice_id=row.id, **{name: getattr(row, name) for name in KEPT})

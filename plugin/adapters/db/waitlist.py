"""People who asked to be told when an item is back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, literal, select, update

from plugin.adapters.db.repository import Repository, chunks, insert_into
from plugin.adapters.db.tables import waitlist
from plugin.domain.ids import ItemId
from plugin.services.ports import WaitlistEntry, WaitlistState

OVER = (WaitlistState.TOLD, WaitlistState.LEFT)


class SqlWaitlist(Repository):
    def add(self, item: ItemId, email: str, *, locale: str, quantity: int, at: datetime) -> WaitlistEntry:
        """Addresses are compared without regard to case. Whoever still waits keeps the place in line."""
        (new_id,) = self._new_ids(waitlist, 1)
        insert = insert_into(self._connection, waitlist).values(
            self._row(
                id=new_id,
                item_id=item,
                email=email.strip().lower(),
                locale=locale,
                quantity=quantity,
                state=WaitlistState.UNCONFIRMED,
                is_waiting=False,
                asked_at=at,
                changed_at=at,
            )
        )
        is_over = waitlist.c.state.in_(OVER)
        unconfirmed = literal(WaitlistState.UNCONFIRMED, waitlist.c.state.type)
        upsert = insert.on_conflict_do_update(
            index_elements=["tenant_id", "item_id", "email"],
            set_={
                "locale": insert.excluded.locale,
                "quantity": insert.excluded.quantity,
                "state": case((is_over, unconfirmed), else_=waitlist.c.state),
                "asked_at": case((is_over, insert.excluded.asked_at), else_=waitlist.c.asked_at),
                "changed_at": insert.excluded.changed_at,
            },
        )
        return _entry(self._connection.execute(upsert.returning(waitlist)).one())

    def get(self, entry: int) -> WaitlistEntry | None:
        row = self._connection.execute(select(waitlist).where(self._mine(waitlist), waitlist.c.id == entry)).first()
        return None if row is None else _entry(row)

    def save_state(self, entry: int, state: WaitlistState, *, at: datetime) -> None:
        self._connection.execute(
            update(waitlist)
            .where(self._mine(waitlist), waitlist.c.id == entry)
            .values(state=state, is_waiting=state is WaitlistState.WAITING, changed_at=at)
        )

    def items_waited_for(self, items: Collection[ItemId]) -> set[ItemId]:
        found: set[ItemId] = set()
        for some in chunks(items):
            query = select(waitlist.c.item_id).where(
                self._mine(waitlist), waitlist.c.item_id.in_(some), waitlist.c.is_waiting
            )
            found.update(self._connection.execute(query.distinct()).scalars())
        return found

    def waiting_for(self, item: ItemId, *, limit: int) -> list[WaitlistEntry]:
        query = select(waitlist).where(self._mine(waitlist), waitlist.c.item_id == item, waitlist.c.is_waiting)
        oldest = query.order_by(waitlist.c.asked_at, waitlist.c.id).limit(limit)
        return [_entry(row) for row in self._connection.execute(oldest)]

    def told_since(self, items: Collection[ItemId], since: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        found: dict[ItemId, list[WaitlistEntry]] = {}
        for some in chunks(items):
            query = select(waitlist).where(
                self._mine(waitlist),
                waitlist.c.item_id.in_(some),
                waitlist.c.state == WaitlistState.TOLD,
                waitlist.c.changed_at > since,
            )
            for row in self._connection.execute(query.order_by(waitlist.c.changed_at, waitlist.c.id)):
                found.setdefault(row.item_id, []).append(_entry(row))
        return found


def _entry(row: Row[Any]) -> WaitlistEntry:
    return WaitlistEntry(row.id, row.item_id, row.email, row.locale, row.quantity, row.state, row.asked_at)

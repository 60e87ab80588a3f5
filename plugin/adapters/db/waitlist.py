"""People who asked to be told when an item is back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from plugin.adapters.db.repository import Repository, Transaction, chunks, insert_into
from plugin.adapters.db.tables import waitlist
from plugin.adapters.db.waitlist_totals import WaitlistTotals
from plugin.domain.ids import ItemId, OrderId
from plugin.services.ports.waitlist import WaitlistEntry, WaitlistState

OVER = (WaitlistState.TOLD, WaitlistState.BOUGHT, WaitlistState.LEFT)
ASKING = (WaitlistState.UNCONFIRMED, WaitlistState.WAITING, WaitlistState.TOLD)


class SqlWaitlist(Repository):
    def __init__(self, transaction: Transaction, totals: WaitlistTotals) -> None:
        super().__init__(transaction)
        self._totals = totals

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
        as_it_is = insert.on_conflict_do_update(  # locks an earlier entry, and says what it was
            index_elements=["tenant_id", "item_id", "email"], set_={"email": insert.excluded.email}
        )
        row = self._connection.execute(as_it_is.returning(waitlist)).one()
        if row.id != new_id:
            return self._ask_again(row, locale=locale, quantity=quantity, at=at)
        self._totals.note(None, row)
        return _entry(row)

    def _ask_again(self, row: Row[Any], *, locale: str, quantity: int, at: datetime) -> WaitlistEntry:
        starts_over: dict[str, Any] = {
            "state": WaitlistState.UNCONFIRMED,
            "asked_at": at,
            "claim_until": None,
            "order_id": None,
            "bought_at": None,
        }
        changes = starts_over if row.state in OVER else {}
        return _entry(self._change(row, locale=locale, quantity=quantity, changed_at=at, **changes))

    def get(self, entry: int) -> WaitlistEntry | None:
        row = self._connection.execute(select(waitlist).where(self._mine(waitlist), waitlist.c.id == entry)).first()
        return None if row is None else _entry(row)

    def save_state(self, entry: int, state: WaitlistState, *, at: datetime) -> None:
        if (row := self._locked(entry)) is not None:
            self._enter(row, state, at=at)

    def tell(self, entry: int, *, at: datetime, until: datetime, message_key: str) -> bool:
        row = self._locked(entry)
        if row is None or not row.is_waiting:
            return False
        self._enter(row, WaitlistState.TOLD, at=at, claim_until=until, message_key=message_key)
        return True

    def bought(self, entry: int, order: OrderId, *, at: datetime) -> None:
        if (row := self._locked(entry)) is not None:
            self._enter(row, WaitlistState.BOUGHT, at=at, order_id=order, bought_at=at)

    def _locked(self, entry: int) -> Row[Any] | None:
        query = select(waitlist).where(self._mine(waitlist), waitlist.c.id == entry)
        return self._connection.execute(query.with_for_update()).first()

    def _enter(
        self, row: Row[Any], state: WaitlistState, *, at: datetime, claim_until: datetime | None = None, **more: Any
    ) -> None:
        told = {"told_at": at} if state is WaitlistState.TOLD else {}
        is_waiting = state is WaitlistState.WAITING
        self._change(row, state=state, is_waiting=is_waiting, changed_at=at, claim_until=claim_until, **told, **more)

    def _change(self, row: Row[Any], **values: Any) -> Row[Any]:
        """Write a locked row, and note what it changes of the totals."""
        this = self._mine(waitlist) & (waitlist.c.id == row.id)
        changed = self._connection.execute(update(waitlist).where(this).values(values).returning(waitlist)).one()
        self._totals.note(row, changed)
        return changed

    def wants(self, items: Collection[ItemId], emails: Collection[str]) -> list[WaitlistEntry]:
        wanted = sorted({email.strip().lower() for email in emails})
        found: list[WaitlistEntry] = []
        for some in chunks(items):
            for addresses in chunks(wanted):
                query = select(waitlist).where(
                    self._mine(waitlist),
                    waitlist.c.item_id.in_(some),
                    waitlist.c.email.in_(addresses),
                    waitlist.c.state.in_(ASKING),
                )
                found += [_entry(row) for row in self._connection.execute(query.order_by(waitlist.c.id))]
        return found

    def items_waited_for(self, items: Collection[ItemId] | None = None) -> set[ItemId]:
        if items is None:
            everything = select(waitlist.c.item_id).where(self._mine(waitlist), waitlist.c.is_waiting)
            return set(self._connection.execute(everything.distinct()).scalars())
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
        return self._told(items, waitlist.c.changed_at > since)

    def claims(self, items: Collection[ItemId], *, at: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        return self._told(items, waitlist.c.claim_until > at)

    def _told(self, items: Collection[ItemId], which: ColumnElement[bool]) -> dict[ItemId, list[WaitlistEntry]]:
        found: dict[ItemId, list[WaitlistEntry]] = {}
        for some in chunks(items):
            query = select(waitlist).where(
                self._mine(waitlist), waitlist.c.item_id.in_(some), waitlist.c.state == WaitlistState.TOLD, which
            )
            for row in self._connection.execute(query.order_by(waitlist.c.changed_at, waitlist.c.id)):
                found.setdefault(row.item_id, []).append(_entry(row))
        return found


def _entry(row: Row[Any]) -> WaitlistEntry:
    return WaitlistEntry(
        entry_id=row.id,
        item_id=row.item_id,
        email=row.email,
        locale=row.locale,
        quantity=row.quantity,
        state=row.state,
        asked_at=row.asked_at,
        told_at=row.told_at,
        claim_until=row.claim_until,
        message_key=row.message_key,
        order_id=row.order_id,
    )

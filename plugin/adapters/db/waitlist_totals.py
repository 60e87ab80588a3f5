"""What the waitlist adds up to, item by item: noted with every entry that changes, written at the end of its transaction.

At the end and in the order of items, so that two who change the same items never wait for each other in a circle. `recount`
counts everything again, and sets right what a process of an older version wrote beside us.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, literal, select, true, update

from plugin.adapters.db.repository import Repository, Transaction, chunks, insert_into
from plugin.adapters.db.tables import waitlist, waitlist_totals
from plugin.domain.ids import ItemId, TenantId
from plugin.services.ports.waitlist import WaitlistState

ADDED_UP = ("entries", "people", "units", "unconfirmed", "told", "bought")
"""Each entry's part in them can be told from the entry alone."""
COUNTED = (*ADDED_UP, "waves", "last_told_at")


class WaitlistTotals(Repository):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._sums: defaultdict[ItemId, Counter[str]] = defaultdict(Counter)
        self._tellings: defaultdict[ItemId, Counter[datetime]] = defaultdict(Counter)

    def note(self, before: Row[Any] | None, after: Row[Any] | None) -> None:
        """An entry as it was and as it is; None where there was or is none."""
        for row, sign in ((before, -1), (after, 1)):
            if row is not None:
                for name, units in _parts_of(row).items():
                    self._sums[row.item_id][name] += sign * units
                if row.told_at is not None:
                    self._tellings[row.item_id][row.told_at] += sign

    def write(self) -> None:
        """Add what was noted. The first statement locks the items' totals, so that waves are counted one after the other."""
        tellings = {item: {at: net for at, net in moments.items() if net} for item, moments in self._tellings.items()}
        changed = sorted(item for item, sums in self._sums.items() if any(sums.values()) or tellings.get(item))
        if not changed:
            return
        self._connection.execute(self._added(), [self._row(item_id=item, **self._of(item)) for item in changed])
        for item in changed:
            if tellings.get(item):
                self._count_waves(item, tellings[item])
        for some in chunks(changed):
            empty = waitlist_totals.c.item_id.in_(some) & (waitlist_totals.c.entries == 0)
            self._connection.execute(delete(waitlist_totals).where(self._mine(waitlist_totals), empty))

    def _of(self, item: ItemId) -> dict[str, int]:
        return {name: self._sums[item][name] for name in ADDED_UP}

    def _added(self) -> Any:
        adding = insert_into(self._connection, waitlist_totals)
        return adding.on_conflict_do_update(
            index_elements=["tenant_id", "item_id"],
            set_={name: waitlist_totals.c[name] + adding.excluded[name] for name in ADDED_UP},
        )

    def _count_waves(self, item: ItemId, tellings: dict[datetime, int]) -> None:
        """A wave is everybody who was told at one moment; the last one is found at the end of the index."""
        told = self._mine(waitlist) & (waitlist.c.item_id == item) & waitlist.c.told_at.is_not(None)
        last = select(func.max(waitlist.c.told_at)).where(told).scalar_subquery()
        new = sum(self._is_new(item, at, net) for at, net in tellings.items())
        self._connection.execute(
            update(waitlist_totals)
            .where(self._mine(waitlist_totals), waitlist_totals.c.item_id == item)
            .values(waves=waitlist_totals.c.waves + new, last_told_at=last)
        )

    def _is_new(self, item: ItemId, at: datetime, net: int) -> int:
        """1 if this moment was nobody's before, -1 if it is nobody's any more; looks at no more entries than changed."""
        told = self._mine(waitlist) & (waitlist.c.item_id == item) & (waitlist.c.told_at == at)
        some = select(literal(1)).where(told).limit(max(net, 0) + 1).subquery()
        found = self._connection.execute(select(func.count()).select_from(some)).scalar_one()
        return int(found > 0) - int(found > net)


def recount(connection: Connection, tenant: TenantId) -> None:
    """Count all of a store's entries, and write the totals that differ."""
    mine = waitlist_totals.c.tenant_id == tenant
    in_order = select(waitlist_totals.c.item_id).where(mine).order_by(waitlist_totals.c.item_id)
    connection.execute(in_order.with_for_update()).all()
    counted = _counted(tenant)
    still_wanted = exists().where(waitlist.c.tenant_id == tenant, waitlist.c.item_id == waitlist_totals.c.item_id)
    connection.execute(delete(waitlist_totals).where(mine, ~still_wanted))
    names = ("tenant_id", "item_id", *COUNTED)
    kept = select(*(waitlist_totals.c[name] for name in names)).where(mine)
    differing = counted.except_(kept).subquery()
    adding = insert_into(connection, waitlist_totals).from_select(names, select(differing).where(true()))
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["tenant_id", "item_id"], set_={name: adding.excluded[name] for name in COUNTED}
        )
    )


def _parts_of(row: Row[Any]) -> dict[str, int]:
    is_waiting, was_told = row.state is WaitlistState.WAITING, row.told_at is not None
    return {
        "entries": 1,
        "people": int(is_waiting),
        "units": row.quantity if is_waiting else 0,
        "unconfirmed": int(row.state is WaitlistState.UNCONFIRMED),
        "told": int(was_told),
        "bought": int(was_told and row.bought_at is not None and row.bought_at >= row.told_at),
    }


def _counted(tenant: TenantId) -> Select[Any]:
    """The same from the entries themselves, in the order of COUNTED."""
    entry = waitlist.c
    is_waiting = entry.state == WaitlistState.WAITING
    return (
        select(
            entry.tenant_id,
            entry.item_id,
            func.count().label("entries"),
            func.count().filter(is_waiting).label("people"),
            func.coalesce(func.sum(entry.quantity).filter(is_waiting), 0).label("units"),
            func.count().filter(entry.state == WaitlistState.UNCONFIRMED).label("unconfirmed"),
            func.count(entry.told_at).label("told"),
            func.count().filter(entry.bought_at >= entry.told_at).label("bought"),
            func.count(entry.told_at.distinct()).label("waves"),
            func.max(entry.told_at).label("last_told_at"),
        )
        .where(entry.tenant_id == tenant)
        .group_by(entry.tenant_id, entry.item_id)
    )

"""What the shop's pages said of items until a plan changed it, and what shoppers chose for their carts."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import carts, items, shown
from plugin.domain.ids import ItemId
from plugin.domain.order import Sending
from plugin.domain.plan import Offer

SHOWN_KEPT = timedelta(days=3)
"""An order is heard of within minutes, at worst after a reconcile; later nobody asks what its page said."""
CARTS_KEPT = timedelta(days=30)
"""As long as the platform keeps a cart that nobody touches."""


class SqlShown(Repository):
    def supersede(self, offers: Mapping[ItemId, Offer], *, at: datetime) -> None:
        rows = [self._row(item_id=item, until=at, offer=offer) for item, offer in sorted(offers.items())]
        self._upsert(shown, rows)

    def at(self, moment: datetime, ids: Collection[ItemId]) -> dict[ItemId, Offer]:
        """The first that was still said after the moment; where none was superseded since, what is said now."""
        found: dict[ItemId, Offer] = {}
        for some in chunks(ids):
            now = select(items.c.item_id, items.c.offer).where(
                self._mine(items), items.c.item_id.in_(some), items.c.offer.is_not(None)
            )
            found.update((row.item_id, row.offer) for row in self._connection.execute(now))
            first = (
                select(shown.c.item_id, func.min(shown.c.until).label("until"))
                .where(self._mine(shown), shown.c.item_id.in_(some), shown.c.until > moment)
                .group_by(shown.c.item_id)
                .subquery()
            )
            then = select(shown.c.item_id, shown.c.offer).join(
                first, (shown.c.item_id == first.c.item_id) & (shown.c.until == first.c.until)
            )
            found.update((row.item_id, row.offer) for row in self._connection.execute(then.where(self._mine(shown))))
        return found


class SqlCarts(Repository):
    def save(self, cart_id: str, sending: Sending, *, at: datetime) -> None:
        self._upsert(carts, [self._row(cart_id=cart_id, sending=sending, changed_at=at)])

    def sendings(self, ids: Collection[str]) -> dict[str, Sending]:
        found: dict[str, Sending] = {}
        for some in chunks(ids):
            query = select(carts.c.cart_id, carts.c.sending).where(self._mine(carts), carts.c.cart_id.in_(some))
            found.update((row.cart_id, row.sending) for row in self._connection.execute(query))
        return found


def forget_old(connection: Connection, *, at: datetime) -> None:
    """For every store at once: nobody needs these rows any more."""
    connection.execute(delete(shown).where(shown.c.until <= at - SHOWN_KEPT))
    connection.execute(delete(carts).where(carts.c.changed_at <= at - CARTS_KEPT))

"""What the shop's pages said of items until a plan changed it, and what shoppers chose for their carts."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, null, select

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

    def since(
        self, moment: datetime, ids: Collection[ItemId]
    ) -> dict[ItemId, tuple[tuple[datetime | None, Offer], ...]]:
        found: dict[ItemId, list[tuple[datetime | None, Offer]]] = {}
        for some in chunks(ids):
            ended = select(shown.c.item_id, shown.c.until, shown.c.offer).where(
                self._mine(shown), shown.c.item_id.in_(some), shown.c.until > moment
            )
            standing = select(items.c.item_id, null().label("until"), items.c.offer).where(
                self._mine(items), items.c.item_id.in_(some), items.c.offer.is_not(None)
            )
            for query in (ended.order_by(shown.c.item_id, shown.c.until), standing):
                for row in self._connection.execute(query):
                    found.setdefault(row.item_id, []).append((row.until, row.offer))
        return {item: tuple(said) for item, said in found.items()}


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

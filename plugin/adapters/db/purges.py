"""Products, or whole stores, whose pages a cache in front should forget; services/purging.py tells it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import page_purges
from plugin.domain.ids import ProductId
from plugin.services.ports.publications import Purge


class SqlPurges(Repository):
    def want(self, products: Collection[ProductId], *, due_at: datetime) -> None:
        self._upsert(page_purges, [self._row(product_id=each, due_at=due_at, attempts=0) for each in products])

    def due(self, *, at: datetime, limit: int) -> list[Purge]:
        columns = (page_purges.c.product_id, page_purges.c.due_at, page_purges.c.attempts)
        query = select(*columns).where(self._mine(page_purges), page_purges.c.due_at <= at)
        oldest = query.order_by(page_purges.c.due_at, page_purges.c.product_id).limit(limit)
        return [Purge(*row) for row in self._connection.execute(oldest)]

    def done(self, purges: Collection[Purge]) -> None:
        for purge in sorted(purges, key=lambda each: each.product_id):
            self._connection.execute(delete(page_purges).where(*self._this(purge)))

    def postpone(self, purge: Purge, *, until: datetime) -> None:
        values = {"due_at": until, "attempts": page_purges.c.attempts + 1}
        self._connection.execute(update(page_purges).where(*self._this(purge)).values(values))

    def _this(self, purge: Purge) -> tuple[ColumnElement[bool], ...]:
        is_as_read = page_purges.c.due_at == purge.due_at
        return self._mine(page_purges), page_purges.c.product_id == purge.product_id, is_as_read

"""Every decision in words, for the merchant. Rows are only added."""

from collections.abc import Sequence

from sqlalchemy import insert

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import journal
from plugin.services.ports import Activity


class SqlJournal(Repository):
    def add(self, entries: Sequence[Activity]) -> None:
        ids = self._new_ids(journal, len(entries))
        rows = [
            self._row(id=new_id, at=entry.at, kind=entry.kind, about=entry.about, text=entry.text)
            for new_id, entry in zip(ids, entries, strict=True)
        ]
        if rows:
            self._connection.execute(insert(journal), rows)

"""Every decision, for the merchant: its sentence as pattern and facts, to be said in any language. Rows are only added."""

from collections.abc import Sequence

from sqlalchemy import insert

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import journal
from plugin.services.ports.desk import Activity
from plugin.telemetry import REPAIRS

DIFFERENCES = frozenset({"stock", "repaired", "refused"})
"""Kinds of entries that say that the shop and we did not agree; operators see how many."""


class SqlJournal(Repository):
    def add(self, entries: Sequence[Activity]) -> None:
        if not entries:
            return
        ids, cause = self._new_ids(journal, len(entries)), self._transaction.cause_id()
        rows = [
            self._row(id=new_id, at=entry.at, kind=entry.kind, about=entry.about, text=entry.said, cause_id=cause)
            for new_id, entry in zip(ids, entries, strict=True)
        ]
        self._connection.execute(insert(journal), rows)
        for entry in entries:
            if entry.kind in DIFFERENCES:
                REPAIRS.labels(entry.kind).inc()

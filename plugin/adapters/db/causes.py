"""Why rows were written, and the calls to the shop that came of it. Both are forgotten with time (directory.py)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import call_causes, calls, causes
from plugin.domain.ids import TenantId
from plugin.services.causes import MOST_IDS, LinkedCall

KEPT = timedelta(days=30)
"""A decision stays; the way to it may be asked for as long as somebody remembers the question."""
LONGEST_PATH = 300
LONGEST_REQUEST_ID = 100


class SqlCalls(Repository):
    def add(self, made: Sequence[LinkedCall]) -> None:
        rows, links = [], []
        for new_id, link in zip(self._new_ids(calls, len(made)), made, strict=True):
            call = link.call
            rows.append(
                self._row(
                    id=new_id,
                    at=call.at,
                    method=call.method,
                    path=call.path[:LONGEST_PATH],
                    status=call.status,
                    milliseconds=call.milliseconds,
                    request_id=call.request_id[:LONGEST_REQUEST_ID],
                    ids=list(call.ids[:MOST_IDS]),
                )
            )
            because = link.causes if link.causes is not None else self._own_cause()
            links += [self._row(cause_id=cause, call_id=new_id) for cause in sorted(because)]
        if rows:
            self._connection.execute(insert(calls), rows)
        if links:
            self._connection.execute(insert(call_causes), links)

    def _own_cause(self) -> frozenset[int]:
        """Written down only for a call that has no other."""
        own = self._transaction.cause_id()
        return frozenset() if own is None else frozenset({own})


def forget_causes(connection: Connection, tenant: TenantId, *, at: datetime) -> None:
    """Rows that named them have nothing recorded behind them from then on."""
    before = at - KEPT
    old = select(calls.c.id).where(calls.c.tenant_id == tenant, calls.c.at < before)
    connection.execute(delete(call_causes).where(call_causes.c.tenant_id == tenant, call_causes.c.call_id.in_(old)))
    connection.execute(delete(calls).where(calls.c.tenant_id == tenant, calls.c.at < before))
    connection.execute(delete(causes).where(causes.c.tenant_id == tenant, causes.c.at < before))

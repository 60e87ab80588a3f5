"""What every repository stands on: one open transaction of one tenant, new ids, and writing many rows at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, insert, text
from sqlalchemy.dialects import postgresql, sqlite

from plugin.adapters.db.tables import causes
from plugin.domain.ids import TenantId
from plugin.services.causes import current_cause
from plugin.services.errors import GiveUp

Thing = TypeVar("Thing")

CHUNK = 1000
"""Ids in one statement. SQLite takes 32,766 variables, PostgreSQL 65,535."""

ON_SQLITE = text(
    "INSERT INTO counters (tenant_id, name, last) VALUES (:tenant, :name, :count) "
    "ON CONFLICT (tenant_id, name) DO UPDATE SET last = last + excluded.last RETURNING last"
)


NOT_PARKED = {"parked_reason": None, "parked_explanation": None, "parked_at": None}


class UnitOfWorkClosed(RuntimeError):
    """A repository was used after its transaction had ended: a mistake of the caller."""

    def __init__(self) -> None:
        super().__init__("This unit of work has ended; open another one.")


class Transaction:
    """One tenant's open transaction. Repositories get at the connection only through it."""

    def __init__(self, connection: Connection, tenant: TenantId, *, now: Callable[[], datetime]) -> None:
        self._connection: Connection | None = connection
        self.tenant_id = tenant
        self.now = now
        self._cause: int | None = None

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            raise UnitOfWorkClosed
        return self._connection

    def cause_id(self) -> int | None:
        """Of what this is done for: written down when the first row asks, once. None where nobody said."""
        cause = current_cause()
        if self._cause is None and cause is not None:
            (self._cause,) = new_ids(self.connection, self.tenant_id, causes, 1)
            row = {"kind": cause.kind, "name": cause.name, "user_id": cause.user_id}
            self.connection.execute(
                insert(causes), {"tenant_id": self.tenant_id, "id": self._cause, "at": self.now(), **row}
            )
        return self._cause

    @property
    def written_cause(self) -> int | None:
        """The same, but only if a row has asked."""
        return self._cause

    def close(self) -> None:
        """Give the connection back; whatever was not committed is gone."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


class Repository:
    """Rows of one tenant. `_mine` belongs into every WHERE, `_row` into every INSERT."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @property
    def _connection(self) -> Connection:
        return self._transaction.connection

    @property
    def _tenant(self) -> TenantId:
        return self._transaction.tenant_id

    def _mine(self, table: Table) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = table.c.tenant_id == self._tenant
        return condition

    def _row(self, **values: Any) -> dict[str, Any]:
        return {"tenant_id": self._tenant, **values}

    def _parked(self, problem: GiveUp) -> dict[str, Any]:
        """What a row says once we gave up on it."""
        return {
            "due_at": None,
            "parked_reason": problem.reason,
            "parked_explanation": problem.said,
            "parked_at": self._transaction.now(),
        }

    def _new_ids(self, table: Table, count: int) -> Sequence[int]:
        return new_ids(self._connection, self._tenant, table, count)

    def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: Collection[str] = ()) -> None:
        """Insert rows or replace those there are; columns in `keep` and columns not given stay as they were."""
        if not rows:
            return
        adding = insert_into(self._connection, table)
        key = [column.name for column in table.primary_key]
        changed = [name for name in rows[0] if name not in key and name not in keep]
        statement = (
            adding.on_conflict_do_update(index_elements=key, set_={name: adding.excluded[name] for name in changed})
            if changed
            else adding.on_conflict_do_nothing(index_elements=key)
        )
        self._connection.execute(statement, _last_of_each(rows, key))


def _last_of_each(rows: Iterable[Mapping[str, Any]], key: Sequence[str]) -> list[Mapping[str, Any]]:
    """In the order of the key, so that two who write the same rows never wait for each other in a circle."""
    latest = {tuple(row[name] for name in key): row for row in rows}
    return [latest[found] for found in sorted(latest)]


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT; both databases spell it alike."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def new_ids(connection: Connection, tenant: TenantId, table: Table, count: int) -> Sequence[int]:
    """Ids never given out before, rising; gaps may appear."""
    if not count:
        return []
    if connection.dialect.name == "sqlite":
        values = {"tenant": tenant, "name": table.name, "count": count}
        last: int = connection.execute(ON_SQLITE, values).scalar_one()
        return range(last - count + 1, last + 1)
    sequence = text(f"SELECT nextval('{table.name}_ids') FROM generate_series(1, :count)")  # noqa: S608  — a table's name
    return sorted(connection.execute(sequence, {"count": count}).scalars())


def chunks(things: Iterable[Thing], size: int = CHUNK) -> Iterator[list[Thing]]:
    """The things without repeats, sorted so that rows are always locked in the same order, some at a time."""
    ordered = sorted(set(things))  # type: ignore[type-var]  # ids are numbers or text
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]

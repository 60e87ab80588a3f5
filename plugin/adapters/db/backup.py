"""A backup is one SQLite file with our own schema, made from either database while the app runs, and fit for either.

`save` copies out of one consistent picture; `restore` fills a database without rows, all or nothing, and compares every
table before it commits. `checked` does the same in a temporary place, so that a backup is tried before it is needed.
"""

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Result, Table, Text, func, select, text
from sqlalchemy.types import TypeDecorator, TypeEngine

from plugin.adapters.db.columns import Moment
from plugin.adapters.db.engine import make_engine, reading, translated, writing
from plugin.adapters.db.migrations.migrate import migrate, require_head
from plugin.adapters.db.tables import metadata, with_ids

ROWS_AT_ONCE = 500
DATABASES_OWN = frozenset({"counters"})
"""SQLite's way to number rows; PostgreSQL has sequences. It is carried over by meaning, not by copying."""


class BackupUnusable(RuntimeError):
    """The file is no backup of ours, is damaged, or does not fit where it should go."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows of each table, and a sum over all of them that does not depend on their order."""

    rows: dict[str, int]
    sums: dict[str, str]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def save_from(database_url: str, path: Path) -> Contents:
    with _database(database_url) as engine:
        return save(engine, path)


def restore_to(database_url: str, path: Path) -> Contents:
    with _database(database_url) as engine:
        return restore(path, engine)


def save(engine: Engine, path: Path) -> Contents:
    """Write the backup; the file appears when it is whole. Raises BackupUnusable, SchemaIsBehind or SchemaIsNewer."""
    if path.exists():
        raise BackupUnusable(f"{path} is there already; a backup never overwrites another one.")
    require_head(engine)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as place:
        made = Path(place) / "backup.sqlite3"
        made.touch(mode=0o600)
        if engine.dialect.name == "sqlite":
            _copy_file(engine, made)
        else:
            _copy_out(engine, made)
        contents = checked(made)
        made.replace(path)
    return contents


def restore(path: Path, engine: Engine) -> Contents:
    """Fill a database that has no rows yet; its schema is made where it is missing. All or nothing."""
    migrate(engine)
    with _opened(path) as backup, reading(backup) as source, writing(engine) as target:
        _refuse_rows(target)
        for table in _copied():
            _copy_rows(source, target, table)
        _carry_numbers(source, target)
        wanted, found = _contents(source), _contents(target)
        _refuse_differences(wanted, found)
        return found


def checked(path: Path) -> Contents:
    """Restore into a temporary database and compare; the backup and the app's own database stay as they are."""
    with tempfile.TemporaryDirectory(prefix="backorder-restore-") as place:
        return restore_to(f"sqlite:///{Path(place) / 'restored.sqlite3'}", path)


def secrets_in(path: Path) -> list[str]:
    """One encrypted secret of each store, to try the keys on."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        return [row[0] for row in file.execute("SELECT hook_secret FROM tenants")]


def contents_of(engine: Engine) -> Contents:
    with reading(engine) as connection:
        return _contents(connection)


def _copy_file(engine: Engine, path: Path) -> None:
    """SQLite's online backup: the app goes on writing, the copy is of one moment."""
    with reading(engine) as connection, closing(sqlite3.connect(path)) as copy:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy_out(engine: Engine, path: Path) -> None:
    with _database(f"sqlite:///{path}") as copy:
        migrate(copy)
        with translated(), engine.connect() as connection, writing(copy) as target:
            source = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            for table in _copied():
                _copy_rows(source, target, table)
            _carry_numbers(source, target)
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def _database(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    """A copy of the backup, brought to the newest schema; an older version's backup is as good as today's."""
    _refuse_damage(path)
    with tempfile.TemporaryDirectory(prefix="backorder-backup-") as place:
        copy = Path(place) / "backup.sqlite3"
        copy.write_bytes(path.read_bytes())
        with _database(f"sqlite:///{copy}") as engine:
            migrate(engine)
            yield engine


def _refuse_damage(path: Path) -> None:
    if not path.is_file():
        raise BackupUnusable(f"There is no file {path}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            answer = file.execute("PRAGMA integrity_check").fetchone()[0]
            loose = file.execute("PRAGMA foreign_key_check").fetchall()
            ours = file.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupUnusable(f"{path} is no backup of this app, or is damaged: {error}") from error
    if answer != "ok" or loose:
        raise BackupUnusable(f"{path} is damaged: {answer}, {len(loose)} rows without the row they belong to.")
    if not ours:
        raise BackupUnusable(f"{path} is no backup of this app.")


def _refuse_rows(target: Connection) -> None:
    for table in metadata.sorted_tables:
        if target.execute(select(1).select_from(table).limit(1)).first():
            raise BackupUnusable(f"The database has rows already (in {table.name}); restore into a new, empty one.")


def _refuse_differences(wanted: Contents, found: Contents) -> None:
    wrong = [
        name for name in wanted.rows if (wanted.rows[name], wanted.sums[name]) != (found.rows[name], found.sums[name])
    ]
    if wrong:
        raise BackupUnusable(
            f"These tables did not come back as they were: {', '.join(sorted(wrong))}. Nothing was kept."
        )


def _copied() -> list[Table]:
    """Our tables, parents first, with values as they are kept: nothing is read into the domain and written again."""
    plain = MetaData()
    return [
        Table(table.name, plain, *(Column(column.name, _kept_as(column.type)) for column in table.columns))
        for table in metadata.sorted_tables
        if table.name not in DATABASES_OWN
    ]


def _kept_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(kind, TypeDecorator) and not isinstance(kind, Moment) else kind


def _all_rows(connection: Connection, table: Table) -> Result[Any]:
    """Streamed: a table may be larger than the memory."""
    return connection.execute(select(table), execution_options={"yield_per": ROWS_AT_ONCE})


def _copy_rows(source: Connection, target: Connection, table: Table) -> None:
    for rows in _all_rows(source, table).mappings().partitions(ROWS_AT_ONCE):
        target.execute(table.insert(), [dict(row) for row in rows])


def _contents(connection: Connection) -> Contents:
    rows, sums = {}, {}
    for table in _copied():
        count, total = 0, 0
        for row in _all_rows(connection, table):
            count += 1
            total += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())
        rows[table.name], sums[table.name] = count, f"{total % 2**256:064x}"
    return Contents(rows, sums)


def _carry_numbers(source: Connection, target: Connection) -> None:
    """Ids given out stay given out, also those of rows that are gone."""
    last = _numbers(source)
    if target.dialect.name == "postgresql":
        for name, number in last.items():
            target.execute(text("SELECT setval(:sequence, :number)"), {"sequence": f"{name}_ids", "number": number})
        return
    tenants = target.execute(select(metadata.tables["tenants"].c.tenant_id)).scalars().all()
    counters = [{"tenant_id": tenant, "name": name, "last": last[name]} for tenant in tenants for name in last]
    if counters:
        target.execute(metadata.tables["counters"].insert(), counters)


def _numbers(source: Connection) -> dict[str, int]:
    """The highest id ever given out for each table; where none was, the table is missing."""
    if source.dialect.name == "postgresql":
        asked = "SELECT last_value FROM {}_ids WHERE is_called"
        found = {table.name: source.execute(text(asked.format(table.name))).scalar() for table in with_ids}
        return {name: number for name, number in found.items() if number}
    counters = metadata.tables["counters"]
    asked_all = select(counters.c.name, func.max(counters.c.last)).group_by(counters.c.name)
    return {row[0]: row[1] for row in source.execute(asked_all)}

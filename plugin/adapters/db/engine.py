"""The database engine: SQLite or PostgreSQL by address, and the one table that turns their errors into our answers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from plugin.domain.saying import said
from plugin.services.errors import GiveUp, RetryLater

SECONDS_FOR_A_LOCK = 3
SECONDS_FOR_SQLITE = 5
"""SQLite has one writer at a time; those who wait for it share the time."""
SECONDS_BETWEEN_TRIES = 0.001
ANY_KIND = 0xFF
"""The part of an SQLite error code that says what it is; the rest says what kind of it."""
RETRY_AFTER = timedelta(seconds=5)
DEPLOYMENT_MISTAKES = ("no such table", "no such column", "has no column", "syntax error")
"""SQLite calls these operational errors too; waiting does not heal them."""
READ_ONLY_TRANSACTION = "25006"
"""PostgreSQL's code for a write on a standby: a failover is under way."""


def make_engine(database_url: str, *, pool_size: int = 20) -> Engine:
    """The engine for an address as `Settings.database_url` gives it; nothing is opened yet."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size)
    options = f"-c lock_timeout={SECONDS_FOR_A_LOCK}s -c timezone=UTC"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=SECONDS_FOR_A_LOCK,
        connect_args={"options": options, "connect_timeout": SECONDS_FOR_SQLITE, "application_name": "backorder"},
    )


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("DATABASE_URL names no file: web, worker and clock cannot share a database in memory.")
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=SECONDS_FOR_SQLITE,
        connect_args={"timeout": SECONDS_FOR_SQLITE, "check_same_thread": False},
    )
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def prepare_sqlite(connection: sqlite3.Connection, _record: Any = None) -> None:
    """Readers never wait for the writer (WAL); a power cut may undo the last commits, but never tears one."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_on_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and then writes could be refused half way."""
    if connection.get_execution_options().get("reads_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        take_write_lock(cast("sqlite3.Connection", connection.connection.driver_connection))
    except sqlite3.Error as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def take_write_lock(connection: sqlite3.Connection) -> None:
    """BEGIN IMMEDIATE, tried every millisecond as long as the connection is patient: others write for some of them.

    SQLite's own way of waiting sleeps longer each time, up to a hundred; whoever came later would be served first.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    ends = monotonic() + patience / 1000
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while not _begins(connection, is_last_try=monotonic() >= ends):
            Event().wait(SECONDS_BETWEEN_TRIES)
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")


def _begins(connection: sqlite3.Connection, *, is_last_try: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last_try or error.sqlite_errorcode & ANY_KIND != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only looks, and waits for nobody."""
    with translated(), engine.connect().execution_options(reads_only=True) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end."""
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the database do not travel: lost connections and locks are for later, the rest is for a person."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translation_of(error) from error


def translation_of(error: SQLAlchemyError) -> RetryLater | GiveUp:
    if isinstance(error, PoolExhausted):
        return RetryLater(said("All database connections are in use."), after=RETRY_AFTER)
    if isinstance(error, DBAPIError) and _may_pass(error):
        return RetryLater(said("The database is busy or away: %(words)s", words=_first_line(error)), after=RETRY_AFTER)
    return GiveUp("internal", said("The database refused what we asked of it: %(words)s", words=_first_line(error)))


def _may_pass(error: DBAPIError) -> bool:
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY_TRANSACTION:
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not any(mistake in str(error.orig) for mistake in DEPLOYMENT_MISTAKES)


def _first_line(error: SQLAlchemyError) -> str:
    """The trouble without the statement and its values, which may hold a shopper's data."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().partition("\n")[0]

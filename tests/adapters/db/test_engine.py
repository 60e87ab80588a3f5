"""The database's errors become ours in one table; SQLite is set up so that readers never wait."""

import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from plugin.adapters.db.engine import make_engine, reading, take_write_lock, translated, translation_of, writing
from plugin.services.errors import GiveUp, RetryLater


class ReadOnly(psycopg.errors.ReadOnlySqlTransaction):
    sqlstate = "25006"


def lost(error):
    error.connection_invalidated = True
    return error


PASSES = [
    OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked")),
    OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full")),
    OperationalError("UPDATE", {}, psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")),
    OperationalError("UPDATE", {}, psycopg.errors.DeadlockDetected("deadlock detected")),
    OperationalError("UPDATE", {}, psycopg.OperationalError("server closed the connection unexpectedly")),
    InterfaceError("UPDATE", {}, psycopg.InterfaceError("the connection is closed")),
    InternalError("UPDATE", {}, ReadOnly("cannot execute UPDATE in a read-only transaction")),
    lost(ProgrammingError("UPDATE", {}, psycopg.ProgrammingError("gone"))),
    PoolExhausted("QueuePool limit reached"),
]
STAYS = [
    OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: inbox")),
    ProgrammingError("SELECT", {}, psycopg.errors.UndefinedTable('relation "inbox" does not exist')),
    IntegrityError("INSERT", {"email": "ada@example.com"}, sqlite3.IntegrityError("UNIQUE constraint failed")),
    DataError("INSERT", {}, psycopg.errors.NumericValueOutOfRange("bigint out of range")),
]


@pytest.mark.parametrize("error", PASSES, ids=lambda error: str(error.args[0])[:50])
def test_what_may_pass_is_tried_again_later(error):
    assert isinstance(translation_of(error), RetryLater)


@pytest.mark.parametrize("error", STAYS, ids=lambda error: str(error.args[0])[:50])
def test_what_does_not_pass_is_for_a_person_and_tells_no_shoppers_data(error):
    answer = translation_of(error)
    assert isinstance(answer, GiveUp)
    assert answer.reason == "internal"
    assert "ada@example.com" not in answer.explanation


def test_errors_that_are_not_the_databases_come_out_as_they_are():
    with pytest.raises(KeyError), translated():
        raise KeyError


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    with pytest.raises(ValueError, match="names no file"):
        make_engine(url)


@pytest.fixture
def sqlite(sqlite_url):
    engine = make_engine(sqlite_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE mugs (id INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


def test_sqlite_keeps_a_log_beside_the_file_and_checks_foreign_keys(sqlite):
    with reading(sqlite) as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}


def test_on_sqlite_a_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(sqlite):
    with writing(sqlite) as writer:
        writer.execute(text("INSERT INTO mugs VALUES (1)"))
        with reading(sqlite) as reader:
            assert reader.execute(text("SELECT count(*) FROM mugs")).scalar() == 0
    with reading(sqlite) as reader:
        assert reader.execute(text("SELECT count(*) FROM mugs")).scalar() == 1


def test_a_writing_that_fails_leaves_nothing(sqlite):
    def fail():
        with writing(sqlite) as connection:
            connection.execute(text("INSERT INTO mugs VALUES (1)"))
            connection.execute(text("INSERT INTO mugs VALUES (1)"))

    with pytest.raises(GiveUp) as refused:
        fail()
    assert isinstance(refused.value.__cause__, IntegrityError)
    with reading(sqlite) as reader:
        assert reader.execute(text("SELECT count(*) FROM mugs")).scalar() == 0


@pytest.mark.postgres
def test_a_lost_connection_is_retried_and_the_pool_heals(postgres_url):
    engine = make_engine(postgres_url, pool_size=2)
    with writing(engine) as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with make_engine(postgres_url).begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        with pytest.raises(RetryLater), translated():
            connection.execute(text("SELECT 1"))
        connection.invalidate()
        connection.get_transaction().rollback()
    with reading(engine) as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "3s"
    engine.dispose()


def test_a_database_that_is_away_is_for_later():
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(RetryLater, match="busy or away"), reading(engine):
        pass


def test_whoever_waits_to_write_begins_within_milliseconds_of_the_others_end_and_keeps_its_patience(tmp_path):
    """SQLite's own way of waiting would sleep a tenth of a second by then."""
    other, mine = (sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False) for _ in range(2))
    mine.execute("PRAGMA busy_timeout=4321")
    other.execute("BEGIN IMMEDIATE")
    tries = []
    waiting = threading.Thread(target=lambda: tries.append(take_write_lock(mine)))
    waiting.start()
    waiting.join(0.01)
    assert waiting.is_alive()
    other.execute("COMMIT")
    waiting.join(5)
    assert tries == [None]
    assert mine.in_transaction
    assert mine.execute("PRAGMA busy_timeout").fetchone() == (4321,)
    mine.close()
    other.close()


def test_patience_with_another_writer_ends(tmp_path):
    other, mine = (sqlite3.connect(tmp_path / "db", isolation_level=None) for _ in range(2))
    mine.execute("PRAGMA busy_timeout=20")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        take_write_lock(mine)
    mine.close()
    other.close()

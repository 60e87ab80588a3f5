"""The database fills up, turns read-only or breaks off in the middle: try later, nothing half-written, nobody woken."""

import pytest
from sqlalchemy import event, text

from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.services.errors import RetryLater
from plugin.services.ports.desk import Activity
from tests.adapters.db.conftest import ADA
from tests.builders import NOW

MANY = [Activity(NOW, "promised", f"order:{number}", "x" * 2000) for number in range(500)]


@pytest.fixture
def crippled(engine, directory, queue, clock, database_url):
    """Units on a second engine, each connection of which is first told something."""
    engines = []

    def make(statement):
        other = make_engine(database_url)
        event.listen(other, "connect", lambda connection, _record: tell(connection, statement))
        engines.append(other)
        return SqlUnits(other, queue, clock)

    yield make
    for other in engines:
        other.dispose()


def tell(connection, statement):
    connection.cursor().execute(statement)
    connection.commit()


def write(units):
    with units(ADA) as work:
        work.journal.add(MANY)
        work.wake("publish", ADA)
        work.commit()


def write_and_lose_the_connection(units, engine):
    with units(ADA) as work:
        work.journal.add(MANY)
        work.wake("publish", ADA)
        with engine.connect() as other:
            busy = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' "
            other.execute(text(busy + "AND datname = current_database() AND pid <> pg_backend_pid()"))
        work.commit()


def is_untouched(rows, queue):
    return (rows("journal"), queue.woken) == ([], [])


FILLS_UP = """
CREATE FUNCTION fills_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: the disk is full' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fills_up AFTER INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION fills_up();
"""


@pytest.fixture
def without_space(engine, crippled, units):
    """Units on a disk that takes no more; PostgreSQL says so when the rows are on their way."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar()
        yield crippled(f"PRAGMA max_page_count = {pages}")
        return
    with engine.begin() as connection:
        connection.execute(text(FILLS_UP))
    yield units
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION IF EXISTS fills_up CASCADE"))


def test_a_full_disk_is_for_later_and_heals(engine, without_space, units, rows, queue):
    with pytest.raises(RetryLater, match="full"):
        write(without_space)
    assert is_untouched(rows, queue)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION fills_up CASCADE"))
    write(units)
    assert (len(rows("journal")), queue.woken) == (len(MANY), [("publish", ADA)])


def test_a_database_that_turned_read_only_is_for_later(engine, crippled, rows, queue):
    is_sqlite = engine.dialect.name == "sqlite"
    with pytest.raises(RetryLater, match=r"(?i)read-?only"):
        write(crippled("PRAGMA query_only = ON" if is_sqlite else "SET default_transaction_read_only = on"))
    assert is_untouched(rows, queue)


def test_a_connection_lost_in_the_middle_leaves_nothing_and_the_next_try_works(engine, directory, units, rows, queue):
    if engine.dialect.name == "sqlite":
        return
    with pytest.raises(RetryLater):
        write_and_lose_the_connection(units, engine)
    assert is_untouched(rows, queue)
    write(units)
    assert len(rows("journal")) == len(MANY)

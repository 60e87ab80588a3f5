"""The ground under the tests: no network, an empty queue, a database of each kind."""

import socket

import pytest
import redis
from sqlalchemy import create_engine, text

FIRST_SEEN: list[str] = []


def test_a_test_cannot_reach_the_network() -> None:
    with (
        socket.socket() as connection,
        pytest.raises(RuntimeError, match=r"A test wanted to reach \('192\.0\.2\.1', 80\)"),
    ):
        connection.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match=r"A test wanted to resolve example\.com"):
        socket.create_connection(("example.com", 80))


@pytest.mark.parametrize("_time", [1, 2])
def test_each_test_finds_the_queue_empty(_time: int, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_a_database_of_each_kind_is_there_and_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        tables = "sqlite_master" if engine.dialect.name == "sqlite" else "pg_tables where schemaname = 'public'"
        assert connection.execute(text(f"select count(*) from {tables}")).scalar() == 0
    engine.dispose()

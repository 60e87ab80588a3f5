"""The receivers that are compared: ours and its peers, each a web process of its own behind a real port, with its own queue.

`receiver.py` asks how many webhooks they accept, `whole_way.py` puts workers behind them.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.installed import PEERS, node_programme, python_of_peers
from bench.load import SECRET, STORE
from bench.machine import Programme, family_time, free_port, postgres, python, queue_server
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import TenantId
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings

SOON = 0.04
"""Seconds until the first webhook of a burst wakes a worker here, so that nobody waits longer than with the peers. By default
the app takes two seconds, to read less from the shop: fewer wake-ups, more lag."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A running one. `others` are process ids that work for it: the queue server, the database."""

    port: int
    web: Programme
    queue_url: str
    env: dict[str, str]
    others: tuple[int, ...] = ()
    hook_secret: str = "none"
    effects: Path = field(default_factory=Path)

    def spent(self) -> float:
        return self.web.spent() + sum(family_time(pid) for pid in self.others)


@contextmanager
def peer(
    folder: Path, command: Callable[[int], list[str]], *, fsync: str = "no", queued: bool = True
) -> Iterator[Receiver]:
    """Somebody else's receiver; all it needs to know stands in its environment."""
    with queue_server(folder, fsync=fsync) as (queue, url):
        port = free_port()
        effects = folder / f"effects-{port}.sqlite3"
        make_effects(effects)
        env = {
            "PYTHONPATH": str(PEERS),
            "PORT": str(port),
            "NODE_ENV": "production",
            "BENCH_SECRET": SECRET,
            "BENCH_QUEUE": url,
            "BENCH_EFFECTS": str(effects),
            "BENCH_ROWS": str(folder / f"rows-{port}.sqlite3"),
        }
        web = Programme(command(port), env=env, log=folder / f"web-{port}.log", cwd=folder)
        try:
            web.wait_for(port)
            others = (queue.process.pid,) if queued else ()
            yield Receiver(port, web, url, env, others, effects=effects)
        finally:
            web.stop()


@contextmanager
def ours(folder: Path, *, database: str = "sqlite", gather: float = SOON) -> Iterator[Receiver]:
    """The product as it is started in production: one web process, its own queue server as the launcher starts it."""
    with (
        queue_server(folder, fsync="everysec") as (queue, url),
        _database(database) as (database_pids, address),
    ):
        port = free_port()
        home = folder / f"ours-{port}"
        home.mkdir()
        env = {
            "DATA_DIR": str(home),
            "DATABASE_URL": address,
            "REDIS_URL": url,
            "CLIENT_SECRET": SECRET,
            "LOG_LEVEL": "warning",
            "WEBHOOK_GATHER_SECONDS": str(gather),
            "PROMETHEUS_MULTIPROC_DIR": str(home),
            "BENCH_EFFECTS": str(home / "effects.sqlite3"),
        }
        make_effects(home / "effects.sqlite3")
        hook_secret = open_store(built(home, address, url))
        command = python("-m", "plugin.cli", "web", "--port", str(port))
        web = Programme(command, env=env, log=home / "web.log")
        try:
            web.wait_for(port)
            others = (queue.process.pid, *database_pids)
            yield Receiver(port, web, url, env, others, hook_secret, home / "effects.sqlite3")
        finally:
            web.stop()


def built(home: Path, address: str, queue_url: str) -> Plugin:
    return build(Settings(data_dir=home, database_url=address, redis_url=queue_url, client_secret=SECRET))


@contextmanager
def _database(kind: str) -> Iterator[tuple[tuple[int, ...], str]]:
    if kind == "sqlite":
        yield (), ""
        return
    with postgres() as (pid, address):
        yield (pid,), address


def open_store(plugin: Plugin) -> str:
    migrate(plugin.engine)
    user = AppUser(user_id=1, email="ann@example.com", locale="en", is_owner=True)
    plugin.directory.save_grant(Grant(TenantId(STORE), "token", (), user), at=datetime(2026, 1, 1, tzinfo=UTC))
    secret = plugin.directory.hook_secret(TenantId(STORE))
    plugin.engine.dispose()
    return secret


def make_effects(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE effects (event INTEGER PRIMARY KEY, at REAL)")


def gunicorn(application: str) -> Callable[[int], list[str]]:
    """The sync worker, as most begin: one request, one connection."""
    return lambda port: [
        *(str(python_of_peers()), "-m", "gunicorn", "--workers", "1", "--log-level", "warning"),
        *("--bind", f"127.0.0.1:{port}", application),
    ]


def granian(application: str, *, threads: int = 1) -> Callable[[int], list[str]]:
    return lambda port: [
        *(str(python_of_peers()), "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"),
        *("--blocking-threads", str(threads), "--log-level", "warning", application),
    ]


def uvicorn(application: str) -> Callable[[int], list[str]]:
    return lambda port: [
        *(str(python_of_peers()), "-m", "uvicorn", "--port", str(port), "--log-level", "warning"),
        *("--no-access-log", application),
    ]


def node(programme: str) -> Callable[[int], list[str]]:
    return lambda _port: node_programme(programme)

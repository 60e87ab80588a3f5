"""One process tree: starts programmes in order, starts again what dies, and leaves nothing behind.

`backorder all` and `backorder demo` use it. All children are started by one thread that lives as long as they do, because
the kernel ties "tell me when my parent is gone" to the thread that made the child.
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

import structlog

from plugin.embedded import die_with_parent

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0

log = structlog.get_logger(__name__)


class ProgrammeFailed(RuntimeError):
    """A programme ended, or did not become ready, while the tree was being started."""

    def __init__(self, name: str, trouble: str) -> None:
        super().__init__(f"{name} {trouble}.")
        self.name = name


@dataclass(slots=True)
class _Programme:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], bool] | None
    once: bool
    output: Path | None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float = field(default=0.0)


class Supervisor:
    """`add()` programmes, then either `start()` … `stop()` around one's own work, or `run()` until a signal comes."""

    def __init__(self) -> None:
        self._programmes: list[_Programme] = []
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._failure: ProgrammeFailed | None = None
        self._thread: threading.Thread | None = None

    def add(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        ready: Callable[[], bool] | None = None,
        once: bool = False,
        output: Path | None = None,
    ) -> None:
        """Add a programme; `ready` holds back the next until it is true, `once` waits for it to end well instead."""
        self._programmes.append(
            _Programme(name=name, argv=argv, env=dict(env or {}), ready=ready, once=once, output=output)
        )

    def start(self) -> None:
        """Start all in order; return when the last is ready, or raise ProgrammeFailed with everything stopped."""
        self._thread = threading.Thread(target=self._live, name="supervisor", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop all, the last started first."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Start all, stay until SIGTERM or SIGINT, stop all. Only in the main thread."""
        asked = threading.Event()

        def ask(_number: int, _frame: FrameType | None) -> None:
            asked.set()
            self._stopping.set()

        before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            if on_ready is not None:
                on_ready()
            asked.wait()
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def pid_of(self, name: str) -> int | None:
        """Return the process id under this name, or None while it is not running."""
        for programme in self._programmes:
            if programme.name == name and programme.process is not None and programme.process.poll() is None:
                return programme.process.pid
        return None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _live(self) -> None:
        try:
            for programme in self._programmes:
                self._bring_up(programme)
            self._started.set()
            while not self._stopping.wait(POLL_SECONDS):
                self._look_after()
        except ProgrammeFailed as failure:
            self._failure = failure
        finally:
            self._take_down()
            self._started.set()

    def _bring_up(self, programme: _Programme) -> None:
        if self._stopping.is_set():
            return
        try:
            _spawn(programme)
        except OSError as error:
            raise ProgrammeFailed(programme.name, f"cannot be run: {error}") from error
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping.is_set():
            ended = _exit_code(programme)
            if programme.once and ended == 0:
                return
            if ended is not None:
                raise ProgrammeFailed(programme.name, f"ended with status {ended} while starting")
            if not programme.once and (programme.ready is None or programme.ready()):
                return
            if time.monotonic() > deadline:
                raise ProgrammeFailed(programme.name, f"was not ready after {READY_SECONDS:.0f} seconds")
            self._stopping.wait(POLL_SECONDS)

    def _look_after(self) -> None:
        now = time.monotonic()
        for programme in self._programmes:
            if programme.once or _exit_code(programme) is None:
                continue
            if programme.again_at == 0.0:
                _plan_restart(programme, now)
            elif now >= programme.again_at:
                _spawn(programme)

    def _take_down(self) -> None:
        for programme in reversed(self._programmes):
            if _exit_code(programme) is None and programme.process is not None:
                programme.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    programme.process.wait(STOP_SECONDS)
            _clear_group(programme)


def port_answers(host: str, port: int) -> Callable[[], bool]:
    """Return a readiness check: somebody accepts connections there."""

    def check() -> bool:
        try:
            with socket.create_connection((host, port), timeout=1.0):
                return True
        except OSError:
            return False

    return check


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port


def _spawn(programme: _Programme) -> None:
    output: IO[bytes] | None = programme.output.open("ab") if programme.output else None
    with output or contextlib.nullcontext():
        programme.process = subprocess.Popen(  # noqa: S603  — our own command line
            list(programme.argv),
            env={**os.environ, **programme.env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  — one system call, so that a killed parent leaves nothing behind
        )
    programme.started_at = time.monotonic()
    programme.again_at = 0.0


def _exit_code(programme: _Programme) -> int | None:
    return programme.process.poll() if programme.process is not None else 0


def _plan_restart(programme: _Programme, now: float) -> None:
    _clear_group(programme)
    if now - programme.started_at >= STEADY_SECONDS:
        programme.pause = FIRST_PAUSE
    log.warning("programme_ended", programme=programme.name, status=_exit_code(programme), again_in=programme.pause)
    programme.again_at = now + programme.pause
    programme.pause = min(programme.pause * 2, LONGEST_PAUSE)


def _clear_group(programme: _Programme) -> None:
    """Kill what the programme itself started and left behind; its own session makes it the group's leader."""
    if programme.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(programme.process.pid, signal.SIGKILL)
        programme.process.wait()

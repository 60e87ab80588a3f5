"""Processes seen from outside: who descends from whom, who is alive, and waiting for a change without spinning."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event


def until(condition: Callable[[], object], *, seconds: float = 10.0, otherwise: Callable[[], str] = str) -> None:
    """Wait for something to become true; fail with the reason where it does not."""
    deadline = time.monotonic() + seconds
    pause = Event()
    while not condition():
        assert time.monotonic() < deadline, otherwise() or "it did not happen in time"
        pause.wait(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    found = _state_and_parent(pid)
    return found is not None and found[0] != "Z"


def alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if is_alive(pid)]


def family_of(pid: int) -> dict[int, str]:
    """All descendants of a process, with their command lines."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        found = _state_and_parent(int(entry.name))
        if found is not None:
            parents[int(entry.name)] = found[1]
    family = {pid}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return {member: _command_of(member) for member in family - {pid}}


def _state_and_parent(pid: int) -> tuple[str, int] | None:
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return words[0], int(words[1])


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""

"""The only place that asks what time it is.

Everything else is handed a `Clock`. A clock file holds seconds to add, so that a demonstration can move every process at once.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LOOK_AGAIN_SECONDS = 0.2


class SystemClock:
    """The machine's time, moved by the offset in `clock_file` when one is given."""

    def __init__(self, clock_file: Path | None = None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock_file = clock_file
        self._monotonic = monotonic
        self._offset = timedelta()
        self._version: tuple[int, int] | None = None
        self._look_again_at = 0.0

    def now(self) -> datetime:
        """Return this moment, aware and in UTC."""
        return datetime.now(UTC) + self._moved_by()  # noqa: TID251  — this is the place

    def today(self, zone: ZoneInfo) -> date:
        """Return the shop's today."""
        return self.now().astimezone(zone).date()

    def _moved_by(self) -> timedelta:
        if self._clock_file is None or self._monotonic() < self._look_again_at:
            return self._offset
        self._look_again_at = self._monotonic() + LOOK_AGAIN_SECONDS
        version = _version_of(self._clock_file)
        if version != self._version:
            self._offset = _read_offset(self._clock_file)
            self._version = version
        return self._offset


def _version_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def _read_offset(path: Path) -> timedelta:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return timedelta()
    return timedelta(seconds=float(text or 0))

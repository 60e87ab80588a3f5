"""The sandbox's own clock: real time plus an offset anyone may move. The only place here that asks what time it is."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path


class SandboxClock:
    """Moving it wakes whoever waits for a moment (the webhook engine listens) and tells the clock file."""

    def __init__(self, *, starts_at: datetime | None = None, clock_file: Path | None = None) -> None:
        self._offset = 0.0 if starts_at is None else starts_at.timestamp() - time.time()
        self._clock_file = clock_file
        self._lock = threading.Lock()
        self.listeners: list[threading.Condition] = []
        if starts_at is not None or clock_file is not None:
            self._tell()

    @property
    def offset(self) -> float:
        """Seconds this clock is ahead of real time."""
        return self._offset

    def timestamp(self) -> float:
        return time.time() + self._offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def move(self, seconds: float) -> None:
        """Go forward (or back) by this many seconds."""
        with self._lock:
            self._offset += seconds
        self._tell()

    def set_to(self, moment: datetime) -> None:
        with self._lock:
            self._offset = moment.timestamp() - time.time()
        self._tell()

    def _tell(self) -> None:
        if self._clock_file is not None:
            # Written beside and renamed, so that a reader never sees half a number.
            beside = self._clock_file.with_name(self._clock_file.name + ".new")
            beside.write_text(f"{self._offset:.3f}\n", encoding="ascii")
            beside.replace(self._clock_file)
        for condition in self.listeners:
            with condition:
                condition.notify_all()

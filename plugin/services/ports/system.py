"""The rest of the world: time, holidays, the queue of jobs."""

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def today(self, zone: ZoneInfo) -> date: ...


class Holidays(Protocol):
    def between(self, country: str, first: date, last: date) -> frozenset[date]:
        """Public holidays; empty for a country nobody knows."""
        ...


class JobQueue(Protocol):
    """Wakes workers. It may fail silently: the database remembers, and the clock looks again each minute."""

    def wake(self, job: str, *args: str | int) -> None: ...

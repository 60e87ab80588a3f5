"""A domain that refuses too much is left alone for a while, for one client: everything on the domain shares its fate."""

from collections import deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 120
LEAST_REQUESTS = 100
LEAST_SUCCESS = 0.9
BLOCKED_SECONDS = 180


@dataclass(slots=True)
class Record:
    results: deque[tuple[float, bool]] = field(default_factory=deque)
    good: int = 0
    blocked_until: float = 0.0


class Blocklist:
    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}

    def blocked_until(self, domain: str, client_id: str, now: float) -> float | None:
        record = self._records.get((domain, client_id))
        return record.blocked_until if record is not None and record.blocked_until > now else None

    def note(self, domain: str, client_id: str, now: float, *, success: bool) -> bool:
        """Count one result; true when it is the one that blocks the domain."""
        record = self._records.setdefault((domain, client_id), Record())
        record.results.append((now, success))
        record.good += success
        while record.results and record.results[0][0] <= now - WINDOW_SECONDS:
            record.good -= record.results.popleft()[1]
        total = len(record.results)
        if total < LEAST_REQUESTS or record.good / total >= LEAST_SUCCESS or record.blocked_until > now:
            return False
        record.blocked_until = now + BLOCKED_SECONDS
        record.results.clear()
        record.good = 0
        return True

    def blocked(self, now: float) -> list[dict[str, object]]:
        return [
            {"destination": domain, "client_id": client_id, "time_left": int(record.blocked_until - now)}
            for (domain, client_id), record in self._records.items()
            if record.blocked_until > now
        ]

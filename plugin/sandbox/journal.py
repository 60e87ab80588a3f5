"""The log of API calls, as the panel and the tests read it: newest last, the oldest forgotten."""

import threading
from collections import deque
from dataclasses import dataclass, replace

BODY_LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request to the REST API or the login host, with the quota that was left after it."""

    at: float
    store_hash: str
    client_id: str
    method: str
    path: str
    query: str
    status: int
    milliseconds: float
    quota_left: int
    quota: int
    request_body: str
    response_body: str
    fault: str
    id: int = 0


class Journal:
    """Numbers the calls as they come. `total` and `counts` go on counting when old calls are forgotten."""

    def __init__(self, size: int) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=size)
        self._lock = threading.Lock()
        self.total = 0
        self.counts: dict[tuple[str, str], int] = {}

    def add(self, call: ApiCall, *, rule: str) -> None:
        with self._lock:
            self.total += 1
            self._calls.append(replace(call, id=self.total))
            key = (call.method, rule)
            self.counts[key] = self.counts.get(key, 0) + 1

    def calls(self, *, after: int = 0) -> list[ApiCall]:
        with self._lock:
            return [call for call in self._calls if call.id > after]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self.counts.clear()

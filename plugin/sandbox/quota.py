"""API calls per window, per store, shared by every app: fixed windows of 30 seconds on the sandbox clock."""

from dataclasses import dataclass

WINDOW_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaState:
    quota: int
    left: int
    reset_ms: int
    exceeded: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "X-Rate-Limit-Time-Window-Ms": str(WINDOW_SECONDS * 1000),
            "X-Rate-Limit-Time-Reset-Ms": str(self.reset_ms),
            "X-Rate-Limit-Requests-Quota": str(self.quota),
            "X-Rate-Limit-Requests-Left": str(self.left),
        }


class Quota:
    def __init__(self, per_window: int) -> None:
        self.per_window = per_window
        self._window = -1
        self._used = 0

    def spend(self, now: float, *, others_per_second: float) -> QuotaState:
        """Count one call; `others_per_second` is what other apps use meanwhile."""
        state = self.look(now, others_per_second=others_per_second)
        if state.left <= 0:
            return QuotaState(quota=state.quota, left=0, reset_ms=state.reset_ms, exceeded=True)
        self._used += 1
        return QuotaState(quota=state.quota, left=state.left - 1, reset_ms=state.reset_ms)

    def look(self, now: float, *, others_per_second: float = 0.0) -> QuotaState:
        window, elapsed = int(now // WINDOW_SECONDS), now % WINDOW_SECONDS
        if window != self._window:
            self._window, self._used = window, 0
        others = int(others_per_second * elapsed)
        left = max(0, self.per_window - self._used - others)
        return QuotaState(quota=self.per_window, left=left, reset_ms=max(1, int((WINDOW_SECONDS - elapsed) * 1000)))

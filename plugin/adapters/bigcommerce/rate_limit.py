"""The quota of a store, shared by all our processes through Redis and learnt from the headers of each answer.

Nobody sleeps: a store whose quota is used up raises RetryLater with the time until it may go on. Half of a window may be
spent at once, the rest evenly in slices; the last fifth is kept for urgent calls.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import redis

from plugin.domain.ids import TenantId
from plugin.domain.saying import said
from plugin.services.errors import QuotaSpent

RESERVE_PERCENT = 20
SLICES = 6
KEEP_MILLISECONDS = 300_000


class Quota(Protocol):
    """How many calls a store still allows."""

    def take(self, store: TenantId, *, is_urgent: bool) -> None:
        """Raise QuotaSpent if this call has to wait."""
        ...

    def learn(self, store: TenantId, headers: Mapping[str, str], *, was_refused: bool) -> None: ...


class NoQuota:
    """For tests and tools that want no limit."""

    def take(self, store: TenantId, *, is_urgent: bool) -> None:
        pass

    def learn(self, store: TenantId, headers: Mapping[str, str], *, was_refused: bool) -> None:
        pass


# One hash per store: quota, left, window, reset (the moment the window ends, by the server's own clock).
# Answers how many milliseconds to wait; 0 means go.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'quota', 'left', 'window', 'reset')
if not known[1] then return 0 end
local quota, left, window, reset = tonumber(known[1]), tonumber(known[2]), tonumber(known[3]), tonumber(known[4])
if now >= reset then
  left = quota
  reset = now + window
  redis.call('HSET', KEYS[1], 'left', left, 'reset', reset)
end
local wait = 0
if left <= 0 then
  wait = reset - now
elseif ARGV[1] == '0' then
  local spendable = math.floor(quota * (100 - tonumber(ARGV[2])) / 100)
  local slices = tonumber(ARGV[3])
  local slice = math.min(slices - 1, math.floor((now - (reset - window)) * slices / window))
  local allowed = math.ceil(spendable * (0.5 + 0.5 * (slice + 1) / slices))
  if quota - left >= spendable then
    wait = reset - now
  elseif quota - left >= allowed then
    wait = math.ceil(reset - window + (slice + 1) * window / slices - now)
  end
end
if wait > 0 then return wait end
redis.call('HINCRBY', KEYS[1], 'left', -1)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 0
"""

# Within a window the smaller number is believed: answers overtake each other, and calls under way are not in them yet.
# A refused call means nothing is left, whatever its header says.
LEARN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local quota, left, window, ends = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), now + tonumber(ARGV[4])
local known = redis.call('HMGET', KEYS[1], 'left', 'reset')
if ARGV[5] == '1' then
  left = 0
elseif known[2] and tonumber(known[2]) > now and math.abs(tonumber(known[2]) - ends) < window / 2 then
  left = math.min(left, tonumber(known[1]))
end
redis.call('HSET', KEYS[1], 'quota', quota, 'left', left, 'window', window, 'reset', ends)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return left
"""


class RedisQuota:
    """With Redis down, calls pass and are counted: the platform's own 429 is then the only brake."""

    def __init__(self, connection: "redis.Redis", *, on_blind_call: Callable[[], None] = lambda: None) -> None:
        self._take: Any = connection.register_script(TAKE)
        self._learn: Any = connection.register_script(LEARN)
        self._on_blind_call = on_blind_call

    def take(self, store: TenantId, *, is_urgent: bool) -> None:
        try:
            wait = self._take(keys=[_key(store)], args=[int(is_urgent), RESERVE_PERCENT, SLICES, KEEP_MILLISECONDS])
        except redis.RedisError:
            self._on_blind_call()
            return
        if wait:
            words = said("The store's API quota is used up for now.")
            raise QuotaSpent(words, after=timedelta(milliseconds=int(wait)))

    def learn(self, store: TenantId, headers: Mapping[str, str], *, was_refused: bool) -> None:
        limits = _limits(headers)
        if limits is None:
            return
        try:
            self._learn(keys=[_key(store)], args=[*limits, int(was_refused), KEEP_MILLISECONDS])
        except redis.RedisError:
            return


def quota_known(connection: "redis.Redis", store: TenantId) -> tuple[int, int] | None:
    """What the last answers said: calls left and calls in a window; None where none was heard lately."""
    known: Any = connection.hmget(_key(store), ["left", "quota"])
    return (int(known[0]), int(known[1])) if all(known) else None


def _key(store: TenantId) -> str:
    return f"backorder:quota:{store}"


def _limits(headers: Mapping[str, str]) -> tuple[int, int, int, int] | None:
    """Quota, left, window and time to reset; None unless all four are sensible numbers."""
    names = ("Requests-Quota", "Requests-Left", "Time-Window-Ms", "Time-Reset-Ms")
    try:
        quota, left, window, reset = (int(headers[f"X-Rate-Limit-{name}"]) for name in names)
    except (KeyError, ValueError):
        return None
    if quota < 1 or not 0 < window <= KEEP_MILLISECONDS or not 0 <= reset <= window:
        return None
    return quota, max(0, left), window, reset

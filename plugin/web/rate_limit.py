"""How often one sender may ask: evenly spread with a burst, counted in Redis for all processes, in memory without it."""

import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import redis
import structlog
from flask import current_app, request

from plugin.web.errors import TooMany

log = structlog.get_logger(__name__)

LIMITER = "backorder.limiter"
REDIS_TIMEOUT_SECONDS = 0.15
AWAY_SECONDS = 5.0
"""After a failure Redis is not asked for this long: a public page must not wait for it each time."""
MOST_SENDERS = 10_000
IPV6_SUBSCRIBER = 64
"""Bits that name whom a provider gave a network to; the others every host behind it chooses at will (RFC 6177)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, refilled evenly over so many seconds."""

    times: int
    per_seconds: int

    @property
    def interval_ms(self) -> int:
        return self.per_seconds * 1000 // self.times


class Counter(Protocol):
    def take(self, key: str, rate: Rate) -> int:
        """Milliseconds until this sender may ask again; 0 if it may now."""
        ...


class MemoryCounter:
    """Counts in this process only; forgets everyone rather than grow without end."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, key: str, rate: Rate) -> int:
        now = self._seconds() * 1000
        with self._lock:
            if len(self._free_at) > MOST_SENDERS:
                self._free_at = {key: at for key, at in self._free_at.items() if at > now}
            if len(self._free_at) > MOST_SENDERS:
                self._free_at.clear()
            free_at = max(now, self._free_at.get(key, now)) + rate.interval_ms
            wait = free_at - now - rate.times * rate.interval_ms
            if wait > 0:
                return math.ceil(wait)
            self._free_at[key] = free_at
            return 0


# KEYS[1]: the sender. ARGV: interval in ms, how many at once. The value is the moment by which all taken turns are refilled.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, times = tonumber(ARGV[1]), tonumber(ARGV[2])
local free_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now)) + interval
local wait = free_at - now - times * interval
if wait > 0 then return wait end
redis.call('SET', KEYS[1], free_at, 'PX', free_at - now + 1000)
return 0
"""


class SharedCounter:
    """All processes through Redis; each by itself while Redis is away."""

    def __init__(self, url: str, fallback: Counter, *, seconds: Callable[[], float] = time.monotonic) -> None:
        client = redis.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
        )
        self._client = client
        self._take = client.register_script(TAKE)
        self._fallback = fallback
        self._seconds = seconds
        self._ask_again_at = 0.0

    def take(self, key: str, rate: Rate) -> int:
        if self._seconds() < self._ask_again_at:
            return self._fallback.take(key, rate)
        try:
            return int(cast("int", self._take(keys=[f"backorder:rate:{key}"], args=[rate.interval_ms, rate.times])))
        except redis.RedisError as error:
            self._ask_again_at = self._seconds() + AWAY_SECONDS
            log.warning("rate limits are counted per process", reason=type(error).__name__)
            return self._fallback.take(key, rate)

    def answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False


def queue_answers() -> bool:
    """Whether Redis is there, which limits are counted in and workers are woken through."""
    counter = current_app.extensions[LIMITER]
    return isinstance(counter, SharedCounter) and counter.answers()


def limit(name: str, sender: str, rate: Rate) -> None:
    """Take a turn for this sender, or raise TooMany."""
    counter = cast("Counter", current_app.extensions[LIMITER])
    if wait := counter.take(f"{name}:{sender}", rate):
        raise TooMany(after_seconds=max(1, -(-wait // 1000)))


def sender_address() -> str:
    """Who is asking. A forwarded address counts only where a proxy on our own network handed it on."""
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return subscriber(forwarded if forwarded and _is_private(peer) and _is_address(forwarded) else peer)


def subscriber(address: str) -> str:
    """Who counts as one: an IPv4 address however it is written, and the whole network an IPv6 host may choose its own from."""
    if not _is_address(address):
        return address
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), IPV6_SUBSCRIBER), strict=False))


def _is_private(address: str) -> bool:
    return _is_address(address) and ipaddress.ip_address(address).is_private


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

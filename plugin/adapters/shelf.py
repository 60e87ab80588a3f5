"""The shelf in Redis: parts of storefront answers that all processes share. Away or full, it gives nothing and says so once."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import redis
import structlog
from redis.exceptions import RedisError

from plugin.services.storefront import Kept

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 0.15
AWAY_SECONDS = 5.0
"""After a failure Redis is not asked for this long: a public page must not wait for it each time."""
KEPT_FOR = timedelta(days=1)
PREFIX = "backorder:page:"


class RedisShelf:
    def __init__(self, url: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
        self._seconds = seconds
        self._ask_again_at = 0.0

    def get(self, keys: Sequence[str]) -> dict[str, Kept]:
        found = self._ask(lambda: self._redis.mget([PREFIX + key for key in keys])) if keys else None
        texts = cast("list[bytes | None]", found or [])
        return {key: part for key, text in zip(keys, texts, strict=False) if text and (part := _opened(text))}

    def put(self, parts: Mapping[str, Kept]) -> None:
        if parts:
            self._ask(lambda: self._put(parts))

    def _put(self, parts: Mapping[str, Kept]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for key, part in parts.items():
                pipe.set(PREFIX + key, f"{part.made_at.timestamp()} {part.text}", ex=KEPT_FOR)
            pipe.execute()

    def _ask(self, question: Callable[[], Any]) -> Any:
        if self._seconds() < self._ask_again_at:
            return None
        try:
            return question()
        except RedisError as error:
            self._ask_again_at = self._seconds() + AWAY_SECONDS
            log.warning("shelf_away", reason=type(error).__name__)
            return None


def _opened(text: bytes) -> Kept | None:
    moment, _, part = text.decode(errors="replace").partition(" ")
    try:
        return Kept(part, datetime.fromtimestamp(float(moment), tz=UTC))
    except ValueError:
        return None

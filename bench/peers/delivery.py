"""What every Python peer does with a webhook: check the signature as the library does, and later note its effect once."""

import base64
import functools
import os
import sqlite3
import time
from collections.abc import Collection, Mapping
from typing import Any

from standardwebhooks import Webhook

QUEUE_URL = os.environ["BENCH_QUEUE"]
EFFECTS = os.environ["BENCH_EFFECTS"]
_webhook = Webhook(base64.b64encode(os.environ["BENCH_SECRET"].encode()).decode())


def opened(raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The contents of a delivery; raises where it is forged."""
    found: dict[str, Any] = _webhook.verify(raw, {name.lower(): value for name, value in headers.items()})
    return found


def number_of(event: Mapping[str, Any]) -> int:
    return int(event["hash"][:8], 16)


def note(events: Collection[int]) -> None:
    """The effect of each event, once however often it comes, with the time when it was there."""
    connection = _connection(os.getpid())
    with connection:
        connection.executemany(
            "INSERT OR IGNORE INTO effects VALUES (?, ?)", [(event, time.time()) for event in events]
        )


@functools.cache
def _connection(_process: int) -> sqlite3.Connection:
    connection = sqlite3.connect(EFFECTS, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection

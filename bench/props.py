"""What the stage puts in the place of the world: a clock that is moved, a line to the shop without a network, a queue, a post.

`stage.py` builds the app with them; everything else in it is real.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from time import process_time
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from werkzeug.test import Client

from plugin.adapters.bigcommerce import rate_limit
from plugin.adapters.bigcommerce.client import RawAnswer
from plugin.adapters.queue import JOBS, QUEUES
from plugin.domain.ids import TenantId
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.clock import SandboxClock
from plugin.sandbox.server import Sandbox
from plugin.sandbox.stock import Cell
from plugin.sandbox.store import Store
from plugin.sandbox.webhooks.engine import WebhookEngine
from plugin.sandbox.webhooks.hook import Delivery
from plugin.services.ports.messages import OutboxMessage, SenderIdentity, SentMail

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANSWER = 0.2
"""Seconds until the shop has answered a call."""
MAIL = 0.02
OUR_TIME = "redis.call('HMGET', 'bench:time', 's', 'us')"


class Time(SandboxClock):
    """Stands still until somebody moves it; the shops' clock and the app's."""

    def __init__(self) -> None:
        self.at = MORNING.timestamp()
        super().__init__()

    def timestamp(self) -> float:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += max(0.0, seconds)

    def today(self, zone: ZoneInfo) -> date:
        return self.now().astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Sent:
    """A call as the shop saw it, and the job that made it. `rows` are what a write carried, by the thing's id."""

    at: float
    store: str
    method: str
    path: str
    status: int
    rows: dict[str, str]
    job: str


class Meter:
    """Adds the processor time of our own work to the clock; the sandbox's is left out."""

    def __init__(self, time: Time) -> None:
        self._time, self._mark = time, process_time()
        self.spent = 0.0

    def stop(self) -> None:
        own = process_time() - self._mark
        self.spent += own
        self._time.move(own)

    def go(self) -> None:
        self._mark = process_time()


class Line:
    """Stands in for the kept-alive connections: asks the sandbox's application directly, and notes each call."""

    def __init__(self, sandbox: Sandbox, time: Time, meter: Meter) -> None:
        self._client, self._time, self._meter = Client(sandbox.app), time, meter
        self.calls: list[Sent] = []
        self.job = ""

    def send(self, method: str, url: str, *, query: Any = None, json_body: Any = None, token: str = "") -> RawAnswer:
        self._meter.stop()
        path = urlsplit(url).path
        content = None if json_body is None else json.dumps(json_body).encode()
        answer = self._client.open(
            f"{path}?{urlencode(query or {})}",
            method=method,
            data=content,
            headers={"X-Auth-Token": token},
            content_type="application/json" if content else None,
        )
        _, _, store, rest = path.split("/", 3)
        self.calls.append(
            Sent(self._time.at, store, method, f"/{rest}", answer.status_code, rows_in(json_body), self.job)
        )
        self._time.move(ANSWER)
        self._meter.go()
        return RawAnswer(answer.status_code, answer.headers, answer.data)


def rows_in(body: Any) -> dict[str, str]:
    """The rows of a bulk write, whichever way they are named."""
    rows = body if isinstance(body, list) else (body or {}).get("items", (body or {}).get("settings", []))
    names = ("resource_id", "id", "variant_id", "product_id", "identity")
    found = [row for row in rows if isinstance(row, dict)]
    return {str(next((row[name] for name in names if name in row), row)): json.dumps(row) for row in found}


class Webhooks(WebhookEngine):
    """Deliveries land on the stage's list instead of going over the network."""

    deliver: Callable[[Delivery], None]

    def _enqueue(self, delivery: Delivery) -> None:
        self.deliver(delivery)


class Queue:
    """One waiting job for each name and arguments; taken from each queue in turn."""

    def __init__(self) -> None:
        self.waiting: dict[str, dict[tuple[Any, ...], None]] = {name: {} for name in QUEUES}

    def wake(self, job: str, *args: str | int) -> None:
        self.waiting[JOBS[job][0]].setdefault((job, *args))

    def woken(self, job: str, *args: str | int) -> None:
        """Taken off by `take` already."""

    def take(self) -> tuple[Any, ...] | None:
        for name, line in self.waiting.items():
            if line:
                first = next(iter(line))
                del line[first]
                self.waiting[name] = self.waiting.pop(name)
                return first
        return None


class TimedQuota(rate_limit.RedisQuota):
    """The real one, by the stage's time."""

    def __init__(self, connection: Any, time: Time) -> None:
        super().__init__(connection)
        self._connection, self._time = connection, time
        self._take = connection.register_script(rate_limit.TAKE.replace("redis.call('TIME')", OUR_TIME))
        self._learn = connection.register_script(rate_limit.LEARN.replace("redis.call('TIME')", OUR_TIME))

    def take(self, store: TenantId, *, is_urgent: bool) -> None:
        self._tell()
        super().take(store, is_urgent=is_urgent)

    def learn(self, store: TenantId, headers: Any, *, was_refused: bool) -> None:
        self._tell()
        super().learn(store, headers, was_refused=was_refused)

    def _tell(self) -> None:
        seconds = int(self._time.at)
        self._connection.hset("bench:time", mapping={"s": seconds, "us": int((self._time.at - seconds) * 1e6)})


@dataclass
class Post:
    """Takes every mail."""

    time: Time
    sent: list[tuple[float, OutboxMessage]] = field(default_factory=list)
    is_ready = True

    def send(self, message: OutboxMessage, _sender: SenderIdentity, *, tenant: TenantId) -> SentMail:
        self.time.move(MAIL)
        self.sent.append((self.time.at, message))
        return SentMail(f"{message.kind.value} of {tenant}", "text")


def add_product(store: Store, now: datetime, on_hand: int) -> int:
    """A simple product, counted as a whole; its id."""
    number = store.next_id("product", 500)
    variant = Variant(id=store.next_id("variant", 100_000), product_id=number, sku=f"SKU-{number}", sku_id=None)
    product = Product(
        id=number,
        name=f"Cup {number}",
        sku=variant.sku,
        price=Decimal(5),
        brand="Kiln",
        categories=[],
        created_at=now,
        modified_at=now,
        variants=[variant],
    )
    store.add_product(product)
    store.cells[store.stock_key(product, variant.id)] = {1: Cell(on_hand=on_hand)}
    return number

"""Taking in webhooks: ours (signature, durable row, wake-up behind) against the usual one (Flask view, one RQ job each).

Both are called as WSGI applications by eight threads, without a server between, in interleaved rounds; the median counts.
"""

import base64
import hashlib
import hmac
import io
import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import redis
from flask import Flask, request
from rq import Queue
from standardwebhooks import Webhook

from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import build
from plugin.domain.ids import TenantId
from plugin.embedded import EmbeddedServer
from plugin.services.ports import AppUser, Grant
from plugin.settings import Settings
from plugin.web.app import create_app
from plugin.web.webhooks import SECOND_FACTOR

THREADS = 8
ROUNDS = 3
SECRET = "bench-client-secret-of-sufficient-length"
STORE = TenantId("bench")
numbers = itertools.count(1)

Application = Callable[[dict[str, Any], Callable[..., object]], object]


def measure(seconds: float) -> dict[str, dict[str, float]]:
    with TemporaryDirectory(prefix="backorder-bench-") as folder, EmbeddedServer() as server:
        receivers = {"naive: Flask view, one RQ job each, not durable": naive(server.url)}
        receivers["ours: signature, durable row, group commit"] = ours(Path(folder), server.url)
        rates: dict[str, list[tuple[float, float]]] = {label: [] for label in receivers}
        for _ in range(ROUNDS):
            for label, (application, hook_secret) in receivers.items():
                rates[label].append(round_of(application, hook_secret, seconds))
        return {
            label: {"events/s": median(rate for rate, _ in rows), "ms p99": median(late for _, late in rows)}
            for label, rows in rates.items()
        }


def ours(folder: Path, redis_url: str) -> tuple[Application, str]:
    plugin = build(Settings(data_dir=folder, redis_url=redis_url, client_secret=SECRET))
    migrate(plugin.engine)
    user = AppUser(user_id=1, email="ann@example.com", locale="en", is_owner=True)
    plugin.directory.save_grant(Grant(STORE, "token", (), user), at=datetime(2026, 1, 1, tzinfo=UTC))
    return create_app(plugin).wsgi_app, plugin.directory.hook_secret(STORE)


def naive(redis_url: str) -> tuple[Application, str]:
    app = Flask("naive")
    queue = Queue("naive", connection=redis.Redis.from_url(redis_url))
    webhook = Webhook(base64.b64encode(SECRET.encode()).decode())

    @app.post("/webhooks")
    def take_in() -> str:
        webhook.verify(request.get_data(), dict(request.headers))
        queue.enqueue("jobs.handle", json.loads(request.get_data()))
        return ""

    return app.wsgi_app, ""


def round_of(application: Application, hook_secret: str, seconds: float) -> tuple[float, float]:
    """Events taken in per second, and the 99th percentile of one answer in milliseconds."""
    times: list[float] = []
    ends = time.perf_counter() + seconds

    def send() -> None:
        own = []
        while time.perf_counter() < ends:
            environ = signed(hook_secret)
            started = time.perf_counter()
            b"".join(application(environ, require_ok))  # type: ignore[arg-type]
            own.append(time.perf_counter() - started)
        times.extend(own)

    threads = [threading.Thread(target=send) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return len(times) / seconds, times[int(len(times) * 0.99)] * 1000


def require_ok(status: str, _headers: object, _error: object = None) -> None:
    if not status.startswith("200"):
        raise RuntimeError(status)


def signed(hook_secret: str) -> dict[str, Any]:
    """A fresh order event as BigCommerce sends it."""
    number, now = next(numbers), int(time.time())
    mark = hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
    body = json.dumps(
        {
            "producer": f"stores/{STORE}",
            "hash": mark,
            "created_at": now,
            "store_id": "1",
            "scope": "store/order/updated",
            "data": {"type": "order", "id": number},
        }
    ).encode()
    content = f"msg_{number}.{now}.".encode() + body
    signature = base64.b64encode(hmac.digest(SECRET.encode(), content, "sha256")).decode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/webhooks",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_WEBHOOK_ID": f"msg_{number}",
        "HTTP_WEBHOOK_TIMESTAMP": str(now),
        "HTTP_WEBHOOK_SIGNATURE": f"v1,{signature}",
        SECOND_FACTOR: hook_secret,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }

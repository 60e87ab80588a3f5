"""Where BigCommerce's webhooks arrive: raw bytes → signature → envelope → second factor → inbox → 200. Nothing else.

A small ASGI application in front of Flask (web/front.py): handing each delivery to a thread and waiting there for the disk
costs three times what signature, row and its share of the commit do. What was stored is worked on by
workers/jobs.drain_inbox; the wake-up leaves after the answer.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from time import monotonic

import structlog
from a2wsgi.asgi_typing import HTTPScope, Receive, Send

from plugin.adapters.bigcommerce.webhooks import (
    LARGEST_BODY,
    Signature,
    Verdict,
    carries_secret,
    check_signature,
    open_envelope,
)
from plugin.bootstrap import Plugin
from plugin.domain.ids import TenantId
from plugin.services.errors import NotFound, RetryLater
from plugin.services.ports.inbox import Envelope, InboxWriter
from plugin.services.ports.system import JobQueue
from plugin.telemetry import WEBHOOKS

log = structlog.get_logger(__name__)

JOB = "drain_inbox"
PAUSE_SECONDS = 0.02
"""Wake-ups of a burst are gathered this long; the first one leaves at once."""
MOST_IN_ONE_COMMIT = 1000
Headers = Mapping[bytes, str]
MESSAGE_ID = b"webhook-id"
SECOND_FACTOR = b"x-backorder-hook"
"""The header our hooks carry, registered by adapters/bigcommerce/hooks.py, as ASGI names it."""

OK = 200
FORGED = 401
WRONG_METHOD = 405
TOO_LARGE = 413
NOT_STORED = 503

counted = cache(WEBHOOKS.labels)
"""Each outcome's counter, looked up once."""

EMPTY = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
HEADERS = {
    OK: EMPTY,
    FORGED: EMPTY,
    WRONG_METHOD: [*EMPTY, (b"allow", b"POST")],
    TOO_LARGE: [*EMPTY, (b"connection", b"close")],
    NOT_STORED: [*EMPTY, (b"retry-after", b"5")],
}


class Waker:
    """Hands wake-ups to the queue after the answer, on a thread of its own: the queue may be slow, or away.

    A store waits here at most once, and `gather` seconds: the other webhooks of a change come right behind the first.
    What is lost with this process is found by the clock: the row is stored.
    """

    def __init__(self, queue: JobQueue, *, pause: float = PAUSE_SECONDS, gather: float = 0) -> None:
        self._queue = queue
        self._pause = pause
        self._gather = gather
        self._waiting: dict[TenantId, float] = {}
        """Each with the moment when it has waited long enough; in this order."""
        self._came = threading.Condition()
        self._thread: threading.Thread | None = None

    def wake(self, tenant: TenantId) -> None:
        if tenant in self._waiting and self._is_running():
            return  # its wake-up is still to come, and what we stored is there for it
        with self._came:
            self._waiting.setdefault(tenant, monotonic() + self._gather)
            if not self._is_running():
                # Not before the first webhook: a server may fork after this object was made.
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            self._came.notify()

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        resting = threading.Event()
        while True:
            with self._came:
                while not (tenants := self._ready()):
                    self._came.wait(self._seconds_to_next())
            for tenant in tenants:
                self._queue.wake(JOB, tenant)
            resting.wait(self._pause)

    def _ready(self) -> list[TenantId]:
        now = monotonic()
        ready = [tenant for tenant, moment in self._waiting.items() if moment <= now]
        for tenant in ready:
            del self._waiting[tenant]
        return ready

    def _seconds_to_next(self) -> float | None:
        return max(0.0, next(iter(self._waiting.values())) - monotonic()) if self._waiting else None


class GroupCommit:
    """Events that come while the disk is busy wait for the next commit and share it: it costs the same for one as for many.

    The database has a thread of its own, so that its locks hold up nobody but the webhooks that wait for it.
    """

    def __init__(self, inbox: InboxWriter) -> None:
        self._inbox = inbox
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._waiting: deque[tuple[Envelope, asyncio.Future[bool]]] = deque()
        self._storing: asyncio.Task[None] | None = None

    async def accept(self, envelope: Envelope) -> bool:
        """True if the event is new; it is durable now. Raises RetryLater if it could not be stored."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((envelope, stored))
        if self._storing is None:
            self._storing = loop.create_task(self._store_all())
        return await stored

    async def _store_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            for stored, outcome in await loop.run_in_executor(self._thread, self._store):
                if stored.cancelled():
                    continue  # the server gave up this request while it was shutting down
                if isinstance(outcome, bool):
                    stored.set_result(outcome)
                else:
                    stored.set_exception(outcome)
        self._storing = None

    def _store(self) -> "list[tuple[asyncio.Future[bool], bool | Exception]]":
        """On the thread: one commit of all that wait by now. What goes wrong is told to all of them, and to nobody else."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_ONE_COMMIT))]
        outcomes: Sequence[bool | Exception]
        try:
            outcomes = self._inbox.store([envelope for envelope, _ in group])
        except Exception as problem:  # noqa: BLE001  — whatever it is, each of them has to hear of it
            outcomes = [problem] * len(group)
        return [(stored, outcome) for (_, stored), outcome in zip(group, outcomes, strict=True)]


class Receiver:
    """The ASGI application. An answer is a status without a body; what became of the event is counted."""

    def __init__(self, plugin: Plugin, waker: Waker) -> None:
        settings = plugin.settings
        self._plugin = plugin
        self._waker = waker
        self._inbox = GroupCommit(plugin.inbox_writer)
        self._client_secret = settings.client_secret.get_secret_value()
        self._tolerance = timedelta(seconds=settings.webhook_tolerance_seconds)
        self._needs_signature = settings.require_webhook_signature
        self._hook_secrets: dict[TenantId, str] = {}

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        status, outcome = await self._receive(scope, receive)
        counted(outcome).inc()
        await send({"type": "http.response.start", "status": status, "headers": HEADERS[status], "trailers": False})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _receive(self, scope: HTTPScope, receive: Receive) -> tuple[int, str]:
        if scope["method"] != "POST":
            return WRONG_METHOD, "wrong_method"
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        raw = await _read(headers, receive)
        if raw is None:
            return TOO_LARGE, "too_large"
        if not self._is_signed(raw, headers):
            return FORGED, "forged"
        try:
            return await self._store(raw, headers)
        except RetryLater as error:
            log.warning("webhook not stored", reason=error.reason)
            return NOT_STORED, "not_stored"

    async def _store(self, raw: bytes, headers: Headers) -> tuple[int, str]:
        """Whatever BigCommerce signed is answered 200: its retries would bring nothing better."""
        envelope = open_envelope(raw, message_id=headers.get(MESSAGE_ID, ""))
        if envelope is None:
            return OK, "malformed"
        try:
            if not await self._is_our_hook(envelope.tenant_id, headers.get(SECOND_FACTOR)):
                return FORGED, "forged"
        except NotFound:
            return OK, "unknown_store"
        if not await self._inbox.accept(envelope):
            return OK, "duplicate"
        self._waker.wake(envelope.tenant_id)
        return OK, "accepted"

    def _is_signed(self, raw: bytes, headers: Headers) -> bool:
        """A late delivery is taken: events are hints, a replay is a duplicate, and a refused retry would be lost."""
        signature = Signature(
            headers.get(MESSAGE_ID, ""),
            headers.get(b"webhook-timestamp", ""),
            headers.get(b"webhook-signature", ""),
        )
        now = self._plugin.clock.now()
        verdict = check_signature(raw, signature, client_secret=self._client_secret, now=now, tolerance=self._tolerance)
        if verdict is Verdict.STALE:
            log.warning("late webhook", signed_at=signature.timestamp, message=signature.message_id[:80])
        return verdict in {Verdict.GENUINE, Verdict.STALE} or (
            verdict is Verdict.UNSIGNED and not self._needs_signature
        )

    async def _is_our_hook(self, tenant: TenantId, given: str | None) -> bool:
        """The store's secret is remembered; one that does not fit may be older than a fresh install."""
        known = self._hook_secrets.get(tenant)
        if known is not None and carries_secret(given, known):
            return True
        current = self._hook_secrets[tenant] = await asyncio.to_thread(self._plugin.directory.hook_secret, tenant)
        return carries_secret(given, current)


async def _read(headers: Headers, receive: Receive) -> bytes | None:
    """The body as it came; None where it is larger than any event. One that was cut off is not what was signed."""
    length = headers.get(b"content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= LARGEST_BODY):
        return None
    raw = await body_of(receive, most=LARGEST_BODY)
    return raw if len(raw) <= LARGEST_BODY else None


async def body_of(receive: Receive, *, most: int) -> bytes:
    """What comes until it is whole or cut off, or as much of it as shows that it has more bytes than this."""
    body, is_whole = b"", False
    while not is_whole and len(body) <= most:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        is_whole = not message.get("more_body", False)
    return body

"""Where BigCommerce's webhooks arrive: raw bytes → signature → envelope → second factor → inbox → 200. Nothing else.

A small WSGI callable mounted in front of Flask, because a framework's routing costs more than signature and disk
together. What was stored is worked on by workers/jobs.drain_inbox; the wake-up leaves after the answer.
"""

import threading
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import structlog

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
from plugin.services.ports.system import JobQueue
from plugin.telemetry import WEBHOOKS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

JOB = "drain_inbox"
PAUSE_SECONDS = 0.02
"""Wake-ups of a burst are gathered this long; the first one leaves at once."""
MESSAGE_ID = "HTTP_WEBHOOK_ID"
SECOND_FACTOR = "HTTP_X_BACKORDER_HOOK"
"""The header our hooks carry, registered by adapters/bigcommerce/hooks.py, as WSGI names it."""

OK = "200 OK"
FORGED = "401 Unauthorized"
WRONG_METHOD = "405 Method Not Allowed"
TOO_LARGE = "413 Content Too Large"
NOT_STORED = "503 Service Unavailable"

EMPTY = [("Content-Length", "0"), ("Cache-Control", "no-store")]
HEADERS = {
    OK: EMPTY,
    FORGED: EMPTY,
    WRONG_METHOD: [*EMPTY, ("Allow", "POST")],
    TOO_LARGE: [*EMPTY, ("Connection", "close")],
    NOT_STORED: [*EMPTY, ("Retry-After", "5")],
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


class Receiver:
    """The WSGI callable. An answer is a status without a body; what became of the event is counted."""

    def __init__(self, plugin: Plugin, waker: Waker) -> None:
        settings = plugin.settings
        self._plugin = plugin
        self._waker = waker
        self._client_secret = settings.client_secret.get_secret_value()
        self._tolerance = timedelta(seconds=settings.webhook_tolerance_seconds)
        self._needs_signature = settings.require_webhook_signature
        self._hook_secrets: dict[TenantId, str] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        status, outcome = self._receive(environ)
        WEBHOOKS.labels(outcome).inc()
        start_response(status, HEADERS[status])
        return ()

    def _receive(self, environ: "WSGIEnvironment") -> tuple[str, str]:
        if environ["REQUEST_METHOD"] != "POST":
            return WRONG_METHOD, "wrong_method"
        raw = _read(environ)
        if raw is None:
            return TOO_LARGE, "too_large"
        if not self._is_signed(raw, environ):
            return FORGED, "forged"
        try:
            return self._store(raw, environ)
        except RetryLater as error:
            log.warning("webhook not stored", reason=error.reason)
            return NOT_STORED, "not_stored"

    def _store(self, raw: bytes, environ: "WSGIEnvironment") -> tuple[str, str]:
        """Whatever BigCommerce signed is answered 200: its retries would bring nothing better."""
        envelope = open_envelope(raw, message_id=environ.get(MESSAGE_ID, ""))
        if envelope is None:
            return OK, "malformed"
        try:
            if not self._is_our_hook(envelope.tenant_id, environ.get(SECOND_FACTOR)):
                return FORGED, "forged"
        except NotFound:
            return OK, "unknown_store"
        if not self._plugin.inbox_writer.accept(envelope):
            return OK, "duplicate"
        self._waker.wake(envelope.tenant_id)
        return OK, "accepted"

    def _is_signed(self, raw: bytes, environ: "WSGIEnvironment") -> bool:
        """A late delivery is taken: events are hints, a replay is a duplicate, and a refused retry would be lost."""
        signature = Signature(
            environ.get(MESSAGE_ID, ""),
            environ.get("HTTP_WEBHOOK_TIMESTAMP", ""),
            environ.get("HTTP_WEBHOOK_SIGNATURE", ""),
        )
        now = self._plugin.clock.now()
        verdict = check_signature(raw, signature, client_secret=self._client_secret, now=now, tolerance=self._tolerance)
        if verdict is Verdict.STALE:
            log.warning("late webhook", signed_at=signature.timestamp, message=signature.message_id[:80])
        return verdict in {Verdict.GENUINE, Verdict.STALE} or (
            verdict is Verdict.UNSIGNED and not self._needs_signature
        )

    def _is_our_hook(self, tenant: TenantId, given: str | None) -> bool:
        """The store's secret is remembered; one that does not fit may be older than a fresh install."""
        known = self._hook_secrets.get(tenant)
        if known is not None and carries_secret(given, known):
            return True
        current = self._hook_secrets[tenant] = self._plugin.directory.hook_secret(tenant)
        return carries_secret(given, current)


def _read(environ: "WSGIEnvironment") -> bytes | None:
    """The body as it came; None where it is larger than any event."""
    length = environ.get("CONTENT_LENGTH") or ""
    wanted = int(length) if length.isascii() and length.isdigit() and len(length) < 10 else LARGEST_BODY + 1
    if wanted > LARGEST_BODY and length:
        return None
    raw: bytes = environ["wsgi.input"].read(wanted)
    return raw if len(raw) <= LARGEST_BODY else None

"""Posts one delivery over a kept-alive connection and says what came back. Never raises for what a receiver does."""

import time
from dataclasses import dataclass

import urllib3

from plugin.sandbox.people import Client
from plugin.sandbox.switches import Switches
from plugin.sandbox.webhooks import signing
from plugin.sandbox.webhooks.hook import Attempt, Delivery, Hook


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    url: str
    body: bytes
    headers: dict[str, str]


class Sender:
    def __init__(self, threads: int) -> None:
        self._pool = urllib3.PoolManager(maxsize=threads, retries=False, cert_reqs="CERT_REQUIRED")

    def prepare(self, delivery: Delivery, hook: Hook, client: Client, *, switches: Switches, now: float) -> Request:
        headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "BigCommerce-Sandbox/1"}
        if switches.webhook_signature == "present":
            if switches.webhook_retry_timestamp == "refreshed":
                delivery.signed_at = int(now)
            headers |= signing.headers(
                client.secret,
                message_id=delivery.message_id,
                timestamp=delivery.signed_at,
                body=delivery.event.body,
            )
        return Request(url=hook.destination, body=delivery.event.body, headers=headers | (hook.headers or {}))

    def post(self, request: Request, *, timeout: float, at: float) -> Attempt:
        started = time.monotonic()
        status, error = None, ""
        try:
            response = self._pool.request(
                "POST",
                request.url,
                body=request.body,
                headers=request.headers,
                timeout=timeout,
                redirect=False,
                retries=False,
            )
            status = response.status
        except urllib3.exceptions.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}"
        return Attempt(at=at, status=status, error=error, milliseconds=(time.monotonic() - started) * 1000)

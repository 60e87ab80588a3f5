"""The load: signed webhooks made beforehand, sent over kept-alive connections as fast as answers come, or at a fixed rate.

One thread, plain sockets. At a fixed rate an answer is timed from the moment its request was due, so that a receiver that
falls behind cannot hide it; what was due and never sent counts with the time it had waited.
"""

import base64
import hashlib
import hmac
import json
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SECRET = "bench-client-secret-of-sufficient-length"
STORE = "bench"
CONNECTIONS = 16
OUTSTANDING_SECONDS = 1.0
SHORTEST_SLEEP = 0.0002
PADDING = "3f9ea420af83450d7ef9f78b08c8af25"


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back. `own` is the generator's processor time, `clock` the wall clock when the first request was due."""

    sent: int
    answered: int
    seconds: float
    times: Sequence[float]
    own: float
    clock: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def late(self, share: float) -> float:
        """A percentile in milliseconds."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] * 1000 if self.times else 0.0


def webhooks(first: int, count: int, *, hook_secret: str, events_an_order: int = 1) -> list[bytes]:
    """Order events as BigCommerce sends them, ready for the wire. `hash` begins with the number of the event."""
    now = int(time.time())
    return [_webhook(number, number // events_an_order + 1, now, hook_secret) for number in range(first, first + count)]


def _webhook(number: int, order: int, now: int, hook_secret: str) -> bytes:
    body = json.dumps(
        {
            "producer": f"stores/{STORE}",
            "hash": f"{number:08x}{PADDING}",
            "created_at": now,
            "store_id": "1001",
            "scope": "store/order/updated",
            "data": {"type": "order", "id": order},
        }
    ).encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), b"msg_%d.%d." % (number, now) + body, hashlib.sha256))
    return (
        b"POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: */*\r\n"
        b"User-Agent: bench\r\nwebhook-id: msg_%d\r\nwebhook-timestamp: %d\r\nwebhook-signature: v1,%s\r\n"
        b"x-backorder-hook: %s\r\nContent-Length: %d\r\n\r\n%s"
    ) % (number, now, signature, hook_secret.encode(), len(body), body)


class _Connection:
    """One request at a time; opened again where the server closes it, as gunicorn's sync worker does each time."""

    __slots__ = ("_address", "due", "read", "socket")

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self.due = 0.0
        self.read = b""
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(self._address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes, due: float) -> None:
        self.due, self.read = due, b""
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Take what has come. An answer is whole when its body is; anything but success ends the measurement."""
        arrived = self.socket.recv(65536)
        self.read += arrived
        head, blank, body = self.read.partition(b"\r\n\r\n")
        if not blank:
            if not arrived:
                raise ConnectionError("the server hung up instead of answering")
            return False
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise ConnectionError(self.read[:200].decode("latin-1"))
        fields = head.lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(body) < length:
            return False
        if b"connection: close" in fields or not arrived:
            self.socket.close()
            self._open()
        return True

    def fileno(self) -> int:
        return self.socket.fileno()


def send(
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float,
    rate: float | None = None,
    connections: int = CONNECTIONS,
) -> Answers:
    """Send until the time is over or the requests are; then wait a moment for what is still on its way."""
    idle = deque(_Connection(port) for _ in range(connections))
    everyone = list(idle)
    busy: set[_Connection] = set()
    times: list[float] = []
    sent, own, clock, begun = 0, time.thread_time(), time.time(), time.perf_counter()
    due_in_all = len(requests) if rate is None else min(len(requests), int(rate * seconds))
    while (now := time.perf_counter() - begun) < seconds and (sent < due_in_all or busy):
        while idle and sent < due_in_all and (rate is None or sent / rate <= now):
            connection = idle.popleft()
            connection.send(requests[sent], now if rate is None else sent / rate)
            busy.add(connection)
            sent += 1
        _collect(busy, idle, times, begun=begun, patience=_until_next(sent, rate, now, idle=bool(idle)))
    lasted = time.perf_counter() - begun
    answered = len(times)
    for _ in _until(begun + lasted + OUTSTANDING_SECONDS, busy):
        _collect(busy, idle, times, begun=begun, patience=0.01)
    own = time.thread_time() - own
    for connection in everyone:
        connection.socket.close()
    if rate is not None:
        times += [lasted - number / rate for number in range(sent, due_in_all)]
    return Answers(due_in_all if rate else sent, answered, lasted, sorted(times), own, clock)


def _until(ends: float, busy: set[_Connection]) -> Iterator[None]:
    while busy and time.perf_counter() < ends:
        yield


def _until_next(sent: int, rate: float | None, now: float, *, idle: bool) -> float:
    """How long to wait for answers before the next request is due."""
    return 0.01 if rate is None or not idle else max(SHORTEST_SLEEP, min(0.01, sent / rate - now))


def _collect(
    busy: set[_Connection], idle: deque[_Connection], times: list[float], *, begun: float, patience: float
) -> None:
    ready, _, _ = select.select(busy, (), (), patience)
    now = time.perf_counter() - begun
    for connection in ready:
        if connection.is_answered():
            times.append(now - connection.due)
            busy.discard(connection)
            idle.append(connection)

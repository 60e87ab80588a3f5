"""Why something happens, and the calls to the shop that follow: kept with the rows a unit of work writes.

Whoever lets something in says so once with `because` (a worker's job, the drain, a request); adapters/db writes it down with
the first row that wants it. `calls_noted` gathers the writing calls made meanwhile; services/publishing.py keeps them.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

ID_FIELDS = frozenset({"id", "product_id", "variant_id", "order_id", "resource_id"})
MOST_IDS = 100
"""Of the things one call wrote: enough to find it by, whatever a bulk call holds."""


class CauseKind(StrEnum):
    EVENTS = "events"
    """Webhooks, or notes of our own in the inbox; their rows name this cause."""
    JOB = "job"
    """The clock, or something else that was put off."""
    USER = "user"
    API = "api"
    SHOPPER = "shopper"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Cause:
    """`name` is the job, the page or the API key; never a person's name or address."""

    kind: CauseKind
    name: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call that was to change something in the shop. Neither its body nor its query: they may hold what is personal."""

    at: datetime
    method: str
    path: str
    status: int
    """0: no answer came."""
    milliseconds: int
    request_id: str = ""
    """The shop's own name for it, for a question to its support."""
    ids: tuple[int, ...] = ()
    """Of the products, variants or orders that it wrote."""


@dataclass(frozen=True, slots=True)
class LinkedCall:
    """`causes` None: the cause of the unit of work that keeps it."""

    call: CallMade
    causes: frozenset[int] | None = None


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)
_calls: ContextVar[list[CallMade] | None] = ContextVar("calls", default=None)


def current_cause() -> Cause | None:
    return _cause.get()


def begin(cause: Cause | None) -> None:
    """For a request, whose thread serves the next one afterwards: that one begins anew."""
    _cause.set(cause)


@contextmanager
def because(cause: Cause) -> Iterator[None]:
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


@contextmanager
def calls_noted() -> Iterator[list[CallMade]]:
    """The calls that are made inside, as far as they go."""
    calls: list[CallMade] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


def note_call(call: CallMade) -> None:
    if (calls := _calls.get()) is not None:
        calls.append(call)


def ids_named(text: str) -> frozenset[int]:
    """The ids in `101`, `77:105` and `order:101`."""
    return frozenset(int(part) for part in text.split(":") if part.isascii() and part.isdigit())


def ids_in(body: Any) -> frozenset[int]:
    """Ids of the products, variants and orders that a request names, wherever they stand in its body."""
    match body:
        case dict():
            own = {value for name, value in body.items() if name in ID_FIELDS and isinstance(value, int)}
            return frozenset(own).union(*(ids_in(value) for value in body.values() if isinstance(value, dict | list)))
        case list():
            plain = {value for value in body if isinstance(value, int)}
            return frozenset(plain).union(*(ids_in(value) for value in body if isinstance(value, dict | list)))
        case _:
            return frozenset()


def linked(calls: Sequence[CallMade], served: Collection[tuple[int | None, frozenset[int]]]) -> list[LinkedCall]:
    """Each call with the causes of what it wrote: those that share an id with it, or all where it names none."""
    return [
        LinkedCall(
            call, frozenset(cause for cause, ids in served if cause and (not call.ids or not ids.isdisjoint(call.ids)))
        )
        for call in calls
    ]

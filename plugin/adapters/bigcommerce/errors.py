"""What BigCommerce says when it refuses, in whatever shape it says it, and the one table from status to error.

`client.py` asks here; nobody else looks at a status, except where a batch is taken apart.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plugin.domain.saying import Saying, said
from plugin.services.errors import AccessRevoked, GiveUp, ParkingReason, RetryLater, ServiceError

LONGEST_WAIT = timedelta(hours=1)
"""No header may send us away for longer."""

LONGEST_EXPLANATION = 400
TEXT_KEYS = ("title", "message", "detail", "error", "error_description", "invalid_reason")
NESTED_KEYS = ("errors", "batch_errors", "details", "data")

LATER = frozenset({408, 423, 425, 429, 499, 500, 502, 503, 504})
"""Locked, throttled, timed out, overloaded, under maintenance; every other 5xx too, but 501 and 507."""

REFUSALS: Mapping[int, tuple[ParkingReason, Saying]] = {
    403: ("configuration", said("The store does not allow it: a scope is missing, or its plan has a limit.")),
    404: ("gone", said("The store does not have it any more.")),
    410: ("gone", said("The store does not have it any more.")),
    501: ("internal", said("The store does not know this kind of call.")),
    507: ("configuration", said("A limit of the store's plan is reached.")),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status that is not success, with what the body says, shortened to what a person can use."""

    what: str
    """The call, such as `PUT /v3/catalog/products`."""
    status: int
    explanation: str
    after: timedelta | None
    may_have_worked: bool

    def as_error(self) -> ServiceError:
        """The table of design: status → one of the five errors."""
        if self.status == 401:
            return AccessRevoked(self._words)
        if self.status in LATER or (self.status >= 500 and self.status not in REFUSALS):
            unknown = self.may_have_worked and (self.status >= 500 or self.status in {408, 499})
            return RetryLater(self._words, after=self.after, outcome_unknown=unknown)
        if self.status not in REFUSALS:
            return GiveUp("rejected", self._words)
        reason, meaning = REFUSALS[self.status]
        return GiveUp(reason, said("%(meaning)s %(words)s", meaning=meaning, words=self._words))

    @property
    def _words(self) -> Saying:
        """The store's own words, with ours before them."""
        if not self.explanation:
            return said("The store answers %(call)s with %(status)s.", call=self.what, status=self.status)
        return said(
            "The store answers %(call)s with %(status)s: %(words)s",
            call=self.what,
            status=self.status,
            words=self.explanation,
        )


def waiting_time(headers: Mapping[str, str], status: int) -> timedelta | None:
    """How long the answer asks us to wait. On a 429 the time until the window resets; None where nothing is said."""
    wait = _seconds(headers.get("X-Retry-After")) or _seconds(headers.get("Retry-After"))
    if wait is None and status == 429:
        milliseconds = _seconds(headers.get("X-Rate-Limit-Time-Reset-Ms"))
        wait = None if milliseconds is None else milliseconds / 1000
    return None if wait is None else min(timedelta(seconds=wait), LONGEST_WAIT)


def explanation_of(body: Any) -> str:
    """The titles, messages and field errors of any error body; empty where it has none (HTML, nothing)."""
    parts: list[str] = []
    for text in _texts(body, depth=0):
        if text not in parts:
            parts.append(text)
    return _shortened("; ".join(parts))


def parsed(raw: bytes) -> Any:
    """The JSON of a body, or None where it is none (HTML of a gateway, or empty)."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _texts(body: Any, *, depth: int) -> Iterator[str]:
    if depth > 5:
        return
    if isinstance(body, list):
        for each in body[:20]:
            yield from ([each] if isinstance(each, str) else _texts(each, depth=depth + 1))
    elif isinstance(body, dict):
        yield from (body[key] for key in TEXT_KEYS if isinstance(body.get(key), str) and body[key])
        for key in NESTED_KEYS:
            yield from _texts_under(body.get(key), depth=depth)


def _texts_under(nested: Any, *, depth: int) -> Iterator[str]:
    """`errors` maps a field to a text, or is a list like the whole, or is the whole again."""
    if isinstance(nested, dict):
        named = {field: text for field, text in nested.items() if isinstance(text, str) and field not in TEXT_KEYS}
        yield from (f"{field}: {text}" for field, text in list(named.items())[:20] if field not in {"type", "status"})
    yield from _texts(nested, depth=depth + 1)


def _seconds(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 < number < 1e12 else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_EXPLANATION else f"{text[: LONGEST_EXPLANATION - 1]}…"

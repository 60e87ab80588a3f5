"""What the receiver needs: is a delivery genuine, and what does its envelope say. Nothing in it is trusted.

`web/webhooks.py` calls both for every delivery, so they are quick and touch nothing. `events.py` reads the contents later.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from plugin.domain.ids import TenantId
from plugin.services.ports.inbox import Envelope

LARGEST_BODY = 64 * 1024
DEEPEST = 12
LARGEST_INTEGER = 2**63 - 1
PRODUCER = re.compile(r"stores/([a-zA-Z0-9]{1,64})")
TOPIC = re.compile(r"store/[A-Za-z0-9_*/]{1,120}")
KEY_DIGITS = 32


class Verdict(StrEnum):
    GENUINE = "genuine"
    STALE = "stale"
    """Rightly signed, but long ago: a late retry or a replay. Worth a log line, and no wrong signature."""
    UNSIGNED = "unsigned"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Signature:
    """The three headers of Standard Webhooks, as they came; empty where one is missing."""

    message_id: str = ""
    timestamp: str = ""
    signatures: str = ""


def check_signature(
    raw: bytes, signature: Signature, *, client_secret: str, now: datetime, tolerance: timedelta
) -> Verdict:
    """Compare in constant time; the key is the client secret as it is, the content the bytes as they came."""
    if not (signature.message_id and signature.timestamp and signature.signatures):
        return Verdict.UNSIGNED
    content = b".".join([_encoded(signature.message_id), _encoded(signature.timestamp), raw])
    mac = _keyed(client_secret).copy()
    mac.update(content)
    expected = mac.digest()
    if not any(hmac.compare_digest(expected, given) for given in _given(signature.signatures)):
        return Verdict.FORGED
    signed_at = _moment(signature.timestamp)
    if signed_at is None:
        return Verdict.FORGED
    return Verdict.GENUINE if abs(now - signed_at) <= tolerance else Verdict.STALE


@lru_cache(maxsize=1)
def _keyed(client_secret: str) -> hmac.HMAC:
    """Made ready once; its copies are quicker than a digest from scratch, which also lets go of the interpreter."""
    return hmac.new(client_secret.encode(), digestmod="sha256")


def carries_secret(given: str | None, expected: str) -> bool:
    """The second factor: the header we gave our hooks, compared in constant time."""
    return bool(expected) and hmac.compare_digest(_encoded(given or ""), _encoded(expected))


def open_envelope(raw: bytes, *, message_id: str = "") -> Envelope | None:
    """Open a delivery, or None where it is none of ours: too large, no JSON, too deep, of no store, about nothing.

    `message_id` is the signed `webhook-id`, the same for each retry of a delivery.
    """
    body = _parsed(raw)
    if body is None or not isinstance(body.get("data"), dict):
        return None
    producer, topic = body.get("producer"), body.get("scope")
    if not isinstance(producer, str) or not isinstance(topic, str):
        return None
    store = PRODUCER.fullmatch(producer)
    if store is None or not TOPIC.fullmatch(topic):
        return None
    return Envelope(
        tenant_id=TenantId(store[1]), topic=topic, dedupe_key=_dedupe_key(topic, body, message_id), body=raw.decode()
    )


def _parsed(raw: bytes) -> Mapping[str, Any] | None:
    if len(raw) > LARGEST_BODY:
        return None
    try:
        text = raw.decode()
        body = FROM_JSON.decode(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and (is_usual(text) or _is_plain(body)) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _storable_integer(digits: str) -> int:
    number = int(digits)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(f"{digits[:30]} is larger than a database holds")
    return number


def _storable_float(digits: str) -> float:
    number = float(digits)
    if abs(number) == float("inf"):
        raise ValueError(f"{digits[:30]} is larger than a number can be")
    return number


FROM_JSON = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_storable_integer, parse_float=_storable_float)
TO_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
"""Made once: both would be made anew for each delivery."""


def is_usual(text: str) -> bool:
    """Quick to see, and true of most events: nothing in this JSON can be too deep, or no text."""
    return text.count("{") + text.count("[") < DEEPEST and "\\u" not in text


def _is_plain(body: Any) -> bool:
    """No deeper than any event is, and no text a database could not store."""
    level = [body]
    for _depth in range(DEEPEST):
        inner: list[Any] = []
        for value in level:
            if not _is_storable(value):
                return False
            if isinstance(value, dict):
                inner.extend(value.values())
                inner.extend(value.keys())
            elif isinstance(value, list):
                inner.extend(value)
        if not inner:
            return True
        level = inner
    return False


def _is_storable(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _dedupe_key(topic: str, body: Mapping[str, Any], message_id: str) -> str:
    """The same delivery twice has the same key.

    The platform's hash alone is not enough: two changes may share it, within one second even everything but the id of
    the delivery. One event too many costs a read; one too few is a change we do not see.

    The second of the change comes first, so that the index grows at its end: keys without an order would touch a page of
    its whole week for every event.
    """
    created_at = body.get("created_at")
    second = created_at if isinstance(created_at, int) and 0 <= created_at < 2**40 else 0
    parts = [topic, body.get("data"), body.get("hash"), created_at, message_id]
    return f"{second:010x}{hashlib.sha256(TO_JSON.encode(parts).encode()).hexdigest()[:KEY_DIGITS]}"


def _given(signatures: str) -> list[bytes]:
    """The `v1` signatures of a header that may list several; other versions are not ours to judge."""
    found = []
    for each in signatures.split()[:10]:
        version, comma, value = each.partition(",")
        if version == "v1" and comma:
            try:
                found.append(base64.b64decode(_encoded(value), validate=True))
            except binascii.Error:
                continue
    return found


def _encoded(text: str) -> bytes:
    """Header text as the bytes it came in; latin-1 is what WSGI makes of them."""
    return text.encode("latin-1", errors="replace")


def _moment(timestamp: str) -> datetime | None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return None
    return datetime.fromtimestamp(int(timestamp), tz=UTC)

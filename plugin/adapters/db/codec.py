"""Domain values as JSON text and back. A field added later gets its default, one removed is ignored: two versions of
the app can share a database while one replaces the other.
"""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")


def encode(kind: type[Value], value: Value) -> str:
    """The value as JSON text that any database can keep, whatever foreign text is in it."""
    return to_text(_adapter(kind).dump_python(value, mode="json"))


def decode(kind: type[Value], text: str) -> Value:
    return _adapter(kind).validate_json(text)


def to_text(value: Any) -> str:
    """Plain JSON values as text: always the same text for the same value."""
    return cleaned(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def cleaned(text: str) -> str:
    """Foreign text without the two things a database refuses: NUL characters and halves of surrogate pairs."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[Value]) -> TypeAdapter[Value]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]

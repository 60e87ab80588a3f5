"""Column types: values go in and come out as the domain means them, on SQLite and PostgreSQL alike."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from plugin.adapters.db.codec import cleaned, decode, encode, to_text
from plugin.domain.saying import Saying, facts_as_data, saying_of, verbatim

KEPT_APART = '{"facts":{'
"""How a sentence begins that is kept as pattern and facts."""
Value = TypeVar("Value")
Name = TypeVar("Name", bound=StrEnum)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no zones and keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from outside, without what a database refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else cleaned(value)


class Said(TypeDecorator[Saying]):
    """A sentence as pattern and facts. Plain words stand as they are: of others, or from before sentences had two parts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Saying | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  — SQLAlchemy's signature
        if value is None or isinstance(value, str):
            return None if value is None else cleaned(value)
        if value == verbatim(str(value)):
            return cleaned(str(value))
        return to_text({**facts_as_data(value), "say": value.pattern})

    def process_result_value(self, value: str | None, dialect: Dialect) -> Saying | None:  # noqa: ARG002  — SQLAlchemy's signature
        if value is None:
            return None
        if not value.startswith(KEPT_APART):
            return verbatim(value)
        data = json.loads(value)
        return saying_of(data["say"], data)


class Named(TypeDecorator[Name], Generic[Name]):
    """A member of an enumeration, kept by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[Name]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Name | None, dialect: Dialect) -> str | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Name | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """Plain JSON values: mappings, lists, text, numbers. None is no value at all."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else to_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else json.loads(value)


class Stored(TypeDecorator[Value], Generic[Value]):
    """A whole domain value, kept as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[Value]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else encode(self.kind, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:  # noqa: ARG002  — SQLAlchemy's signature
        return None if value is None else decode(self.kind, value)

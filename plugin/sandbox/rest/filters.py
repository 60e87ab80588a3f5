"""The v3 filter language: `field`, `:in`, `:not_in`, `:min`, `:max`, `:greater`, `:less`, `:like`. Unknown ones are refused."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from plugin.sandbox.rest.envelope import read_date, refuse_unknown_filters
from plugin.sandbox.rest.refusal import ApiRefusal, v3_refusal

Row = TypeVar("Row")
Reader = Callable[[Row], Any]
OPERATORS = ("", ":in", ":not_in", ":min", ":max", ":greater", ":less", ":like")
PAGING = ("page", "limit", "include", "include_fields", "exclude_fields", "sort", "direction", "before", "after")


def apply_filters(
    rows: Sequence[Row],
    args: dict[str, str],
    query: str,
    readers: Mapping[str, Reader[Row]],
    *,
    also: Sequence[str] = (),
) -> list[Row]:
    """Rows that pass every filter. `also` names parameters the caller handles itself."""
    known = {f"{name}{operator}" for name in readers for operator in OPERATORS}
    refuse_unknown_filters(args, query, known | set(PAGING) | set(also))
    kept = list(rows)
    for name, text in args.items():
        field, _, operator = name.partition(":")
        if field in readers and name not in also and name in known:
            kept = [row for row in kept if passes(readers[field](row), operator, text, name)]
    return kept


def passes(value: Any, operator: str, text: str, name: str) -> bool:
    if operator in ("in", "not_in", ""):
        wanted = [part.strip() for part in text.split(",")] if operator else [text]
        found = any(
            same(each, part, name) for part in wanted for each in (value if isinstance(value, list) else [value])
        )
        return found != (operator == "not_in")
    if operator == "like":
        return text.strip("%").lower() in str(value).lower()
    limit = same_type(value, text, name)
    if operator in ("min", "greater"):
        return bool(value >= limit if operator == "min" else value > limit)
    return bool(value <= limit if operator == "max" else value < limit)


def same(value: Any, text: str, name: str) -> bool:
    return bool(value == same_type(value, text, name))


def same_type(value: Any, text: str, name: str) -> Any:
    """Read the text as what the field is; 422 when it is not."""
    if isinstance(value, datetime):
        moment = read_date(text)
        if moment is None:
            raise unreadable(name)
        return moment
    try:
        if isinstance(value, bool):
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if isinstance(value, int):
            return int(text)
        if isinstance(value, float):
            return float(text)
    except (ValueError, KeyError):
        raise unreadable(name) from None
    return text


def unreadable(name: str) -> ApiRefusal:
    return v3_refusal(422, f"The filter {name} is invalid.", errors={name: "invalid"})


def ordered(rows: list[Row], args: dict[str, str], readers: Mapping[str, Reader[Row]]) -> list[Row]:
    field = args.get("sort", "id")
    if field not in readers:
        raise v3_refusal(422, f"The sort field {field} is invalid.")
    return sorted(rows, key=readers[field], reverse=args.get("direction", "asc") == "desc")

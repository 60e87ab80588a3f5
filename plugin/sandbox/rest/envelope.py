"""Envelopes, paging, dates and money as v2 and v3 write them. The two differ in nearly everything."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from math import ceil
from typing import Any, TypeVar
from urllib.parse import urlencode

from plugin.sandbox.rest.refusal import ApiRefusal, v2_refusal, v3_refusal

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Answer:
    """`body=None` is an answer without a body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def money(amount: Decimal) -> str:
    return f"{amount:.4f}"


def rfc2822(moment: datetime | None) -> str:
    """UTC, and an empty string where nothing is set."""
    return "" if moment is None else format_datetime(moment.astimezone(UTC).replace(microsecond=0))


def iso8601(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0).isoformat()


def zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read_date(text: str) -> datetime | None:
    """RFC 2822 or ISO 8601; a moment without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def whole_number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def page_of(
    args: dict[str, str], *, refuse: Callable[[int, str], ApiRefusal], default: int, most: int
) -> tuple[int, int]:
    """`page` and `limit`, refused above the maximum."""
    numbers = []
    for name, otherwise in (("page", 1), ("limit", default)):
        number = whole_number(args.get(name, str(otherwise)))
        if number is None or number < 1:
            raise refuse(422 if refuse is v3_refusal else 400, f"The field '{name}' is invalid.")
        numbers.append(number)
    page, limit = numbers
    if limit > most:
        raise refuse(413, f"The limit parameter exceeded the maximum of {most}.")
    return page, limit


def v2_list(
    args: dict[str, str], rows: Sequence[Row], show: Callable[[Row], Any], *, default: int = 50, most: int = 250
) -> Answer:
    """A bare array; an empty page is 204 without a body."""
    page, limit = page_of(args, refuse=v2_refusal, default=default, most=most)
    shown = rows[(page - 1) * limit : page * limit]
    return Answer(200, [show(row) for row in shown]) if shown else Answer(204)


def v3_list(
    args: dict[str, str], rows: Sequence[Row], show: Callable[[Row], Any], *, default: int = 50, most: int = 250
) -> Answer:
    page, limit = page_of(args, refuse=v3_refusal, default=default, most=most)
    shown = rows[(page - 1) * limit : page * limit]
    pagination = paging(args, total=len(rows), count=len(shown), page=page, limit=limit)
    return Answer(200, {"data": [show(row) for row in shown], "meta": {"pagination": pagination}})


def paging(args: dict[str, str], *, total: int, count: int, page: int, limit: int) -> dict[str, Any]:
    pages = max(1, ceil(total / limit))

    def link(number: int) -> str:
        return "?" + urlencode({**args, "page": number, "limit": limit}, safe=":,")

    links = {"current": link(page)}
    if page > 1:
        links["previous"] = link(page - 1)
    if page < pages:
        links["next"] = link(page + 1)
    return {
        "total": total,
        "count": count,
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }


def v3_one(body: Any, *, status: int = 200) -> Answer:
    return Answer(status, {"data": body, "meta": {}})


def refuse_unknown_filters(args: dict[str, str], query: str, known: Collection[str]) -> None:
    """v3 refuses a filter it does not know; a stray `&` counts as one without a name."""
    unknown = [name for name in args if name not in known]
    if any(not part for part in query.split("&")) and query:
        unknown.append("")
    if unknown:
        raise v3_refusal(422, f"The filter(s): {','.join(unknown)} are not valid filter parameter(s).")


def id_list(args: dict[str, str], name: str) -> set[int] | None:
    """The numbers of a comma list, or None when the filter is not there."""
    if name not in args:
        return None
    try:
        return {int(part) for part in args[name].split(",") if part.strip()}
    except ValueError:
        raise v3_refusal(422, f"The filter {name} needs whole numbers.", errors={name: "invalid"}) from None


def word_list(args: dict[str, str], name: str) -> set[str] | None:
    return None if name not in args else {part.strip() for part in args[name].split(",")}

"""Lists in pages by key: what is asked for (search, filters, order, size), and the way to the next page.

A query is asked for `size + 1` rows after `after`; `page_of` cuts the last one off and makes its place the next page's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from plugin.web.admin.door import app_url
from plugin.web.reading import choice

SIZES = ("25", "50", "100")
LONGEST_TEXT = 100
LONGEST_PLACE = 200

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of a list is wanted. `filters` only has names that were asked for and are not empty."""

    endpoint: str
    after: str
    size: int
    sort: str
    filters: Mapping[str, str]

    @property
    def limit(self) -> int:
        return self.size + 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

    def get(self, name: str) -> str:
        return self.filters.get(name, "")

    def address(self, **changed: str) -> str:
        """The same list with something changed, from its first page. An empty value takes a filter away."""
        kept = {**self.filters, "sort": self.sort, "size": str(self.size), **changed}
        return app_url(self.endpoint, **{name: value for name, value in kept.items() if value})


def wish(
    endpoint: str, *, filters: Sequence[str] = (), sorts: tuple[str, ...] = ("",), sizes: tuple[str, ...] = SIZES
) -> Wish:
    """Read the address: each filter as text, `sort` and `size` from what is allowed, the first being the usual one."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST_TEXT] for name in filters}
    return Wish(
        endpoint=endpoint,
        after=request.args.get("after", "")[:LONGEST_PLACE],
        size=int(choice("size", sizes)),
        sort=choice("sort", sorts),
        filters={name: text for name, text in asked.items() if text},
    )


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """The rows of one page. `next` and `first` are addresses, empty where there is nothing to go to."""

    rows: Sequence[Row]
    next: str
    first: str


def page_of(rows: Sequence[Row], wanted: Wish, place: Callable[[Row], object], *, go_on: str = "") -> ListPage[Row]:
    """`place` says where a row stands in the order, as text the next request brings back in `after`.

    `go_on` is such a text, too, where a page that is not full has not looked through everything.
    """
    shown = rows[: wanted.size]
    behind = str(place(shown[-1])) if len(rows) > wanted.size else go_on
    return ListPage(
        rows=shown,
        next=wanted.address(after=behind) if behind else "",
        first=wanted.address() if wanted.after else "",
    )

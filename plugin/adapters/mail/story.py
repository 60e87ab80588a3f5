"""The facts of a message, read back from the outbox and put the way the templates tell them.

Every word that came from a shop is made one bounded line here, so that no template has to think of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from plugin.adapters.mail.plain import one_line, web_address
from plugin.domain.calendar import DateWindow
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.facts import (
    FACTS_OF_KIND,
    CancelledFacts,
    Facts,
    LaterFacts,
    LeftItemFacts,
    LimitFacts,
    LineFacts,
    NoticeFacts,
    OrderFacts,
    WaitlistFacts,
)
from plugin.services.ports.messages import MessageKind

MOST_LEFT_ITEMS = 50
LONGEST_SHOPPER_NAME = 60


def read_facts(kind: MessageKind, stored: Mapping[str, Any]) -> Facts:
    """The facts as they were frozen. What cannot be read will not become readable: it is parked as our own mistake."""
    try:
        return _adapter(kind).validate_python(dict(stored))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in problem["loc"]) for problem in error.errors()}))
        raise GiveUp(
            "internal",
            said("The facts of a %(kind)s message are wrong in: %(fields)s.", kind=kind.value, fields=fields),
        ) from error


@cache
def _adapter(kind: MessageKind) -> TypeAdapter[Facts]:
    return TypeAdapter(FACTS_OF_KIND[kind])


@dataclass(frozen=True, slots=True)
class Part:
    """Units of a line that ship together; `window` None: no date can be given yet."""

    units: int
    window: DateWindow | None
    is_preorder: bool

    @property
    def is_from_day(self) -> bool:
        """A pre-order with one day is said to ship *from* that day."""
        return self.is_preorder and self.window is not None and self.window.earliest == self.window.latest


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    options: str
    sku: str
    quantity: int
    now_units: int
    arrived_units: int
    is_preorder: bool
    image_url: str
    later: tuple[Part, ...]
    old_day: date | None


@dataclass(frozen=True, slots=True)
class OrderStory:
    """What an order's mails tell. `left_out` lines did not fit; those that wait are told first."""

    number: int
    placed_on: date
    today: date
    shopper_name: str
    url: str
    lines: tuple[Line, ...]
    all_lines: tuple[Line, ...]

    @property
    def left_out(self) -> int:
        return len(self.all_lines) - len(self.lines)

    @property
    def waiting(self) -> tuple[Line, ...]:
        return tuple(line for line in self.all_lines if line.later)

    @property
    def arrived(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.arrived_units)

    @property
    def others(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.arrived_units)

    @property
    def later(self) -> tuple[Part, ...]:
        return tuple(part for line in self.all_lines for part in line.later)

    @property
    def now_units(self) -> int:
        return sum(line.now_units for line in self.all_lines)

    @property
    def arrived_units(self) -> int:
        return sum(line.arrived_units for line in self.all_lines)

    @property
    def window(self) -> DateWindow | None:
        """From the first day something waiting ships to the last; None where a date is missing."""
        windows = [part.window for part in self.later]
        known = [window for window in windows if window]
        if not known or len(known) < len(windows):
            return None
        return DateWindow(min(w.earliest for w in known), max(w.latest for w in known))


def order_story(facts: OrderFacts | NoticeFacts | CancelledFacts, *, most_lines: int, page: str = "") -> OrderStory:
    """`page` is our own page of the order, for facts that name none."""
    lines = tuple(_line(line) for line in facts.lines)
    told = lines
    if len(lines) > most_lines:
        told = tuple(sorted(lines, key=_least_urgent))[:most_lines]
    return OrderStory(
        number=facts.order_id,
        placed_on=facts.placed_on,
        today=facts.decided_on,
        shopper_name=one_line(facts.shopper_name, longest=LONGEST_SHOPPER_NAME),
        url=web_address(facts.order_url) or page,
        lines=told,
        all_lines=lines,
    )


def _least_urgent(line: Line) -> tuple[bool, bool]:
    return (not line.arrived_units, not line.later)


def _line(facts: LineFacts) -> Line:
    return Line(
        name=one_line(facts.name),
        options=one_line(facts.options),
        sku=one_line(facts.sku, longest=60),
        quantity=facts.quantity,
        now_units=facts.now_units,
        arrived_units=facts.arrived_units,
        is_preorder=facts.is_preorder,
        image_url=web_address(facts.image_url),
        later=tuple(_part(later, is_preorder=facts.is_preorder) for later in _merged(facts.later)),
        old_day=facts.old_day,
    )


def _merged(parts: Iterable[LaterFacts]) -> Iterable[LaterFacts]:
    """Units with the same dates are one part, whatever shipment they come with."""
    merged: dict[tuple[date | None, date | None], LaterFacts] = {}
    for part in parts:
        dates = (part.earliest, part.latest)
        known = merged.get(dates)
        merged[dates] = replace(known, units=known.units + part.units) if known else part
    return merged.values()


def _part(facts: LaterFacts, *, is_preorder: bool) -> Part:
    return Part(facts.units, window_of(facts.earliest, facts.latest), is_preorder)


def window_of(earliest: date | None, latest: date | None) -> DateWindow | None:
    """The window, put right where one end is missing or the two were swapped."""
    days = [day for day in (earliest, latest) if day]
    return DateWindow(min(days), max(days)) if days else None


def cleaned_item(facts: WaitlistFacts | LimitFacts) -> dict[str, str]:
    """Name, options and SKU of the one item a mail is about."""
    return {
        "name": one_line(facts.name),
        "options": one_line(facts.options),
        "sku": one_line(facts.sku, longest=60),
    }


def cleaned_items(items: Iterable[LeftItemFacts]) -> list[LeftItemFacts]:
    return [replace(i, name=one_line(i.name), sku=one_line(i.sku, longest=60)) for i in items][:MOST_LEFT_ITEMS]

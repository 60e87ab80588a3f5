"""What a shopper may take instead of an item: which items the merchant allows, whether one is sooner, and what became of it.

A list is never followed any further: who takes a substitute is offered what is allowed for the item that was bought.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, OrderId, OrderLineId
from plugin.domain.order import Order, OrderLine, OrderStage
from plugin.domain.plan import Offer
from plugin.domain.promise import PromisePart
from plugin.domain.saying import said

MOST_SUBSTITUTES = 10
LONGEST_NOTE = 120


@dataclass(frozen=True, slots=True)
class Substitute:
    """An item that may be sent instead of another. Shoppers read the note as it is: `The same coat in navy`."""

    item_id: ItemId
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.note) > LONGEST_NOTE or not self.note.isprintable():
            message = said(
                "note is %(note)r; write one line of at most %(most)s characters.",
                note=self.note[:LONGEST_NOTE],
                most=LONGEST_NOTE,
            )
            raise DomainError(message, field="note", value=self.note[:LONGEST_NOTE])


def require_sensible(item: ItemId, substitutes: Sequence[Substitute]) -> None:
    """Nothing stands in for itself, and each substitute stands once in the list."""
    seen: set[ItemId] = set()
    for each in substitutes:
        if each.item_id == item:
            raise DomainError(said("%(item)s cannot stand in for itself.", item=item), field="item", value=each.item_id)
        if each.item_id in seen:
            message = said("%(item)s stands in the list twice; name each substitute once.", item=each.item_id)
            raise DomainError(message, field="item", value=each.item_id)
        seen.add(each.item_id)
    if len(substitutes) > MOST_SUBSTITUTES:
        message = said(
            "There are %(count)s substitutes; at most %(most)s are allowed for one item.",
            count=len(substitutes),
            most=MOST_SUBSTITUTES,
        )
        raise DomainError(message, field="item", value=len(substitutes))


@dataclass(frozen=True, slots=True)
class Sooner:
    """When a substitute would ship. `window` None: it lies here and can leave now."""

    window: DateWindow | None


def sooner_with(offer: Offer, *, units: int, spoken_for: int, instead_of: date | None) -> Sooner | None:
    """When so many units would ship, behind those other shoppers have chosen; None where that helps nobody.

    `instead_of` is the last day the shopper is told now; None where no day can be named, so any day is better.
    """
    parts = list(_behind(offer.promise_for(spoken_for + units).parts, spoken_for))
    if sum(part.units for part in parts) < units:
        return None
    later = [part.window for part in parts if not part.ships_now]
    if not later:
        return Sooner(None)
    known = [window for window in later if window]
    if len(known) < len(later):
        return None
    last = max(known, key=lambda window: window.latest)
    return Sooner(last) if instead_of is None or last.latest < instead_of else None


def _behind(parts: Iterable[PromisePart], spoken_for: int) -> Iterable[PromisePart]:
    """What is left of these parts once the first units are gone."""
    for part in parts:
        gone = min(spoken_for, part.units)
        spoken_for -= gone
        if part.units > gone:
            yield PromisePart(part.units - gone, part.window, part.basis)


class ChoiceState(StrEnum):
    OPEN = "open"
    """The shop has to change the order; until then everything stays as it was bought."""
    DONE = "done"
    """The order was changed as the shopper wished."""
    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    """The shop will not change the order."""
    ENDED = "ended"
    """There is nothing left to change: sent, cancelled, or taken out of the order."""


@dataclass(frozen=True, slots=True)
class SubstituteChoice:
    """A shopper's wish for one line. What the order held then is kept, to see that it was carried out."""

    choice_id: int
    order_id: OrderId
    line_id: OrderLineId
    item_id: ItemId
    substitute: ItemId
    name: str
    """What the substitute was called to the shopper."""
    units: int
    wanted_before: int
    """Units of the line that were wanted then, …"""
    had_before: int
    """… and units of the substitute that the order held already."""
    chosen_at: datetime
    channel: str
    state: ChoiceState = ChoiceState.OPEN
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state is ChoiceState.OPEN

    def outcome(self, order: Order) -> ChoiceState | None:
        """What the order, as the shop has it now, says became of the wish; None as long as it waits."""
        if order.stage is OrderStage.CANCELLED:
            return ChoiceState.ENDED
        line = self._line(order)
        gained = wanted_of(order, self.substitute) - self.had_before
        given_up = self.wanted_before - (wanted(line) if line else 0)
        if gained > 0 and given_up > 0:
            return ChoiceState.DONE
        if line is None or not line.open or not order.stage.holds_units:
            return ChoiceState.ENDED
        return None

    def _line(self, order: Order) -> OrderLine | None:
        """None where the line is gone or asks for something else now."""
        return next(
            (line for line in order.lines if line.line_id == self.line_id and line.item_id == self.item_id), None
        )


def wanted(line: OrderLine) -> int:
    """Units that were bought and neither cancelled nor paid back, sent ones included."""
    return max(0, line.quantity - max(line.refunded, line.cancelled))


def wanted_of(order: Order, item: ItemId) -> int:
    return sum(wanted(line) for line in order.lines if line.item_id == item)

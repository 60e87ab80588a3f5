"""Who stands where in the queue for an item: the merchant's rules in their order, and which of them decided.

A rule compares two lines; the first rule in which they differ decides, and where none does, who came first.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from plugin.domain.errors import DomainError, require_not_negative, require_positive
from plugin.domain.ids import OrderId, OrderLineId
from plugin.domain.order import Sending
from plugin.domain.saying import Saying, said

LONG_AGO = datetime.min.replace(tzinfo=UTC)
Key = TypeVar("Key", bound=Hashable)
Rank = tuple[tuple[object, ...], ...]


class RankRule(StrEnum):
    PINNED = "pinned"
    """Lines the merchant put first by hand, in the order of pinning."""
    OVERDUE_PROMISE = "overdue_promise"
    """Lines whose first promised day has passed."""
    COMPLETES_ORDER = "completes_order"
    """Lines that are the last an order waits for."""
    PAID_FIRST = "paid_first"
    CUSTOMER_GROUP = "customer_group"
    """By the store's order of customer groups; groups it does not name, and guests, come last."""
    ORDER_VALUE = "order_value"
    """The larger order first."""
    PROMISED_DATE = "promised_date"
    """The earlier promise first; lines nobody was told a day for come last."""

    @property
    def words(self) -> Saying:
        """The rule as a reason, for either of the two lines it tells apart."""
        return WORDS[self]


WORDS = {
    RankRule.PINNED: said("lines pinned by hand go first"),
    RankRule.OVERDUE_PROMISE: said("overdue promises go first"),
    RankRule.COMPLETES_ORDER: said("lines that complete an order go first"),
    RankRule.PAID_FIRST: said("paid orders go first"),
    RankRule.CUSTOMER_GROUP: said("by customer group"),
    RankRule.ORDER_VALUE: said("the larger order goes first"),
    RankRule.PROMISED_DATE: said("the earlier promise goes first"),
}
FIRST_COME = said("first come, first served")


@dataclass(frozen=True, slots=True)
class GroupReserve:
    """Units of each item that only customers of one group are given, the soonest ones.

    Units that the group's open orders have or are given count; what they ship makes room for more.
    """

    group: int
    units: int

    def __post_init__(self) -> None:
        require_positive("group", self.group)
        require_not_negative("units", self.units)


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """How a store shares what it has. The defaults are first come, first served by time paid.

    Above a cap the rest of an order (or customer) waits behind everybody else; it is not refused, nothing lies idle.
    """

    rules: tuple[RankRule, ...] = (RankRule.PINNED, RankRule.PAID_FIRST)
    group_order: tuple[int, ...] = ()
    reserves: tuple[GroupReserve, ...] = ()
    most_per_order: int | None = None
    """Units of one item that one order is given before the others had theirs; None: no cap."""
    most_per_customer: int | None = None
    sending: Sending = Sending.AS_READY
    """Whether an order ships complete or in parts, where its shopper or the merchant chose nothing for it."""

    def __post_init__(self) -> None:
        _require_each_once("rules", self.rules)
        _require_each_once("group_order", self.group_order)
        _require_each_once("reserves", tuple(reserve.group for reserve in self.reserves))
        for field in ("most_per_order", "most_per_customer"):
            if (cap := getattr(self, field)) is not None:
                require_positive(field, cap)

    @property
    def needs_groups(self) -> bool:
        """Whether customer groups have to be asked of the shop at all."""
        return RankRule.CUSTOMER_GROUP in self.rules or bool(self.reserves)

    def rank(self, line: "Ranked", today: date) -> Rank:
        """Sorts lines: one key per rule, then the time they came, then the line id, so that order of input never does."""
        return (*(KEYS[rule](self, line, today) for rule in self.rules), (line.queue_time, line.line_id))

    def decided(self, rank: Rank, other: Rank) -> Saying:
        """What told two lines apart, in words."""
        first = next((number for number, (one, two) in enumerate(zip(rank, other, strict=True)) if one != two), None)
        return FIRST_COME if first is None or first == len(self.rules) else self.rules[first].words

    def place_of(self, group: int | None) -> int:
        return self.group_order.index(group) if group in self.group_order else len(self.group_order)


class Ranked(Protocol):
    """What the rules look at."""

    @property
    def line_id(self) -> OrderLineId: ...
    @property
    def order_id(self) -> OrderId: ...
    @property
    def queue_time(self) -> datetime: ...
    @property
    def is_paid(self) -> bool: ...
    @property
    def pinned_at(self) -> datetime | None: ...
    @property
    def promised_on(self) -> date | None: ...
    @property
    def completes_order(self) -> bool: ...
    @property
    def customer_group(self) -> int | None: ...
    @property
    def order_value(self) -> Decimal: ...


KEYS: Mapping[RankRule, Callable[[AllocationRules, Ranked, date], tuple[object, ...]]] = {
    RankRule.PINNED: lambda _, line, __: (line.pinned_at is None, line.pinned_at or LONG_AGO),
    RankRule.OVERDUE_PROMISE: lambda _, line, today: (line.promised_on is None or line.promised_on >= today,),
    RankRule.COMPLETES_ORDER: lambda _, line, __: (not line.completes_order,),
    RankRule.PAID_FIRST: lambda _, line, __: (not line.is_paid,),
    RankRule.CUSTOMER_GROUP: lambda rules, line, __: (rules.place_of(line.customer_group),),
    RankRule.ORDER_VALUE: lambda _, line, __: (-line.order_value,),
    RankRule.PROMISED_DATE: lambda _, line, __: (line.promised_on or date.max,),
}
"""What each rule sorts by: the smaller goes first."""


def _require_each_once(field: str, values: tuple[Key, ...]) -> None:
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise DomainError(
            said("%(field)s names %(allowed)s more than once.", field=field, allowed=", ".join(twice)),
            field=field,
            value=list(values),
        )

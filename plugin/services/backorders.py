"""The merchant's list of backorders: its tabs, filters and order, and what one line of it says. SQL: adapters/db/backorders.py.

A line is a backorder once it has owed units, until its order is done. Pages go by key: ask again `after` the last row.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError, require_at_most, require_positive
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, TenantId
from plugin.domain.order import OrderStage, Sending
from plugin.domain.promise import Promise
from plugin.domain.saying import Saying, said
from plugin.services.ports.notices import Wants

MOST_FOUND = 100
"""A search shows so many lines; whoever finds more has to say more."""
MOST_CHOICES = 200
COUNTED_TO = 1000
"""Beyond it a tab says `999+`: no list has to be walked through for its number."""
OLDEST_DAYS = 3650
LONGEST_SEARCH = 100


class Tab(StrEnum):
    OPEN = "open"
    LATE = "late"
    """Ships after the day that was promised first, or nobody can say when."""
    TELL = "tell"
    """Its shopper has news to be told: the mail is on its way, or came back and somebody has to call."""
    ANSWER = "answer"
    """A delay waits for the shopper's yes."""
    SWAP = "swap"
    """Its shopper chose a substitute: the shop has to change the order."""
    READY = "ready"
    PREORDERS = "preorders"
    DONE = "done"


class Sort(StrEnum):
    LONGEST = "longest"
    """Longest waiting first."""
    NEWEST = "newest"
    SHIPS = "ships"
    """Soonest ship date first."""


@dataclass(frozen=True, slots=True)
class View:
    """What of the list is shown. Filters left empty let everything through."""

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.LONGEST
    supplier: str = ""
    """Lines whose item is on its way from there."""
    channel: int | None = None
    product: ProductId | None = None
    group: int | None = None
    """A customer group of the store."""
    waits_days: int | None = None
    """Lines that have waited for so many days at least."""

    def __post_init__(self) -> None:
        if self.waits_days is not None:
            require_positive("waits_days", self.waits_days)
            require_at_most("waits_days", self.waits_days, OLDEST_DAYS)
        if self.tab is Tab.DONE and self.sort is Sort.SHIPS:
            raise DomainError(said("What is done has no ship date to sort by."), field="sort", value=self.sort.value)

    @property
    def is_filtered(self) -> bool:
        return replace(self, tab=Tab.OPEN, sort=Sort.LONGEST) != View()


@dataclass(frozen=True, slots=True)
class Spot:
    """A line's place in the list: what it is sorted by, and its id."""

    by: datetime | date
    line_id: OrderLineId


@dataclass(frozen=True, slots=True, order=True)
class LineKey:
    """Names a line in addresses and forms: `101.7`."""

    order_id: OrderId
    line_id: OrderLineId

    @classmethod
    def parse(cls, text: str) -> "LineKey":
        order, _, line = text.partition(".")
        if not (order.isdecimal() and line.isdecimal() and len(text) <= 40):
            raise DomainError(
                said("line is %(text)r; allowed: order and line, such as 101.7.", text=text[:40]),
                field="line",
                value=text,
            )
        return cls(OrderId(int(order)), OrderLineId(int(line)))

    def __str__(self) -> str:
        return f"{self.order_id}.{self.line_id}"


@dataclass(frozen=True, slots=True)
class BackorderRow:
    key: LineKey
    item_id: ItemId | None
    name: str
    sku: str
    quantity: int
    shipped: int
    owed: int
    ready: int
    """Units on hand that are tied to it."""
    stage: OrderStage
    shopper_name: str
    email: str
    channel_id: int
    queue_time: datetime
    promise: Promise | None
    promised_on: date | None
    ships_on: date
    is_late: bool
    is_preorder: bool
    is_pinned: bool
    is_set_by_hand: bool
    wants: Wants | None
    instead: str
    """The substitute its shopper chose, as long as the order is not changed."""
    sending: Sending | None
    place_explained: Saying

    @property
    def ships(self) -> DateWindow | None:
        return self.promise.last_window if self.promise else None

    @property
    def why_this_place(self) -> str:
        return str(self.place_explained)

    @property
    def why_this_date(self) -> str:
        return str(self.date_explained or "")

    @property
    def date_explained(self) -> Saying | None:
        return self.promise.later[-1].explained if self.promise and self.promise.later else None

    def spot(self, sort: Sort) -> Spot:
        return Spot(self.ships_on if sort is Sort.SHIPS else self.queue_time, self.key.line_id)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: only what some line could have."""

    suppliers: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    products: tuple[tuple[ProductId, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a page found. With `go_on` it stopped before it was full: whoever wants more looks again from there."""

    rows: tuple[BackorderRow, ...]
    go_on: Spot | None


class Backorders(Protocol):
    def page(
        self, tenant: TenantId, view: View, *, at: datetime, after: Spot | None = None, limit: int = 50
    ) -> tuple[BackorderRow, ...]:
        """Full unless it is the last one, however long that takes."""
        ...

    def look(self, tenant: TenantId, view: View, *, at: datetime, after: Spot | None = None, limit: int = 50) -> Look:
        """A page in bounded time: where little matches, it looks at some thousand lines and says where to go on."""
        ...

    def found(self, tenant: TenantId, words: str) -> tuple[BackorderRow, ...]:
        """Lines by order number, mail address, shopper's or product's name, SKU; at most MOST_FOUND."""
        ...

    def of_lines(self, tenant: TenantId, keys: Collection[LineKey]) -> tuple[BackorderRow, ...]:
        """By order and line; those there are."""
        ...

    def counts(self, tenant: TenantId) -> dict[Tab, int]:
        """At most COUNTED_TO of each."""
        ...

    def choices(self, tenant: TenantId) -> Choices: ...

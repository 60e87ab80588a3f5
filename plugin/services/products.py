"""What the merchant's product pages read: every sellable item, which policy covers it, and how a category is called.

SQL is in adapters/db/product_queries.py; what would change is asked in services/policy_effects.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from plugin.domain.changes import Availability
from plugin.domain.ids import CategoryId, ItemId, TenantId
from plugin.domain.policy import BackorderPolicy, Scope
from plugin.services.queries import ItemRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which items are shown; what is not said does not matter. Of `text` and `scope` only one is looked at."""

    text: str = ""
    """Words of the name, the options or the SKU, or their beginnings."""
    availability: Availability | None = None
    scope: Scope | None = None
    """Only what lies in this category or product."""


@dataclass(frozen=True, slots=True)
class ProductPlace:
    """Where a page ended: the last item, and what it was sorted by before its id."""

    item_id: ItemId
    before: str = ""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """An item as the list shows it. `scope` None: no policy covers it."""

    item: ItemRow
    place: ProductPlace
    is_tracked: bool
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """One scope an item lies in, from the most specific to the store, and what was said for it."""

    scope: Scope
    name: str
    policy: BackorderPolicy | None
    counts: bool
    """Whether this is the one that is in force; it counts as a whole."""


@dataclass(frozen=True, slots=True)
class ProductDetail:
    row: ProductRow
    image_url: str
    url: str
    steps: tuple[PolicyStep, ...]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy, what its scope is called."""

    policy: BackorderPolicy
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    category_id: CategoryId
    name: str


@dataclass(frozen=True, slots=True)
class WeekSold:
    """Units sold of an item in the week that begins on this Monday."""

    week: date
    units: int


@dataclass(frozen=True, slots=True)
class ProductLook:
    """What a page found. With `go_on` it stopped before it was full: whoever wants more looks again from there."""

    rows: tuple[ProductRow, ...]
    go_on: ProductPlace | None


class ProductQueries(Protocol):
    def items(
        self, tenant: TenantId, which: ProductFilter, *, after: ProductPlace | None = None, limit: int = PAGE
    ) -> tuple[ProductRow, ...]:
        """By item id; what was searched for by word and item id, a scope by product and item id.

        Full unless it is the last page, however long that takes.
        """
        ...

    def look(
        self, tenant: TenantId, which: ProductFilter, *, after: ProductPlace | None = None, limit: int = PAGE
    ) -> ProductLook:
        """A page in bounded time: where little fits, it looks at some thousand items and says where to go on."""
        ...

    def detail(self, tenant: TenantId, item: ItemId) -> ProductDetail | None: ...
    def counts(self, tenant: TenantId) -> Mapping[Availability, int]:
        """Items in each state, counted up to a point."""
        ...

    def policies(self, tenant: TenantId, *, after: Scope | None = None, limit: int = PAGE) -> tuple[PolicyRow, ...]:
        """From the store's own to the most specific."""
        ...

    def policy(self, tenant: TenantId, scope: Scope) -> BackorderPolicy | None: ...
    def names(self, tenant: TenantId, scopes: Collection[Scope]) -> dict[Scope, str]:
        """What each is called; empty for what nobody knows."""
        ...

    def categories(self, tenant: TenantId) -> tuple[Category, ...]:
        """Every category a product lies in, by name."""
        ...

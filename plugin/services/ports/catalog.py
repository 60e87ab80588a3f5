"""What can be bought and counted: the items with their facts, and the policies over them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from plugin.domain.changes import Availability
from plugin.domain.ids import (
    CategoryId,
    ItemId,
    ProductId,
)
from plugin.domain.item import Product
from plugin.domain.plan import ItemPlan, Offer
from plugin.domain.policy import BackorderPolicy, Scope


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item with what the last plan said of it."""

    item_id: ItemId
    product_id: ProductId
    name: str
    label: str
    sku: str
    categories: tuple[CategoryId, ...]
    is_tracked: bool
    availability: Availability


class Items(Protocol):
    """The catalog and what the last plan said of each item."""

    def save_products(self, products: Iterable[Product]) -> None: ...
    def forget_products(self, ids: Collection[ProductId]) -> None: ...
    def products(self, ids: Collection[ProductId]) -> dict[ProductId, Product]: ...
    def name_categories(self, names: Mapping[CategoryId, str]) -> None:
        """Those that are not among them are forgotten."""
        ...

    def facts(self, ids: Collection[ItemId], *, lock: bool = False) -> dict[ItemId, ItemFacts]:
        """With `lock`, the rows stay locked until the transaction ends; ids are locked in sorted order."""
        ...

    def ids_in_scope(self, scope: Scope, *, after: str = "", limit: int | None = None) -> list[ItemId]:
        """In the order of their ids' characters; at most `limit` behind `after`."""
        ...

    def ids_past_zero(self) -> list[ItemId]:
        """Items whose availability is not plain: under a policy that is on, or still owing units."""
        ...

    def id_by_sku(self, skus: Collection[str]) -> dict[str, ItemId]: ...
    def save_plans(self, plans: Sequence[ItemPlan]) -> None: ...
    def offers(self, ids: Collection[ItemId]) -> dict[ItemId, Offer]: ...


class Policies(Protocol):
    def all(self) -> list[BackorderPolicy]: ...
    def get(self, scope: Scope) -> BackorderPolicy | None: ...
    def save(self, policy: BackorderPolicy) -> None: ...
    def delete(self, scope: Scope) -> bool: ...

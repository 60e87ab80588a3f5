"""The shop, as the services see it: what can be asked of a store's platform and what can be written to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from plugin.domain.ids import (
    CategoryId,
    ItemId,
    LocationId,
    OrderId,
    OrderLineId,
    ProductId,
    TenantId,
    VariantId,
)
from plugin.domain.item import Product, ProductTexts
from plugin.domain.order import InventorySettings, Order
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import StoreProfile
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.stock import StockPlace

Key = TypeVar("Key")


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A part of a list."""

    rows: Sequence[Row]
    place: str = ""
    """Where the next page begins, for the call that asks for it; empty after the last one."""


class MetafieldOwner(StrEnum):
    PRODUCT = "product"
    VARIANT = "variant"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Metafield:
    """One value we keep on a thing of the shop. `remote_id` None: not written yet, or its id was lost."""

    owner_id: int
    value: str
    remote_id: int | None = None


@dataclass(frozen=True, slots=True)
class BackorderLimit:
    """A native limit for one item and location."""

    item_id: ItemId
    location_id: LocationId
    limit: int


@dataclass(frozen=True, slots=True)
class BulkResult(Generic[Key]):
    """What a bulk write did: which keys were written (with the remote id, where there is one), which never will be.

    A bulk write of several calls may be told to wait half-way. What was done is not forgotten: keys in neither mapping
    were not reached, and `stopped_by` says when to ask for them again. Waiting before anything was done is raised.
    """

    written: Mapping[Key, int | None]
    refused: Mapping[Key, GiveUp] = field(default_factory=dict)
    stopped_by: RetryLater | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`marker` stands in the refund's reason: by it a refund is found again that was made and never answered."""

    order_id: OrderId
    units: Mapping[OrderLineId, int]
    marker: str
    with_shipping: bool = False


@dataclass(frozen=True, slots=True)
class RefundMade:
    amount: str
    is_offline: bool = False
    remote_id: int | None = None
    """None for a quote."""


@dataclass(frozen=True, slots=True)
class TrialOrder:
    """One unit of an item, ordered by nobody; its mails go to the merchant's own address."""

    mark: str
    product_id: ProductId
    variant_id: VariantId | None
    email: str


@dataclass(frozen=True, slots=True)
class HookReport:
    """What `keep_hooks` found and did. A hook that had stopped means events were lost: reconcile."""

    created: tuple[str, ...] = ()
    reactivated: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def lost_events(self) -> bool:
        return bool(self.created or self.reactivated)


@dataclass(frozen=True, slots=True)
class PageScript:
    """Our script on the pages of one storefront."""

    channel_id: int
    visibility: str
    name: str
    description: str
    url: str
    integrity: str
    location: str
    load_method: str
    consent_category: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PagePanel:
    """A panel of ours beside one kind of the control panel's own pages.

    `url` is a deep link into our pages; `${id}` in it stands for the order or the product.
    """

    model: str
    label: str
    url: str


class Store(Protocol):
    """The merchant's BigCommerce store, as something we call. Every method may raise RetryLater, GiveUp, AccessRevoked.

    Methods that take many things make the fewest calls the platform's bulk limits allow.
    """

    def profile(self) -> StoreProfile: ...
    def inventory_settings(self) -> InventorySettings: ...
    def default_location(self) -> LocationId: ...
    def has_native_backorders(self) -> bool: ...
    def server_time(self) -> datetime: ...

    def products(self, ids: Collection[ProductId]) -> list[Product]: ...
    def all_products(self, place: str = "") -> Iterator[Page[Product]]: ...
    def categories(self) -> dict[CategoryId, str]:
        """What the shop calls each of them."""
        ...

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        """The orders that can be read now; `item_id` of their lines is still None (the catalog decides it)."""
        ...

    def calls_for(self, orders: Collection[OrderId]) -> int:
        """How many calls it takes to read these."""
        ...

    def orders_modified_since(self, since: datetime, *, place: str = "") -> Iterator[Page[Order]]:
        """In the order of those moments; at least one page."""
        ...

    def open_orders(self, place: str = "") -> Iterator[Page[Order]]:
        """Orders in an open or unpaid stage, whenever they were placed: the history an install takes over."""
        ...

    def customer_groups(self, customers: Collection[int]) -> dict[int, int]:
        """The group of each customer that still exists; 0 for those in none."""
        ...

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]: ...
    def all_stock(self, place: str = "") -> Iterator[Page[StockLevel]]: ...
    def adjust_stock(self, moves: Sequence[StockMove]) -> BulkResult[StockPlace]:
        """Apply relative changes, one move per item and location; those whose first change must be absolute are handled.

        A RetryLater with `outcome_unknown` means that some or all may have taken effect.
        """
        ...

    def set_backorder_limits(self, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]: ...

    def write_product_texts(self, texts: Mapping[ProductId, ProductTexts]) -> BulkResult[ProductId]: ...
    def write_metafields(self, owner: MetafieldOwner, fields: Sequence[Metafield]) -> BulkResult[int]: ...
    def delete_metafields(self, owner: MetafieldOwner, remote_ids: Sequence[int]) -> None: ...
    def staff_notes(self, order: OrderId) -> str: ...
    def write_staff_notes(self, order: OrderId, notes: str) -> None: ...

    def place_trial_order(self, order: "TrialOrder") -> OrderId:
        """Place it as a test, in a sandbox only; the one that bears this mark already is the answer."""
        ...

    def cancel_order(self, order: OrderId) -> None:
        """Set its status; the shop itself puts the units back, as far as it does that."""
        ...

    def refund_quote(self, request: RefundRequest) -> RefundMade: ...
    def refund(self, request: RefundRequest) -> RefundMade:
        """Give the money back by the way it came, once: a refund with this marker that is there already is the answer."""
        ...

    def missing_hooks(self) -> tuple[str, ...]:
        """The webhooks that are not there or switched off, by scope; nothing is repaired."""
        ...

    def keep_hooks(self) -> HookReport:
        """Create what is missing of the manifest's webhooks, wake what was switched off."""
        ...

    def delete_hooks(self) -> None: ...

    def storefront_channels(self) -> list[int]: ...
    def page_scripts(self) -> list[PageScript]:
        """Ours only, as they stand there now."""
        ...

    def keep_page_script(self, script: PageScript) -> None: ...
    def remove_page_script(self, channel_id: int, visibility: str) -> None: ...

    def page_panels(self) -> list[PagePanel]:
        """Ours only, as they stand in the control panel now."""
        ...

    def keep_page_panel(self, panel: PagePanel) -> None: ...
    def remove_page_panel(self, url: str) -> None: ...


class Stores(Protocol):
    """The stores we have a token for."""

    def open(self, tenant: TenantId) -> Store: ...

"""BigCommerceStore: the Store port, put together from the modules beside it. BigCommerceStores opens one per tenant.

Each method is one errand: the calls it makes stand in `orders.py`, `catalog.py`, `stock.py`, `native.py`,
`metafields.py`, `hooks.py`, `trials.py` and `scripts.py`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plugin.adapters.bigcommerce import (
    catalog,
    extensions,
    hooks,
    metafields,
    native,
    orders,
    refunds,
    scripts,
    stock,
    trials,
)
from plugin.adapters.bigcommerce import customers as groups
from plugin.adapters.bigcommerce.client import BigCommerceClient, Call, Connections, OnCall, uncounted
from plugin.adapters.bigcommerce.payloads import (
    InventorySettingsPayload,
    LocationPayload,
    StorePayload,
    TimePayload,
    read,
    read_all,
)
from plugin.adapters.bigcommerce.rate_limit import NoQuota, Quota
from plugin.adapters.bigcommerce.translate import inventory_settings_of, profile_of
from plugin.domain.ids import CategoryId, ItemId, LocationId, OrderId, ProductId, TenantId
from plugin.domain.item import Product, ProductTexts
from plugin.domain.order import InventorySettings, Order
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import FIRST_LOCATION, StoreProfile
from plugin.services.ports.directory import Directory
from plugin.services.ports.shop import (
    BackorderLimit,
    BulkResult,
    HookReport,
    Metafield,
    MetafieldOwner,
    Page,
    PagePanel,
    PageScript,
    RefundMade,
    RefundRequest,
    TrialOrder,
)
from plugin.services.ports.stock import StockPlace


class BigCommerceStore:
    """One store, called with the token it had when it was opened."""

    def __init__(self, client: BigCommerceClient, wanted_hooks: hooks.WantedHooks) -> None:
        self._client = client
        self._wanted_hooks = wanted_hooks

    def profile(self) -> StoreProfile:
        return profile_of(read(StorePayload, self._get("/v2/store"), "store information"))

    def inventory_settings(self) -> InventorySettings:
        """As they hold for the orders of the default storefront; the store's own values hold for manual orders."""
        path = "/v3/settings/inventory"
        store = read(InventorySettingsPayload, self._get(path), "inventory settings")
        query = {"channel_id": self.profile().default_channel_id}
        channel = read(InventorySettingsPayload, self._get(path, query), "inventory settings of a channel")
        return inventory_settings_of(store, channel)

    def default_location(self) -> LocationId:
        """The location the storefront sells from; the first one where the store names none."""
        call = Call(method="GET", path="/v3/inventory/locations", query={"is_default": "true", "limit": 1})
        found = read_all(LocationPayload, self._client.call(call).rows, "location")
        return LocationId(found[0].id) if found else FIRST_LOCATION

    def has_native_backorders(self) -> bool:
        return native.has_native_backorders(self._client)

    def server_time(self) -> datetime:
        return datetime.fromtimestamp(read(TimePayload, self._get("/v2/time"), "time").time, tz=UTC)

    def products(self, ids: Collection[ProductId]) -> list[Product]:
        return catalog.read_products(self._client, ids)

    def all_products(self, place: str = "") -> Iterator[Page[Product]]:
        return catalog.all_products(self._client, place)

    def categories(self) -> dict[CategoryId, str]:
        return catalog.read_categories(self._client)

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        return orders.read_orders(self._client, ids)

    def calls_for(self, ids: Collection[OrderId]) -> int:
        return orders.calls_for(ids)

    def orders_modified_since(self, since: datetime, *, place: str = "") -> Iterator[Page[Order]]:
        return orders.modified_since(self._client, since, place)

    def customer_groups(self, customers: Collection[int]) -> dict[int, int]:
        return groups.customer_groups(self._client, customers)

    def open_orders(self, place: str = "") -> Iterator[Page[Order]]:
        return orders.open_orders(self._client, place)

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]:
        return stock.read_stock(self._client, items)

    def all_stock(self, place: str = "") -> Iterator[Page[StockLevel]]:
        return stock.all_stock(self._client, place)

    def adjust_stock(self, moves: Sequence[StockMove]) -> BulkResult[StockPlace]:
        return stock.adjust_stock(self._client, moves)

    def set_backorder_limits(self, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]:
        return native.set_backorder_limits(self._client, limits)

    def write_product_texts(self, texts: Mapping[ProductId, ProductTexts]) -> BulkResult[ProductId]:
        return catalog.write_product_texts(self._client, texts)

    def write_metafields(self, owner: MetafieldOwner, fields: Sequence[Metafield]) -> BulkResult[int]:
        return metafields.write_metafields(self._client, owner, fields)

    def delete_metafields(self, owner: MetafieldOwner, remote_ids: Sequence[int]) -> None:
        metafields.delete_metafields(self._client, owner, remote_ids)

    def staff_notes(self, order: OrderId) -> str:
        return orders.staff_notes(self._client, order)

    def write_staff_notes(self, order: OrderId, notes: str) -> None:
        orders.write_staff_notes(self._client, order, notes)

    def place_trial_order(self, order: TrialOrder) -> OrderId:
        return trials.place_trial_order(self._client, order)

    def cancel_order(self, order: OrderId) -> None:
        trials.cancel_order(self._client, order)

    def refund_quote(self, request: RefundRequest) -> RefundMade:
        return refunds.quote_refund(self._client, request)

    def refund(self, request: RefundRequest) -> RefundMade:
        return refunds.make_refund(self._client, request)

    def missing_hooks(self) -> tuple[str, ...]:
        return hooks.missing_hooks(self._client, self._wanted_hooks)

    def keep_hooks(self) -> HookReport:
        return hooks.keep_hooks(self._client, self._wanted_hooks)

    def delete_hooks(self) -> None:
        hooks.delete_hooks(self._client)

    def storefront_channels(self) -> list[int]:
        return scripts.storefront_channels(self._client)

    def page_scripts(self) -> list[PageScript]:
        return scripts.page_scripts(self._client)

    def keep_page_script(self, script: PageScript) -> None:
        scripts.keep_script(self._client, script)

    def remove_page_script(self, channel_id: int, visibility: str) -> None:
        scripts.remove_script(self._client, channel_id, visibility)

    def page_panels(self) -> list[PagePanel]:
        return extensions.page_panels(self._client)

    def keep_page_panel(self, panel: PagePanel) -> None:
        extensions.keep_panel(self._client, panel)

    def remove_page_panel(self, url: str) -> None:
        extensions.remove_panel(self._client, url)

    def _get(self, path: str, query: Mapping[str, str | int] | None = None) -> object:
        return self._client.call(Call(method="GET", path=path, query=query or {})).data


@dataclass(frozen=True, slots=True, kw_only=True)
class BigCommerceStores:
    """The Stores port. Tokens change (reinstall, new owner), so each opening reads the one that holds now."""

    directory: Directory
    connections: Connections
    api_url: str
    hook_destination: str
    """Where webhooks are delivered: the public address of our receiver."""
    hook_scopes: tuple[str, ...]
    optional_hook_scopes: frozenset[str] = frozenset()
    quota: Quota = field(default_factory=NoQuota)
    on_call: OnCall = uncounted

    def open(self, tenant: TenantId) -> BigCommerceStore:
        wanted = hooks.WantedHooks(
            destination=self.hook_destination,
            secret=self.directory.hook_secret(tenant),
            scopes=self.hook_scopes,
            optional=self.optional_hook_scopes,
        )
        return BigCommerceStore(self.client(tenant), wanted)

    def client(self, tenant: TenantId) -> BigCommerceClient:
        return BigCommerceClient(
            self.connections,
            api_url=self.api_url,
            tenant_id=tenant,
            access_token=self.directory.access_token(tenant),
            quota=self.quota,
            on_call=self.on_call,
        )

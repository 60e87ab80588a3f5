"""One shop: everything BigCommerce would keep for a store hash, with the look-ups the rest needs."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugin.sandbox.catalog import Category, Metafield, Product, Variant
from plugin.sandbox.order import Order, Refund
from plugin.sandbox.people import Customer, Installation, User
from plugin.sandbox.stock import Cell, InventorySettings, Location, StockKey
from plugin.sandbox.storefront import AppExtension, Cart, Channel, Script
from plugin.sandbox.webhooks.hook import Hook


@dataclass(slots=True, kw_only=True)
class StoreProfile:
    """What `GET /v2/store` tells."""

    name: str = "Harbor & Pine"
    first_name: str = "Marta"
    last_name: str = "Lindqvist"
    address: str = "12 Market Street\nPortland ME 04101"
    country: str = "United States"
    country_code: str = "US"
    phone: str = "207-555-0142"
    admin_email: str = "owner@harborandpine.example"
    order_email: str = "orders@harborandpine.example"
    timezone: str = "America/New_York"
    language: str = "en"
    currency: str = "USD"
    status: str = "live"
    plan_name: str = "Partner Sandbox"
    store_id: int = 1025646


@dataclass(slots=True)
class Store:
    """`native_backorders` says whether this shop has the platform's own backorder feature."""

    hash: str
    created_at: datetime
    native_backorders: bool = True
    profile: StoreProfile = field(default_factory=StoreProfile)
    products: dict[int, Product] = field(default_factory=dict)
    variants: dict[int, Variant] = field(default_factory=dict)
    categories: dict[int, Category] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)
    cells: dict[StockKey, dict[int, Cell]] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    carts: dict[str, Cart] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    settings: InventorySettings = field(default_factory=InventorySettings)
    channel_settings: dict[int, dict[str, object]] = field(default_factory=dict)
    metafields: dict[int, Metafield] = field(default_factory=dict)
    metafields_of: dict[tuple[str, int], dict[int, Metafield]] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    hook_emails: dict[str, list[str]] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    extensions: dict[str, AppExtension] = field(default_factory=dict)
    installations: dict[str, Installation] = field(default_factory=dict)
    security: dict[str, Any] = field(default_factory=dict)
    _counters: dict[str, Iterator[int]] = field(default_factory=dict)

    def next_id(self, kind: str, first: int = 1) -> int:
        if kind not in self._counters:
            self._counters[kind] = itertools.count(first)
        return next(self._counters[kind])

    @property
    def default_location(self) -> Location:
        return self.locations[min(self.locations)]

    def add_product(self, product: Product) -> None:
        self.products[product.id] = product
        for variant in product.variants:
            self.variants[variant.id] = variant

    def drop_product(self, product: Product) -> None:
        del self.products[product.id]
        for variant in product.variants:
            self.variants.pop(variant.id, None)

    def stock_key(self, product: Product, variant_id: int) -> StockKey:
        """Where the units of a variant are counted: for itself, or for its product as a whole."""
        if product.has_options and product.inventory_tracking != "product":
            return (product.id, variant_id)
        return (product.id, 0)

    def has_item(self, key: StockKey) -> bool:
        """Whether the product, and the variant where it counts for itself, still exists."""
        product_id, variant_id = key
        return product_id in self.products and (not variant_id or variant_id in self.variants)

    def cell(self, key: StockKey, location_id: int) -> Cell:
        """The cell, made empty and uncounted when nobody has counted there yet."""
        return self.cells.setdefault(key, {}).setdefault(location_id, Cell(counted=False))

    def find_by_sku(self, sku: str) -> tuple[Product, Variant | None] | None:
        """A variant's SKU, or a product's own where it has options."""
        for variant in self.variants.values():
            if variant.sku == sku and sku:
                return self.products[variant.product_id], variant
        for product in self.products.values():
            if product.sku == sku and sku:
                return product, None
        return None

    def inventory_setting(self, name: str, *, channel_id: int | None) -> object:
        """The channel's value, or the global one where the channel says nothing. No channel: a manual order."""
        override = self.channel_settings.get(channel_id or 0, {}).get(name)
        return self.settings.values[name] if override is None else override

    def add_metafield(self, metafield: Metafield) -> None:
        self.metafields[metafield.id] = metafield
        self.metafields_of.setdefault((metafield.resource_type, metafield.resource_id), {})[metafield.id] = metafield

    def drop_metafield(self, metafield: Metafield) -> None:
        del self.metafields[metafield.id]
        del self.metafields_of[metafield.resource_type, metafield.resource_id][metafield.id]

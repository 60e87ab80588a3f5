"""A shop in memory that keeps the promises of the Store port; tests/services/test_store_contract.py holds it to them.

`fail` plans trouble: the next call of that name raises, before it did its work or after. What the shop does by itself
(selling, cancelling, shipping) is in shop.py.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

from plugin.domain.ids import CategoryId, ItemId, LocationId, OrderId, ProductId
from plugin.domain.item import Product, ProductTexts
from plugin.domain.order import InventorySettings, Order, OrderStage
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import FIRST_LOCATION, StoreProfile
from plugin.services.errors import GiveUp, QuotaSpent
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
from tests.fakes.clock import FakeClock

ABOUT = StoreProfile(
    name="Ada's Cups",
    country="US",
    time_zone="UTC",
    language="en",
    owner_email="owner@ada.example",
    order_email="orders@ada.example",
    storefront_url="https://ada.example",
    control_panel_url="https://store-ada.mybigcommerce.com",
    postal_address="1 Cup Street",
)
GONE = GiveUp("gone", "There is no such thing.")


Row = TypeVar("Row")


@dataclass
class FakeStore:
    clock: FakeClock
    is_native: bool = True
    about: StoreProfile = ABOUT
    settings: InventorySettings = field(default_factory=InventorySettings)
    catalog: dict[ProductId, Product] = field(default_factory=dict)
    placed: dict[OrderId, Order] = field(default_factory=dict)
    levels: dict[StockPlace, StockLevel] = field(default_factory=dict)
    fields: dict[tuple[MetafieldOwner, int], tuple[int, str]] = field(default_factory=dict)
    has_hooks: bool = False
    scripts: dict[tuple[int, str], PageScript] = field(default_factory=dict)
    panels: dict[str, PagePanel] = field(default_factory=dict)
    refunds: dict[str, RefundMade] = field(default_factory=dict)
    trials: dict[str, OrderId] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    at_once: int = 1000
    """Rows in a page, orders in a call."""
    left: int | None = None
    """Calls that the quota still allows; None: as many as you like."""
    _troubles: defaultdict[str, list[tuple[Exception, bool]]] = field(default_factory=lambda: defaultdict(list))

    def fail(self, call: str, *problems: Exception, after: bool = False) -> None:
        self._troubles[call] += [(problem, after) for problem in problems]

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        if self.left == 0:
            raise QuotaSpent("The quota is used up.", after=timedelta(seconds=30))
        self.left = self.left - 1 if self.left else self.left
        self.calls.append(name)
        problem, after = self._troubles[name].pop(0) if self._troubles[name] else (None, False)
        if problem and not after:
            raise problem
        yield
        if problem:
            raise problem

    def profile(self) -> StoreProfile:
        with self._call("profile"):
            return self.about

    def inventory_settings(self) -> InventorySettings:
        return self.settings

    def default_location(self) -> LocationId:
        return FIRST_LOCATION

    def has_native_backorders(self) -> bool:
        return self.is_native

    def server_time(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    def products(self, ids: Collection[ProductId]) -> list[Product]:
        with self._call("products"):
            return [self.catalog[each] for each in sorted(ids) if each in self.catalog]

    def all_products(self, place: str = "") -> Iterator[Page[Product]]:
        yield from self._pages("all_products", list(self.catalog.values()), place)

    def categories(self) -> dict[CategoryId, str]:
        with self._call("categories"):
            return {CategoryId(21): "Kitchen"}

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        for _ in range(self.calls_for(ids)):
            with self._call("orders"):
                pass
        return [self.placed[each] for each in sorted(ids) if each in self.placed]

    def calls_for(self, ids: Collection[OrderId]) -> int:
        return ceil(len(ids) / self.at_once)

    def orders_modified_since(self, since: datetime, *, place: str = "") -> Iterator[Page[Order]]:
        begun, _, number = place.partition("#")
        since = datetime.fromisoformat(begun) if begun else since
        modified = [order for order in self.placed.values() if order.modified_at >= since]
        modified.sort(key=lambda order: order.modified_at)
        for page in self._pages("orders_modified_since", modified, number):
            yield Page(page.rows, f"{since.isoformat()}#{page.place}" if page.place else "")

    def open_orders(self, place: str = "") -> Iterator[Page[Order]]:
        still_open = [order for order in self.placed.values() if order.stage.holds_units]
        yield from self._pages("open_orders", still_open, place)

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]:
        with self._call("stock"):
            return [level for (item, _), level in self.levels.items() if item in items]

    def all_stock(self, place: str = "") -> Iterator[Page[StockLevel]]:
        yield from self._pages("all_stock", list(self.levels.values()), place)

    def _pages(self, name: str, rows: Sequence[Row], place: str) -> Iterator[Page[Row]]:
        for start in range(int(place or 0), max(len(rows), 1), self.at_once):
            with self._call(name):
                following = start + self.at_once
                yield Page(rows[start:following], str(following) if following < len(rows) else "")

    def adjust_stock(self, moves: Sequence[StockMove]) -> BulkResult[StockPlace]:
        with self._call("adjust_stock"):
            after = {(move.item_id, move.location_id): self._moved(move) for move in moves}
            self.levels |= {place: level for place, level in after.items() if not isinstance(level, GiveUp)}
            refused = {place: level for place, level in after.items() if isinstance(level, GiveUp)}
            return BulkResult(dict.fromkeys(after.keys() - refused), refused)

    def _moved(self, move: StockMove) -> StockLevel | GiveUp:
        """The platform refuses a change that would leave a count below zero."""
        level = self.levels.get((move.item_id, move.location_id))
        if level is None:
            return GONE
        moved = replace(level.moved(move), virtual_units=0)
        return (
            GiveUp("rejected", "It would fall below zero.") if min(moved.on_hand, moved.backordered or 0) < 0 else moved
        )

    def set_backorder_limits(self, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]:
        with self._call("set_backorder_limits"):
            wanted = {(limit.item_id, limit.location_id): limit.limit for limit in limits}
            known = wanted.keys() & self.levels.keys()
            for place in known:
                self.levels[place] = replace(self.levels[place], backorder_limit=wanted[place])
            return BulkResult(dict.fromkeys(known), dict.fromkeys(wanted.keys() - known, GONE))

    def write_product_texts(self, texts: Mapping[ProductId, ProductTexts]) -> BulkResult[ProductId]:
        with self._call("write_product_texts"):
            known = texts.keys() & self.catalog.keys()
            for each in known:
                self.catalog[each] = replace(self.catalog[each], texts=texts[each])
            return BulkResult(dict.fromkeys(known), dict.fromkeys(texts.keys() - known, GONE))

    def write_metafields(self, owner: MetafieldOwner, fields: Sequence[Metafield]) -> BulkResult[int]:
        with self._call("write_metafields"):
            for each in fields:
                known = self.fields.get((owner, each.owner_id))
                self.fields[owner, each.owner_id] = (known[0] if known else len(self.fields) + 1, each.value)
            return BulkResult({each.owner_id: self.fields[owner, each.owner_id][0] for each in fields})

    def delete_metafields(self, owner: MetafieldOwner, remote_ids: Sequence[int]) -> None:
        with self._call("delete_metafields"):
            self.fields = {k: v for k, v in self.fields.items() if k[0] is not owner or v[0] not in remote_ids}

    def staff_notes(self, order: OrderId) -> str:
        with self._call("staff_notes"):
            if order not in self.placed:
                raise GONE
            return self.placed[order].staff_notes

    def write_staff_notes(self, order: OrderId, notes: str) -> None:
        with self._call("write_staff_notes"):
            self.placed[order] = replace(self.placed[order], staff_notes=notes, modified_at=self.clock.now())

    def place_trial_order(self, order: TrialOrder) -> OrderId:
        with self._call("place_trial_order"):
            if order.mark not in self.trials:
                self.trials[order.mark] = self._sell_trial(order)
            return self.trials[order.mark]

    def _sell_trial(self, order: TrialOrder) -> OrderId:
        """A shop that sells by itself is in shop.py."""
        raise GiveUp("rejected", f"Nobody sells {order.product_id} here.")

    def cancel_order(self, order: OrderId) -> None:
        with self._call("cancel_order"):
            self.placed[order] = replace(self.placed[order], stage=OrderStage.CANCELLED)

    def missing_hooks(self) -> tuple[str, ...]:
        with self._call("missing_hooks"):
            return () if self.has_hooks else ("store/order/created",)

    def keep_hooks(self) -> HookReport:
        with self._call("keep_hooks"):
            report = HookReport() if self.has_hooks else HookReport(created=("store/order/created",))
            self.has_hooks = True
            return report

    def delete_hooks(self) -> None:
        with self._call("delete_hooks"):
            self.has_hooks = False

    def storefront_channels(self) -> list[int]:
        return [self.about.default_channel_id]

    def page_scripts(self) -> list[PageScript]:
        return list(self.scripts.values())

    def keep_page_script(self, script: PageScript) -> None:
        with self._call("keep_page_script"):
            self.scripts[script.channel_id, script.visibility] = script

    def remove_page_script(self, channel_id: int, visibility: str) -> None:
        with self._call("remove_page_script"):
            self.scripts.pop((channel_id, visibility), None)

    def page_panels(self) -> list[PagePanel]:
        return list(self.panels.values())

    def keep_page_panel(self, panel: PagePanel) -> None:
        with self._call("keep_page_panel"):
            self.panels[panel.url] = panel

    def remove_page_panel(self, url: str) -> None:
        with self._call("remove_page_panel"):
            self.panels.pop(url, None)

    def customer_groups(self, customers: Collection[int]) -> dict[int, int]:
        return dict.fromkeys(customers, 0)

    def refund_quote(self, request: RefundRequest) -> RefundMade:
        return RefundMade(f"{sum(request.units.values())}.00")

    def refund(self, request: RefundRequest) -> RefundMade:
        """Once for each marker."""
        with self._call("refund"):
            made = replace(self.refund_quote(request), remote_id=len(self.refunds) + 1)
            return self.refunds.setdefault(request.marker, made)

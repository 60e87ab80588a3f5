"""Services as bootstrap puts them together, with a real SQLite database and fakes for everything outside (ADR 14).

`settle` runs what was queued, as workers do; `wait` lets time pass and looks for what is due, as the clock does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from plugin import bootstrap
from plugin.adapters.db.tables import journal
from plugin.bootstrap import Plugin
from plugin.domain.ids import ItemId, OrderId, ProductId, TenantId, VariantId, item_id
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.order import Order, OrderLine
from plugin.services.errors import AccessRevoked
from plugin.services.ports.directory import AppUser, Grant
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.stock import MoveState
from plugin.settings import Settings
from tests.builders import DEFAULT, a_lead_time, a_level, a_policy
from tests.fakes.clock import FakeClock
from tests.fakes.notifier import FakeNotifier
from tests.fakes.queue import FakeQueue
from tests.fakes.shop import FakeShop
from workers import jobs
from workers.schedule import look_after_stores, wake_due

ADA, BO = TenantId("ada"), TenantId("bo")
MUG = ItemId("77")


@dataclass
class Shops:
    """The Stores port: a shop whose token is gone cannot be opened."""

    shops: dict[TenantId, FakeShop]

    def open(self, tenant: TenantId) -> FakeShop:
        if tenant not in self.shops:
            raise AccessRevoked("The token is gone.")
        return self.shops[tenant]


@dataclass
class Town:
    plugin: Plugin
    clock: FakeClock
    queue: FakeQueue
    notifier: FakeNotifier
    shops: dict[TenantId, FakeShop]

    @property
    def shop(self) -> FakeShop:
        return self.shops[ADA]

    def install(self, tenant: TenantId = ADA) -> None:
        user = AppUser(1, f"owner@{tenant}.example", "en", is_owner=True)
        self.plugin.tenants.install(Grant(tenant, f"token-of-{tenant}", ("store_v2_orders",), user))
        self.settle()

    def sell_past_zero(self, tenant: TenantId = ADA, *, limit: int | None = 3, scope: str = "store") -> None:
        policy = a_policy(scope=scope, limit=limit, lead_time=a_lead_time(10))
        self.plugin.policies.save(tenant, [policy])
        self.settle()

    def buy(self, units: int = 1, *, item: ItemId = MUG, tenant: TenantId = ADA, **more: Any) -> Order:
        """A shopper buys, and everything that follows from it happens."""
        order = self.shops[tenant].sell(item, units, **more)
        assert order is not None
        self.hear(order, tenant=tenant)
        self.settle()
        return order

    def hear(self, *orders: Order | None, tenant: TenantId = ADA) -> None:
        """Webhooks of these orders come in."""
        for order in orders:
            if order:
                self.event("store/order/updated", {"id": order.order_id}, tenant=tenant)

    def hear_of_count(self, units: int, *, product: int = 77, tenant: TenantId = ADA) -> None:
        """Something other than an order changed the level by so many units, ourselves included."""
        self.event("store/product/inventory/updated", {"id": product, "inventory": {"value": units}}, tenant=tenant)

    def event(self, topic: str, data: Mapping[str, Any], *, tenant: TenantId = ADA) -> None:
        now = self.clock.now()
        with self.plugin.units(tenant) as work:
            work.inbox.add(topic, {"data": data}, at=now, due_at=now)
            work.wake("drain_inbox", tenant)
            work.commit()

    def settle(self) -> None:
        for _ in range(200):
            job = self.queue.next()
            if job is None:
                return
            self.run(*job)
        pytest.fail("The app does not come to rest.")

    def run(self, job: str, *args: Any) -> None:
        getattr(jobs, job)(*args)

    def wait(self, **span: float) -> None:
        self.clock.go(**span)
        look_after_stores(self.plugin)
        wake_due(self.plugin)
        self.settle()

    def line(self, order: Order, *, tenant: TenantId = ADA) -> OrderLine:
        """The one line of an order as we know it."""
        with self.plugin.units(tenant) as work:
            [line] = work.orders.get([order.order_id])[order.order_id].lines
        return line

    def owed(self, *, tenant: TenantId = ADA) -> dict[OrderId, int]:
        with self.plugin.units(tenant) as work:
            orders = work.orders.holding_items(work.items.ids_in_scope(a_policy().scope))
        return {order.order_id: sum(line.owed for line in order.lines) for order in orders}

    def moves(self, *states: MoveState, tenant: TenantId = ADA) -> list[int]:
        """What our moves of these states add to the level of the mug."""
        with self.plugin.units(tenant) as work:
            return [record.move.number for record in work.stock.moves([MUG], states or tuple(MoveState))]

    def told(self, to: str = "ada@example.com") -> list[MessageKind]:
        return self.notifier.kinds(to)

    def table(self, name: str) -> list[dict[str, Any]]:
        with self.plugin.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"select * from {name} order by 1, 2")
            return [dict(row) for row in rows.mappings()]

    def words(self) -> list[str]:
        """What the merchant reads about what was decided."""
        with self.plugin.engine.connect() as connection:
            rows = connection.execute(select(journal.c.text).order_by(journal.c.tenant_id, journal.c.id))
            return [str(said) for said in rows.scalars()]


def a_mug(product: int = 77, *, name: str = "Mug", variants: tuple[int, ...] = ()) -> Product:
    return Product(
        product_id=ProductId(product),
        name=name,
        sku=name.upper(),
        tracking=Tracking.VARIANT if variants else Tracking.PRODUCT,
        categories=(),
        variants=tuple(Variant(VariantId(v), f"{name.upper()}-{v}", f"Kind {v}") for v in variants),
        texts=ProductTexts(availability_description="Ships in 24 hours."),
    )


def a_shop(clock: FakeClock, *, on_hand: int = 1, native: bool = True) -> FakeShop:
    """A shop that sells mugs (77), and bowls in two kinds (88:801, 88:802)."""
    shop = FakeShop(clock, is_native=native)
    for product in (a_mug(), a_mug(88, name="Bowl", variants=(801, 802))):
        shop.catalog[product.product_id] = product
    for item in (MUG, item_id(ProductId(88), VariantId(801)), item_id(ProductId(88), VariantId(802))):
        counts = {"backordered": 0, "backorder_limit": 0} if native else {"backordered": None}
        shop.levels[item, DEFAULT] = a_level(item=item, on_hand=on_hand, **counts)
    return shop


@contextmanager
def a_town(database: Path | str, *, native: bool = True, on_hand: int = 1) -> Iterator[Town]:
    """On the SQLite file at a path, or on the database at an address."""
    clock, queue, notifier = FakeClock(), FakeQueue(), FakeNotifier()
    shops = {tenant: a_shop(clock, native=native, on_hand=on_hand) for tenant in (ADA, BO)}
    settings = Settings(
        base_url="http://127.0.0.1:8000",
        client_id="client",
        client_secret="secret-0123456789",
        secret_key="a-key-of-the-tests-0123456789abcdef",
        database_url=f"sqlite:///{database}" if isinstance(database, Path) else database,
        redis_url="redis://127.0.0.1:1",
    )
    with pytest.MonkeyPatch.context() as patch:
        # The one place where adapters are chosen; here it chooses ours.
        patch.setattr(bootstrap, "SystemClock", lambda *_: clock)
        patch.setattr(bootstrap, "RqQueue", lambda *_: queue)
        patch.setattr(bootstrap, "BigCommerceStores", lambda **_: Shops(shops))
        patch.setattr(bootstrap, "_notifier", lambda *_: notifier)
        plugin = bootstrap.build(settings)
        patch.setattr(jobs, "plugin", lambda: plugin)
        try:
            yield Town(plugin, clock, queue, notifier, shops)
        finally:
            plugin.engine.dispose()

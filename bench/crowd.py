"""A made-up store of any size: items, orders of two lines, shipments, and the settings of an installation of its own.

`planning.py` decides about it, `draining.py` and `whole_way.py` tell it news.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from pydantic import SecretStr

from plugin.bootstrap import Plugin
from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, LocationId, OrderId, OrderLineId, ProductId, ShipmentId, TenantId
from plugin.domain.item import Product, ProductTexts, Tracking
from plugin.domain.order import Order, OrderLine, OrderStage, Shopper
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.shipment import IncomingShipment, ShipmentLine, ShipmentState
from plugin.domain.stock import StockLevel
from plugin.domain.store import ConnectionState, StoreProfile
from plugin.services.ports.directory import AppUser, Grant
from plugin.services.ports.stock import StockRecord
from plugin.settings import Settings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STORE = TenantId("bench")
DEFAULT = LocationId(1)
LINES_PER_ITEM = 10


def batched(numbers: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    """As itertools.batched from Python 3.12 on."""
    rest = iter(numbers)
    while some := tuple(islice(rest, size)):
        yield some


def shipment(item: ItemId, week: int, *, units: int) -> IncomingShipment:
    day = date(2026, 3, 2) + timedelta(weeks=week)
    return IncomingShipment(
        shipment_id=ShipmentId(week),
        supplier="Acme",
        reference=f"PO-{item}-{week}",
        eta=DateWindow(day, day),
        eta_source="estimate",
        location_id=DEFAULT,
        state=ShipmentState.ANNOUNCED,
        lines=(ShipmentLine(item, units),),
    )


def settings(directory: Path) -> Settings:
    return Settings(
        base_url="https://backorder.example.com",
        client_id="bench",
        client_secret=SecretStr("b" * 40),
        secret_key=SecretStr("k" * 40),
        data_dir=directory,
        redis_url=f"unix://{directory}/no-such-server",
    )


def fill(plugin: Plugin, lines: int) -> None:
    """Orders of two lines, a quarter of them covered by stock, the rest by shipments and a lead time."""
    user = AppUser(1, "ann@example.com", "en", is_owner=True)
    plugin.directory.save_grant(Grant(STORE, "token", (), user), at=NOW)
    items = lines // LINES_PER_ITEM
    with plugin.units(STORE) as work:
        profile = StoreProfile("Bench", "US", "UTC", "en", "", "", "https://shop.example", "")
        work.save_tenant(
            replace(work.tenant(), state=ConnectionState.CONNECTED, profile=profile, has_native_backorders=True)
        )
        work.policies.save(
            BackorderPolicy(Scope.parse("store"), enabled=True, backorder_limit=None, lead_time=LeadTime(5, 10))
        )
        work.items.save_products([product(number) for number in range(1, items + 1)])
        levels = [StockLevel(ItemId(str(n)), DEFAULT, on_hand=0, backordered=7) for n in range(1, items + 1)]
        work.stock.save([StockRecord(level, level.number) for level in levels])
        for some in batched(range(lines // 2), 5_000):
            work.orders.save([order(number, items) for number in some])
        for number in range(1, items + 1, 4):
            work.shipments.add(shipment(ItemId(str(number)), 2, units=3))
        work.commit()


def product(number: int) -> Product:
    return Product(
        ProductId(number),
        f"Mug {number}",
        f"MUG-{number}",
        Tracking.PRODUCT,
        categories=(),
        variants=(),
        texts=ProductTexts(),
    )


def order(number: int, items: int) -> Order:
    placed_at = NOW - timedelta(minutes=number % 50_000)
    lines = tuple(_line(2 * number + place, number + 1, items) for place in range(2))
    return Order(
        order_id=OrderId(number + 1),
        stage=OrderStage.OPEN,
        status_id=11,
        placed_at=placed_at,
        modified_at=placed_at,
        shopper=Shopper("", "Ann"),
        channel_id=1,
        lines=lines,
        is_history=True,
        paid_at=placed_at,
    )


def _line(number: int, order: int, items: int) -> OrderLine:
    product = number % items + 1
    return OrderLine(
        OrderLineId(number + 1),
        OrderId(order),
        ItemId(str(product)),
        ProductId(product),
        None,
        f"Mug {product}",
        f"MUG-{product}",
        1,
        taken=1,
    )

"""What the web tests play on: the real app, two stores (Ada's and Bo's), their products, tokens and keys."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from plugin.bootstrap import Plugin
from plugin.domain.ids import ItemId, ProductId, TenantId, VariantId, variant_of
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.order import Order
from plugin.domain.policy import LeadTime
from plugin.domain.store import ConnectionState, StoreProfile, Tenant
from plugin.services.errors import GiveUp
from plugin.services.news import News
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings
from plugin.web.current import SESSIONS
from plugin.web.session import Sessions
from tests.builders import a_level, a_policy, a_shipment, an_order, an_order_line

ADA, BO = TenantId("ada"), TenantId("bo")
CLIENT_ID = "client_abc"
CLIENT_SECRET = "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USER = 24654


class NotedQueue:
    """Keeps what it was asked to wake."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, ...]] = []

    def wake(self, job: str, *args: str | int) -> None:
        self.woken.append((job, *map(str, args)))


@dataclass
class Web:
    """What a web test works with."""

    plugin: Plugin
    app: Flask
    time: time_machine.Traveller

    @property
    def sessions(self) -> Sessions:
        sessions: Sessions = self.app.extensions[SESSIONS]
        return sessions

    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def browser(self) -> FlaskClient:
        """One that keeps cookies, as a browser does where it may."""
        return self.app.test_client()

    def token(self, tenant: TenantId = ADA, user: int = USER) -> str:
        return self.sessions.token(self.sessions.begin(tenant, user))

    def ticket(self, tenant: TenantId = ADA, user: int = USER) -> str:
        return self.sessions.ticket(self.sessions.begin(tenant, user))

    def api_key(self, tenant: TenantId = ADA) -> dict[str, str]:
        key = self.plugin.directory.add_api_key(tenant, name=f"erp {len(tenant)}", at=NOW)
        return {"Authorization": f"Bearer {key}"}


def a_profile(name: str, **changed: Any) -> StoreProfile:
    profile = StoreProfile(
        name=name,
        country="US",
        time_zone="America/New_York",
        language="en",
        owner_email=f"owner@{name.lower()}.example",
        order_email=f"orders@{name.lower()}.example",
        storefront_url=f"https://{name.lower()}.example",
        control_panel_url=f"https://store-{name.lower()}.mybigcommerce.com",
    )
    return replace(profile, **changed)


def a_mug() -> Product:
    return Product(
        product_id=ProductId(77),
        name="Stoneware mug",
        sku="MUG",
        tracking=Tracking.VARIANT,
        categories=(),
        variants=(Variant(VariantId(105), "MUG-BLUE", "Blue"), Variant(VariantId(106), "MUG-RED", "Red")),
        texts=ProductTexts(),
    )


def connect(plugin: Plugin, tenant: TenantId, name: str) -> Tenant:
    """A store that is installed and set up, with one product."""
    user = AppUser(USER, f"someone@{name.lower()}.example", "en-US", is_owner=True)
    plugin.directory.save_grant(Grant(tenant, f"token-of-{tenant}", ("store_v2_orders",), user), at=NOW)
    with plugin.units(tenant) as work:
        connected = replace(work.tenant(), state=ConnectionState.CONNECTED, profile=a_profile(name))
        work.save_tenant(connected)
        work.items.save_products([a_mug()])
        work.commit()
    return connected


def change_profile(plugin: Plugin, tenant: TenantId, **changed: Any) -> None:
    with plugin.units(tenant) as work:
        before = work.tenant()
        work.save_tenant(replace(before, profile=replace(before.profile, **changed)))
        work.commit()


def settings_for(directory: Path, **changed: Any) -> Settings:
    values = {
        "base_url": "https://backorder.example.com",
        "client_id": CLIENT_ID,
        "client_secret": SecretStr(CLIENT_SECRET),
        "secret_key": SecretStr("k" * 40),
        "data_dir": directory,
        "redis_url": f"unix://{directory}/no-such-server",
    }
    return Settings(**{**values, **changed})


def fill(plugin: Plugin, tenant: TenantId) -> None:
    """A busy store: a policy, a shelf with one mug, orders that wait, a shipment on its way, something parked."""
    first, second = ItemId("77:105"), ItemId("77:106")
    with plugin.units(tenant) as work:
        work.save_tenant(replace(work.tenant(), has_native_backorders=True))
        work.policies.save(a_policy(scope="store", limit=8, lead_time=LeadTime(5, 10)))
        work.shipments.add(a_shipment(reference="PO-118", eta=("2026-03-16", "2026-03-20"), item=first, quantity=4))
        news = News(
            orders=tuple(
                order_of(number, item, units)
                for number, item, units in ((101, first, 2), (102, first, 4), (103, second, 3))
            ),
            levels=(
                a_level(item=first, backordered=5),
                a_level(item=second, backordered=3),
            ),
            replan=frozenset({first, second}),
        )
        plugin.inbox.intake.take_over(work, news)
        work.inbox.add("store/order/updated", {"data": {"id": 250}}, at=NOW, due_at=NOW)
        (event,) = work.inbox.claim(at=NOW, limit=1)
        work.inbox.park(event.event_id, GiveUp("configuration", "The scope store_inventory is missing."))
        work.commit()


def order_of(number: int, item: ItemId, units: int) -> Order:
    placed_at = NOW - timedelta(hours=200 - number)
    line = an_order_line(
        line_id=number,
        order_id=number,
        item=item,
        variant=variant_of(item),
        name="Stoneware mug",
        sku="MUG-BLUE",
        quantity=units,
    )
    return an_order(order_id=number, placed_at=placed_at, email="", lines=[line])

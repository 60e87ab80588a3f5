"""A shop lets us ask only so much in half a minute. Whatever takes more calls than that is read on, never begun again for ever."""

from datetime import timedelta

import pytest

from plugin.domain.ids import ItemId, ProductId
from plugin.domain.store import ConnectionState
from plugin.services import inbox
from tests.builders import DEFAULT, a_level, a_policy
from tests.fakes.shop import FakeShop
from tests.services.town import ADA, MUG, Town, a_mug

QUOTA = 12


def stock_up(shop: FakeShop, products: int) -> None:
    """A longer catalog, five of each on the shelf."""
    for number in range(1000, 1000 + products):
        shop.catalog[ProductId(number)] = a_mug(number)
        shop.levels[ItemId(str(number)), DEFAULT] = a_level(item=str(number), on_hand=5)


def windows(town: Town, number: int) -> None:
    """So many half minutes pass, and in each the shop answers a few calls."""
    for _ in range(number):
        town.shop.left = QUOTA
        town.wait(seconds=30)


def calls_of(town: Town, name: str, before: int) -> int:
    return town.shop.calls[before:].count(name)


def test_orders_that_lie_far_apart_are_read_in_parts(town: Town, monkeypatch: pytest.MonkeyPatch):
    """As when a merchant ships two hundred old orders at once: none of them shares a call with another."""
    monkeypatch.setattr(inbox, "ORDER_CALLS", 5)
    town.sell_past_zero(limit=100)
    town.shop.at_once = 1
    placed = [town.shop.sell(MUG, 1) for _ in range(40)]
    town.hear(*placed)
    before = len(town.shop.calls)
    windows(town, 8)
    assert len(town.owed()) == len(placed)
    assert calls_of(town, "orders", before) <= len(placed) * 1.5


def test_a_look_at_all_orders_goes_on_where_the_quota_ended_it(town: Town, monkeypatch: pytest.MonkeyPatch):
    """No webhook told of the orders; a level that does not add up has them all read."""
    monkeypatch.setattr(inbox, "ORDER_CALLS", 5)
    town.sell_past_zero(limit=100)
    lost = [town.shop.sell(MUG, 1) for _ in range(60)]
    town.shop.at_once = 2
    town.event("store/product/inventory/updated", {"id": 77, "inventory": {"value": 1}})
    before = len(town.shop.calls)
    windows(town, 12)
    assert len(town.owed()) == len(lost)
    assert calls_of(town, "orders_modified_since", before) <= 60


def test_a_reconcile_of_a_long_catalog_comes_to_its_end(town: Town):
    stock_up(town.shop, 60)
    town.shop.at_once = 2
    with town.plugin.units(ADA) as work:
        began = work.tenant().orders_read_until
    town.clock.go(minutes=30)
    windows(town, 12)
    with town.plugin.units(ADA) as work:
        assert work.tenant().orders_read_until > began + timedelta(minutes=30)
        assert work.tenant().list_read is None


def test_an_install_of_a_large_store_comes_to_its_end(bare_town: Town):
    town = bare_town
    stock_up(town.shop, 60)
    town.shop.at_once = 2
    town.shop.left = QUOTA
    town.install()
    windows(town, 20)
    tenant = town.plugin.directory.find(ADA)
    assert tenant.state is ConnectionState.CONNECTED
    with town.plugin.units(ADA) as work:
        assert len(work.items.ids_in_scope(a_policy().scope)) == 63

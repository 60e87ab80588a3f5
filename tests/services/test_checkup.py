"""The doctor's look at one store: what is said of a healthy one, and of each trouble, without repairing anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.domain.order import InventorySettings
from plugin.domain.saying import verbatim
from plugin.domain.stock import StockTiming
from plugin.domain.store import ConnectionState
from plugin.services.checkup import Checkup
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater
from plugin.services.page_panels import PanelState
from plugin.services.page_scripts import ScriptState
from tests.services.town import ADA, MUG, Town

HEALTHY = {
    "store": "good",
    "scopes": "good",
    "limit": "good",
    "script": "good",
    "panels": "good",
    "token": "good",
    "hooks": "good",
    "drift": "good",
}


def look(
    town: Town, *, script=ScriptState.IN_PLACE, panels=PanelState.IN_PLACE, scopes=("store_v2_orders",), **changes
):
    plugin = town.plugin
    checkup = Checkup(
        units=plugin.units,
        directory=plugin.directory,
        stores=plugin.stores,
        clock=plugin.clock,
        wanted_scopes=scopes,
    )
    tenant = replace(plugin.directory.find(ADA), **changes)
    return {remark.subject: remark for remark in checkup.of(tenant, script=script, panels=panels)}


def states(found):
    return {subject: remark.state for subject, remark in found.items()}


def test_of_a_healthy_store_everything_is_good(town: Town):
    town.buy(2)
    town.wait(minutes=2)
    assert states(look(town)) == HEALTHY


def test_a_shop_that_counts_orders_only_when_they_ship_cannot_hold_the_limit(town: Town):
    found = look(town, inventory=InventorySettings(timing=StockTiming.SHIPPED))
    assert states(found) == HEALTHY | {"limit": "bad"}
    assert "the shop can sell more than the backorder limit" in found["limit"].text


def test_missing_hooks_are_named_and_not_put_back(town: Town):
    town.shop.has_hooks = False
    found = look(town)
    assert states(found) == HEALTHY | {"hooks": "bad"}
    assert "store/order/created" in found["hooks"].text
    assert not town.shop.has_hooks


def test_scopes_the_merchant_did_not_agree_to_are_named(town: Town):
    found = look(town, scopes=("store_v2_orders", "store_inventory"))
    assert states(found) == HEALTHY | {"scopes": "bad"}
    assert "store_inventory" in found["scopes"].text


def test_a_level_that_is_not_what_we_think_is_drift(town: Town):
    town.buy(2)
    town.wait(minutes=2)
    town.shop.count(MUG, 9)
    found = look(town)
    assert states(found) == HEALTHY | {"drift": "note"}
    assert found["drift"].text.startswith("1 of 3 items differ from the shop (77)")


@pytest.mark.parametrize(
    ("trouble", "subject", "state"),
    [
        (AccessRevoked("gone"), "token", "bad"),
        (RetryLater("The shop is away."), "shop", "note"),
        (GiveUp("configuration", "A scope is missing."), "shop", "bad"),
    ],
)
def test_a_shop_that_does_not_answer_is_said_to_be_so(town: Town, trouble, subject, state):
    town.shop.fail("missing_hooks", trouble)
    kept = ("store", "scopes", "limit", "script", "panels", "token")
    assert states(look(town)) == {each: HEALTHY[each] for each in kept} | {subject: state}


def test_clocks_far_apart_are_noted(town: Town):
    town.shop.clock = type(town.clock)(town.clock.now() + timedelta(minutes=5))
    assert look(town)["clock"].text == "the shop's is 300 seconds apart from ours"


def test_a_store_that_is_disconnected_is_not_asked(town: Town):
    before = len(town.shop.calls)
    found = look(town, state=ConnectionState.DISCONNECTED, problem=verbatim("The token was refused."))
    assert states(found) == {"store": "bad"}
    assert len(town.shop.calls) == before


@pytest.mark.parametrize("script", [ScriptState.MISSING, ScriptState.DISABLED])
def test_a_script_the_merchant_took_away_is_bad(town: Town, script):
    assert states(look(town, script=script)) == HEALTHY | {"script": "bad"}

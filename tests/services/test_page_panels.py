"""Panels beside the control panel's own pages: there after the install, tried again, given back, and put back."""

import pytest

from plugin.services.errors import GiveUp, RetryLater
from plugin.services.page_panels import PanelState
from tests.services.town import ADA, Town

URLS = ["/orders/${id}/expected-dates", "/products/${id}/supply"]


def state(town: Town) -> PanelState:
    return town.plugin.page_panels.state(ADA)


def test_an_install_puts_them_there_and_a_second_one_no_others(town: Town):
    assert sorted(town.shop.panels) == URLS
    assert state(town) is PanelState.IN_PLACE
    town.install()
    assert sorted(town.shop.panels) == URLS


def test_a_shop_that_is_away_is_asked_again(bare_town: Town):
    bare_town.shop.fail("keep_page_panel", RetryLater("away"))
    bare_town.install()
    assert (bare_town.shop.panels, state(bare_town)) == ({}, PanelState.ON_ITS_WAY)
    bare_town.wait(minutes=5)
    assert (sorted(bare_town.shop.panels), state(bare_town)) == (URLS, PanelState.IN_PLACE)


def test_a_missing_scope_holds_nothing_up_and_is_shown(bare_town: Town):
    refusal = GiveUp("configuration", "The scope store_app_extensions_manage is missing.")
    bare_town.shop.fail("keep_page_panel", refusal, refusal)
    bare_town.install()
    assert state(bare_town) is PanelState.MISSING
    assert len(bare_town.shop.scripts) == 2
    assert bare_town.plugin.queries.overview(ADA, at=bare_town.clock.now()).parked == 2


def test_leaving_takes_them_away(town: Town):
    town.plugin.tenants.leave(ADA)
    town.settle()
    assert (town.shop.panels, state(town)) == ({}, PanelState.OFF)


def test_what_an_uninstall_took_away_stands_there_again_after_a_reinstall(town: Town):
    town.shop.panels.clear()
    town.install()
    assert sorted(town.shop.panels) == URLS


@pytest.mark.parametrize("times", [1, 2])
def test_the_operator_can_take_them_away_and_put_them_back(town: Town, times: int):
    for _ in range(times):
        town.plugin.page_panels.take_away(ADA)
    town.settle()
    assert town.shop.panels == {}
    for _ in range(times):
        town.plugin.page_panels.place(ADA)
    town.settle()
    assert sorted(town.shop.panels) == URLS

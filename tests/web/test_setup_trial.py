"""The test order on Setup: offered in a sandbox only, its course in words, and refused by the server in a live store."""

from dataclasses import replace

import pytest

from plugin.domain.ids import OrderId
from plugin.domain.store import Trial
from plugin.services.trial_orders import TrialOrders
from tests.fakes.clock import FakeClock
from tests.services.town import Shops, a_shop
from tests.web.stage import ADA, Web, change_profile, fill

SANDBOX = "Partner Sandbox"


@pytest.fixture
def shop(web: Web):
    """Ada's shop, and the app asking it instead of BigCommerce."""
    shop = a_shop(FakeClock())
    plugin = web.plugin
    trials = TrialOrders(
        units=plugin.units, stores=Shops({ADA: shop}), products=plugin.product_queries, clock=shop.clock
    )
    web.app.extensions["backorder.plugin"] = replace(plugin, trial_orders=trials)
    yield shop
    web.app.extensions["backorder.plugin"] = plugin


def page(web: Web) -> str:
    return web.client().get(f"/app/ada/setup?t={web.ticket()}").text


def place(web: Web, path: str = "trial", **form: str):
    return web.client().post(f"/app/ada/setup/{path}", data={"session": web.token(), **form})


def test_a_live_store_is_not_offered_one_and_the_server_refuses_it(web: Web, shop):
    fill(web.plugin, ADA)
    assert "test order" not in page(web)
    answer = place(web)
    assert answer.status_code == 422
    assert "This is not a sandbox store" in answer.text
    assert shop.calls == ["profile"]


def test_a_sandbox_is_offered_one_for_the_merchants_own_address(web: Web, shop):
    change_profile(web.plugin, ADA, plan=SANDBOX)
    assert "Place a test order" in page(web)
    assert 'value="someone@ada.example"' in page(web)


def test_what_came_of_it_is_said_step_by_step(web: Web, shop):
    fill(web.plugin, ADA)
    change_profile(web.plugin, ADA, plan=SANDBOX)
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, trial=Trial("mark", OrderId(999)))))
        work.commit()
    waiting = page(web)
    assert "Your store took order #999, marked as a test." in waiting
    assert 'hx-trigger="every 2s"' in waiting
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, trial=Trial("mark", OrderId(103)))))
        work.commit()
    decided = page(web)
    assert "3 units of Stoneware mug are owed." in decided
    assert "Promised: ships" in decided
    assert "Cancel the test order" in decided
    assert "Place a test order" not in decided


def test_an_address_that_is_none_is_refused_before_anything_is_asked(web: Web, shop):
    change_profile(web.plugin, ADA, plan=SANDBOX)
    answer = place(web, trial_email="nobody")
    assert answer.status_code == 422
    assert "looks like name@example.com" in answer.text
    assert shop.calls == []

"""What only a sandbox store is offered, and what every install leaves in the control panel, in the simulated shop."""

from collections.abc import Callable

import requests

from plugin.sandbox import login
from tests.flow.stage import RED_MUG, Stage

MERCHANT = "merchant@harborandpine.example"


def test_a_test_order_goes_the_whole_way_and_the_panels_open_beside_it(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.install()
    stage.sell_past_zero()
    stage.set_stock(0)
    stage.settle()
    order = stage.plugin.trial_orders.place(stage.tenant, email=MERCHANT)
    stage.settle()
    assert "TEST ORDER" in stage.store.orders[order].staff_notes
    assert stage.store.orders[order].lines[0].product_id == RED_MUG
    assert len(stage.mails(MERCHANT)) == 1
    panels = {each.model: each.url for each in stage.store.extensions.values()}
    assert panels == {"ORDERS": "/orders/${id}/expected-dates", "PRODUCTS": "/products/${id}/supply"}
    path = panels["ORDERS"].replace("${id}", str(order))
    shown = requests.Session().get(login.load_url(stage.sandbox.world, stage.store, path=path), timeout=10)
    assert "Red Mug" in shown.text

    stage.plugin.trial_orders.cancel(stage.tenant)
    stage.settle()
    assert stage.plugin.trial_orders.state(stage.tenant).is_over

    stage.plugin.tenants.leave(stage.tenant)
    stage.settle()
    assert stage.store.extensions == {}

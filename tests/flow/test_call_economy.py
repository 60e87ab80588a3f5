"""A burst of 1,000 order webhooks for 1,000 orders of 50 items: at most 30 calls to read all and publish the items."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from tests.flow.stage import Stage

ORDERS = 1000
ITEMS = 50
BUDGET = 30
NOBODY = ""


def is_written_per_order(path: str) -> bool:
    return "/orders/metafields" in path or "/v2/orders/" in path


@pytest.mark.parametrize("native", [True, False], ids=["native", "virtual"])
def test_a_thousand_orders_cost_at_most_thirty_calls(open_stage: Callable[..., Stage], native: bool):
    stage = open_stage(native=native, seed="empty", plan_quota=100_000, log_size=50_000)
    products = [stage.add_product(f"Cup {number}", on_hand=2) for number in range(ITEMS)]
    stage.install()
    settings = replace(stage.plugin.directory.find(stage.tenant).settings, writes_order_notes=False)
    stage.plugin.tenants.save_settings(stage.tenant, settings)
    policy = BackorderPolicy(Scope.parse("store"), True, backorder_limit=100, lead_time=LeadTime(5, 5))
    stage.plugin.policies.save(stage.tenant, [policy])
    stage.settle()
    stage.keep_only_hooks("store/order/created")
    before = len(stage.api_calls())

    stage.sandbox.world.webhooks.hold()
    for number in range(ORDERS):
        stage.buy(1, product=products[number % ITEMS], email=NOBODY)
    assert stage.sandbox.world.webhooks.release() == ORDERS
    assert stage.sandbox.world.webhooks.wait_until_drained(60)
    stage.settle()

    calls = stage.api_calls()[before:]
    items = [call for call in calls if not is_written_per_order(call.path)]
    assert len(items) <= BUDGET, Counter((call.method, call.path) for call in items)
    assert not [call for call in calls if call.status >= 400]
    with stage.plugin.units(stage.tenant) as work:
        orders = work.orders.holding_items(work.items.ids_past_zero())
    assert sum(line.owed for order in orders for line in order.lines) == ORDERS - ITEMS * 2
    per_order = [is_written_per_order(call.path) for call in calls]
    assert per_order == sorted(per_order), "what is written for each order waits behind the items"

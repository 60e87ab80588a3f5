"""The shop answers late, wrongly, twice or not at all: everything heals, no stock is moved twice, nobody is told twice."""

from datetime import date

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.store import ConnectionState
from plugin.services.ports.stock import MoveState
from plugin.services.shipments import NewShipment
from tests.faults.watching import number, owed, patience, plant, told
from tests.flow.stage import Stage, item

ADJUST = "*/inventory/adjustments/relative"
OWNER = "owner@harborandpine.example"
TEN_MUGS = NewShipment("Kiln & Co", "PO-118", DateWindow(date(2027, 1, 11), date(2027, 1, 12)), [("MUG-RED", 10)])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "status", "status": 502, "body": "html"}, {"kind": "drop"}],
    ids=["500", "502", "lost"],
)
def test_goods_are_booked_in_once_whatever_becomes_of_the_answer(stage: Stage, fault: dict, when: str):
    order = stage.buy(3)
    stage.come_to_rest()
    plant(stage, method="POST", path=ADJUST, when=when, **fault)
    shipment = stage.plugin.shipments.announce(stage.tenant, TEN_MUGS)
    stage.plugin.shipments.receive(stage.tenant, shipment)
    stage.settle()
    patience(stage)
    assert number(stage) == 1 - 3 + 10
    assert owed(stage) == {order.id: 0}
    assert told(stage) == 2
    with stage.plugin.units(stage.tenant) as work:
        assert work.stock.moves([item()], [MoveState.WANTED, MoveState.SENDING]) == []


@pytest.mark.parametrize("headers", [True, False], ids=["with headers", "without"])
def test_a_storm_of_refusals_is_waited_for_and_not_answered_with_a_storm(stage: Stage, headers: bool):
    order = stage.buy(3)
    before = len(stage.api_calls())
    plant(stage, kind="throttle", headers=headers, times=8)
    stage.settle()
    for _ in range(6):
        stage.wait(1)
    assert len(stage.api_calls()) - before < 20
    stage.sandbox.world.faults.clear()
    stage.plugin.queue._connection.flushall()  # the window is over: Redis counts it by a clock nobody moves
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


@pytest.mark.parametrize("path", ["*/v2/orders*", "*/inventory/items*", "*/catalog/products*"])
def test_a_page_where_json_was_asked_for_costs_minutes_and_no_order(stage: Stage, path: str):
    order = stage.buy(3)
    plant(stage, kind="garbage", method="GET", path=path, times=2)
    stage.settle()
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


@pytest.mark.parametrize("status", [500, 503, 423])
def test_a_shop_that_is_away_for_a_while_is_asked_again(stage: Stage, status: int):
    order = stage.buy(3)
    plant(stage, kind="status", status=status, times=5)
    stage.settle()
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


def test_a_token_that_dies_in_mid_drain_stops_the_queue_and_tells_the_owner(stage: Stage):
    order = stage.buy(3)
    assert stage.sandbox.world.webhooks.wait_until_drained(10)
    stage.sandbox.world.revoke_tokens(stage.store, client_id=stage.sandbox.world.app.id)
    stage.settle()
    assert stage.plugin.directory.find(stage.tenant).state is ConnectionState.DISCONNECTED
    assert len([mail for mail in stage.mails(OWNER) if "connect" in mail.subject.lower()]) == 1
    calls = len(stage.api_calls())
    patience(stage)
    assert len(stage.api_calls()) == calls
    assert owed(stage) == {}
    stage.authorize()
    stage.settle()
    patience(stage)
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)


def test_one_product_that_cannot_be_written_holds_up_no_other(stage: Stage):
    products = [stage.add_product(f"Cup {number}", on_hand=0) for number in range(10)]
    stage.plugin.reconcile.resync(stage.tenant)
    stage.settle()
    bad = products[4]
    with stage.sandbox.world.acting():
        stage.store.drop_product(stage.store.products[bad])
    scopes = [Scope.parse(f"product:{product}") for product in products]
    lead_time = LeadTime(10, 10)
    policies = [BackorderPolicy(scope, True, backorder_limit=3, lead_time=lead_time) for scope in scopes]
    stage.plugin.policies.save(stage.tenant, policies)
    patience(stage)
    products.remove(bad)
    shown = {product: stage.store.products[product].availability_description for product in products}
    assert [product for product, text in shown.items() if "Ships" not in text] == []


def test_a_webhook_that_comes_a_day_late_changes_nothing_any_more(stage: Stage):
    engine = stage.sandbox.world.webhooks
    engine.hold()
    order = stage.buy(3)
    stage.sandbox.world.clock.move(24 * 3600)
    stage.plugin.reconcile.ask(stage.tenant)
    stage.run_jobs()
    assert (owed(stage), told(stage)) == ({order.id: 2}, 1)
    level = number(stage)
    engine.release(order="reversed")
    stage.settle()
    patience(stage)
    assert (owed(stage), told(stage), number(stage)) == ({order.id: 2}, 1, level)


@pytest.mark.parametrize("jump", [3 * 24 * 3600, -3600], ids=["three days on", "an hour back"])
def test_a_clock_that_jumps_does_nothing_twice(stage: Stage, jump: int):
    stage.wait(2 * 3600)
    order = stage.buy(3)
    stage.settle()
    stage.move_clock(jump)
    second = stage.buy(1, email="second@example.com")
    stage.settle()
    patience(stage)
    assert owed(stage) == {order.id: 2, second.id: 1}
    assert (told(stage), told(stage, "second@example.com")) == (1, 1)

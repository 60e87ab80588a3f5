"""The main job, end to end and in both ways of selling past zero: sell, date, allocate, tell, restore."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId
from plugin.sandbox.actions import editing, shipping, statuses
from plugin.sandbox.actions.editing import LineEdit
from plugin.sandbox.actions.refusals import OutOfStock
from plugin.sandbox.login import uninstall
from plugin.services.shipments import NewShipment
from tests.flow.stage import RED_MUG, Stage, item

PO_118 = NewShipment("Kiln & Co", "PO-118", DateWindow(date(2027, 1, 11), date(2027, 1, 12)), [("MUG-RED", 10)])


def order_lines(stage: Stage, order: int) -> list[tuple[int, int, int]]:
    """(quantity, allocated, owed) of each line."""
    with stage.plugin.units(stage.tenant) as work:
        lines = work.orders.get([OrderId(order)])[OrderId(order)].lines
    return [(line.quantity, line.allocated, line.owed) for line in lines]


def free_in_shop(stage: Stage) -> int:
    """What a shopper can still buy, by the shop's own count."""
    cell = stage.store.cell(stage.store.stock_key(stage.store.products[RED_MUG], 0), 1)
    beyond = max(0, cell.backorder_limit - cell.backordered) if stage.store.native_backorders else 0
    return max(0, cell.on_hand) + beyond


def test_an_order_is_split_in_what_is_on_hand_and_what_is_owed(stage: Stage):
    stage.sell_past_zero(limit=3)
    order = stage.buy(2)
    stage.settle()
    assert order_lines(stage, order.id) == [(2, 1, 1)]
    assert "1 ready to ship" in order.staff_notes
    (mail,) = stage.mails("jan@example.de")
    assert "1 ships now" in mail.plain


def test_the_page_says_the_date_until_the_limit_is_reached(stage: Stage):
    stage.sell_past_zero(limit=2)
    stage.buy(2)
    stage.settle()
    assert "Ships" in stage.store.products[RED_MUG].availability_description
    stage.buy(1)
    stage.settle()
    assert free_in_shop(stage) == 0
    assert stage.store.products[RED_MUG].availability_description == "Usually ships in 24 hours."
    assert any("closed" in mail.subject for mail in stage.mails("owner@harborandpine.example"))


@pytest.mark.parametrize("limit", [0, 1, 17])
def test_two_hundred_shoppers_at_once_buy_exactly_up_to_the_limit(stage: Stage, limit: int):
    stage.sell_past_zero(limit=limit)

    def try_to_buy(number: int) -> bool:
        try:
            stage.buy(1, email=f"shopper{number}@example.com")
        except OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        sold = sum(pool.map(try_to_buy, range(200)))
    stage.settle()
    assert sold == 1 + limit
    assert free_in_shop(stage) == 0
    assert len([mail for mail in stage.mails() if mail.recipients[0].startswith("shopper")]) == limit


def test_a_shipment_moves_the_dates_and_its_arrival_allocates_in_order_of_payment(stage: Stage):
    stage.sell_past_zero(limit=3)
    first = stage.buy(2, email="first@example.com")
    second = stage.buy(1, email="second@example.com")
    stage.settle()
    shipment = stage.plugin.shipments.announce(stage.tenant, PO_118)
    stage.settle()
    assert "Jan 12" in first.staff_notes
    assert "Jan 12" in stage.store.products[RED_MUG].availability_description
    stage.plugin.shipments.receive(stage.tenant, shipment, {item(): 1})
    stage.settle()
    assert (order_lines(stage, first.id), order_lines(stage, second.id)) == ([(2, 2, 0)], [(1, 0, 1)])
    assert [mail.recipients[0] for mail in stage.mails() if mail.subject.startswith("Ready")] == ["first@example.com"]
    stage.plugin.shipments.receive(stage.tenant, shipment)
    stage.settle()
    assert order_lines(stage, second.id) == [(1, 1, 0)]
    assert free_in_shop(stage) == 8 + 3


def test_an_item_reopens_by_itself_when_the_limit_grows(stage: Stage):
    stage.sell_past_zero(limit=1)
    stage.buy(2)
    stage.settle()
    assert free_in_shop(stage) == 0
    stage.sell_past_zero(limit=4)
    assert free_in_shop(stage) == 3
    assert "Ships" in stage.store.products[RED_MUG].availability_description


def test_duplicated_and_shuffled_webhooks_change_nothing(stage: Stage):
    stage.sell_past_zero(limit=5)
    engine = stage.sandbox.world.webhooks
    engine.hold()
    for number in range(4):
        stage.buy(1, email=f"b{number}@example.com")
    engine.release(order="shuffled", copies=2)
    stage.settle()
    level, mails = free_in_shop(stage), len(stage.mails())
    engine.redeliver_recent(60)
    stage.settle()
    assert (free_in_shop(stage), len(stage.mails())) == (level, mails) == (2, 3)


def test_a_cancelled_order_frees_its_units_for_the_next_buyer(stage: Stage):
    stage.sell_past_zero(limit=2)
    order = stage.buy(3)
    stage.settle()
    assert free_in_shop(stage) == 0
    statuses.cancel(stage.sandbox.world, stage.store, order.id)
    stage.settle()
    stage.wait(61)
    assert free_in_shop(stage) == 3
    assert "[Backorder]" not in order.staff_notes


def test_an_edit_moves_only_what_changed(stage: Stage):
    stage.sell_past_zero(limit=5)
    order = stage.buy(2)
    stage.settle()
    line = order.lines[0]
    editing.edit_order(stage.sandbox.world, stage.store, order.id, [LineEdit(line_id=line.id, quantity=4)])
    stage.settle()
    assert order_lines(stage, order.id) == [(4, 1, 3)]
    editing.edit_order(stage.sandbox.world, stage.store, order.id, [LineEdit(line_id=line.id, quantity=1)])
    stage.settle()
    stage.wait(61)
    assert order_lines(stage, order.id) == [(1, 1, 0)]
    assert free_in_shop(stage) == 5


def test_a_partial_shipment_leaves_the_owed_units_waiting(stage: Stage):
    stage.sell_past_zero(limit=3)
    order = stage.buy(2)
    stage.settle()
    shipping.ship(stage.sandbox.world, stage.store, order.id, {order.lines[0].id: 1})
    stage.settle()
    stage.wait(61)
    assert order_lines(stage, order.id) == [(2, 0, 1)]
    assert free_in_shop(stage) == 2


def test_a_count_by_the_erp_is_taken_for_what_it_is(stage: Stage):
    stage.sell_past_zero(limit=3)
    stage.buy(2)
    stage.settle()
    stage.wait(61)
    stage.set_stock(10)
    stage.settle()
    stage.wait(61)
    assert free_in_shop(stage) == 9 + 3


def test_a_count_of_zero_leaves_what_the_limit_still_allows(stage: Stage):
    stage.sell_past_zero(limit=3)
    stage.buy(2)
    stage.settle()
    stage.wait(61)
    stage.set_stock(0)
    stage.settle()
    stage.wait(61)
    stage.wait(61)
    assert free_in_shop(stage) == 2


def test_a_lost_webhook_is_healed_by_the_next_reconcile(stage: Stage):
    stage.sell_past_zero(limit=3)
    stage.switch(webhook_loss_percent=100)
    order = stage.buy(2)
    stage.settle()
    assert not stage.mails("jan@example.de")
    stage.switch(webhook_loss_percent=0)
    stage.wait(11 * 60)
    assert order_lines(stage, order.id) == [(2, 1, 1)]
    assert stage.mails("jan@example.de")


def test_an_unpaid_order_holds_units_and_tells_nobody_until_it_is_paid(stage: Stage):
    stage.sell_past_zero(limit=3)
    order = stage.buy(2, status_id=7)
    stage.settle()
    assert order_lines(stage, order.id) == [(2, 1, 1)]
    assert not stage.mails("jan@example.de")
    statuses.set_status(stage.sandbox.world, stage.store, order.id, 11)
    stage.settle()
    assert len(stage.mails("jan@example.de")) == 1


def test_turning_the_policy_off_gives_back_what_was_there(stage: Stage):
    stage.sell_past_zero(limit=3)
    stage.plugin.policies.delete(stage.tenant, next(iter(stage.plugin.policies.all(stage.tenant))).scope)
    stage.settle()
    stage.wait(61)
    assert free_in_shop(stage) == 1
    assert stage.store.products[RED_MUG].availability_description == "Usually ships in 24 hours."
    assert not stage.store.metafields_of.get(("product", RED_MUG))


def test_leaving_restores_the_store_and_an_uninstall_leaves_nothing_behind(stage: Stage):
    stage.sell_past_zero(limit=3)
    order = stage.buy(1)
    other = stage.buy(1)
    stage.settle()
    stage.plugin.tenants.leave(stage.tenant)
    stage.settle()
    assert free_in_shop(stage) == 0
    assert stage.store.products[RED_MUG].availability_description == "Usually ships in 24 hours."
    assert not any(stage.store.metafields_of.values())
    assert (order.staff_notes, other.staff_notes) == ("", "")
    assert not stage.store.hooks
    mails = len(stage.mails())
    assert uninstall(stage.sandbox.world, stage.store)
    stage.settle()
    assert len(stage.mails()) == mails

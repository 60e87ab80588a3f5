"""The supplier is late: shoppers are told by the law of where they live, answer or stay silent, and get their money back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId, ShipmentId
from plugin.domain.notices import CancelCause
from plugin.sandbox.actions import refunding, shipping
from plugin.sandbox.faults import Fault
from plugin.services.errors import Conflict
from plugin.services.ports.notices import CancellationState
from plugin.services.shipments import NewShipment
from tests.flow.stage import Stage, item

DAY = 24 * 3600
US, DE = {"country_iso2": "US"}, {"country_iso2": "DE", "country": "Germany"}


def today(stage: Stage) -> date:
    with stage.plugin.units(stage.tenant) as work:
        zone = ZoneInfo(work.tenant().profile.time_zone)
    return stage.plugin.clock.today(zone)


def announce(stage: Stage, *, in_days: int, units: int = 20) -> ShipmentId:
    day = today(stage) + timedelta(days=in_days)
    new = NewShipment("Kiln & Co", "PO-118", DateWindow(day, day), [("MUG-RED", units)], "supplier confirmed")
    shipment = stage.plugin.shipments.announce(stage.tenant, new)
    stage.settle()
    return shipment


def delay(stage: Stage, shipment: ShipmentId, *, to_days: int | None) -> None:
    day = today(stage) + timedelta(days=to_days or 0)
    eta = DateWindow(day, day) if to_days else None
    stage.plugin.shipments.move(stage.tenant, shipment, eta, "supplier called")
    stage.settle()


def subjects(stage: Stage, name: str) -> list[str]:
    return [mail.subject for mail in stage.mails(f"{name}@example.com")]


def kinds(stage: Stage, order: int) -> list[str]:
    with stage.plugin.units(stage.tenant) as work:
        records = work.notices.of_orders([OrderId(order)])
    return [record.notice.kind.value for line in records.values() for record in line]


def settings(stage: Stage, **changes: object) -> None:
    with stage.plugin.units(stage.tenant) as work:
        now = work.tenant().settings
    stage.plugin.tenants.save_settings(stage.tenant, replace(now, **changes))
    stage.settle()


def buy(stage: Stage, name: str, quantity: int = 1, *, address: dict[str, str] = US) -> int:
    order = stage.buy(quantity, email=f"{name}@example.com", address=address)
    stage.settle()
    return int(order.id)


@pytest.fixture
def late(stage: Stage) -> Stage:
    """A store that owes from a shipment due in ten days."""
    stage.set_stock(0)
    stage.settle()
    stage.wait(61)
    stage.wait(61)
    stage.sell_past_zero(limit=12)
    return stage


def test_each_shopper_is_told_by_the_law_of_where_they_live(late: Stage):
    shipment = announce(late, in_days=10)
    here, there = buy(late, "ann"), buy(late, "bea", address=DE)
    delay(late, shipment, to_days=20)
    assert (kinds(late, here), kinds(late, there)) == (["first_short"], ["delay"])
    ann, bea = late.mails("ann@example.com")[-1], late.mails("bea@example.com")[-1]
    assert "If you do not answer" in ann.plain
    assert "If you do not answer" not in bea.plain
    assert "right of withdrawal" in bea.plain
    assert ann.subject.startswith("Delayed: your order")
    delay(late, shipment, to_days=20)
    assert len(subjects(late, "ann")) == 2


def test_a_move_inside_the_window_is_no_news_and_an_earlier_date_is(late: Stage):
    shipment = announce(late, in_days=20)
    order = buy(late, "ann")
    delay(late, shipment, to_days=18)
    assert kinds(late, order) == []
    delay(late, shipment, to_days=6)
    assert kinds(late, order) == ["earlier"]
    assert subjects(late, "ann")[-1] == f"Good news: your order #{order} ships earlier"


def test_one_cancels_one_agrees_and_one_is_silent_past_the_deadline(late: Stage):
    settings(late, cancels_by_itself=True)
    shipment = announce(late, in_days=5)
    one, two, three, four = (buy(late, name) for name in ("one", "two", "three", "four"))
    delay(late, shipment, to_days=60)
    assert [kinds(late, order) for order in (one, two, three)] == [["first_long"]] * 3
    answers = late.plugin.answers
    due = answers.cancel(late.tenant, OrderId(one), channel="page")
    answers.keep(late.tenant, OrderId(two), channel="page")
    answers.keep(late.tenant, OrderId(four), channel="page")
    late.settle()
    refund = late.store.orders[one].refunds[0]
    assert [(item.item_type, item.quantity) for item in refund.items] == [("PRODUCT", 1), ("SHIPPING", 1)]
    assert refund.total == late.store.orders[one].subtotal + late.store.orders[one].shipping_cost
    assert subjects(late, "one")[-2:] == [
        f"Cancelled: your order #{one}",
        f"Refunded: ${refund.total:.2f} for your order #{one}",
    ]
    assert due > today(late)
    status = answers.order_status(late.tenant, OrderId(three))
    by = status.lines[0].answer_by
    assert by is not None
    late.wait((by - today(late)).days * DAY)
    assert not late.store.orders[three].refunds
    assert subjects(late, "three")[-1].startswith("Please answer by")
    late.wait(DAY)
    assert len(late.store.orders[three].refunds) == 1
    assert subjects(late, "three")[-1].startswith("Refunded:")
    assert not late.store.orders[two].refunds
    (row,) = answers.order_status(late.tenant, OrderId(three)).lines[0].cancellations
    assert (row.cause, row.state) == (CancelCause.SILENCE, CancellationState.REFUNDED)


def test_a_cancelled_unit_goes_to_the_next_in_line_and_may_be_sold_again(late: Stage):
    shipment = announce(late, in_days=5, units=2)
    first = buy(late, "first", 2)
    second = buy(late, "second")
    free = free_in_shop(late)
    late.plugin.answers.cancel(late.tenant, OrderId(first), channel="page")
    late.settle()
    late.wait(61)
    assert free_in_shop(late) == free + 2
    late.plugin.shipments.receive(late.tenant, shipment)
    late.settle()
    assert subjects(late, "second")[-1].startswith("Ready to ship")
    late.wait(61)
    assert free_in_shop(late) == 12 + 1
    assert not [mail for mail in late.mails("first@example.com") if mail.subject.startswith("Ready")]
    assert late.plugin.answers.order_status(late.tenant, OrderId(second)).lines[0].line.allocated == 1


def free_in_shop(stage: Stage) -> int:
    cell = stage.store.cell(stage.store.stock_key(stage.store.products[111], 0), 1)
    beyond = max(0, cell.backorder_limit - cell.backordered) if stage.store.native_backorders else 0
    return max(0, cell.on_hand) + beyond


def test_an_order_can_be_cancelled_once(late: Stage):
    order = buy(late, "ann")
    late.plugin.answers.cancel(late.tenant, OrderId(order), channel="page")
    with pytest.raises(Conflict):
        late.plugin.answers.cancel(late.tenant, OrderId(order), channel="page")
    late.settle()
    assert len(late.store.orders[order].refunds) == 1


def test_without_the_merchants_yes_nothing_is_cancelled_by_silence(late: Stage):
    shipment = announce(late, in_days=5)
    order = buy(late, "ann")
    delay(late, shipment, to_days=60)
    by = late.plugin.answers.order_status(late.tenant, OrderId(order)).lines[0].answer_by
    assert by is not None
    late.wait(((by - today(late)).days + 1) * DAY)
    assert not late.store.orders[order].refunds
    (row,) = late.plugin.deadlines.to_approve(late.tenant)
    assert (row.order_id, row.cause) == (order, CancelCause.SILENCE)
    assert any("waits for you" in mail.subject for mail in late.mails("owner@harborandpine.example"))
    late.plugin.deadlines.approve(late.tenant, row.cancellation_id)
    late.settle()
    assert len(late.store.orders[order].refunds) == 1
    assert late.plugin.deadlines.to_approve(late.tenant) == []


def test_a_yes_after_the_deadline_still_counts_while_the_merchant_has_not_decided(late: Stage):
    shipment = announce(late, in_days=5)
    order = buy(late, "ann")
    delay(late, shipment, to_days=60)
    late.wait(40 * DAY)
    assert len(late.plugin.deadlines.to_approve(late.tenant)) == 1
    late.plugin.answers.keep(late.tenant, OrderId(order), channel="page")
    late.settle()
    assert late.plugin.deadlines.to_approve(late.tenant) == []


def test_goods_that_leave_late_get_an_apology_and_no_more_notices(late: Stage):
    shipment = announce(late, in_days=3)
    order = buy(late, "ann", 2)
    delay(late, shipment, to_days=12)
    late.wait(12 * DAY)
    late.plugin.shipments.receive(late.tenant, shipment)
    late.settle()
    shipping.ship(late.sandbox.world, late.store, order, {late.store.orders[order].lines[0].id: 2})
    late.settle()
    assert subjects(late, "ann")[-1] == f"On its way at last: your order #{order}"
    late.wait(40 * DAY)
    assert subjects(late, "ann")[-1] == f"On its way at last: your order #{order}"


def test_a_refund_whose_answer_was_lost_is_found_and_not_made_again(late: Stage):
    order = buy(late, "ann")
    lost = Fault(kind="drop", method="POST", path="*/payment_actions/refunds", when="after")
    late.sandbox.world.faults.plant(lost)
    late.plugin.answers.cancel(late.tenant, OrderId(order), channel="page")
    late.settle()
    assert [row.amount for row in late.plugin.deadlines.refunds_open(late.tenant)] == [""]
    late.wait(15)
    assert late.plugin.deadlines.refunds_open(late.tenant) == []
    assert len(late.store.orders[order].refunds) == 1
    assert subjects(late, "ann")[-1].startswith("Refunded: $")


def test_an_order_that_staff_refund_by_hand_waits_no_more(late: Stage):
    order = buy(late, "ann")
    lines = {late.store.orders[order].lines[0].id: 1}
    refunding.refund(late.sandbox.world, late.store, order, lines, reason="On the phone")
    late.settle()
    assert not late.plugin.answers.order_status(late.tenant, OrderId(order)).is_open


@pytest.fixture
def slow(open_stage: Callable[..., Stage]) -> Stage:
    """A store where updates wait a quarter of an hour for more."""
    stage = open_stage(native=True, mail_hold_seconds=900)
    stage.install()
    stage.set_stock(0)
    stage.settle()
    stage.wait(61)
    stage.wait(61)
    stage.sell_past_zero(limit=12)
    return stage


def test_news_that_changes_within_a_quarter_of_an_hour_is_one_mail(slow: Stage):
    shipment = announce(slow, in_days=5)
    order = buy(slow, "ann")
    delay(slow, shipment, to_days=15)
    delay(slow, shipment, to_days=18)
    slow.wait(300)
    assert len(subjects(slow, "ann")) == 1
    slow.wait(601)
    assert len(subjects(slow, "ann")) == 2
    assert kinds(slow, order) == ["first_short"]


def test_a_delay_that_is_taken_back_in_time_is_never_told(slow: Stage):
    shipment = announce(slow, in_days=5)
    buy(slow, "ann")
    delay(slow, shipment, to_days=15)
    delay(slow, shipment, to_days=5)
    slow.wait(1200)
    assert len(subjects(slow, "ann")) == 1


def test_goods_that_come_in_two_lots_at_once_are_one_mail(slow: Stage):
    shipment = announce(slow, in_days=5)
    order = buy(slow, "ann", 3)
    slow.plugin.shipments.receive(slow.tenant, shipment, {item(): 1})
    slow.settle()
    slow.plugin.shipments.receive(slow.tenant, shipment, {item(): 2})
    slow.settle()
    slow.wait(901)
    assert subjects(slow, "ann")[1:] == [f"Ready to ship: Red Mug (order #{order})"]


def test_nothing_is_told_of_an_order_that_was_cancelled_meanwhile(slow: Stage):
    shipment = announce(slow, in_days=5)
    order = buy(slow, "ann")
    delay(slow, shipment, to_days=15)
    slow.plugin.answers.cancel(slow.tenant, OrderId(order), channel="page")
    slow.settle()
    slow.wait(1200)
    assert [s.split(":")[0] for s in subjects(slow, "ann")[1:]] == ["Cancelled", "Refunded"]


def test_who_was_told_that_it_is_back_hears_that_it_is_gone_again(slow: Stage):
    slow.plugin.waitlist.ask(slow.tenant, item(), "gil@example.com", locale="en")
    with slow.plugin.units(slow.tenant) as work:
        entry = work.waitlist.add(item(), "gil@example.com", locale="en", quantity=1, at=slow.plugin.clock.now())
    slow.plugin.waitlist.confirm(slow.tenant, entry.entry_id)
    slow.set_stock(1)
    slow.settle()
    slow.wait(61)
    slow.wait(61)
    assert subjects(slow, "gil")[-1] == "Red Mug is back in stock"
    buy(slow, "ann", 13)
    assert subjects(slow, "gil")[-1] == "Red Mug is gone again"

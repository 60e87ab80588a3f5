"""Orders come back as saved; what their lines were promised stays with them; the queue is read by item."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from plugin.domain.order import OrderStage, Shopper
from plugin.domain.promise import Promise
from tests.adapters.db.conftest import ADA, a_line_plan, a_window_part
from tests.builders import MUG, MUG_BLUE, NOW, a_day, an_order, an_order_line


def two_lines(order_id=101, **changes):
    lines = (
        an_order_line(line_id=2, order_id=order_id, quantity=3, shipped=1, refunded=1, allocated=1),
        an_order_line(line_id=1, order_id=order_id, item=None, product=None, name="Gift wrap", sku=""),
    )
    return an_order(order_id=order_id, lines=lines, **changes)


def test_an_order_comes_back_with_its_lines_in_order(work):
    order = replace(
        two_lines(staff_notes="Call first", is_history=True, paid_at=NOW + timedelta(microseconds=7)),
        shopper=Shopper("ada@example.com", "Ada Löwe", "de", 7, "DE"),
    )
    with work() as unit:
        unit.orders.save([order, an_order(order_id=102)])
    with work() as unit:
        assert unit.orders.get([101, 102, 999]) == {101: order, 102: an_order(order_id=102)}


def test_saving_an_order_again_replaces_its_lines_and_keeps_promises(work):
    promise = Promise((a_window_part(1),))
    with work() as unit:
        unit.orders.save([two_lines()])
        unit.orders.save_line_plans([a_line_plan(line_id=2, promise=promise), a_line_plan(line_id=1)])
    edited = replace(two_lines(), lines=(an_order_line(line_id=2, quantity=5), an_order_line(line_id=3)))
    with work() as unit:
        unit.orders.save([edited])
    with work() as unit:
        promised = replace(edited.lines[0], promised_on=promise.last_window.latest)
        assert unit.orders.get([101]) == {101: replace(edited, lines=(promised, edited.lines[1]))}
        assert unit.orders.promises([101]) == {2: promise}


def test_the_first_day_that_was_promised_and_a_pin_stay_whatever_the_shop_says(work):
    first, later = (
        Promise((a_window_part(1, earliest="2026-03-09", latest=day),)) for day in ("2026-03-09", "2026-04-01")
    )
    with work() as unit:
        unit.orders.save([two_lines()])
        for promise in (first, later):
            unit.orders.save_line_plans([a_line_plan(line_id=1, promise=promise)])
        assert (unit.orders.pin(101, [1], NOW), unit.orders.pin(101, [9], NOW)) == (1, 0)
        unit.orders.save([two_lines()])
        (other, line) = unit.orders.get([101])[101].lines
        assert (line.promised_on, line.pinned_at) == (a_day("2026-03-09"), NOW)
        assert (other.promised_on, other.pinned_at) == (None, None)
        unit.orders.pin(101, [1], None)
        assert unit.orders.get([101])[101].lines[0].pinned_at is None


def test_groups_are_kept_for_customers_nobody_knew_the_group_of(work):
    def of(customer, group=None, order_id=101):
        order = an_order(order_id=order_id, lines=[an_order_line(order_id=order_id)])
        shopper = replace(order.shopper, customer_id=customer, customer_group=group)
        return replace(order, shopper=shopper, value=Decimal("12.50"))

    with work() as unit:
        unit.orders.save([of(7), of(8, 2, order_id=102), of(0, order_id=103)])
        assert unit.orders.customers_without_group() == {7}
        unit.orders.save_customer_groups({7: 5, 8: 6})
        found = unit.orders.get([101, 102])
        assert [(o.shopper.customer_group, o.value) for _, o in sorted(found.items())] == [
            (5, Decimal("12.50")),
            (2, Decimal("12.50")),
        ]


def test_a_line_plan_sets_what_is_allocated_and_promised(work):
    with work() as unit:
        unit.orders.save([an_order(lines=[an_order_line(quantity=3)])])
        unit.orders.save_line_plans([a_line_plan(allocated=2, owed=1)])
        assert unit.orders.get([101])[101].lines[0].allocated == 2
        assert unit.orders.promises([101]) == {1: Promise((a_window_part(1),))}


def test_only_orders_that_hold_open_units_of_an_item_are_in_its_queue(work):
    def mug(order_id, **changes):
        return an_order_line(line_id=order_id, order_id=order_id, **changes)

    orders = [
        an_order(order_id=1, lines=[mug(1), an_order_line(line_id=11, order_id=1, item=MUG_BLUE)]),
        an_order(order_id=2, lines=[mug(2)], stage=OrderStage.UNPAID),
        an_order(order_id=3, lines=[mug(3)], stage=OrderStage.CLOSED),
        an_order(order_id=4, lines=[mug(4, quantity=2, shipped=1, refunded=1)]),
        an_order(order_id=5, lines=[mug(5, item=MUG_BLUE)]),
        an_order(order_id=6, lines=[mug(6, quantity=2, allocated=2)]),
        an_order(order_id=7, lines=[mug(7, item=None)]),
    ]
    with work() as unit:
        unit.orders.save(orders)
    with work() as unit:
        assert unit.orders.holding_items([MUG]) == [orders[0], orders[1], orders[5]]
        assert [order.order_id for order in unit.orders.holding_items([MUG, MUG_BLUE])] == [1, 2, 5, 6]
        assert unit.orders.holding_items([]) == []


def test_an_order_that_closes_leaves_the_queue(work):
    with work() as unit:
        unit.orders.save([an_order()])
        unit.orders.save([an_order(stage=OrderStage.CANCELLED)])
        assert unit.orders.holding_items([MUG]) == []


def test_a_shopper_is_told_a_first_promise_once(work):
    with work() as unit:
        unit.orders.save([an_order(order_id=1), an_order(order_id=2)])
        assert unit.orders.unconfirmed([1, 2, 3]) == {1, 2}
        unit.orders.mark_confirmed([1], NOW)
        unit.orders.save([an_order(order_id=1)])
        assert unit.orders.unconfirmed([1, 2]) == {2}


def test_what_was_told_is_only_ever_added_to(work, rows):
    with work() as unit:
        unit.orders.save([an_order()])
        for text in ("Ships 9 March", "Ships 11 March"):
            unit.orders.add_to_ledger(101, at=NOW, surface="mail", text=text, facts={"line": 1})
    assert [(row.tenant_id, row.order_id, row.text, row.facts) for row in rows("told")] == [
        (ADA, 101, "Ships 9 March", {"line": 1}),
        (ADA, 101, "Ships 11 March", {"line": 1}),
    ]


@pytest.mark.parametrize("text", ["nul \0 inside", "half \ud83d of a smile"])
def test_foreign_text_no_database_takes_hurts_nobody(work, text):
    with work() as unit:
        unit.orders.save([an_order(staff_notes=text, lines=[an_order_line(name=text)])])
        assert unit.orders.get([101])[101].staff_notes == text.replace("\0", "").replace("\ud83d", "?")


def test_a_thousand_orders_with_lines_are_saved_and_planned_in_a_few_statements(work, statements):
    orders = [
        an_order(order_id=n, lines=[an_order_line(line_id=n * 10 + k, order_id=n) for k in range(3)])
        for n in range(1, 1001)
    ]
    with work() as unit:
        unit.orders.save(orders)
        unit.orders.save_line_plans(
            [a_line_plan(line_id=line.line_id, order_id=line.order_id) for order in orders for line in order.lines]
        )
    saved = statements.count()
    with work() as unit:
        found = unit.orders.holding_items([MUG])
        assert [order.order_id for order in found] == [order.order_id for order in orders]
        assert all(line.promised_on for order in found for line in order.lines)
        assert len(unit.orders.promises([order.order_id for order in orders])) == 3000
    assert (saved, statements.count() - saved) == (5, 3)

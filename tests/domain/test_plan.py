"""A snapshot in, a plan out: on hand = net position + owed, what the next buyer is told, what became different."""

from datetime import timedelta

import pytest

from plugin.domain.changes import Availability, AvailabilityChanged, Change, LineAllocated, PromiseMade, PromiseMoved
from plugin.domain.ids import OrderId, OrderLineId
from plugin.domain.plan import ItemSnapshot, Plan, changes_between, make_plan, on_hand_of
from plugin.domain.policy import BackorderPolicy, PolicyLabel
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart, on_hand_part
from plugin.domain.stock import SellingMode, StockTiming
from tests.builders import (
    MUG,
    MUG_BLUE,
    NOW,
    SECOND,
    a_lead_time,
    a_level,
    a_line,
    a_policy,
    a_preorder,
    a_shipment,
    a_snapshot,
    a_virtual_level,
    a_window,
    an_item,
    once_done,
    some_rules,
)

MAY = a_shipment(shipment_id=5, reference="PO-MAY", eta="2026-05-04", quantity=50)
JUNE = a_shipment(shipment_id=6, reference="PO-JUNE", eta="2026-06-01", quantity=40)


@pytest.mark.parametrize(
    ("case", "item", "on_hand"),
    [
        ("nothing sold", an_item(levels=[a_level(on_hand=10)]), 10),
        ("taken off the level, not tied yet", an_item(levels=[a_level(on_hand=7)], lines=[a_line(owed=3)]), 10),
        ("tied", an_item(levels=[a_level(on_hand=7)], lines=[a_line(owed=0, allocated=3)]), 7),
        ("sold beyond", an_item(levels=[a_level(backordered=3)], lines=[a_line(owed=3)]), 0),
        ("one of three on the shelf", an_item(levels=[a_level(backordered=2)], lines=[a_line(owed=3)]), 1),
        ("goods arrived", an_item(levels=[a_level(on_hand=10, backordered=3)], lines=[a_line(owed=3)]), 10),
        ("virtual units are nobody's", an_item(levels=[a_virtual_level(level=2, virtual_units=5)], lines=[a_line(owed=3)]), 0),
        ("an order not heard of", an_item(levels=[a_level(backordered=3)], lines=[a_line(owed=1)]), -2),
        ("two locations", an_item(levels=[a_level(on_hand=4), a_level(location=SECOND, backordered=1)], lines=[a_line(owed=1)]), 4),
        ("nobody counts it", an_item(is_tracked=False, levels=[a_level(on_hand=9)], lines=[a_line(owed=3)]), 3),
        ("taken off on shipping: sold", an_item(levels=[a_level(on_hand=5)], lines=[a_line(owed=3, untaken=3)]), 5),
        ("taken off on shipping: tied", an_item(levels=[a_level(on_hand=5)], lines=[a_line(owed=1, allocated=3, untaken=4)]), 2),
        ("edited up, level left alone", an_item(levels=[a_level(backordered=2)], lines=[a_line(owed=5, untaken=3)]), 0),
        ("a shelf below its safety stock", an_item(levels=[a_level(on_hand=1, safety_stock=3)]), 0),
    ],
)  # fmt: skip
def test_on_hand_is_the_net_position_plus_what_is_owed(case: str, item: ItemSnapshot, on_hand: int) -> None:
    assert on_hand_of(item) == on_hand, case


@pytest.mark.parametrize("timing", StockTiming)
def test_both_stock_timings_come_to_the_same_plan(timing: StockTiming) -> None:
    """Five on the shelf; seven sold, none shipped. The level reads -2 (two backordered) or still 5."""
    level = a_level(backordered=2) if timing is StockTiming.PLACED else a_level(on_hand=5)
    untaken = 0 if timing is StockTiming.PLACED else 1
    lines = [a_line(line_id=1, owed=4, untaken=4 * untaken), a_line(line_id=2, owed=3, untaken=3 * untaken)]
    item = an_item(levels=[level], lines=lines, policy=a_policy(limit=5))
    [plan] = make_plan(a_snapshot(item, rules=some_rules(timing=timing))).items
    assert [(line.allocated, line.owed) for line in plan.lines] == [(4, 0), (1, 2)]
    assert (plan.owed, plan.drift) == (2, 0)
    assert (plan.offer.on_hand, plan.offer.available_for_backorder) == (0, 3)


def test_where_units_leave_on_shipping_a_low_level_is_not_repaired() -> None:
    """Three units are tied to a line and the merchant counts one: the count is right, nothing is released."""
    item = an_item(levels=[a_level(on_hand=1)], lines=[a_line(owed=0, allocated=3, untaken=3)], repair_drift=True)
    rules = some_rules(timing=StockTiming.SHIPPED, mode=SellingMode.VIRTUAL)
    [plan] = make_plan(a_snapshot(item, rules=rules)).items
    assert (plan.drift, plan.moves) == (2, ())


def test_an_unheard_order_is_drift_until_it_is_heard_and_is_not_offered_again() -> None:
    unheard = an_item(levels=[a_level(backordered=5)], policy=a_policy(limit=5))
    heard = an_item(levels=[a_level(backordered=5)], lines=[a_line(owed=5)], policy=a_policy(limit=5))
    before, after = make_plan(a_snapshot(unheard, heard)).items
    assert (before.drift, before.moves, before.offer.availability) == (5, (), Availability.CLOSED)
    assert (after.drift, after.moves, after.offer.availability) == (0, (), Availability.CLOSED)


def test_drift_that_stays_is_repaired_once_and_the_item_opens_again() -> None:
    item = an_item(levels=[a_level(backordered=5)], policy=a_policy(limit=5), repair_drift=True)
    snapshot = a_snapshot(item)
    plan = make_plan(snapshot)
    assert (plan.items[0].drift, plan.items[0].offer.availability) == (5, Availability.BACKORDER)
    again = make_plan(once_done(snapshot, plan)).items[0]
    assert (again.drift, again.moves, again.offer.availability) == (0, (), Availability.BACKORDER)


def test_buyer_51_sees_june_after_buyer_50_saw_may() -> None:
    for sold, month in [(48, "2026-05-04"), (49, "2026-05-04"), (50, "2026-06-01"), (89, "2026-06-01")]:
        item = an_item(
            levels=[a_level(backordered=sold)],
            lines=[a_line(owed=sold)],
            shipments=[JUNE, MAY],
            policy=a_policy(limit=200),
        )
        [plan] = make_plan(a_snapshot(item)).items
        assert plan.offer.next_part is not None
        assert plan.offer.next_part.window == a_window(month), sold


def test_buyers_50_and_51_get_different_months() -> None:
    lines = [a_line(line_id=buyer) for buyer in range(1, 92)]
    item = an_item(levels=[a_level(backordered=91)], lines=lines, shipments=[MAY, JUNE], policy=a_policy(limit=200))
    [plan] = make_plan(a_snapshot(item)).items
    assert [line.promise.last_window for line in plan.lines] == (
        [a_window("2026-05-04")] * 50 + [a_window("2026-06-01")] * 40 + [None]
    )


@pytest.mark.parametrize(
    ("case", "item", "availability"),
    [
        ("no policy, nothing owed", an_item(levels=[a_level(on_hand=3)]), Availability.PLAIN),
        ("no policy, empty shelf", an_item(), Availability.PLAIN),
        ("policy off", an_item(policy=a_policy(enabled=False)), Availability.PLAIN),
        ("policy, on hand", an_item(policy=a_policy(), levels=[a_level(on_hand=1)]), Availability.IN_STOCK),
        ("policy, empty shelf", an_item(policy=a_policy()), Availability.BACKORDER),
        ("limit zero", an_item(policy=a_policy(limit=0)), Availability.CLOSED),
        (
            "limit reached",
            an_item(policy=a_policy(limit=2), levels=[a_level(backordered=2)], lines=[a_line(owed=2)]),
            Availability.CLOSED,
        ),
        (
            "limit exceeded",
            an_item(policy=a_policy(limit=1), levels=[a_level(backordered=2)], lines=[a_line(owed=2)]),
            Availability.CLOSED,
        ),
        (
            "one below the limit",
            an_item(policy=a_policy(limit=3), levels=[a_level(backordered=2)], lines=[a_line(owed=2)]),
            Availability.BACKORDER,
        ),
        (
            "unlimited",
            an_item(policy=a_policy(limit=None), levels=[a_level(backordered=900)], lines=[a_line(owed=900)]),
            Availability.BACKORDER,
        ),
        (
            "policy off, still owed",
            an_item(policy=a_policy(enabled=False), levels=[a_level(backordered=1)], lines=[a_line()]),
            Availability.CLOSED,
        ),
        ("no policy, still owed", an_item(levels=[a_level(backordered=1)], lines=[a_line()]), Availability.CLOSED),
        ("pre-order", an_item(policy=a_preorder()), Availability.PREORDER),
        ("pre-order, on hand", an_item(policy=a_preorder(), levels=[a_level(on_hand=1)]), Availability.IN_STOCK),
        (
            "pre-order, limit reached",
            an_item(policy=a_preorder(limit=1), levels=[a_level(backordered=1)], lines=[a_line()]),
            Availability.CLOSED,
        ),
        ("nobody counts it", an_item(policy=a_policy(), is_tracked=False), Availability.PLAIN),
        (
            "limit only elsewhere",
            an_item(policy=a_policy(limit=0, location_limits=[(SECOND, 2)])),
            Availability.BACKORDER,
        ),
    ],
)
def test_the_shop_says(case: str, item: ItemSnapshot, availability: Availability) -> None:
    assert make_plan(a_snapshot(item)).items[0].offer.availability is availability, case


@pytest.mark.parametrize(
    ("policy", "owed", "available"),
    [
        (a_policy(limit=5), 0, 5),
        (a_policy(limit=5), 4, 1),
        (a_policy(limit=5), 7, 0),
        (a_policy(limit=None), 7, None),
        (a_policy(limit=5, enabled=False), 2, 0),
        (None, 2, 0),
        (a_policy(limit=5, location_limits=[(SECOND, 3)]), 4, 4),
    ],
)
def test_the_offer_counts_what_the_limit_leaves(
    policy: BackorderPolicy | None, owed: int, available: int | None
) -> None:
    item = an_item(policy=policy, levels=[a_level(backordered=owed)], lines=[a_line(owed=owed)])
    assert make_plan(a_snapshot(item)).items[0].offer.available_for_backorder == available


def test_the_offer_carries_the_policys_words_and_dates_only_what_is_sold() -> None:
    policy = a_preorder(limit=1)
    open_offer = make_plan(a_snapshot(an_item(policy=policy))).items[0].offer
    assert (open_offer.label, open_offer.on_hand) == (PolicyLabel.PREORDER, 0)
    assert open_offer.next_part is not None
    assert open_offer.next_part.window == a_window("2026-04-01")
    sold_out = an_item(policy=policy, levels=[a_level(backordered=1)], lines=[a_line()])
    assert make_plan(a_snapshot(sold_out)).items[0].offer.next_part is None
    assert (
        make_plan(a_snapshot(an_item(policy=a_policy(message="Made to order")))).items[0].offer.message
        == "Made to order"
    )


def test_items_do_not_take_from_each_other() -> None:
    mug = an_item(item=MUG, levels=[a_level(on_hand=5)])
    blue = an_item(item=MUG_BLUE, levels=[a_level(item=MUG_BLUE, backordered=1)], lines=[a_line()])
    plan = make_plan(a_snapshot(mug, blue))
    assert [(item.item_id, item.owed, item.offer.on_hand) for item in plan.items] == [(MUG, 0, 5), (MUG_BLUE, 1, 0)]


# ------------------------------------------------------------------------------------------------ what changed


def changes_of(item: ItemSnapshot) -> list[Change]:
    snapshot = a_snapshot(item)
    return list(changes_between(snapshot, make_plan(snapshot)))


LEAD = PromisePart(2, a_window("2026-03-09"), Basis(BasisKind.LEAD_TIME, lead_time=a_lead_time(5)))
FROM_MAY = PromisePart(2, a_window("2026-05-04"), Basis(BasisKind.SHIPMENT, "PO-MAY", "", a_window("2026-05-04")))
ORDER, LINE = OrderId(101), OrderLineId(1)


def test_a_first_promise_is_made_and_an_item_opens() -> None:
    item = an_item(levels=[a_level(backordered=2)], lines=[a_line(owed=2)], policy=a_policy(), shipments=[MAY])
    assert changes_of(item) == [
        PromiseMade(ORDER, LINE, Promise((FROM_MAY,))),
        AvailabilityChanged(MUG, Availability.PLAIN, Availability.BACKORDER, 0),
    ]


def test_the_same_promise_again_is_no_change() -> None:
    item = an_item(
        levels=[a_level(backordered=2)],
        lines=[a_line(owed=2, promise=Promise((FROM_MAY,)))],
        policy=a_policy(),
        shipments=[MAY],
        before=Availability.BACKORDER,
    )
    assert changes_of(item) == []


def test_a_promise_moves_when_its_supply_does() -> None:
    item = an_item(
        levels=[a_level(backordered=2)],
        lines=[a_line(owed=2, promise=Promise((LEAD,)))],
        policy=a_policy(),
        shipments=[MAY],
        before=Availability.BACKORDER,
    )
    assert changes_of(item) == [PromiseMoved(ORDER, LINE, Promise((LEAD,)), Promise((FROM_MAY,)))]


def test_goods_that_arrive_are_allocated_and_told_once() -> None:
    item = an_item(
        levels=[a_level(on_hand=1, backordered=2)],
        lines=[a_line(owed=2, promise=Promise((LEAD,)))],
        policy=a_policy(),
        before=Availability.BACKORDER,
    )
    after = Promise((on_hand_part(1), PromisePart(1, LEAD.window, LEAD.basis)))
    assert changes_of(item) == [
        LineAllocated(ORDER, LINE, 1, still_owed=1),
        PromiseMoved(ORDER, LINE, Promise((LEAD,)), after),
    ]


def test_units_on_hand_at_once_are_part_of_the_first_promise_and_no_arrival() -> None:
    item = an_item(levels=[a_level(on_hand=8)], lines=[a_line(owed=2)])
    assert changes_of(item) == [PromiseMade(ORDER, LINE, Promise((on_hand_part(2),)))]


def test_a_line_that_waits_for_nothing_is_promised_nothing() -> None:
    assert changes_of(an_item(lines=[a_line(owed=0, allocated=0)])) == []


@pytest.mark.parametrize(
    ("before", "on_hand", "expected"),
    [
        (Availability.BACKORDER, 3, [AvailabilityChanged(MUG, Availability.BACKORDER, Availability.IN_STOCK, 3)]),
        (Availability.IN_STOCK, 0, [AvailabilityChanged(MUG, Availability.IN_STOCK, Availability.BACKORDER, 0)]),
        (Availability.IN_STOCK, 3, []),
        (Availability.BACKORDER, 0, []),
    ],
)
def test_an_item_that_opens_or_runs_out_is_one_change(
    before: Availability, on_hand: int, expected: list[Change]
) -> None:
    assert changes_of(an_item(policy=a_policy(), levels=[a_level(on_hand=on_hand)], before=before)) == expected


def test_a_delayed_shipment_moves_only_the_promises_it_carries() -> None:
    lines = [a_line(line_id=1, owed=50), a_line(line_id=2, owed=40)]
    item = an_item(levels=[a_level(backordered=90)], lines=lines, policy=a_policy(limit=100), shipments=[MAY, JUNE])
    snapshot = a_snapshot(item)
    settled = once_done(snapshot, make_plan(snapshot)).items[0]
    july = a_shipment(shipment_id=6, reference="PO-JUNE", eta="2026-07-01", quantity=40)
    delayed = a_snapshot(
        an_item(
            levels=settled.levels,
            lines=settled.lines,
            policy=settled.policy,
            shipments=[MAY, july],
            before=settled.before,
        ),
        now=NOW + timedelta(days=1),
    )
    plan: Plan = make_plan(delayed)
    [moved] = changes_between(delayed, plan)
    assert isinstance(moved, PromiseMoved)
    assert (moved.line_id, moved.before.last_window, moved.after.last_window) == (
        2,
        a_window("2026-06-01"),
        a_window("2026-07-01"),
    )

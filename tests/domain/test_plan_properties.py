"""What every plan keeps, whatever the world looks like."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.allocation import WaitingLine
from plugin.domain.changes import LineAllocated
from plugin.domain.ids import OrderLineId
from plugin.domain.plan import ItemSnapshot, LinePlan, Snapshot, changes_between, make_plan, on_hand_of
from plugin.domain.promise import BasisKind
from plugin.domain.shipment import IncomingShipment
from plugin.domain.stock import SellingMode, StockTiming
from tests.builders import (
    DEFAULT,
    MUG,
    a_level,
    a_policy,
    a_shipment,
    a_snapshot,
    a_virtual_level,
    an_item,
    once_done,
    some_rules,
)
from tests.domain.strategies import few, queues, shipments, snapshots, some, windows

FAR = 10**9


def planned(snapshot: Snapshot) -> dict[OrderLineId, LinePlan]:
    return {line.line_id: line for line in make_plan(snapshot).items[0].lines}


def net_position(item: ItemSnapshot) -> int:
    return sum(level.net_position for level in item.levels)


def days_waited(line: LinePlan) -> list[int]:
    """For each unit of a line, the last day of its window: 0 on hand, far away where no date is known."""
    return [
        0 if part.ships_now else part.window.latest.toordinal() if part.window else FAR
        for part in line.promise.parts
        for _ in range(part.units)
    ]


@given(snapshots())
def test_planning_twice_changes_nothing(snapshot: Snapshot) -> None:
    plan = make_plan(snapshot)
    settled = once_done(snapshot, plan)
    again = make_plan(settled)
    assert changes_between(settled, again) == ()
    assert again.items[0].moves == ()
    assert again.items[0].limits == plan.items[0].limits
    assert again.items[0].offer == plan.items[0].offer
    for line, before in zip(again.items[0].lines, plan.items[0].lines, strict=True):
        assert (line.allocated, line.owed, line.promise) == (before.allocated, before.owed, before.promise)
        assert line.newly_allocated == 0


@given(st.data(), snapshots())
def test_the_order_of_lines_and_shipments_does_not_matter(st_data: st.DataObject, snapshot: Snapshot) -> None:
    [item] = snapshot.items
    lines, coming = st_data.draw(st.permutations(item.lines)), st_data.draw(st.permutations(item.shipments))
    shuffled = replace(snapshot, items=(replace(item, lines=tuple(lines), shipments=tuple(coming)),))
    assert planned(shuffled) == planned(snapshot)
    one, other = make_plan(shuffled).items[0], make_plan(snapshot).items[0]
    assert (one.offer, one.moves, one.owed, one.drift) == (other.offer, other.moves, other.owed, other.drift)


@given(snapshots())
def test_the_shelf_gives_what_it_has_and_no_more(snapshot: Snapshot) -> None:
    [item], [plan] = snapshot.items, make_plan(snapshot).items
    on_hand = on_hand_of(item)
    given_out = sum(line.newly_allocated for line in plan.lines)
    assert given_out == min(max(0, on_hand), item.owed)
    assert plan.offer.on_hand == max(0, on_hand) - given_out
    assert plan.drift == max(0, -on_hand)
    assert not (plan.offer.on_hand and plan.owed)


@given(snapshots())
def test_each_line_is_promised_exactly_what_it_asked_for(snapshot: Snapshot) -> None:
    for line, decided in zip(snapshot.items[0].lines, make_plan(snapshot).items[0].lines, strict=True):
        assert decided.allocated + decided.owed == line.allocated + line.owed
        assert decided.allocated == line.allocated + decided.newly_allocated
        assert decided.promise.units == decided.allocated + decided.owed
        assert decided.promise.ready == decided.allocated
        assert all(part.units > 0 for part in decided.promise.parts)


@given(snapshots())
def test_no_incoming_unit_is_promised_twice(snapshot: Snapshot) -> None:
    [item] = snapshot.items
    promised: dict[str, int] = {}
    for line in make_plan(snapshot).items[0].lines:
        for part in line.promise.parts:
            if part.basis.kind is BasisKind.SHIPMENT:
                promised[part.basis.reference] = promised.get(part.basis.reference, 0) + part.units
    coming = {shipment.reference: shipment.outstanding(MUG) for shipment in item.shipments}
    assert all(units <= coming[reference] for reference, units in promised.items())


@given(snapshots())
def test_moves_keep_the_net_position_unless_they_repair(snapshot: Snapshot) -> None:
    [item], [plan] = snapshot.items, make_plan(snapshot).items
    [after] = once_done(snapshot, make_plan(snapshot)).items
    released = plan.drift if item.repair_drift and item.is_tracked else 0
    # A repair finds nothing to release where the platform counts nothing as owed and nothing lies below zero.
    assert net_position(after) - net_position(item) == released


@given(snapshots())
def test_a_settled_platform_owes_what_the_lines_owe(snapshot: Snapshot) -> None:
    [after] = once_done(snapshot, plan := make_plan(snapshot)).items
    drift = 0 if snapshot.items[0].repair_drift else plan.items[0].drift
    if not after.is_tracked:
        return
    if snapshot.rules.mode is SellingMode.NATIVE:
        assert sum(level.backordered or 0 for level in after.levels) == after.owed + drift
        assert all(level.virtual_units == 0 for level in after.levels)
    assert all(level.on_hand >= level.safety_stock for level in after.levels)
    assert all((level.backordered or 0) >= 0 for level in after.levels)


@given(snapshots())
def test_a_virtual_level_is_what_may_still_be_sold(snapshot: Snapshot) -> None:
    plan = make_plan(snapshot)
    [item] = once_done(snapshot, plan).items
    if snapshot.rules.mode is SellingMode.NATIVE or not item.is_tracked:
        return
    limits = item.policy.limits_by_location(DEFAULT) if item.policy else {}
    for level in item.levels:
        free = level.on_hand - level.safety_stock
        assert free == max(0, level.net_position + limits.get(level.location_id, 0))
        assert not level.backordered
    owed, limit = item.owed + (0 if snapshot.items[0].repair_drift else plan.items[0].drift), sum(limits.values())
    if len(item.levels) == 1 and limits.get(DEFAULT, 0) == limit >= owed:
        assert item.levels[0].on_hand - item.levels[0].safety_stock == plan.items[0].offer.on_hand + limit - owed


@given(queues(fresh=True), few, st.integers(0, 15), st.sampled_from(SellingMode), st.sampled_from(StockTiming))
def test_both_ways_and_both_timings_decide_the_same(
    lines: list[WaitingLine], shelf: int, limit: int, mode: SellingMode, timing: StockTiming
) -> None:
    """The same shop in four ways of keeping books: who gets what, what is owed and what is still sold are equal."""
    owed = sum(line.owed for line in lines)
    net = shelf if timing is StockTiming.SHIPPED else shelf - owed
    untaken = [replace(line, untaken=line.owed if timing is StockTiming.SHIPPED else 0) for line in lines]
    if mode is SellingMode.NATIVE:
        level = a_level(on_hand=max(0, net), backordered=max(0, -net))
    else:
        level = a_virtual_level(level=max(0, net), virtual_units=max(0, -net))
    item = an_item(lines=untaken, levels=[level], policy=a_policy(limit=limit))
    [plan] = make_plan(a_snapshot(item, rules=some_rules(mode=mode, timing=timing))).items
    tied = sum(line.allocated for line in plan.lines)
    assert (tied, plan.owed, plan.drift) == (min(shelf, owed), max(0, owed - shelf), 0)
    assert (plan.offer.on_hand, plan.offer.available_for_backorder) == (shelf - tied, max(0, limit - plan.owed))


@given(queues(fresh=True), few, shipments(dated=True), some, st.none() | windows())
def test_more_supply_never_makes_anyone_wait_longer(
    lines: list[WaitingLine], shelf: int, coming: list[IncomingShipment], more: int, eta: object
) -> None:
    """More on the shelf (no ETA) or one more shipment. Without lead times: they may be shorter than any shipment."""
    untold = [replace(line, promise=None) for line in lines]
    owed = sum(line.owed for line in lines)

    def plan(units: int, shipped: list[IncomingShipment]) -> dict[OrderLineId, LinePlan]:
        level = a_level(on_hand=units, backordered=owed)
        return planned(a_snapshot(an_item(lines=untold, levels=[level], shipments=shipped, policy=a_policy(limit=200))))

    before = plan(shelf, coming)
    if eta is None:
        after = plan(shelf + more, coming)
    else:
        after = plan(shelf, [*coming, a_shipment(shipment_id=50, eta=eta, quantity=more)])  # type: ignore[arg-type]
    for line_id, line in before.items():
        waits = zip(days_waited(after[line_id]), days_waited(line), strict=True)
        assert all(now <= then for now, then in waits)


@given(queues(fresh=True), few, shipments(dated=True))
def test_nobody_earlier_in_line_is_told_a_later_day(
    lines: list[WaitingLine], shelf: int, coming: list[IncomingShipment]
) -> None:
    untold = [replace(line, promise=None) for line in lines]
    level = a_level(on_hand=shelf, backordered=sum(line.owed for line in lines))
    found = planned(a_snapshot(an_item(lines=untold, levels=[level], shipments=coming, policy=a_policy(limit=200))))
    queue = sorted(lines, key=lambda line: (not line.is_paid, line.queue_time, line.line_id))
    told = [day for line in queue for day in days_waited(found[line.line_id])]
    assert told == sorted(told)


@given(queues(fresh=True), few, shipments(dated=True))
def test_the_next_buyer_is_told_what_a_new_line_would_be_told(
    lines: list[WaitingLine], shelf: int, coming: list[IncomingShipment]
) -> None:
    """The offer and the promise agree: buy now, and the date on the page is the date in the mail."""
    paid = [replace(line, is_paid=True, promise=None) for line in lines]
    owed = sum(line.owed for line in lines)
    policy = a_policy(limit=200)
    item = an_item(lines=paid, levels=[a_level(on_hand=shelf, backordered=owed)], shipments=coming, policy=policy)
    [plan] = make_plan(a_snapshot(item)).items
    latest = max((line.queue_time for line in lines), default=a_snapshot().now)
    buyer = WaitingLine(
        line_id=OrderLineId(99), order_id=item.lines[0].order_id if lines else 199,  # type: ignore[arg-type]
        owed=plan.offer.on_hand + 1, allocated=0, queue_time=latest,
    )  # fmt: skip
    bought = replace(
        item, lines=(*paid, buyer), levels=(a_level(on_hand=shelf, backordered=owed + plan.offer.on_hand + 1),)
    )
    last_part = planned(a_snapshot(bought))[OrderLineId(99)].promise.parts[-1]
    assert plan.offer.next_part is not None
    assert (last_part.window, last_part.basis) == (plan.offer.next_part.window, plan.offer.next_part.basis)


@given(snapshots())
def test_goods_are_announced_once_and_only_to_those_who_waited(snapshot: Snapshot) -> None:
    plan = make_plan(snapshot)
    told = [change for change in changes_between(snapshot, plan) if isinstance(change, LineAllocated)]
    waited = {line.line_id for line in snapshot.items[0].lines if line.promise is not None}
    expected = {line.line_id: line.newly_allocated for line in plan.items[0].lines if line.newly_allocated}
    assert {change.line_id: change.units for change in told} == {
        line: units for line, units in expected.items() if line in waited
    }
    assert len(told) == len({change.line_id for change in told})

"""The safe limit: what is still to come, less what is owed, less a reserve; on no stock and at every change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.errors import DomainError
from plugin.domain.plan import ItemPlan, make_plan
from plugin.domain.policy import BackorderPolicy, Scope
from plugin.domain.shipment import IncomingShipment, ShipmentState
from plugin.domain.stock import SellingMode
from tests.builders import a_level, a_line, a_shipment, a_snapshot, a_virtual_level, an_item, some_rules
from tests.domain.strategies import few, shipments


def from_supply(reserve: int = 0) -> BackorderPolicy:
    return BackorderPolicy(Scope.parse("store"), enabled=True, covers_supply=True, reserve=reserve)


def plan_of(coming: list[IncomingShipment], *, owed: int = 0, reserve: int = 0, on_hand: int = 0) -> ItemPlan:
    level = a_level(on_hand=on_hand, backordered=owed)
    lines = [a_line(owed=owed)] if owed else []
    item = an_item(policy=from_supply(reserve), levels=[level], lines=lines, shipments=coming)
    [plan] = make_plan(a_snapshot(item, rules=some_rules(mode=SellingMode.NATIVE))).items
    return plan


@pytest.mark.parametrize(
    ("incoming", "owed", "reserve", "left"),
    [(60, 0, 0, 60), (60, 12, 5, 43), (60, 55, 5, 0), (60, 58, 5, 0), (0, 0, 0, 0), (3, 0, 9, 0), (0, 4, 0, 0)],
)
def test_what_may_still_be_sold_is_incoming_less_owed_less_reserve(
    incoming: int, owed: int, reserve: int, left: int
) -> None:
    plan = plan_of([a_shipment(quantity=incoming)] if incoming else [], owed=owed, reserve=reserve)
    assert plan.offer.available_for_backorder == left
    assert [limit for _, limit in plan.limits] == [max(0, incoming - reserve)]


def test_it_follows_each_shipment() -> None:
    part = a_shipment(quantity=10, received=4, state=ShipmentState.RECEIVED_IN_PART)
    other = a_shipment(shipment_id=2, quantity=5, eta=None)
    gone = a_shipment(shipment_id=3, quantity=7, state=ShipmentState.CANCELLED)
    assert plan_of([part, other, gone]).offer.available_for_backorder == 11
    assert plan_of([part]).offer.available_for_backorder == 6


def test_virtual_stock_lets_the_platform_sell_as_much() -> None:
    item = an_item(policy=from_supply(5), levels=[a_virtual_level(level=0)], shipments=[a_shipment(quantity=60)])
    [plan] = make_plan(a_snapshot(item, rules=some_rules(mode=SellingMode.VIRTUAL))).items
    assert [(move.quantity, move.virtual_units) for move in plan.moves] == [(55, 55)]


def test_only_a_limit_that_follows_supply_has_a_reserve() -> None:
    with pytest.raises(DomainError, match="Only a limit that follows supply") as refusal:
        BackorderPolicy(Scope.parse("store"), enabled=True, backorder_limit=9, reserve=1)
    assert refusal.value.field == "reserve"


@given(shipments(), few, few, st.integers(0, 20))
def test_every_unit_that_may_still_be_sold_is_covered_by_supply(
    coming: list[IncomingShipment], owed: int, on_hand: int, reserve: int
) -> None:
    """Sell all that may be sold: nobody then waits for goods that nobody has announced."""
    before = plan_of(coming, owed=owed, reserve=reserve, on_hand=0)
    more = before.offer.available_for_backorder
    assert more is not None
    after = plan_of(coming, owed=owed + more, reserve=reserve, on_hand=0)
    incoming = sum(shipment.outstanding(item) for shipment in coming for item in {shipment.lines[0].item_id})
    assert after.offer.available_for_backorder == 0
    assert after.owed <= max(owed, incoming - min(reserve, incoming))
    assert plan_of(coming, on_hand=on_hand, reserve=reserve).offer.on_hand == on_hand

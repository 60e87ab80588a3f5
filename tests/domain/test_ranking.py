"""Who stands where: each rule for itself, rules in their order, reserves, caps, and the sentence that says which decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.allocation import Allocations, Supply, WaitingLine, allocate
from plugin.domain.errors import DomainError
from plugin.domain.ranking import AllocationRules, GroupReserve, RankRule
from tests.builders import NOW, a_line, a_shipment
from tests.domain.strategies import queues, supplies

TODAY = date(2026, 3, 2)
GOLD, SILVER = 3, 1
LATER = NOW + timedelta(days=9)


def given_to(allocations: Allocations) -> dict[int, int]:
    return {int(line): sum(part.units for part in parts) for line, parts in allocations.by_line.items() if parts}


def reasons(lines: Sequence[WaitingLine], rules: AllocationRules) -> list[str]:
    by_line = allocate(lines, [Supply(99)], rules=rules, today=TODAY).by_line
    parts = sorted((part for parts in by_line.values() for part in parts), key=lambda part: part.place)
    return [str(part.why).partition(";")[0] for part in parts]


@pytest.mark.parametrize(
    ("rule", "facts", "words"),
    [
        (RankRule.PINNED, {"pinned_at": LATER}, "lines pinned by hand go first"),
        (RankRule.OVERDUE_PROMISE, {"promised_on": TODAY - timedelta(days=1)}, "overdue promises go first"),
        (RankRule.COMPLETES_ORDER, {"completes_order": True}, "lines that complete an order go first"),
        (RankRule.PAID_FIRST, {"is_paid": True}, "paid orders go first"),
        (RankRule.CUSTOMER_GROUP, {"customer_group": SILVER}, "by customer group"),
        (RankRule.ORDER_VALUE, {"order_value": Decimal("10.01")}, "the larger order goes first"),
        (RankRule.PROMISED_DATE, {"promised_on": TODAY + timedelta(days=40)}, "the earlier promise goes first"),
    ],
)
def test_a_rule_lets_the_later_line_go_first_and_says_so(rule: RankRule, facts: dict[str, Any], words: str) -> None:
    favored = replace(a_line(line_id=2, queue_time=LATER, is_paid=False), order_value=Decimal(10))
    favored = replace(favored, **facts)
    other = replace(a_line(line_id=1, is_paid=False), order_value=Decimal(10))
    rules = AllocationRules(rules=(rule,), group_order=(GOLD, SILVER))
    for lines in ([favored, other], [other, favored]):
        assert given_to(allocate(lines, [Supply(1)], rules=rules, today=TODAY)) == {2: 1}
        assert reasons(lines, rules) == [f"Number 1 in line ({words})", f"Number 2 in line ({words})"]
    assert given_to(allocate([favored, other], [Supply(1)], rules=AllocationRules(rules=()), today=TODAY)) == {1: 1}


def test_the_first_rule_in_which_two_lines_differ_decides() -> None:
    rich = replace(a_line(line_id=1), order_value=Decimal(500))
    gold = replace(a_line(line_id=2), order_value=Decimal(5), customer_group=GOLD)
    gold_first = AllocationRules((RankRule.CUSTOMER_GROUP, RankRule.ORDER_VALUE), group_order=(GOLD,))
    rich_first = AllocationRules((RankRule.ORDER_VALUE, RankRule.CUSTOMER_GROUP), group_order=(GOLD,))
    assert given_to(allocate([rich, gold], [Supply(1)], rules=gold_first)) == {2: 1}
    assert given_to(allocate([rich, gold], [Supply(1)], rules=rich_first)) == {1: 1}


def test_groups_go_in_the_stores_order_then_those_it_does_not_name() -> None:
    groups = {1: None, 2: SILVER, 3: 77, 4: GOLD}
    lines = [replace(a_line(line_id=line), customer_group=group) for line, group in groups.items()]
    rules = AllocationRules((RankRule.CUSTOMER_GROUP,), group_order=(GOLD, SILVER))
    by_line = allocate(lines, [Supply(9)], rules=rules).by_line
    assert sorted(by_line, key=lambda line: by_line[line][0].place) == [4, 2, 1, 3]


def test_a_promise_is_overdue_only_once_its_day_has_passed() -> None:
    today = replace(a_line(line_id=2), promised_on=TODAY)
    rules = AllocationRules((RankRule.OVERDUE_PROMISE,))
    assert given_to(allocate([today, a_line(line_id=1)], [Supply(1)], rules=rules, today=TODAY)) == {1: 1}


def test_lines_pinned_earlier_stand_before_those_pinned_later_by_default() -> None:
    lines = [replace(a_line(line_id=1), pinned_at=LATER), replace(a_line(line_id=2, is_paid=False), pinned_at=NOW)]
    assert given_to(allocate([*lines, a_line(line_id=3)], [Supply(1)])) == {2: 1}


def test_a_line_that_stands_alone_needs_no_rule() -> None:
    assert reasons([a_line()], AllocationRules()) == ["Number 1 in line"]


# ----------------------------------------------------------------------------------------------------- reserves


def test_a_reserve_keeps_the_soonest_units_for_its_group() -> None:
    rules = AllocationRules(reserves=(GroupReserve(GOLD, 3),))
    early, gold = a_line(line_id=1, owed=5), replace(a_line(line_id=2, owed=2), customer_group=GOLD)
    june = a_shipment(reference="PO-JUNE", quantity=10)
    allocations = allocate([early, gold], [Supply(4), Supply(10, june)], rules=rules)
    assert {line: [(p.units, str(p.supply.name)) for p in parts] for line, parts in allocations.by_line.items()} == {
        1: [(1, "the units on hand"), (4, "PO-JUNE")],
        2: [(2, "the units on hand")],
    }
    assert [supply.units for supply in allocations.left] == [0, 6]  # one unit on hand waits for another gold order


def test_the_group_takes_from_everything_once_its_reserve_is_used_up() -> None:
    rules = AllocationRules(reserves=(GroupReserve(GOLD, 2),))
    gold = replace(a_line(line_id=2, owed=5), customer_group=GOLD)
    assert given_to(allocate([a_line(line_id=1, owed=1), gold], [Supply(6)], rules=rules)) == {1: 1, 2: 5}


def test_units_tied_to_the_groups_open_orders_count_towards_its_reserve() -> None:
    rules = AllocationRules(reserves=(GroupReserve(GOLD, 3),))
    served = replace(a_line(line_id=2, owed=0, allocated=3), customer_group=GOLD)
    assert given_to(allocate([a_line(line_id=1, owed=4), served], [Supply(4)], rules=rules)) == {1: 4}


# --------------------------------------------------------------------------------------------------------- caps


def test_what_is_beyond_a_cap_waits_behind_everybody_and_says_so() -> None:
    rules = AllocationRules(most_per_order=2)
    lines = [a_line(line_id=1, owed=5), a_line(line_id=2, owed=1), a_line(line_id=3, owed=1)]
    allocations = allocate(lines, [Supply(5)], rules=rules)
    assert given_to(allocations) == {1: 3, 2: 1, 3: 1}
    assert str(allocations.by_line[lines[0].line_id][-1].why) == (
        "Number 4 in line (beyond the most units for one order or customer); "
        "4 of the 5 units of the units on hand go to earlier orders."
    )


def test_units_an_order_already_has_count_towards_its_cap() -> None:
    rules = AllocationRules(most_per_order=2)
    lines = [a_line(line_id=1, owed=2, allocated=2), a_line(line_id=2, owed=2)]
    assert given_to(allocate(lines, [Supply(2)], rules=rules)) == {2: 2}


def test_a_cap_per_customer_counts_over_all_their_orders_and_guests_by_address() -> None:
    rules = AllocationRules(most_per_customer=2)
    lines = [replace(a_line(line_id=number, owed=1), customer="7") for number in (1, 2, 3)]
    lines += [replace(a_line(line_id=4, owed=1), customer="li@example.com"), a_line(line_id=5, owed=1)]
    assert given_to(allocate(lines, [Supply(4)], rules=rules)) == {1: 1, 2: 1, 4: 1, 5: 1}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rules": (RankRule.PINNED, RankRule.PINNED)}, "rules"),
        ({"group_order": (1, 1)}, "group_order"),
        ({"reserves": (GroupReserve(1, 2), GroupReserve(1, 3))}, "reserves"),
        ({"most_per_order": 0}, "most_per_order"),
        ({"most_per_customer": -1}, "most_per_customer"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        AllocationRules(**wrong)
    assert refusal.value.field == field


# --------------------------------------------------------------------------------------------------- properties


@st.composite
def rule_sets(draw: st.DrawFn, *, with_reserves: bool = True) -> AllocationRules:
    groups = draw(st.lists(st.sampled_from([1, 2, 3]), unique=True, max_size=2)) if with_reserves else []
    return AllocationRules(
        rules=tuple(draw(st.lists(st.sampled_from(RankRule), unique=True))),
        group_order=(2, 1),
        reserves=tuple(GroupReserve(group, draw(st.integers(0, 8))) for group in groups),
        most_per_order=draw(st.none() | st.integers(1, 5)),
        most_per_customer=draw(st.none() | st.integers(1, 5)),
    )


@st.composite
def varied_queues(draw: st.DrawFn) -> list[WaitingLine]:
    return [
        replace(
            line,
            order_id=draw(st.sampled_from([101, 102, 103])),
            pinned_at=draw(st.none() | st.just(NOW)),
            promised_on=draw(st.none() | st.dates(date(2026, 2, 25), date(2026, 3, 9))),
            completes_order=draw(st.booleans()),
            customer=draw(st.sampled_from(["7", "li@example.com"])),
            customer_group=draw(st.sampled_from([None, 1, 2, 3])),
            order_value=Decimal(draw(st.integers(0, 3))),
        )
        for line in draw(queues())
    ]


@given(st.data(), varied_queues(), supplies(), rule_sets())
def test_whatever_the_rules_no_unit_is_given_twice_and_input_order_does_not_matter(
    st_data: st.DataObject, lines: list[WaitingLine], supply: list[Supply], rules: AllocationRules
) -> None:
    allocations = allocate(lines, supply, rules=rules, today=TODAY)
    wanted = {line.line_id: line.owed for line in lines}
    assert all(sum(p.units for p in parts) <= wanted[line] for line, parts in allocations.by_line.items())
    for number, offered in enumerate(supply):
        parts = [p for parts in allocations.by_line.values() for p in parts if p.supply is offered]
        taken = sum(part.units for part in parts)
        assert 0 <= allocations.left[number].units <= offered.units - taken
        in_turn = sorted(parts, key=lambda part: part.units_before)
        assert [p.units_before for p in in_turn] == [sum(p.units for p in in_turn[:i]) for i in range(len(in_turn))]
    shuffled = st_data.draw(st.permutations(lines))
    assert allocate(shuffled, supply, rules=rules, today=TODAY).by_line == allocations.by_line


@given(varied_queues(), supplies(), rule_sets(with_reserves=False))
def test_without_reserves_nothing_lies_idle_while_someone_waits(
    lines: list[WaitingLine], supply: list[Supply], rules: AllocationRules
) -> None:
    allocations = allocate(lines, supply, rules=rules, today=TODAY)
    given_out = sum(part.units for parts in allocations.by_line.values() for part in parts)
    assert given_out == min(sum(line.owed for line in lines), sum(offered.units for offered in supply))


@given(varied_queues(), supplies(), rule_sets())
def test_only_its_group_is_given_what_is_reserved(
    lines: list[WaitingLine], supply: list[Supply], rules: AllocationRules
) -> None:
    """Whoever is in no such group finds at least as much kept back as the groups could still ask for."""
    allocations = allocate(lines, supply, rules=rules, today=TODAY)
    units = sum(offered.units for offered in supply)
    kept = 0
    for reserve in rules.reserves:
        has = sum(line.allocated for line in lines if line.customer_group == reserve.group)
        kept += max(0, reserve.units - has)
    reserved_for = {reserve.group for reserve in rules.reserves}
    outsiders = [line.line_id for line in lines if line.customer_group not in reserved_for]
    taken = sum(part.units for line in outsiders for part in allocations.by_line.get(line, ()))
    assert taken <= max(0, units - kept)


@given(varied_queues(), supplies(), rule_sets(with_reserves=False))
def test_nobody_ahead_by_the_rules_waits_for_later_supply(
    lines: list[WaitingLine], supply: list[Supply], rules: AllocationRules
) -> None:
    uncapped = replace(rules, most_per_order=None, most_per_customer=None)
    by_line = allocate(lines, supply, rules=uncapped, today=TODAY).by_line
    queue = sorted((line for line in lines if line.owed), key=lambda line: uncapped.rank(line, TODAY))
    numbers = [supply.index(p.supply) for line in queue for p in by_line[line.line_id] for _ in range(p.units)]
    assert numbers == sorted(numbers)
    served = [sum(p.units for p in by_line[line.line_id]) == line.owed for line in queue]
    assert served == sorted(served, reverse=True)

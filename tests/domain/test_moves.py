"""What the platform is told: netting, virtual units, repairs, and the way from one to the other."""

from dataclasses import dataclass, field

import pytest

from plugin.domain.ids import LocationId
from plugin.domain.plan import ItemPlan, ItemSnapshot, make_plan
from plugin.domain.policy import BackorderPolicy
from plugin.domain.stock import UNLIMITED_UNITS, SellingMode, StockLevel, StockMove
from tests.builders import (
    DEFAULT,
    MUG,
    SECOND,
    a_level,
    a_line,
    a_policy,
    a_snapshot,
    a_virtual_level,
    an_item,
    once_done,
    some_rules,
)

NATIVE, VIRTUAL = some_rules(mode=SellingMode.NATIVE), some_rules(mode=SellingMode.VIRTUAL)
LIMIT_5 = a_policy(limit=5)


@dataclass(frozen=True)
class Case:
    """An item before, and each location's number on hand, backordered and virtual units after."""

    name: str
    levels: list[StockLevel]
    owed: int
    after: list[tuple[int, int | None, int]]
    policy: BackorderPolicy | None = LIMIT_5
    repair_drift: bool = False
    reasons: list[str] = field(default_factory=list)


def after_moves(case: Case, rules: object) -> tuple[ItemPlan, ItemSnapshot]:
    item = an_item(
        levels=case.levels,
        lines=[a_line(owed=case.owed)] if case.owed else [],
        policy=case.policy,
        repair_drift=case.repair_drift,
    )
    snapshot = a_snapshot(item, rules=rules)  # type: ignore[arg-type]
    plan = make_plan(snapshot)
    return plan.items[0], once_done(snapshot, plan).items[0]


def counts(item: ItemSnapshot) -> list[tuple[int, int | None, int]]:
    return [(level.on_hand, level.backordered, level.virtual_units) for level in item.levels]


NETTED = "Owed units found stock."
NATIVE_CASES = [
    Case("nothing to do", [a_level(on_hand=0, backordered=3)], 3, [(0, 3, 0)]),
    Case("all on hand", [a_level(on_hand=7)], 0, [(7, 0, 0)]),
    Case("goods for all", [a_level(on_hand=10, backordered=3)], 3, [(7, 0, 0)], reasons=[NETTED]),
    Case("goods for some", [a_level(on_hand=2, backordered=3)], 3, [(0, 1, 0)], reasons=[NETTED]),
    Case("safety stock stays", [a_level(on_hand=5, safety_stock=3, backordered=3)], 3, [(3, 1, 0)], reasons=[NETTED]),
    Case("only safety stock", [a_level(on_hand=3, safety_stock=3, backordered=3)], 3, [(3, 3, 0)]),
    Case(
        "goods at another location",
        [a_level(on_hand=0, backordered=3), a_level(location=SECOND, on_hand=2)],
        3,
        [(0, 1, 0), (0, 0, 0)],
        reasons=[NETTED, NETTED],
    ),
    Case("goods before the order is heard of", [a_level(on_hand=2, backordered=3)], 0, [(0, 1, 0)], reasons=[NETTED]),
    Case("an order not heard of yet", [a_level(backordered=3)], 0, [(0, 3, 0)]),
    Case(
        "owed by nobody for long",
        [a_level(backordered=3)],
        1,
        [(0, 1, 0)],
        repair_drift=True,
        reasons=["2 owed units that no order waits for were released."],
    ),
    Case(
        "owed by nobody at two locations",
        [a_level(backordered=1), a_level(location=SECOND, backordered=2)],
        0,
        [(0, 0, 0), (0, 0, 0)],
        repair_drift=True,
        reasons=["3 owed units that no order waits for were released."] * 2,
    ),
    Case(
        "a number below zero owed by nobody",
        [a_level(on_hand=-2, backordered=0)],
        0,
        [(0, 0, 0)],
        repair_drift=True,
        reasons=["2 owed units that no order waits for were released."],
    ),
    Case(
        "a cancellation overtook the netting on its way",
        [a_level(on_hand=3, backordered=-1)],
        0,
        [(4, 0, 0)],
        reasons=["Owed units were cancelled before they found stock."],
    ),
    Case("agreed, so nothing to repair", [a_level(backordered=3)], 3, [(0, 3, 0)], repair_drift=True),
    Case(
        "virtual units from before, some sold",
        [a_level(on_hand=2, virtual_units=5)],
        3,
        [(0, 3, 0)],
        reasons=["The platform counts owed units by itself."],
    ),
    Case(
        "virtual units from before, none sold",
        [a_level(on_hand=7, virtual_units=5)],
        0,
        [(2, 0, 0)],
        reasons=["The platform counts owed units by itself."],
    ),
    Case(
        "virtual units over a safety stock",
        [a_level(on_hand=6, safety_stock=4, virtual_units=5)],
        3,
        [(4, 3, 0)],
        reasons=["The platform counts owed units by itself."],
    ),
]
VIRTUAL_CASES = [
    Case("policy on", [a_virtual_level(level=2)], 0, [(7, None, 5)], reasons=["Sells 5 past zero."]),
    Case("nothing changes while it sells", [a_virtual_level(level=2, virtual_units=5)], 3, [(2, None, 5)]),
    Case(
        "limit raised",
        [a_virtual_level(level=0, virtual_units=5)],
        5,
        [(3, None, 8)],
        policy=a_policy(limit=8),
        reasons=["Sells 8 past zero."],
    ),
    Case(
        "limit lowered",
        [a_virtual_level(level=4, virtual_units=5)],
        1,
        [(1, None, 2)],
        policy=a_policy(limit=2),
        reasons=["Sells 2 past zero."],
    ),
    Case(
        "limit lowered below what is owed",
        [a_virtual_level(level=1, virtual_units=5)],
        4,
        [(0, None, 4)],
        policy=a_policy(limit=2),
        reasons=["Sells 4 past zero."],
    ),
    Case(
        "the limit catches up as goods arrive",
        [a_virtual_level(level=3, virtual_units=4)],
        4,
        [(1, None, 2)],
        policy=a_policy(limit=2),
        reasons=["Sells 2 past zero."],
    ),
    Case(
        "unlimited",
        [a_virtual_level(level=3)],
        0,
        [(3 + UNLIMITED_UNITS, None, UNLIMITED_UNITS)],
        policy=a_policy(limit=None),
        reasons=["Sells 1000000 past zero."],
    ),
    Case(
        "policy off, nothing owed",
        [a_virtual_level(level=7, virtual_units=5)],
        0,
        [(2, None, 0)],
        policy=a_policy(limit=5, enabled=False),
        reasons=["Sells 0 past zero."],
    ),
    Case(
        "policy off, three owed",
        [a_virtual_level(level=2, virtual_units=5)],
        3,
        [(0, None, 3)],
        policy=a_policy(limit=5, enabled=False),
        reasons=["Sells 3 past zero."],
    ),
    Case(
        "policy gone",
        [a_virtual_level(level=7, virtual_units=5)],
        0,
        [(2, None, 0)],
        policy=None,
        reasons=["Sells 0 past zero."],
    ),
    Case("an order not heard of yet", [a_virtual_level(level=2, virtual_units=5)], 0, [(2, None, 5)]),
    Case(
        "owed by nobody for long",
        [a_virtual_level(level=2, virtual_units=5)],
        1,
        [(4, None, 5)],
        repair_drift=True,
        reasons=["2 owed units that no order waits for were released."],
    ),
    Case(
        "a repair and a new limit at once",
        [a_virtual_level(level=2, virtual_units=5)],
        1,
        [(1, None, 2)],
        policy=a_policy(limit=2),
        repair_drift=True,
        reasons=["2 owed units that no order waits for were released. Sells 2 past zero."],
    ),
    Case(
        "owed by nobody at the second location",
        [a_virtual_level(level=5, virtual_units=5), a_virtual_level(location=SECOND, level=1, virtual_units=3)],
        0,
        [(5, None, 5), (3, None, 3)],
        policy=a_policy(limit=5, location_limits=[(SECOND, 3)]),
        repair_drift=True,
        reasons=["2 owed units that no order waits for were released."],
    ),
    Case(
        "goods at another location",
        [a_virtual_level(level=9, virtual_units=5), a_virtual_level(location=SECOND, level=1, virtual_units=3)],
        2,
        [(7, None, 5), (3, None, 3)],
        policy=a_policy(limit=5, location_limits=[(SECOND, 3)]),
        reasons=["Owed units found stock at another location."] * 2,
    ),
    Case(
        "native counts from before",
        [a_level(on_hand=0, backordered=3)],
        3,
        [(2, 0, 5)],
        reasons=["Owed units are counted in the level. Sells 5 past zero."],
    ),
    Case("safety stock is kept below the virtual units", [a_virtual_level(level=9, virtual_units=5, safety_stock=4)], 0,
         [(9, None, 5)]),
]  # fmt: skip


@pytest.mark.parametrize("case", NATIVE_CASES, ids=lambda case: case.name)
def test_native_counts_become(case: Case) -> None:
    plan, after = after_moves(case, NATIVE)
    assert counts(after) == case.after
    assert [move.reason for move in plan.moves] == case.reasons


@pytest.mark.parametrize("case", VIRTUAL_CASES, ids=lambda case: case.name)
def test_virtual_levels_become(case: Case) -> None:
    plan, after = after_moves(case, VIRTUAL)
    assert counts(after) == case.after
    assert [move.reason for move in plan.moves] == case.reasons


def test_a_move_is_a_difference() -> None:
    plan, _ = after_moves(NATIVE_CASES[3], NATIVE)
    assert plan.moves == (StockMove(MUG, DEFAULT, -2, -2, 0, NETTED),)


@pytest.mark.parametrize("rules", [NATIVE, VIRTUAL])
def test_an_item_nobody_counts_is_left_alone(rules: object) -> None:
    item = an_item(is_tracked=False, policy=LIMIT_5, levels=[a_level(on_hand=5, backordered=3)], lines=[a_line(owed=2)])
    plan = make_plan(a_snapshot(item, rules=rules)).items[0]  # type: ignore[arg-type]
    assert (plan.moves, plan.limits, plan.drift) == ((), (), 0)


def test_nothing_is_netted_while_a_move_of_ours_may_not_be_visible() -> None:
    item = an_item(levels=[a_level(on_hand=5, backordered=3)], lines=[a_line(owed=3)], is_settling=True)
    plan = make_plan(a_snapshot(item)).items[0]
    assert (plan.moves, plan.owed) == ((), 0)


@pytest.mark.parametrize(
    ("policy", "mode", "limits"),
    [
        (a_policy(limit=5), SellingMode.NATIVE, ((DEFAULT, 5),)),
        (a_policy(limit=0), SellingMode.NATIVE, ((DEFAULT, 0),)),
        (a_policy(limit=None), SellingMode.NATIVE, ((DEFAULT, UNLIMITED_UNITS),)),
        (a_policy(limit=5, location_limits=[(SECOND, 3)]), SellingMode.NATIVE, ((DEFAULT, 5), (SECOND, 3))),
        (a_policy(limit=5, enabled=False), SellingMode.NATIVE, ()),
        (None, SellingMode.NATIVE, ()),
        (a_policy(limit=5), SellingMode.VIRTUAL, ()),
    ],
)
def test_native_limits_are_wanted_only_where_a_policy_is_on(
    policy: BackorderPolicy | None, mode: SellingMode, limits: tuple[tuple[LocationId, int], ...]
) -> None:
    plan = make_plan(a_snapshot(an_item(policy=policy), rules=some_rules(mode=mode)))
    assert plan.items[0].limits == limits


@pytest.mark.parametrize(
    ("untaken", "native_limit", "virtual_level"), [(0, 5, 9), (2, 3, 7), (4, 1, 5), (5, 0, 4), (7, 0, 4)]
)
def test_units_sold_but_still_in_the_level_come_off_the_limit(
    untaken: int, native_limit: int, virtual_level: int
) -> None:
    """Four on the shelf, a limit of five, and a shop that takes units off only when they ship.

    The four stay in the level until they ship, so this shop can sell past the limit; no app can prevent that.
    """
    line = a_line(allocated=min(4, untaken), owed=max(0, untaken - 4), untaken=untaken)
    native = make_plan(a_snapshot(an_item(policy=LIMIT_5, levels=[a_level(on_hand=4)], lines=[line]), rules=NATIVE))
    assert native.items[0].limits == ((DEFAULT, native_limit),)
    case = an_item(policy=LIMIT_5, levels=[a_virtual_level(level=4)], lines=[line])
    snapshot = a_snapshot(case, rules=VIRTUAL)
    assert once_done(snapshot, make_plan(snapshot)).items[0].levels[0].on_hand == virtual_level

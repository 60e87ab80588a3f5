"""What a number read from the platform means, and which level is planned with until that is clear."""

from datetime import timedelta

import pytest

from plugin.domain.plan import make_plan
from plugin.domain.reading import Suspicion, Verdict, believed_level, judge
from plugin.domain.stock import StockLevel, StockMove
from tests.builders import DEFAULT, MUG, NOW, a_level, a_line, a_policy, a_snapshot, a_virtual_level, an_item

GRACE = timedelta(minutes=10)
JUST_SEEN, LONG_SEEN = NOW - timedelta(minutes=1), NOW - GRACE


@pytest.mark.parametrize(
    ("case", "difference", "own_moves", "suspicion", "counted", "verdict"),
    [
        ("as expected", 0, [], None, False, Verdict.SETTLED),
        ("as expected, whatever was suspected", 0, [5], Suspicion(-3, LONG_SEEN), True, Verdict.SETTLED),
        ("our last move is not visible", -5, [5], None, False, Verdict.ECHO),
        ("our last two moves are not visible", -3, [5, -2], None, False, Verdict.ECHO),
        ("only the older one is missing", 2, [5, -2], None, False, Verdict.WAIT),
        ("a drop nobody explains", -3, [], None, False, Verdict.WAIT),
        ("a drop somebody wrote may be an order", -3, [], None, True, Verdict.WAIT),
        ("a rise somebody wrote", 3, [], None, True, Verdict.COUNTED),
        ("a rise nobody explains", 3, [], None, False, Verdict.WAIT),
        ("a rise right after our own move", 3, [5], None, True, Verdict.WAIT),
        ("the same drop a minute later", -3, [], Suspicion(-3, JUST_SEEN), False, Verdict.WAIT),
        ("the same drop after the grace", -3, [], Suspicion(-3, LONG_SEEN), False, Verdict.ACCEPTED),
        ("another drop after the grace", -4, [], Suspicion(-3, LONG_SEEN), False, Verdict.WAIT),
        ("a drop that was written and stays", -3, [], Suspicion(-3, LONG_SEEN, counted=True), False, Verdict.COUNTED),
        ("a drop that stays and is written again", -3, [], Suspicion(-3, LONG_SEEN), True, Verdict.COUNTED),
    ],
)
def test_a_difference_is(
    case: str, difference: int, own_moves: list[int], suspicion: Suspicion | None, *, counted: bool, verdict: Verdict
) -> None:
    found = judge(difference, own_moves=own_moves, suspicion=suspicion, counted=counted, now=NOW, grace=GRACE)
    assert found is verdict, case


def a_move(*, quantity: int = 0, backordered: int = 0, virtual_units: int = 0) -> StockMove:
    return StockMove(MUG, DEFAULT, quantity, backordered, virtual_units, "")


@pytest.mark.parametrize(
    ("case", "level", "expected", "doubt", "wanted", "believed"),
    [
        ("as read", a_level(on_hand=5), 5, False, [], a_level(on_hand=5)),
        ("an order we heard of", a_level(on_hand=5), 3, False, [], a_level(on_hand=3)),
        ("an order beyond the shelf", a_level(on_hand=1), -2, False, [], a_level(on_hand=0, backordered=2)),
        ("in doubt: the expected number is lower", a_level(on_hand=5), 3, True, [], a_level(on_hand=3)),
        ("in doubt: the number read is lower", a_level(on_hand=3), 5, True, [], a_level(on_hand=3)),
        ("a rise we expect", a_level(backordered=2), 3, False, [], a_level(on_hand=5, backordered=2)),
        (
            "and what we want",
            a_level(on_hand=5, backordered=3),
            2,
            False,
            [a_move(quantity=-3, backordered=-3), a_move(quantity=4)],
            a_level(on_hand=6, backordered=0),
        ),
        (
            "virtual units on their way",
            a_virtual_level(level=2),
            2,
            False,
            [a_move(quantity=5, virtual_units=5)],
            a_virtual_level(level=7, virtual_units=5),
        ),
    ],
)
def test_the_level_to_plan_with(
    case: str, level: StockLevel, expected: int, *, doubt: bool, wanted: list[StockMove], believed: StockLevel
) -> None:
    suspicion = Suspicion(level.number - expected, NOW) if doubt else None
    assert believed_level(level, expected, suspicion, wanted) == believed, case


def test_an_order_heard_before_its_stock_ties_nothing_that_is_not_there() -> None:
    """One on the shelf, three sold, and the level still reads one."""
    level = believed_level(a_level(on_hand=1), -2, Suspicion(3, NOW), [])
    item = an_item(levels=[level], lines=[a_line(owed=3)], policy=a_policy(limit=3))
    [line] = make_plan(a_snapshot(item)).items[0].lines
    assert (line.allocated, line.owed) == (1, 2)

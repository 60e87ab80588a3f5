"""A level was read from the platform: is it what we expect, an echo, a count somebody took, or something to wait for?

Orders and our own moves tell what the platform's number should be. News travels at different speeds, so a difference
is believed only when it stays, or when it is known that an ERP or a person has counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from itertools import accumulate

from plugin.domain.stock import StockLevel, StockMove


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The platform's number is not what orders and our own moves explain.

    `difference` in units; `since` when it was first seen; `counted` if an ERP or a person is known to have written.
    """

    difference: int
    since: datetime
    counted: bool = False


class Verdict(StrEnum):
    SETTLED = "settled"
    ECHO = "echo"
    """One of our own moves is not visible yet; what we expect is right."""
    WAIT = "wait"
    """Most likely an order not heard of yet; look again later and be careful until then."""
    COUNTED = "counted"
    """Somebody wrote a number: it is their count."""
    ACCEPTED = "accepted"
    """Nobody can explain it, but it stays: the platform is right."""


def judge(
    difference: int,
    *,
    own_moves: Sequence[int],
    suspicion: Suspicion | None,
    counted: bool,
    now: datetime,
    grace: timedelta,
) -> Verdict:
    """Say what a difference (read minus expected, in units) means.

    `own_moves` are the changes we made within the grace period, newest first. A rise that somebody is known to have
    written is a count at once; a drop waits, because it looks the same as an order.
    """
    if difference == 0:
        return Verdict.SETTLED
    if -difference in accumulate(own_moves):
        return Verdict.ECHO
    if own_moves:
        return Verdict.WAIT
    if counted and difference > 0:
        return Verdict.COUNTED
    if suspicion and suspicion.difference == difference and now - suspicion.since >= grace:
        return Verdict.COUNTED if counted or suspicion.counted else Verdict.ACCEPTED
    return Verdict.WAIT


def believed_level(
    level: StockLevel, expected: int, suspicion: Suspicion | None, wanted: Sequence[StockMove]
) -> StockLevel:
    """The level to plan with: what we expect (the lower of that and what was read, while in doubt), plus what we want.

    `level` is as last read; `wanted` are our moves that are not on the platform yet.
    """
    number = min(level.number, expected) if suspicion else expected
    return reduce(StockLevel.moved, wanted, level.shifted(number - level.number))

"""When to try again: soon at first, then ever later, with jitter so that many do not come back at once."""

from datetime import datetime, timedelta

LADDER = (
    timedelta(seconds=1),
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
JITTER_SHARE = 0.2
ANSWER_LOST_AFTER = timedelta(minutes=2)
"""A write still under way after this long: its worker died or the answer was lost."""


def next_try(attempts: int, *, now: datetime, after: timedelta | None, spread: int) -> datetime | None:
    """The moment of the next try after `attempts` failed ones, None when it is time to give up.

    `after` is what the other side asked for; `spread` (an id will do) decides the jitter, the same each time.
    """
    if attempts > len(LADDER):
        return None
    wait = max(LADDER[attempts - 1], after or timedelta())
    share = (spread * 2654435761 % 1000) / 1000
    return now + wait * (1 + JITTER_SHARE * share)

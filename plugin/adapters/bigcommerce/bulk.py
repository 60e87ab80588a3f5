"""Writing many things in few calls: batches, a tally of what was done, and finding the one row that spoils a batch.

`catalog.py`, `stock.py`, `native.py` and `metafields.py` write through it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

from plugin.adapters.bigcommerce.client import Answer, Call
from plugin.adapters.bigcommerce.errors import Refusal, explanation_of
from plugin.domain.saying import said
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.shop import BulkResult

Key = TypeVar("Key")
Row = TypeVar("Row")

REFUSED = frozenset({400, 404, 409, 410, 413, 422})
"""A row of the batch may be to blame. Everything else concerns the whole store or the moment."""

MOST_REFUSED = 50
"""Bad rows looked for at one go. Each costs a few calls; the rest waits its turn, and good rows with it, but not forever."""

LONGEST_LIST = 6000
"""Characters of ids in one address, so that the whole stays below 8 kB."""


class Tally(Generic[Key]):
    """What a bulk write has done so far."""

    def __init__(self) -> None:
        self.written: dict[Key, int | None] = {}
        self.refused: dict[Key, GiveUp] = {}

    def refuse(self, key: Key, problem: GiveUp) -> None:
        self.refused[key] = problem
        if len(self.refused) >= MOST_REFUSED:
            raise RetryLater(
                said("%(count)s rows were refused; the others follow.", count=len(self.refused)),
                after=timedelta(minutes=1),
            )

    def write_in_steps(self, steps: Iterable[Row], write: Callable[[Row], None]) -> BulkResult[Key]:
        """Do one step after the other. Asked to wait half-way, keep what was done and say why the rest was not."""
        for step in steps:
            try:
                write(step)
            except RetryLater as wait:
                if not self.written and not self.refused:
                    raise
                return BulkResult(self.written, self.refused, stopped_by=wait)
        return BulkResult(self.written, self.refused)


def write_isolating(
    rows: Sequence[Row],
    send: Callable[[Sequence[Row]], GiveUp | None],
    refuse: Callable[[Row, GiveUp], None],
    is_written: Callable[[Row], bool] = lambda _row: False,
) -> None:
    """Send a batch; where it is refused, halve it until the bad row stands alone, so that it hurts nobody else."""
    left = [row for row in rows if not is_written(row)]
    problem = send(left) if left else None
    if problem is None:
        return
    if len(left) == 1:
        refuse(left[0], problem)
        return
    for half in halves(left):
        write_isolating(half, send, refuse, is_written)


def halves(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    middle = (len(rows) + 1) // 2
    yield rows[:middle]
    yield rows[middle:]


def in_batches(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def id_lists(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    """Sorted ids in lists short enough, in number and in characters, to stand in an address."""
    batch: list[int] = []
    length = 0
    for each in sorted(set(ids)):
        # A comma takes three characters once it is escaped.
        width = len(str(each)) + 3
        if batch and (len(batch) == size or length + width > LONGEST_LIST):
            yield batch
            batch, length = [], 0
        batch.append(each)
        length += width
    if batch:
        yield batch


def joined(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def refusal_of(call: Call, answer: Answer) -> GiveUp:
    """The error an accepted refusal would have been."""
    refusal = Refusal(
        what=str(call),
        status=answer.status,
        explanation=explanation_of(answer.body),
        after=None,
        may_have_worked=False,
    )
    error = refusal.as_error()
    return error if isinstance(error, GiveUp) else GiveUp("rejected", error.said)


def ids_in(rows: Iterable[Any], key: str) -> dict[int, Any]:
    """Rows of an answer by one of their ids; rows without it are left out."""
    found: dict[int, Any] = {}
    for row in rows:
        value = row.get(key) if isinstance(row, dict) else None
        if isinstance(value, int | str) and str(value).isdigit():
            found[int(value)] = row
    return found

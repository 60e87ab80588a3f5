"""A queue that keeps one waiting job for each name and arguments, as the real one does, and runs nothing by itself."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeQueue:
    waiting: list[tuple[str | int, ...]] = field(default_factory=list)
    is_away: bool = False
    """Wake-ups are lost, silently."""

    def wake(self, job: str, *args: str | int) -> None:
        wanted = (job, *args)
        if not self.is_away and wanted not in self.waiting:
            self.waiting.append(wanted)

    def woken(self, job: str, *args: str | int) -> None:
        """The job has begun; `next` has taken it off already."""

    def next(self) -> tuple[Any, ...] | None:
        return self.waiting.pop(0) if self.waiting else None

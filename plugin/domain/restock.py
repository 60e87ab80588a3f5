"""Who of the waitlist hears next that an item is back: oldest first, a few for each free unit, then a pause.

Paid backorders have had theirs before: what is free here is what the queue left over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from plugin.domain.errors import require_at_most, require_positive

LONGEST_PAUSE_MINUTES = 14 * 24 * 60
MOST_PER_UNIT = 100


@dataclass(frozen=True, slots=True)
class WaveRules:
    """How a restock is told: so many for each free unit, for not all will buy; the next wave follows after a pause."""

    per_unit: int = 3
    pause_minutes: int = 120
    claim_minutes: int | None = None
    """Where set, this is the pause, and the mail says until when nobody else of the list is told."""

    def __post_init__(self) -> None:
        require_positive("per_unit", self.per_unit)
        require_at_most("per_unit", self.per_unit, MOST_PER_UNIT)
        for field in ("pause_minutes", "claim_minutes"):
            minutes = getattr(self, field)
            if minutes is not None:
                require_positive(field, minutes)
                require_at_most(field, minutes, LONGEST_PAUSE_MINUTES)

    @property
    def pause(self) -> timedelta:
        return timedelta(minutes=self.claim_minutes or self.pause_minutes)


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who waits, and for how many."""

    entry_id: int
    units: int


def next_wave(waiting: Sequence[InLine], told: Sequence[InLine], *, free: int, rules: WaveRules) -> tuple[InLine, ...]:
    """The first of those who wait (oldest first), as far as the free units allow beside those told a while ago."""
    room = free * rules.per_unit - sum(min(one.units, free) for one in told)
    wave: list[InLine] = []
    for one in waiting:
        if room <= 0:
            break
        wave.append(one)
        room -= min(one.units, free)
    return tuple(wave)

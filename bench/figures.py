"""What a measurement returns: rows of figures, each with its unit, and goals that name the peer a figure is divided by.

`__main__.py` prints them, and writes them flat: every figure, its unit, its peers and the ratios.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Rows = dict[str, dict[str, float]]
"""Label → unit → figure."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, or a figure divided by the same one of a peer, and what it should be."""

    row: str
    unit: str
    peer: str = ""
    least: float | None = None
    most: float | None = None

    def value(self, rows: Rows) -> float | None:
        """None where one of the two could not be measured."""
        figure = rows.get(self.row, {}).get(self.unit)
        if not self.peer or figure is None:
            return figure
        peer = rows.get(self.peer, {}).get(self.unit)
        return figure / peer if peer else None

    def is_reached(self, rows: Rows) -> bool | None:
        value = self.value(rows)
        if value is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def wanted(self) -> str:
        bounds = (f"at least {self.least:g}" if self.least is not None else "") + (
            f"at most {self.most:g}" if self.most is not None else ""
        )
        return bounds or "no goal"


@dataclass(frozen=True, slots=True)
class Measured:
    """`missing` says of a row that could not be measured why; it is never made up."""

    rows: Rows
    goals: tuple[Goal, ...] = ()
    missing: Mapping[str, str] | None = None


def of(result: Rows | Measured) -> Measured:
    return result if isinstance(result, Measured) else Measured(result)


def table(measured: Measured) -> str:
    """As text: the figures, what is missing, and whether the goals were reached."""
    widest = max((len(label) for label in (*measured.rows, *(measured.missing or {}))), default=0)
    lines = [
        f"  {label:<{widest}}" + "".join(f"{value:>12,.1f} {unit}" for unit, value in figures.items())
        for label, figures in measured.rows.items()
    ]
    lines += [f"  {label:<{widest}}  not measured: {why}" for label, why in (measured.missing or {}).items()]
    lines += [_judged(goal, measured.rows) for goal in measured.goals]
    return "\n".join(lines)


def _judged(goal: Goal, rows: Rows) -> str:
    value = goal.value(rows)
    found = "not measured" if value is None else f"{value:,.2f}{' times' if goal.peer else ''}"
    against = f" against {goal.peer}" if goal.peer else ""
    verdict = {True: "reached", False: "NOT REACHED", None: "—"}[goal.is_reached(rows)]
    return f"  goal: {goal.row}, {goal.unit}{against}: {found} ({goal.wanted()}): {verdict}"


def flat(name: str, measured: Measured) -> list[dict[str, Any]]:
    """One entry a figure, with every peer it was compared with."""
    entries = [
        {
            "measurement": name,
            "row": label,
            "unit": unit,
            "value": value,
            "against": [
                {
                    "peer": goal.peer,
                    "ratio" if goal.peer else "value": goal.value(measured.rows),
                    "wanted": goal.wanted(),
                    "reached": goal.is_reached(measured.rows),
                }
                for goal in measured.goals
                if (goal.row, goal.unit) == (label, unit)
            ],
        }
        for label, figures in measured.rows.items()
        for unit, value in figures.items()
    ]
    left_out = (measured.missing or {}).items()
    return entries + [{"measurement": name, "row": label, "not measured": why} for label, why in left_out]

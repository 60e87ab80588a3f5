"""Faults anyone may plant in the API: what is struck, how it answers, and how often. Used up from the oldest on."""

import fnmatch
import itertools
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["status", "throttle", "drop", "slow", "garbage"]
KINDS: tuple[Kind, ...] = ("status", "throttle", "drop", "slow", "garbage")
WHEN = ("before", "after")
BODIES = ("json", "html", "empty")


class FaultError(ValueError):
    """Such a fault cannot be planted."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """`when="after"` lets the write happen before the answer is spoiled; `times=None` lasts until cleared.

    status: answer `status` with a `body` in that shape.
    throttle: answer 429, with quota headers or (`headers=False`) without, as an overloaded platform does.
    drop: wait `seconds`, then close the connection without an answer.
    slow: wait `seconds`, then answer as usual.
    garbage: answer 200 with HTML where JSON is expected.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    when: str = "before"
    status: int = 500
    body: str = "json"
    headers: bool = True
    seconds: float = 0.0
    times: int | None = 1
    id: int = 0
    struck: int = field(default=0)

    def __post_init__(self) -> None:
        for name, value, options in (
            ("kind", self.kind, KINDS),
            ("when", self.when, WHEN),
            ("body", self.body, BODIES),
        ):
            if value not in options:
                raise FaultError(f"A fault's {name} cannot be {value!r}. Allowed: {', '.join(options)}.")
        if not 400 <= self.status <= 599:
            raise FaultError(f"A fault's status must lie between 400 and 599, not {self.status!r}.")
        if self.seconds < 0 or (self.times is not None and self.times < 1):
            raise FaultError("A fault's seconds cannot be negative and its times must be at least 1.")

    def strikes(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and fnmatch.fnmatch(path, self.path)


class Faults:
    def __init__(self) -> None:
        self._planted: list[Fault] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def plant(self, fault: Fault) -> Fault:
        with self._lock:
            fault.id = next(self._ids)
            self._planted.append(fault)
        return fault

    def next_for(self, method: str, path: str) -> Fault | None:
        """The oldest fault that strikes this call, counted as used."""
        with self._lock:
            for fault in self._planted:
                if fault.strikes(method, path):
                    fault.struck += 1
                    if fault.times is not None and fault.struck >= fault.times:
                        self._planted.remove(fault)
                    return fault
        return None

    def planted(self) -> list[Fault]:
        with self._lock:
            return list(self._planted)

    def clear(self) -> None:
        with self._lock:
            self._planted.clear()


def fault_from(values: dict[str, Any]) -> Fault:
    """A fault from JSON; unknown names and wrong types are refused by name."""
    types: dict[str, tuple[type, ...]] = {
        "kind": (str,),
        "method": (str,),
        "path": (str,),
        "when": (str,),
        "status": (int,),
        "body": (str,),
        "headers": (bool,),
        "seconds": (int, float),
        "times": (int, type(None)),
    }
    for name, value in values.items():
        if name not in types:
            raise FaultError(f"A fault has no {name!r}. Known: {', '.join(types)}.")
        if not isinstance(value, types[name]):
            raise FaultError(f"A fault's {name} cannot be {value!r}.")
    if "kind" not in values:
        raise FaultError(f"A fault needs a kind: {', '.join(KINDS)}.")
    return Fault(**values)

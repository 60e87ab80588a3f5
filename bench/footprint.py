"""What the app takes: memory and start of web, worker and clock, the install's size, and queries of screens and of a drain.

The processes are the demo's own. Queries are counted as the database gets them; each one's plan is asked for, and what reads
a whole table of a store's rows is counted apart.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

from bench.figures import Measured, Rows
from bench.history import SCREENS, STORE, asking
from bench.stage import open_stage
from plugin.demo.town import build_town

STARTS = 5
LOOKS = 8
PROCESSES = ("web", "worker", "clock", "valkey")
READY = {
    "web": "import plugin.asgi",
    "worker": "from workers import jobs; jobs.plugin()",
    "clock": "from plugin.bootstrap import build; from plugin.settings import Settings; build(Settings.from_env())",
}
"""What each does before it is ready for its first piece of work."""
SOLD = 40
THE_STAGES_OWN = "SELECT min("
"""Where the stage looks for what is due next."""


def measure(_seconds: float) -> Measured:
    rows: Rows = {}
    missing: dict[str, str] = {}
    if Path("/proc/self/smaps_rollup").exists():
        rows |= memory()
    else:
        missing["memory"] = "this system has no /proc/PID/smaps_rollup"
    rows |= starts()
    rows |= installed()
    rows |= queries()
    return Measured(rows, missing=missing)


def memory() -> Rows:
    """Of the app at rest, right after it has started; PSS shares what processes have in common."""
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as directory:
        town = build_town(Path(directory) / "town", native=True, port=0)
        with town.supervisor:
            pids = {name: pid for name in PROCESSES if (pid := town.supervisor.pid_of(name))}
            return {f"memory of {name}, with its children": _at_rest(pid) for name, pid in pids.items()}


def _at_rest(pid: int) -> dict[str, float]:
    """Once it has stopped growing: a process that starts has little yet."""
    seen = [_sizes([pid, *_below(pid)])]
    while len(seen) < LOOKS or seen[-1] != seen[-LOOKS]:
        Event().wait(0.5)
        seen.append(_sizes([pid, *_below(pid)]))
    return seen[-1]


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [each for child in children for each in (int(child), *_below(int(child)))]


def _sizes(pids: list[int]) -> dict[str, float]:
    total = {"Rss": 0, "Pss": 0}
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in total:
                total[name] += int(rest.split()[0])
    return {"MB RSS": total["Rss"] // 1024, "MB PSS": total["Pss"] // 1024}


def starts() -> Rows:
    """From nothing to ready, by the clock; medians. With a new data directory, and files in the system's cache."""
    return {f"start of {name}": {"s": median(_started(code) for _ in range(STARTS))} for name, code in READY.items()}


def _started(code: str) -> float:
    with tempfile.TemporaryDirectory() as directory:
        started = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env={"DATA_DIR": directory, "PYTHONPATH": "."})
        return perf_counter() - started


def installed() -> Rows:
    """The environment's packages as they lie on the disk, and our own code among them."""
    packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    return {
        "install: every package, those for tests too": {"MB": _weight(packages)},
        "install: plugin and workers": {"MB": _weight(Path("plugin")) + _weight(Path("workers"))},
    }


def _weight(folder: Path) -> float:
    return (
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        / 1e6
    )


@dataclass
class Watch:
    """Statements as the database gets them, with how each is answered."""

    engine: Engine
    statements: list[tuple[str, Any]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.statements.clear()
        event.listen(self.engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(
        self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if not statement.startswith(THE_STAGES_OWN):
            self.statements.append((statement, parameters))

    def figures(self) -> dict[str, float]:
        return {
            "queries": float(len(self.statements)),
            "different": float(len({each for each, _ in self.statements})),
            "read a table": float(len(self.scans())),
        }

    def scans(self) -> set[str]:
        """Plans of SQLite that go through a table or a whole index; without those of an empty list of stores."""
        found: set[str] = set()
        with self.engine.connect() as connection:
            for statement, parameters in dict(self.statements).items():
                if (
                    statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
                    and parameters is not None
                ):
                    one = parameters[0] if isinstance(parameters, list) else parameters
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one)
                    found |= {row.detail for row in rows if row.detail.startswith("SCAN ")}
        return found


def queries() -> Rows:
    """With a store that has sold a little: the same pages with a year behind them are in `history`."""
    rows: Rows = {}
    with open_stage(hold=0) as stage:
        store, products = stage.open_store(STORE, items=50, on_hand=0)
        stage.settle()
        watch = Watch(stage.plugin.engine)

        def sell() -> None:
            for number in range(SOLD):
                stage.buy(store, products[number])
            stage.play(stage.time.at + 30)

        sell()
        ask = asking(stage)
        works: dict[str, Callable[[], object]] = {f"screen {label}": ask(path) for path, label in SCREENS.items()}
        works[f"{SOLD} orders: drain, publish, mails"] = sell
        for label, work in works.items():
            work()
            with watch.watching():
                work()
            rows[label] = watch.figures()
    return rows

"""kill -9 at every step: after each commit, each call to the shop and each mail a worker dies, and another takes over.

The dead does nothing more, not even in a `finally`: its leases and claims stay, its wake-ups are lost. In the end the
shop, the lines that wait and the mails are as if nobody had died. Only a mail that was handed over and not marked goes
out again, under its one key. A reconcile would read again what was lost, so what was decided is also compared before the
first one runs.
"""

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from plugin.domain.ids import ShipmentId
from plugin.domain.shipment import ShipmentAlreadyClosed
from plugin.services.errors import Conflict
from plugin.services.shipments import NewShipment
from tests.services.town import ADA, MUG, Town, a_town

STEPS = {
    "event stored": "committed inbox",
    "events claimed": "drain_inbox: committed inbox",
    "orders read": "drain_inbox: called orders",
    "levels read": "drain_inbox: called stock",
    "decision saved": "drain_inbox: committed .*inbox.*orders.*",
    "units moved, not marked": "publish: called adjust_stock",
    "units moved and marked": "publish: committed stock_levels, stock_moves",
    "page written, not marked": "publish: called write_product_texts",
    "page written and marked": "publish: committed publications",
    "mail claimed": "deliver: committed outbox",
    "mail handed over, not marked": "deliver: handed a mail over",
    "mail marked": "deliver: committed .*outbox.*told",
}
"""Steps there must be, so that the walk does not shrink unseen."""


class Killed(BaseException):
    """Nothing of ours catches it."""


@dataclass
class Reaper:
    """Names each step as it is taken, and lets nothing happen after the chosen one."""

    dies_after: int = 0
    steps: list[str] = field(default_factory=list)
    job: str = ""
    is_dead: bool = False
    _tables: set[str] = field(default_factory=set)

    def passed(self, step: str) -> None:
        self.steps.append(f"{self.job}: {step}" if self.job else step)
        self.is_dead = len(self.steps) == self.dies_after

    def live(self) -> None:
        if self.is_dead:
            raise Killed

    def executing(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.live()
        verb, *words = statement.split()[:3]
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            self._tables.add(words[0] if verb == "UPDATE" else words[1])

    def committing(self, _connection: Any) -> None:
        """The commit itself still happens; nothing after it."""
        tables, self._tables = sorted(self._tables - {"counters", "journal", "leases"}), set()
        if tables:
            self.passed(f"committed {', '.join(tables)}")

    def guarded(self, act: Callable[..., Any], step: str = "") -> Callable[..., Any]:
        def acting(*args: Any, **more: Any) -> Any:
            self.live()
            answer = act(*args, **more)
            if step:
                self.passed(step)
            return answer

        return acting

    @contextmanager
    def calling(self, call: Any, name: str) -> Iterator[None]:
        self.live()
        with call:
            yield
        self.passed(f"called {name}")


@dataclass
class Walk:
    """One town, put back to its beginning before each life."""

    town: Town
    file: Path
    kept: Path
    shop: dict[str, Any]
    now: Any

    def begin_again(self) -> None:
        town = self.town
        town.plugin.engine.dispose()
        shutil.copy(self.kept, self.file)
        town.clock.moment = self.now
        vars(town.shop).update(copy.deepcopy(self.shop))
        town.notifier.sent.clear()
        town.queue.waiting.clear()

    def live(self, dies_after: int = 0) -> tuple[dict[str, Any], list[str]]:
        """A shopper buys, goods come, time goes by; what is true in the end, and the steps that were taken."""
        self.begin_again()
        reaper = Reaper(dies_after)
        with self._watched(reaper):
            with self._unreconciled():
                self._buy_and_receive(reaper)
                decided = self._decided()
            for _ in range(3):
                self.town.wait(minutes=11)
            reaper.is_dead = False
        for minutes in (3, 11, 3):
            self.town.wait(minutes=minutes)
        return decided | self._truth(), reaper.steps

    def _buy_and_receive(self, reaper: Reaper) -> None:
        order = self.town.shop.sell(MUG, 3)
        assert order is not None
        self._do(reaper, lambda: self.town.hear(order))
        self.town.settle()
        shipments = self.town.plugin.shipments
        self._do(reaper, lambda: shipments.announce(ADA, NewShipment("Kiln", "PO-7", None, [("MUG", 5)])))
        self.town.wait(minutes=20)
        self._do(reaper, lambda: shipments.receive(ADA, ShipmentId(1), {"MUG": 5}, as_totals=True))
        for _ in range(2):
            self.town.wait(minutes=11)

    def _do(self, reaper: Reaper, deed: Callable[[], object]) -> None:
        """From outside, until it was heard: a platform and an ERP say it again."""
        try:
            deed()
        except Killed:
            reaper.is_dead = False
            with suppress(Conflict, ShipmentAlreadyClosed):  # it had been heard
                deed()

    @contextmanager
    def _unreconciled(self) -> Iterator[None]:
        """No reconcile is woken: what was heard has to be enough."""
        wake = self.town.queue.wake
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.town.queue, "wake", lambda job, *args: None if job == "reconcile" else wake(job, *args))
            yield

    @contextmanager
    def _watched(self, reaper: Reaper) -> Iterator[None]:
        engine, town = self.town.plugin.engine, self.town
        real_call, real_run = type(town.shop)._call, town.run

        def run(job: str, *args: Any) -> None:
            reaper.job = job
            try:
                real_run(job, *args)
                reaper.live()
            except Killed:
                reaper.is_dead = False
            reaper.job = ""

        event.listen(engine, "before_cursor_execute", reaper.executing)
        event.listen(engine, "commit", reaper.committing)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(town.shop), "_call", lambda shop, name: reaper.calling(real_call(shop, name), name))
            patch.setattr(town.notifier, "send", reaper.guarded(town.notifier.send, "handed a mail over"))
            patch.setattr(town.queue, "wake", reaper.guarded(town.queue.wake))
            patch.setattr(town, "run", run)
            yield
        event.remove(engine, "before_cursor_execute", reaper.executing)
        event.remove(engine, "commit", reaper.committing)

    def _decided(self) -> dict[str, Any]:
        """What was made of the events that came, whether or not it has reached the shop."""
        town = self.town
        return {
            "lines": [(row["line_id"], row["allocated"], row["owed"]) for row in town.table("order_lines")],
            "written": sorted(row["key"] for row in town.table("outbox")),
            "heard": [row["topic"] for row in town.table("inbox") if row["due_at"]],
        }

    def _truth(self) -> dict[str, Any]:
        town = self.town
        return {
            "level": town.shop.level(MUG),
            "owed": town.owed(),
            "mails": sorted({(message.to, message.key) for _, message, _ in town.notifier.sent}),
            "page": town.shop.catalog[77].texts,
            "fields": sorted((owner.value, number, value) for (owner, number), (_, value) in town.shop.fields.items()),
            "notes": [order.staff_notes for order in town.shop.placed.values()],
            "waiting": [row["state"] for row in town.table("stock_moves") if row["is_open"]],
            "inbox": [row["topic"] for row in town.table("inbox") if row["due_at"]],
        }


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def walk(tmp_path: Path, migrated_template: Path, request: pytest.FixtureRequest) -> Iterator[Walk]:
    file, kept = tmp_path / "town.sqlite3", tmp_path / "kept.sqlite3"
    shutil.copy(migrated_template, file)
    with a_town(file, native=request.param) as town:
        town.install()
        town.sell_past_zero(limit=3)
        town.wait(minutes=3)
        town.plugin.engine.dispose()
        shutil.copy(file, kept)
        yield Walk(town, file, kept, copy.deepcopy(vars(town.shop)), town.clock.moment)


def test_whoever_dies_wherever_nothing_is_lost_and_nothing_happens_twice(walk: Walk):
    wanted, steps = walk.live()
    assert [name for name, step in STEPS.items() if not any(re.fullmatch(step, each) for each in steps)] == []
    assert (wanted["owed"], wanted["waiting"], wanted["inbox"]) == ({101: 0}, [], [])
    assert [key.partition(":")[0] for _, key in wanted["mails"]] == ["arrived", "confirmed"]
    broken = {}
    # What differs with virtual stock is how units move; the rest is walked once.
    chosen = [each for each in enumerate(steps, 1) if walk.town.shop.is_native or re.search("adjust|moves", each[1])]
    for number, step in chosen:
        found, taken = walk.live(dies_after=number)
        assert taken[number - 1] == step
        if found != wanted:
            broken[f"{number}: {step}"] = {
                name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]
            }
    assert broken == {}

"""A thousand stores of mixed size on one machine: a day of theirs, fairness while one floods, and more workers and hosts.

Real worker processes on PostgreSQL and Valkey; the shops answer from memory (memory_shop.py). The day is as long as the
workers need for it. Where network namespaces cannot be made, the row of the two hosts
says why.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter
from typing import Any

from pydantic import SecretStr
from rq import Worker
from sqlalchemy import text

from bench.crowd import DEFAULT, NOW
from bench.crowd import product as a_product
from bench.figures import Goal, Measured, Rows
from bench.memory_shop import ANSWER, items_of
from bench.servers import NoPostgres, Place, behind_a_bridge, on_this_machine, why_no_hosts
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import ItemId, TenantId
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.stock import StockLevel
from plugin.domain.store import ConnectionState, StoreProfile
from plugin.services.ports.directory import AppUser, Grant
from plugin.services.ports.stock import StockRecord
from plugin.settings import Settings
from workers import schedule

SIZES = {5: 0.90, 50: 0.09, 500: 0.01}
"""Items of a store → share of the stores."""
ORDERS = {5: 1, 50: 5, 500: 100}
"""Orders of a day."""
TOPICS = ("order/created", "order/updated", "order/statusUpdated")
FLOOD, SMALL_ORDERS, EVERY = 3_000, 60, 0.25
WAITING = (
    "SELECT tenant_id FROM inbox WHERE due_at IS NOT NULL AND topic LIKE 'store/%' "
    "UNION SELECT tenant_id FROM publications WHERE due_at IS NOT NULL"
)
LONGEST = 240.0
SECRET = "k" * 40


def measure(seconds: float) -> Measured:
    """A thousand stores; with less than three seconds a round, a hundred."""
    number = 1_000 if seconds >= 3 else 100
    try:
        return _measured(number)
    except NoPostgres as missing:
        return Measured({}, missing={"many stores": str(missing)})


def _measured(number: int) -> Measured:
    rows: Rows = {}
    missing: dict[str, str] = {}
    with on_this_machine() as place, _opened(place, number) as crowd:
        rows |= crowd.a_day()
        rows |= crowd.fairness()
        rows |= crowd.curve()
    if why := why_no_hosts():
        missing["two hosts"] = why
    else:
        with behind_a_bridge() as place, _opened(place, number // 10) as crowd:
            rows |= crowd.hosts()
    flooded = "a small store's order while a big one floods, 2 workers"
    goals = [Goal(flooded, "s p99", "a small store's order, nothing else, 2 workers")]
    goals += [Goal(f"{n} workers, answers at once", "orders/s", "1 worker, answers at once") for n in (2, 4)]
    goals += [Goal(f"{n} workers, answers in 0.1 s", "orders/s", "1 worker, answers in 0.1 s") for n in (2, 4)]
    goals.append(Goal("2 hosts with a worker each", "orders/s", "1 host with a worker"))
    return Measured(rows, tuple(goals), missing)


@contextmanager
def _opened(place: Place, number: int) -> Iterator["Crowd"]:
    plugin = build(_settings(place))
    migrate(plugin.engine)
    names = [
        TenantId(f"t{items}x{place_}") for items, share in SIZES.items() for place_ in range(round(number * share))
    ]
    for name in names:
        _open(plugin, name)
    try:
        yield Crowd(place, plugin, names)
    finally:
        plugin.inbox_writer.close()  # type: ignore[attr-defined]
        plugin.engine.dispose()


def _settings(place: Place) -> Settings:
    return Settings(database_url=place.database_url, redis_url=place.redis_url, secret_key=SecretStr(SECRET))


def _open(plugin: Plugin, name: TenantId) -> None:
    plugin.directory.save_grant(Grant(name, "token", (), AppUser(1, "ann@example.com", "en", is_owner=True)), at=NOW)
    count = items_of(name)
    with plugin.units(name) as work:
        profile = StoreProfile("Bench", "US", "UTC", "en", "", "", "https://shop.example", "")
        tenant = replace(
            work.tenant(),
            state=ConnectionState.CONNECTED,
            profile=profile,
            has_native_backorders=True,
            orders_read_until=plugin.clock.now(),
            settings=replace(work.tenant().settings, writes_order_notes=False),
        )
        work.save_tenant(tenant)
        work.policies.save(BackorderPolicy(Scope.parse("store"), True, None, LeadTime(5, 10)))
        work.items.save_products([a_product(product) for product in range(1, count + 1)])
        levels = [StockLevel(ItemId(str(item)), DEFAULT, 0, 0, 7) for item in range(1, count + 1)]
        work.stock.save([StockRecord(level, level.number) for level in levels])
        work.commit()


@dataclass
class Crowd:
    place: Place
    plugin: Plugin
    names: list[TenantId]
    next_order: int = 1

    def a_day(self) -> Rows:
        """What the day's orders take two workers, and how large everything is after it."""
        told = [(name, ORDERS[items_of(name)]) for name in self.names]
        random.Random(7).shuffle(told)
        with self._workers(2) as workers:
            spent = self._timed(told)
            sizes = {"MB RSS of a worker": float(max(_memory(worker.pid) for worker in workers))}
        orders = sum(count for _, count in told)
        started = perf_counter()
        schedule.wake_due(self.plugin)
        look = perf_counter() - started
        queue = self.plugin.queue._connection.info("memory")["used_memory"]  # noqa: SLF001 — only a bench asks
        return {
            f"a day of {len(self.names)} stores, 2 workers": {"s": spent, "orders": orders, "orders/s": orders / spent},
            "after it": {"MB database": self._database() / 1e6, "MB queue": queue / 1e6, **sizes},
            f"the clock's look at {len(self.names)} stores": {"ms": look * 1000},
        }

    def fairness(self) -> Rows:
        small, [big, *_] = self._of(5), self._of(500)
        rows: Rows = {}
        with self._workers(2, answer=0.1):
            rows["a small store's order, nothing else, 2 workers"] = _figures(self._waits(small))
            self._tell(big, FLOOD)
            flooded = "a small store's order while a big one floods, 2 workers"
            rows[flooded] = _figures(self._waits(small))
            started = perf_counter()
            self._until_done()
            rows[flooded]["s the flood went on"] = perf_counter() - started
        return rows

    def curve(self) -> Rows:
        rows: Rows = {}
        for answer, words in ((0.0, "answers at once"), (0.1, "answers in 0.1 s")):
            for number in (1, 2, 4):
                with self._workers(number, answer=answer):
                    told = [(name, 1) for name in self._of(5)[:100]]
                    label = f"{number} worker{'s' if number > 1 else ''}, {words}"
                    rows[label] = {"orders/s": len(told) / self._timed(told)}
        return rows

    def hosts(self) -> Rows:
        rows: Rows = {}
        for number, label in ((1, "1 host with a worker"), (2, "2 hosts with a worker each")):
            with self._workers(number, answer=0.1):
                told = [(name, 1) for name in self._of(5)]
                rows[label] = {"orders/s": len(told) / self._timed(told)}
        return rows

    def _of(self, items: int) -> list[TenantId]:
        return [name for name in self.names if items_of(name) == items]

    def _tell(self, name: TenantId, orders: int) -> None:
        """Webhooks of new orders have come, and a worker is woken."""
        now = self.plugin.clock.now()
        with self.plugin.units(name) as work:
            for number in range(self.next_order, self.next_order + orders):
                for topic in TOPICS:
                    work.inbox.add(f"store/{topic}", {"data": {"id": number}}, at=now, due_at=now)
            work.wake("drain_inbox", name)
            work.commit()
        self.next_order += orders

    def _timed(self, told: Sequence[tuple[TenantId, int]]) -> float:
        started = perf_counter()
        for name, orders in told:
            self._tell(name, orders)
        self._until_done()
        return perf_counter() - started

    def _until_done(self) -> None:
        ends = perf_counter() + LONGEST
        while self._unfinished() and perf_counter() < ends:
            schedule.wake_due(self.plugin)
            Event().wait(0.2)

    def _unfinished(self) -> set[str]:
        with self.plugin.engine.connect() as connection:
            return set(connection.execute(text(WAITING)).scalars())

    def _waits(self, stores: Sequence[TenantId]) -> list[float]:
        """One order a quarter of a second, each in another store: seconds until its dates are published."""
        told: dict[TenantId, float] = {}
        waits: dict[TenantId, float] = {}
        chosen = stores[:SMALL_ORDERS]
        while len(waits) < len(chosen):
            if len(told) < len(chosen) and (not told or perf_counter() - max(told.values()) >= EVERY):
                name = chosen[len(told)]
                self._tell(name, 1)
                told[name] = perf_counter()
            left = self._unfinished()
            waits |= {name: perf_counter() - at for name, at in told.items() if name not in left and name not in waits}
            Event().wait(0.03)
        return list(waits.values())

    def _database(self) -> int:
        with self.plugin.engine.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    @contextmanager
    def _workers(self, number: int, *, answer: float = 0) -> Iterator[list[subprocess.Popen[bytes]]]:
        env = {
            **os.environ,
            "DATABASE_URL": self.place.database_url.replace("+psycopg", ""),
            "REDIS_URL": self.place.redis_url,
            "SECRET_KEY": SECRET,
            "LOG_LEVEL": "error",
            "RECHECK_SECONDS": "3600",
            ANSWER: str(answer),
        }
        hosts = self.place.hosts
        commands = [[*hosts[n % len(hosts)], sys.executable, "-m", "bench.memory_shop"] for n in range(number)]
        running = [subprocess.Popen(command, env=env) for command in commands]
        try:
            _wait(lambda: self._working() >= number)
            yield running
        finally:
            for worker in running:
                worker.kill()
                worker.wait()
            connection: Any = self.plugin.queue._connection  # noqa: SLF001 — only a bench asks
            connection.flushall()

    def _working(self) -> int:
        return Worker.count(connection=self.plugin.queue._connection)  # noqa: SLF001 — only a bench asks


def _wait(fact: Callable[[], bool]) -> None:
    ends = perf_counter() + LONGEST
    while not fact():
        if perf_counter() > ends:
            raise RuntimeError("The workers do not start.")
        Event().wait(0.1)


def _figures(waits: Sequence[float]) -> dict[str, float]:
    some = sorted(waits)
    return {"s p50": median(some), "s p99": some[int(len(some) * 0.99)]}


def _memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)

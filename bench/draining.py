"""Draining: events of one store folded, read and decided, against jobs of other queues that do nothing, one job an event.

A thousand orders over fifty items bring six thousand events, as a shop sends them (created, status, updated, stock, …). The
shop answers from memory: what is measured is our work, from the claimed rows to saved promises, not the network. A core's
seconds are those of the worker and of the database or the queue server, by the clock everything together.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psycopg
import structlog
from sqlalchemy import make_url

from bench.crowd import DEFAULT, NOW, STORE, fill, order, settings
from bench.figures import Goal, Measured
from bench.installed import NotInstalled
from bench.job_queues import BULLMQ, JOB_QUEUES, RQ_SIMPLE, JobQueue, worked
from bench.machine import DoesNotStart, family_time, postgres
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import ItemId, OrderId, ProductId
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.stock import StockLevel
from plugin.services.inbox import EVENTS_PER_SLICE, Inbox, fold

ORDERS = 1_000
ITEMS = 50
ROUNDS = 5
TOPICS = ("order/created", "order/statusUpdated", "order/updated", "order/updated", "order/updated")
CORE, RATE = "events/core-s", "events/s"
FOLD, DRAIN = "claim, fold, finish", "the whole drain, promises saved"
GOALS = (
    Goal(f"ours on SQLite: {FOLD}", CORE, RQ_SIMPLE, least=50),
    Goal(f"ours on PostgreSQL: {FOLD}", CORE, RQ_SIMPLE, least=20),
    Goal(f"ours on SQLite: {FOLD}", CORE, BULLMQ, least=1),
    Goal(f"ours on PostgreSQL: {FOLD}", CORE, BULLMQ, least=1),
    Goal(f"ours on SQLite: {DRAIN}", CORE, RQ_SIMPLE),
    Goal(f"ours on PostgreSQL: {DRAIN}", CORE, RQ_SIMPLE),
)
Figures = tuple[float, float]
"""Events a second: of one core, and by the clock."""


def measure(_seconds: float) -> Measured:
    """Medians of interleaved rounds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.INFO)
    figures: dict[str, list[Figures]] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as name, postgres() as (pid, address):
        for number in range(ROUNDS):
            for label, work in OURS.items():
                figures.setdefault(f"ours on SQLite: {label}", []).append(_on_sqlite(number, work))
                figures.setdefault(f"ours on PostgreSQL: {label}", []).append(_on_postgres(number, work, address, pid))
            for label, queue in JOB_QUEUES.items():
                if label not in missing:
                    _try(label, queue, Path(name), figures, missing)
    rows = {
        label: {CORE: median(row[0] for row in rows), RATE: median(row[1] for row in rows)}
        for label, rows in figures.items()
        if label not in missing
    }
    return Measured(rows, GOALS, missing)


def _try(label: str, queue: JobQueue, folder: Path, figures: dict[str, list[Figures]], missing: dict[str, str]) -> None:
    try:
        figures.setdefault(label, []).append(worked(queue, folder))
    except (NotInstalled, DoesNotStart) as problem:
        missing[label] = str(problem)


@dataclass
class Shop:
    """Answers from memory what a drain asks."""

    placed: dict[int, Order]
    levels: dict[ItemId, StockLevel]

    def open(self, _tenant: str) -> "Shop":
        return self

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        return [self.placed[order] for order in ids]

    def products(self, ids: Collection[ProductId]) -> list[Product]:
        return [product(product) for product in ids]

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]:
        return [self.levels[item] for item in items]


def _on_sqlite(number: int, work: Callable[[Inbox], object]) -> Figures:
    with tempfile.TemporaryDirectory() as directory, _told(build(settings(Path(directory)))) as (plugin, events):
        return _timed(events, lambda: work(replace(plugin.inbox, stores=_shop(number))), time.process_time)  # type: ignore[arg-type]


def _on_postgres(number: int, work: Callable[[Inbox], object], server: str, pid: int) -> Figures:
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        address = stack.enter_context(_fresh_database(server))
        chosen = settings(Path(directory)).model_copy(update={"database_url": address})
        plugin, events = stack.enter_context(_told(build(chosen)))
        inbox = replace(plugin.inbox, stores=_shop(number))  # type: ignore[arg-type]
        return _timed(events, lambda: work(inbox), lambda: time.process_time() + family_time(pid))


@contextmanager
def _fresh_database(server: str) -> Iterator[str]:
    address = make_url(server)
    with psycopg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.autocommit = True
        connection.execute("CREATE DATABASE bench")
        try:
            yield address.set(database="bench").render_as_string(hide_password=False)
        finally:
            connection.execute("DROP DATABASE bench WITH (FORCE)")


@contextmanager
def _told(plugin: Plugin) -> Iterator[tuple[Plugin, int]]:
    """A store with its news waiting; in the end all of it must have been taken."""
    migrate(plugin.engine)
    fill(plugin, ITEMS * 10)
    events = _tell(plugin)
    yield plugin, events
    with plugin.units(STORE) as work_left:
        assert not work_left.inbox.has_due(at=plugin.clock.now())
    plugin.inbox_writer.close()  # type: ignore[attr-defined]
    plugin.engine.dispose()


def _decide(inbox: Inbox) -> None:
    inbox.drain(STORE)


def _fold(inbox: Inbox) -> None:
    """What a drain does with the events themselves; a thousand orders would be read next."""
    while True:
        with inbox.units(STORE) as work:
            events = work.inbox.claim(at=inbox.clock.now(), limit=EVENTS_PER_SLICE)
            work.commit()
        if not events:
            return
        fold(inbox.events.read(event.topic, event.body) for event in events)
        with inbox.units(STORE) as work:
            work.inbox.finish([event.event_id for event in events])
            work.commit()


OURS = {FOLD: _fold, DRAIN: _decide}


def _shop(round_number: int) -> Shop:
    orders = {n + 1: replace(order(n, ITEMS), placed_at=NOW, modified_at=NOW) for n in range(10_000, 10_000 + ORDERS)}
    on_hand = round_number + 5
    return Shop(orders, {ItemId(str(n)): StockLevel(ItemId(str(n)), DEFAULT, on_hand, 0, 40) for n in range(1, 51)})


def _tell(plugin: Plugin) -> int:
    now, events = plugin.clock.now(), 0
    with plugin.units(STORE) as work:
        for number in range(10_001, 10_001 + ORDERS):
            for topic in TOPICS:
                work.inbox.add(f"store/{topic}", {"data": {"id": number}}, at=now, due_at=now)
            stock = {"data": {"id": number % ITEMS + 1}}
            work.inbox.add("store/product/inventory/order/updated", stock, at=now, due_at=now)
            events += len(TOPICS) + 1
        work.commit()
    return events


def _timed(events: int, work: Callable[[], object], spent: Callable[[], float]) -> Figures:
    before, by_the_clock = spent(), time.perf_counter()
    work()
    return events / (spent() - before), events / (time.perf_counter() - by_the_clock)

"""Draining: events of one store folded, read and decided, against no-op jobs of RQ's workers, one job an event.

A thousand orders over fifty items bring six thousand events, as a shop sends them (created, status, updated, stock, …). The
shop answers from memory: what is measured is our work, from the claimed rows to saved promises, not the network.
"""

import logging
import os
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import redis
import structlog
from rq import Queue, SimpleWorker, Worker

from bench.planning import DEFAULT, NOW, STORE, _fill, _order, _product, _settings
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import ItemId, OrderId, ProductId
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.stock import StockLevel
from plugin.embedded import EmbeddedServer
from plugin.services.inbox import EVENTS_PER_SLICE, Inbox, fold

ORDERS = 1_000
ITEMS = 50
ROUNDS = 5
JOBS = {"SimpleWorker": 2_000, "Worker": 100}
TOPICS = ("order/created", "order/statusUpdated", "order/updated", "order/updated", "order/updated")
Rows = dict[str, dict[str, float]]


def measure(_seconds: float) -> Rows:
    """Medians of interleaved rounds; a core's seconds, and by the clock."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.INFO)
    figures: dict[str, list[tuple[float, float]]] = {}
    with EmbeddedServer() as server:
        for number in range(ROUNDS):
            for label, one in OURS.items():
                figures.setdefault(label, []).append(_timed_on_sqlite(number, one))
            for worker in (SimpleWorker, Worker):
                label = f"RQ {worker.__name__}: a job that does nothing"
                figures.setdefault(label, []).append(_worked(worker, server.url))
    return {
        label: {"events/core-s": median(row[0] for row in rows), "events/s": median(row[1] for row in rows)}
        for label, rows in figures.items()
    }


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
        return [_product(product) for product in ids]

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]:
        return [self.levels[item] for item in items]


def _timed_on_sqlite(number: int, work: Callable[[Inbox], object]) -> tuple[float, float]:
    """Events a second: of one core, and by the clock."""
    with tempfile.TemporaryDirectory() as directory:
        plugin = build(_settings(Path(directory)))
        migrate(plugin.engine)
        _fill(plugin, ITEMS * 10)
        events = _told(plugin)
        inbox = replace(plugin.inbox, stores=_shop(number))  # type: ignore[arg-type]
        figures = _timed(events, lambda: work(inbox))
        with plugin.units(STORE) as work_left:
            assert not work_left.inbox.has_due(at=plugin.clock.now())
        plugin.inbox_writer.close()  # type: ignore[attr-defined]
        plugin.engine.dispose()
    return figures


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


OURS = {
    "ours on SQLite: claim, fold, finish": _fold,
    "ours on SQLite: the whole drain, promises saved": _decide,
}


def _shop(round_number: int) -> Shop:
    orders = {n + 1: replace(_order(n, ITEMS), placed_at=NOW, modified_at=NOW) for n in range(10_000, 10_000 + ORDERS)}
    on_hand = round_number + 5
    return Shop(orders, {ItemId(str(n)): StockLevel(ItemId(str(n)), DEFAULT, on_hand, 0, 40) for n in range(1, 51)})


def _told(plugin: Plugin) -> int:
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


def nothing(*_given: Any) -> None:
    """The job of the peers."""


def _worked(kind: type[Worker], url: str) -> tuple[float, float]:
    queue = Queue("bench", connection=redis.Redis.from_url(url))
    jobs = JOBS[kind.__name__]
    for number in range(jobs):
        queue.enqueue(nothing, number, result_ttl=0)
    worker = kind([queue], connection=queue.connection)
    return _timed(jobs, lambda: worker.work(burst=True, logging_level=logging.CRITICAL))


def _timed(events: int, work: Any) -> tuple[float, float]:
    before, by_the_clock = sum(_spent()), time.perf_counter()
    work()
    return events / (sum(_spent()) - before), events / (time.perf_counter() - by_the_clock)


def _spent() -> tuple[float, ...]:
    """Seconds of a core: this process and its children."""
    times = os.times()
    return times.user, times.system, times.children_user, times.children_system

"""Planning at scale: the pure decision from a thousand to a million lines, then the whole way through a database.

one decision  make_plan over items of ten lines each, and over one item that all lines wait for
replan        100,000 lines over 10,000 items in slices of a transaction each, while a webhook is stored in between
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

import structlog

from bench.crowd import DEFAULT, LINES_PER_ITEM, NOW, STORE, batched, fill, settings, shipment
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.domain.allocation import WaitingLine
from plugin.domain.calendar import WorkCalendar
from plugin.domain.ids import ItemId, OrderId, OrderLineId
from plugin.domain.plan import ItemSnapshot, Snapshot, StoreRules, make_plan
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.stock import SellingMode, StockLevel, StockTiming
from plugin.services.again import replan_later
from plugin.services.errors import RetryLater
from plugin.services.inbox import ITEMS_PER_SLICE
from plugin.services.ports.inbox import Envelope

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BETWEEN_JOBS = 0.02
"""Seconds from one slice to the next: each is a job of its own, and goes through the queue."""
Rows = dict[str, dict[str, float]]


def measure(seconds: float) -> Rows:
    """The growth curve; with more than ten seconds also 100,000 lines through SQLite, which takes minutes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    rows: Rows = {}
    for lines in SIZES:
        rows[f"decide {lines:>9,} lines, {LINES_PER_ITEM} an item"] = _decide(lines, LINES_PER_ITEM)
    for lines in SIZES[:-1]:
        rows[f"decide {lines:>9,} lines of one item"] = _decide(lines, lines)
    for lines in SIZES[:3] if seconds > 10 else SIZES[:2]:
        rows |= _replan(lines)
    return rows


def _decide(lines: int, per_item: int) -> dict[str, float]:
    """Processor time, the best of three for small sizes. Snapshots are made a few thousand lines at a time, as the app does."""
    best = min(_decide_once(lines, per_item) for _ in range(3 if lines <= 100_000 else 1))
    return {"ms": best * 1000, "us/line": best * 1e6 / lines}


def _decide_once(lines: int, per_item: int) -> float:
    spent = 0.0
    for some in batched(range(lines // per_item), max(1, 2_000 // per_item)):
        snapshot = _snapshot(some, per_item)
        started = process_time()
        make_plan(snapshot)
        spent += process_time() - started
    return spent


def _snapshot(items: tuple[int, ...], per_item: int) -> Snapshot:
    rules = StoreRules(WorkCalendar(ZoneInfo("UTC")), SellingMode.NATIVE, StockTiming.PLACED, DEFAULT)
    return Snapshot(NOW, rules, tuple(_item(number, per_item) for number in items))


def _item(number: int, lines: int) -> ItemSnapshot:
    item = ItemId(str(number + 1))
    policy = BackorderPolicy(Scope.parse("store"), enabled=True, backorder_limit=None, lead_time=LeadTime(5, 10))
    return ItemSnapshot(
        item_id=item,
        is_tracked=True,
        policy=policy,
        levels=(StockLevel(item, DEFAULT, on_hand=lines // 4, backordered=lines),),
        lines=tuple(
            WaitingLine(OrderLineId(n + 1), OrderId(n + 1), 1, 0, NOW - timedelta(seconds=(n * 7919) % 100_003))
            for n in range(lines)
        ),
        shipments=tuple(shipment(item, week, units=lines // 8 + 1) for week in range(1, 4)),
    )


# ------------------------------------------------------------------------------------------- through a database


def _replan(lines: int) -> Rows:
    items = lines // LINES_PER_ITEM
    with tempfile.TemporaryDirectory() as directory:
        plugin = build(settings(Path(directory)))
        migrate(plugin.engine)
        fill(plugin, lines)
        name = f"{lines:>9,} lines"
        rows = {f"first plan {name}": _in_slices(plugin, items)}
        rows[f"plan again {name}, nothing new"] = _in_slices(plugin, items)
        rows[f"one item of {name}"] = _one_item(plugin)
        plugin.inbox_writer.close()  # type: ignore[attr-defined]
        plugin.engine.dispose()
    return rows


def _in_slices(plugin: Plugin, items: int) -> dict[str, float]:
    """As the drain does it, while another thread stores webhooks and is timed: nobody else may have to wait."""
    with plugin.units(STORE) as work:
        replan_later(work, scopes=["store"], at=plugin.clock.now())
        work.commit()
    waits: list[float] = []
    done = Event()
    other = Thread(target=_store_webhooks, args=(plugin, waits, done))
    other.start()
    started = perf_counter()
    slices = list(_drained(plugin))
    spent = perf_counter() - started
    done.set()
    other.join()
    assert len(slices) == -(-items // ITEMS_PER_SLICE)
    return {
        "s": spent,
        "slices": float(len(slices)),
        "ms longest slice": max(slices) * 1000,
        "ms webhook p95": sorted(waits)[int(len(waits) * 0.95)] * 1000,
        "ms webhook max": max(waits) * 1000,
    }


def _drained(plugin: Plugin) -> Iterator[float]:
    while True:
        with plugin.units(STORE) as work:
            events = work.inbox.claim(at=plugin.clock.now(), limit=1)
            work.inbox.finish([event.event_id for event in events if event.topic != "backorder/replan"])
            work.commit()
        if not events:
            return
        if events[0].topic != "backorder/replan":
            continue
        started = perf_counter()
        with plugin.units(STORE) as work:
            plugin.inbox._replan_slice(work, events)  # noqa: SLF001  — a slice as the drain plans it
            work.inbox.finish([events[0].event_id])
            work.commit()
        yield perf_counter() - started
        Event().wait(BETWEEN_JOBS)


def _store_webhooks(plugin: Plugin, waits: list[float], done: Event) -> None:
    number = 0
    while not done.wait(0.05) or len(waits) < 3:
        number += 1
        started = perf_counter()
        with suppress(RetryLater):  # the shop is told to come again; the wait counts all the same
            plugin.inbox_writer.store([Envelope(STORE, "store/order/updated", f"{started}-{number}", "{}")])
        waits.append(perf_counter() - started)


def _one_item(plugin: Plugin) -> dict[str, float]:
    started = perf_counter()
    with plugin.units(STORE) as work:
        plugin.inbox.intake.planning.replan(work, [ItemId("7")])
        work.commit()
    return {"ms": (perf_counter() - started) * 1000}

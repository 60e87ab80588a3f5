"""API calls in three recorded days against the fewest that the platform's bulk limits allow.

A day is made by a seed and played through the real services and the sandbox's API, on the stage's own time. The fewest:
what webhooks told within as long as ours are gathered is read once, in the largest lists there are, and what the shop
should show after that is written once, in the largest batches. What is asked without a webhook is counted apart.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from bench.figures import Goal, Measured, Rows
from bench.props import Sent
from bench.stage import Stage, hours, open_stage
from plugin.adapters.bigcommerce.events import BigCommerceEventReader
from plugin.sandbox.actions import shipping, statuses
from plugin.sandbox.store import Store
from plugin.services.inbox import fold
from plugin.services.ports.inbox import Envelope, EventHint

ORDERS_A_LIST, LEVELS_A_LIST, PRODUCTS_A_LIST = 250, 1000, 250
"""bigcommerce.com's largest pages."""
BATCHES = {
    "/v3/catalog/products": 10,
    "/v3/catalog/products/metafields": 50,
    "/v3/catalog/variants/metafields": 50,
    "/v3/inventory/locations/1/items": 2000,
    "/v3/inventory/adjustments/relative": 2000,
}
"""Rows that a write takes. Stock moves are relative: each is needed."""
PER_ORDER = "/v3/orders/metafields"
RUSH_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Day:
    """`orders` are spread over `open_hours`; of them `rush` fall into its first three minutes."""

    items: int
    orders: int
    rush: int
    deliveries: int
    open_hours: float


DAYS = {
    "a small store": Day(items=40, orders=20, rush=0, deliveries=3, open_hours=8),
    "a large store": Day(items=200, orders=150, rush=0, deliveries=8, open_hours=1.5),
    "a flash sale": Day(items=100, orders=500, rush=450, deliveries=5, open_hours=0.5),
}


def measure(_seconds: float) -> Measured:
    rows: Rows = {}
    goals: list[Goal] = []
    for label, day in DAYS.items():
        for what, (calls, fewest, events) in played(day).items():
            rows[f"{label}: {what}"] = {"calls": calls} | ({"calls/webhook": calls / events} if events else {})
            if fewest:
                rows[f"{label}: {what}, the fewest"] = {"calls": fewest}
                goals.append(Goal(f"{label}: {what}", "calls", f"{label}: {what}, the fewest", most=1.2))
    return Measured(rows, tuple(goals))


def played(day: Day) -> dict[str, tuple[float, float, float]]:
    """What was called, the fewest calls for it, and the webhooks it was for."""
    with open_stage() as stage:
        store, products = stage.open_store("bench", items=day.items, on_hand=5)
        stage.settle()
        stage.line.calls.clear()
        stage.arrived.clear()
        plan(stage, store, products, day)
        stage.play(stage.time.at + hours(day.open_hours) + 300)
        gather = stage.plugin.inbox.gather.total_seconds()
        calls, told = stage.line.calls, stage.arrived
    reads = [call for call in calls if call.job == "drain_inbox"]
    writes = [call for call in calls if call.path in BATCHES and call.method != "GET"]
    per_order = [call for call in calls if call.path == PER_ORDER]
    rest = len(calls) - len(reads) - len(writes) - len(per_order)
    return {
        "reads": (len(reads), fewest_reads(told, gather), len(told)),
        "item publications": (len(writes), fewest_writes(writes, gather), len(told)),
        "dates on orders": (len(per_order), 0, len(told)),
        "asked without a webhook": (rest, 0, 0),
    }


def plan(stage: Stage, store: Store, products: Sequence[int], day: Day) -> None:
    """Orders of one or two units, most of few products; a third is shipped, one in thirty cancelled; goods arrive."""
    chance, start = random.Random(day.orders), stage.time.at
    for number in range(day.orders):
        within = RUSH_SECONDS if number < day.rush else hours(day.open_hours)
        product = products[int(len(products) * chance.random() ** 2)]
        at = start + chance.random() * within
        stage.later(at, order(stage, store, product, chance.choice((1, 1, 2)), then=chance.random()))
    for _ in range(day.deliveries):
        arrives = delivery(stage, store, chance.choice(products))
        stage.later(start + chance.random() * hours(day.open_hours), arrives)


def order(stage: Stage, store: Store, product: int, units: int, *, then: float) -> Callable[[], None]:
    def place() -> None:
        placed = stage.buy(store, product, units)
        world, soon = stage.sandbox.world, stage.time.at + 600 + then * 3600
        if then < 0.3:
            stage.later(soon, lambda: shipping.ship(world, store, placed.id))
        elif then > 0.97:
            stage.later(soon, lambda: statuses.cancel(world, store, placed.id))

    return place


def delivery(stage: Stage, store: Store, product: int) -> Callable[[], None]:
    return lambda: stage.receive(store, product, 10)


def fewest_reads(told: Sequence[tuple[float, Envelope]], gather: float) -> int:
    reader = BigCommerceEventReader()
    some = [(at, reader.read(each.topic, json.loads(each.body))) for at, each in told]
    return sum(
        lists_for(fold(hints)) for hints in in_windows([pair for pair in some if pair[1] != EventHint()], gather)
    )


def lists_for(hint: EventHint) -> int:
    """Orders lie in a list by a span of ids; whoever has read orders needs the stock of what they touch."""
    levels = max(len(hint.stock), 1) if hint.orders or hint.stock else 0
    return spans(hint.orders) + ceil(levels / LEVELS_A_LIST) + ceil(len(hint.products) / PRODUCTS_A_LIST)


def spans(ids: Iterable[int]) -> int:
    lists, first = 0, -ORDERS_A_LIST
    for each in sorted(ids):
        if each - first >= ORDERS_A_LIST:
            lists, first = lists + 1, each
    return lists


def fewest_writes(writes: Sequence[Sent], gather: float) -> int:
    """Each thing once a window, and only if it is different after it."""
    fewest = 0
    by_path: dict[str, list[tuple[float, Any]]] = defaultdict(list)
    for call in writes:
        by_path[call.path].append((call.at, call.rows))
    for path, calls in by_path.items():
        shown: dict[str, str] = {}
        for window in in_windows(calls, gather):
            last = {key: row for rows in window for key, row in rows.items()}
            fewest += ceil(len(last.items() - shown.items()) / BATCHES[path])
            shown |= last
    return fewest


def in_windows(things: Sequence[tuple[float, Any]], gather: float) -> Iterator[list[Any]]:
    """The first opens a window; all that comes before it closes belongs to it."""
    window: list[Any] = []
    opened = 0.0
    for at, thing in sorted(things, key=lambda pair: pair[0]):
        if window and at - opened > gather:
            yield window
            window = []
        if not window:
            opened = at
        window.append(thing)
    if window:
        yield window

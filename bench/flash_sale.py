"""A flash sale: ten thousand orders in a minute over 500 items, and 150 calls in 30 seconds that another app shares.

How long after its end until the product pages tell the truth, against what quota and answer times allow at best; until
every shopper is mailed; and how long a small store and an item outside the sale wait meanwhile. On the stage's own time.
"""

from collections.abc import Callable, Sequence
from math import ceil
from statistics import median
from typing import Any

from bench.calls import BATCHES, PER_ORDER
from bench.figures import Goal, Measured, Rows
from bench.props import ANSWER
from bench.stage import Stage, open_stage
from plugin.domain.ids import TenantId
from plugin.sandbox.quota import WINDOW_SECONDS
from plugin.sandbox.store import Store
from plugin.services.ports.publications import PublicationKind

ORDERS, ITEMS, SALE = 10_000, 500, 60.0
QUOTA, OTHERS = 150, 2.5
"""Calls in 30 seconds, and what another app uses of them in one."""
SHORT_ROUND = 3.0
TEXTS, METAFIELDS, LEVELS, LISTED = 10, 50, 1000, 250
LONGEST = 1800.0
OUTSIDE = 5.0
SMALL_EVERY, SMALL_TIMES = 10.0, 18
FIELDS = "/v3/catalog/products/metafields"


def measure(seconds: float) -> Measured:
    """With less than three seconds a round: a fifth of the orders, over as many items."""
    orders = ORDERS if seconds >= SHORT_ROUND else ORDERS // 5
    with open_stage(others_per_second=OTHERS, hold=60) as stage:
        big, products = stage.open_store("big", items=ITEMS + 1, on_hand=2, quota=100_000)
        small, few = stage.open_store("small", items=5, on_hand=0, quota=QUOTA)
        stage.is_looked_after = False
        stage.settle()
        stage.sandbox.world.quotas["big"].per_window = QUOTA
        alone = _waits_when_idle(stage, small, few)
        end = _sell(stage, big, products, orders)
        asked = _ordered_now_and_then(stage, small, few, end - SALE, times=SMALL_TIMES)
        stage.play(end + LONGEST, is_over=lambda: _is_quiet(stage, orders, end))
        rows = _told(stage, end, products[-1])
        waits = _waits(stage, asked)
    rows["a small store's order"] = {"s": median(waits), "s worst": max(waits)}
    rows["a small store's order, when idle"] = {"s": median(alone), "s worst": max(alone)}
    goals = (
        Goal("pages tell the truth, after the last order", "s", "pages, at best", most=1.3),
        Goal("a small store's order", "s", "a small store's order, when idle"),
    )
    return Measured(rows, goals)


def _sell(stage: Stage, store: Store, products: Sequence[int], orders: int) -> float:
    """Plans the sale, and one order of an item outside it a little later; when the sale ends."""
    start = _next_window(stage)
    stage.line.calls.clear()
    stage.post.sent.clear()
    for number in range(orders):
        stage.later(start + SALE * number / orders, _buys(stage, store, products[number % ITEMS]))
    stage.later(start + SALE + OUTSIDE, _buys(stage, store, products[-1]))
    return start + SALE


def _told(stage: Stage, end: float, outside: int) -> Rows:
    calls = [call for call in stage.line.calls if call.store == "big"]
    mails = [at for at, message in stage.post.sent if message.order_id]
    shown = [call.at for call in calls if call.path in BATCHES and call.method != "GET"]
    dates = [call.at for call in calls if call.path == PER_ORDER]
    return {
        "pages tell the truth, after the last order": {"s": max(shown) + ANSWER - end},
        "pages, at best": {"s": at_best(ITEMS, QUOTA, OTHERS)},
        "every shopper is mailed, after the last order": {"s": max(mails) - end, "mails": len(mails)},
        "dates on all orders, after the last order": {"s": max(dates, default=end) + ANSWER - end},
        "an item outside the sale": {"s": _shown_after(stage, "big", outside, end + OUTSIDE) - end - OUTSIDE},
        "calls of the big store": {"calls": len(calls)},
        "refused for the quota": {"calls": len([call for call in calls if call.status == 429])},
    }


def at_best(items: int, quota: int, others: float) -> float:
    """The last list, the levels, every text and every metafield after the last order, one answer after the other."""
    needed = 1 + ceil(items / LEVELS) + ceil(items / TEXTS) + ceil(items / METAFIELDS)
    spent, made, passed = 0.0, 0, 0.0
    while made < needed:
        if passed - spent >= WINDOW_SECONDS:
            spent, made_before = passed, made
            needed, made = needed - made_before, 0
        if made + others * (passed - spent) < quota:
            made += 1
            passed += ANSWER
        else:
            passed = spent + WINDOW_SECONDS
    return passed


def _buys(stage: Stage, store: Store, product: int) -> Callable[[], Any]:
    return lambda: stage.buy(store, product)


def _next_window(stage: Stage) -> float:
    """The sale starts with a fresh window."""
    at = stage.time.at
    return at - at % WINDOW_SECONDS + WINDOW_SECONDS


def _waits_when_idle(stage: Stage, store: Store, products: Sequence[int]) -> list[float]:
    asked = _ordered_now_and_then(stage, store, products, stage.time.at + 5, times=6)
    stage.play(stage.time.at + 120)
    return _waits(stage, asked)


def _ordered_now_and_then(
    stage: Stage, store: Store, products: Sequence[int], start: float, *, times: int
) -> list[tuple[float, int]]:
    asked = [(start + number * SMALL_EVERY, products[number % len(products)]) for number in range(times)]
    for at, product in asked:
        stage.later(at, _buys(stage, store, product))
    return asked


def _waits(stage: Stage, asked: Sequence[tuple[float, int]]) -> list[float]:
    return [_shown_after(stage, "small", product, at) - at for at, product in asked]


def _shown_after(stage: Stage, store: str, product: int, at: float) -> float:
    """When the product's own date was written for the first time after that; an update names it by the field's id."""
    with stage.plugin.units(TenantId(store)) as work:
        [field] = work.publications.get(PublicationKind.PRODUCT_METAFIELD, [str(product)]).values()
    later = (call for call in stage.line.calls if (call.store, call.path) == (store, FIELDS) and call.at > at)
    return min((call.at for call in later if str(field.remote_id) in call.rows), default=at + LONGEST) + ANSWER


def _is_quiet(stage: Stage, orders: int, end: float) -> bool:
    """Every shopper is mailed and nothing is due; looked at now and then, as looking takes time."""
    if stage.time.at < end + SMALL_TIMES * SMALL_EVERY - SALE or len(stage.post.sent) < orders:
        return False
    directory, now = stage.plugin.directory, stage.time.now()
    return not (stage.on_the_way or directory.with_due_events(at=now) or directory.with_due_publications(at=now))

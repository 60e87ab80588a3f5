"""Every list of the merchant's screens 3 to 6 with a hundred rows behind it and with a hundred thousand, and how it is read.

Each store is written straight into the tables: as many orders, items, shipments and people on the waitlist, half of the people
after one item. `plans` says along which indexes SQLite answers; `BENCH_PLANS=1` in the environment prints them.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from flask import Flask
from sqlalchemy import Engine, Table, event, insert

from bench.figures import Goal, Measured, Rows
from bench.storefront import STORE, fill
from plugin.adapters.db import tables
from plugin.adapters.db.waitlist_totals import recount
from plugin.bootstrap import Plugin, build
from plugin.domain.changes import Availability
from plugin.domain.item import ProductTexts, Tracking
from plugin.domain.order import OrderStage
from plugin.domain.shipment import ShipmentState
from plugin.services.ports.notices import Wants
from plugin.services.ports.waitlist import WaitlistState
from plugin.settings import Settings
from plugin.web.app import create_app
from plugin.web.current import SESSIONS

FEW, MANY, STEP, TIMES = 100, 100_000, 2_000, 15
FIRST = 1_000_000
"""Ids begin here: what else the store has stays beneath."""
START = datetime(2026, 1, 1, tzinfo=UTC)
TABS = ("open", "late", "tell", "answer", "ready", "preorders", "done")
LISTS = {
    **{f"backorders?tab={tab}": f"backorders, {tab}" for tab in TABS},
    "backorders?sort=ships": "backorders, soonest first",
    "backorders?channel=9": "backorders, a channel without any",
    "backorders?group=9": "backorders, a group without any",
    "backorders?channel=3": "backorders, a channel with many, none of them open",
    "backorders?supplier=Nobody": "backorders, a supplier of nothing",
    "backorders?q=grace7@": "backorders, one address",
    "backorders?q=mug7": "backorders, an item by name",
    "backorders?q=zzz": "backorders, nothing found",
    "products": "products",
    "products?state=closed": "products, none in that state",
    "products?q=mug7": "products, by name",
    "products?q=zzz": "products, nothing found",
    **{f"incoming?tab={tab}": f"incoming, {tab}" for tab in ("coming", "late", "undated", "closed")},
    "incoming?supplier=Nobody": "incoming, a supplier of nothing",
    "waitlist": "waitlist",
}


def measure_lists() -> Measured:
    rows: Rows = {}
    for count in (FEW, MANY):
        with TemporaryDirectory(prefix="backorder-bench-") as folder:
            plugin = build(Settings(data_dir=Path(folder), redis_url=f"unix://{folder}/none"))
            fill(plugin)
            write(plugin.engine, count)
            app = create_app(plugin)
            for path, label in LISTS.items():
                rows[f"{label}, {count:,} rows"] = {"ms": answered(app, path)}
            if count == MANY and os.environ.get("BENCH_PLANS"):
                print_plans(plugin, app)
            plugin.engine.dispose()
    goals = tuple(Goal(f"{label}, {MANY:,} rows", "ms", f"{label}, {FEW:,} rows") for label in LISTS.values())
    return Measured(rows, goals)


def answered(app: Flask, path: str) -> float:
    """The usual time of one page on the processor, in ms: what else the machine does is not counted."""
    times = []
    for _ in range(TIMES):
        started = process_time()
        assert get(app, path).status_code == 200
        times.append((process_time() - started) * 1000)
    return median(times)


def get(app: Flask, path: str) -> Any:
    sessions = app.extensions[SESSIONS]
    token = sessions.token(sessions.begin(STORE, 1))
    return app.test_client().get(f"/app/{STORE}/{path}", headers={"Authorization": f"Bearer {token}"})


def write(engine: Engine, count: int) -> None:
    for table, row in (
        (tables.products, product),
        (tables.items, item),
        (tables.item_words, word),
        (tables.orders, order),
        (tables.order_lines, line),
        (tables.shipments, shipment),
        (tables.shipment_lines, shipment_line),
        (tables.waitlist, person),
    ):
        twice = 2 if table in (tables.orders, tables.order_lines) else 1
        insert_all(engine, table, (row(number, count) for number in range(twice * count)))
    with engine.begin() as connection:
        recount(connection, STORE)
        connection.exec_driver_sql("ANALYZE")


def insert_all(engine: Engine, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, STEP)):
        with engine.begin() as connection:
            connection.execute(insert(table), some)


def product(number: int, _count: int) -> dict[str, Any]:
    return {
        "tenant_id": STORE,
        "product_id": FIRST + number,
        "name": f"Mug{number} of clay",
        "sku": f"CLAY-{number}",
        "tracking": Tracking.PRODUCT,
        "categories": [],
        "texts": ProductTexts(),
        "url": "",
        "image_url": "",
    }


def item(number: int, _count: int) -> dict[str, Any]:
    return {
        "tenant_id": STORE,
        "item_id": str(FIRST + number),
        "product_id": FIRST + number,
        "label": "",
        "sku": f"CLAY-{number}",
        "availability": Availability.BACKORDER if number % 2 else Availability.PLAIN,
        "owed": number % 2,
        "is_past_zero": bool(number % 2),
    }


def word(number: int, _count: int) -> dict[str, Any]:
    return {
        "tenant_id": STORE,
        "word": f"mug{number}",
        "item_id": str(FIRST + number),
        "product_id": FIRST + number,
    }


def order(number: int, count: int) -> dict[str, Any]:
    placed = START + timedelta(seconds=number)
    return {
        "tenant_id": STORE,
        "order_id": FIRST + number,
        "stage": OrderStage.OPEN if number < count else OrderStage.CLOSED,
        "status_id": 11 if number < count else 2,
        "placed_at": placed,
        "modified_at": placed,
        "channel_id": channel(number, count),
        "email": f"grace{number}@example.com",
        "shopper_name": f"Grace {number}",
        "locale": "en",
        "customer_id": number,
        "country": "US",
        "staff_notes": "",
        "is_history": False,
        "customer_group": 1 + number % 3,
        "mail_key": f"grace{number}@example.com",
        "name_key": f"grace {number}",
        "surname_key": str(number),
    }


def channel(number: int, count: int) -> int:
    """What is done was sold by a channel of its own."""
    return 1 + number % 2 if number < count else 3


def line(number: int, count: int) -> dict[str, Any]:
    """Of those that are open a third is late, a fifth to tell, a fifth awaits an answer, a quarter is ready."""
    is_open, day = number < count, START.date() + timedelta(days=number % 200)
    is_ready = number % 4 == 0
    return {
        "tenant_id": STORE,
        "order_id": FIRST + number,
        "line_id": FIRST + number,
        "position": 0,
        "item_id": str(FIRST + number % count),
        "product_id": FIRST + number % count,
        "name": f"Mug{number % count} of clay",
        "sku": f"CLAY-{number % count}",
        "quantity": 2,
        "shipped": 0 if is_open else 2,
        "refunded": 0,
        "allocated": int(is_ready) if is_open else 0,
        "taken": 0,
        "owed": int(is_open),
        "holds_units": is_open,
        "is_waiting": is_open,
        "queue_time": START + timedelta(seconds=number),
        "why": "First come, first served.",
        "promised_on": day,
        "channel_id": channel(number, count),
        "is_backorder": True,
        "is_late": is_open and number % 3 == 0,
        "is_preorder": number % 2 == 0,
        "ships_on": day,
        "wants": {0: Wants.TELL, 1: Wants.ANSWER}.get(number % 5) if is_open else None,
    }


def shipment(number: int, _count: int) -> dict[str, Any]:
    """Half of them closed; of the others a tenth without a date and the rest spread over two years."""
    is_open, is_dated = number % 2 == 0, number % 20 != 0
    day = date(2026, 1, 1) + timedelta(days=number % 730)
    return {
        "tenant_id": STORE,
        "id": FIRST + number,
        "supplier": f"Supplier {number % 50}",
        "reference": f"PO-{number}",
        "eta_earliest": day if is_dated else None,
        "eta_latest": day if is_dated else None,
        "eta_source": "",
        "location_id": 1,
        "state": ShipmentState.ANNOUNCED if is_open else ShipmentState.RECEIVED,
        "brings_more": is_open,
    }


def shipment_line(number: int, count: int) -> dict[str, Any]:
    return {
        "tenant_id": STORE,
        "shipment_id": FIRST + number,
        "item_id": str(FIRST + number % count),
        "position": 0,
        "quantity": 10,
        "received": 0 if number % 2 == 0 else 10,
    }


def person(number: int, count: int) -> dict[str, Any]:
    """Half of all want the same item; every tenth has been told."""
    was_told = number % 10 == 0
    asked = START + timedelta(seconds=number)
    return {
        "tenant_id": STORE,
        "id": FIRST + number,
        "item_id": str(FIRST) if number < count // 2 else str(FIRST + number % 60),
        "email": f"ann{number}@example.com",
        "locale": "en",
        "quantity": 1,
        "state": WaitlistState.TOLD if was_told else WaitlistState.WAITING,
        "is_waiting": not was_told,
        "asked_at": asked,
        "changed_at": asked,
        "told_at": asked.replace(hour=0, minute=0, second=0) if was_told else None,
    }


def print_plans(plugin: Plugin, app: Flask) -> None:
    for path in LISTS:
        print(f"\n{path}")
        for plan in plans(plugin.engine, lambda path=path: get(app, path)):  # type: ignore[misc]
            print(f"  {plan}")


def plans(engine: Engine, ask: Callable[[], object]) -> list[str]:
    """How SQLite answers what is asked of order lines, items, shipments and the waitlist, in its own words."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    found: dict[str, None] = {}
    with engine.connect() as connection:
        for statement, parameters in asked:
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            found["; ".join(step[3] for step in steps)] = None
    return list(found)

"""A year of orders behind it against a day: what screens, a drain and the clock cost then.

One order is sold, shipped and told of through the real services; its rows are then laid down once more for every order of
the past, with other ids and moments. What is measured runs before and after that, in the same database.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from statistics import median
from time import process_time
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from bench.figures import Goal, Measured, Rows
from bench.stage import Stage, open_stage
from plugin.adapters.db import tables
from plugin.domain.ids import TenantId
from plugin.sandbox.actions import shipping
from plugin.sandbox.store import Store
from plugin.web.app import create_app
from plugin.web.current import SESSIONS
from workers import schedule

STORE = TenantId("bench")
A_DAY, ORDERS_A_DAY = 100, 100
STEP = 2_000
TIMES = 7
BATCH = 40
SOLD = f"{BATCH} orders sold, drained and published"
ONE_ORDER = (
    tables.orders,
    tables.order_lines,
    tables.told,
    tables.tellings,
    tables.notices,
    tables.outbox,
    tables.publications,
    tables.stock_moves,
    tables.inbox,
    tables.journal,
)
"""What an order leaves behind; parents first."""
KEPT_A_WEEK = tables.inbox
SCREENS = {
    "": "home",
    "backorders": "backorders",
    "backorders?tab=done": "backorders that are done",
    "products": "products",
    "incoming": "incoming",
    "messages/sent": "sent messages",
    "activity": "activity",
    "waitlist": "waitlist",
}


def measure(seconds: float) -> Measured:
    """A year of a hundred orders a day; with less than three seconds a round, a month."""
    days = 365 if seconds >= 3 else 30
    rows: Rows = {}
    with open_stage(hold=0) as stage:
        store, products = stage.open_store(STORE, items=200, on_hand=0)
        stage.settle()
        template = rows_of_one_order(stage, store, products[0])
        for number in range(BATCH * 3):
            stage.buy(store, products[number % 50])
        stage.settle()
        lay_down(stage, template, first=0, count=A_DAY, span=timedelta(days=1))
        work = _works(stage, store, products)
        work[SOLD]()
        short = {label: _figures(measured) for label, measured in work.items()}
        lay_down(stage, template, first=A_DAY, count=days * ORDERS_A_DAY - A_DAY, span=timedelta(days=days))
        stage.plugin.directory.prune(at=stage.time.now())
        for label, measured in work.items():
            rows[f"{label}, a day behind it"] = short[label]
            rows[f"{label}, {days} days behind it"] = _figures(measured)
        rows[f"database, {days} days"] = {"MB": size_of(stage) / 1e6}
    pairs = [label for label in rows if label.endswith(f"{days} days behind it")]
    goals = tuple(Goal(row, "ms", f"{row.rpartition(',')[0]}, a day behind it", most=1.2) for row in pairs)
    return Measured(rows, goals)


def _works(stage: Stage, store: Store, products: list[int]) -> dict[str, Callable[[], object]]:
    ask = asking(stage)

    def drain() -> None:
        """Of other items each time, so that it is history that grows and not the queue of an item."""
        for _ in range(BATCH):
            stage.buy(store, products[next(stage.numbers) % len(products)])
        stage.play(stage.time.at + 30)

    works = {label: ask(path) for path, label in SCREENS.items()}
    works[SOLD] = drain
    works["the clock's look at what is due"] = lambda: schedule.wake_due(stage.plugin)
    return works


def asking(stage: Stage) -> Callable[[str], Callable[[], object]]:
    """Makes a request for a screen, as a merchant who has opened the app."""
    app = create_app(stage.plugin)
    sessions = app.extensions[SESSIONS]
    ticket = {"Authorization": f"Bearer {sessions.token(sessions.begin(STORE, 1))}"}
    client = app.test_client()

    def screen(path: str) -> Callable[[], object]:
        def ask() -> None:
            answer = client.get(f"/app/{STORE}/{path}", headers=ticket)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status}")

        return ask

    return screen


def _figures(work: Callable[[], object]) -> dict[str, float]:
    """The usual processor time of it, the first time left out; what takes long is done less often."""
    started = process_time()
    work()
    spent = []
    for _ in range(TIMES if process_time() - started < 0.5 else 3):
        started = process_time()
        work()
        spent.append((process_time() - started) * 1000)
    return {"ms": median(spent)}


def rows_of_one_order(stage: Stage, store: Store, product: int) -> dict[Table, list[Mapping[str, Any]]]:
    """Everything that one order leaves behind when it was owed, told of, received and shipped."""
    with stage.plugin.engine.connect() as connection:
        before = {table: _last(connection, table) for table in ONE_ORDER if "id" in table.c}
    placed = stage.buy(store, product)
    stage.settle()
    stage.receive(store, product, 1)
    stage.settle()
    shipping.ship(stage.sandbox.world, store, placed.id)
    stage.settle()
    with stage.plugin.engine.connect() as connection:
        return {table: _rows(connection, table, placed.id, before.get(table, 0)) for table in ONE_ORDER}


def _rows(connection: Connection, table: Table, order: int, after: int) -> list[Mapping[str, Any]]:
    query = select(table).where(table.c.tenant_id == STORE)
    if "id" in table.c and table is not tables.orders:
        query = query.where(table.c.id > after)
    elif "order_id" in table.c:
        query = query.where(table.c.order_id == order)
    elif "target" in table.c:
        query = query.where(table.c.target == str(order))
    return [dict(row) for row in connection.execute(query).mappings()]


def _last(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.max(table.c.id)).where(table.c.tenant_id == STORE)).scalar() or 0


def lay_down(
    stage: Stage, template: Mapping[Table, list[Mapping[str, Any]]], *, first: int, count: int, span: timedelta
) -> None:
    """The order's rows once more for each order of the past, evenly over the time."""
    [order] = template[tables.orders]
    with stage.plugin.engine.begin() as connection:
        for table, rows in template.items():
            start = _last(connection, table) if "id" in table.c and table is not tables.orders else 0
            for begin in range(0, count, STEP):
                copies = [
                    _copied(
                        row,
                        table,
                        order,
                        number=first + number,
                        back=span * (1 - number / count),
                        start=start,
                        place=place,
                        each=len(rows),
                    )
                    for number in range(begin, min(count, begin + STEP))
                    for place, row in enumerate(rows)
                    if table is not KEPT_A_WEEK or span * (1 - number / count) < timedelta(days=7)
                ]
                if copies:
                    connection.execute(insert(table), copies)
        connection.execute(update(tables.counters).values(last=tables.counters.c.last + 100 * count))


def _copied(
    row: Mapping[str, Any],
    table: Table,
    order: Mapping[str, Any],
    *,
    number: int,
    back: timedelta,
    start: int,
    place: int,
    each: int,
) -> dict[str, Any]:
    old, new = order["order_id"], 10_000_000 + number
    changed: dict[str, Any] = {}
    for name, value in row.items():
        if name == "id" and table is not tables.orders:
            changed[name] = start + 1 + number * each + place
        elif name in {"order_id", "line_id"} and value is not None:
            changed[name] = value + new
        elif isinstance(value, datetime) and name != "due_at":
            changed[name] = value - back
        elif isinstance(value, date) and not isinstance(value, datetime):
            changed[name] = value - timedelta(days=back.days)
        elif name in {"key", "message_key", "about", "target", "dedupe_key"} and value:
            changed[name] = f"{value}-{new}" if str(old) not in value else value.replace(str(old), str(old + new))
        else:
            changed[name] = value
    return changed


def size_of(stage: Stage) -> int:
    folder = stage.plugin.settings.data_dir
    return sum(file.stat().st_size for file in folder.glob("backorder.sqlite3*"))

"""`backorder torture --migration LINES`: an old database with so many order lines comes to the newest schema under load.

While it is migrated, webhooks come at a steady pace and are stored as the receiver stores them; what could not be is sent
again, as BigCommerce does. In the end none is missing, and it is told how long they had to wait.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import click
from sqlalchemy import DateTime, Engine, bindparam, text

from plugin.adapters.clock import SystemClock
from plugin.adapters.db.engine import make_engine, reading, writing
from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.migrations.migrate import SchemaState, migrate, schema_state
from plugin.domain.ids import TenantId
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from plugin.settings import Settings

FIRST = "0001_initial"
STORE = TenantId("large")
WEBHOOKS_PER_SECOND = 50
LINES_PER_ORDER = 2
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
FILL = {
    "tenants": (
        "INSERT INTO tenants (tenant_id, state, connected_at, profile, inventory, settings, has_native_backorders, "
        "default_location, setup_step, problem, scopes, hook_secret) "
        "SELECT 'large', 'connected', :at, '{}', '{}', '{}', true, 1, '', '', '[]', 's' FROM n WHERE i = 1"
    ),
    "orders": (
        "INSERT INTO orders (tenant_id, order_id, stage, status_id, placed_at, modified_at, channel_id, email, "
        "shopper_name, locale, customer_id, country, staff_notes, is_history) "
        "SELECT 'large', i, 'open', 11, :at, :at, 1, 'Shopper' || i || '@example.com', 'Shopper ' || i, 'en', 0, 'US', "
        "'', false FROM n"
    ),
    "order_lines": (
        "INSERT INTO order_lines (tenant_id, order_id, line_id, position, item_id, product_id, name, sku, quantity, "
        "shipped, refunded, allocated, taken, owed, holds_units, is_waiting, queue_time, why) "
        "SELECT 'large', (i + 1) / 2, i, 0, CAST(i % 1000 + 1 AS TEXT), i % 1000 + 1, 'Mug', 'MUG', 1, "
        "0, 0, 0, 0, 1, i % 10 = 0, i % 10 = 0, :at, '{}' FROM n"
    ),
}
"""Nine lines in ten are history, as in a store that has sold for years."""


@dataclass(slots=True)
class Deliveries:
    """Webhooks, one after the other at a steady pace, until it is over."""

    inbox: DurableInbox
    is_over: Event = field(default_factory=Event)
    taken: int = 0
    refused: int = 0
    longest: float = 0.0

    def run(self) -> None:
        due = time.monotonic()
        while not self.is_over.wait(max(0.0, due - time.monotonic())):
            due += 1 / WEBHOOKS_PER_SECOND
            self._deliver(self.taken)

    def _deliver(self, number: int) -> None:
        """Said again until it is stored; the wait is that of the shop, from the first try on."""
        began = time.monotonic()
        envelope = Envelope(STORE, "store/order/updated", f"event-{number}", f'{{"data": {{"id": {number}}}}}')
        while True:
            try:
                self.inbox.store([envelope])
            except RetryLater:
                self.refused += 1
                continue
            self.taken += 1
            self.longest = max(self.longest, time.monotonic() - began)
            return


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it took, and what is wrong; `broken` empty where all is well."""

    seconds: float
    deliveries: Deliveries
    broken: tuple[str, ...]


def migrate_under_load(
    database_url: str, *, directory: Path, lines: int, say: Callable[[str], None] = print
) -> Outcome:
    """Fill an empty database of the first version, then migrate it while webhooks come."""
    given = {"data_dir": directory, **({"database_url": database_url} if database_url else {})}
    engine = make_engine(Settings.model_validate(given).database_url)
    try:
        if schema_state(engine) is not SchemaState.EMPTY:
            raise click.ClickException(f"{engine.url} is not empty; name a new database.")
        _fill(engine, lines)
        say(f"{engine.dialect.name}, {lines:,} order lines of {-(-lines // LINES_PER_ORDER):,} orders: migrating …")
        outcome = _migrate(engine, lines)
    finally:
        engine.dispose()
    done = outcome.deliveries
    say(
        f"Migrated in {outcome.seconds:.1f} s. Meanwhile {done.taken:,} webhooks were stored, {done.refused:,} tries "
        f"refused; the longest wait of one was {done.longest:.1f} s."
    )
    for problem in outcome.broken:
        say(f"  ✗ {problem}")
    return outcome


def _fill(engine: Engine, lines: int) -> None:
    migrate(engine, to=FIRST)
    at = bindparam("at", datetime(2026, 3, 2, 9, tzinfo=UTC), type_=DateTime(timezone=True))
    with writing(engine) as connection:
        for table, insert in FILL.items():
            count = lines if table == "order_lines" else -(-lines // LINES_PER_ORDER)
            connection.execute(text(_with_numbers(insert, engine.dialect.name)).bindparams(at), {"count": count})


def _with_numbers(insert: str, dialect: str) -> str:
    return NUMBERS + insert if dialect == "sqlite" else insert.replace("FROM n", "FROM generate_series(1, :count) n(i)")


def _migrate(engine: Engine, lines: int) -> Outcome:
    deliveries = Deliveries(DurableInbox(engine, SystemClock()))
    thread = Thread(target=deliveries.run, name="deliveries")
    thread.start()
    began = time.monotonic()
    try:
        migrate(engine)
        seconds = time.monotonic() - began
    finally:
        deliveries.is_over.set()
        thread.join()
        deliveries.inbox.close()
    return Outcome(seconds, deliveries, tuple(_broken(engine, deliveries.taken, lines)))


def _broken(engine: Engine, taken: int, lines: int) -> list[str]:
    with reading(engine) as connection:
        stored = connection.execute(text("SELECT count(*), count(DISTINCT dedupe_key) FROM inbox")).one()
        kept = connection.execute(text("SELECT count(*) FROM order_lines WHERE channel_id = 1")).scalar_one()
    found = {
        f"{stored} webhooks and different ones are stored, {taken} were taken.": tuple(stored) == (taken, taken),
        f"{kept} order lines of {lines} are there.": kept == lines,
        f"The schema is {schema_state(engine)}.": schema_state(engine) is SchemaState.HEAD,
    }
    return [problem for problem, is_well in found.items() if not is_well]

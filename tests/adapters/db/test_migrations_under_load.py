"""A database with rows in it comes to the newest schema while the receiver goes on: nothing that was stored is lost."""

from contextlib import suppress
from threading import Event, Thread

import pytest
from sqlalchemy import text

from plugin.adapters.db.engine import make_engine, writing
from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.migrations.migrate import SchemaState, migrate, schema_state
from plugin.demo.large_migration import FIRST, migrate_under_load
from plugin.domain.ids import TenantId
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from tests.adapters.db.conftest import drop_all
from tests.fakes.clock import FakeClock

ADA = TenantId("ada")
ROWS = 400
STORE = text(
    "INSERT INTO tenants (tenant_id, state, connected_at, profile, inventory, settings, has_native_backorders,"
    " default_location, setup_step, problem, scopes, hook_secret)"
    " VALUES ('ada', 'connected', '2026-03-02 09:00:00.000000', '{}', '{}', '{}', true, 1, '', '', '[]', 's')"
)


@pytest.fixture
def old(database_url):
    """An engine on a database of the first version."""
    engine = make_engine(database_url)
    drop_all(engine)
    migrate(engine, to=FIRST)
    with writing(engine) as connection:
        connection.execute(STORE)
    yield engine
    drop_all(engine)
    engine.dispose()


def an_event(number):
    return Envelope(ADA, "store/order/updated", f"event-{number}", f'{{"data": {{"id": {number}}}}}')


class Receiver(Thread):
    """Takes one webhook after the other until it is stopped; what it could not store comes again, as the platform does."""

    def __init__(self, inbox, first):
        super().__init__()
        self.inbox, self.next = inbox, first
        self.is_over, self.has_begun = Event(), Event()

    def run(self):
        while not self.is_over.is_set():
            with suppress(RetryLater):
                self.inbox.store([an_event(self.next)])
                self.next += 1
                self.has_begun.set()


def test_nothing_is_lost_while_a_full_database_is_migrated_and_webhooks_come(old):
    inbox = DurableInbox(old, FakeClock())
    for number in range(ROWS):
        inbox.store([an_event(number)])
    receiver = Receiver(inbox, ROWS)
    receiver.start()
    assert receiver.has_begun.wait(10)
    before = receiver.next
    try:
        migrate(old)
        inbox.store([an_event(10**6)])
    finally:
        receiver.is_over.set()
        receiver.join(30)
        inbox.close()
    assert schema_state(old) is SchemaState.HEAD
    with old.connect() as connection:
        stored = connection.execute(text("SELECT dedupe_key FROM inbox ORDER BY id")).scalars().all()
    assert receiver.next >= before > ROWS
    assert sorted(stored) == sorted([f"event-{number}" for number in range(receiver.next)] + ["event-1000000"])


def test_the_large_one_that_a_person_starts_tells_what_webhooks_felt(old, tmp_path):
    drop_all(old)
    said = []
    address = old.url.render_as_string(hide_password=False)
    outcome = migrate_under_load(address, directory=tmp_path, lines=1001, say=said.append)
    assert (outcome.broken, schema_state(old)) == ((), SchemaState.HEAD)
    assert said[0] == f"{old.dialect.name}, 1,001 order lines of 501 orders: migrating …"
    assert said[1].startswith("Migrated in ")
    with old.connect() as connection:
        kept = connection.execute(
            text("SELECT count(*), sum(CASE WHEN is_backorder THEN 1 ELSE 0 END) FROM order_lines")
        )
        assert tuple(kept.one()) == (1001, 100)


def test_a_worker_in_the_way_is_waited_for_even_where_both_wait_for_each_other(old):
    """PostgreSQL ends the migration, as the worker has more patience here; it is done again, and the worker's work stays."""
    if old.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time.")
    migration = Thread(target=migrate, args=(old,))
    with old.begin() as worker:
        worker.execute(text("SET LOCAL deadlock_timeout = '60s'"))
        worker.execute(text("SET LOCAL lock_timeout = '60s'"))
        worker.execute(text("UPDATE tenants SET problem = 'seen'"))
        migration.start()
        wait_until_somebody_waits(old)
        worker.execute(text("UPDATE inbox SET attempts = 0"))
    migration.join(30)
    assert schema_state(old) is SchemaState.HEAD
    with old.connect() as connection:
        assert connection.execute(text("SELECT problem FROM tenants")).scalar_one() == "seen"


def wait_until_somebody_waits(engine):
    pause = Event()
    for _ in range(1000):
        with engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
        pause.wait(0.01)
    pytest.fail("The migration never had to wait.")

"""The whole app against the sandbox in one process: real HTTP, real webhooks, real Redis, a real worker, real mail.

`settle()` lets everything that is on its way arrive: webhooks are delivered, due rows woken, jobs run, until quiet.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.adapters.db.migrations.migrate import migrate
from plugin.adapters.queue import QUEUES, make_queue
from plugin.bootstrap import Plugin
from plugin.domain.ids import ItemId, TenantId
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.store import ConnectionState
from plugin.sandbox import login
from plugin.sandbox.actions import buying, stockroom
from plugin.sandbox.actions.buying import Wanted
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.order import Order
from plugin.sandbox.people import Address
from plugin.sandbox.server import Sandbox, create_sandbox
from plugin.sandbox.stock import Cell
from plugin.sandbox.store import Store
from plugin.sandbox.switches import Switches
from plugin.web.app import create_app
from tests.asgi import with_receiver
from workers import jobs
from workers.__main__ import InProcessWorker
from workers.schedule import look_after_stores, wake_due

RED_MUG = 111
STORE = "harborpine"
NATIVE, VIRTUAL = True, False
MONDAY_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""In New York, before the warehouse's cut-off; the clocks run on from there, whatever day it is outside."""


class NoTimeLimit(BaseDeathPenalty):
    """RQ's own limit needs signals of the main thread."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class TestWorker(InProcessWorker):
    """Nobody stops it from outside, so it need not listen for that; hanging up would take a fifth of a second."""

    __test__ = False
    death_penalty_class = NoTimeLimit

    def subscribe(self) -> None:
        pass

    def unsubscribe(self) -> None:
        pass


class Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        pass


@dataclass
class Stage:
    sandbox: Sandbox
    plugin: Plugin
    url: str
    worker: InProcessWorker
    rests: tuple[float, ...] = (61,)
    """How long the world takes to come to rest, in seconds of its own clock: a look again, a reconcile, …"""

    @property
    def store(self) -> Store:
        return self.sandbox.world.stores[STORE]

    @property
    def tenant(self) -> TenantId:
        return TenantId(STORE)

    def settle(self, rounds: int = 200) -> None:
        for _ in range(rounds):
            self._let_late_webhooks_come()
            assert self.sandbox.world.webhooks.wait_until_drained(60)
            wake_due(self.plugin)
            ran = self.worker.work(burst=True, logging_level=logging.CRITICAL, with_scheduler=False)
            self._no_job_failed()
            if not ran and self.sandbox.world.webhooks.wait_until_drained(60) and not self._due():
                if not self.sandbox.world.has_pending_writes:
                    return
                self._let_writes_become_visible()
        pytest.fail("The app does not come to rest.")

    def run_jobs(self) -> None:
        """What is due and what was queued, without waiting for webhooks that are held back."""
        wake_due(self.plugin)
        self.worker.work(burst=True, logging_level=logging.CRITICAL, with_scheduler=False)
        self._no_job_failed()

    def _let_late_webhooks_come(self) -> None:
        late = self.sandbox.world.switches.webhook_shuffle_seconds
        if late and self.sandbox.world.webhooks.waiting:
            self.sandbox.world.clock.move(late)

    def _let_writes_become_visible(self) -> None:
        world = self.sandbox.world
        world.clock.move(world.switches.inventory_delay_ms / 1000)
        world.settle()

    def _no_job_failed(self) -> None:
        for queue in self.worker.queues:
            for job_id in FailedJobRegistry(queue=queue).get_job_ids():
                job = queue.fetch_job(job_id)
                pytest.fail(f"{job.description}\n{job.latest_result().exc_string}")

    def _due(self) -> bool:
        now, directory = self.plugin.clock.now(), self.plugin.directory
        return bool(
            directory.with_due_events(at=now)
            or directory.with_due_publications(at=now)
            or directory.with_due_messages(at=now)
        )

    def authorize(self) -> requests.Response:
        """What a browser is sent to on an install, or when the app is authorized anew; settles nothing."""
        answer = requests.Session().get(login.install_url(self.sandbox.world, self.store), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer

    def install(self) -> requests.Response:
        answer = self.authorize()
        self.settle()
        assert self.plugin.directory.find(self.tenant).state is ConnectionState.CONNECTED
        return answer

    def sell_past_zero(self, product: int = RED_MUG, *, limit: int | None = 3, days: int = 10, **more: Any) -> None:
        policy = BackorderPolicy(
            Scope.parse(f"product:{product}"), True, backorder_limit=limit, lead_time=LeadTime(days, days), **more
        )
        self.plugin.policies.save(self.tenant, [policy])
        self.settle()

    def buy(self, quantity: int = 1, product: int = RED_MUG, *, email: str = "jan@example.de", **more: Any) -> Order:
        """Like a shopper at the checkout; settles nothing."""
        wanted = Wanted(product_id=product, quantity=quantity, variant_id=more.pop("variant", 0))
        guest = Address(first_name="Jan", last_name="Kok", email=email, **more.pop("address", {}))
        return buying.place_order(self.sandbox.world, self.store, [wanted], guest=guest, **more)

    def add_product(self, name: str, *, on_hand: int) -> int:
        """A simple product, counted as a whole; returns its id."""
        store, now = self.store, self.sandbox.world.now()
        number = store.next_id("product", 500)
        sku = f"SKU-{number}"
        variant = Variant(id=store.next_id("variant", 2000), product_id=number, sku=sku, sku_id=None)
        product = Product(
            id=number,
            name=name,
            sku=sku,
            price=Decimal(5),
            brand="Kiln",
            categories=[],
            created_at=now,
            modified_at=now,
            variants=[variant],
        )
        store.add_product(product)
        store.cells[store.stock_key(store.products[number], variant.id)] = {1: Cell(on_hand=on_hand)}
        return number

    def set_stock(self, quantity: int, product: int = RED_MUG) -> None:
        stockroom.set_stock(self.sandbox.world, self.store, product, quantity)

    def wait(self, seconds: float) -> None:
        """Let the world's clock run on, for the shop and for the app, then let everything arrive."""
        self.move_clock(seconds)
        look_after_stores(self.plugin)
        self.settle()

    def move_clock(self, seconds: float) -> None:
        """On or back, for the shop and for the app."""
        self.sandbox.world.clock.move(seconds)
        while abs(self.plugin.clock.now() - self.sandbox.world.now()) > timedelta(seconds=1):
            Event().wait(0.02)  # the app looks at the moved clock five times a second

    def come_to_rest(self) -> None:
        """Let everything arrive, also what is looked at again once news has had its time."""
        self.settle()
        for seconds in self.rests:
            self.wait(seconds)

    def switch(self, **switches: Any) -> None:
        """Flip switches of the sandbox while it runs."""
        self.sandbox.world.switches = self.sandbox.world.switches.changed(switches)

    def keep_only_hooks(self, scope: str) -> None:
        self.store.hooks = {number: hook for number, hook in self.store.hooks.items() if hook.scope == scope}

    def mails(self, to: str | None = None) -> list[Any]:
        return list(self.sandbox.mailbox.messages(to))

    def product_page(self, product: int = RED_MUG) -> str:
        answer = requests.Session().get(f"{self.sandbox.url}/shop/{STORE}/products/{product}", timeout=10)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.text)

    def api_calls(self) -> list[Any]:
        return self.sandbox.world.api_calls.calls()


@contextmanager
def on_stage(
    tmp_path: Path,
    redis_url: str,
    database_url: str,
    *,
    native: bool = NATIVE,
    switches: Switches | None = None,
    **config: Any,
) -> Iterator[Stage]:
    """Build and start everything; the store is not installed yet."""
    clock_file = tmp_path / "clock"
    hold = str(config.pop("mail_hold_seconds", 0))
    settings = SandboxConfig(
        seed=config.pop("seed", "small"),
        native_backorders=native,
        clock_file=clock_file,
        starts_at=config.pop("starts_at", MONDAY_MORNING),
        switches=switches or Switches(),
        **config,
    )
    sandbox = create_sandbox(config=settings)
    sandbox.start()
    server = make_server("127.0.0.1", 0, _starting, threaded=True, request_handler=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    sandbox.world.app.app_url = url
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _environment(
            sandbox, url, redis_url, database_url, clock_file, mail_hold_seconds=hold
        ).items():
            patch.setenv(name, value)
        jobs.plugin.cache_clear()
        plugin = jobs.plugin()
        migrate(plugin.engine)
        server.app = with_receiver(create_app(plugin), plugin)
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Stage(sandbox, plugin, url, _worker(plugin))
        finally:
            _stop(server, thread, sandbox, plugin)


def _starting(_environ: Any, _start_response: Any) -> Any:
    raise AssertionError("The app is not built yet.")


def _environment(
    sandbox: Sandbox, url: str, redis_url: str, database_url: str, clock_file: Path, *, mail_hold_seconds: str
) -> dict[str, str]:
    return {
        "BASE_URL": url,
        "API_URL": sandbox.url,
        "LOGIN_URL": sandbox.url,
        "CLIENT_ID": sandbox.config.client_id,
        "CLIENT_SECRET": sandbox.config.client_secret,
        "SECRET_KEY": "a-key-of-the-tests-0123456789abcdef",
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "SMTP_URL": f"smtp://127.0.0.1:{sandbox.mailbox.port}",
        "MAIL_FROM": "Backorder <backorder@example.com>",
        "BOUNCE_ADDRESS": "bounces@example.com",
        "CLOCK_FILE": str(clock_file),
        "MAIL_HOLD_SECONDS": mail_hold_seconds,
        "LOG_LEVEL": "error",
    }


def _worker(plugin: Plugin) -> InProcessWorker:
    connection = plugin.queue._connection
    queues = [make_queue(name, connection) for name in QUEUES]
    return TestWorker(queues, connection=connection, serializer=JSONSerializer)


def _stop(server: BaseWSGIServer, thread: Thread, sandbox: Sandbox, plugin: Plugin) -> None:
    server.shutdown()
    thread.join(5)
    server.server_close()
    sandbox.stop()
    jobs.plugin.cache_clear()
    plugin.inbox_writer.close()
    plugin.outbox.notifier.close()
    plugin.engine.dispose()
    plugin.queue._connection.close()


def item(product: int = RED_MUG) -> ItemId:
    return ItemId(str(product))

"""Shops, the app and time itself in one process: real services, real database and quota, the sandbox's API without a network.

Time moves by what is modelled and what is spent: an answer of the shop takes `ANSWER`, our own work the processor time it
takes, and whoever waits for something later is there at once. One worker, one job after the other, in the queues' order.
"""

import heapq
import logging
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import func, select

from bench.props import Line, Meter, Post, Queue, Time, TimedQuota, Webhooks, add_product
from plugin import bootstrap
from plugin.adapters.bigcommerce.webhooks import open_envelope
from plugin.adapters.db.migrations.migrate import migrate
from plugin.adapters.db.tables import inbox, outbox, publications
from plugin.bootstrap import Plugin
from plugin.domain.ids import TenantId
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.embedded import EmbeddedServer
from plugin.sandbox.actions import buying, stockroom
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.people import Address
from plugin.sandbox.server import Sandbox
from plugin.sandbox.store import Store
from plugin.sandbox.webhooks.hook import Delivery
from plugin.services.ports.directory import AppUser, Grant
from plugin.services.ports.inbox import Envelope
from plugin.settings import Settings
from workers import jobs, schedule

ON_THE_WAY = (0.2, 2.0)
"""Seconds until a webhook is here."""
LOOK = 300
"""Seconds after which the clock looks again where nothing is due."""
MEMORY = Path("/dev/shm")
APP = "https://app.example"


@dataclass
class Stage:
    time: Time
    sandbox: Sandbox
    plugin: Plugin
    line: Line
    queue: Queue
    post: Post
    meter: Meter
    chance: random.Random
    on_the_way: list[tuple[float, int, Any]] = field(default_factory=list)
    """What happens by itself: webhooks that come, and what somebody does, as something to call."""
    gathering: set[TenantId] = field(default_factory=set)
    arrived: list[tuple[float, Envelope]] = field(default_factory=list)
    jobs_done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    numbers: Iterator[int] = field(default_factory=count)
    is_looked_after: bool = True
    """Whether the clock looks after the stores, too: reconcile, a new day."""

    def open_store(self, name: str, *, items: int, on_hand: int, quota: int = 450) -> tuple[Store, list[int]]:
        """A store with simple products, installed, and selling past zero."""
        world = self.sandbox.world
        store = world.stores.get(name) or world.add_store(name, seed="empty")
        world.quotas[name].per_window = quota
        products = [add_product(store, world.now(), on_hand) for _ in range(items)]
        token = world.issue_token(store)
        user = AppUser(1, "ann@example.com", "en", is_owner=True)
        tenant = TenantId(name)
        self.plugin.directory.save_grant(Grant(tenant, token.value, tuple(token.scopes), user), at=self.time.now())
        self.plugin.tenants.set_up(tenant)
        with self.plugin.units(tenant) as work:
            settings = replace(work.tenant().settings, writes_order_notes=False)
            work.save_tenant(replace(work.tenant(), settings=settings))
            work.commit()
        policy = BackorderPolicy(Scope.parse("store"), enabled=True, backorder_limit=1000, lead_time=LeadTime(5, 5))
        self.plugin.policies.save(tenant, [policy])
        return store, products

    def later(self, at: float, do: Callable[[], Any]) -> None:
        heapq.heappush(self.on_the_way, (at, next(self.numbers), do))

    def deliver(self, delivery: Delivery) -> None:
        self.later(self.time.at + self.chance.uniform(*ON_THE_WAY), lambda: self._arrive(delivery))

    def _arrive(self, delivery: Delivery) -> None:
        envelope = open_envelope(delivery.event.body, message_id=delivery.message_id)
        assert envelope is not None
        self.arrived.append((self.time.at, envelope))
        self.plugin.inbox_writer.store([envelope])
        tenant, gather = envelope.tenant_id, self.plugin.inbox.gather.total_seconds()
        if tenant not in self.gathering:
            self.gathering.add(tenant)
            self.later(self.time.at + gather, lambda: self._wake(tenant))

    def _wake(self, tenant: TenantId) -> None:
        """As the receiver does."""
        self.gathering.discard(tenant)
        self.queue.wake("drain_inbox", tenant)

    def buy(self, store: Store, product: int, quantity: int = 1) -> Any:
        shopper = Address(first_name="Jan", last_name="Kok", email=f"jan{next(self.numbers)}@example.com")
        return buying.place_order(
            self.sandbox.world, store, [buying.Wanted(product_id=product, quantity=quantity)], guest=shopper
        )

    def receive(self, store: Store, product: int, units: int) -> None:
        stockroom.receive_goods(self.sandbox.world, store, product, units)

    def play(self, until: float, *, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let everything happen that happens until then, or until it is over."""
        ticked = 0.0
        while self.time.at < until and not is_over():
            while self.on_the_way and self.on_the_way[0][0] <= self.time.at:
                heapq.heappop(self.on_the_way)[2]()
            if self.time.at >= ticked:
                ticked = self.time.at + 1
                self._tick()
            if not self._work():
                self.time.at = max(self.time.at, min(until, self._next_thing(ticked)))

    def settle(self) -> None:
        """Until nothing waits, whenever it is due; for a start without leftovers."""
        self.play(self.time.at + 300)

    def _tick(self) -> None:
        schedule.wake_due(self.plugin)
        if self.is_looked_after:
            schedule.look_after_stores(self.plugin)

    def _work(self) -> bool:
        job = self.queue.take()
        if job is None:
            return False
        self.jobs_done[job[0]] += 1
        self.line.job = job[0]
        self.meter.go()
        getattr(jobs, job[0])(*job[1:])
        self.meter.stop()
        return True

    def _next_thing(self, next_tick: float) -> float:
        """The next arrival, or the tick of the clock after the next row is due, or the next look."""
        moments = [self.time.at - self.time.at % LOOK + LOOK]
        if self.on_the_way:
            moments.append(self.on_the_way[0][0])
        with self.plugin.engine.connect() as connection:
            for table in (inbox, outbox, publications):
                due = connection.execute(select(func.min(table.c.due_at)).where(table.c.due_at.is_not(None))).scalar()
                moments += [max(due.timestamp(), next_tick)] if due else []
        return min(moments) + 1e-6


@contextmanager
def open_stage(*, seed: int = 7, others_per_second: float = 0, hold: int = 900) -> Iterator[Stage]:
    """`hold`: how long a mail waits for further news of its order, in seconds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.INFO)
    time = Time()
    sandbox = Sandbox(SandboxConfig(seed="empty", app_url=APP, random_seed=seed, log_size=1))
    world = sandbox.world
    world.clock = time
    world.switches = replace(world.switches, other_apps_calls_per_second=others_per_second, inventory_delay_ms=0)
    world.webhooks = webhooks = Webhooks(world)
    meter = Meter(time)
    line, queue, post = Line(sandbox, time, meter), Queue(), Post(time)
    place = str(MEMORY) if MEMORY.is_dir() else None
    with EmbeddedServer() as server, tempfile.TemporaryDirectory(prefix="backorder-bench-", dir=place) as directory:
        plugin = _built(Path(directory), server.url, hold=hold, time=time, line=line, queue=queue)
        plugin = replace(plugin, outbox=replace(plugin.outbox, notifier=post))
        migrate(plugin.engine)
        jobs.plugin = lambda: plugin  # type: ignore[assignment]
        stage = Stage(time, sandbox, plugin, line, queue, post, meter, random.Random(seed))
        webhooks.deliver = stage.deliver
        try:
            yield stage
        finally:
            plugin.inbox_writer.close()  # type: ignore[attr-defined]
            plugin.engine.dispose()


def _built(directory: Path, redis_url: str, *, hold: int, time: Time, line: Line, queue: Queue) -> Plugin:
    settings = Settings(
        base_url=APP,
        api_url="http://127.0.0.1",
        client_id="bench",
        client_secret=SecretStr("b" * 40),
        secret_key=SecretStr("k" * 40),
        data_dir=directory,
        redis_url=redis_url,
        mail_hold_seconds=hold,
    )
    stand_ins: dict[str, Any] = {
        "SystemClock": lambda _file: time,
        "Connections": lambda: line,
        "RqQueue": lambda _connection: queue,
        "RedisQuota": lambda connection: TimedQuota(connection, time),
    }
    real = {name: getattr(bootstrap, name) for name in stand_ins}
    try:
        for name, stand_in in stand_ins.items():
            setattr(bootstrap, name, stand_in)
        return bootstrap.build(settings)
    finally:
        for name, thing in real.items():
            setattr(bootstrap, name, thing)


def hours(number: float) -> float:
    return number * 3600

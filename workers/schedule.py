"""What runs unasked: a look at the database each second for rows that are due, each minute for stores that need more.

It only wakes jobs, and only those with something to do; two clocks at once do no harm.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from plugin import telemetry
from plugin.bootstrap import Plugin
from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState, Tenant
from plugin.services.errors import RetryLater

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PRUNE_EVERY = timedelta(hours=6)
BOUNCES_EVERY = timedelta(minutes=5)
SCRIPTS_EVERY = timedelta(hours=6)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Clockwork:
    """Runs each duty when its time has come. A database that is away is asked again a second later."""

    plugin: Plugin
    last: dict[str, datetime] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(SECOND.total_seconds()):
            try:
                self.tick()
            except RetryLater as problem:
                log.warning("database_away", reason=problem.reason)

    def tick(self) -> None:
        self._every(SECOND, wake_due)
        self._every(MINUTE, look_after_stores)
        self._every(BOUNCES_EVERY, look_for_bounces)
        self._every(PRUNE_EVERY, prune)
        self._every(SCRIPTS_EVERY, look_after_scripts)

    def _every(self, period: timedelta, duty: Callable[[Plugin], None]) -> None:
        now = self.plugin.clock.now()
        last = self.last.get(duty.__name__)
        if last is None or now - last >= period or now < last:
            self.last[duty.__name__] = now
            duty(self.plugin)


def wake_due(plugin: Plugin) -> None:
    """Events, publications, mails and refunds whose time has come, also those whose worker died."""
    now, directory = plugin.clock.now(), plugin.directory
    due: Mapping[str, Sequence[TenantId]] = {
        "drain_inbox": directory.with_due_events(at=now, gather=plugin.inbox.gather),
        "publish": directory.with_due_publications(at=now),
        "deliver": directory.with_due_messages(at=now),
        "refund": directory.with_due_refunds(at=now),
        "purge_pages": directory.with_due_purges(at=now) if plugin.purging.cache else [],
    }
    for job, tenants in due.items():
        telemetry.STORES_DUE.labels(job).set(len(tenants))
        for tenant in tenants:
            plugin.queue.wake(job, tenant)


def look_after_stores(plugin: Plugin) -> None:
    """Installs and leaves that were interrupted, stores not compared with the shop lately, a new day."""
    for tenant in plugin.directory.all():
        for job in _needed(tenant, plugin):
            plugin.queue.wake(job, tenant.tenant_id)


def _needed(tenant: Tenant, plugin: Plugin) -> list[str]:
    match tenant.state:
        case ConnectionState.INSTALLING:
            return ["set_up"]
        case ConnectionState.LEFT if tenant.setup_step:
            return ["finish_leaving"]
        case ConnectionState.CONNECTED:
            read_until = tenant.orders_read_until
            period = timedelta(minutes=plugin.settings.reconcile_minutes)
            # A moment that is still to come was noted before the clock was set back.
            is_due = read_until is None or not timedelta() <= plugin.clock.now() - read_until < period
            is_unjudged = tenant.judged_day != plugin.clock.today(ZoneInfo(tenant.profile.time_zone))
            wanted = {"new_day": plugin.reconcile.is_new_day(tenant), "judge": is_unjudged, "reconcile": is_due}
            return [job for job, is_wanted in wanted.items() if is_wanted]
        case _:
            return []


def look_for_bounces(plugin: Plugin) -> None:
    """Mails that came back, where the operator named a mailbox for them."""
    if plugin.bounces.mailbox:
        plugin.queue.wake("read_bounces")


def prune(plugin: Plugin) -> None:
    """Forget what has served its time: finished events, stores uninstalled longer ago than we promise to keep, and shoppers."""
    plugin.directory.prune(at=plugin.clock.now())
    for tenant in plugin.directory.all(states=(ConnectionState.CONNECTED, ConnectionState.DISCONNECTED)):
        plugin.queue.wake("forget_old", tenant.tenant_id)


def look_after_scripts(plugin: Plugin) -> None:
    """Stores whose pages load an older script get this version's; also right after an upgrade, when the clock starts."""
    for tenant in plugin.directory.all(states=(ConnectionState.CONNECTED,)):
        plugin.queue.wake("check_script", tenant.tenant_id)

"""The doctor's second half: every installed store, one by one; what is looked at stands in services/checkup.py."""

from collections.abc import Iterator

import redis

from plugin.adapters.bigcommerce.rate_limit import quota_known
from plugin.adapters.queue import connect
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import TenantId
from plugin.domain.store import Tenant
from plugin.services.checkup import Checkup, Remark
from plugin.settings import Settings

LEAST_LEFT_PERCENT = 20


def store_remarks(settings: Settings) -> Iterator[tuple[TenantId, Remark]]:
    """Everything about every store; asks each shop a handful of questions."""
    plugin = build(settings)
    try:
        for tenant in plugin.directory.all():
            for remark in _remarks(plugin, tenant):
                yield tenant.tenant_id, remark
    finally:
        plugin.engine.dispose()


def _remarks(plugin: Plugin, tenant: Tenant) -> Iterator[Remark]:
    checkup = Checkup(
        units=plugin.units,
        directory=plugin.directory,
        stores=plugin.stores,
        clock=plugin.clock,
        wanted_scopes=tuple(scope.name for scope in plugin.manifest.oauth_scopes),
    )
    script, panels = plugin.page_scripts.state(tenant.tenant_id), plugin.page_panels.state(tenant.tenant_id)
    yield from checkup.of(tenant, script=script, panels=panels)
    if tenant.is_live:
        yield _quota(plugin, tenant.tenant_id)


def _quota(plugin: Plugin, tenant: TenantId) -> Remark:
    try:
        known = quota_known(connect(plugin.settings.redis_url or ""), tenant)
    except redis.RedisError:
        return Remark("quota", "note", "not known while the queue server is away")
    if known is None:
        return Remark("quota", "note", "not known: no call lately")
    left, quota = known
    is_plenty = left * 100 >= quota * LEAST_LEFT_PERCENT
    return Remark("quota", "good" if is_plenty else "note", f"{left} of {quota} calls are left in this window")

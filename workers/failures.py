"""What becomes of an error: wait, disconnect, tell the merchant, or fail loudly. Rows remember; no job is retried by RQ.

| error | then |
|---|---|
| RetryLater | quiet: the rows know when they are due, and the clock wakes the job again |
| AccessRevoked | the store is disconnected and its owner told; its queue stops |
| GiveUp | the store shows the reason |
| anything else | the job fails, RQ keeps it, a person looks |
"""

from collections.abc import Callable

import structlog

from plugin import telemetry
from plugin.bootstrap import Plugin
from plugin.domain.ids import TenantId
from plugin.services.causes import Cause, CauseKind, because
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater

log = structlog.get_logger(__name__)


def run(plugin: Plugin, job: str, tenant_id: str, errand: Callable[[TenantId], object]) -> None:
    """Do a store's errand, say so in the log, and translate what goes wrong."""
    tenant = TenantId(tenant_id)
    plugin.queue.woken(job, tenant_id)
    done_for = because(Cause(CauseKind.JOB, job))
    with telemetry.bind(tenant=tenant_id, job=job), telemetry.timed(telemetry.JOB_SECONDS, job), done_for:
        outcome = "failed"
        try:
            outcome = _outcome(plugin, tenant, errand)
        finally:
            telemetry.JOBS.labels(job, outcome).inc()


def run_for_all(plugin: Plugin, job: str, errand: Callable[[], object]) -> None:
    """Do what belongs to no store, or to all of them."""
    plugin.queue.woken(job)
    with telemetry.bind(job=job), telemetry.timed(telemetry.JOB_SECONDS, job):
        outcome = "failed"
        try:
            errand()
            outcome = "done"
        except RetryLater as problem:
            outcome = "later"
            log.warning("later", reason=problem.reason)
        finally:
            telemetry.JOBS.labels(job, outcome).inc()


def _outcome(plugin: Plugin, tenant: TenantId, errand: Callable[[TenantId], object]) -> str:
    try:
        errand(tenant)
    except RetryLater as problem:
        log.info("later", reason=problem.reason, after=problem.after and problem.after.total_seconds())
        return "later"
    except AccessRevoked:
        log.warning("access_revoked")
        plugin.tenants.disconnect(tenant)
        return "revoked"
    except GiveUp as problem:
        log.warning("given_up", reason=problem.reason, explanation=problem.explanation)
        plugin.tenants.note_problem(tenant, problem)
        return "given_up"
    return "done"

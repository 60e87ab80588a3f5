"""Every job: ids in, one call, nothing out. Each may run twice, late, or at the same time as its twin."""

from functools import cache, partial

from plugin.bootstrap import Plugin, build
from plugin.domain.ids import ProductId
from plugin.settings import Settings
from workers.failures import run, run_for_all


@cache
def plugin() -> Plugin:
    """The app of this worker process, built when its first job runs."""
    return build(Settings.from_env())


def drain_inbox(tenant_id: str) -> None:
    run(plugin(), "drain_inbox", tenant_id, plugin().inbox.drain)


def renew_pages(tenant_id: str, *products: int) -> None:
    plugin().queue.woken("renew_pages", tenant_id, *products)
    errand = partial(plugin().storefront.renew, products=[ProductId(product) for product in products])
    run(plugin(), "renew_pages", tenant_id, errand)


def purge_pages(tenant_id: str) -> None:
    run(plugin(), "purge_pages", tenant_id, plugin().purging.purge)


def publish(tenant_id: str) -> None:
    run(plugin(), "publish", tenant_id, plugin().publishing.publish)


def deliver(tenant_id: str) -> None:
    run(plugin(), "deliver", tenant_id, plugin().outbox.deliver_due)


def set_up(tenant_id: str) -> None:
    run(plugin(), "set_up", tenant_id, plugin().tenants.set_up)


def reconcile(tenant_id: str) -> None:
    run(plugin(), "reconcile", tenant_id, plugin().reconcile.resync)


def new_day(tenant_id: str) -> None:
    run(plugin(), "new_day", tenant_id, plugin().reconcile.new_day)


def judge(tenant_id: str) -> None:
    run(plugin(), "judge", tenant_id, plugin().deadlines.judge)


def enforce(tenant_id: str) -> None:
    run(plugin(), "enforce", tenant_id, plugin().deadlines.enforce)


def refund(tenant_id: str) -> None:
    run(plugin(), "refund", tenant_id, plugin().refunds.pay_back)


def forget_old(tenant_id: str) -> None:
    run(plugin(), "forget_old", tenant_id, plugin().privacy.forget_old)


def finish_leaving(tenant_id: str) -> None:
    run(plugin(), "finish_leaving", tenant_id, plugin().tenants.finish_leaving)


def read_bounces() -> None:
    run_for_all(plugin(), "read_bounces", plugin().bounces.read)


def place_script(tenant_id: str) -> None:
    run(plugin(), "place_script", tenant_id, plugin().page_scripts.place)


def check_script(tenant_id: str) -> None:
    run(plugin(), "check_script", tenant_id, plugin().page_scripts.check)

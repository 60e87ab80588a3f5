"""Look for what no webhook told: orders by their modified time, all tracked stock, webhooks that were switched off."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from plugin.domain.ids import ProductId, TenantId, product_of
from plugin.domain.store import Tenant
from plugin.services.again import look_again_later, replan_later
from plugin.services.intake import Intake
from plugin.services.news import News, unheard_since
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units
from plugin.services.retry import ANSWER_LOST_AFTER
from plugin.services.snapshots import calendar_of


@dataclass(frozen=True, slots=True)
class Reconcile:
    units: Units
    stores: Stores
    clock: Clock
    intake: Intake

    def ask(self, tenant_id: TenantId) -> None:
        """Have it done by a worker."""
        with self.units(tenant_id) as work:
            work.wake("reconcile", tenant_id)
            work.commit()

    def resync(self, tenant_id: TenantId) -> None:
        """Read everything that may have been missed. What does not add up even then is looked at again, then repaired."""
        store = self.stores.open(tenant_id)
        started_at = self.clock.now()
        store.keep_hooks()
        self._read_orders(tenant_id, store)
        for levels in store.all_stock():
            unknown = self._unknown(tenant_id, {product_of(level.item_id) for level in levels})
            self._take_over(
                tenant_id, News(levels=tuple(levels), products=tuple(store.products(unknown)), all_orders_known=True)
            )
        with self.units(tenant_id) as work:
            work.save_tenant(replace(work.tenant(), orders_read_until=started_at))
            lost = work.stock.stale_moves(sent_before=started_at - ANSWER_LOST_AFTER)
            if lost:
                look_again_later(work, {each.move.item_id for each in lost}, at=started_at, due_at=started_at)
                work.wake("drain_inbox", tenant_id)
            work.commit()

    def new_day(self, tenant_id: TenantId) -> None:
        """A lead time counts from today, so each working day of the shop moves what the next buyer is told."""
        with self.units(tenant_id) as work:
            tenant, now = work.tenant(), self.clock.now()
            if not self.is_new_day(tenant):
                return
            day = self._working_day(tenant, now)
            replan_later(work, items=work.items.ids_past_zero(), at=now)
            work.save_tenant(replace(work.tenant(), planned_day=day))
            work.commit()

    def is_new_day(self, tenant: Tenant) -> bool:
        """Whether the shop's work has moved on to another day than the one its dates were made for."""
        return tenant.planned_day != self._working_day(tenant, self.clock.now())

    def _working_day(self, tenant: Tenant, now: datetime) -> date:
        return calendar_of(tenant, self.intake.planning.holidays, now.date()).start_of_work(now)

    def _read_orders(self, tenant_id: TenantId, store: Store) -> None:
        with self.units(tenant_id) as work:
            tenant = work.tenant()
        for orders in store.orders_modified_since(unheard_since(store, tenant, self.clock.now())):
            named = {line.product_id for order in orders for line in order.lines if line.product_id}
            products = store.products(self._unknown(tenant_id, named))
            self._take_over(tenant_id, News(orders=tuple(orders), products=tuple(products)))

    def _unknown(self, tenant_id: TenantId, named: set[ProductId]) -> set[ProductId]:
        with self.units(tenant_id) as work:
            return named - work.items.products(named).keys()

    def _take_over(self, tenant_id: TenantId, news: News) -> None:
        with self.units(tenant_id) as work:
            self.intake.take_over(work, news)
            work.commit()

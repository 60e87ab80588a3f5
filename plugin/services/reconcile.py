"""Look for what no webhook told: orders by their modified time, all tracked stock, webhooks that were switched off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from plugin.domain.ids import TenantId, product_of
from plugin.domain.stock import StockLevel
from plugin.domain.store import Tenant
from plugin.services.again import look_again_later, replan_later
from plugin.services.long_reads import LongList, LongReads
from plugin.services.news import News, unheard_since
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.system import Clock, Holidays
from plugin.services.ports.unit_of_work import Units
from plugin.services.retry import ANSWER_LOST_AFTER
from plugin.services.snapshots import calendar_of


@dataclass(frozen=True, slots=True)
class Reconcile:
    units: Units
    stores: Stores
    clock: Clock
    long_reads: LongReads
    holidays: Holidays

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
        with self.units(tenant_id) as work:
            tenant = work.tenant()
        shop_time = store.server_time()
        since = unheard_since(tenant, started_at, shop_time=shop_time)
        self.long_reads.walk_orders(tenant_id, store, since, shop_time=shop_time)
        stock = LongList("stock", store.all_stock, partial(self._levels, tenant_id, store))
        self.long_reads.read(tenant_id, stock)
        with self.units(tenant_id) as work:
            work.save_tenant(replace(work.tenant(), orders_read_until=started_at, list_read=None))
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
        return calendar_of(tenant, self.holidays, now.date()).start_of_work(now)

    def _levels(self, tenant_id: TenantId, store: Store, levels: Sequence[StockLevel]) -> News:
        products = self.long_reads.unknown_products(tenant_id, store, {product_of(level.item_id) for level in levels})
        return News(levels=tuple(levels), products=products, all_orders_known=True)

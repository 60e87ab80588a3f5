"""Hand out and forget what is known of a shopper, on request or when the time the merchant set is over.

Orders that are still open are kept until they are done: what was sold has to be delivered or paid back first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from plugin.domain.errors import require_at_most, require_positive
from plugin.domain.ids import OrderId, TenantId
from plugin.domain.saying import said, said_many
from plugin.domain.store import StoreSettings
from plugin.services.ports.desk import Activity
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units
from plugin.services.waitlist import checked_address

ORDERS_PER_JOB = 500
LONGEST_KEPT_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Erased:
    """`kept` are orders still open; they can be erased once they are done."""

    orders: tuple[OrderId, ...]
    kept: tuple[OrderId, ...]
    waitlist_entries: int


@dataclass(frozen=True, slots=True)
class Privacy:
    units: Units
    clock: Clock

    def export(self, tenant_id: TenantId, email: str) -> Mapping[str, Any]:
        """Everything kept of the person with this address, by subject; empty lists where there is nothing."""
        with self.units(tenant_id) as work:
            return work.people.known_of(checked_address(email))

    def erase(self, tenant_id: TenantId, email: str) -> Erased:
        address, now = checked_address(email), self.clock.now()
        with self.units(tenant_id) as work:
            found = work.people.orders_of(address)
            kept = tuple(order for order, stage in found.items() if stage.holds_units)
            done = tuple(order for order in found if order not in kept)
            work.people.forget_orders(done, at=now)
            gone = work.people.forget_waiting(address)
            what = said(
                "A shopper's data was erased: %(done)s orders, %(gone)s waitlist entries; %(kept)s open orders stay.",
                done=len(done),
                gone=gone,
                kept=len(kept),
            )
            work.journal.add([Activity(now, "erased", "shopper", what)])
            work.commit()
        return Erased(done, kept, gone)

    def keep(self, tenant_id: TenantId, *, shoppers_days: int | None, waitlist_days: int | None) -> StoreSettings:
        """Say how long persons are kept; None leaves it as it is. Returns what holds now."""
        for field, days in (("shoppers_days", shoppers_days), ("waitlist_days", waitlist_days)):
            if days is not None:
                require_positive(field, days)
                require_at_most(field, days, LONGEST_KEPT_DAYS)
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            settings = replace(
                tenant.settings,
                keep_shoppers_days=shoppers_days or tenant.settings.keep_shoppers_days,
                keep_waitlist_days=waitlist_days or tenant.settings.keep_waitlist_days,
            )
            work.save_tenant(replace(tenant, settings=settings))
            work.commit()
        return settings

    def forget_old(self, tenant_id: TenantId) -> None:
        """What the merchant no longer wants kept, a slice at a time; what is left goes to the back of the queue."""
        now = self.clock.now()
        with self.units(tenant_id) as work:
            settings = work.tenant().settings
            work.people.forget_waiting_before(now - timedelta(days=settings.keep_waitlist_days))
            before = now - timedelta(days=settings.keep_shoppers_days)
            old = work.people.done_with(modified_before=before, limit=ORDERS_PER_JOB)
            work.people.forget_orders(old, at=now)
            if old:
                what = said_many(
                    "%(count)s order done before %(day)s no longer names a person.",
                    "%(count)s orders done before %(day)s no longer name a person.",
                    count=len(old),
                    day=before.date(),
                )
                work.journal.add([Activity(now, "erased", "shopper", what)])
            if len(old) == ORDERS_PER_JOB:
                work.wake("forget_old", tenant_id)
            work.commit()

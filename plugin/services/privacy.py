"""Hand out and forget what is known of a shopper, on request or when the time the merchant set is over.

Orders that are still open are kept until they are done: what was sold has to be delivered or paid back first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plugin.domain.ids import OrderId, TenantId
from plugin.services.ports import Activity, Clock, Units
from plugin.services.waitlist import checked_address

ORDERS_PER_JOB = 500


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
            text = f"A shopper's data was erased: {len(done)} orders, {gone} waitlist entries; {len(kept)} open orders stay."
            work.journal.add([Activity(now, "erased", "shopper", text)])
            work.commit()
        return Erased(done, kept, gone)

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
                text = f"{len(old)} orders done before {before:%-d %b %Y} no longer name a person."
                work.journal.add([Activity(now, "erased", "shopper", text)])
            if len(old) == ORDERS_PER_JOB:
                work.wake("forget_old", tenant_id)
            work.commit()

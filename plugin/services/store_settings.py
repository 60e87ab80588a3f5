"""Take over what the merchant decided about their store, and plan anew what follows from it; the drain does that in slices."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from plugin.domain.errors import DomainError
from plugin.domain.ids import TenantId
from plugin.domain.saying import Term, said
from plugin.domain.store import SETUP_STEPS, StoreSettings
from plugin.services.again import replan_later
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units

PLANNED_BY = frozenset(
    {"mode_override", "count_meaning", "working_weekdays", "cut_off", "extra_holidays", "public_holidays"}
)
"""Every date or every level may follow from these. Rules of the queue are services/allocation.py's."""
COMMERCIAL = frozenset({MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN})
"""Mail that must show a postal address: it waits where there is none."""
UNTOLD = frozenset({"setup_done", "trial"})
"""Not worth a line under Activity."""


@dataclass(frozen=True, slots=True)
class SettingsOfStore:
    units: Units
    clock: Clock

    def change(self, tenant_id: TenantId, change: Callable[[StoreSettings], StoreSettings]) -> frozenset[str]:
        """Returns the names of what is different now."""
        now = self.clock.now()
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            settings = change(tenant.settings)
            changed = frozenset(
                field.name
                for field in fields(StoreSettings)
                if getattr(settings, field.name) != getattr(tenant.settings, field.name)
            )
            with_these = replace(tenant, settings=settings)
            work.save_tenant(with_these)
            if changed & PLANNED_BY:
                replan_later(work, items=work.items.ids_past_zero(), at=now)
            if "postal_address" in changed and with_these.postal_address:
                replan_later(work, items=work.waitlist.items_waited_for(), at=now)
                work.messages.release(COMMERCIAL, at=now)
                work.wake("deliver", tenant_id)
            if told := tuple(Term("setting", name) for name in sorted(changed - UNTOLD)):
                what = said("Settings changed: %(settings)s.", settings=told)
                work.journal.add([Activity(now, "settings", "store", what)])
            work.commit()
        return changed

    def tick(self, tenant_id: TenantId, step: str) -> None:
        """A step of the set-up is done; it stays so."""
        if step not in SETUP_STEPS:
            raise DomainError(
                said("step is %(step)r; allowed: %(allowed)s.", step=step, allowed=", ".join(SETUP_STEPS)),
                field="step",
                value=step,
            )
        self.change(
            tenant_id,
            lambda settings: replace(
                settings, setup_done=tuple(each for each in SETUP_STEPS if each == step or each in settings.setup_done)
            ),
        )

"""What a product page would say under a policy, before anybody has saved it: planned as for an item nobody has on hand."""

from dataclasses import dataclass, replace

from plugin.domain.ids import ItemId
from plugin.domain.plan import ItemSnapshot, Offer, Snapshot, StoreRules, make_plan
from plugin.domain.policy import BackorderPolicy
from plugin.domain.stock import StockLevel
from plugin.domain.store import Tenant
from plugin.services.ports.messages import Wording
from plugin.services.ports.system import Clock, Holidays
from plugin.services.snapshots import calendar_of

NO_ITEM = ItemId("1")


@dataclass(frozen=True, slots=True)
class Preview:
    """The sentence beneath the price, and how many may be ordered; None: without a limit."""

    sentence: str
    most: int | None


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    clock: Clock
    holidays: Holidays
    wording: Wording

    def of(self, tenant: Tenant, policy: BackorderPolicy) -> Preview:
        """For an item of this store with nothing on hand and nothing on its way."""
        offer = self.offer(tenant, replace(policy, enabled=True))
        return Preview(self.wording.offer(offer, tenant.profile.written()), offer.on_sale)

    def offer(self, tenant: Tenant, policy: BackorderPolicy) -> Offer:
        now = self.clock.now()
        calendar = calendar_of(tenant, self.holidays, now.date())
        rules = StoreRules(calendar, tenant.mode, tenant.inventory.timing, tenant.default_location)
        level = StockLevel(NO_ITEM, tenant.default_location, on_hand=0)
        item = ItemSnapshot(NO_ITEM, is_tracked=True, policy=policy, levels=(level,), lines=(), shipments=())
        return make_plan(Snapshot(now, rules, (item,))).items[0].offer

"""A limit and a lead time for an item, suggested from what was sold of it and how long its deliveries took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from plugin.domain.calendar import WorkCalendar
from plugin.domain.ids import ItemId, TenantId
from plugin.domain.policy import LeadTime
from plugin.domain.suggestion import (
    WEEKS_LOOKED_AT,
    LeadTimeSuggestion,
    LimitSuggestion,
    NotEnoughData,
    suggest_lead_time,
    suggest_limit,
)
from plugin.domain.supplier import Supplier
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units

ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One shipment that brought units of something: when it was announced, and when the last of them came."""

    supplier: str
    announced_on: date
    received_on: date

    @property
    def working_days(self) -> int:
        return WorkCalendar(ZoneInfo("UTC")).working_days_between(self.announced_on, self.received_on)


class SupplyHistory(Protocol):
    def sold_by_day(self, tenant: TenantId, item: ItemId, *, since: date) -> Mapping[date, int]:
        """Units ordered and not cancelled since."""
        ...

    def deliveries_of(self, tenant: TenantId, item: ItemId) -> tuple[Delivery, ...]:
        """The newest ones."""
        ...

    def deliveries_from(self, tenant: TenantId, supplier: str) -> tuple[Delivery, ...]: ...
    def last_supplier(self, tenant: TenantId, item: ItemId) -> str:
        """Who sent it last, or will; empty where nobody is known."""
        ...


@dataclass(frozen=True, slots=True)
class Suggested:
    limit: LimitSuggestion | NotEnoughData
    lead_time: LeadTimeSuggestion | NotEnoughData


@dataclass(frozen=True, slots=True)
class Suggestions:
    units: Units
    history: SupplyHistory
    clock: Clock

    def ask(self, tenant_id: TenantId, item: ItemId, *, known: LeadTime | None = None) -> Suggested:
        """`known`: the lead time in force, used for the limit where the deliveries say nothing."""
        supplier = self.history.last_supplier(tenant_id, item)
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            described = work.suppliers.get(supplier) if supplier else None
        theirs = self.history.deliveries_from(tenant_id, supplier) if supplier else ()
        ours = self.history.deliveries_of(tenant_id, item)
        lead = suggest_lead_time([each.working_days for each in ours], [each.working_days for each in theirs], supplier)
        zone = ZoneInfo(tenant.profile.time_zone)
        today = self.clock.today(zone)
        weekly = self._weekly(tenant_id, item, today, watched_since=tenant.connected_at.astimezone(zone).date())
        return Suggested(suggest_limit(weekly, _lead_time(lead, known, described)), lead)

    def _weekly(self, tenant_id: TenantId, item: ItemId, today: date, *, watched_since: date) -> list[int]:
        """Units sold in each full week since the store was connected, the newest first."""
        starts = [today - ONE_WEEK * number for number in range(1, WEEKS_LOOKED_AT + 1)]
        watched = [start for start in starts if start >= watched_since]
        if not watched:
            return []
        sold = self.history.sold_by_day(tenant_id, item, since=watched[-1])
        return [sum(units for day, units in sold.items() if start <= day < start + ONE_WEEK) for start in watched]


def _lead_time(
    lead: LeadTimeSuggestion | NotEnoughData, known: LeadTime | None, described: Supplier | None
) -> LeadTime | None:
    """As measured, else as the policy says, else as the supplier is described."""
    if isinstance(lead, LeadTimeSuggestion):
        return lead.lead_time
    return known or (described.lead_time if described else None)

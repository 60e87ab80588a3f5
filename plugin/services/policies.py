"""Change policies; what they cover is planned anew by the next drain."""

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.domain.ids import TenantId
from plugin.domain.policy import BackorderPolicy, Scope
from plugin.services.again import replan_later
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units


@dataclass(frozen=True, slots=True)
class Policies:
    units: Units
    clock: Clock

    def all(self, tenant_id: TenantId) -> list[BackorderPolicy]:
        with self.units(tenant_id) as work:
            return work.policies.all()

    def save(self, tenant_id: TenantId, policies: Sequence[BackorderPolicy]) -> None:
        """All or none; a policy for a scope that has one replaces it."""
        with self.units(tenant_id) as work:
            for policy in policies:
                work.policies.save(policy)
            self._plan_anew(work, [policy.scope for policy in policies])
            work.commit()

    def delete(self, tenant_id: TenantId, scope: Scope) -> bool:
        """False if there was none."""
        with self.units(tenant_id) as work:
            deleted = work.policies.delete(scope)
            if deleted:
                self._plan_anew(work, [scope])
            work.commit()
        return deleted

    def _plan_anew(self, work: UnitOfWork, scopes: Sequence[Scope]) -> None:
        replan_later(work, scopes=[str(scope) for scope in scopes], at=self.clock.now())

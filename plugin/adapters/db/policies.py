"""The merchant's policies, one per scope."""

from sqlalchemy import delete, select

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import policies
from plugin.domain.policy import BackorderPolicy, Scope


class SqlPolicies(Repository):
    def all(self) -> list[BackorderPolicy]:
        """From the store's own to the most specific."""
        query = select(policies.c.policy).where(self._mine(policies))
        found: list[BackorderPolicy] = list(self._connection.execute(query).scalars())
        return sorted(found, key=lambda policy: (policy.scope.kind.specificity, policy.scope.target))

    def get(self, scope: Scope) -> BackorderPolicy | None:
        this = (policies.c.kind == scope.kind) & (policies.c.target == scope.target)
        return self._connection.execute(select(policies.c.policy).where(self._mine(policies), this)).scalar()

    def save(self, policy: BackorderPolicy) -> None:
        scope = policy.scope
        self._upsert(policies, [self._row(kind=scope.kind, target=scope.target, policy=policy)])

    def delete(self, scope: Scope) -> bool:
        this = (policies.c.kind == scope.kind) & (policies.c.target == scope.target)
        return self._connection.execute(delete(policies).where(self._mine(policies), this)).rowcount > 0

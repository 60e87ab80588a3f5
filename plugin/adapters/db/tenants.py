"""One tenant's own row: read it, write what changed of it. Tokens and secrets stay with directory.py."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, select, update

from plugin.adapters.db.tables import tenants
from plugin.domain.ids import TenantId
from plugin.domain.store import Tenant
from plugin.services.errors import NotFound

COLUMNS = tuple(field.name for field in fields(Tenant))
TENANT = select(*(tenants.c[name] for name in COLUMNS))


def read_tenant(connection: Connection, tenant: TenantId) -> Tenant | None:
    row = connection.execute(TENANT.where(tenants.c.tenant_id == tenant)).first()
    return None if row is None else tenant_of(row)


def tenant_of(row: Row[Any]) -> Tenant:
    return Tenant(**{name: row._mapping[name] for name in COLUMNS})  # noqa: SLF001  — SQLAlchemy's public name for it


def values_of(tenant: Tenant) -> dict[str, Any]:
    return {name: getattr(tenant, name) for name in COLUMNS}


class TenantRow:
    """The row as one unit of work sees it. Two workers that change different things do not undo each other."""

    def __init__(self, tenant: TenantId) -> None:
        self._id = tenant
        self._seen: Tenant | None = None

    def get(self, connection: Connection) -> Tenant:
        self._seen = read_tenant(connection, self._id)
        if self._seen is None:
            raise NotFound("store", self._id)
        return self._seen

    def save(self, connection: Connection, tenant: Tenant) -> None:
        if tenant.tenant_id != self._id:
            raise ValueError(f"This unit of work belongs to {self._id}, not to {tenant.tenant_id}.")
        before = values_of(self._seen or self.get(connection))
        changed = {name: value for name, value in values_of(tenant).items() if value != before[name]}
        if changed:
            connection.execute(update(tenants).where(tenants.c.tenant_id == self._id).values(changed))
        self._seen = tenant

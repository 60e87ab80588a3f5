"""Who may come in: the stores that installed the app, their users, their keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from plugin.domain.ids import (
    TenantId,
)
from plugin.domain.saying import NOTHING_SAID, Saying
from plugin.domain.store import ConnectionState, Role, Tenant


@dataclass(frozen=True, slots=True)
class AppUser:
    user_id: int
    email: str
    locale: str
    is_owner: bool
    chosen_role: Role | None = None
    """Given by an owner; None: nobody has."""
    language: str = ""
    """Chosen for our screens; empty: the control panel's."""

    @property
    def role(self) -> Role:
        """The store's owner stays one. Whoever the control panel lets in may work, until an owner says otherwise."""
        return Role.OWNER if self.is_owner else self.chosen_role or Role.MANAGER


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: never the key itself."""

    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token endpoint answered."""

    tenant_id: TenantId
    access_token: str
    scopes: tuple[str, ...]
    user: AppUser


class Directory(Protocol):
    """All tenants: the one place that is not inside a tenant. Knows tokens, users, API keys and who has work waiting."""

    def find(self, tenant: TenantId) -> Tenant | None: ...
    def all(self, *, states: Collection[ConnectionState] = ()) -> list[Tenant]: ...
    def save_grant(self, grant: Grant, *, at: datetime) -> Tenant:
        """Insert or update by store hash; an existing tenant keeps all it has."""
        ...

    def set_state(self, tenant: TenantId, state: ConnectionState, *, problem: Saying = NOTHING_SAID) -> None: ...
    def scopes(self, tenant: TenantId) -> tuple[str, ...]:
        """The OAuth scopes the merchant agreed to."""
        ...

    def access_token(self, tenant: TenantId) -> str:
        """Raises AccessRevoked if there is none."""
        ...

    def hook_secret(self, tenant: TenantId) -> str:
        """The value of the header our webhooks carry as a second factor."""
        ...

    def drop_token(self, tenant: TenantId) -> None: ...
    def save_user(self, tenant: TenantId, user: AppUser) -> None: ...
    def remove_user(self, tenant: TenantId, user_id: int) -> None: ...
    def user(self, tenant: TenantId, user_id: int) -> AppUser | None: ...
    def users(self, tenant: TenantId) -> tuple[AppUser, ...]:
        """By id."""
        ...

    def set_role(self, tenant: TenantId, user_id: int, role: Role) -> bool:
        """False where there is no such user."""
        ...

    def set_language(self, tenant: TenantId, user_id: int, language: str) -> None: ...
    def add_api_key(self, tenant: TenantId, *, name: str, at: datetime) -> str:
        """The key, shown once; only its digest is kept."""
        ...

    def tenant_of_api_key(self, key: str) -> TenantId | None: ...
    def api_keys(self, tenant: TenantId) -> tuple[ApiKey, ...]:
        """By name."""
        ...

    def revoke_api_key(self, tenant: TenantId, name: str) -> bool: ...
    def with_due_events(self, *, at: datetime, gather: timedelta = ...) -> list[TenantId]:
        """Stores with events that are due, fresh webhooks when they have waited so long for others."""
        ...

    def with_due_publications(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_messages(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_refunds(self, *, at: datetime) -> list[TenantId]: ...
    def with_due_purges(self, *, at: datetime) -> list[TenantId]: ...
    def claim_lease(self, tenant: TenantId, name: str, *, at: datetime, until: datetime) -> bool:
        """One drain per store at a time: False while someone else holds the lease of this name."""
        ...

    def release_lease(self, tenant: TenantId, name: str) -> None: ...
    def rotate_keys(self) -> int:
        """Encrypt every token anew with the newest key; returns how many."""
        ...

    def prune(self, *, at: datetime) -> None:
        """Forget finished events older than a week, and erase stores uninstalled longer than 30 days ago."""
        ...

    def erase(self, tenant: TenantId) -> None:
        """Delete every row of the tenant."""
        ...

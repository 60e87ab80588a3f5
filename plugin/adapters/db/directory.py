"""All tenants: the one place that is not inside a tenant. Tokens, users, API keys, leases, and who has work waiting."""

import hashlib
import secrets
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugin.adapters.db.causes import forget_causes
from plugin.adapters.db.engine import reading, writing
from plugin.adapters.db.inbox import is_due
from plugin.adapters.db.repository import insert_into
from plugin.adapters.db.shown import forget_old
from plugin.adapters.db.stock import in_flight_at
from plugin.adapters.db.tables import (
    api_keys,
    cancellations,
    inbox,
    leases,
    metadata,
    outbox,
    page_purges,
    publications,
    stock_moves,
    tenants,
    users,
)
from plugin.adapters.db.tenants import TENANT, read_tenant, tenant_of, values_of
from plugin.adapters.db.waitlist_totals import recount
from plugin.domain.ids import TenantId
from plugin.domain.saying import NOTHING_SAID, Saying, said
from plugin.domain.store import ConnectionState, Role, StoreProfile, Tenant
from plugin.services.errors import AccessRevoked, Conflict, NotFound
from plugin.services.ports.directory import ApiKey, AppUser, Grant
from plugin.services.ports.stock import MoveState

KEY_PREFIX = "bo"
FINISHED_EVENTS_KEPT = timedelta(days=7)
"""How long a webhook that comes twice is known to be the same."""
EVENTS_PER_STEP = 5000
UNINSTALLED_STORES_KEPT = timedelta(days=30)
"""What a reinstall needs to restore the shop is kept this long."""
PUBLISH_LEASE = "publish"
"""The name services/publishing.py claims."""
USER = select(
    users.c.user_id,
    users.c.email,
    users.c.locale,
    users.c.is_owner,
    users.c.role.label("chosen_role"),
    users.c.language,
)
LIVE = (ConnectionState.INSTALLING, ConnectionState.CONNECTED)
NOT_READ_YET = StoreProfile(
    name="",
    country="",
    time_zone="UTC",
    language="en",
    owner_email="",
    order_email="",
    storefront_url="",
    control_panel_url="",
)
"""Until the install has asked the shop who it is."""


class Cipher(Protocol):
    """What keeps secrets unreadable at rest."""

    def encrypt(self, secret: str) -> str: ...
    def decrypt(self, encrypted: str) -> str: ...
    def rotate(self, encrypted: str) -> str: ...


class SqlDirectory:
    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self._engine = engine
        self._cipher = cipher
        self._process = secrets.token_hex(8)

    def find(self, tenant: TenantId) -> Tenant | None:
        with reading(self._engine) as connection:
            return read_tenant(connection, tenant)

    def all(self, *, states: Collection[ConnectionState] = ()) -> list[Tenant]:
        query = TENANT.order_by(tenants.c.tenant_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(tenants.c.state.in_(states)) if states else query)
            return [tenant_of(row) for row in rows]

    def save_grant(self, grant: Grant, *, at: datetime) -> Tenant:
        new = Tenant(grant.tenant_id, ConnectionState.INSTALLING, connected_at=at, profile=NOT_READ_YET)
        token = {"access_token": self._cipher.encrypt(grant.access_token), "scopes": list(grant.scopes)}
        row = {**values_of(new), **token, "hook_secret": self._cipher.encrypt(secrets.token_urlsafe(32))}
        with writing(self._engine) as connection:
            upsert = insert_into(connection, tenants).values(row)
            connection.execute(upsert.on_conflict_do_update(index_elements=["tenant_id"], set_=token))
            _save_user(connection, grant.tenant_id, grant.user)
            saved = read_tenant(connection, grant.tenant_id)
        assert saved is not None
        return saved

    def set_state(self, tenant: TenantId, state: ConnectionState, *, problem: Saying = NOTHING_SAID) -> None:
        self._update(tenant, state=state, problem=problem)

    def scopes(self, tenant: TenantId) -> tuple[str, ...]:
        """The OAuth scopes the merchant agreed to."""
        with reading(self._engine) as connection:
            found = connection.execute(select(tenants.c.scopes).where(tenants.c.tenant_id == tenant)).scalar()
        return tuple(found or ())

    def access_token(self, tenant: TenantId) -> str:
        encrypted = self._secret(tenant, "access_token")
        if not encrypted:
            raise AccessRevoked(said("There is no access token for store %(tenant)s.", tenant=tenant))
        return self._cipher.decrypt(encrypted)

    def hook_secret(self, tenant: TenantId) -> str:
        encrypted = self._secret(tenant, "hook_secret")
        if not encrypted:
            raise NotFound("store", tenant)
        return self._cipher.decrypt(encrypted)

    def drop_token(self, tenant: TenantId) -> None:
        self._update(tenant, access_token=None)

    def save_user(self, tenant: TenantId, user: AppUser) -> None:
        with writing(self._engine) as connection:
            if read_tenant(connection, tenant) is None:
                raise NotFound("store", tenant)
            _save_user(connection, tenant, user)

    def remove_user(self, tenant: TenantId, user_id: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(users).where(users.c.tenant_id == tenant, users.c.user_id == user_id))

    def user(self, tenant: TenantId, user_id: int) -> AppUser | None:
        with reading(self._engine) as connection:
            row = connection.execute(USER.where(users.c.tenant_id == tenant, users.c.user_id == user_id)).first()
        return None if row is None else AppUser(*row)

    def users(self, tenant: TenantId) -> tuple[AppUser, ...]:
        query = USER.where(users.c.tenant_id == tenant).order_by(users.c.user_id)
        with reading(self._engine) as connection:
            return tuple(AppUser(*row) for row in connection.execute(query))

    def set_role(self, tenant: TenantId, user_id: int, role: Role) -> bool:
        return self._change_user(tenant, user_id, role=role)

    def set_language(self, tenant: TenantId, user_id: int, language: str) -> None:
        self._change_user(tenant, user_id, language=language)

    def _change_user(self, tenant: TenantId, user_id: int, **values: Any) -> bool:
        this = update(users).where(users.c.tenant_id == tenant, users.c.user_id == user_id)
        with writing(self._engine) as connection:
            return connection.execute(this.values(values)).rowcount > 0

    def add_api_key(self, tenant: TenantId, *, name: str, at: datetime) -> str:
        """The key names its store, so that finding it never looks at another's. Raises Conflict if the name is taken."""
        key = f"{KEY_PREFIX}_{tenant}_{secrets.token_urlsafe(32)}"
        row = {"tenant_id": tenant, "name": name, "digest": _digest(key), "created_at": at}
        with writing(self._engine) as connection:
            if read_tenant(connection, tenant) is None:
                raise NotFound("store", tenant)
            try:
                connection.execute(insert(api_keys).values(row))
            except IntegrityError as error:
                raise Conflict(
                    said("There is an API key named %(name)s already; revoke it first.", name=name)
                ) from error
        return key

    def tenant_of_api_key(self, key: str) -> TenantId | None:
        prefix, _, rest = key.partition("_")
        tenant, _, secret = rest.partition("_")
        if prefix != KEY_PREFIX or not secret:
            return None
        query = select(api_keys.c.tenant_id).where(api_keys.c.tenant_id == tenant, api_keys.c.digest == _digest(key))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one_or_none()

    def api_keys(self, tenant: TenantId) -> tuple[ApiKey, ...]:
        query = select(api_keys.c.name, api_keys.c.created_at).where(api_keys.c.tenant_id == tenant)
        with reading(self._engine) as connection:
            return tuple(ApiKey(*row) for row in connection.execute(query.order_by(api_keys.c.name)))

    def revoke_api_key(self, tenant: TenantId, name: str) -> bool:
        with writing(self._engine) as connection:
            this = delete(api_keys).where(api_keys.c.tenant_id == tenant, api_keys.c.name == name)
            return connection.execute(this).rowcount > 0

    def with_due_events(self, *, at: datetime, gather: timedelta = timedelta()) -> list[TenantId]:
        waiting = exists().where(inbox.c.tenant_id == tenants.c.tenant_id, is_due(at, gather))
        return self._tenants_with(waiting, states=LIVE)

    def with_due_publications(self, *, at: datetime) -> list[TenantId]:
        """Stock moves are published too; a store that leaves is restored.

        Not where somebody publishes already or was told to wait, nor for a move that waits for another's outcome.
        """
        due = exists().where(publications.c.tenant_id == tenants.c.tenant_id, publications.c.due_at <= at)
        wanted = exists().where(
            stock_moves.c.tenant_id == tenants.c.tenant_id,
            stock_moves.c.is_open,
            stock_moves.c.state == MoveState.WANTED,
            ~in_flight_at(stock_moves),
        )
        busy = exists().where(
            leases.c.tenant_id == tenants.c.tenant_id, leases.c.name == PUBLISH_LEASE, leases.c.until > at
        )
        return self._tenants_with((due | wanted) & ~busy, states=(*LIVE, ConnectionState.LEFT))

    def with_due_messages(self, *, at: datetime) -> list[TenantId]:
        """Whatever the store's state: that it was disconnected is a message too."""
        waiting = exists().where(outbox.c.tenant_id == tenants.c.tenant_id, outbox.c.due_at <= at)
        return self._tenants_with(waiting, states=tuple(ConnectionState))

    def with_due_refunds(self, *, at: datetime) -> list[TenantId]:
        waiting = exists().where(cancellations.c.tenant_id == tenants.c.tenant_id, cancellations.c.due_at <= at)
        return self._tenants_with(waiting, states=(ConnectionState.CONNECTED,))

    def with_due_purges(self, *, at: datetime) -> list[TenantId]:
        """Whatever the store's state: what is cached was told by us."""
        waiting = exists().where(page_purges.c.tenant_id == tenants.c.tenant_id, page_purges.c.due_at <= at)
        return self._tenants_with(waiting, states=tuple(ConnectionState))

    def prune(self, *, at: datetime) -> None:
        """In small steps, so that nobody waits for it."""
        for tenant in self.all():
            while self._forget_finished(tenant.tenant_id, before=at - FINISHED_EVENTS_KEPT):
                pass
            with writing(self._engine) as connection:
                forget_causes(connection, tenant.tenant_id, at=at)
                recount(connection, tenant.tenant_id)
        for forgotten in self._uninstalled_long_ago(at):
            self.erase(forgotten)
        with writing(self._engine) as connection:
            connection.execute(delete(inbox).where(inbox.c.tenant_id.not_in(select(tenants.c.tenant_id))))
        with writing(self._engine) as connection:
            forget_old(connection, at=at)

    def claim_lease(self, tenant: TenantId, name: str, *, at: datetime, until: datetime) -> bool:
        row = {"tenant_id": tenant, "name": name, "holder": self._holder, "until": until}
        with writing(self._engine) as connection:
            if read_tenant(connection, tenant) is None:
                return False
            claim = insert_into(connection, leases).values(row)
            if_free = claim.on_conflict_do_update(
                index_elements=["tenant_id", "name"],
                set_={"holder": claim.excluded.holder, "until": claim.excluded.until},
                where=leases.c.until <= at,
            )
            return connection.execute(if_free.returning(leases.c.name)).first() is not None

    def release_lease(self, tenant: TenantId, name: str) -> None:
        """Ours only: one that ran out may belong to somebody else by now."""
        ours = (leases.c.tenant_id == tenant) & (leases.c.name == name) & (leases.c.holder == self._holder)
        with writing(self._engine) as connection:
            connection.execute(delete(leases).where(ours))

    def rotate_keys(self) -> int:
        with writing(self._engine) as connection:
            rows = connection.execute(
                select(tenants.c.tenant_id, tenants.c.access_token, tenants.c.hook_secret).with_for_update()
            ).all()
            rotated = 0
            for row in rows:
                values: dict[str, Any] = {"hook_secret": self._cipher.rotate(row.hook_secret)}
                if row.access_token:
                    values["access_token"] = self._cipher.rotate(row.access_token)
                    rotated += 1
                connection.execute(update(tenants).where(tenants.c.tenant_id == row.tenant_id).values(values))
        return rotated

    def erase(self, tenant: TenantId) -> None:
        """Table by table, the tenant's own row last: should it stop half way, it can be done again."""
        for table in reversed(metadata.sorted_tables):
            with writing(self._engine) as connection:
                connection.execute(delete(table).where(table.c.tenant_id == tenant))

    @property
    def _holder(self) -> str:
        return f"{self._process}:{threading.get_ident()}"

    def _tenants_with(self, work: ColumnElement[bool], *, states: Collection[ConnectionState]) -> list[TenantId]:
        query = select(tenants.c.tenant_id).where(tenants.c.state.in_(states), work).order_by(tenants.c.tenant_id)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def _forget_finished(self, tenant: TenantId, *, before: datetime) -> int:
        """The oldest first; stops at the first event that is kept, so the history is not read through."""
        mine = inbox.c.tenant_id == tenant
        first_kept = select(inbox.c.id).where(mine, inbox.c.received_at > before).order_by(inbox.c.id).limit(1)
        finished = inbox.c.due_at.is_(None) & inbox.c.parked_reason.is_(None) & (inbox.c.received_at <= before)
        with writing(self._engine) as connection:
            end = connection.execute(first_kept).scalar()
            older = mine & finished if end is None else mine & finished & (inbox.c.id < end)
            some = select(inbox.c.id).where(older).order_by(inbox.c.id).limit(EVENTS_PER_STEP)
            return connection.execute(delete(inbox).where(mine, inbox.c.id.in_(some))).rowcount

    def _uninstalled_long_ago(self, at: datetime) -> list[TenantId]:
        """The grace period starts when an uninstall is first seen here, and ends with a reinstall."""
        is_gone = tenants.c.state == ConnectionState.UNINSTALLED
        with writing(self._engine) as connection:
            connection.execute(
                update(tenants).where(~is_gone, tenants.c.erase_after.is_not(None)).values(erase_after=None)
            )
            first_seen = update(tenants).where(is_gone, tenants.c.erase_after.is_(None))
            connection.execute(first_seen.values(erase_after=at + UNINSTALLED_STORES_KEPT))
            over = select(tenants.c.tenant_id).where(is_gone, tenants.c.erase_after <= at)
            return list(connection.execute(over).scalars())

    def _secret(self, tenant: TenantId, column: str) -> str | None:
        with reading(self._engine) as connection:
            return connection.execute(select(tenants.c[column]).where(tenants.c.tenant_id == tenant)).scalar()

    def _update(self, tenant: TenantId, **values: Any) -> None:
        with writing(self._engine) as connection:
            if not connection.execute(update(tenants).where(tenants.c.tenant_id == tenant).values(values)).rowcount:
                raise NotFound("store", tenant)


def _save_user(connection: Connection, tenant: TenantId, user: AppUser) -> None:
    values = {"email": user.email, "locale": user.locale, "is_owner": user.is_owner}
    upsert = insert_into(connection, users).values(tenant_id=tenant, user_id=user.user_id, **values)
    connection.execute(upsert.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=values))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()

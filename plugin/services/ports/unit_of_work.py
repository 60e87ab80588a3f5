"""Memory: one transaction of one store, and every repository in it."""

from contextlib import AbstractContextManager
from typing import Protocol

from plugin.domain.ids import (
    TenantId,
)
from plugin.domain.store import Tenant
from plugin.services.ports.catalog import Items, Policies
from plugin.services.ports.desk import Calls, Deeds, Journal, SavedViews
from plugin.services.ports.inbox import Inbox
from plugin.services.ports.messages import Messages, Tones
from plugin.services.ports.notices import Cancellations, Notices, Substitutes
from plugin.services.ports.orders import Carts, Orders, People, Shown
from plugin.services.ports.publications import Publications, Purges
from plugin.services.ports.stock import Stock
from plugin.services.ports.supply import ImportFiles, Shipments, Suppliers
from plugin.services.ports.waitlist import Waitlist


class UnitOfWork(Protocol):
    """One transaction for one tenant, and the only way to a repository.

    Leaving the block without `commit` rolls back. Jobs asked for with `wake` are handed over after the commit.
    """

    tenant_id: TenantId
    items: Items
    orders: Orders
    shown: Shown
    carts: Carts
    purges: Purges
    people: People
    stock: Stock
    shipments: Shipments
    suppliers: Suppliers
    import_files: ImportFiles
    policies: Policies
    publications: Publications
    messages: Messages
    inbox: Inbox
    waitlist: Waitlist
    notices: Notices
    cancellations: Cancellations
    substitutes: Substitutes
    journal: Journal
    calls: Calls
    deeds: Deeds
    saved_views: SavedViews
    tones: Tones

    def tenant(self) -> Tenant: ...
    def save_tenant(self, tenant: Tenant) -> None: ...
    def wake(self, job: str, *args: str | int) -> None: ...
    def commit(self) -> None: ...


class Units(Protocol):
    def __call__(self, tenant: TenantId) -> AbstractContextManager[UnitOfWork]: ...

"""One transaction for one tenant, and the only way to a repository. After the commit, jobs are handed to the queue."""

from contextlib import AbstractContextManager
from types import TracebackType

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from plugin.adapters.db.cancellations import SqlCancellations
from plugin.adapters.db.causes import SqlCalls
from plugin.adapters.db.desk import SqlDeeds, SqlSavedViews, SqlTones
from plugin.adapters.db.engine import translated, translation_of
from plugin.adapters.db.import_files import SqlImportFiles
from plugin.adapters.db.inbox import SqlInbox
from plugin.adapters.db.items import SqlItems
from plugin.adapters.db.journal import SqlJournal
from plugin.adapters.db.messages import SqlMessages
from plugin.adapters.db.notices import SqlNotices
from plugin.adapters.db.orders import SqlOrders
from plugin.adapters.db.people import SqlPeople
from plugin.adapters.db.policies import SqlPolicies
from plugin.adapters.db.publications import SqlPublications
from plugin.adapters.db.purges import SqlPurges
from plugin.adapters.db.repository import Transaction
from plugin.adapters.db.shipments import SqlShipments
from plugin.adapters.db.shown import SqlCarts, SqlShown
from plugin.adapters.db.stock import SqlStock
from plugin.adapters.db.substitutes import SqlSubstitutes
from plugin.adapters.db.suppliers import SqlSuppliers
from plugin.adapters.db.tenants import TenantRow
from plugin.adapters.db.waitlist import SqlWaitlist
from plugin.adapters.db.waitlist_totals import WaitlistTotals
from plugin.domain.ids import TenantId
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
from plugin.services.ports.system import Clock, JobQueue
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.ports.waitlist import Waitlist


class SqlUnits:
    """Opens units of work: `with units(tenant) as unit: ...; unit.commit()`."""

    def __init__(self, engine: Engine, queue: JobQueue, clock: Clock) -> None:
        self._engine = engine
        self._queue = queue
        self._clock = clock

    def __call__(self, tenant: TenantId) -> AbstractContextManager[UnitOfWork]:
        return _OpenUnit(self._engine, self._queue, self._clock, tenant)


class SqlUnitOfWork:
    def __init__(self, connection: Connection, tenant: TenantId, *, queue: JobQueue, clock: Clock) -> None:
        transaction = Transaction(connection, tenant, now=clock.now)
        self._transaction = transaction
        self._tenant_row = TenantRow(tenant)
        self._queue = queue
        self._wakes: dict[tuple[str, tuple[str | int, ...]], None] = {}
        self.tenant_id = tenant
        self.items: Items = SqlItems(transaction)
        self.orders: Orders = SqlOrders(transaction)
        self.stock: Stock = SqlStock(transaction)
        self.shipments: Shipments = SqlShipments(transaction)
        self.suppliers: Suppliers = SqlSuppliers(transaction)
        self.import_files: ImportFiles = SqlImportFiles(transaction)
        self.policies: Policies = SqlPolicies(transaction)
        self.publications: Publications = SqlPublications(transaction)
        self.messages: Messages = SqlMessages(transaction)
        self.inbox: Inbox = SqlInbox(transaction)
        self.notices: Notices = SqlNotices(transaction)
        self.cancellations: Cancellations = SqlCancellations(transaction)
        self.substitutes: Substitutes = SqlSubstitutes(transaction)
        self._lay_out_people(transaction)
        self._lay_out_pages(transaction)
        self._lay_out_desk(transaction)
        self._open_history(transaction)

    def _lay_out_people(self, transaction: Transaction) -> None:
        """Who wants to be told; both write entries of the waitlist, and what they add up to is written once."""
        self._waitlist_totals = WaitlistTotals(transaction)
        self.people: People = SqlPeople(transaction, self._waitlist_totals)
        self.waitlist: Waitlist = SqlWaitlist(transaction, self._waitlist_totals)

    def _lay_out_pages(self, transaction: Transaction) -> None:
        """What the shop's own pages show, and leave behind."""
        self.shown: Shown = SqlShown(transaction)
        self.carts: Carts = SqlCarts(transaction)
        self.purges: Purges = SqlPurges(transaction)

    def _lay_out_desk(self, transaction: Transaction) -> None:
        """What only the merchant's screens write."""
        self.deeds: Deeds = SqlDeeds(transaction)
        self.saved_views: SavedViews = SqlSavedViews(transaction)
        self.tones: Tones = SqlTones(transaction)

    def _open_history(self, transaction: Transaction) -> None:
        """What is only added to: what was decided, and what was called for it."""
        self.journal: Journal = SqlJournal(transaction)
        self.calls: Calls = SqlCalls(transaction)

    def tenant(self) -> Tenant:
        return self._tenant_row.get(self._transaction.connection)

    def save_tenant(self, tenant: Tenant) -> None:
        """Write the fields that differ from what this unit has read."""
        self._tenant_row.save(self._transaction.connection, tenant)

    def wake(self, job: str, *args: str | int) -> None:
        """After the commit, and once, however often it is asked for."""
        self._wakes[job, args] = None

    def commit(self) -> None:
        """End the transaction, give the connection back, then wake: a slow queue holds no lock."""
        self._waitlist_totals.write()
        self._transaction.connection.commit()
        self._transaction.close()
        for job, args in self._wakes:
            self._queue.wake(job, *args)

    def close(self) -> None:
        """What was not committed is rolled back."""
        self._transaction.close()


class _OpenUnit:
    """The `with` block of one unit of work; errors of the database leave it as ours."""

    def __init__(self, engine: Engine, queue: JobQueue, clock: Clock, tenant: TenantId) -> None:
        self._engine = engine
        self._queue = queue
        self._clock = clock
        self._tenant = tenant
        self._unit: SqlUnitOfWork | None = None

    def __enter__(self) -> UnitOfWork:
        with translated():
            connection = self._engine.connect()
            connection.begin()
        self._unit = SqlUnitOfWork(connection, self._tenant, queue=self._queue, clock=self._clock)
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._unit is not None
        self._unit.close()
        if isinstance(error, SQLAlchemyError):
            raise translation_of(error) from error

"""A migrated database for each test module, emptied before each test; Ada and Bo are two stores that share it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, delete

from plugin.adapters.db.directory import SqlDirectory
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.migrations.migrate import migrate
from plugin.adapters.db.tables import metadata
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.adapters.secrets import FernetCipher
from plugin.domain.ids import TenantId
from plugin.services.ports import AppUser, Grant
from tests.builders import NOW

ADA, BO = TenantId("ada"), TenantId("bo")


@dataclass
class SetClock:
    moment: object = NOW

    def now(self):
        return self.moment

    def today(self, zone):
        return self.moment.astimezone(zone).date()

    def forward(self, **span) -> None:
        self.moment += timedelta(**span)


@dataclass
class KeptQueue:
    woken: list = field(default_factory=list)

    def wake(self, job, *args) -> None:
        self.woken.append((job, *args))


@pytest.fixture(scope="module")
def module_engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(module_engine: Engine) -> Engine:
    with module_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    return module_engine


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def queue() -> KeptQueue:
    return KeptQueue()


@pytest.fixture
def directory(engine: Engine) -> SqlDirectory:
    """With the stores of Ada and Bo installed."""
    directory = SqlDirectory(engine, FernetCipher([Fernet.generate_key()]))
    for tenant in (ADA, BO):
        directory.save_grant(a_grant(tenant), at=NOW)
    return directory


@pytest.fixture
def units(engine: Engine, directory: SqlDirectory, queue: KeptQueue, clock: SetClock) -> SqlUnits:
    return SqlUnits(engine, queue, clock)


def a_grant(tenant: TenantId = ADA, *, token: str = "", user_id: int = 1) -> Grant:
    user = AppUser(user_id, f"{tenant}@example.com", "en", is_owner=True)
    return Grant(tenant, token or f"token-of-{tenant}", ("store_v2_orders",), user)

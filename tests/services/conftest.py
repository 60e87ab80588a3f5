"""Towns: one with native backorders, one with virtual stock, each in a SQLite file of its own; and one on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.adapters.db.migrations.migrate import migrate
from tests.conftest import new_postgres_database
from tests.services.town import Town, a_town


@pytest.fixture
def database(tmp_path: Path, migrated_template: Path) -> Path:
    return Path(shutil.copy(migrated_template, tmp_path / "town.sqlite3"))


@pytest.fixture
def bare_town(database: Path) -> Iterator[Town]:
    """Nobody has installed the app yet."""
    with a_town(database) as town:
        yield town


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def town(database: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """Ada's store is installed and sells 3 mugs past the 1 that is there."""
    with a_town(database, native=request.param) as town:
        town.install()
        town.sell_past_zero(limit=3)
        yield town


@pytest.fixture
def postgres_town(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[Town]:
    """Ada's store, on an empty PostgreSQL database that was migrated from nothing."""
    with a_town(new_postgres_database(postgres_server, request.node.name)) as town:
        migrate(town.plugin.engine)
        town.install()
        town.sell_past_zero(limit=3)
        yield town

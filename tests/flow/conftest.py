"""Stages for tests of the whole way: on SQLite and on PostgreSQL, with native backorders and with virtual stock."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import new_postgres_database
from tests.flow.stage import Stage, on_stage

BOTH_DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH_DATABASES)
def own_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for this test alone."""
    if request.param == "sqlite":
        path = tmp_path / "backorder.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_template"), path)
        return f"sqlite:///{path}"
    return new_postgres_database(request.getfixturevalue("postgres_server"), request.node.name)


@pytest.fixture
def open_stage(tmp_path: Path, redis_url: str, own_database_url: str) -> Iterator[Callable[..., Stage]]:
    """Open a stage with the given switches; closed again after the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(on_stage(tmp_path, redis_url, own_database_url, **options))


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def stage(open_stage: Callable[..., Stage], request: pytest.FixtureRequest) -> Stage:
    """An installed store that sells past zero in each of the two ways."""
    stage = open_stage(native=request.param)
    stage.install()
    return stage

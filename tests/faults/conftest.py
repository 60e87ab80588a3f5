"""An installed store that sells 3 mugs past the 1 that is there, in both ways, to be troubled."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.stage import Stage, on_stage


@pytest.fixture
def database_address(sqlite_url: str, migrated_template: Path) -> str:
    shutil.copy(migrated_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def stage(tmp_path: Path, redis_url: str, database_address: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    with on_stage(tmp_path, redis_url, database_address, native=request.param) as stage:
        stage.install()
        stage.sell_past_zero(limit=3)
        stage.come_to_rest()
        yield stage

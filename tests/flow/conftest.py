"""A stage for each test of the whole way: SQLite, the embedded queue server, a small store with native backorders."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.flow.stage import Stage, on_stage


@pytest.fixture
def open_stage(tmp_path: Path, redis_url: str, sqlite_url: str) -> Iterator[Callable[..., Stage]]:
    """Open a stage with the given switches; closed again after the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(on_stage(tmp_path, redis_url, sqlite_url, **options))


@pytest.fixture(params=[pytest.param(True, id="native"), pytest.param(False, id="virtual")])
def stage(open_stage: Callable[..., Stage], request: pytest.FixtureRequest) -> Any:
    """An installed store that sells past zero in each of the two ways."""
    stage = open_stage(native=request.param)
    stage.install()
    return stage

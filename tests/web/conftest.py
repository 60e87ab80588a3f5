"""The web side on the real app, built on SQLite, in a time that stands still and without a queue server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.web.app import create_app
from tests.web.stage import ADA, BO, NOW, Web, connect, settings_for


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, copied for each test."""
    directory = tmp_path_factory.mktemp("empty")
    plugin = build(settings_for(directory))
    migrate(plugin.engine)
    plugin.engine.dispose()
    return directory / "backorder.sqlite3"


@pytest.fixture
def standing_time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def make_web(
    empty_database: Path, tmp_path: Path, standing_time: time_machine.Traveller
) -> Iterator[Callable[..., Web]]:
    built: list[Plugin] = []

    def make(**settings: Any) -> Web:
        (tmp_path / "backorder.sqlite3").write_bytes(empty_database.read_bytes())
        plugin = build(settings_for(tmp_path, **settings))
        built.append(plugin)
        connect(plugin, ADA, "Ada")
        connect(plugin, BO, "Bo")
        return Web(plugin, create_app(plugin), standing_time)

    yield make
    for plugin in built:
        plugin.engine.dispose()


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    return make_web()

"""The web side on the real app, built on SQLite, in a time that stands still and without a queue server.

The app is built once, because reading every catalog takes a while; each test gets the database as it was in the beginning.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine

from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import Plugin, build
from plugin.web.app import create_app
from plugin.web.rate_limit import LIMITER, MemoryCounter
from tests.asgi import with_receiver
from tests.web.stage import ADA, BO, NOW, NotedQueue, Web, connect, settings_for

DATABASE = "backorder.sqlite3"


def let_go(plugin: Plugin) -> None:
    """Close every connection, so that the database is one file."""
    plugin.engine.dispose()
    assert isinstance(plugin.inbox_writer, DurableInbox)
    plugin.inbox_writer.close()


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with Ada's and Bo's stores."""
    directory = tmp_path_factory.mktemp("beginning")
    plugin = build(settings_for(directory))
    with time_machine.travel(NOW, tick=False):
        migrate(plugin.engine)
        connect(plugin, ADA, "Ada")
        connect(plugin, BO, "Bo")
    let_go(plugin)
    return (directory / DATABASE).read_bytes()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Plugin, Any]]:
    plugin = replace(build(settings_for(tmp_path_factory.mktemp("shared"))), queue=NotedQueue())  # type: ignore[arg-type]
    yield plugin, with_receiver(create_app(plugin), plugin)
    let_go(plugin)


@pytest.fixture
def standing_time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def web(shared: tuple[Plugin, Any], beginning: bytes, standing_time: time_machine.Traveller) -> Web:
    plugin, app = shared
    let_go(plugin)
    (plugin.settings.data_dir / DATABASE).write_bytes(beginning)
    app.extensions[LIMITER] = MemoryCounter(seconds=lambda: 0.0)
    return Web(plugin, app, standing_time)


@pytest.fixture
def make_web(beginning: bytes, tmp_path: Path, standing_time: time_machine.Traveller) -> Iterator[Callable[..., Web]]:
    """For a test that needs other settings."""
    built: list[Plugin] = []

    def make(**settings: Any) -> Web:
        (tmp_path / DATABASE).write_bytes(beginning)
        plugin = build(settings_for(tmp_path, **settings))
        built.append(plugin)
        return Web(plugin, with_receiver(create_app(plugin), plugin), standing_time)

    yield make
    for plugin in built:
        let_go(plugin)

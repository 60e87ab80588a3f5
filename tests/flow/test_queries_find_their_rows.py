"""What a sale asks the database for is found by what it asks for, however long the store's history is.

SQLite by itself thinks that a store has ten rows of each kind, and rather walks all that the store ever had.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from plugin.adapters.db.tables import metadata
from tests.flow.stage import RED_MUG, Stage, on_stage

SHOPPERS = 12
WALK = re.compile(r"SEARCH (\w+) USING (?:COVERING )?INDEX sqlite_autoindex_\w+ \(tenant_id=\?\)|SCAN (\w+)")
FEW = {"tenants", "policies", "category_names"}
"""Kinds of rows of which a store has few for ever."""
NEWEST_FIRST = re.compile(r"ORDER BY \w+\.id DESC\n LIMIT \?")
"""Walks as far as it is asked to."""


@pytest.fixture
def sqlite_stage(tmp_path: Path, redis_url: str, migrated_template: Path) -> Iterator[Stage]:
    path = tmp_path / "backorder.sqlite3"
    shutil.copy(migrated_template, path)
    with on_stage(tmp_path, redis_url, f"sqlite:///{path}") as stage:
        yield stage


def test_no_query_of_a_sale_walks_the_stores_history(sqlite_stage: Stage):
    stage = sqlite_stage
    asked = statements_of(stage, lambda: a_sale_with_a_delay(stage))

    tables = metadata.tables.keys() - FEW
    assert not [
        statement for statement, values in asked.items() if tables.intersection(walked(stage, statement, values))
    ]


def a_sale_with_a_delay(stage: Stage) -> None:
    stage.install()
    stage.set_stock(0)
    stage.sell_past_zero(limit=100, days=5)
    for number in range(SHOPPERS):
        stage.buy(email=f"shopper{number}@example.de")
    stage.come_to_rest()
    stage.sell_past_zero(limit=100, days=40)
    stage.come_to_rest()
    stage.set_stock(SHOPPERS, RED_MUG)
    stage.come_to_rest()


def statements_of(stage: Stage, work: Callable[[], None]) -> dict[str, object]:
    asked: dict[str, object] = {}

    def note(_connection, _cursor, statement, values, _context, many):
        asked[statement] = values[0] if many else values

    event.listen(stage.plugin.engine, "before_cursor_execute", note)
    work()
    event.remove(stage.plugin.engine, "before_cursor_execute", note)
    return asked


def walked(stage: Stage, statement: str, values: object) -> list[str]:
    if not statement.startswith(("SELECT", "UPDATE", "DELETE")) or NEWEST_FIRST.search(statement):
        return []
    with stage.plugin.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return [found[1] or found[2] for row in plan if (found := WALK.match(row.detail))]

"""The migrations make what the tables say, once, whoever calls; a newer schema is refused."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text

from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.migrations import migrate as migrations
from plugin.adapters.db.migrations.migrate import (
    SchemaIsBehind,
    SchemaIsNewer,
    SchemaState,
    head,
    migrate,
    require_head,
    schema_state,
)
from plugin.adapters.db.tables import metadata, with_ids
from tests.adapters.db.conftest import drop_all


@pytest.fixture
def empty(database_url):
    """An engine on a database without a single table."""
    engine = make_engine(database_url)
    drop_all(engine)
    yield engine
    drop_all(engine)
    engine.dispose()


def test_the_migrated_schema_is_what_the_tables_say(empty):
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrated_indexes_have_the_same_conditions(empty):
    migrate(empty)
    migrated = conditions(empty)
    drop_all(empty)
    metadata.create_all(empty)
    assert migrated == conditions(empty)
    assert len([condition for condition in migrated.values() if condition]) >= 38


def conditions(engine):
    key = f"{engine.dialect.name}_where"
    found = inspect(engine)
    return {
        index["name"]: str(index["dialect_options"].get(key, ""))
        for table in metadata.tables
        for index in found.get_indexes(table)
    }


def test_a_sequence_is_there_for_each_table_with_ids(empty):
    migrate(empty)
    if empty.dialect.supports_sequences:
        assert set(inspect(empty).get_sequence_names()) == {f"{table.name}_ids" for table in with_ids}


def test_an_empty_database_is_migrated_to_the_head_and_then_left_alone(empty):
    assert schema_state(empty) is SchemaState.EMPTY
    with pytest.raises(SchemaIsBehind):
        require_head(empty)
    migrate(empty)
    assert schema_state(empty) is SchemaState.HEAD
    require_head(empty)
    migrate(empty)
    assert schema_state(empty) is SchemaState.HEAD


def test_a_newer_schema_is_refused_and_stays_as_it_is(empty):
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    assert schema_state(empty) is SchemaState.NEWER
    for refuse in (migrate, require_head):
        with pytest.raises(SchemaIsNewer, match="9999_from_the_future"):
            refuse(empty)
    assert schema_state(empty) is SchemaState.NEWER


def test_a_schema_of_an_older_version_is_behind(empty, monkeypatch, tmp_path):
    migrate(empty)
    (tmp_path / "HEAD").write_text("0002_something\n")
    monkeypatch.setattr(migrations, "HEAD_FILE", tmp_path / "HEAD")
    assert schema_state(empty) is SchemaState.BEHIND


def test_several_hosts_may_migrate_at_once(empty):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(empty), range(4)))
    assert schema_state(empty) is SchemaState.HEAD


def test_a_migration_that_fails_leaves_nothing_half_done(empty):
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE inbox (tenant_id TEXT)"))
    with pytest.raises(Exception, match="inbox"):
        migrate(empty)
    assert set(inspect(empty).get_table_names()) == {"inbox"}


def test_each_migration_lets_go_of_its_locks_before_the_next_one_begins(empty):
    commits = []
    note = commits.append
    event.listen(empty, "commit", note)
    migrate(empty)
    event.remove(empty, "commit", note)
    revisions = list(ScriptDirectory(str(migrations.FOLDER)).walk_revisions())
    assert len(commits) == len(revisions) + 1, "and a look whether there is another one"


def test_the_head_file_names_the_newest_migration():
    scripts = ScriptDirectory(str(migrations.FOLDER))
    assert scripts.get_heads() == [head()]


def test_migrating_changes_no_logging_of_the_process(empty):
    code = (
        "import logging, sys; logging.getLogger('mine').setLevel(10);"
        "from plugin.adapters.db.engine import make_engine;"
        "from plugin.adapters.db.migrations.migrate import migrate;"
        "migrate(make_engine(sys.argv[1])); assert not logging.getLogger('mine').disabled; print('quiet')"
    )
    url = empty.url.render_as_string(hide_password=False)
    answer = subprocess.run(
        [sys.executable, "-c", code, url], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert (answer.stdout, answer.stderr) == ("quiet\n", "")

"""A backup taken from either database comes back whole in either, is tried when it is made, and never lands on rows."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from plugin.adapters.db.backup import BackupUnusable, checked, contents_of, restore, save
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.migrations.migrate import SchemaIsBehind, SchemaIsNewer
from plugin.adapters.db.tables import metadata
from plugin.adapters.db.unit_of_work import SqlUnits
from tests.adapters.db.conftest import ADA, BO, a_message
from tests.builders import NOW
from tests.conftest import new_postgres_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def elsewhere(request, tmp_path):
    """An engine on a new, empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    else:
        url = new_postgres_database(request.getfixturevalue("postgres_server"), "elsewhere")
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def saved(engine, full_store, tmp_path):
    """A backup of two full stores."""
    full_store(ADA)
    full_store(BO)
    path = tmp_path / "kept.backup"
    save(engine, path)
    return path


def rows_of(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
            if table.name != "counters"
        }


def test_every_row_of_every_table_comes_back_in_another_database(engine, saved, elsewhere):
    found = restore(saved, elsewhere)
    assert rows_of(elsewhere) == rows_of(engine)
    assert found == contents_of(engine)
    assert [name for name, count in found.rows.items() if not count] == []


def test_ids_go_on_after_those_that_were_given_out(engine, units, saved, elsewhere, queue, clock):
    with units(ADA) as work:
        (next_here,) = work.messages.add([a_message("other:1")], at=NOW)
    restore(saved, elsewhere)
    with SqlUnits(elsewhere, queue, clock)(ADA) as work:
        (given,) = work.messages.add([a_message("other:1")], at=NOW)
        work.commit()
    assert given >= next_here


def test_a_database_with_rows_is_left_as_it_is(engine, saved):
    before = contents_of(engine)
    with pytest.raises(BackupUnusable, match="has rows already"):
        restore(saved, engine)
    assert contents_of(engine) == before


def test_a_backup_is_for_its_owner_only_and_never_overwrites(engine, saved):
    assert saved.stat().st_mode & 0o777 == 0o600
    kept = saved.read_bytes()
    with pytest.raises(BackupUnusable, match="is there already"):
        save(engine, saved)
    assert saved.read_bytes() == kept
    assert [path.name for path in saved.parent.iterdir() if path.name.startswith(".backup-")] == []


def test_trying_a_backup_changes_neither_the_file_nor_the_database(engine, saved):
    before = saved.read_bytes(), contents_of(engine)
    assert checked(saved) == contents_of(engine)
    assert (saved.read_bytes(), contents_of(engine)) == before


def broken(saved, statement):
    with closing(sqlite3.connect(saved)) as file:
        file.execute(statement)
        file.commit()


def test_a_backup_of_a_newer_version_is_refused(saved, elsewhere):
    broken(saved, "UPDATE alembic_version SET version_num = '9999_from_the_future'")
    with pytest.raises(SchemaIsNewer, match="9999_from_the_future"):
        restore(saved, elsewhere)
    assert contents_of(elsewhere).total == 0


def test_a_backup_with_loose_rows_is_refused(saved, elsewhere):
    broken(saved, "DELETE FROM orders")
    with pytest.raises(BackupUnusable, match="rows without the row they belong to"):
        restore(saved, elsewhere)


@pytest.mark.parametrize("content", [b"", b"not a database, but longer than a header of one" * 99, None])
def test_a_file_that_is_no_backup_is_refused(content, tmp_path):
    path = tmp_path / "other.file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BackupUnusable, match=r"There is no file|is no backup of this app"):
        checked(path)


def test_a_torn_file_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    with pytest.raises(BackupUnusable, match="damaged"):
        checked(saved)


def test_a_database_that_is_not_migrated_is_not_backed_up(elsewhere, tmp_path):
    with pytest.raises(SchemaIsBehind):
        save(elsewhere, tmp_path / "kept.backup")
    assert not (tmp_path / "kept.backup").exists()


def test_a_value_that_came_back_different_is_noticed_and_nothing_is_kept(saved, elsewhere):
    if elsewhere.dialect.name != "sqlite":
        return
    from plugin.adapters.db.migrations.migrate import migrate

    migrate(elsewhere)
    with elsewhere.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER lies AFTER INSERT ON users BEGIN "
                "UPDATE users SET email = 'other' WHERE rowid = new.rowid; END"
            )
        )
    with pytest.raises(BackupUnusable, match="did not come back as they were: users"):
        restore(saved, elsewhere)
    assert contents_of(elsewhere).total == 0

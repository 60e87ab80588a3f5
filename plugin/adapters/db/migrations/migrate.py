"""Bring a database to the newest schema, and say how far it is. Several hosts may call this at once: one does the work."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from plugin.adapters.db.engine import reading, writing
from plugin.adapters.db.statistics import tell_statistics
from plugin.services.errors import RetryLater

FOLDER = Path(__file__).parent
HEAD_FILE = FOLDER / "HEAD"
LOCK = 0x6261636B  # "back": any number, as long as it is the same everywhere
SECONDS_FOR_OTHERS = 60
TRIES = 5


class SchemaState(StrEnum):
    EMPTY = "empty"
    BEHIND = "behind"
    HEAD = "head"
    NEWER = "newer"


class SchemaIsNewer(RuntimeError):
    """A newer version of the app has migrated this database; going on could destroy what it wrote."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has schema {revision}, which this version does not know. Start the newer version of the app."
        )
        self.revision = revision


def head() -> str:
    """The newest revision this code knows."""
    return HEAD_FILE.read_text(encoding="ascii").strip()


def schema_state(engine: Engine) -> SchemaState:
    with reading(engine) as connection:
        return _state(_revision(connection))


def migrate(engine: Engine, *, to: str = "") -> None:
    """Apply what is missing up to the newest revision, or to this older one of an empty database. Raises SchemaIsNewer.

    Each revision is a transaction of its own, all or nothing: what it locks is free again before the next one begins, which
    may take minutes on millions of rows. Whoever is interrupted goes on where it stopped.
    """
    tries = TRIES
    is_there = False
    while not is_there:
        try:
            is_there = _step(engine, to or head())
        except RetryLater as problem:
            tries -= 1
            if not (tries and _is_deadlock(problem)):
                raise


def _step(engine: Engine, to: str) -> bool:
    """One revision further; True where there is none left to apply."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{SECONDS_FOR_OTHERS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        revision = _revision(connection)
        if _state(revision) is SchemaState.NEWER:
            raise SchemaIsNewer(str(revision))
        if revision == to:
            if connection.dialect.name == "sqlite":
                tell_statistics(connection)
            return True
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "+1")
    return False


def _is_deadlock(problem: RetryLater) -> bool:
    """PostgreSQL may choose us when a worker's transaction and ours wait for each other; nothing of ours is left then."""
    return isinstance(problem.__cause__, DBAPIError) and isinstance(problem.__cause__.orig, DeadlockDetected)


def require_head(engine: Engine) -> None:
    """Refuse to work on a schema of another version. Raises SchemaIsNewer or SchemaIsBehind."""
    with reading(engine) as connection:
        revision = _revision(connection)
    match _state(revision):
        case SchemaState.NEWER:
            raise SchemaIsNewer(str(revision))
        case SchemaState.EMPTY | SchemaState.BEHIND:
            raise SchemaIsBehind
        case SchemaState.HEAD:
            return


class SchemaIsBehind(RuntimeError):
    """The tables this version needs are not there yet."""

    def __init__(self) -> None:
        super().__init__("The database is older than this version of the app. Run `backorder migrate` first.")


def _state(revision: str | None) -> SchemaState:
    if revision is None:
        return SchemaState.EMPTY
    if revision == head():
        return SchemaState.HEAD
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return SchemaState.BEHIND if revision in known else SchemaState.NEWER


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

"""`backorder backup` and `backorder restore`: everything that matters in one file, and back; see docs/operations.md."""

from collections.abc import Callable
from pathlib import Path

import click

from plugin.adapters.db import backup as backups
from plugin.adapters.db.backup import BackupUnusable, Contents
from plugin.adapters.db.migrations.migrate import SchemaIsBehind, SchemaIsNewer
from plugin.adapters.secrets import FernetCipher
from plugin.services.errors import GiveUp
from plugin.settings import Settings

FILE = click.Path(dir_okay=False, path_type=Path)
AFTERWARDS = (
    "What happened since the backup was made is not in it. Run `backorder resync` for every store before you start "
    "the worker: orders and stock are read anew. Mails that waited when it was made are sent, even if they were "
    "sent in the meantime."
)


@click.command()
@click.argument("file", type=FILE)
def backup(*, file: Path) -> None:
    """Write everything into FILE while the app runs, and try it by restoring it into a temporary database."""
    found = _translated(lambda: backups.save_from(_database_url(), file))
    click.echo(f"{file} holds {_in_words(found)}; it was restored once to try it, and every table came back the same.")
    click.echo("Keep SECRET_KEY and ENCRYPTION_KEYS somewhere else: the file alone opens no store.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only try: restore into a temporary database, compare, change nothing.")
def restore(*, file: Path, check: bool) -> None:
    """Fill the new, empty database of these settings from FILE; all or nothing."""
    if check:
        found = _translated(lambda: backups.checked(file))
        click.echo(f"{file} can be restored: {_in_words(found)}, every table the same.")
        _try_keys(file)
        return
    found = _translated(lambda: backups.restore_to(_database_url(), file))
    click.echo(f"Restored {_in_words(found)}; every table is the same as in {file}.")
    _try_keys(file)
    click.echo(AFTERWARDS)


def _try_keys(file: Path) -> None:
    """A backup whose secrets cannot be read is worth little; better to hear it before it is needed."""
    cipher = FernetCipher(Settings.from_env().fernet_keys)
    for secret in backups.secrets_in(file):
        try:
            cipher.decrypt(secret)
        except GiveUp as trouble:
            raise click.ClickException(trouble.explanation) from trouble
    click.echo("ENCRYPTION_KEYS and SECRET_KEY open the stores in it.")


def _database_url() -> str:
    settings = Settings.from_env()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.database_url


def _translated(errand: Callable[[], Contents]) -> Contents:
    try:
        return errand()
    except (BackupUnusable, SchemaIsBehind, SchemaIsNewer, OSError) as trouble:
        raise click.ClickException(str(trouble)) from trouble


def _in_words(found: Contents) -> str:
    tables = sum(1 for count in found.rows.values() if count)
    return f"{found.rows['tenants']} stores, {found.total} rows in {tables} tables"

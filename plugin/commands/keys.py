"""`backorder keys`: the keys that protect access tokens at rest."""

import click
from cryptography.fernet import Fernet

from plugin.commands.store import open_plugin


@click.group()
def keys() -> None:
    """Make and rotate encryption keys."""


@keys.command()
def new() -> None:
    """Print a new key; put it first in ENCRYPTION_KEYS, keep the old one behind it, then rotate."""
    click.echo(Fernet.generate_key().decode())


@keys.command()
def rotate() -> None:
    """Encrypt every stored access token anew with the first key; after that the old keys may go."""
    click.echo(f"{open_plugin().directory.rotate_keys()} tokens are encrypted with the newest key.")

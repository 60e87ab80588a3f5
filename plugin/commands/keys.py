"""`backorder keys`: the keys that protect access tokens at rest."""

import click
from cryptography.fernet import Fernet


@click.group()
def keys() -> None:
    """Make and rotate encryption keys."""


@keys.command()
def new() -> None:
    """Print a new key; put it first in ENCRYPTION_KEYS, keep the old one behind it, then rotate."""
    click.echo(Fernet.generate_key().decode())

"""`backorder bounce`: take a mail that came back from a mail server that can hand mails to a programme."""

import sys

import click

from plugin.commands.store import open_plugin

LARGEST_MAIL = 1_000_000


@click.command()
def bounce() -> None:
    """Read one mail from standard input: the report of a mail server about a mail of ours that nobody got.

    For a pipe such as `bounces: |/srv/backorder/run bounce` in the mail server's aliases. BOUNCE_ADDRESS has to be set.
    """
    plugin = open_plugin()
    if plugin.bounces.reader is None:
        raise click.ClickException("BOUNCE_ADDRESS is not set; see docs/operations.md.")
    known = plugin.bounces.handle(sys.stdin.buffer.read(LARGEST_MAIL))
    click.echo("It counts as not told." if known else "It is no report about a mail of ours.")

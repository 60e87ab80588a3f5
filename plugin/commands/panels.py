"""`backorder panels`: our panels beside the control panel's own pages of orders and products."""

import click

from plugin.commands.store import open_plugin, store_option, the_store
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater


@click.group()
def panels() -> None:
    """Show expected dates beside orders, and policy and supply beside products."""


@panels.command()
@store_option
def add(*, store: str | None) -> None:
    """Put the panels there; those that are there already stay."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    try:
        count = plugin.extensions.keep(tenant.tenant_id)
    except (GiveUp, RetryLater, AccessRevoked) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} panels were added." if count else "All panels are there already.")


@panels.command()
@store_option
def remove(*, store: str | None) -> None:
    """Take the panels away. Uninstalling does that too."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    try:
        count = plugin.extensions.remove(tenant.tenant_id)
    except (GiveUp, RetryLater, AccessRevoked) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} panels were taken away.")

"""`backorder panels`: our panels beside the control panel's own pages of orders and products."""

import click

from plugin.bootstrap import Plugin
from plugin.commands.store import open_plugin, store_option, the_store
from plugin.domain.ids import TenantId
from plugin.services.checkup import PANEL_WORDS
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater


@click.group()
def panels() -> None:
    """Show expected dates beside orders, and policy and supply beside products."""


@panels.command()
@store_option
def add(*, store: str | None) -> None:
    """Put back what is missing of the panels; an install does that by itself."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    plugin.page_panels.place(tenant.tenant_id)
    _publish(plugin, tenant.tenant_id)
    click.echo(f"The panels {PANEL_WORDS[plugin.page_panels.state(tenant.tenant_id)][1]}.")


@panels.command()
@store_option
def remove(*, store: str | None) -> None:
    """Take the panels away. Uninstalling does that too."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    plugin.page_panels.take_away(tenant.tenant_id)
    _publish(plugin, tenant.tenant_id)
    click.echo("The panels are taken away.")


def _publish(plugin: Plugin, tenant_id: TenantId) -> None:
    """At once, so that a refusal is seen here."""
    try:
        plugin.publishing.publish(tenant_id)
    except (GiveUp, RetryLater, AccessRevoked) as error:
        raise click.ClickException(str(error)) from error

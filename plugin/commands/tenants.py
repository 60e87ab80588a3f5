"""The commands about a whole store: `tenants`, `resync`, `leave` and `apikey`."""

import click

from plugin.commands.store import json_option, open_plugin, show, store_option, the_store
from plugin.domain.store import Tenant


@click.command()
@json_option
def tenants(*, as_json: bool) -> None:
    """Show the stores this app is installed in."""
    show(open_plugin().directory.all(), in_words, as_json=as_json, nothing="No store is installed yet.")


@click.command()
@store_option
def resync(*, store: str | None) -> None:
    """Compare the whole store with what we keep, now, and repair what differs; a worker does it."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    plugin.reconcile.ask(tenant.tenant_id)
    click.echo(f"{tenant.profile.name or tenant.tenant_id} will be compared as soon as a worker is free.")


@click.command()
@store_option
@click.confirmation_option("--yes", prompt="Give the store back as it was before Backorder?")
def leave(*, store: str | None) -> None:
    """Give a store back as it was: levels, limits, texts, metafields. Do this before the uninstall."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    plugin.tenants.leave(tenant.tenant_id)
    click.echo(
        f"{tenant.profile.name or tenant.tenant_id} is being restored; `backorder tenants` tells when it is done."
    )


@click.group()
def apikey() -> None:
    """Make and revoke keys for the REST API."""


@apikey.command()
@click.argument("name")
@store_option
def create(*, name: str, store: str | None) -> None:
    """Make a key called NAME and print it, once."""
    plugin = open_plugin()
    click.echo(plugin.directory.add_api_key(the_store(plugin, store).tenant_id, name=name, at=plugin.clock.now()))


@apikey.command()
@click.argument("name")
@store_option
def revoke(*, name: str, store: str | None) -> None:
    """Revoke the key called NAME."""
    plugin = open_plugin()
    was_there = plugin.directory.revoke_api_key(the_store(plugin, store).tenant_id, name)
    click.echo(f"Revoked {name}." if was_there else f"There is no key {name}.")


def in_words(tenant: Tenant) -> str:
    """One line: which store, how it is connected, how it sells past zero, and what it is doing."""
    words = [f"{tenant.tenant_id:<12} {tenant.profile.name or 'unnamed'}", tenant.state.value, tenant.mode.value]
    words += [word for word in (tenant.setup_step, str(tenant.problem)) if word]
    return ", ".join(words)

"""`backorder shopper`: hand out and erase what a store knows of a person."""

import json

import click

from plugin.commands.store import open_plugin, store_option, the_store


@click.group()
def shopper() -> None:
    """Export or erase a shopper's data."""


@shopper.command()
@click.argument("email")
@store_option
def export(*, email: str, store: str | None) -> None:
    """Print all that is kept of the person with this address, as JSON."""
    plugin = open_plugin()
    known = plugin.privacy.export(the_store(plugin, store).tenant_id, email)
    click.echo(json.dumps(known, indent=2, default=str, ensure_ascii=False))


@shopper.command()
@click.argument("email")
@store_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(*, email: str, store: str | None, yes: bool) -> None:
    """Erase the person with this address: waitlist entries, and name and address in every order that is done.

    What was promised, told, answered and refunded stays, without the person. Open orders are named; erase again once they
    are done. The shop's own records are not touched.
    """
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    if not yes:
        click.confirm(f"Erase {email} in {tenant.profile.name or tenant.tenant_id}? This cannot be undone.", abort=True)
    erased = plugin.privacy.erase(tenant.tenant_id, email)
    click.echo(
        f"{len(erased.orders)} orders and {erased.waitlist_entries} waitlist entries no longer name this person."
    )
    if erased.kept:
        click.echo(f"Still open, and kept until they are done: {', '.join(f'#{order}' for order in erased.kept)}.")


@shopper.command()
@store_option
@click.option("--orders", "orders_days", type=int, help="Days after which an order that is done names nobody any more.")
@click.option("--waitlist", "waitlist_days", type=int, help="Days for people who were told, left, or never confirmed.")
def keep(*, store: str | None, orders_days: int | None, waitlist_days: int | None) -> None:
    """Say how long persons are kept; without options, show it."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    settings = plugin.privacy.keep(tenant_id, shoppers_days=orders_days, waitlist_days=waitlist_days)
    click.echo(f"Orders that are done name their shopper for {settings.keep_shoppers_days} days.")
    click.echo(
        f"The waitlist remembers whoever was told, left, or never confirmed for {settings.keep_waitlist_days} days."
    )

"""`backorder waitlist`: how people who asked for an item hear that it is back."""

from dataclasses import replace

import click

from plugin.commands.store import open_plugin, store_option, the_store
from plugin.domain.restock import WaveRules


@click.group()
def waitlist() -> None:
    """Say how many people hear of goods that are back, and when the next ones do."""


@waitlist.command()
@store_option
@click.option("--per-unit", type=int, help="People told for each free unit.")
@click.option("--pause", "pause_minutes", type=int, help="Minutes until the next ones are told, if some is left.")
@click.option("--claim", "claim_minutes", type=int, help="Minutes for those who are told; their mail says so. 0: none.")
def waves(*, store: str | None, per_unit: int | None, pause_minutes: int | None, claim_minutes: int | None) -> None:
    """Set the waves; without options, show them."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    rules = tenant.settings.waves
    wanted = WaveRules(
        per_unit=rules.per_unit if per_unit is None else per_unit,
        pause_minutes=rules.pause_minutes if pause_minutes is None else pause_minutes,
        claim_minutes=rules.claim_minutes if claim_minutes is None else claim_minutes or None,
    )
    if wanted != rules:
        plugin.tenants.save_settings(tenant.tenant_id, replace(tenant.settings, waves=wanted))
    minutes = wanted.claim_minutes or wanted.pause_minutes
    said = "; their mail says until when" if wanted.claim_minutes else ""
    click.echo(f"{wanted.per_unit} people for each free unit, the next ones after {minutes} minutes{said}.")
    if not tenant.postal_address:
        click.echo("The store has no postal address, so nobody is told: commercial mail must show one.")

"""`backorder suppliers`: describe them, and see how well they keep their dates."""

from datetime import date
from typing import Any

import click

from plugin.commands.store import json_option, lead_time, open_plugin, show, store_option, the_store
from plugin.domain.supplier import Supplier
from plugin.services.ports.supply import SupplierRow
from plugin.services.spreadsheet import day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.group()
def suppliers() -> None:
    """Describe suppliers, and see how well they keep their dates."""


@suppliers.command("list")
@store_option
@json_option
def list_all(*, store: str | None, as_json: bool) -> None:
    """Show every supplier that stands on a shipment, with its record."""
    plugin = open_plugin()
    found = plugin.suppliers.all(the_store(plugin, store).tenant_id)
    show(found, in_words, as_json=as_json, nothing="No shipment names a supplier yet.")


@suppliers.command("set")
@click.argument("name")
@store_option
@click.option(
    "--lead-time", "days", metavar="DAYS", help="The supplier's working days, as 10 or 5-10; none takes it away."
)
@click.option("--working-days", metavar="DAYS", help="As mon,tue,wed,thu,fri.")
@click.option("--country", help="Whose public holidays it keeps, as DE; empty for none.")
@click.option(
    "--holiday", "holidays", multiple=True, metavar="DAY", help="A day off, as 2026-12-24; replaces those known."
)
def set_one(
    *,
    name: str,
    store: str | None,
    days: str | None,
    working_days: str | None,
    country: str | None,
    holidays: tuple[str, ...],
) -> None:
    """Describe the supplier NAME, as it is written on shipments. What is not said stays as it is."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    known = next((row.supplier for row in plugin.suppliers.all(tenant_id) if row.name == name), None) or Supplier(name)
    said: dict[str, Any] = {}
    if days is not None:
        said["lead_time"] = lead_time(days)
    if working_days is not None:
        said["working_weekdays"] = tuple(_weekday(word) for word in working_days.split(","))
    if country is not None:
        said["country"] = country.upper()
    if holidays:
        said["extra_holidays"] = tuple(sorted(_each_day(holidays)))
    fields = {field: getattr(known, field) for field in ("lead_time", "working_weekdays", "country", "extra_holidays")}
    plugin.suppliers.save(tenant_id, Supplier(name, **(fields | said)))
    click.echo(in_words(plugin.suppliers.get(tenant_id, name)))


@suppliers.command()
@click.argument("name")
@store_option
def record(*, name: str, store: str | None) -> None:
    """Show how NAME kept its dates, over all and by item."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    plugin.suppliers.get(tenant_id, name)
    found = plugin.suppliers.record(tenant_id, name)
    click.echo(f"{name}: {found.overall}")
    for item, punctuality in found.by_item.items():
        click.echo(f"  {item}: {punctuality}")


def in_words(row: SupplierRow) -> str:
    """One line, as a merchant would read it."""
    words = [row.name]
    if row.supplier and row.supplier.lead_time:
        words.append(f"lead time {row.supplier.lead_time.shortest} to {row.supplier.lead_time.longest} working days")
    words.append(str(row.punctuality))
    return ", ".join(words)


def _weekday(word: str) -> int:
    name = word.strip().lower()[:3]
    if name not in WEEKDAYS:
        raise click.BadParameter(f"{word!r} is no day; write {', '.join(WEEKDAYS)}.", param_hint="--working-days")
    return WEEKDAYS.index(name)


def _each_day(texts: tuple[str, ...]) -> set[date]:
    return {day(text, field="holiday") for text in texts}

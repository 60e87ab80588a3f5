"""`backorder shipments`: what suppliers announce, move and deliver, one by one or from a CSV file."""

from collections.abc import Sequence
from pathlib import Path

import click

from plugin.bootstrap import Plugin
from plugin.commands.store import json_option, open_plugin, show, store_option, the_store
from plugin.domain.errors import DomainError
from plugin.domain.ids import TenantId
from plugin.domain.shipment import IncomingShipment
from plugin.services.shipments import NewShipment, ShipmentChange
from plugin.services.spreadsheet import SpreadsheetFault, whole_number, window
from plugin.services.what_if import LineOutcome, Supposition


@click.group()
def shipments() -> None:
    """Announce, move and receive incoming shipments."""


@shipments.command("list")
@store_option
@click.option("--open", "only_open", is_flag=True, help="Only those that still bring something.")
@json_option
def list_all(*, store: str | None, only_open: bool, as_json: bool) -> None:
    """Show the shipments of a store."""
    plugin = open_plugin()
    found = plugin.shipments.all(the_store(plugin, store).tenant_id, only_open=only_open)
    show(found, in_words, as_json=as_json, nothing="There are no shipments.")


@shipments.command()
@click.argument("lines", nargs=-1, required=True, metavar="ITEM=UNITS…")
@store_option
@click.option("--reference", required=True, help="The paper, such as PO-118.")
@click.option("--supplier", default="", help="Who sends it.")
@click.option("--eta", default="unknown", show_default=True, help="2026-03-09, 2026-03-09..2026-03-12, or unknown.")
@click.option("--source", default="estimate", show_default=True, help="Who said so: supplier confirmed, estimate …")
def announce(*, lines: Sequence[str], store: str | None, reference: str, supplier: str, eta: str, source: str) -> None:
    """Announce what comes: items by SKU or id, with units, as MUG-RED=40."""
    plugin = open_plugin()
    wanted = NewShipment(
        supplier=supplier,
        reference=reference,
        eta=window(eta),
        eta_source=source,
        lines=tuple(_units(line) for line in lines),
    )
    tenant_id = the_store(plugin, store).tenant_id
    shipment_id = plugin.shipments.announce(tenant_id, wanted)
    click.echo(in_words(plugin.shipments.get(tenant_id, shipment_id)))


@shipments.command()
@click.argument("shipment")
@store_option
@click.option("--eta", required=True, help="2026-03-09, 2026-03-09..2026-03-12, or unknown.")
@click.option("--source", required=True, help="Who said so: supplier confirmed, estimate …")
def move(*, shipment: str, store: str | None, eta: str, source: str) -> None:
    """Give SHIPMENT (a reference or an id) another ETA; the dates it carries follow."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    plugin.shipments.move(tenant_id, found.shipment_id, window(eta), source)
    click.echo(in_words(plugin.shipments.get(tenant_id, found.shipment_id)))


@shipments.command("sent")
@click.argument("shipment")
@store_option
@click.option("--not-yet", is_flag=True, help="It has not left after all.")
def sent(*, shipment: str, store: str | None, not_yet: bool) -> None:
    """Say that SHIPMENT (a reference or an id) is on its way."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    plugin.shipments.change(tenant_id, found.shipment_id, ShipmentChange(has_left=not not_yet))
    click.echo(in_words(plugin.shipments.get(tenant_id, found.shipment_id)))


@shipments.command()
@click.argument("shipment")
@store_option
def history(*, shipment: str, store: str | None) -> None:
    """Show all that was ever said of when SHIPMENT (a reference or an id) comes."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    for each in plugin.shipments.history(tenant_id, found.shipment_id):
        click.echo(f"{each.said_at:%Y-%m-%d %H:%M}  {_when(each.eta)}  {each.source}")


@shipments.command()
@click.argument("shipment")
@click.argument("lines", nargs=-1, metavar="[ITEM=UNITS…]")
@store_option
@click.option("--close", "closes", is_flag=True, help="Nothing more of it will come.")
@click.option("--total", "as_totals", is_flag=True, help="The units are all that came so far; saying it twice is fine.")
def receive(*, shipment: str, lines: Sequence[str], store: str | None, closes: bool, as_totals: bool) -> None:
    """Book in what arrived of SHIPMENT (a reference or an id): items by SKU or id, or all that was outstanding."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    received = dict(map(_units, lines)) if lines else None
    plugin.shipments.receive(tenant_id, found.shipment_id, received, closes=closes, as_totals=as_totals)
    click.echo(in_words(plugin.shipments.get(tenant_id, found.shipment_id)))


@shipments.command()
@click.argument("shipment")
@store_option
def cancel(*, shipment: str, store: str | None) -> None:
    """Say that nothing of SHIPMENT (a reference or an id) will come."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    plugin.shipments.cancel(tenant_id, found.shipment_id)
    click.echo(in_words(plugin.shipments.get(tenant_id, found.shipment_id)))


@shipments.command()
@click.argument("shipment")
@store_option
def link(*, shipment: str, store: str | None) -> None:
    """Print the address where the supplier of SHIPMENT (a reference or an id) confirms or moves its day, without a login."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    click.echo(plugin.links.shipment_page(tenant_id, _the_shipment(plugin, tenant_id, shipment).shipment_id))


@shipments.command("what-if")
@click.argument("shipment")
@click.argument("lines", nargs=-1, metavar="[ITEM=UNITS…]")
@store_option
@json_option
@click.option("--rest-comes", is_flag=True, help="What does not come now comes later.")
@click.option("--eta", help="Suppose this ETA instead of an arrival: 2026-03-09, 2026-03-09..2026-03-12, or unknown.")
@click.option("--cancelled", "is_cancelled", is_flag=True, help="Suppose that nothing of it ever comes.")
def what_if(
    *,
    shipment: str,
    lines: Sequence[str],
    store: str | None,
    as_json: bool,
    rest_comes: bool,
    eta: str | None,
    is_cancelled: bool,
) -> None:
    """Say who would ship, who would slip and who would have to be told, if SHIPMENT landed so. Nothing is booked."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = _the_shipment(plugin, tenant_id, shipment)
    supposed = Supposition(
        received=None if eta is not None else dict(map(_units, lines)),
        rest_comes=rest_comes,
        moves=eta is not None,
        eta=window(eta) if eta is not None else None,
        is_cancelled=is_cancelled,
    )
    outcomes = plugin.what_if.ask(tenant_id, found.shipment_id, supposed)
    show(outcomes, outcome_in_words, as_json=as_json, nothing="Nobody waits for anything it brings.")


@shipments.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--skip-wrong", "skips_wrong", is_flag=True, help="Take over the papers without a wrong row.")
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write the wrong rows here, with reasons."
)
def import_file(*, file: Path, store: str | None, dry_run: bool, skips_wrong: bool, errors: Path | None) -> None:
    """Announce shipments from a CSV file; lines with the same supplier and reference are one shipment.

    Columns: reference, item, quantity; and if wanted supplier, eta, source, location. A file may be imported again: what
    is known and says the same is passed over.
    """
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    report = plugin.imports.shipments(tenant_id, file.read_bytes(), dry_run=dry_run, skips_wrong=skips_wrong)
    for paper in report.new:
        units = sum(quantity for _, quantity in paper.lines)
        click.echo(f"{paper.reference:<16} {units} units of {len(paper.lines)} items, {_when(paper.eta)}")
    if errors and report.wrong:
        errors.write_text(report.error_file, encoding="utf-8")
    if report.wrong and not report.is_usable(skips_wrong=skips_wrong):
        raise SpreadsheetFault(report.in_words)
    for each in report.wrong:
        click.echo(f"Line {each.row.line}: {each.problem}")
    done = "would be" if dry_run else "were"
    click.echo(f"{len(report.new)} shipments {done} announced, {len(report.known)} were known.")


def in_words(shipment: IncomingShipment) -> str:
    """One line, as a merchant would read it."""
    goods = ", ".join(f"{line.item_id} {line.received}/{line.quantity}" for line in shipment.lines)
    state = shipment.state.value.replace("_", " ")
    sender = f" from {shipment.supplier}" if shipment.supplier else ""
    return f"{shipment.shipment_id:>5} {shipment.reference}{sender}, {state}, {_when(shipment.eta)}: {goods}"


def outcome_in_words(line: LineOutcome) -> str:
    """One line, as a merchant would read it."""
    words = [f"{line.order_id:>7} {line.name}: {line.outcome.value.replace('_', ' ')}"]
    if line.units_now:
        words.append(f"{line.units_now} units could be sent")
    if line.still_owed:
        words.append(f"{line.still_owed} still owed, {_when(line.after)} instead of {_when(line.before)}")
    if line.notice:
        words.append(f"notice due by {line.send_by}: {line.notice.value.replace('_', ' ')}")
    return "; ".join(words)


def _when(eta: object) -> str:
    earliest, latest = getattr(eta, "earliest", None), getattr(eta, "latest", None)
    if earliest is None:
        return "no date known"
    return f"{earliest}" if earliest == latest else f"{earliest} to {latest}"


def _units(text: str) -> tuple[str, int]:
    name, separator, units = text.rpartition("=")
    if not separator or not name:
        raise DomainError(f"{text!r} is not an item with units; write it as MUG-RED=40.", field="lines", value=text)
    return name, whole_number(units, field=name)


def _the_shipment(plugin: Plugin, tenant_id: TenantId, name: str) -> IncomingShipment:
    found = [each for each in plugin.shipments.all(tenant_id) if name in {each.reference, str(each.shipment_id)}]
    if len(found) != 1:
        trouble = "There is no shipment" if not found else "More than one shipment is called"
        raise click.UsageError(f"{trouble} {name}; `backorder shipments list` shows them with their ids.")
    return found[0]

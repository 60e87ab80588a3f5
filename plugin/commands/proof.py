"""`backorder proof`: the file that shows what an order's shopper was promised and told."""

from pathlib import Path

import click

from plugin.commands.store import open_plugin, store_option, the_store
from plugin.domain.ids import OrderId


@click.command()
@click.argument("order", type=click.IntRange(min=1))
@store_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a PDF.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; proof-ORDER.pdf or .json here if not said, - for standard output.",
)
def proof(*, order: int, store: str | None, as_json: bool, output: Path | None) -> None:
    """Write the proof of ORDER: what was shown and told when, mails with their fate, answers, cancellations, refunds."""
    plugin = open_plugin()
    found = plugin.proofs.of_order(the_store(plugin, store).tenant_id, OrderId(order))
    content = found.to_json().encode() if as_json else plugin.proof_pages.pdf(found)
    target = output or Path(f"proof-{order}.{'json' if as_json else 'pdf'}")
    if str(target) == "-":
        click.echo(content, nl=False)
        return
    target.write_bytes(content)
    click.echo(f"{target}, SHA-256 of the data {found.fingerprint}")

"""`backorder delays`: what waits for the merchant because a date was not held, and what silence leads to."""

import click

from plugin.commands.store import json_option, open_plugin, show, store_option, the_store
from plugin.domain.order import Payment
from plugin.services.ports.notices import Cancellation, NoticeRecord

WAYS = {"by-itself": True, "after-my-yes": False}


@click.group()
def delays() -> None:
    """Approve cancellations, see who has to be called, and decide what happens where nobody answers.

    The rules by country are in docs/law.md. They are no legal advice.
    """


@delays.command("cancel")
@click.argument("way", type=click.Choice(list(WAYS)), required=False)
@store_option
def cancel(*, way: str | None, store: str | None) -> None:
    """Say whether orders nobody agreed to keep are cancelled by themselves; without a word, show it."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    is_by_itself = plugin.deadlines.cancels_by_itself(tenant_id, wanted=WAYS[way] if way else None)
    if is_by_itself:
        click.echo("At their deadline, orders nobody agreed to keep are cancelled and refunded by themselves.")
    else:
        click.echo("At their deadline, orders nobody agreed to keep wait for your yes.")


@delays.command()
@store_option
@json_option
def waiting(*, store: str | None, as_json: bool) -> None:
    """List cancellations that wait for your yes."""
    plugin = open_plugin()
    rows = plugin.deadlines.to_approve(the_store(plugin, store).tenant_id)
    show(rows, _cancellation, as_json=as_json, nothing="No cancellation waits for you.")


@delays.command()
@click.argument("number", type=int)
@store_option
def approve(*, number: int, store: str | None) -> None:
    """Cancel and refund what the cancellation NUMBER is about."""
    plugin = open_plugin()
    plugin.deadlines.approve(the_store(plugin, store).tenant_id, number)
    click.echo(f"Cancellation {number} is approved; the refund is on its way.")


@delays.command()
@store_option
@json_option
def calls(*, store: str | None, as_json: bool) -> None:
    """List notices that never reached anybody: these shoppers have to be called."""
    plugin = open_plugin()
    rows = plugin.deadlines.to_call(the_store(plugin, store).tenant_id)
    show(rows, _notice, as_json=as_json, nothing="Nobody has to be called.")


@delays.command()
@click.argument("method", required=False)
@click.argument("kind", type=click.Choice([kind.value.replace("_", "-") for kind in Payment]), required=False)
@store_option
def payments(*, method: str | None, kind: str | None, store: str | None) -> None:
    """Say which payment METHOD of the shop is credit of your own, or paid on delivery: the law has other days for them.

    Without METHOD and KIND, list what was said.
    """
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    known = tenant.settings.payments
    if method and kind:
        known = plugin.deadlines.say_payment(tenant.tenant_id, method, Payment(kind.replace("-", "_")))
    elif method:
        raise click.UsageError("KIND is missing; allowed: usual, seller-credit, on-delivery.")
    for name, payment in sorted(known.items()):
        click.echo(f"{payment.value.replace('_', '-'):<14} {name}")
    if not known:
        click.echo("All payment methods are of the usual kind.")


@delays.command()
@store_option
@json_option
def refunds(*, store: str | None, as_json: bool) -> None:
    """List refunds that are not made yet, with the last day for each."""
    plugin = open_plugin()
    rows = plugin.deadlines.refunds_open(the_store(plugin, store).tenant_id)
    show(rows, _refund, as_json=as_json, nothing="No refund is open.")


def _cancellation(row: Cancellation) -> str:
    return f"{row.cancellation_id:>7}  order {row.order_id}, line {row.line_id}: {row.units} units ({row.cause})"


def _notice(row: NoticeRecord) -> str:
    return (
        f"order {row.order_id}, line {row.line_id}: promised {row.notice.old_day}, to be told by {row.notice.send_by}"
    )


def _refund(row: Cancellation) -> str:
    problem = f"; {row.problem}" if row.problem else ""
    return f"order {row.order_id}: {row.units} units, due on {row.refund_due}{problem}"

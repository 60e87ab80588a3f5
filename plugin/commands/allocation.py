"""`backorder allocation`: who goes first, lines pinned by hand, and why each line has what it has."""

from dataclasses import replace
from typing import Any

import click

from plugin.commands.store import json_option, open_plugin, show, store_option, the_store
from plugin.domain.ids import ItemId, OrderId, OrderLineId
from plugin.domain.order import Sending
from plugin.domain.ranking import AllocationRules, RankRule
from plugin.services.allocation import QueueRow


@click.group()
def allocation() -> None:
    """Decide who goes first, and read why."""


@allocation.command("show")
@store_option
def show_rules(*, store: str | None) -> None:
    """Show the rules of a store, the first one first."""
    plugin = open_plugin()
    click.echo(in_words(plugin.allocation.rules(the_store(plugin, store).tenant_id)))


@allocation.command("set")
@store_option
@click.option("--rules", help=f"In their order, with commas: {', '.join(RankRule)}; none: first come, first served.")
@click.option("--groups", help="Customer groups in their order, by id, as 3,1.")
@click.option("--most-per-order", type=click.IntRange(min=0), help="Units of one item before the others; 0: no cap.")
@click.option("--most-per-customer", type=click.IntRange(min=0), help="Units of one item before the others; 0: no cap.")
@click.option("--sending", type=click.Choice([each.value for each in Sending]), help="Ship complete or in parts.")
def set_rules(
    *,
    store: str | None,
    rules: str | None,
    groups: str | None,
    most_per_order: int | None,
    most_per_customer: int | None,
    sending: str | None,
) -> None:
    """Decide who goes first. What is not said stays as it is; everything that waits is planned anew."""
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    said: dict[str, Any] = {}
    if rules is not None:
        said["rules"] = () if rules == "none" else tuple(_rule(word) for word in rules.split(","))
    if groups is not None:
        said["group_order"] = tuple(_group(word) for word in groups.split(",") if word.strip())
    if most_per_order is not None:
        said["most_per_order"] = most_per_order or None
    if most_per_customer is not None:
        said["most_per_customer"] = most_per_customer or None
    if sending is not None:
        said["sending"] = Sending(sending)
    wanted = replace(plugin.allocation.rules(tenant_id), **said)
    plugin.allocation.save_rules(tenant_id, wanted)
    click.echo(in_words(wanted))


@allocation.command()
@click.argument("item")
@store_option
@json_option
def queue(*, item: str, store: str | None, as_json: bool) -> None:
    """Show who waits for ITEM (an item id), and why each has what it has."""
    plugin = open_plugin()
    rows = plugin.allocation.queue(the_store(plugin, store).tenant_id, ItemId(item))
    show(rows, _row_in_words, as_json=as_json, nothing=f"Nobody waits for {item}.")


@allocation.command()
@click.argument("order", type=int)
@click.option("--line", "lines", type=int, multiple=True, help="Only this line; may be said several times.")
@store_option
def pin(*, order: int, lines: tuple[int, ...], store: str | None) -> None:
    """Put ORDER before everybody else."""
    plugin = open_plugin()
    chosen = [OrderLineId(line) for line in lines]
    plugin.allocation.pin(the_store(plugin, store).tenant_id, OrderId(order), chosen)
    click.echo(f"Order {order} goes first.")


@allocation.command()
@click.argument("order", type=int)
@store_option
def unpin(*, order: int, store: str | None) -> None:
    """Let ORDER stand where the rules put it."""
    plugin = open_plugin()
    plugin.allocation.unpin(the_store(plugin, store).tenant_id, OrderId(order))
    click.echo(f"Order {order} stands where the rules put it.")


def in_words(rules: AllocationRules) -> str:
    """The rules as a merchant would read them."""
    words = [
        *(f"{number}. {rule.words}" for number, rule in enumerate(rules.rules, start=1)),
        "then first come, first served",
    ]
    if rules.most_per_order:
        words.append(f"at most {rules.most_per_order} units of an item for one order before the others had theirs")
    if rules.most_per_customer:
        words.append(f"at most {rules.most_per_customer} for one customer")
    words += [f"{each.units} units of each item are kept for group {each.group}" for each in rules.reserves]
    words.append("orders ship complete" if rules.sending is Sending.TOGETHER else "orders ship in parts")
    return "\n".join(words)


def _row_in_words(row: QueueRow) -> str:
    pinned = " (pinned)" if row.is_pinned else ""
    return f"{row.order_id:>7}{pinned}  {row.allocated} allocated, {row.owed} owed: {row.why}"


def _rule(word: str) -> RankRule:
    name = word.strip().lower()
    if name not in set(RankRule):
        raise click.BadParameter(f"{word!r} is no rule; write {', '.join(RankRule)}.", param_hint="--rules")
    return RankRule(name)


def _group(word: str) -> int:
    if not word.strip().isdecimal():
        raise click.BadParameter(f"{word!r} is no group; write ids as 3,1.", param_hint="--groups")
    return int(word)

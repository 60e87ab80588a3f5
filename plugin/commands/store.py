"""What the commands that work on a store share: the built plugin, which store is meant, and how words become values."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import click

from plugin import telemetry
from plugin.bootstrap import Plugin, build
from plugin.domain.errors import DomainError
from plugin.domain.ids import TenantId
from plugin.domain.policy import LEAD_TIME_PRESETS, GoodsKind, LeadTime
from plugin.domain.store import Tenant
from plugin.services.spreadsheet import whole_number
from plugin.settings import Settings

UNLIMITED = "unlimited"


def open_plugin() -> Plugin:
    """Build the app as this machine's settings say."""
    settings = Settings.from_env()
    telemetry.configure(settings, process="command")
    return build(settings)


def store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --store; with one store installed it need not be said."""
    return click.option("--store", metavar="HASH", help="Which store; not needed where there is only one.")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def the_store(plugin: Plugin, store: str | None) -> Tenant:
    """Return the store that was named, or the only one."""
    tenants = plugin.directory.all()
    if store is None and len(tenants) == 1:
        return tenants[0]
    names = ", ".join(tenant.tenant_id for tenant in tenants)
    if store is None:
        raise click.UsageError(f"Say which store with --store: {names}." if tenants else "No store is installed yet.")
    found = plugin.directory.find(TenantId(store))
    if found is None:
        raise click.UsageError(f"There is no store {store}." + (f" Known: {names}." if tenants else ""))
    return found


def limit(text: str) -> int | None:
    """Read a number of units, or `unlimited`."""
    if text.strip().lower() == UNLIMITED:
        return None
    return whole_number(text, field="limit")


def lead_time(text: str) -> LeadTime | None:
    """Read working days as `10` or `5-10`, the name of a kind of goods, or `none`."""
    word = text.strip().lower().replace(" ", "_")
    if word in {"", "none"}:
        return None
    if word in {kind.value for kind in GoodsKind}:
        return LeadTime(*LEAD_TIME_PRESETS[GoodsKind(word)])
    shortest, _, longest = word.partition("-")
    try:
        return LeadTime(int(shortest), int(longest or shortest))
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in GoodsKind)
        message = f"lead_time is {text!r}; write working days as 10 or 5-10, none, or one of {kinds}."
        raise DomainError(message, field="lead_time", value=text) from error


def show(rows: Sequence[Any], line: Callable[[Any], str], *, as_json: bool, nothing: str) -> None:
    """Print one line per row, or all as JSON; a sentence where there are none."""
    if as_json:
        values = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in rows]
        click.echo(json.dumps(values, indent=2, default=str, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line(row))
    if not rows:
        click.echo(nothing)

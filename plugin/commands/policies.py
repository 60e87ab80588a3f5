"""`backorder policies`: how items may be sold past zero, one by one or from a CSV file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from plugin.commands.store import UNLIMITED, json_option, lead_time, limit, open_plugin, show, store_option, the_store
from plugin.domain.errors import DomainError
from plugin.domain.policy import BackorderPolicy, PolicyLabel, Scope
from plugin.services import spreadsheet
from plugin.services.spreadsheet import Row, day, whole_number

COLUMNS = ("scope", "enabled", "limit", "reserve", "lead_time", "handling_days", "label", "release_on", "message")
SUPPLY = "supply"
YES = ("", "yes", "true", "on", "1")
NO = ("no", "false", "off", "0")


@click.group()
def policies() -> None:
    """Say what may be sold past zero, up to which limit."""


@policies.command("list")
@store_option
@json_option
def list_all(*, store: str | None, as_json: bool) -> None:
    """Show all policies of a store."""
    plugin = open_plugin()
    found = sorted(plugin.policies.all(the_store(plugin, store).tenant_id), key=lambda policy: policy.scope)
    show(found, in_words, as_json=as_json, nothing="There are no policies: nothing is sold past zero.")


@policies.command("set")
@click.argument("scope")
@store_option
@click.option("--on/--off", "enabled", default=None, help="Whether the policy sells anything past zero.")
@click.option("--limit", "units", metavar="UNITS", help="Most units beyond on hand, unlimited, or supply.")
@click.option("--reserve", type=click.IntRange(min=0), help="With --limit supply: incoming units never sold ahead.")
@click.option("--lead-time", "days", metavar="DAYS", help="Working days, as 10 or 5-10; or a kind of goods: furniture.")
@click.option("--handling-days", type=click.IntRange(min=0), help="Working days from arrival to dispatch.")
@click.option("--label", type=click.Choice([label.value for label in PolicyLabel]), help="What it is called.")
@click.option("--release-on", metavar="DAY", help="The day a pre-order is released, as 2026-03-09; none takes it away.")
@click.option("--message", help="Own words for the product page; {date} stands for the ship dates.")
def set_one(  # noqa: PLR0913  — one argument per option
    *,
    scope: str,
    store: str | None,
    enabled: bool | None,
    units: str | None,
    reserve: int | None,
    days: str | None,
    handling_days: int | None,
    label: str | None,
    release_on: str | None,
    message: str | None,
) -> None:
    """Make or change the policy for SCOPE: store, category:23, product:77 or variant:105.

    What is not said stays as it is; a new policy is on.
    """
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    wanted = Scope.parse(scope)
    known = {policy.scope: policy for policy in plugin.policies.all(tenant_id)}
    changes: dict[str, Any] = {
        "enabled": enabled,
        "handling_days": handling_days,
        "label": PolicyLabel(label) if label else None,
        "message": message,
    }
    said = {name: value for name, value in changes.items() if value is not None}
    if units is not None:
        said |= limit_fields(units, reserve=reserve)
    elif reserve is not None:
        said["reserve"] = reserve
    if days is not None:
        said["lead_time"] = lead_time(days)
    if release_on is not None:
        said["release_on"] = None if release_on == "none" else day(release_on, field="release_on")
    policy = replace(known.get(wanted, BackorderPolicy(scope=wanted, enabled=True)), **said)
    plugin.policies.save(tenant_id, [policy])
    click.echo(in_words(policy))


@policies.command()
@click.argument("scope")
@store_option
def remove(*, scope: str, store: str | None) -> None:
    """Take the policy for SCOPE away; a less specific one may then cover its items."""
    plugin = open_plugin()
    wanted = Scope.parse(scope)
    was_there = plugin.policies.delete(the_store(plugin, store).tenant_id, wanted)
    click.echo(f"Removed the policy for {wanted}." if was_there else f"There was no policy for {wanted}.")


@policies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_file(*, file: Path, store: str | None, dry_run: bool) -> None:
    """Make or replace policies from a CSV file: all of it or nothing.

    Columns: scope, limit; and if wanted enabled, reserve, lead_time, handling_days, label, release_on, message.
    """
    plugin = open_plugin()
    tenant_id = the_store(plugin, store).tenant_id
    found = spreadsheet.each(
        spreadsheet.read(file.read_bytes(), columns=COLUMNS, required=("scope", "limit")), from_row
    )
    _require_each_scope_once(found)
    if not dry_run:
        plugin.policies.save(tenant_id, found)
    for policy in found:
        click.echo(in_words(policy))
    click.echo(f"{len(found)} policies {'would be' if dry_run else 'were'} imported.")


def from_row(row: Row) -> BackorderPolicy:
    """Read one line of the file."""
    label = row["label"].lower() or PolicyLabel.BACKORDER.value
    if label not in {known.value for known in PolicyLabel}:
        allowed = ", ".join(PolicyLabel)
        raise DomainError(f"label is {row['label']!r}; allowed: {allowed}.", field="label", value=row["label"])
    return BackorderPolicy(
        scope=Scope.parse(row["scope"]),
        enabled=_is_on(row["enabled"]),
        **limit_fields(row["limit"], reserve=whole_number(row["reserve"] or "0", field="reserve")),
        lead_time=lead_time(row["lead_time"]),
        handling_days=whole_number(row["handling_days"] or "1", field="handling_days"),
        label=PolicyLabel(label),
        release_on=day(row["release_on"], field="release_on") if row["release_on"] else None,
        message=row["message"],
    )


def in_words(policy: BackorderPolicy) -> str:
    """One line, as a merchant would read it."""
    if not policy.enabled:
        return f"{policy.scope!s:<16} off"
    units = _limit_in_words(policy)
    words = [f"{policy.scope!s:<16} {policy.label}, {units}"]
    if policy.lead_time:
        words.append(f"lead time {policy.lead_time.shortest} to {policy.lead_time.longest} working days")
    words.append(f"{policy.handling_days} to dispatch")
    if policy.release_on:
        words.append(f"released on {policy.release_on}")
    if policy.message:
        words.append(f'"{policy.message}"')
    return ", ".join(words)


def limit_fields(text: str, *, reserve: int | None) -> dict[str, Any]:
    """A limit as it is written: a number, unlimited, or supply with its reserve."""
    covers_supply = text.strip().lower() == SUPPLY
    return {
        "backorder_limit": 0 if covers_supply else limit(text),
        "covers_supply": covers_supply,
        "reserve": reserve or 0,
    }


def _limit_in_words(policy: BackorderPolicy) -> str:
    if policy.covers_supply:
        return f"what supply covers, less {policy.reserve}" if policy.reserve else "what supply covers"
    return UNLIMITED if policy.backorder_limit is None else f"up to {policy.backorder_limit}"


def _is_on(text: str) -> bool:
    word = text.lower()
    if word not in (*YES, *NO):
        raise DomainError(f"enabled is {text!r}; write yes or no.", field="enabled", value=text)
    return word in YES


def _require_each_scope_once(found: list[BackorderPolicy]) -> None:
    scopes = [policy.scope for policy in found]
    twice = sorted({scope for scope in scopes if scopes.count(scope) > 1})
    if twice:
        raise spreadsheet.SpreadsheetFault([f"{scope} is there more than once." for scope in twice])

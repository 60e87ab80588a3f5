"""`backorder storefront`: what the shop's own pages show, and the script that shows it."""

from dataclasses import asdict, replace
from typing import Any

import click

from plugin.commands.store import json_option, open_plugin, show, store_option, the_store
from plugin.domain.errors import DomainError
from plugin.domain.store import StorefrontSettings, WaitlistPlace
from plugin.services.feed import columns


@click.group()
def storefront() -> None:
    """Decide what product pages and carts say, and keep the script in place."""


@storefront.command("show")
@store_option
@json_option
def show_settings(*, store: str | None, as_json: bool) -> None:
    """Show what is decided, and whether the script stands on the pages."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    state = plugin.page_scripts.state(tenant.tenant_id)
    rows = [*asdict(tenant.settings.storefront).items(), ("script", state.value)]
    show(rows, lambda row: f"{row[0]:<16} {_in_words(row[1])}", as_json=as_json, nothing="")


@storefront.command("set")
@store_option
@click.option("--on/--off", "enabled", default=None, help="Whether our script is on the pages at all.")
@click.option("--waitlist", type=click.Choice([place.value for place in WaitlistPlace]), help="Where shoppers may ask.")
@click.option("--sending/--no-sending", default=None, help="Whether a mixed cart asks: together, or as ready?")
@click.option("--structured-data/--no-structured-data", default=None, help="Tell search engines in the page's JSON-LD.")
@click.option("--feed/--no-feed", default=None, help="Whether product feeds may fetch our columns.")
@click.option("--place", help="A CSS selector of the element our sentence follows; empty finds it by itself.")
@click.option("--words", multiple=True, metavar="LANG.NAME=TEXT", help="Own words, as de.ships='Kommt {window}'.")
def set_some(*, store: str | None, waitlist: str | None, words: tuple[str, ...], **given: Any) -> None:
    """Change what is named; the rest stays as it is. Words without a text are ours again."""
    plugin = open_plugin()
    tenant = the_store(plugin, store)
    settings = tenant.settings.storefront
    names = {"enabled": "enabled", "sending": "offers_sending"}
    said: dict[str, Any] = {names.get(name, name): value for name, value in given.items() if value is not None}
    if waitlist:
        said["waitlist"] = WaitlistPlace(waitlist)
    if words:
        said["words"] = _with_words(settings, words)
    plugin.page_scripts.decide(tenant.tenant_id, replace(settings, **said))
    click.echo("Saved. Pages follow within a minute.")


@storefront.command()
@store_option
def repair(*, store: str | None) -> None:
    """Put the script back where it is missing or switched off."""
    plugin = open_plugin()
    plugin.page_scripts.ask(the_store(plugin, store).tenant_id, "place_script")
    click.echo("Asked for; a worker puts the script back.")


@storefront.command()
@store_option
def feed(*, store: str | None) -> None:
    """Print the columns for product feeds as CSV."""
    plugin = open_plugin()
    click.echo(columns(plugin.queries, the_store(plugin, store).tenant_id), nl=False)


def _with_words(settings: StorefrontSettings, given: tuple[str, ...]) -> dict[str, dict[str, str]]:
    words = {language: dict(texts) for language, texts in settings.words.items()}
    for each in given:
        place, separator, text = each.partition("=")
        language, _, name = place.partition(".")
        if not (separator and language and name):
            raise DomainError(f"words is {each[:40]!r}; write de.ships='Kommt {{window}}'.", field="words", value=each)
        texts = words.setdefault(language, {})
        texts.pop(name, None)
        if text:
            texts[name] = text
    return {language: texts for language, texts in words.items() if texts}


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value else "–"

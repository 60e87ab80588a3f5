"""backorder demo: start the town and stay, or play the story and report."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from plugin.demo.outside import MUG, Outside
from plugin.demo.shopper import ShoppersStory, a_browser
from plugin.demo.story import Fact, Story
from plugin.demo.town import STORE, Town, build_town

DIRECTORY = Path("var/demo")
PICTURES = "pictures"


@click.command()
@click.option("--auto", is_flag=True, help="Play the story without a browser and check every fact from outside.")
@click.option("--browser", is_flag=True, help="Play the shopper's part in Chromium and keep it as pictures.")
@click.option(
    "--json", "report", type=click.Path(path_type=Path, dir_okay=False), help="With the above: write a report here."
)
@click.option("--native/--virtual", default=True, show_default=True, help="How the shop sells past zero.")
@click.option("--port", default=0, help="Port of the start page; 0 takes a free one.")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), default=DIRECTORY, show_default=True)
def demo(*, auto: bool, browser: bool, report: Path | None, native: bool, port: int, directory: Path) -> None:
    """Run a simulated store and the whole app on this machine."""
    town = build_town(directory.absolute(), native=native, port=port)
    if auto:
        sys.exit(_play(town, report, _story_of, native=native))
    if browser:
        sys.exit(_play(town, report, _shoppers_story_of, native=native))
    click.echo("Starting a shop, its shoppers' inbox and the app …")
    town.supervisor.run(on_ready=lambda: _welcome(town))


def _story_of(town: Town) -> Iterator[Fact]:
    yield from Story(Outside(town)).play()


def _shoppers_story_of(town: Town) -> Iterator[Fact]:
    with a_browser() as browser:
        prepare(town)
        yield from ShoppersStory(Outside(town), browser, town.log.parent / PICTURES).play()
    click.echo(f"\nThe pictures are in {town.log.parent / PICTURES}.")


def _play(town: Town, report: Path | None, story: Callable[[Town], Iterator[Fact]], *, native: bool) -> int:
    started = time.monotonic()
    with town.supervisor:
        facts = list(_told(story(town)))
    seconds = round(time.monotonic() - started, 1)
    broken = [fact for fact in facts if not fact.holds]
    click.echo(f"\n{len(facts) - len(broken)} of {len(facts)} facts hold, after {seconds} seconds.")
    if broken:
        click.echo(f"The log is in {town.log}.")
    if report:
        way = "native" if native else "virtual"
        rows = [asdict(fact) for fact in facts]
        report.write_text(
            json.dumps({"way": way, "seconds": seconds, "facts": rows}, indent=2) + "\n", encoding="utf-8"
        )
    return 1 if broken else 0


def _told(facts: Iterable[Fact]) -> Iterable[Fact]:
    """Print each fact as it is found, under the name of its chapter."""
    chapter = ""
    for fact in facts:
        if fact.chapter != chapter:
            chapter = fact.chapter
            click.echo(f"\n{chapter.capitalize()}")
        click.echo(f"  {'✓' if fact.holds else '✗'} {fact.sentence}")
        yield fact


def _welcome(town: Town) -> None:
    prepare(town)
    panel = town.sandbox_url.replace("127.0.0.1", "localhost")
    lines = (
        "Backorder demo: a make-believe shop, everything on this machine",
        "",
        f"Start here      {town.sandbox_url}/",
        f"Buy a Red Mug   {town.sandbox_url}/shop/{STORE}/products/{MUG}",
        f"Read the mail   {town.sandbox_url}/inbox/",
        f"Be the merchant {panel}/manage/{STORE}/",
        f"Be the world    {town.sandbox_url}/sandbox/   (goods arrive, days pass, things break)",
        "",
        "Ctrl-C stops it and forgets everything.",
    )
    width = max(map(len, lines))
    click.echo("\n".join(["", f"┌─{'─' * width}─┐", *(f"│ {line:<{width}} │" for line in lines), f"└─{'─' * width}─┘"]))


def prepare(town: Town) -> None:
    """Install the app and open the Red Mug for backorder, so that the first click shows something."""
    outside = Outside(town)
    outside.call("GET", outside.shop("POST", "/install-url", {})["url"])
    outside.eventually(lambda: '"state": "connected"' in outside.command("tenants", "--json"), patience=30)
    outside.command("policies", "set", f"product:{MUG}", "--limit", "20", "--lead-time", "5-10")

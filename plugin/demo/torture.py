"""`backorder torture`: real processes, a busy shop, and everything that can go wrong, by a seed; then the oracle speaks.

The seed decides what happens and in which order, not to the millisecond when. Every deed is written to story.jsonl.
"""

import json
import os
import random
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import click
import urllib3

from plugin.demo.large_migration import migrate_under_load
from plugin.demo.oracle import Model, Shelf, doubled, judge
from plugin.demo.outside import Outside, Unexpected
from plugin.demo.town import build_town

LIMIT, ON_HAND, ITEMS = 6, 3, 3
PATIENCE_SECONDS = 60.0
PROCESSES = {
    "web": r"plugin\.cli\0web\0$",
    "worker": r"-m\0workers\0$",
    "clock": r"workers\0clock\0$",
    "queue server": r"valkey-server",
}
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503, "when": "before"},
    {"kind": "status", "status": 500, "when": "after", "body": "html"},
    {"kind": "throttle"},
    {"kind": "throttle", "headers": False},
    {"kind": "drop", "seconds": 0.2, "when": "before"},
    {"kind": "drop", "seconds": 0.2, "when": "after"},
    {"kind": "slow", "seconds": 1.5},
    {"kind": "garbage"},
)
MAIL_TROUBLES = ("busy", "drop", "drop_after")


@dataclass(slots=True)
class Torture:
    outside: Outside
    dice: random.Random
    story: Path
    model: Model = field(default_factory=Model)
    shipments: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """By reference: item, units announced, units that came so far."""
    kills: int = 0

    def prepare(self) -> None:
        out = self.outside
        for item in self._untouched()[:ITEMS]:
            out.shop("POST", "/stock/set", {"product_id": item, "on_hand": ON_HAND})
            self.model.shelves[item] = Shelf(ON_HAND, LIMIT)
        out.call("GET", out.shop("POST", "/install-url", {})["url"])
        if not out.eventually(lambda: '"connected"' in out.command("tenants", "--json"), patience=PATIENCE_SECONDS):
            raise Unexpected("The install does not finish.")
        out.api_key = out.command("apikey", "create", "torture").splitlines()[-1].strip()
        for item in self.model.shelves:
            rules = {"enabled": True, "backorder_limit": LIMIT, "lead_time_days": {"shortest": 5, "longest": 10}}
            self.persist("PUT", f"/policies/product:{item}", rules)
        for item, shelf in self.model.shelves.items():
            if not out.eventually(lambda i=item, s=shelf: self._free(i) == s.left, patience=PATIENCE_SECONDS):  # type: ignore[misc]  # mypy cannot infer a lambda's defaults
                raise Unexpected(f"Item {item} never opened: {self._free(item)} are free, {shelf.left} should be.")

    def _untouched(self) -> list[int]:
        """Items nobody has ordered yet, alone or in a bundle: the model knows all there is to know about them."""
        products = self.outside.shop("GET", "")["products"]
        ordered = {
            line["product_id"]
            for order in self.outside.shop("GET", "/orders?limit=1000")["orders"]
            for line in order["lines"]
        }
        bundled = {part["product_id"] for product in products for part in product["bundle"]}
        simple = [product["id"] for product in products if _is_simple(product)]
        return [item for item in simple if item not in ordered | bundled]

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(self.dice.randint(2, 6)):
                self._do(self.dice.choices(DEEDS, weights=[7, 2, 2, 3, 3])[0])
                Event().wait(self.dice.uniform(0.02, 0.3))
            self._do(self.dice.choice(TROUBLES))

    def _do(self, deed: Callable[["Torture"], object]) -> None:
        done = deed(self)
        with self.story.open("a", encoding="utf-8") as story:
            story.write(json.dumps({"at": round(time.monotonic(), 1), "deed": deed.__name__, "what": done}) + "\n")

    def _free(self, item: int) -> int:
        return int(self.outside.product(item)["stock"][0]["available_to_sell"])

    def persist(self, method: str, path: str, body: object) -> Any:
        """Say it to the app until it was heard, as an ERP does; all of it may be said twice."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.outside.app(method, path, body)
            except (urllib3.exceptions.HTTPError, Unexpected) as trouble:
                if time.monotonic() > end or " answered 4" in str(trouble):
                    raise
            Event().wait(0.5)

    def calm(self) -> None:
        """Everything that was broken is mended; twenty minutes go by in the world's time."""
        out = self.outside
        out.world("DELETE", "/faults")
        out.world("PUT", "/switches", QUIET)
        out.world("POST", "/webhooks/release", {})
        self.persist("GET", "/policies", None)
        for seconds in (10, 70, 130, 300, 660, 61, 660, 61):
            out.world("POST", "/clock", {"seconds": seconds})
            Event().wait(3)
            out.quiet()


QUIET = {"webhook_loss_percent": 0, "webhook_duplicates": 0, "webhook_shuffle_seconds": 0}


def buy(self: Torture) -> object:
    item, units = self.dice.choice(list(self.model.shelves)), self.dice.randint(1, 3)
    name = f"shopper{len(self.model.orders)}"
    number = self.outside.buy(units, name, product=item)
    if number:
        self.model.bought(number, name, item, units)
    return [number, item, units]


def cancel(self: Torture) -> object:
    is_open = [order for shelf in self.model.shelves.values() for order in shelf.open]
    if not is_open:
        return None
    order = self.dice.choice(is_open)
    self.outside.shop("POST", f"/orders/{order.number}/cancel")
    self.model.cancelled(order)
    return order.number


def announce(self: Torture) -> object:
    item, units = self.dice.choice(list(self.model.shelves)), self.dice.randint(2, 8)
    reference = f"PO-{len(self.shipments)}"
    day = date.fromisoformat(self.outside.world("GET", "/clock")["now"][:10]) + timedelta(days=self.dice.randint(5, 40))
    body = {
        "supplier": "Kiln",
        "reference": reference,
        "eta": {"earliest": day.isoformat(), "latest": day.isoformat()},
        "lines": [{"item": str(item), "quantity": units}],
    }
    number = self.persist("POST", "/shipments", body)["id"]
    self.shipments[str(number)] = (item, units, 0)
    return [number, item, units]


def receive(self: Torture) -> object:
    """The warehouse books totals, so that it may say so twice."""
    coming = [number for number, (_, units, came) in self.shipments.items() if came < units]
    if not coming:
        return None
    number = self.dice.choice(coming)
    item, units, came = self.shipments[number]
    total = self.dice.randint(came + 1, units)
    lines = [{"item": str(item), "quantity": total}]
    self.persist("POST", f"/shipments/{number}/receive", {"lines": lines, "as_totals": True})
    self.shipments[number] = (item, units, total)
    self.model.shelves[item].units += total - came
    return [number, item, total - came]


def ship(self: Torture) -> object:
    ready = [order for shelf in self.model.shelves.values() for order in shelf.ready()]
    if not ready:
        return None
    order = ready[0]
    free = self._free(order.item)
    self.outside.shop("POST", f"/orders/{order.number}/ship", {})
    # Goods may leave before the shop has heard that they came; it then sells what it takes for owed no more.
    self.model.shipped(order, freed=max(0, self._free(order.item) - free))
    return order.number


def kill(self: Torture) -> object:
    """Send SIGKILL to one of the app's processes, the launcher included; the town's supervisor starts that one again."""
    launcher = self.outside.town.supervisor.pid_of("launcher")
    if launcher is None:
        return None
    victims = {"launcher": launcher, **_children(launcher)}
    name = self.dice.choice(["launcher", *PROCESSES])
    if name in victims:
        self.kills += 1
        os.kill(victims[name], signal.SIGKILL)
    return name


def flush(self: Torture) -> object:
    try:
        self.outside.flush_queue_server()
    except OSError as gone:
        return str(gone)
    return "flushed"


def spoil_answers(self: Torture) -> object:
    fault = self.dice.choice(FAULTS) | {"times": self.dice.randint(1, 4)}
    self.outside.world("POST", "/faults", fault)
    return fault


def spoil_webhooks(self: Torture) -> object:
    values = {
        "webhook_loss_percent": self.dice.choice([0, 0, 30, 100]),
        "webhook_duplicates": self.dice.choice([0, 1, 3]),
        "webhook_shuffle_seconds": self.dice.choice([0, 1, 5]),
    }
    self.outside.world("PUT", "/switches", values)
    return values


def repeat_webhooks(self: Torture) -> object:
    self.outside.world("POST", "/webhooks/redeliver", {"newest": 20})
    return "20 newest"


def spoil_mail(self: Torture) -> object:
    trouble = {"trouble": self.dice.choice(MAIL_TROUBLES), "times": self.dice.randint(1, 3)}
    self.outside.world("PUT", "/mailbox", trouble)
    return trouble


def move_clock(self: Torture) -> object:
    seconds = self.dice.choice([5, 60, 300])
    self.outside.world("POST", "/clock", {"seconds": seconds})
    return seconds


DEEDS: tuple[Callable[[Torture], object], ...] = (buy, cancel, announce, receive, ship)
TROUBLES: tuple[Callable[[Torture], object], ...] = (
    kill,
    kill,
    kill,
    flush,
    spoil_answers,
    spoil_answers,
    spoil_webhooks,
    repeat_webhooks,
    spoil_mail,
    move_clock,
)


def _children(parent: int) -> dict[str, int]:
    """The launcher's own children by what they do."""
    found: dict[str, int] = {}
    for number in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, number.read_text(encoding="ascii").split()):
            command = Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8", errors="replace")
            found |= {name: child for name, mark in PROCESSES.items() if re.search(mark, command)}
    return found


def _is_simple(product: dict[str, Any]) -> bool:
    return (
        product["inventory_tracking"] == "product"
        and product["availability"] == "available"
        and len(product["stock"]) == 1
    )


@click.command()
@click.option("--seed", default=1, show_default=True, help="Decides what happens, and in which order.")
@click.option("--minutes", default=3.0, show_default=True, help="How long it goes on before the oracle speaks.")
@click.option("--native/--virtual", default=True, show_default=True, help="How the shop sells past zero.")
@click.option("--database-url", default="", help="A new, empty PostgreSQL database; SQLite without it.")
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path("var/torture"), show_default=True
)
@click.option(
    "--migration",
    "lines",
    type=click.IntRange(min=2),
    help="Instead: migrate an old database with so many order lines while webhooks come.",
)
def torture(*, seed: int, minutes: float, native: bool, database_url: str, directory: Path, lines: int | None) -> None:
    """Break everything at random while shoppers buy, then check every unit, promise and mail against a model."""
    if lines:
        shutil.rmtree(directory, ignore_errors=True)
        sys.exit(1 if migrate_under_load(database_url, directory=directory, lines=lines, say=click.echo).broken else 0)
    town = build_town(directory.absolute(), native=native, port=0, launched=True, database_url=database_url)
    trouble = Torture(Outside(town), random.Random(seed), directory / "story.jsonl")  # noqa: S311  — chance, not secrecy
    with town.supervisor:
        trouble.prepare()
        click.echo(f"Seed {seed}, {'native' if native else 'virtual'}: {minutes:g} minutes of trouble …")
        trouble.run(minutes * 60)
        trouble.calm()
        broken = _report(trouble)
    if broken:
        click.echo(f"The log is {town.log}, the story {trouble.story}.")
    sys.exit(1 if broken else 0)


def _report(trouble: Torture) -> int:
    broken = 0
    for sentence, problem in judge(trouble.model, trouble.outside):
        broken += bool(problem)
        click.echo(f"  {'✗' if problem else '✓'} {sentence}{': ' + problem if problem else ''}")
    twice = doubled(trouble.model, trouble.outside)
    click.echo(
        f"{len(trouble.model.orders)} orders, {len(trouble.shipments)} shipments, {trouble.kills} kills; "
        f"{twice} mails arrived twice under one Message-ID."
    )
    return broken

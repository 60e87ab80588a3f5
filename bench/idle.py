"""An idle app: from the order in the shop to the date on the product page, and to the mail handed over.

Real processes, as the demo starts them: shop, queue server, web, worker, clock. One order at a time takes the last unit and
one more; it is cancelled again, and the next one comes when all is quiet.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter

from bench.figures import Goal, Measured
from plugin.demo.outside import MUG, Outside
from plugin.demo.town import build_town
from plugin.settings import Settings

LOOK = 0.02
PATIENCE = 60.0
RULES = {"enabled": True, "backorder_limit": 5, "lead_time_days": {"shortest": 5, "longest": 10}}


def measure(seconds: float) -> Measured:
    """Ten orders for each second asked for, at least ten: three seconds take about four minutes."""
    rounds = max(10, int(seconds * 10))
    gather = float(Settings.model_fields["webhook_gather_seconds"].default)
    pages, mails = [], []
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as directory:
        town = build_town(Path(directory) / "town", native=True, port=0, gather=gather)
        with town.supervisor:
            out = Outside(town)
            _install(out)
            for number in range(rounds):
                page, mail = _one_order(out, f"Shopper{number}")
                pages.append(page)
                mails.append(mail)
    rows = {
        "order to date on the product page": figures(pages),
        "order to mail handed over": figures(mails),
        "webhooks are gathered for": {"s p50": gather},
    }
    goals = tuple(Goal(row, "s p50", "webhooks are gathered for") for row in rows if row.startswith("order"))
    return Measured({row: dict(values) for row, values in rows.items()}, goals)


def figures(waits: list[float]) -> dict[str, float]:
    some = sorted(waits)
    return {"s p50": median(some), "s p99": some[min(len(some) - 1, int(len(some) * 0.99))], "orders": float(len(some))}


def _install(out: Outside) -> None:
    out.call("GET", out.shop("POST", "/install-url", {})["url"])
    assert out.eventually(lambda: '"state": "connected"' in out.command("tenants", "--json"), patience=PATIENCE)
    out.api_key = out.command("apikey", "create", "bench").splitlines()[-1].strip()
    out.app("PUT", f"/policies/product:{MUG}", RULES)
    assert out.eventually(lambda: _free(out) == 6, patience=PATIENCE)


def _free(out: Outside) -> int:
    return int(out.product()["stock"][0]["available_to_sell"])


def _one_order(out: Outside, name: str) -> tuple[float, float]:
    """Seconds until the page has another text, and until somebody is mailed."""
    out.quiet()
    before = _text(out)
    started = perf_counter()
    order = out.buy(2, name)
    facts: list[Callable[[], bool]] = [lambda: _text(out) != before, lambda: bool(out.mails(name))]
    seen = _seen(facts, started)
    out.shop("POST", f"/orders/{order}/cancel")
    assert out.eventually(lambda: _text(out) == before, patience=PATIENCE)
    return seen[0], seen[1]


def _text(out: Outside) -> str:
    return str(out.product()["availability_description"])


def _seen(facts: list[Callable[[], bool]], started: float) -> dict[int, float]:
    found: dict[int, float] = {}
    while len(found) < len(facts) and perf_counter() - started < PATIENCE:
        for number, fact in enumerate(facts):
            if number not in found and fact():
                found[number] = perf_counter() - started
        Event().wait(LOOK)
    return {number: found.get(number, PATIENCE) for number in range(len(facts))}

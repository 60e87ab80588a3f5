"""The merchant's screens: what a first view weighs, how soon it stands still on slow 4G, and lists with a long history.

The browser runs at a quarter of this machine's speed behind 1.6 Mbit/s and 150 ms, where there is one.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import insert

from bench.figures import Measured, Rows
from bench.screen_lists import measure_lists
from bench.storefront import CHROMIUM, STORE, fill, served
from plugin.adapters.db.tables import journal
from plugin.bootstrap import Plugin, build
from plugin.settings import Settings
from plugin.web.app import create_app
from plugin.web.current import SESSIONS

FEW, MANY, STEP = 100, 100_000, 5_000
TIMES = 15
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
SLOWER = 4
LOOKED_AT = """() => new Promise((done) => {
  const found = { painted: 0, moved: 0 };
  const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { found.painted = entry.startTime; });
  watch('layout-shift', (entry) => { found.moved += entry.value; });
  setTimeout(() => done(found), 1500);
})"""


def measure(_seconds: float) -> Measured:
    lists = measure_lists()
    return Measured(pages() | lists.rows, lists.goals)


def pages() -> Rows:
    """What a first view weighs and how soon it stands still; lists of decisions with a long history."""
    with TemporaryDirectory(prefix="backorder-bench-") as folder:
        plugin = build(Settings(data_dir=Path(folder), redis_url=f"unix://{folder}/none"))
        fill(plugin)
        app = create_app(plugin)
        note_decisions(plugin, FEW)
        results: Rows = {"first view, over the wire": {"kB": weight(app) / 1000}}
        short = {path: answered(app, path) for path in LISTS}
        note_decisions(plugin, MANY)
        for path, label in LISTS.items():
            results[f"{label}, {FEW} rows behind it"] = {"ms": short[path]}
            results[f"{label}, {MANY:,} rows behind it"] = {"ms": answered(app, path)}
        if CHROMIUM:
            results |= in_the_browser(app)
    return results


LISTS = {
    "activity": "decisions",
    "activity?group=settings": "decisions of a rare kind",
    "activity?order=7": "one order's",
}


def note_decisions(plugin: Plugin, count: int) -> None:
    """A history of so many decisions more, few of them about settings."""
    with plugin.engine.begin() as connection:
        start = connection.execute(journal.select().order_by(journal.c.id.desc()).limit(1)).first()
        first = (start.id if start else 0) + 1
        for begin in range(0, count, STEP):
            rows = [decision(number) for number in range(first + begin, first + min(count, begin + STEP))]
            connection.execute(insert(journal), rows)


def decision(number: int) -> dict[str, object]:
    kind, about = ("settings", "store") if number % 9_973 == 0 else ("moved", f"order:{number % 50_000}")
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    return {"tenant_id": STORE, "id": number, "at": at, "kind": kind, "about": about, "text": "PO-118 moved."}


def get(app: Flask, path: str, **headers: str) -> Any:
    return app.test_client().get(path, headers={"Authorization": f"Bearer {token(app)}", **headers})


def token(app: Flask) -> str:
    sessions = app.extensions[SESSIONS]
    return str(sessions.token(sessions.begin(STORE, 1)))


def weight(app: Flask) -> int:
    page = get(app, f"/app/{STORE}/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    travel = (len(get(app, file.replace("&amp;", "&"), **{"Accept-Encoding": "gzip"}).data) for file in files)
    return len(page.encode()) + sum(travel)


def answered(app: Flask, path: str) -> float:
    """The usual time of one page, in ms."""
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        assert get(app, f"/app/{STORE}/{path}").status_code == 200
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


def in_the_browser(app: Flask) -> dict[str, dict[str, float]]:
    from playwright.sync_api import sync_playwright

    sessions = app.extensions[SESSIONS]
    ticket = sessions.ticket(sessions.begin(STORE, 1))
    painted, moved = [], []
    with served(app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(3):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            control = context.new_cdp_session(page)
            control.send("Network.enable")
            control.send("Network.emulateNetworkConditions", SLOW_4G)
            control.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(f"{address}/app/{STORE}/?t={ticket}")
            seen = page.evaluate(LOOKED_AT)
            painted.append(seen["painted"])
            moved.append(seen["moved"])
            context.close()
        browser.close()
    return {
        "first page, largest paint, slow 4G, a quarter of the speed": {"ms": median(painted)},
        "first page, layout shift, in thousandths": {"": median(moved) * 1000},
    }

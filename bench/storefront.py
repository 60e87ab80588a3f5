"""The storefront's answers beside the same app's static answer, and what the script costs a page.

Requests are called as WSGI by eight threads in interleaved rounds, without a server between; the median round counts. The
script is measured in Chromium, where there is one, in processor time: that of others does not count.
"""

import gzip
import json
import shutil
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from werkzeug.test import EnvironBuilder

from plugin.adapters.db.migrations.migrate import migrate
from plugin.bootstrap import SCRIPT_BUILD, Plugin, build
from plugin.domain.ids import ItemId, ProductId, TenantId, VariantId
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.policy import BackorderPolicy, LeadTime, Scope
from plugin.domain.stock import StockLevel
from plugin.domain.store import FIRST_LOCATION, ConnectionState
from plugin.embedded import EmbeddedServer
from plugin.services.news import News
from plugin.services.ports import AppUser, Grant
from plugin.settings import Settings
from plugin.web.app import create_app
from plugin.web.rate_limit import MemoryCounter, Rate
from plugin.web.storefront import LOOKED

THREADS, ROUNDS, PRODUCTS, VISITS = 8, 3, 500, 15
STORE = TenantId("bench")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

Application = Callable[[dict[str, Any], Callable[..., object]], Any]


class Generous(MemoryCounter):
    """Counts as the app does, and tells nobody to wait."""

    def take(self, key: str, _rate: Rate) -> int:
        return super().take(key, Rate(times=1_000_000, per_seconds=1_000))


def measure(seconds: float) -> dict[str, dict[str, float]]:
    with TemporaryDirectory(prefix="backorder-bench-") as folder, EmbeddedServer() as server:
        plugin = build(Settings(data_dir=Path(folder), redis_url=server.url))
        fill(plugin)
        app = create_app(plugin)
        app.extensions[LOOKED] = Generous()
        results = answers(app.wsgi_app, seconds)
        results["memory of 500 products in one process"] = {"kB": remembered(plugin)}
    results |= sizes()
    if CHROMIUM:
        results |= in_the_browser()
    return results


def fill(plugin: Plugin) -> None:
    """Five hundred products with four variants each, all sold past zero."""
    migrate(plugin.engine)
    user = AppUser(user_id=1, email="ann@example.com", locale="en", is_owner=True)
    plugin.directory.save_grant(Grant(STORE, "token", (), user), at=datetime(2026, 1, 1, tzinfo=UTC))
    products = [product(number) for number in range(1, PRODUCTS + 1)]
    with plugin.units(STORE) as work:
        tenant = replace(work.tenant(), state=ConnectionState.CONNECTED, has_native_backorders=True)
        work.save_tenant(tenant)
        work.policies.save(BackorderPolicy(Scope.parse("store"), True, 20, LeadTime(5, 10)))
        work.commit()
    with plugin.units(STORE) as work:
        items = [item for each in products for item in each.items]
        levels = tuple(level(item) for item in items)
        plugin.inbox.intake.take_over(work, News(products=tuple(products), levels=levels, replan=frozenset(items)))
        work.commit()


def product(number: int) -> Product:
    variants = tuple(Variant(VariantId(number * 10 + n), f"SKU-{number}-{n}", f"Size {n}") for n in range(4))
    return Product(
        ProductId(number), f"Product {number}", f"SKU-{number}", Tracking.VARIANT, (), variants, ProductTexts()
    )


def level(item: ItemId) -> StockLevel:
    return StockLevel(item, FIRST_LOCATION, on_hand=1, safety_stock=0, backordered=0, backorder_limit=0)


def answers(application: Application, seconds: float) -> dict[str, dict[str, float]]:
    fifty = ",".join(map(str, range(1, 51)))
    requests = {
        "a static file of the same app": ("/static/admin.css", {}),
        "one product": ("/store/bench/offers.json?ids=7&lang=en", {}),
        "50 products, 200 variants": (f"/store/bench/offers.json?ids={fifty}&lang=en", {}),
        "50 products, not modified": (f"/store/bench/offers.json?ids={fifty}&lang=en", {"If-None-Match": ""}),
    }
    _, headers, size = call(application, *requests["50 products, 200 variants"])
    requests["50 products, not modified"][1]["If-None-Match"] = dict(headers)["ETag"]
    rounds: dict[str, list[tuple[float, float]]] = {label: [] for label in requests}
    for _ in range(ROUNDS):
        for label, asked in requests.items():
            rounds[label].append(round_of(application, asked, seconds))
    results = {
        label: {"requests/s": median(rate for rate, _ in rows), "ms p99": median(late for _, late in rows)}
        for label, rows in rounds.items()
    }
    results["50 products, 200 variants"]["kB"] = size / 1000
    return results


def round_of(application: Application, asked: tuple[str, dict[str, str]], seconds: float) -> tuple[float, float]:
    times: list[float] = []
    ends = time.perf_counter() + seconds

    def send() -> None:
        own = []
        while time.perf_counter() < ends:
            started = time.perf_counter()
            status, _, _ = call(application, *asked)
            own.append(time.perf_counter() - started)
            if not status.startswith(("200", "304")):
                raise RuntimeError(status)
        times.extend(own)

    threads = [threading.Thread(target=send) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return len(times) / seconds, times[int(len(times) * 0.99)] * 1000


def call(application: Application, path: str, headers: dict[str, str]) -> tuple[str, list[tuple[str, str]], int]:
    environ = EnvironBuilder(path=path, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_environ()
    said: list[Any] = []
    body = application(environ, lambda status, sent, _error=None: said.extend((status, sent)))
    size = sum(map(len, body))
    body.close()
    return said[0], said[1], size


def remembered(plugin: Plugin) -> float:
    """Kilobytes that a process which has answered for every product keeps."""
    plugin.storefront.memory.parts.clear()
    tracemalloc.start()
    for start in range(1, PRODUCTS, 50):
        plugin.storefront.answer(STORE, [ProductId(number) for number in range(start, start + 50)], language="en")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / 1000


def sizes() -> dict[str, dict[str, float]]:
    built = json.loads(SCRIPT_BUILD.read_text(encoding="utf-8"))
    return {
        f"script: {name}": {
            "bytes gz": float(len(gzip.compress((SCRIPT_BUILD.parent / piece["file"]).read_bytes(), 9)))
        }
        for name, piece in built.items()
    }


def in_the_browser() -> dict[str, dict[str, float]]:
    """Processor time of a product page's main thread that our script takes, at full and at a quarter of the speed."""
    from playwright.sync_api import sync_playwright

    from tests.browser.shop import FLAGS, a_shop

    with (
        TemporaryDirectory() as folder,
        EmbeddedServer() as server,
        a_shop(Path(folder), server.url) as stage,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        taken = {rate: [busy(browser, stage, rate) for _ in range(VISITS)] for rate in (1, 4)}
        browser.close()
    return {
        f"script on a product page, {rate} x slower": {
            f"ms best of {VISITS}": min(times),
            "ms median": median(times),
        }
        for rate, times in taken.items()
    }


def busy(browser: Any, stage: Any, slower: int) -> float:
    """A first visit: nothing is cached, nothing compiled."""
    from tests.browser.mainthread import our_milliseconds, traced
    from tests.browser.shop import BLUE, Shopper

    page = browser.new_context(base_url=stage.sandbox.url).new_page()
    if slower > 1:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    with traced(page) as events:
        Shopper(stage, page, "6.21").see(BLUE)
    page.context.close()
    return our_milliseconds(events)

"""The storefront's answers beside the same app's static answer, and what the script costs a page.

Requests are called as WSGI by eight threads in interleaved rounds, without a server between; the median round counts. The
script is measured in Chromium, where there is one, in processor time: that of others does not count.
"""

import gzip
import json
import os
import shutil
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
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
from plugin.services.ports.directory import AppUser, Grant
from plugin.settings import Settings
from plugin.web.app import create_app
from plugin.web.rate_limit import MemoryCounter, Rate
from plugin.web.storefront import LOOKED

THREADS, ROUNDS, PRODUCTS, VISITS = 8, 3, 500, 10
STORE = TenantId("bench")
PAGES = {
    "list or product": ("backorder",),
    "product with structured data": ("backorder", "search"),
    "cart": ("backorder", "cart"),
    "product, once the waitlist's button is pressed": ("backorder", "waitlist"),
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

LEAST = {
    "/store/page.html": """<!doctype html><html lang="en"><title>Least</title><h1>A product</h1><p id="text">…</p>
<script src="/store/least.js" defer></script></html>""",
    "/store/least.js": """fetch("QUESTION", { credentials: "omit" }).then((answer) => answer.json()).then((said) => {
  document.getElementById("text").textContent = Object.values(said.dates)[0];
  window.isAnswered = true;
});""",
}
"""A page, and the least script that asks what ours asks."""

Application = Callable[[dict[str, Any], Callable[..., object]], Any]


class Generous(MemoryCounter):
    """Counts as the app does, and tells nobody to wait."""

    def take(self, key: str, _rate: Rate) -> int:
        return super().take(key, Rate(times=1_000_000, per_seconds=1_000))


class Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        pass


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
    """As they travel: each piece, and what a page of each kind loads when it has something to say."""
    built = json.loads(SCRIPT_BUILD.read_text(encoding="utf-8"))
    files = {name: SCRIPT_BUILD.parent / piece["file"] for name, piece in built.items()}
    packed = {
        "bytes gz": {name: float(len(gzip.compress(file.read_bytes(), 9))) for name, file in files.items()},
        "bytes br": {name: float(Path(f"{file}.br").stat().st_size) for name, file in files.items()},
    }
    loads = {f"script: {name}": (name,) for name in built}
    loads |= {f"script of a page: {name}": loaded for name, loaded in PAGES.items()}
    return {
        label: {how: sum(sizes[each] for each in loaded) for how, sizes in packed.items()}
        for label, loaded in loads.items()
    }


def in_the_browser() -> dict[str, dict[str, float]]:
    """What a page's visitor feels: processor time, what moves, what is asked."""
    from playwright.sync_api import sync_playwright

    from tests.browser.shop import FLAGS, a_shop

    with (
        TemporaryDirectory() as folder,
        EmbeddedServer() as server,
        webhooks_at_once(),
        a_shop(Path(folder), server.url) as stage,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        taken = {
            (what, rate): [visit(browser, stage, rate) for _ in range(VISITS)]
            for rate in (1, 4)
            for what, visit in (("script on a product page", busy), ("the least: one question", least))
        }
        moved = moves(browser, stage)
        asked = questions(browser, stage)
        browser.close()
    times = {
        f"{what}, {rate} x slower": {
            f"ms best of {VISITS}": min(sum(each) for each in visits),
            "ms median": median(sum(each) for each in visits),
            "ms longest stretch, median": median(max(each) for each in visits),
        }
        for (what, rate), visits in taken.items()
    }
    return times | moved | asked


@contextmanager
def webhooks_at_once() -> Iterator[None]:
    """As the tests have it: their shop comes to rest without waiting for further webhooks."""
    name = "WEBHOOK_GATHER_SECONDS"
    before = os.environ.get(name)
    os.environ[name] = "0"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def moves(browser: Any, stage: Any) -> dict[str, dict[str, float]]:
    """Layout shift after our answer came: a product page, and a mixed cart with the choice of sending."""
    from tests.browser.shop import BLUE, CANDLE, RED, SHIFTS, THEMES, Shopper, decided

    found: dict[str, dict[str, float]] = {}
    for theme in THEMES:
        for width in (1280, 390):
            options = {"base_url": stage.sandbox.url, "viewport": {"width": width, "height": 900}}
            page = browser.new_context(**options).new_page()
            shopper = Shopper(stage, page, theme)
            with decided(stage, offers_sending=True):
                shopper.see(BLUE)
                on_product = sum(page.evaluate(SHIFTS))
                for product, quantity in ((RED, 3), (CANDLE, 2)):
                    shopper.see(product)
                    shopper.want(quantity)
                    shopper.add()
                shopper.open("cart.php")
                page.get_by_text("How shall we send it?").wait_for()
                in_cart = sum(page.evaluate(SHIFTS))
            page.context.close()
            found[f"layout shift, theme {theme}, {width} wide, x 1000"] = {
                "product": on_product * 1000,
                "cart": in_cart * 1000,
            }
    return found


def questions(browser: Any, stage: Any) -> dict[str, dict[str, float]]:
    """What two views of a product page ask our server for over the network."""
    from tests.browser.shop import BLUE, Shopper

    page = browser.new_context(base_url=stage.sandbox.url).new_page()
    sent = f"""() => performance.getEntriesByType('resource').filter(
        (entry) => entry.name.startsWith('{stage.url}') && entry.transferSize > 0).map((entry) => entry.name)"""
    found = []
    for _ in range(2):
        Shopper(stage, page, "6.21").see(BLUE)
        names = page.evaluate(sent)
        found.append((sum("offers.json" in name for name in names), sum("offers.json" not in name for name in names)))
    page.context.close()
    (first, files), (second, again) = found
    return {
        "questions on a first and a second view": {"first": float(first), "second": float(second)},
        "script files on a first and a second view": {"first": float(files), "second": float(again)},
    }


def busy(browser: Any, stage: Any, slower: int) -> list[float]:
    """A first visit, stretch by stretch: nothing is cached, nothing compiled."""
    from tests.browser.shop import BLUE, Shopper

    return _traced(browser, stage.sandbox.url, slower, lambda page: Shopper(stage, page, "6.21").see(BLUE))


def least(browser: Any, stage: Any, slower: int) -> list[float]:
    """What no script can do without that asks one question: on an empty page, the same one."""
    from tests.browser.shop import BLUE

    question = f"{stage.url}/store/{stage.tenant}/offers.json?ids={BLUE}&lang=en"
    files = {name: text.replace("QUESTION", question) for name, text in LEAST.items()}
    with served(_answering(files)) as address:

        def visit(page: Any) -> None:
            page.goto("/store/page.html")
            page.wait_for_function("window.isAnswered")

        return _traced(browser, address, slower, visit)


def _traced(browser: Any, address: str, slower: int, visit: Callable[[Any], None]) -> list[float]:
    from tests.browser.mainthread import our_stretches, traced

    page = browser.new_context(base_url=address).new_page()
    if slower > 1:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    with traced(page) as events:
        visit(page)
    page.context.close()
    return our_stretches(events)


@contextmanager
def served(app: Callable[..., Any]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _answering(files: Mapping[str, str]) -> Application:
    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        text = files.get(environ["PATH_INFO"], "")
        kind = "text/javascript" if environ["PATH_INFO"].endswith(".js") else "text/html"
        start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8")])
        return [text.encode()]

    return answer

"""The sandbox's shop with the app behind it, and a shopper's browser in front: what the storefront tests walk through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from plugin.domain.policy import PolicyLabel
from plugin.domain.store import StorefrontSettings
from tests.flow.stage import STORE, Stage, on_stage

RED, BLUE, GLAZED, SHIRT, CANDLE, TABLE = range(111, 117)
"""Red mug: 1 on hand. Blue mug: none. Glazed mug and shirt: variants. Candle: plain. Table: a pre-order."""
BOWL, VASE, JAR = 152, 153, 154
"""For tests that buy, one each, so that the others find the shelf as they expect it. Bowl: 1 on hand. The others: none."""
CUPS = (155, 156, 157)
"""For customers who buy, one theme each. 1 on hand."""
THEMES = ("6.21", "6.19", "custom")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
BUTTON = "#form-action-addToCart, .buy-box button:not([type])"
SHIFTS = """() => new Promise((done) => {
  const answer = performance.getEntriesByType('resource').find((entry) => entry.name.includes('offers.json'));
  const [page] = performance.getEntriesByType('navigation');
  const answered = Math.max(answer.responseEnd, page.domContentLoadedEventEnd);  // until then the theme itself moves things
  const found = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    if (!entry.hadRecentInput && entry.startTime > answered) found.push(entry.value);
  })).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(found), 200);
})"""


@dataclass
class Shopper:
    """One browser window, and everything it complained about."""

    stage: Stage
    page: Any
    theme: str = ""
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        theme = f"{'&' if '?' in path else '?'}theme={self.theme}" if self.theme else ""
        self.page.goto(f"/shop/{STORE}/{path}{theme}")

    def see(self, product: int) -> None:
        self.open(f"{self.stage.store.products[product].slug()}/")
        self.settled()

    def settled(self) -> None:
        """Our script has asked, its pieces are here, and it had time to write."""
        answered = "performance.getEntriesByType('resource').filter((each) => each.name.includes('/store/') && each.responseEnd)"
        before = -1
        for _ in range(100):
            has_asked, now = self.page.evaluate(
                f"(() => {{ const found = {answered}; return [found.some((each) => each.name.includes('offers.json')), found.length]; }})()"
            )
            if has_asked and now == before:
                return
            before = now if has_asked else -1
            self.page.wait_for_timeout(150 if has_asked else 50)
        raise AssertionError("The script has not asked.")

    def want(self, quantity: int) -> None:
        field = self.page.locator('[name="qty[]"], [name="qty"]').first
        field.fill(str(quantity))
        field.dispatch_event("change")
        self.page.wait_for_timeout(150)

    def choose(self, label: str) -> None:
        if self.theme == "custom":
            self.page.select_option("select[name^=attribute]", label=label)
        else:
            with self.page.expect_response("**/remote/v1/product-attributes/*"):
                self.page.get_by_text(label, exact=True).click()
        self.page.wait_for_timeout(200)

    @property
    def button(self) -> str:
        node = self.page.locator(BUTTON).first
        return str(node.evaluate("(node) => node.value || node.textContent"))

    @property
    def text(self) -> str:
        return " ".join(self.page.inner_text("main").split())

    def add(self) -> None:
        """Into the cart, and the shop has said so."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST" and "/cart" in answer.url):
            self.page.locator(BUTTON).first.click()
        self.page.wait_for_load_state()


@contextmanager
def a_shop(folder: Path, redis_url: str, **options: Any) -> Iterator[Stage]:
    """Installed, with policies: 5 red mugs, 2 blue ones, 5 of each glazed one, no shirt, 5 bowls, 1 vase, 5 jars, cups, tables."""
    with on_stage(folder, redis_url, f"sqlite:///{folder / 'backorder.sqlite3'}", **options) as stage:
        for product, name, on_hand in (
            (BOWL, "Clay Bowl", 1),
            (VASE, "Last Vase", 0),
            (JAR, "Tea Jar", 0),
            *((cup, f"Cup {cup}", 1) for cup in CUPS),
        ):
            assert stage.add_product(name, on_hand=on_hand) == product
        stage.install()
        for product, limit in (
            (RED, 5),
            (BLUE, 2),
            (GLAZED, 5),
            (SHIRT, 0),
            (BOWL, 5),
            (VASE, 1),
            (JAR, 5),
            *((cup, 5) for cup in CUPS),
        ):
            stage.sell_past_zero(product, limit=limit)
        stage.sell_past_zero(TABLE, limit=5, label=PolicyLabel.PREORDER, release_on=date(2027, 3, 12))
        yield stage


@contextmanager
def decided(stage: Stage, **settings: Any) -> Iterator[None]:
    """The merchant decides, pages follow at once; afterwards everything is as it was."""
    _decide(stage, StorefrontSettings(**settings))
    yield
    _decide(stage, StorefrontSettings())


def _decide(stage: Stage, settings: StorefrontSettings) -> None:
    with stage.plugin.units(stage.tenant) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, storefront=settings)))
        work.commit()
    forget_pages(stage)


def forget_pages(stage: Stage) -> None:
    stage.plugin.storefront.memory.parts.clear()
    stage.plugin.queue._connection.flushdb()


def shown_day(stage: Stage, product: int = BLUE, locale: str = "en") -> str:
    """When the next unit of a product ships, as our own words put it."""
    from tests.flow.stage import item

    offer = stage.plugin.queries.offers(stage.tenant, [item(product)])[item(product)]
    assert offer.next_part
    assert offer.next_part.window
    return stage.plugin.wording.window(offer.next_part.window, locale)

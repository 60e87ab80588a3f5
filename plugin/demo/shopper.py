"""The shopper's part of the demo, played in a real browser and kept as pictures at two widths.

the product → a mixed cart → the order → the mail → the last one → the waitlist → without a theme
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from plugin.demo.outside import MUG, Outside
from plugin.demo.story import Fact
from plugin.demo.town import STORE

BLUE_MUG = 112
WIDTHS = (1280, 390)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BUTTON = "#form-action-addToCart"
ASKS = "Tell me when it is back"
NO_PERSON_IS_QUICKER = 2100
"""Milliseconds before the waitlist's form is sent: what is quicker counts as a machine."""
A_MOMENT = 250
SETTLED = 5
"""How many steps of half a second a page is looked at anew until the app has caught up."""


@dataclass(slots=True)
class ShoppersStory:
    """Whose window is open, and how many pictures there are."""

    outside: Outside
    browser: Any
    pictures: Path
    page: Any = None
    number: int = 0
    troubles: list[str] = field(default_factory=list)

    def play(self) -> Iterator[Fact]:
        """Yield each fact as it is seen; a chapter that breaks off is a fact that does not hold."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page = self.window()
        for chapter in CHAPTERS:
            name = chapter.__name__.replace("_", " ")
            try:
                for sentence, holds in chapter(self):
                    yield Fact(name, sentence, holds)
            except Exception as trouble:  # noqa: BLE001 — whatever it is, the report has to say so
                self.picture("broken-off")
                yield Fact(name, f"{type(trouble).__name__}: {trouble}", holds=False)
                return
        yield Fact("the browser", "The browser never complained", holds=not self.troubles)

    def window(self, *, quiet: bool = True) -> Any:
        """Another shopper's, who shares nothing with the first."""
        page = self.browser.new_context(base_url=self.outside.town.sandbox_url).new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if quiet and said.type == "error" else None)
        return page

    def open(self, path: str, page: Any = None) -> None:
        (page or self.page).goto(f"/shop/{STORE}/{path}")

    def want(self, quantity: str) -> None:
        """Leave the field as a person does: themes look at it only then, and some move their button down."""
        field_of_quantity = self.page.locator('[name="qty[]"]')
        field_of_quantity.fill(quantity)
        field_of_quantity.blur()
        self.page.wait_for_timeout(A_MOMENT)

    def reads(self, words: str, page: Any = None, *, within: str = "main") -> bool:
        """Whether these words appear on the page."""
        shown = page or self.page
        return self.outside.eventually(lambda: words.lower() in shown.locator(within).first.inner_text().lower())

    def becomes_true(self, look: Callable[[], bool]) -> bool:
        """Whether something is there after loading the page anew, a few times."""
        for _ in range(SETTLED * 2):
            self.page.wait_for_timeout(2 * A_MOMENT)
            if look():
                return True
            self.page.reload()
        return False

    def picture(self, name: str, page: Any = None, *, is_whole: bool = True) -> None:
        """At both widths; of what lies over a page, only what the window shows."""
        shown = page or self.page
        self.number += 1
        for width in WIDTHS:
            shown.set_viewport_size({"width": width, "height": 900})
            shown.wait_for_timeout(A_MOMENT)
            shown.screenshot(path=self.pictures / f"{self.number:02}-{name}-{width}.png", full_page=is_whole)
        shown.set_viewport_size({"width": WIDTHS[0], "height": 900})


@contextmanager
def a_browser() -> Iterator[Any]:
    """Chromium, through what the tests use as well; says what is missing."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise click.ClickException("Chromium is not installed (apt-get install chromium).")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise click.ClickException("Playwright is not installed: ./run demo --browser brings it.") from error
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def look_at_the_product(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    out, page = story.outside, story.page
    out.command("policies", "set", f"product:{BLUE_MUG}", "--limit", "2", "--lead-time", "5-10")
    out.command("storefront", "set", "--sending")
    out.quiet()
    story.open("blue-mug/")
    yield "None is on hand, and the page says when it ships", story.reads("Ships ")
    yield "The button says what happens", out.eventually(lambda: page.input_value(BUTTON) == "Backorder")
    yield "How many are left stands beside the quantity", story.reads("Only 2 left on backorder")
    story.picture("product")
    story.open("red-mug/")
    story.want("3")
    yield "One is on hand, three are wanted: both halves are said", story.reads("1 in stock, 2 more ship ")
    story.picture("quantity")
    story.open("")
    yield "Lists show it on the picture", story.reads("Ships ", within=f'[data-entity-id="{BLUE_MUG}"]')
    page.locator(f'[data-entity-id="{BLUE_MUG}"] .quickview').evaluate("(link) => link.click()")
    yield "The quick view says it, too", story.reads("Ships ", within=".quickView")
    story.picture("quick-view", is_whole=False)


def fill_a_mixed_cart(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    page = story.page
    for product, quantity in (("red-mug/", "3"), ("pine-candle/", "1")):
        story.open(product)
        story.want(quantity)
        page.locator(BUTTON).click()
        page.wait_for_selector("#previewModal.is-open")
    story.open("cart.php")
    yield "Each line says what ships now and what later", story.reads("1 ships now") and story.reads("2 ship ")
    yield "One note for the whole cart", story.reads("Part of this order ships now, the rest ")
    with page.expect_response("**/carts/*.json"):
        page.get_by_label("Everything together").check()
    story.picture("cart")
    page.locator("[data-cart-update][data-action=inc]").first.click()
    yield "After a change the theme draws the cart anew, and it is said anew", story.reads("3 ship ")


def place_the_order(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    out, page = story.outside, story.page
    page.get_by_role("link", name="Check out").click()
    page.fill("#email", out.address("Kim"))
    page.select_option("#locale", "en")
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/order-confirmation/**")
    number = int(re.findall(r"order-confirmation/(\d+)", page.url)[0])
    seen = story.becomes_true(lambda: page.locator(".backorder-order").count() == 1)
    yield "The confirmation names the one date of an order that is sent together", seen and story.reads("4 ship ")
    story.picture("confirmation")
    wish = "The shopper wants everything sent together."
    yield "The choice made in the cart stands on the order", out.eventually(lambda: wish in _notes(out, number))


def read_the_mail(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    out, page = story.outside, story.page
    yield "One mail has come", out.eventually(lambda: len(out.mails("Kim")) == 1)
    page.get_by_role("link", name="See the dates").click()
    page.wait_for_url(f"{out.town.app_url}/**")
    yield "The shopper's own page opens without a password", story.reads("Red Mug")
    story.picture("own-page")


def want_the_last_one(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    out = story.outside
    out.command("policies", "set", f"product:{BLUE_MUG}", "--limit", "1", "--lead-time", "5-10")
    out.quiet()
    quick, slow = story.window(), story.window(quiet=False)
    for page in (quick, slow):
        story.open("blue-mug/", page)
    both = [story.reads("Only 1 left on backorder", page) for page in (quick, slow)]
    yield "Two shoppers see that one is left", all(both)
    quick.locator(BUTTON).click()
    quick.wait_for_selector("#previewModal.is-open")
    story.open("checkout", quick)
    quick.fill("#email", out.address("Lou"))
    quick.get_by_role("button", name="Place order").click()
    quick.wait_for_url("**/order-confirmation/**")
    out.quiet()
    slow.locator(BUTTON).click()
    slow.wait_for_selector("[data-cart-error]:visible")
    yield "The first one has it; the other is told by the shop itself", story.reads("out of stock", slow)
    yield "… and invited to hear when it is back", out.eventually(lambda: slow.input_value(BUTTON) == ASKS)
    yield "The page names no date any more", "Ships " not in slow.inner_text("main")
    story.picture("too-late", slow)
    story.page = slow
    closed = story.becomes_true(lambda: slow.input_value(BUTTON) == ASKS)
    yield "The page they see next is true", closed and "Ships " not in slow.inner_text("main")


def ask_to_be_told(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    out, page = story.outside, story.page
    page.locator(BUTTON).click()
    page.get_by_label("Your e-mail address").fill(out.address("Max"))
    page.wait_for_timeout(NO_PERSON_IS_QUICKER)
    story.picture("waitlist", is_whole=False)
    page.get_by_role("button", name="Tell me", exact=True).click()
    yield "Whoever asks is asked to confirm", story.reads("Please look at your mail", within="dialog")
    out.eventually(lambda: len(out.mails("Max")) == 1)
    link = re.findall(r"http\S+/s/waitlist/confirm/[^\s>\"]+", out.mail(out.mails("Max")[0]["id"])["plain"])[0]
    page.goto(link)
    story.picture("confirm")
    page.get_by_role("button").first.click()
    page.wait_for_load_state()
    out.quiet()
    out.shop("POST", "/stock/receive", {"product_id": BLUE_MUG, "units": 5})
    yield "When it is back, one mail says so", out.eventually(lambda: len(out.mails("Max")) == 2)
    page.goto(f"/inbox/{out.mails('Max')[-1]['id']}")
    story.picture("back")


def shop_without_a_theme(story: ShoppersStory) -> Iterator[tuple[str, bool]]:
    page = story.window()
    story.open(f"catalyst/p/{MUG}", page)
    yield "A headless page is filled, too", story.reads("Ships ", page)
    yield "Its button says what happens", story.reads("Backorder", page, within="#__next form button")
    story.picture("headless", page)


CHAPTERS: tuple[Callable[[ShoppersStory], Iterator[tuple[str, bool]]], ...] = (
    look_at_the_product,
    fill_a_mixed_cart,
    place_the_order,
    read_the_mail,
    want_the_last_one,
    ask_to_be_told,
    shop_without_a_theme,
)


def _notes(out: Outside, number: int) -> str:
    return str(out.order(number)["staff_notes"])

"""A merchant at work in the control panel: the app in the iframe of another site, with every cookie blocked, clicks counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.flow.stage import STORE, Stage
from tests.web.test_browser_session import BLOCK_COOKIES, browser

pytestmark = pytest.mark.browser


@dataclass
class Merchant:
    """What the merchant does in the frame; typing is not counted, clicks are."""

    app: Any
    clicks: int = 0
    tasks: dict[str, int] = field(default_factory=dict)

    def click(self, role: str, name: str, **options: Any) -> None:
        self.app.get_by_role(role, name=name, **options).first.click()
        self.clicks += 1

    def go(self, screen: str) -> None:
        self.app.get_by_role("navigation", name="Screens").get_by_role("link", name=screen, exact=True).click()
        self.clicks += 1

    def fill(self, label: str, text: str) -> None:
        self.app.get_by_label(label, exact=False).first.fill(text)

    def sees(self, words: str) -> None:
        self.app.get_by_text(words).first.wait_for()

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        before = self.clicks
        yield
        self.tasks[name] = self.clicks - before


@pytest.fixture
def frame(shop: Stage, chromium: str, tmp_path: Path) -> Iterator[tuple[Any, list[str]]]:
    """The app as the control panel frames it, and whatever cookies it was ever sent."""
    cookies: list[str] = []
    with browser(chromium, tmp_path / "profile", preferences=BLOCK_COOKIES) as page:
        page.on("request", lambda request: cookies.extend(filter(None, [request.headers.get("cookie")])))
        page.goto(f"{shop.sandbox.world.panel_url}/manage/{STORE}/apps/{shop.sandbox.config.client_id}")
        yield page.frame_locator("#app-frame"), cookies


def test_the_ten_things_a_merchant_does_most_take_a_few_clicks_each(shop: Stage, frame: tuple[Any, list[str]]) -> None:
    app, cookies = frame
    merchant = Merchant(app)
    order = shop.buy(1, product=112, email="grace@example.com")
    another = shop.buy(1, product=112, email="linus@example.com")
    shop.settle()
    with merchant.task("confirm what the store says about itself"):
        merchant.click("link", "Go on")
        merchant.fill("Postal address", "1 High St, Portland")
        merchant.click("button", "This is right")
        merchant.sees("Step 1 is done.")
    with merchant.task("make the first policy"):
        merchant.app.get_by_text("Make the first policy").click()
        merchant.clicks += 1
        merchant.fill("Backorder limit", "25")
        merchant.sees("At most 25 can be ordered")
        merchant.click("button", "Save the policy")
        merchant.sees("Step 3 is done.")
    with merchant.task("announce a shipment"):
        merchant.go("Incoming")
        merchant.click("link", "Announce a shipment")
        merchant.fill("Supplier", "Kiln & Co")
        merchant.fill("Reference", "PO-118")
        merchant.fill("Should arrive, from", "2026-12-07")
        merchant.fill("Should arrive, to", "2026-12-09")
        merchant.fill("Items", "MUG-BLUE 10")
        merchant.click("button", "Announce", exact=True)
        merchant.sees("PO-118")
    shop.settle()
    with merchant.task("ask what a later day would mean"):
        merchant.fill("Should arrive, from", "2026-12-14")
        merchant.fill("Should arrive, to", "2026-12-16")
        merchant.fill("Who says so?", "supplier, by phone")
        merchant.app.get_by_role("button", name="What would happen?").nth(1).click()
        merchant.clicks += 1
        merchant.sees(f"#{order.id}")
    with merchant.task("move the shipment"):
        merchant.click("button", "Move", exact=True)
        merchant.sees("supplier, by phone")
    shop.settle()
    told = len(shop.mails("grace@example.com"))
    with merchant.task("give two orders a new date, having seen whom it mails"):
        merchant.go("Backorders")
        for each in (order, another):
            merchant.app.get_by_label(f"Choose order #{each.id}", exact=False).check()
            merchant.clicks += 1
        merchant.click("button", "Continue")
        merchant.fill("Ships from", "2027-03-01")
        merchant.click("button", "Show what would happen")
        merchant.sees("This will mail 2 shoppers")
        merchant.sees("grace@example.com")
        merchant.click("button", "Change 2 dates and send 2 mails")
        merchant.sees("Done for 2 lines.")
    shop.settle()
    assert len(shop.mails("grace@example.com")) == told + 1
    merchant.go("Incoming")
    merchant.click("link", "PO-118")
    with merchant.task("receive it"):
        merchant.click("button", "Receive", exact=True)
        merchant.app.get_by_role("button", name="Receive", exact=True).wait_for(state="detached")
    shop.settle()
    with merchant.task("read a mail as shoppers get it on a phone"):
        merchant.go("Messages")
        merchant.click("link", "Goods have come in")
        merchant.click("link", "Phone")
        merchant.app.frame_locator("iframe[name=preview]").get_by_text("Ada Lovelace").first.wait_for()
    with merchant.task("look at an item"):
        merchant.go("Products")
        merchant.click("link", "Blue Mug")
        merchant.sees("MUG-BLUE")
    with merchant.task("find out why an order has its date"):
        merchant.go("Activity")
        merchant.fill("Order", str(order.id))
        merchant.app.get_by_role("cell", name=f"Order #{order.id}").first.wait_for()
        merchant.app.get_by_role("table", name="Decisions").get_by_role("link").first.click()
        merchant.clicks += 1
        merchant.sees("Because of")
    with merchant.task("set a day off"):
        merchant.go("Settings")
        merchant.click("link", "Calendar and holidays")
        merchant.fill("Your own days off", "2026-12-24")
        merchant.click("button", "Save", exact=True)
        merchant.sees("Saved.")
    with merchant.task("make an API key"):
        merchant.click("link", "API keys", exact=True)
        merchant.fill("Name", "ERP")
        merchant.click("button", "Make the key")
        merchant.sees("This is the key.")
    assert merchant.tasks == {
        "confirm what the store says about itself": 2,
        "make the first policy": 2,
        "announce a shipment": 3,
        "ask what a later day would mean": 1,
        "move the shipment": 1,
        "receive it": 1,
        "give two orders a new date, having seen whom it mails": 6,
        "read a mail as shoppers get it on a phone": 3,
        "look at an item": 2,
        "find out why an order has its date": 2,
        "set a day off": 3,
        "make an API key": 2,
    }
    assert cookies == []

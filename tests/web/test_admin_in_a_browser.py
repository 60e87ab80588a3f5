"""Every screen of the merchant's in Chromium: accessible, as wide as a phone, light and dark; and the README's pictures.

`SCREENSHOTS=docs/screenshots ./run test tests/web/test_admin_in_a_browser.py` takes the pictures anew.
"""

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browsing import DESKTOP, PHONE, served, window
from tests.web.busy_store import fill_with_a_past
from tests.web.stage import Web
from tests.web.test_admin_pages import opened

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/screenshots"
SHIFTS = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { moved += entry.value; }))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(moved), 200);
})"""


@pytest.fixture
def address(web: Web) -> Iterator[str]:
    fill_with_a_past(web)
    with served(web.app) as url:
        yield url


def with_ticket(web: Web, address: str, path: str) -> str:
    return f"{address}{path}{'&' if '?' in path else '?'}t={web.ticket()}"


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone, dark", "desktop, light"]
)
def test_every_screen_is_accessible_and_fits(web: Web, address: str, chromium: str, size: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found: dict[str, object] = {}
    paths = [path for path, page in opened(web).items() if "<html" in page]
    with window(chromium, viewport=size, color_scheme=scheme) as page:
        page.on("console", lambda said: found.setdefault(said.text, "console") if said.type == "error" else None)
        for path in paths:
            page.goto(with_ticket(web, address, path))
            wrong = [(rule["id"], rule["nodes"][0]["html"]) for rule in Axe().run(page).response["violations"]]
            if wrong or not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found[path] = wrong or "wider than the window"
    assert found == {}
    assert len(paths) >= 18
    assert {f"/app/ada/activity/{what}" for what in ("1", "webhooks/1", "calls/1", "mails/1")} <= set(paths)


def test_the_first_view_does_not_move(web: Web, address: str, chromium: str) -> None:
    with window(chromium, viewport=DESKTOP) as page:
        page.goto(with_ticket(web, address, "/app/ada/"), wait_until="networkidle")
        assert page.evaluate(SHIFTS) <= 0.02


def test_filters_and_the_preview_follow_while_one_types(web: Web, address: str, chromium: str) -> None:
    with window(chromium, viewport=DESKTOP) as page:
        page.goto(with_ticket(web, address, "/app/ada/activity"))
        page.get_by_role("searchbox", name="Order").fill("103")
        page.get_by_role("cell", name="Order #101").first.wait_for(state="detached")
        assert page.get_by_role("cell", name="Order #103").count() == 1
        page.goto(with_ticket(web, address, "/app/ada/setup?step=policy"))
        page.get_by_label("Backorder limit").fill("25")
        page.get_by_text("At most 25 can be ordered").wait_for()


def home(web: Web, address: str, page: Any) -> None:
    page.goto(with_ticket(web, address, "/app/ada/"), wait_until="networkidle")


def setup(web: Web, address: str, page: Any) -> None:
    page.goto(with_ticket(web, address, "/app/ada/setup?step=policy"), wait_until="networkidle")


def backorders(web: Web, address: str, page: Any) -> None:
    page.goto(with_ticket(web, address, "/app/ada/backorders"), wait_until="networkidle")


SHOWN: dict[str, Callable[[Web, str, Any], None]] = {"home": home, "setup": setup, "backorders": backorders}


def test_the_pictures_of_the_readme_can_be_taken_and_are_of_these_screens(
    web: Web, address: str, chromium: str, tmp_path: Path
) -> None:
    folder = ROOT / os.environ["SCREENSHOTS"] if "SCREENSHOTS" in os.environ else tmp_path
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with window(chromium, viewport=DESKTOP) as page:
        for name, show in SHOWN.items():
            show(web, address, page)
            page.screenshot(path=folder / f"{name}.png")
            assert f"docs/screenshots/{name}.png" in readme
    for name in SHOWN:
        kept = (PICTURES / f"{name}.png").read_bytes()
        assert struct.unpack(">2I", kept[16:24]) == (DESKTOP["width"], DESKTOP["height"])
    assert {path.stem for path in PICTURES.glob("*.png")} == set(SHOWN)

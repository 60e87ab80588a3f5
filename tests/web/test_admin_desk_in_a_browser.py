"""What the walk over all screens cannot reach in Chromium: one order, a deed before it is done, and a mail with its preview."""

from typing import Any

import pytest

from tests.web.stage import Web
from tests.web.test_admin_in_a_browser import DESKTOP, PHONE, address, window, with_ticket

__all__ = ["address"]
pytestmark = pytest.mark.browser

PAGES = (
    "/app/ada/backorders/101",
    "/app/ada/backorders/confirm?deed=date&id=101.101&earliest=2026-05-04",
    "/app/ada/messages/kind/delay_first_long",
    "/app/ada/products/item/77:105",
    "/app/ada/products/policy/variant:105",
    "/app/ada/incoming/suppliers/one?name=Acme",
)


def many_items(page: Any) -> None:
    page.get_by_role("checkbox", name="Choose").first.check()
    page.get_by_role("button", name="Change policy …").click()


def what_if(page: Any) -> None:
    page.get_by_role("button", name="What would happen?").first.click()
    page.get_by_text("Nothing is done yet.").wait_for()


AFTER_A_CLICK = {"/app/ada/products": many_items, "/app/ada/incoming/shipment/1": what_if}


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone, dark", "desktop, light"]
)
def test_the_desk_is_accessible_and_fits(web: Web, address: str, chromium: str, size: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found: dict[str, object] = {}
    with window(chromium, viewport=size, color_scheme=scheme) as page:
        page.on("console", lambda said: found.setdefault(said.text, "console") if said.type == "error" else None)
        for path in (*PAGES, *AFTER_A_CLICK):
            page.goto(with_ticket(web, address, path))
            if path in AFTER_A_CLICK:
                AFTER_A_CLICK[path](page)
            report = Axe().run(page, options={"iframes": False}).response
            wrong = [(rule["id"], rule["nodes"][0]["html"]) for rule in report["violations"]]
            if wrong or not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found[path] = wrong or "wider than the window"
    assert found == {}


def test_words_are_tried_in_the_preview_and_rows_are_chosen_with_the_keyboard(
    web: Web,
    address: str,
    chromium: str,
) -> None:
    with window(chromium, viewport=DESKTOP) as page:
        page.goto(with_ticket(web, address, "/app/ada/messages/kind/earlier?language=en"))
        page.get_by_label("The mail, paragraph by paragraph").fill("Hurray!\n\n[[message]]")
        page.get_by_role("button", name="Show in the preview").press("Enter")
        page.frame_locator("iframe").get_by_text("Hurray!").wait_for()
        page.goto(with_ticket(web, address, "/app/ada/backorders"))
        page.get_by_role("checkbox", name="Choose order #101").press("Space")
        page.get_by_text("1 chosen").wait_for()
        page.get_by_label("What to do", exact=True).select_option("pin")
        page.get_by_role("button", name="Continue").press("Enter")
        page.get_by_role("button", name="Pin 1 line").press("Enter")
        page.get_by_text("Done for 1 line.").wait_for()
        page.get_by_role("button", name="Undo").press("Enter")
        page.get_by_text("Everything is as it was before.").wait_for()

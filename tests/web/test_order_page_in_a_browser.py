"""The pages behind signed links in Chromium: no violation of accessibility rules, nothing wider than a phone, light and dark."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from plugin.domain.substitute import Substitute
from plugin.web.rate_limit import LIMITER, MemoryCounter
from tests.web import test_order_page as order
from tests.web.browsing import DESKTOP, PHONE, served, window
from tests.web.stage import ADA, Web

pytestmark = pytest.mark.browser


@pytest.fixture
def address(web: Web) -> Iterator[str]:
    """A late order to Berlin, of which a part is ready and a part can be replaced, served on a free port."""
    order.a_told_order(web, shopper=replace(order.an_order_of_two().shopper, country="DE"))
    shipments = web.plugin.shipments.all(ADA)
    web.plugin.shipments.receive(ADA, shipments[1].shipment_id, {order.RED: 4})
    web.plugin.substitutes.save(ADA, order.BLUE, [Substitute(order.RED, "The same mug in red")])
    order.be_late(web)
    web.app.extensions[LIMITER] = MemoryCounter()
    with served(web.app) as url:
        yield url


def paths(web: Web) -> list[str]:
    page = order.link(web)
    shipment = web.plugin.links.shipment_page(ADA, web.plugin.shipments.all(ADA)[0].shipment_id)
    return [
        page,
        f"{page}?lang=de&said=substitute",
        f"{page}?lang=fr",
        f"{page}?lang=es",
        f"{page}/withdraw",
        "/s/orders/ada",
        shipment.removeprefix(order.BASE),
    ]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(web: Web, address: str, chromium: str, size: Any, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with window(chromium, viewport=size, color_scheme=scheme) as page:
        for path in paths(web):
            page.goto(address + path)
            for summary in page.locator("summary").all():
                summary.click()
            violations = Axe().run(page).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_shopper_keeps_one_item_and_cancels_the_other_without_scripts(web: Web, address: str, chromium: str) -> None:
    with window(chromium, viewport=PHONE, java_script_enabled=False) as page:
        page.goto(address + order.link(web))
        page.get_by_role("button", name="Keep it, I will wait").click()
        page.get_by_text("We have noted that you agree to wait").wait_for()
        page.get_by_text("Cancel this item", exact=True).nth(1).click()
        page.get_by_role("button", name="Yes, cancel this item").click()
        page.get_by_text("It is cancelled.").wait_for()
        page.get_by_text("1 was cancelled.").wait_for()
    assert [answer.value for answer in order.answers(web)] == ["keep", "cancel"]
    assert order.open_units(web) == [2, 0]

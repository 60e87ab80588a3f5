"""Product pages, lists and quick view on four kinds of themes: what the shopper is told before buying."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.shop import BLUE, BUTTON, GLAZED, RED, SHIFTS, SHIRT, THEMES, Shopper, shown_day
from tests.flow.stage import STORE, Stage

pytestmark = pytest.mark.browser
Visit = Callable[..., Shopper]
STOCK_THEMES = ("6.21", "6.19")
A_LABEL = 0.001
"""A new word on a button moves its own letters and nothing else; 0.1 is what search engines still call good."""


@pytest.mark.parametrize("theme", THEMES)
def test_the_sentence_follows_the_quantity(shop: Stage, visit: Visit, theme: str) -> None:
    shopper, day = visit(shop, theme), shown_day(shop, RED)
    shopper.see(RED)
    assert f"In stock. Further units ship {day}." in shopper.text
    shopper.want(3)
    assert f"1 in stock, 2 more ship {day}" in shopper.text
    assert shopper.button == "Add to Cart"
    shopper.want(99)
    assert shopper.page.locator('[name="qty[]"], [name="qty"]').first.input_value() == "6"
    assert "Only 6 can be ordered" in shopper.text


@pytest.mark.parametrize("theme", STOCK_THEMES)
def test_the_button_says_what_happens_where_nothing_is_on_hand(shop: Stage, visit: Visit, theme: str) -> None:
    shopper = visit(shop, theme)
    shopper.see(BLUE)
    assert (shopper.button, shopper.page.locator(BUTTON).is_enabled()) == ("Backorder", True)
    assert f"Ships {shown_day(shop)}" in shopper.text
    assert "Only 2 left on backorder" in shopper.text
    assert "Sold Out" not in shopper.text
    assert shopper.page.locator("[data-add-to-cart-wallet-buttons]").is_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_each_variant_has_its_own_sentence(shop: Stage, visit: Visit, theme: str) -> None:
    shopper, day = visit(shop, theme), shown_day(shop)
    shopper.see(GLAZED)
    shopper.choose("Sand")
    assert f"Ships {day}" in shopper.text
    if theme != "custom" or shopper.page.locator(BUTTON).count():
        assert shopper.button == "Backorder"
    shopper.choose("Ink")
    assert f"In stock. Further units ship {day}." in shopper.text
    assert shopper.button == "Add to Cart"


def test_native_texts_are_filled_and_no_second_voice_is_added(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    shopper.see(BLUE)
    assert shopper.page.inner_text("[data-qty-backordered-message]") == f"Ships {shown_day(shop)}"
    assert shopper.page.locator(".backorder-text").count() == 0
    shopper.want(2)
    assert shopper.page.inner_text("[data-qty-backordered-message]") == f"Ships {shown_day(shop)}"


@pytest.mark.parametrize("theme", STOCK_THEMES)
def test_a_closed_variant_invites_to_the_waitlist(shop: Stage, visit: Visit, theme: str) -> None:
    shopper = visit(shop, theme)
    shopper.see(SHIRT)
    shopper.choose("XS")
    assert (shopper.button, shopper.page.locator(BUTTON).is_enabled()) == ("Tell me when it is back", True)
    assert not shopper.page.locator("[data-add-to-cart-wallet-buttons]").is_visible()
    shopper.choose("L")
    assert shopper.button == "Add to Cart"


def test_a_theme_that_does_not_close_its_button_keeps_it_and_gets_a_link(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "custom")
    shopper.see(SHIRT)
    shopper.choose("XS")
    assert shopper.button == "Add to Cart"
    assert shopper.page.get_by_role("button", name="Tell me when it is back").is_visible()


@pytest.mark.parametrize(("lang", "words"), [("de", "Versand"), ("fr", "Expédi"), ("es", "env")])
def test_a_page_in_another_language_is_spoken_to_in_it(shop: Stage, visit: Visit, lang: str, words: str) -> None:
    shopper = visit(shop, "6.21")

    shopper.page.add_init_script(
        f"document.addEventListener('readystatechange', () => {{ document.documentElement.lang = '{lang}'; }})"
    )
    shopper.see(BLUE)
    assert words.lower() in shopper.page.inner_text("[data-qty-backordered-message]").lower()
    wanted = shop.plugin.wording.told(_offer(shop, BLUE), 1, lang)
    assert shopper.page.inner_text("[data-qty-backordered-message]") == wanted


def _offer(stage: Stage, product: int) -> Any:
    from tests.flow.stage import item

    return stage.plugin.queries.offers(stage.tenant, [item(product)])[item(product)]


@pytest.mark.parametrize("quantity", [1, 2, 4, 6])
def test_the_script_and_the_orders_proof_say_the_same(shop: Stage, visit: Visit, quantity: int) -> None:
    shopper = visit(shop, "6.21")
    shopper.see(RED)
    shopper.want(quantity)
    assert shop.plugin.wording.told(_offer(shop, RED), quantity, "en") in shopper.text


def test_lists_say_it_on_the_picture_and_on_the_button(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    shopper.open("")
    shopper.settled()
    card = shopper.page.locator(f'[data-entity-id="{BLUE}"]')
    assert card.locator(".backorder-badge").inner_text() == f"Ships {shown_day(shop)}"
    assert card.locator("[data-button-type]").inner_text() == "Backorder"


def test_a_quick_view_is_a_product_page_too(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    shopper.open("")
    shopper.settled()
    shopper.page.locator(f'[data-entity-id="{BLUE}"] .quickview').evaluate("(node) => node.click()")
    shopper.page.wait_for_selector(".quickView .productView")
    shopper.page.wait_for_timeout(300)
    view = shopper.page.locator(".quickView")
    assert view.locator("#form-action-addToCart").input_value() == "Backorder"
    assert f"Ships {shown_day(shop)}" in view.inner_text()


def test_a_headless_page_is_followed_from_product_to_product(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.open(f"catalyst/p/{BLUE}")
    shopper.settled()
    shopper.page.wait_for_timeout(300)
    assert f"Ships {shown_day(shop)}" in shopper.text
    assert shopper.page.locator("#__next form button").inner_text() == "Backorder"
    shopper.page.evaluate(
        f"history.pushState({{}}, '', '/shop/{STORE}/catalyst/p/{RED}'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    shopper.page.wait_for_function("document.title === 'Red Mug'")
    shopper.page.wait_for_timeout(500)
    assert f"In stock. Further units ship {shown_day(shop, RED)}." in shopper.text


def test_an_explicit_place_and_the_one_global(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.see(BLUE)
    shopper.page.evaluate(
        f"""() => {{ const place = document.querySelector('h1').appendChild(document.createElement('div'));
        Object.assign(place.dataset, {{ backorder: '', productId: {RED}, quantity: 2 }}); }}"""
    )
    shopper.page.wait_for_timeout(400)
    assert shopper.page.inner_text("[data-backorder]") == f"1 in stock, 1 more ships {shown_day(shop, RED)}"
    offer = shopper.page.evaluate(f"Backorder.get({BLUE})")
    assert (offer["items"][0]["state"], offer["items"][0]["on_hand"]) == ("backorder", 0)
    assert shopper.page.evaluate("Backorder.get(999999)") is None
    mine = shopper.page.evaluate(
        """() => { const frame = document.body.appendChild(document.createElement('iframe'));
        const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow)); frame.remove();
        return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && isNaN(name)); }"""
    )
    assert set(mine) - {"BCData"} == {"Backorder"}


# ------------------------------------------------------------------------------------------------------ budgets


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_on_the_page_moves_because_of_us(shop: Stage, visit: Visit, theme: str, width: int) -> None:
    shopper = visit(shop, theme, width=width)
    for product in (BLUE, RED, GLAZED):
        shopper.see(product)
        assert sum(shopper.page.evaluate(SHIFTS)) < A_LABEL
    shopper.open("")
    if theme != "custom":
        shopper.settled()
        assert sum(shopper.page.evaluate(SHIFTS)) < A_LABEL


def test_one_question_per_page_and_none_on_a_second_view(shop: Stage, visit: Visit) -> None:
    asked = f"""() => performance.getEntriesByType('resource').filter((entry) => entry.name.startsWith('{shop.url}')).map(
        (entry) => [new URL(entry.name).pathname.split('/').pop().split('.')[0], entry.transferSize > 0])"""
    shopper = visit(shop, "6.21")
    shopper.see(BLUE)
    assert sorted(shopper.page.evaluate(asked)) == [["backorder", True], ["offers", True]]
    shopper.see(BLUE)
    assert sorted(shopper.page.evaluate(asked)) == [["backorder", False], ["offers", False]]
    assert shopper.page.context.cookies(shop.url) == [] or shop.url.split(":")[1] in shop.sandbox.url
    assert shopper.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_it_works_under_a_strict_policy_that_names_our_host(shop: Stage, visit: Visit) -> None:
    policy = f"default-src 'self'; img-src 'self' data:; script-src 'self' {shop.url}; connect-src 'self' {shop.url}; style-src 'self'"
    shop.store.security["csp_header"] = {"enabled": True, "header_value": policy}
    try:
        shopper = visit(shop, "6.21", quiet=False)
        shopper.page.add_init_script(
            "window.blocked = []; document.addEventListener('securitypolicyviolation', (e) => window.blocked.push(e.sourceFile + e.blockedURI))"
        )
        shopper.open("")
        shopper.settled()
        badge = shopper.page.locator(".backorder-badge").first
        assert badge.evaluate("(node) => getComputedStyle(node).position") == "absolute"
        assert [each for each in shopper.page.evaluate("blocked") if shop.url in each] == []
    finally:
        shop.store.security.clear()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("trouble", ["down", "slow", "rubbish", "error", "half"])
def test_whatever_our_server_does_the_shop_is_as_without_us(
    shop: Stage, visit: Visit, theme: str, trouble: str
) -> None:
    answers = {
        "rubbish": "<html>502</html>",
        "half": json.dumps({"store": {"words": {"ships": "Ships"}}, "offers": {str(BLUE): {"items": [{}]}}}),
    }

    def misbehave(route: Any) -> None:
        if trouble == "down":
            route.abort()
        elif trouble == "error":
            route.fulfill(status=500, body="{}")
        elif trouble in answers:
            route.fulfill(body=answers[trouble], content_type="application/json")

    def main_of(pattern: str, how: Any) -> tuple[str, str]:
        shopper = visit(shop, theme, quiet=False)
        shopper.page.route(pattern, how)
        shopper.open("blue-mug/")
        shopper.page.wait_for_timeout(700)
        return shopper.page.inner_html("main"), shopper.page.inner_text("main")

    without = main_of("**/backorder.*.js", lambda route: route.abort())
    assert main_of("**/offers.json*", misbehave) == without

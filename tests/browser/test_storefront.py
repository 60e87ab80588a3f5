"""Product pages, lists and quick view on four kinds of themes: what the shopper is told before buying."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin.domain.ids import ProductId
from plugin.domain.store import WaitlistPlace
from tests.browser.shop import BLUE, BUTTON, GLAZED, RED, SHIRT, TABLE, THEMES, Shopper, decided, shown_day
from tests.flow.stage import STORE, Stage, item

pytestmark = pytest.mark.browser
Visit = Callable[..., Shopper]
STOCK_THEMES = ("6.21", "6.19")
MANUAL = Path(__file__).parents[2] / "docs" / "storefront.md"
WITHOUT_AVAILABILITY = """document.addEventListener('readystatechange', () => {
  document.querySelectorAll('.productView-info').forEach((node) => node.remove());
})"""
"""Many shops hide the availability text, and an older theme has no backorder note."""
RIGHT_TO_LEFT = """document.addEventListener('readystatechange', () => { document.documentElement.dir = 'rtl'; })"""


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
    native = "[data-qty-backordered-message]"
    assert shopper.page.inner_text(native) == f"1 ships {shown_day(shop)}"
    shopper.want(2)
    assert shopper.page.inner_text(native) == f"2 ship {shown_day(shop)}"
    assert shopper.text.count(f"Ships {shown_day(shop)}") == 1
    assert shopper.page.locator(".backorder-text").count() == 0


@pytest.mark.parametrize("theme", STOCK_THEMES)
def test_a_closed_variant_invites_to_the_waitlist(shop: Stage, visit: Visit, theme: str) -> None:
    shopper = visit(shop, theme)
    shopper.see(SHIRT)
    shopper.choose("XS")
    assert (shopper.button, shopper.page.locator(BUTTON).is_enabled()) == ("Tell me when it is back", True)
    assert not shopper.page.locator("[data-add-to-cart-wallet-buttons]").is_visible()
    assert pieces(shopper) == {"backorder"}
    shopper.choose("L")
    assert shopper.button == "Add to Cart"


def test_a_theme_that_does_not_close_its_button_keeps_it_and_gets_a_link(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "custom")
    shopper.see(SHIRT)
    shopper.choose("XS")
    assert shopper.button == "Add to Cart"
    link = shopper.page.get_by_role("button", name="Tell me when it is back")
    assert pieces(shopper) == {"backorder"}
    link.click()
    shopper.page.locator("dialog.backorder-dialog").wait_for()


def test_the_waitlists_link_stands_beside_a_button_and_never_in_it(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.open(f"catalyst/p/{SHIRT}")
    shopper.page.wait_for_selector("#__next select")
    shopper.page.select_option("#__next select", label="XS")
    link = shopper.page.locator(".backorder-link")
    link.wait_for()
    assert link.evaluate("(node) => node.parentNode.closest('button') === null")


def pieces(shopper: Shopper) -> set[str]:
    """What of our script the page has loaded; the gate on sizes counts these two."""
    names = shopper.page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    return {found[1] for name in names if (found := re.search(r"/store/.*/(\w+)\.\w+\.js$", name))}


def test_a_waitlist_that_does_not_come_is_said_on_its_button(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21", quiet=False)
    shopper.page.route("**/waitlist.*.js", lambda route: route.abort())
    shopper.see(SHIRT)
    shopper.choose("XS")
    shopper.page.locator(BUTTON).click()
    shopper.page.wait_for_function(
        "document.querySelector('#form-action-addToCart').value === 'That did not work. Please try again later.'"
    )


@pytest.mark.parametrize(("lang", "words"), [("de", "Versand"), ("fr", "Expédi"), ("es", "env")])
def test_a_page_in_another_language_is_spoken_to_in_it(shop: Stage, visit: Visit, lang: str, words: str) -> None:
    shopper = visit(shop, "6.21")

    shopper.page.add_init_script(
        f"document.addEventListener('readystatechange', () => {{ document.documentElement.lang = '{lang}'; }})"
    )
    shopper.see(BLUE)
    assert words.lower() in shopper.page.inner_text("[data-qty-backordered-message]").lower()
    assert shop.plugin.wording.told(_offer(shop, BLUE), 1, lang) in shopper.text


def _offer(stage: Stage, product: int) -> Any:
    return stage.plugin.queries.offers(stage.tenant, [item(product)])[item(product)]


def _offers(stage: Stage, product: int) -> dict[str, Any]:
    """The offers of a product's items by the option that tells them apart."""
    page = stage.plugin.storefront.queries.product_pages(stage.tenant, [ProductId(product)])[ProductId(product)]
    return {page.product.label_of(each): offer for each, offer in page.offers.items()}


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


@pytest.mark.parametrize("theme", STOCK_THEMES)
def test_a_quick_view_is_a_product_page_too(shop: Stage, visit: Visit, theme: str) -> None:
    shopper = visit(shop, theme)
    shopper.open("")
    shopper.settled()
    shopper.page.locator(f'[data-entity-id="{BLUE}"] .quickview').evaluate("(node) => node.click()")
    shopper.page.wait_for_selector(".quickView .productView")
    shopper.page.wait_for_timeout(300)
    view = shopper.page.locator(".quickView")
    assert view.locator("#form-action-addToCart").input_value() == "Backorder"
    assert f"Ships {shown_day(shop)}" in view.inner_text()


@pytest.mark.parametrize(
    ("theme", "opener", "quantity", "view"),
    [
        *((theme, f'[data-entity-id="{RED}"] .quickview', '[name="qty[]"]', ".quickView") for theme in STOCK_THEMES),
        ("custom", '.tile:has-text("Red Mug") .peek', '[name="qty"]', "dialog"),
        ("", f'[data-peek="{RED}"]', '[name="quantity"]', "dialog"),
    ],
)
def test_a_quick_view_follows_the_quantity_in_every_theme(
    shop: Stage, visit: Visit, theme: str, opener: str, quantity: str, view: str
) -> None:
    shopper, day = visit(shop, theme), shown_day(shop, RED)
    shopper.open("" if theme else "catalyst/")
    shopper.page.locator(opener).evaluate("(node) => node.click()")
    shown = shopper.page.locator(view)
    shown.get_by_text(f"In stock. Further units ship {day}.").first.wait_for()
    shown.locator(quantity).fill("3")
    shown.locator(quantity).dispatch_event("change")
    shown.get_by_text(f"1 in stock, 2 more ship {day}").first.wait_for()
    shown.locator(quantity).fill("99")
    shown.locator(quantity).dispatch_event("change")
    shown.get_by_text("Only 6 can be ordered").wait_for()
    assert shown.locator(quantity).input_value() == "6"


def test_a_list_that_names_no_numbers_is_known_by_where_its_pictures_lead(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "custom")
    shopper.open("")
    shopper.settled()
    tile = shopper.page.locator(".tile", has_text="Blue Mug")
    assert tile.locator(".backorder-badge").inner_text() == f"Ships {shown_day(shop)}"
    assert shopper.page.locator(".tile", has_text="Red Mug").locator(".backorder-badge").count() == 0
    names = shopper.page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert len([name for name in names if "offers.json" in name]) == 1


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


def test_a_card_that_a_headless_page_draws_is_known_by_where_its_picture_leads(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.open(f"catalyst/p/{RED}")
    shopper.page.wait_for_selector("#__next form")
    card = f"<article><a href='/shop/{STORE}/blue-mug/'><img alt='' width=200 height=200></a></article>"
    shopper.page.evaluate("(card) => document.querySelector('main').insertAdjacentHTML('beforeend', card)", card)
    shopper.page.locator("article .backorder-badge", has_text=f"Ships {shown_day(shop)}").wait_for()


def test_a_product_that_appears_while_we_ask_is_asked_about_next(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    form = f"<form><input name=product_id value={RED}><input name=qty value=3><button>Buy</button></form>"

    def answer_late(route: Any) -> None:
        shopper.page.evaluate("(form) => document.querySelector('main').insertAdjacentHTML('beforeend', form)", form)
        route.continue_()

    shopper.page.route(f"**/offers.json?ids={BLUE}&*", answer_late)
    shopper.see(BLUE)
    shopper.page.get_by_text(f"1 in stock, 2 more ship {shown_day(shop, RED)}").wait_for()


def test_a_page_that_never_stops_moving_is_told_all_the_same(shop: Stage, visit: Visit) -> None:
    """What it draws anew is told by what changed on the page alone."""
    shopper = visit(shop)
    shopper.page.add_init_script(
        """document.addEventListener('readystatechange', () => setInterval(() => {
          document.querySelector('.header').style.opacity = 0.9 + Math.random() / 10;
        }, 10))"""
    )
    shopper.open(f"catalyst/p/{RED}")
    shopper.settled()
    shopper.page.evaluate(
        f"history.pushState({{}}, '', '/shop/{STORE}/catalyst/p/{BLUE}'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    shopper.page.locator("#__next form button", has_text="Backorder").wait_for()


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


def test_a_headless_page_has_variants_and_quantities_too(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.open(f"catalyst/p/{GLAZED}")
    shopper.page.wait_for_selector("#__next select")
    shopper.settled()
    shopper.page.select_option("#__next select", label="Ink")
    shopper.page.fill("#__next [name=quantity]", "99")
    hint = shopper.page.get_by_text("can be ordered")
    hint.wait_for()
    stock, hinted = shopper.page.locator("#__next form .soft").bounding_box(), hint.bounding_box()
    assert hinted["y"] + hinted["height"] <= stock["y"] + 1
    shopper.page.fill("#__next [name=quantity]", "2")
    on_hand = _offers(shop, GLAZED)["Ink"].on_hand
    shopper.page.wait_for_timeout(300)
    assert f"Ships {shown_day(shop)}" not in shopper.text
    shopper.page.select_option("#__next select", label="Sand")
    shopper.page.wait_for_timeout(300)
    assert f"Ships {shown_day(shop)}" in shopper.text
    assert shopper.page.locator("#__next form button").inner_text() == "Backorder"
    assert on_hand > 1


@pytest.mark.parametrize("theme", THEMES)
def test_a_preorder_names_the_day(shop: Stage, visit: Visit, theme: str) -> None:
    shopper = visit(shop, theme)
    shopper.see(TABLE)
    assert shopper.text.count("Pre-order, ships from Mar 15, 2027") == 1
    assert shopper.button == "Pre-order"


def test_the_merchants_own_words_and_place_count(shop: Stage, visit: Visit) -> None:
    own = {"en": {"most": "Just {count} to go", "in_stock": "More on {window}"}}
    with decided(shop, words=own, place=".productView-title"):
        shopper = visit(shop, "6.19")
        shopper.page.add_init_script(WITHOUT_AVAILABILITY)
        shopper.see(RED)
        assert shopper.page.inner_text(".productView-title + .backorder-text") == f"More on {shown_day(shop, RED)}"
        shopper.want(6)
        assert "Just 6 to go" in shopper.text


def test_the_waitlist_stands_beside_the_button_where_the_merchant_wants_both(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    link = shopper.page.get_by_role("button", name="Tell me when it is back")
    with decided(shop, waitlist=WaitlistPlace.ALWAYS):
        shopper.see(BLUE)
        assert (shopper.button, link.is_visible()) == ("Backorder", True)
    with decided(shop, waitlist=WaitlistPlace.OFF):
        shopper.see(SHIRT)
        shopper.choose("XS")
        assert (shopper.page.locator(BUTTON).is_enabled(), link.count()) == (False, 0)


def test_search_engines_are_told_where_the_merchant_wants_it(shop: Stage, visit: Visit) -> None:
    read = "JSON.parse(document.querySelector('[type=\"application/ld+json\"]').textContent).offers"
    unwanted, shopper = visit(shop, "6.21"), visit(shop, "6.21")
    unwanted.see(BLUE)
    before = unwanted.page.evaluate(read)
    with decided(shop, structured_data=True):
        shopper.see(BLUE)
        part = _offers(shop, BLUE)[""].next_part
        wanted = {"availability": "https://schema.org/BackOrder", "availabilityStarts": str(part.window.earliest)}
        assert shopper.page.evaluate(read) == before | wanted
        shopper.see(GLAZED)
        shopper.choose("Sand")
        assert shopper.page.evaluate(read)["availability"] == "https://schema.org/BackOrder"
        shopper.choose("Ink")
        offer = shopper.page.evaluate(read)
        assert (offer["availability"], "availabilityStarts" in offer) == ("https://schema.org/InStock", False)


def test_a_page_that_reads_from_the_right_is_followed(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21", width=390)
    shopper.page.add_init_script(RIGHT_TO_LEFT)
    with decided(shop, words={"en": {"ships": "يُشحن {window}", "left": "بقي {count} فقط"}}):
        shopper.open("")
        shopper.settled()
        badge, card = (
            shopper.page.locator(f'[data-entity-id="{BLUE}"] {part}').bounding_box()
            for part in (".backorder-badge", "figure")
        )
        assert card["x"] + card["width"] - badge["x"] - badge["width"] == pytest.approx(8, abs=1)
        shopper.see(BLUE)
        hint, field = (
            shopper.page.locator(each).bounding_box() for each in (".backorder-hint", "[data-quantity-change]")
        )
        assert hint["x"] + hint["width"] <= field["x"] + 1
        assert shopper.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_react_snippet_of_the_manual_does_what_it_says(shop: Stage, visit: Visit) -> None:
    snippet = re.search(r"```jsx\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    assert snippet
    code = re.sub(r"return <p .*</p>;", "return line;", snippet[1].replace("export ", ""))
    code = code.replace("https://backorder.example.com/store/STORE_HASH/", f"{shop.url}/store/{STORE}/")
    shopper = visit(shop)
    shopper.open("")
    said = shopper.page.evaluate(
        "([code, props]) => new Promise((done) => new Function('useState', 'useEffect', 'props', `${code}; ShipDate(props)`)"
        "((empty) => [empty, done], (effect) => effect(), props))",
        [code, {"productId": BLUE, "variantId": None, "lang": "de"}],
    )
    assert said == shop.plugin.wording.told(_offer(shop, BLUE), 1, "de")

"""Customers and other languages on the themes that are not the newest: from the product over the cart to the account."""

from collections.abc import Callable

import pytest

from plugin.domain.ids import ProductId
from plugin.domain.plan import Offer
from tests.browser.shop import BUTTON, CANDLE, CUPS, GLAZED, Shopper, shown_day
from tests.flow.stage import Stage

pytestmark = pytest.mark.browser
Visit = Callable[..., Shopper]
OLDER, CUSTOM, HEADLESS = "6.19", "custom", ""
QUANTITY = '[name="qty[]"], [name="qty"], #__next [name="quantity"]'
BUY = f"{BUTTON}, #__next form button"


def speaking(shopper: Shopper, lang: str) -> Shopper:
    shopper.page.add_init_script(
        f"document.addEventListener('readystatechange', () => {{ document.documentElement.lang = '{lang}'; }})"
    )
    return shopper


def see(shopper: Shopper, product: int) -> None:
    """The product's page; a headless one draws its form late."""
    if shopper.theme:
        shopper.see(product)
        return
    shopper.open(f"catalyst/p/{product}")
    shopper.page.wait_for_selector("#__next form")
    shopper.settled()


def reads(shopper: Shopper, words: str) -> None:
    """Wait for the words: a page that is followed says them a moment later."""
    read = "(words) => document.querySelector('main').innerText.replace(/\\s+/g, ' ').includes(words)"
    shopper.page.wait_for_function(read, arg=" ".join(words.split()))


def want(shopper: Shopper, quantity: int) -> None:
    field = shopper.page.locator(QUANTITY).first
    field.fill(str(quantity))
    field.dispatch_event("change")


def choose(shopper: Shopper, label: str) -> None:
    if shopper.theme:
        shopper.choose(label)
    else:
        shopper.page.select_option("#__next select", label=label)


def put_in_cart(shopper: Shopper, product: int, quantity: int) -> None:
    see(shopper, product)
    want(shopper, quantity)
    with shopper.page.expect_response(lambda answer: answer.request.method == "POST" and "/cart" in answer.url):
        shopper.page.locator(BUY).first.click()
    if shopper.theme == HEADLESS:
        shopper.page.wait_for_url("**/cart.php")
    shopper.page.wait_for_load_state()


def change_first_line(shopper: Shopper, quantity: int) -> None:
    """As each theme lets its shoppers do it; the two stock themes draw the cart anew, the other loads the page."""
    if shopper.theme == CUSTOM:
        shopper.page.locator("main form input:not([type=hidden])").first.fill(str(quantity))
        shopper.page.locator("main form button").first.click()
    else:
        field = shopper.page.locator(".cart-item-qty-input").first
        field.fill(str(quantity))
        field.dispatch_event("change")


def words_of(stage: Stage, lang: str, name: str, count: int = 1, **gaps: object) -> str:
    text = stage.plugin.wording.page_words(lang)[name]
    chosen = text if isinstance(text, str) else text[count != 1]
    for gap, value in {"count": count, **gaps}.items():
        chosen = chosen.replace(f"{{{gap}}}", str(value))
    return chosen


def offer_of(stage: Stage, product: int, option: str) -> Offer:
    page = stage.plugin.storefront.queries.product_pages(stage.tenant, [ProductId(product)])[ProductId(product)]
    return next(offer for each, offer in page.offers.items() if page.product.label_of(each) == option)


@pytest.mark.parametrize("lang", ["de", "fr", "es"])
@pytest.mark.parametrize("theme", [OLDER, CUSTOM, HEADLESS])
def test_variants_and_quantities_are_told_in_the_pages_language(
    shop: Stage, visit: Visit, theme: str, lang: str
) -> None:
    shopper = speaking(visit(shop, theme), lang)
    see(shopper, GLAZED)
    ink, sand, told = offer_of(shop, GLAZED, "Ink"), offer_of(shop, GLAZED, "Sand"), shop.plugin.wording.told
    choose(shopper, "Ink")
    want(shopper, ink.on_hand + 2)
    reads(shopper, told(ink, ink.on_hand + 2, lang))
    want(shopper, 99)
    reads(shopper, words_of(shop, lang, "most", ink.on_hand + 5))
    assert shopper.page.locator(QUANTITY).first.input_value() == str(ink.on_hand + 5)
    choose(shopper, "Sand")
    reads(shopper, told(sand, 5, lang))
    label = shopper.page.locator(BUY).first.evaluate("(node) => node.value || node.textContent")
    assert label == words_of(shop, lang, "button_backorder")


@pytest.mark.parametrize(
    ("theme", "lang", "product"), [(OLDER, "de", CUPS[0]), (CUSTOM, "fr", CUPS[1]), (HEADLESS, "es", CUPS[2])]
)
def test_a_customer_of_another_theme_and_language_buys_and_finds_the_dates(
    shop: Stage, visit: Visit, theme: str, lang: str, product: int
) -> None:
    shopper = speaking(visit(shop, theme), lang)
    shopper.open("login")
    shopper.page.get_by_role("button", name="Sign in").click()
    shopper.page.locator('.navUser a[href$="/account"]').wait_for()
    put_in_cart(shopper, product, 2)
    put_in_cart(shopper, CANDLE, 1)
    shopper.open("cart.php")
    now, day = words_of(shop, lang, "ships_now", 1), shown_day(shop, product, lang)
    reads(shopper, words_of(shop, lang, "part", 1, window=day))
    reads(shopper, now)
    reads(shopper, words_of(shop, lang, "parts", window=day))
    change_first_line(shopper, 3)
    reads(shopper, words_of(shop, lang, "part", 2, window=day))
    shopper.page.get_by_role("link", name="Check out").click()
    shopper.page.get_by_role("button", name="Place order").click()
    shopper.page.wait_for_url("**/order-confirmation/**")
    shop.settle()
    order = max(shop.store.orders.values(), key=lambda each: each.id)
    assert order.customer_id
    shopper.page.reload()
    reads(shopper, f"{now}, {words_of(shop, lang, 'part', 2, window=day)}")
    shopper.open(f"account/orders/{order.id}")
    reads(shopper, f"{now}, {words_of(shop, lang, 'part', 2, window=day)}")
    assert shopper.page.get_by_role("link", name=words_of(shop, lang, "your_order")).is_visible()


@pytest.mark.parametrize("lang", ["de", "fr", "es"])
def test_an_older_quick_view_speaks_the_pages_language(shop: Stage, visit: Visit, lang: str) -> None:
    shopper = speaking(visit(shop, OLDER), lang)
    shopper.open("")
    shopper.settled()
    shopper.page.locator(f'[data-entity-id="{GLAZED}"] .quickview').evaluate("(node) => node.click()")
    shopper.page.locator(".quickView").get_by_text("Sand", exact=True).click()
    sentence = shop.plugin.wording.told(offer_of(shop, GLAZED, "Sand"), 1, lang)
    shopper.page.locator(".quickView").get_by_text(sentence).first.wait_for()
    shopper.page.wait_for_function(
        "(label) => document.querySelector('.quickView #form-action-addToCart').value === label",
        arg=words_of(shop, lang, "button_backorder"),
    )

"""The theme in a real browser: events, redrawn carts and messages as injected scripts meet them."""

import pytest

from plugin.sandbox.actions.stockroom import set_backorder_limit, set_stock
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox

pytestmark = pytest.mark.browser
SHOP = "/shop/harborpine"
LISTEN = """() => {
  window.heard = [];
  document.addEventListener('onProductOptionsChanged', (e) => window.heard.push(['options', Object.keys(e.detail.data),
    Object.keys(e.detail.content)]));
  document.addEventListener('onProductUpdate', (e) => window.heard.push(['update', e.detail.productDetails]));
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        quiet = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        launched = started.chromium.launch(executable_path=chromium, args=quiet)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def running():
    sandbox = create_sandbox(config=SandboxConfig(seed="small"))
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running):
    world, store = running.world, running.world.first_store
    world.switches = SandboxConfig().switches
    set_stock(world, store, 111, 3)
    set_backorder_limit(world, store, 111, 0)
    return running


@pytest.fixture
def page(browser, sandbox):
    context = browser.new_context(base_url=sandbox.url, viewport={"width": 390, "height": 844})
    shown = context.new_page()
    shown.troubles = []
    shown.on("pageerror", lambda error: shown.troubles.append(str(error)))
    yield shown
    assert shown.troubles == []
    context.close()


def choose(page, label):
    with page.expect_response("**/remote/v1/product-attributes/**"):
        page.get_by_text(label, exact=True).click()
    page.wait_for_function("window.heard.some((each) => each[0] === 'options')")


@pytest.mark.parametrize(("theme", "data_first"), [("6.21", True), ("6.19", False)])
def test_older_themes_swap_data_and_content_of_the_event(page, theme, data_first):
    page.goto(f"{SHOP}/glazed-mug/?theme={theme}")
    page.evaluate(LISTEN)
    choose(page, "Ink")
    _, data, content = page.evaluate("window.heard.find((each) => each[0] === 'options')")
    assert ("purchasable" in data, "purchasable" in content) == (data_first, not data_first)
    assert page.inner_text("[data-product-sku]") == "MUG-GLAZE-INK"


def test_choosing_a_variant_without_stock_closes_the_button(page):
    page.goto(f"{SHOP}/glazed-mug/")
    page.evaluate(LISTEN)
    choose(page, "Sand")
    assert page.is_disabled("#form-action-addToCart")
    assert page.inner_text(".productAttributes-message .alertBox-message") == "Currently out of stock"
    assert not page.is_visible("[data-add-to-cart-wallet-buttons]")


def test_the_quantity_buttons_tell_of_themselves_only_by_the_themes_own_event(page):
    page.goto(f"{SHOP}/red-mug/")
    page.evaluate(LISTEN)
    page.evaluate("document.addEventListener('change', () => window.heard.push(['change']))")
    page.click("[data-action=inc]")
    heard = page.evaluate("window.heard")
    assert heard == [["update", {"productId": "111", "quantity": 2, "optionSelections": []}]]


def test_the_backordered_part_of_a_quantity_is_shown(page, sandbox):
    set_backorder_limit(sandbox.world, sandbox.world.first_store, 111, 5)
    page.goto(f"{SHOP}/red-mug/")
    assert not page.is_visible("[data-product-backordered]")
    page.fill('input[name="qty[]"]', "4")
    page.press('input[name="qty[]"]', "Tab")
    assert page.inner_text("[data-qty-backordered-message]") == "1 will be on backorder"


def test_the_cart_is_thrown_away_and_written_anew_after_a_change(page):
    page.goto(f"{SHOP}/red-mug/")
    page.click("#form-action-addToCart")
    page.wait_for_selector("#previewModal.is-open")
    page.click("text=View cart")
    page.evaluate("document.querySelector('[data-item-row]').dataset.mine = 'yes'")
    page.click("[data-cart-update][data-action=inc]")
    page.wait_for_function("document.querySelector('.cart-item-qty-input').value === '2'")
    assert page.get_attribute("[data-item-row]", "data-mine") is None
    assert page.inner_text(".cart-quantity") == "2"
    page.fill(".cart-item-qty-input", "9")
    page.press(".cart-item-qty-input", "Tab")
    page.wait_for_selector("[data-cart-status] .alertBox--error")
    assert page.input_value(".cart-item-qty-input") == "2"
    page.click(".cart-remove")
    page.wait_for_selector("text=Your cart is empty.")


def test_a_refusal_is_shown_on_the_product_page(page):
    page.goto(f"{SHOP}/red-mug/")
    page.fill('input[name="qty[]"]', "9")
    page.click("#form-action-addToCart")
    page.wait_for_selector("[data-cart-error]", state="visible")
    assert "smaller quantity" in page.inner_text("[data-cart-error]")


def test_nothing_of_the_theme_can_be_hooked_from_outside(page):
    page.goto(f"{SHOP}/red-mug/")
    assert page.evaluate("[typeof window.stencilUtils, typeof window.$, typeof window.jQuery]") == ["undefined"] * 3
    assert page.evaluate("window.BCData.product_attributes.stock") == 3


def test_the_headless_shop_navigates_without_loading_a_page(page):
    page.goto(f"{SHOP}/catalyst/")
    page.wait_for_selector("article.card")
    page.evaluate("window.stayed = true")
    page.click("article.card h2 a >> nth=0")
    page.wait_for_selector('form input[name="id"]', state="attached")
    assert page.evaluate("window.stayed") is True
    assert page.url.endswith("/catalyst/p/111")


def test_no_page_is_wider_than_a_phone(page):
    desks = ["/", "/sandbox/", "/sandbox/log", "/inbox/", "/manage/harborpine/", "/manage/harborpine/products"]
    wide = []
    for path in [f"{SHOP}/", f"{SHOP}/glazed-mug/", f"{SHOP}/cart.php", *desks]:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide.append(path)
    assert wide == []

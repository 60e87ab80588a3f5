"""The storefront carries the hooks of the stock theme, old and new, and prints foreign words safely."""

import json

import pytest

from plugin.sandbox.actions.stockroom import set_backorder_limit, set_stock
from plugin.sandbox.catalog import CustomField
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox
from tests.sandbox.page import read

RED_MUG, BLUE_MUG, GLAZED_MUG, TABLE = 111, 112, 113, 116
SHOP = "/shop/harborpine"


@pytest.fixture
def sandbox():
    return create_sandbox(config=SandboxConfig(seed="small"))


@pytest.fixture
def store(sandbox):
    return sandbox.world.first_store


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


def page(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status
    return read(answer.text)


def test_the_bare_shop_leads_to_the_first_store(browser):
    assert browser.get("/shop/").headers["Location"] == f"{SHOP}/"


def test_lists_show_a_card_per_visible_product(browser, store):
    store.products[BLUE_MUG].is_visible = False
    cards = page(browser, f"{SHOP}/categories/21").all("article.card[data-entity-id]")
    ids = [card["data-entity-id"] for card in cards]
    assert str(RED_MUG) in ids
    assert str(BLUE_MUG) not in ids


@pytest.mark.parametrize(
    ("product_id", "kind"), [(RED_MUG, "add-cart"), (BLUE_MUG, "out-of-stock"), (TABLE, "pre-order")]
)
def test_a_card_says_what_its_button_does(browser, product_id, kind):
    category = 22 if product_id == TABLE else 21
    shelf = page(browser, f"{SHOP}/categories/{category}")
    card = shelf.one(f'article.card[data-entity-id="{product_id}"]')
    assert [link["data-button-type"] for link in card.all("a[data-button-type]")] == [kind]


def test_the_product_page_has_the_hooks_of_cornerstone(browser):
    view = page(browser, f"{SHOP}/red-mug/").one('.productView[data-event-type="product"]')
    form = view.one("form[data-cart-item-add]")
    assert view["data-entity-id"] == "111"
    assert form.one('input[name="product_id"]')["value"] == "111"
    assert form.one('input[name="action"]')["value"] == "add"
    assert form.one('input[name="qty[]"]')["id"] == "qty[]"
    assert [button["data-action"] for button in form.all("[data-quantity-change] button")] == ["dec", "inc"]
    assert form.one("#form-action-addToCart")["value"] == "Add to Cart"
    assert form.one(".form-field--stock [data-product-stock]").text == "1 in stock"
    assert form.has("[data-add-to-cart-wallet-buttons]")
    assert view.one("[data-product-sku]").text == "MUG-RED"


def test_option_fields_name_their_option_and_values(browser, store):
    option = store.products[GLAZED_MUG].options[0]
    form = page(browser, f"{SHOP}/glazed-mug/").one("form[data-cart-item-add]")
    field = form.one("[data-product-option-change] [data-product-attribute]")
    assert field["data-product-attribute"] == "set-rectangle"
    assert {each["name"] for each in field.all("input")} == {f"attribute[{option.id}]"}
    values = [int(each["data-product-attribute-value"]) for each in field.all("[data-product-attribute-value]")]
    assert values == [value.id for value in option.values]


def test_the_availability_text_stands_in_the_info_list(browser, store):
    store.products[RED_MUG].availability_description = "Ships 4–11 December"
    info = page(browser, f"{SHOP}/red-mug/").one("dl.productView-info")
    names = [each.text for each in info.all("dt")]
    values = [each.text for each in info.all("dd")]
    assert values[names.index("Availability:")] == "Ships 4–11 December"


def test_a_pre_order_shows_its_button_and_its_release_date(browser, store, sandbox):
    table = store.products[TABLE]
    table.preorder_message, table.preorder_release_date = "Coming %%DATE%%", sandbox.world.now()
    view = page(browser, f"{SHOP}/oak-dining-table/").one(".productView")
    today = sandbox.world.now()
    assert view.one(".productView-release").text == f"Coming {today.day} {today:%b %Y}"
    assert view.one("#form-action-addToCart")["value"] == "Pre-Order Now"
    assert view.has(".add-to-cart-buttons.pre-order-buttons")


def test_a_sold_out_item_cannot_be_added(browser):
    view = page(browser, f"{SHOP}/blue-mug/").one(".productView")
    assert view.one("#form-action-addToCart").get("disabled") is not None
    assert view.has("#add-to-cart-wrapper .alertBox--error")


def test_a_native_limit_opens_a_sold_out_item(browser, sandbox, store):
    set_backorder_limit(sandbox.world, store, BLUE_MUG, 5)
    view = page(browser, f"{SHOP}/blue-mug/").one(".productView")
    assert view.one("#form-action-addToCart").get("disabled") is None
    assert view.has("[data-product-backordered] [data-qty-backordered-message]")
    assert view.has("[data-backorder-prompt]")


def test_the_older_theme_says_sold_out_although_it_could_be_sold(browser, sandbox, store):
    set_backorder_limit(sandbox.world, store, BLUE_MUG, 5)
    view = page(browser, f"{SHOP}/blue-mug/?theme=6.19").one(".productView")
    assert "Sold Out" in view.one("#add-to-cart-wrapper").text
    assert view.one("#form-action-addToCart").get("disabled") is not None
    assert not view.has("[data-product-backordered]")
    assert view.one(".form-field--stock").text.startswith("Current Stock:")


def test_a_theme_of_its_own_has_none_of_the_hooks(browser):
    shown = page(browser, f"{SHOP}/red-mug/?theme=custom")
    for hook in (".productView", "form[data-cart-item-add]", ".form-field--stock", "#form-action-addToCart"):
        assert not shown.has(hook), hook
    assert shown.has('form.buy-box input[name="product_id"]')


def test_the_switch_chooses_the_theme_for_everybody(browser, sandbox):
    sandbox.world.switches = sandbox.world.switches.changed({"theme": "6.19"})
    assert page(browser, f"{SHOP}/red-mug/").one("html")["data-theme"] == "6.19"


def test_a_theme_that_was_asked_for_is_remembered_so_that_what_its_page_fetches_is_drawn_alike(browser):
    browser.get(f"{SHOP}/red-mug/?theme=6.19")
    browser.get(f"{SHOP}/red-mug/?theme=baroque")
    assert page(browser, f"{SHOP}/red-mug/").one("html")["data-theme"] == "6.19"
    assert page(browser, f"{SHOP}/red-mug/?theme=6.21").one("html")["data-theme"] == "6.21"


def test_the_quick_view_holds_another_product_view(browser):
    view = page(browser, f"{SHOP}/quick-view/{RED_MUG}").one(".productView")
    assert view["data-entity-id"] == "111"


@pytest.mark.parametrize(
    ("path", "state"), [("red-mug", "InStock"), ("blue-mug", "OutOfStock"), ("oak-dining-table", "PreOrder")]
)
def test_the_structured_data_tells_the_availability(browser, path, state):
    script = page(browser, f"{SHOP}/{path}/").one('script[type="application/ld+json"]')
    offer = json.loads("".join(script.children))["offers"]
    assert offer["availability"] == f"https://schema.org/{state}"


def test_names_and_texts_are_escaped_but_custom_fields_are_not(browser, store):
    """Cornerstone prints the value of a custom field raw, so whatever an app writes there must be clean."""
    mug = store.products[RED_MUG]
    mug.name, mug.availability_description = "Mug <script>alert(1)</script>", "<img src=x onerror=alert(2)>"
    mug.custom_fields = [CustomField(id=1, name="<b>Care</b>", value="<em>by hand</em>")]
    answer = browser.get(f"{SHOP}/{mug.slug()}/").text
    for danger in ("<script>alert(1)", "<img src=x", "<b>Care"):
        assert danger not in answer
    assert "<em>by hand</em>" in answer


@pytest.mark.parametrize(
    ("behavior", "status", "listed"),
    [
        ("do_nothing", 200, True),
        ("hide_product", 404, False),
        ("hide_product_and_accessible", 200, False),
        ("hide_product_and_redirect", 302, False),
    ],
)
def test_the_store_may_hide_what_is_out_of_stock(browser, store, behavior, status, listed):
    store.settings.values["product_out_of_stock_behavior"] = behavior
    cards = page(browser, f"{SHOP}/categories/21").all('article.card[data-entity-id="112"]')
    assert bool(cards) is listed
    assert browser.get(f"{SHOP}/blue-mug/").status_code == status


@pytest.mark.parametrize(("wrongly", "status"), [(False, 200), (True, 404)])
def test_hiding_an_item_that_could_be_backordered_is_a_switch(browser, sandbox, store, wrongly, status):
    store.settings.values["product_out_of_stock_behavior"] = "hide_product"
    sandbox.world.switches = sandbox.world.switches.changed({"hidden_although_available": wrongly})
    set_backorder_limit(sandbox.world, store, BLUE_MUG, 5)
    assert browser.get(f"{SHOP}/blue-mug/").status_code == status


def attributes(browser, store, product_id, label=None):
    form = {"action": "add", "product_id": str(product_id), "qty[]": "1"}
    for option in store.products[product_id].options:
        form[f"attribute[{option.id}]"] = str(next(each.id for each in option.values if each.label == label))
    return browser.post(f"/remote/v1/product-attributes/{product_id}", data=form).json["data"]


def test_product_attributes_answer_for_the_chosen_variant(browser, store):
    data = attributes(browser, store, GLAZED_MUG, "Ink")
    assert (data["sku"], data["stock"], data["instock"], data["purchasable"]) == ("MUG-GLAZE-INK", 12, True, True)
    sand = attributes(browser, store, GLAZED_MUG, "Sand")
    assert (sand["stock"], sand["instock"], sand["stock_message"]) == (0, False, "Currently out of stock")
    in_stock = {value.label for value in store.products[GLAZED_MUG].options[0].values}
    listed = {
        each.label for each in store.products[GLAZED_MUG].options[0].values if each.id in sand["in_stock_attributes"]
    }
    assert listed == in_stock - {"Sand"}


def test_product_attributes_carry_backorder_numbers_only_where_the_store_has_them(browser, sandbox, store):
    set_backorder_limit(sandbox.world, store, RED_MUG, 5)
    data = attributes(browser, store, RED_MUG)
    numbers = ("available_on_hand", "available_for_backorder", "available_to_sell", "unlimited_backorder")
    assert [data[name] for name in numbers] == [1, 5, 6, False]
    store.native_backorders = False
    assert "available_to_sell" not in attributes(browser, store, RED_MUG)


@pytest.mark.parametrize(("display", "stock"), [("show", 7), ("show_when_low", None), ("dont_show", None)])
def test_the_store_may_hide_its_numbers(browser, sandbox, store, display, stock):
    set_stock(sandbox.world, store, RED_MUG, 7)
    store.settings.values["stock_level_display"] = display
    assert attributes(browser, store, RED_MUG)["stock"] == stock


def test_the_merchants_content_security_policy_is_sent(browser, store):
    store.security["csp_header"] = {"enabled": True, "header_value": "script-src 'self'"}
    assert browser.get(f"{SHOP}/").headers["Content-Security-Policy"] == "script-src 'self'"


def test_pictures_are_drawn_from_checked_colors(browser, store):
    store.products[RED_MUG].color = '"/><script>alert(1)</script>'
    answer = browser.get(f"{SHOP}/picture/{RED_MUG}.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "script" not in answer.text


@pytest.mark.parametrize("path", ["/shop/elsewhere/", f"{SHOP}/no-such-thing/", f"{SHOP}/categories/999"])
def test_what_is_not_there_is_404(browser, path):
    assert browser.get(path).status_code == 404


def test_the_headless_shop_reads_availability_and_public_metafields_as_data(browser, store):
    store.products[RED_MUG].availability_description = "Ships soon"
    data = browser.get(f"{SHOP}/catalyst/data/products/{RED_MUG}").json
    assert data["availability_description"] == "Ships soon"
    assert data["metafields"] == []
    assert data["variants"][0]["available_to_sell"] == 1
    assert read(browser.get(f"{SHOP}/catalyst/p/111").text).has("#__next")

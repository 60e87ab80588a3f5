"""Cart and checkout buy for real, and a refusal is shown with nothing changed."""

import pytest

from plugin.sandbox.actions.stockroom import set_backorder_limit, set_stock
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox
from tests.sandbox.page import read

RED_MUG, BLUE_MUG, GLAZED_MUG = 111, 112, 113
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


def add(browser, product_id, quantity=1, root=""):
    form = {"action": "add", "product_id": str(product_id), "qty[]": str(quantity)}
    return browser.post(f"{root}/remote/v1/cart/add", data=form).json["data"]


def address(**changes):
    return {
        "email": "ada@example.fr",
        "first_name": "Ada",
        "last_name": "Moreau",
        "street_1": "3 rue du Port",
        "city": "Lyon",
        "zip": "69002",
        "country_iso2": "FR",
        "locale": "fr",
        "payment_method": "card",
    } | changes


def on_hand(store, product_id):
    return store.cells[product_id, 0][1].on_hand


@pytest.mark.parametrize("root", ["", SHOP])
def test_the_theme_adds_to_the_cart_at_the_root_and_under_the_store(browser, root):
    answer = add(browser, RED_MUG, root=root)
    assert answer["cart_item"]["product_id"] == RED_MUG
    assert answer["cart_quantity"] == 1


def test_the_cart_page_has_the_hooks_of_cornerstone(browser):
    line = add(browser, RED_MUG)["cart_item"]["id"]
    cart = read(browser.get(f"{SHOP}/cart.php").text).one("[data-cart]")
    row = cart.one("[data-cart-content] tr.cart-item[data-item-row]")
    assert row.one(f"input.cart-item-qty-input#qty-{line}[data-cart-itemid]")["value"] == "1"
    assert [each["data-action"] for each in row.all("[data-cart-update]")] == ["dec", "inc"]
    assert row.one(".cart-remove")["data-cart-itemid"] == line
    assert row.one(".cart-item-name__label").text == "Red Mug"
    assert row.has("td.cart-item-quantity")
    assert cart.has("[data-cart-totals] .cart-total-grandTotal")


def test_the_cart_shows_which_part_waits(browser, sandbox, store):
    set_backorder_limit(sandbox.world, store, RED_MUG, 5)
    add(browser, RED_MUG, 3)
    row = read(browser.get(f"{SHOP}/cart.php").text).one("tr.cart-item")
    notes = [each.text for each in row.all("p.cart-item-backorder-message")]
    assert notes == ["1 ready to ship", "2 will be on backorder"]


def test_a_changed_quantity_renders_new_content_and_totals(browser, sandbox, store):
    set_stock(sandbox.world, store, RED_MUG, 9)
    line = add(browser, RED_MUG)["cart_item"]["id"]
    change = {"items[0][id]": line, "items[0][quantity]": "4"}
    assert browser.post("/remote/v1/cart/update", data=change).json["data"] == {"status": "succeed", "errors": []}
    parts = browser.get(f"{SHOP}/cart.php?render=parts").json
    assert parts["quantity"] == 4
    assert read(parts["content"]).one(".cart-item-qty-input")["value"] == "4"
    assert "$62.50" in parts["totals"]


def test_too_much_is_refused_in_words_with_status_200_and_an_unchanged_cart(browser, store):
    store.products[RED_MUG].name = "Mug & <Co>"
    error = add(browser, RED_MUG, 2)["error"]
    assert error.startswith("We don&#39;t have enough Mug &amp; &lt;Co&gt; stock on hand")
    assert browser.get("/api/storefront/carts").json == []


def test_a_variant_product_needs_its_options(browser):
    assert add(browser, GLAZED_MUG)["error"] == "Please choose one value of each option first."


def test_the_storefront_api_describes_the_cart(browser, store):
    option = store.products[GLAZED_MUG].options[0]
    ink = next(each.id for each in option.values if each.label == "Ink")
    form = {"product_id": str(GLAZED_MUG), "qty[]": "2", f"attribute[{option.id}]": str(ink)}
    browser.post("/remote/v1/cart/add", data=form)
    (cart,) = browser.get("/api/storefront/carts?include=lineItems.physicalItems.options").json
    (item,) = cart["lineItems"]["physicalItems"]
    assert (item["sku"], item["quantity"], item["extendedSalePrice"]) == ("MUG-GLAZE-INK", 2, 32.0)
    assert item["options"] == [{"name": "Color", "nameId": option.id, "value": "Ink", "valueId": ink}]
    assert cart["cartAmount"] == 32.0
    (bare,) = browser.get("/api/storefront/carts").json
    assert "options" not in bare["lineItems"]["physicalItems"][0]


def test_the_storefront_api_adds_changes_and_deletes(browser, sandbox, store):
    set_stock(sandbox.world, store, RED_MUG, 9)
    cart = browser.post("/api/storefront/carts", json={"lineItems": [{"productId": RED_MUG, "quantity": 2}]}).json
    item = cart["lineItems"]["physicalItems"][0]["id"]
    where = f"/api/storefront/carts/{cart['id']}"
    stale = browser.put(f"{where}/items/{item}", json={"lineItem": {"quantity": 3}, "version": cart["version"] - 1})
    assert stale.status_code == 409
    changed = browser.put(f"{where}/items/{item}", json={"lineItem": {"quantity": 3}, "version": cart["version"]}).json
    assert changed["lineItems"]["physicalItems"][0]["quantity"] == 3
    assert browser.put(f"{where}/items/{item}", json={"lineItem": {"quantity": 99}}).status_code == 422
    assert browser.delete(where).status_code == 204
    assert browser.get("/api/storefront/carts").json == []


def test_nobody_reaches_another_browsers_cart(browser, sandbox):
    add(browser, RED_MUG)
    (cart,) = browser.get("/api/storefront/carts").json
    stranger = sandbox.app.test_client()
    assert stranger.get("/api/storefront/carts").json == []
    assert stranger.delete(f"/api/storefront/carts/{cart['id']}").status_code == 404


def test_a_guest_buys_and_the_stock_moves(browser, store):
    add(browser, RED_MUG)
    answer = browser.post(f"{SHOP}/checkout", data=address())
    (order,) = store.orders.values()
    assert answer.headers["Location"] == f"{SHOP}/checkout/order-confirmation/{order.id}"
    assert (order.status_id, order.customer_id, order.locale) == (11, 0, "fr")
    assert (order.billing.email, order.billing.country) == ("ada@example.fr", "France")
    assert on_hand(store, RED_MUG) == 0
    shown = read(browser.get(answer.headers["Location"]).text)
    assert shown.one('[data-test="order-id"]').text == str(order.id)
    assert browser.get(f"/api/storefront/orders/{order.id}").json["orderId"] == order.id


def test_a_customer_buys_and_finds_the_order_in_the_account(browser, store):
    browser.post(f"{SHOP}/login", data={"customer_id": "2"})
    add(browser, RED_MUG)
    browser.post(f"{SHOP}/checkout", data=address(email="someone.else@example.com"))
    (order,) = store.orders.values()
    assert (order.customer_id, order.billing.email) == (2, store.customers[2].email)
    account = read(browser.get(f"{SHOP}/account").text)
    assert [link["href"] for link in account.all("td a")] == [f"{SHOP}/account/orders/{order.id}"]
    assert browser.get(f"{SHOP}/account/orders/{order.id}").status_code == 200


def test_who_came_too_late_is_told_at_checkout_and_nothing_is_sold(sandbox, store):
    """A cart reserves nothing: two shoppers may hold the last unit."""
    first, second = sandbox.app.test_client(), sandbox.app.test_client()
    add(first, RED_MUG)
    add(second, RED_MUG)
    assert first.post(f"{SHOP}/checkout", data=address()).status_code == 303
    late = second.post(f"{SHOP}/checkout", data=address())
    assert late.status_code == 409
    assert "Red Mug" in read(late.text).one('[data-test="checkout-error"]').text
    assert len(store.orders) == 1
    assert len(second.get("/api/storefront/carts").json) == 1


def test_leaving_before_payment_leaves_an_incomplete_order_and_the_stock(browser, store):
    add(browser, RED_MUG)
    browser.post(f"{SHOP}/checkout", data=address(payment_method="abandon"))
    assert [order.status_id for order in store.orders.values()] == [0]
    assert on_hand(store, RED_MUG) == 1


def test_a_missing_field_is_named(browser, store):
    add(browser, RED_MUG)
    answer = browser.post(f"{SHOP}/checkout", data=address(city=" ", zip=""))
    assert read(answer.text).one('[data-test="checkout-error"]').text == "Please fill in: city, zip."
    assert not store.orders


def test_nobody_sees_a_strangers_order(browser, sandbox, store):
    add(browser, RED_MUG)
    browser.post(f"{SHOP}/checkout", data=address())
    (number,) = store.orders
    stranger = sandbox.app.test_client()
    stranger.set_cookie("order_harborpine", f"{number}:guess")
    for path in ("/checkout/order-confirmation", "/account/orders"):
        assert stranger.get(f"{SHOP}{path}/{number}").status_code == 404
    assert stranger.get(f"/api/storefront/orders/{number}").status_code == 404


def test_a_theme_without_script_buys_by_plain_forms(browser, sandbox, store):
    set_stock(sandbox.world, store, RED_MUG, 9)
    form = {"action": "add", "product_id": str(RED_MUG), "qty": "2"}
    assert browser.post(f"{SHOP}/cart.php?theme=custom", data=form).status_code == 303
    (cart,) = store.carts.values()
    browser.post(f"{SHOP}/cart-change", data={"line": cart.lines[0].id, "quantity": "3"})
    assert cart.lines[0].quantity == 3
    page = read(browser.get(f"{SHOP}/cart.php?theme=custom").text)
    assert not page.has("[data-cart]")
    assert not page.has("tr.cart-item")


def test_a_list_button_adds_by_link_and_shows_a_refusal_on_the_cart_page(browser):
    assert browser.get(f"{SHOP}/cart.php?action=add&product_id={RED_MUG}").status_code == 303
    refused = browser.get(f"{SHOP}/cart.php?action=add&product_id={BLUE_MUG}")
    assert "It is out of stock." in read(refused.text).one("[data-cart-status]").text


def test_the_signed_in_shopper_has_a_token_and_a_guest_has_none(browser, sandbox):
    path = f"/customer/current.jwt?app_client_id={sandbox.config.client_id}"
    assert browser.get(path).status_code == 404
    browser.post(f"{SHOP}/login", data={"customer_id": "2"})
    assert browser.get(path).text.count(".") == 2
    assert browser.get("/customer/current.jwt?app_client_id=nobody").status_code == 404


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", ""])
def test_signing_in_never_leads_to_another_site(browser, back):
    answer = browser.post(f"{SHOP}/login", data={"customer_id": "2", "back": back})
    assert answer.headers["Location"] == f"{SHOP}/"

"""The cart, the order and the waitlist in a real browser, on the way from the page to the mail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from plugin.domain.order import Sending
from tests.browser.shop import (
    BOWL,
    BUTTON,
    CANDLE,
    JAR,
    RED,
    SHIRT,
    TABLE,
    THEMES,
    VASE,
    Shopper,
    decided,
    forget_pages,
    shown_day,
)
from tests.flow.stage import STORE, Stage, item

pytestmark = pytest.mark.browser
Visit = Callable[..., Shopper]


@pytest.fixture
def asking(shop: Stage) -> Iterator[Stage]:
    with decided(shop, offers_sending=True):
        yield shop


def fill(shopper: Shopper, *products: tuple[int, int]) -> None:
    for product, quantity in products:
        shopper.see(product)
        shopper.want(quantity)
        shopper.add()
    shopper.open("cart.php")
    shopper.settled()
    shopper.page.wait_for_timeout(300)


@pytest.mark.parametrize("theme", THEMES)
def test_a_mixed_cart_says_line_by_line_what_ships_now_and_what_later(shop: Stage, visit: Visit, theme: str) -> None:
    shopper, day = visit(shop, theme), shown_day(shop, RED)
    fill(shopper, (RED, 3), (CANDLE, 2))
    assert "1 ships now" in shopper.text
    assert f"2 ship {day}" in shopper.text
    assert "2 ship now" in shopper.text
    assert shopper.page.inner_text(".backorder-note") == f"Part of this order ships now, the rest {day}."


def test_a_cart_that_ships_at_once_is_left_alone(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    fill(shopper, (RED, 1), (CANDLE, 2))
    assert shopper.page.locator(".backorder-line, .backorder-note").count() == 0


@pytest.mark.parametrize("theme", ["6.21", "6.19"])
def test_the_cart_is_told_anew_when_the_theme_redraws_it(shop: Stage, visit: Visit, theme: str) -> None:
    shopper, day = visit(shop, theme), shown_day(shop, RED)
    fill(shopper, (RED, 2))
    assert f"1 ships {day}" in shopper.text
    shopper.page.locator("[data-cart-update][data-action=inc]").click()
    shopper.page.wait_for_function(f"document.querySelector('main').innerText.includes('2 ship {day}')")
    assert f"1 ships {day}" not in shopper.text
    ours = shopper.page.locator(".backorder-line").count()
    assert (shopper.page.locator(".cart-item-backorder-message").count(), ours) == (
        (2, 0) if theme == "6.21" else (0, 1)
    )


def choose_sending(shopper: Shopper, wish: str) -> None:
    question, answer = shopper.page.get_by_text("How shall we send it?"), shopper.page.get_by_label(wish)
    question.wait_for()
    if not answer.is_visible():
        question.click()
    answer.check()


def reads(shopper: Shopper, *said: str) -> None:
    """The cart comes to say all of it."""
    shopper.page.wait_for_function(
        "(said) => said.every((each) => document.querySelector('main').innerText.includes(each))", arg=said
    )


def claims_to_ship_now(shopper: Shopper) -> bool:
    return any(each in shopper.text for each in ("ships now", "ship now", "ready to ship"))


@pytest.mark.parametrize("theme", ["6.21", "6.19"])
def test_a_cart_sent_together_has_its_last_date_everywhere_at_once_redrawn_and_reloaded(
    asking: Stage, visit: Visit, theme: str
) -> None:
    shopper, soon, last = visit(asking, theme), shown_day(asking, RED), shown_day(asking, TABLE)
    fill(shopper, (RED, 2), (CANDLE, 2), (TABLE, 1))
    reads(shopper, "1 ships now", f"1 ships {soon}", f"Part of this order ships now, the rest {last}.")
    choose_sending(shopper, "Everything together")
    whole = f"Everything ships together, {last}."
    reads(shopper, whole, f"1 ships {last}")
    assert shopper.text.count(f"2 ship {last}") == 2
    assert not claims_to_ship_now(shopper)
    assert soon not in shopper.text
    shopper.page.locator("[data-cart-update][data-action=inc]").first.click()
    reads(shopper, whole, f"3 ship {last}", f"2 ship {last}", f"1 ships {last}")
    assert not claims_to_ship_now(shopper)
    shopper.page.reload()
    reads(shopper, whole, f"3 ship {last}", f"2 ship {last}", f"1 ships {last}")
    assert not claims_to_ship_now(shopper)
    assert shopper.page.evaluate(OVERLAPS) == []
    choose_sending(shopper, "Each item when it is ready")
    reads(shopper, "1 ships now", "2 ship now", f"2 ship {soon}", f"Part of this order ships now, the rest {last}.")


def test_a_kept_choice_is_known_before_the_cart_is_told(asking: Stage, visit: Visit) -> None:
    shopper, soon, last = visit(asking, "custom"), shown_day(asking, RED), shown_day(asking, TABLE)
    fill(shopper, (RED, 2), (TABLE, 1))
    choose_sending(shopper, "Everything together")
    whole = f"Everything ships together, {last}."
    reads(shopper, whole)
    shopper.page.add_init_script(REMEMBER)
    shopper.page.reload()
    reads(shopper, whole, f"2 ship {last}")
    assert [said for said in shopper.page.evaluate("window.said") if soon in said or "now" in said] == []


REMEMBER = """window.said = [];
new MutationObserver(() => window.said.push(...[...document.querySelectorAll('.backorder-line, .backorder-note')].map((each) => each.textContent)))
  .observe(document, { childList: true, subtree: true, characterData: true });"""


def test_where_everything_ships_later_on_different_days_the_cart_asks_as_well(asking: Stage, visit: Visit) -> None:
    shopper, soon, last = visit(asking, "6.19"), shown_day(asking, JAR), shown_day(asking, TABLE)
    fill(shopper, (JAR, 2), (TABLE, 1))
    reads(shopper, f"2 ship {soon}", f"Your items ship on different days, the last {last}.")
    choose_sending(shopper, "Everything together")
    reads(shopper, f"Everything ships together, {last}.", f"2 ship {last}")
    assert soon not in shopper.text


def test_a_choice_our_server_could_not_keep_is_none(asking: Stage, visit: Visit) -> None:
    shopper, soon = visit(asking, "custom", quiet=False), shown_day(asking, RED)
    fill(shopper, (RED, 3))
    shopper.page.get_by_text("How shall we send it?").wait_for()
    shopper.page.route("**/carts/*.json", lambda route: route.fulfill(status=503, body="{}"))
    together = shopper.page.get_by_label("Everything together")
    if not together.is_visible():
        shopper.page.get_by_text("How shall we send it?").click()
    together.click()
    shopper.page.wait_for_function("!document.querySelector('.backorder-note input').checked")
    assert f"1 ships now, 2 ship {soon}" in shopper.text


def test_what_stands_between_two_parts_is_a_word_like_any_other(shop: Stage, visit: Visit) -> None:
    with decided(shop, words={"en": {"list": "{first}\u060c {rest}"}}):
        shopper = visit(shop, "custom")
        fill(shopper, (RED, 2))
        assert f"1 ships now\u060c 1 ships {shown_day(shop, RED)}" in shopper.text


def test_a_shop_that_sends_an_order_at_once_says_so_in_the_cart_unasked(shop: Stage, visit: Visit) -> None:
    with sent_together(shop):
        shopper, last = visit(shop, "6.21"), shown_day(shop, TABLE)
        fill(shopper, (RED, 2), (CANDLE, 2), (TABLE, 1))
        reads(shopper, f"Everything ships together, {last}.", f"1 ships {last}")
        assert not claims_to_ship_now(shopper)


@contextmanager
def sent_together(stage: Stage) -> Iterator[None]:
    """The merchant's own rule; nobody is asked."""
    with stage.plugin.units(stage.tenant) as work:
        before = work.tenant()
        allocation = replace(before.settings.allocation, sending=Sending.TOGETHER)
        work.save_tenant(replace(before, settings=replace(before.settings, allocation=allocation)))
        work.commit()
    forget_pages(stage)
    yield
    with stage.plugin.units(stage.tenant) as work:
        work.save_tenant(before)
        work.commit()
    forget_pages(stage)


OVERLAPS = """() => [...document.querySelectorAll('.backorder-line, .backorder-note')].flatMap((ours) => {
  const mine = ours.getBoundingClientRect();
  return [...document.querySelectorAll('main *, footer *')].filter((other) => {
    const box = other.getBoundingClientRect();
    return !ours.contains(other) && !other.contains(ours) && (!other.firstElementChild || other.matches('button, a')) && box.height > 1
      && box.top < mine.bottom - 1 && box.bottom > mine.top + 1 && box.left < mine.right - 1 && box.right > mine.left + 1;
  }).map((other) => `${ours.className} lies on ${other.outerHTML.slice(0, 80)}`);
})"""


AIR_LEFT = 3
"""Pixels between a line of ours and the edge of its row."""
AIR = """() => [...document.querySelectorAll('.backorder-line')].map(
  (ours) => ours.closest('tr, li, form').getBoundingClientRect().bottom - ours.getBoundingClientRect().bottom)"""


@pytest.mark.parametrize("theme", THEMES)
def test_what_the_cart_says_finds_its_place_anew_when_the_window_changes(
    asking: Stage, visit: Visit, theme: str
) -> None:
    shopper = visit(asking, theme)
    fill(shopper, (RED, 3), (CANDLE, 2))
    shopper.page.get_by_text("How shall we send it?").wait_for()
    for width in (390, 700, 1280):
        shopper.page.set_viewport_size({"width": width, "height": 900})
        shopper.page.wait_for_timeout(100)
        assert shopper.page.evaluate(OVERLAPS) == []
        assert min(shopper.page.evaluate(AIR), default=AIR_LEFT) >= AIR_LEFT
        assert shopper.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_cart_of_another_theme_is_told_anew_after_a_change(shop: Stage, visit: Visit) -> None:
    shopper, day = visit(shop, "custom"), shown_day(shop, RED)
    fill(shopper, (RED, 2))
    assert f"1 ships now, 1 ships {day}" in shopper.text
    shopper.page.locator("main form input:not([type=hidden])").first.fill("3")
    shopper.page.get_by_role("button", name="Change").first.click()
    shopper.page.wait_for_function(f"document.querySelector('main').innerText.includes('2 ship {day}')")


def test_a_headless_order_lands_in_the_same_cart(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.open(f"catalyst/p/{RED}")
    shopper.page.wait_for_selector("#__next form")
    shopper.page.fill("#__next [name=quantity]", "2")
    shopper.page.locator("#__next form button").click()
    shopper.page.wait_for_url("**/cart.php")
    shopper.page.wait_for_function(
        f"document.querySelector('main').innerText.includes('1 ships {shown_day(shop, RED)}')"
    )


def test_a_customer_finds_the_dates_in_the_account_and_nobody_else_does(shop: Stage, visit: Visit) -> None:
    customer, stranger = visit(shop, "6.21"), visit(shop, "6.21", quiet=False)
    customer.open("login")
    customer.page.get_by_role("button", name="Sign in").click()
    day = shown_day(shop, JAR)
    fill(customer, (JAR, 1))
    customer.page.get_by_role("link", name="Check out").click()
    customer.page.get_by_role("button", name="Place order").click()
    customer.page.wait_for_url("**/order-confirmation/**")
    shop.settle()
    order = max(shop.store.orders.values(), key=lambda each: each.id)
    customer.open(f"account/orders/{order.id}")
    row = customer.page.locator(".account-product", has_text="Tea Jar")
    row.get_by_text(f"1 ships {day}").wait_for()
    assert "on backorder" not in row.inner_text()
    customer.page.get_by_role("link", name="See the dates").click()
    customer.page.wait_for_url(f"{shop.url}/**")
    assert "Tea Jar" in customer.page.inner_text("main")
    stranger.open(f"account/orders/{order.id}")
    stranger.page.wait_for_timeout(300)
    assert stranger.page.locator(".backorder-order").count() == 0


def test_what_the_cart_chose_and_said_stays_with_the_order(asking: Stage, visit: Visit) -> None:
    shopper, day = visit(asking, "6.21"), shown_day(asking, BOWL)
    offer = asking.plugin.queries.offers(asking.tenant, [item(BOWL)])[item(BOWL)]
    said = asking.plugin.wording.told(offer, 2, "de")
    fill(shopper, (BOWL, 2))
    with shopper.page.expect_response("**/carts/*.json"):
        shopper.page.get_by_label("Everything together").check()
    shopper.page.reload()
    shopper.settled()
    shopper.page.wait_for_timeout(400)
    assert shopper.page.get_by_label("Everything together").is_checked()
    shopper.page.get_by_role("link", name="Check out").click()
    shopper.page.get_by_role("button", name="Place order").click()
    shopper.page.wait_for_url("**/order-confirmation/**")
    asking.settle()
    order = max(asking.store.orders.values(), key=lambda each: each.id)
    assert "The shopper wants everything sent together." in order.staff_notes
    with asking.plugin.engine.connect() as connection:
        (told,) = connection.exec_driver_sql(
            "select surface, text, facts from told where surface = 'cart' and order_id = ?", (order.id,)
        )
    assert told.text == f"2 × Clay Bowl: {said}"
    assert '"sending":"together"' in told.facts
    shopper.page.reload()
    row = shopper.page.locator(".account-product", has_text="Clay Bowl")
    row.get_by_text(f"2 ship {day}").wait_for()


def test_the_waitlist_asks_once_and_confirms_by_mail(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    shopper.see(SHIRT)
    shopper.choose("XS")
    shopper.page.locator(BUTTON).click()
    dialog = shopper.page.locator("dialog.backorder-dialog")
    dialog.wait_for()
    shopper.page.get_by_label("Your e-mail address").fill("ann@example.com")
    shopper.page.get_by_label("How many do you want?").fill("2")
    shopper.page.wait_for_timeout(2100)
    shopper.page.get_by_role("button", name="Tell me", exact=True).click()
    shopper.page.get_by_text("Please look at your mail").wait_for()
    shop.settle()
    (mail,) = shop.mails("ann@example.com")
    assert "Harbor T-Shirt" in mail.plain
    shopper.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert shopper.page.evaluate("document.activeElement.id") == "form-action-addToCart"


def test_a_machine_that_is_too_quick_gets_the_same_words_and_no_place(shop: Stage, visit: Visit) -> None:
    shopper = visit(shop, "6.21")
    shopper.see(SHIRT)
    shopper.choose("XS")
    shopper.page.locator(BUTTON).click()
    shopper.page.get_by_label("Your e-mail address").fill("bot@example.com")
    shopper.page.get_by_role("button", name="Tell me", exact=True).click()
    shopper.page.get_by_text("Please look at your mail").wait_for()
    shop.settle()
    assert shop.mails("bot@example.com") == []


def test_of_two_shoppers_and_one_unit_one_buys_and_the_other_is_told_the_truth(shop: Stage, visit: Visit) -> None:
    quick, slow = visit(shop, "6.21"), visit(shop, "6.21", quiet=False)
    for shopper in (quick, slow):
        shopper.see(VASE)
        assert (shopper.button, "Only 1 left on backorder" in shopper.text) == ("Backorder", True)
    quick.add()
    quick.open("checkout")
    quick.page.get_by_role("button", name="Place order").click()
    quick.page.wait_for_url("**/order-confirmation/**")
    shop.settle()
    shop.plugin.storefront.memory.seen_at.clear()
    shop.plugin.storefront.memory.parts.clear()
    slow.page.locator(BUTTON).click()
    slow.page.wait_for_selector("[data-cart-error]:visible")
    slow.page.wait_for_timeout(600)
    assert "out of stock" in slow.page.inner_text("[data-cart-error]").lower()
    assert "Ships" not in slow.text
    assert slow.button == "Tell me when it is back"
    assert not slow.page.locator("[data-add-to-cart-wallet-buttons]").is_visible()
    slow.see(VASE)
    assert slow.button == "Tell me when it is back"


@pytest.mark.parametrize(
    ("theme", "where"),
    [
        *((theme, where) for theme in THEMES for where in ("product", "cart")),
        *(("6.21", where) for where in ("list", "dialog", "order")),
        ("", "headless"),
    ],
)
def test_axe_finds_nothing_against_what_we_add(shop: Stage, visit: Visit, theme: str, where: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    shopper = visit(shop, theme)
    go_to(shopper, where)
    ours = shopper.page.locator(OURS)
    assert ours.count() or where in {"product", "headless"}  # a theme may have a place for all of it there
    found = axe.run(shopper.page).response["violations"]
    blamed = [(each["id"], node["html"][:120], node["target"]) for each in found for node in each["nodes"]]
    assert [each for each in blamed if "backorder" in str(each) or where == "dialog"] == []
    assert STORE in shopper.page.url


OURS = "[class*=backorder-]"


def go_to(shopper: Shopper, where: str) -> None:
    if where == "cart":
        fill(shopper, (RED, 2))
    elif where == "product":
        shopper.see(RED)
        shopper.want(99)
    elif where == "list":
        shopper.open("")
        shopper.page.locator(".backorder-badge").first.wait_for()
    elif where == "dialog":
        shopper.see(SHIRT)
        shopper.choose("XS")
        shopper.page.locator(BUTTON).click()
        shopper.page.locator("dialog").wait_for()
    elif where == "headless":
        shopper.open(f"catalyst/p/{RED}")
        shopper.page.wait_for_selector("#__next form")
        shopper.settled()
    else:
        buy(shopper)


def buy(shopper: Shopper) -> None:
    """As a customer, up to the order in the account."""
    shopper.open("login")
    shopper.page.get_by_role("button", name="Sign in").click()
    fill(shopper, (JAR, 1))
    shopper.page.get_by_role("link", name="Check out").click()
    shopper.page.get_by_role("button", name="Place order").click()
    shopper.page.wait_for_url("**/order-confirmation/**")
    shopper.stage.settle()
    shopper.page.reload()
    shopper.page.locator(".backorder-order").wait_for()

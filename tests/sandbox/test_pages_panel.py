"""The world's panel: each button does one thing, says what happened, and shows a refusal in its own words."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox
from tests.sandbox.page import read

RED_MUG, GLAZED_MUG = 111, 113


@pytest.fixture
def sandbox():
    return create_sandbox(config=SandboxConfig(seed="small"))


@pytest.fixture
def store(sandbox):
    return sandbox.world.first_store


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


def act(browser, deed, **form):
    """Press a button; the sentence it comes back with, and whether it was good or bad."""
    answer = browser.post(f"/sandbox/act/{deed}", data=form)
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return query["done"][0], query["kind"][0]


def mug(store):
    return f"{RED_MUG}:{store.products[RED_MUG].variants[0].id}"


def cell(store):
    return store.cells[RED_MUG, 0][1]


def an_order(sandbox, quantity=1, product_id=RED_MUG):
    wanted = [Wanted(product_id=product_id, quantity=quantity)]
    return place_order(sandbox.world, sandbox.world.first_store, wanted)


def test_the_panel_offers_every_item_and_every_switch(browser, sandbox, store):
    page = read(browser.get("/sandbox/").text)
    offered = {each["value"] for each in page.one("#stock-item").all("option")}
    assert mug(store) in offered
    assert len(offered) == len(store.variants)
    for switch in sandbox.world.switches.describe():
        assert page.has(f"#switch-{switch['name']}"), switch["name"]


def test_goods_arrive(browser, store):
    words = act(browser, "receive", item=mug(store), units="10")
    assert words == ("10 units arrived: 11 on hand, 0 owed.", "good")
    assert cell(store).on_hand == 11


def test_stock_is_counted_anew(browser, store):
    assert act(browser, "count", item=mug(store), units="7") == ("Counted: 7 on hand, 0 owed.", "good")
    assert cell(store).on_hand == 7


def test_a_native_limit_is_set_only_where_the_store_has_them(browser, store):
    assert act(browser, "limit", item=mug(store), units="4")[1] == "good"
    assert cell(store).backorder_limit == 4
    store.native_backorders = False
    words = act(browser, "limit", item=mug(store), units="9")
    assert words == ("This store has no native backorders.", "bad")
    assert cell(store).backorder_limit == 4


def test_a_guest_buys_from_the_panel(browser, store):
    words = act(browser, "buy", item=mug(store), quantity="1", email="zoe@example.fr", locale="fr")
    (order,) = store.orders.values()
    assert words == (f"Order {order.id} placed.", "good")
    assert (order.billing.email, order.locale, order.status_id) == ("zoe@example.fr", "fr", 11)


def test_many_buy_until_the_store_refuses(browser, store):
    act(browser, "count", item=mug(store), units="3")
    words, kind = act(browser, "buy", item=mug(store), quantity="1", times="5")
    assert kind == "good"
    assert words.startswith("3 of 5 orders were placed")
    assert "available 0 and 0 for backorder" in words
    assert len(store.orders) == 3


def test_a_refused_purchase_is_told_and_leaves_no_order(browser, store):
    words, kind = act(browser, "buy", item=mug(store), quantity="9")
    assert kind == "bad"
    assert words.startswith("Not enough stock.")
    assert not store.orders


def test_an_order_left_unpaid_can_be_paid_later(browser, store):
    act(browser, "buy", item=mug(store), quantity="1", pay="no")
    (order,) = store.orders.values()
    assert (order.status_id, cell(store).on_hand) == (0, 1)
    act(browser, "pay", order=str(order.id))
    assert (order.status_id, cell(store).on_hand) == (11, 0)


def test_an_order_is_shipped_in_part_and_then_whole(browser, sandbox, store):
    act(browser, "count", item=mug(store), units="5")
    order = an_order(sandbox, quantity=3)
    line = order.lines[0]
    act(browser, "ship", order=str(order.id), **{f"line_{line.id}": "1"})
    assert (line.quantity_shipped, order.status_id) == (1, 3)
    act(browser, "ship", order=str(order.id))
    assert (line.quantity_shipped, order.status_id) == (3, 2)
    assert act(browser, "ship", order=str(order.id)) == (f"Order {order.id} has nothing left to ship.", "bad")


def test_a_cancelled_order_gives_its_units_back(browser, sandbox, store):
    order = an_order(sandbox)
    assert cell(store).on_hand == 0
    assert act(browser, "cancel", order=str(order.id)) == (f"Order {order.id} is canceled.", "good")
    assert (order.status_id, cell(store).on_hand) == (5, 1)


def test_a_refund_moves_no_stock(browser, sandbox, store):
    order = an_order(sandbox)
    words = act(browser, "refund", order=str(order.id), reason="broken")
    assert words == (f"14.00 refunded on order {order.id}. A refund moves no stock.", "good")
    assert (order.status_id, order.refunds[0].reason, cell(store).on_hand) == (4, "broken", 0)


def test_staff_edit_quantities_and_notes(browser, sandbox, store):
    act(browser, "count", item=mug(store), units="5")
    order = an_order(sandbox)
    act(browser, "edit", order=str(order.id), **{f"line_{order.lines[0].id}": "4"})
    assert (order.lines[0].quantity, cell(store).on_hand) == (4, 1)
    act(browser, "notes", order=str(order.id), staff_notes="Call first.")
    assert order.staff_notes == "Call first."


def test_staff_set_a_status_and_archive(browser, sandbox):
    order = an_order(sandbox)
    act(browser, "status", order=str(order.id), status_id="12")
    act(browser, "archive", order=str(order.id))
    assert (order.status_id, order.is_deleted) == (12, True)
    act(browser, "archive", order=str(order.id), undo="1")
    assert order.is_deleted is False


def test_the_clock_moves_forward_and_can_be_set(browser, sandbox):
    before = sandbox.world.now()
    act(browser, "clock", move="86400")
    assert timedelta(days=1) <= sandbox.world.now() - before < timedelta(days=1, minutes=1)
    act(browser, "clock", set="2027-03-09T08:30")
    assert f"{sandbox.world.now():%Y-%m-%d %H:%M}" == "2027-03-09 08:30"
    assert act(browser, "clock", move="soon")[1] == "bad"


def test_only_the_switches_that_differ_are_changed(browser, sandbox):
    words = act(browser, "switches", webhook_duplicates="2", theme="6.21", archived_in_lists="True")
    assert words == ("Changed: webhook_duplicates = 2, archived_in_lists = True", "good")
    assert (sandbox.world.switches.webhook_duplicates, sandbox.world.switches.archived_in_lists) == (2, True)


@pytest.mark.parametrize("form", [{"theme": "baroque"}, {"webhook_duplicates": "many"}, {"webhook_duplicates": "99"}])
def test_a_wrong_switch_value_is_refused_and_nothing_changes(browser, sandbox, form):
    before = sandbox.world.switches
    words, kind = act(browser, "switches", **form)
    assert kind == "bad"
    assert next(iter(form)) in words
    assert sandbox.world.switches == before


def test_every_switch_can_be_set_to_each_of_its_values(browser, sandbox):
    for switch in sandbox.world.switches.describe():
        allowed = switch["allowed"]
        for value in allowed if isinstance(allowed, list) else (allowed["min"], allowed["max"]):
            assert act(browser, "switches", **{switch["name"]: str(value)})[1] == "good"
            assert getattr(sandbox.world.switches, switch["name"]) == value


def test_a_fault_is_planted_and_cleared(browser, sandbox):
    form = {"kind": "status", "method": "PUT", "path": "/stores/*", "when": "after", "status": "502", "times": "3"}
    assert act(browser, "fault", **form) == ("Fault 1 is planted: status on PUT /stores/*.", "good")
    (fault,) = sandbox.world.faults.planted()
    assert (fault.when, fault.status, fault.times) == ("after", 502, 3)
    act(browser, "clear-faults")
    assert sandbox.world.faults.planted() == []
    assert act(browser, "fault", kind="gremlin")[1] == "bad"


def test_webhooks_are_held_and_let_go(browser, sandbox):
    act(browser, "webhooks", wish="hold")
    assert sandbox.world.webhooks.is_held
    act(browser, "webhooks", wish="shuffled", copies="1")
    assert not sandbox.world.webhooks.is_held
    assert act(browser, "webhooks", wish="burn")[1] == "bad"


def test_store_settings_and_native_backorders_can_be_changed(browser, store):
    form = {"native": "no", "stock_level_display": "dont_show", "edit_order_stock_adjustment": "off"}
    act(browser, "settings", **form, update_stock_behavior="whenever")
    values = store.settings.values
    assert store.native_backorders is False
    assert (values["stock_level_display"], values["edit_order_stock_adjustment"]) == ("dont_show", False)
    assert values["update_stock_behavior"] == "order_placed"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"units": "3"}, "Choose an item first."),
        ({"item": "111:x", "units": "3"}, "Choose an item first."),
        ({"item": "111:1", "units": "three"}, "units must be a whole number, not 'three'."),
        ({"item": "999:1", "units": "3"}, "There is no product 999."),
    ],
)
def test_an_unclear_wish_is_refused_in_words(browser, form, words):
    assert act(browser, "receive", **form) == (words, "bad")


def test_a_button_leads_back_where_it_stood_and_never_elsewhere(browser, store):
    here = browser.post("/sandbox/act/clear-faults", data={"back": "/sandbox/?store=harborpine&done=old&kind=bad"})
    assert here.headers["Location"] == "/sandbox/?store=harborpine&done=All+faults+are+gone.&kind=good"
    away = browser.post("/sandbox/act/clear-faults", data={"back": "//evil.example/"})
    assert away.headers["Location"].startswith("/sandbox/?")


def test_what_a_notice_says_is_only_words(browser):
    assert "<script>alert" not in browser.get("/sandbox/?done=<script>alert(1)</script>").text


def test_buttons_act_on_the_store_they_stand_on(browser, sandbox, store):
    other = sandbox.world.add_store("otherstore")
    act(browser, "count", store="otherstore", item=mug(store), units="44")
    assert (other.cells[RED_MUG, 0][1].on_hand, cell(store).on_hand) == (44, 1)
    assert browser.post("/sandbox/act/count", data={"store": "nowhere"}).status_code == 404


def test_the_order_page_shows_lines_and_deeds(browser, sandbox):
    order = an_order(sandbox)
    page = read(browser.get(f"/sandbox/orders/{order.id}").text)
    assert page.has(f"#line_{order.lines[0].id}")
    assert browser.get("/sandbox/orders/9").status_code == 404


def test_an_unknown_deed_is_404(browser):
    assert browser.post("/sandbox/act/explode").status_code == 404


def test_the_start_page_has_four_doors_and_the_clock(browser, sandbox):
    page = read(browser.get("/").text)
    doors = [door["href"] for door in page.all("a.door")]
    assert doors == ["/shop/", "/inbox/", f"{sandbox.world.panel_url}/manage/", "/sandbox/log"]
    assert page.has("form.clock time")

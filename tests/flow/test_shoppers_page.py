"""From the mail to the page and back: a shopper follows the link, answers, and the order, the shop and the proof follow."""

import re
from datetime import date

import pytest
import requests

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId
from plugin.domain.substitute import Substitute
from plugin.sandbox.actions.editing import LineEdit, edit_order
from plugin.sandbox.events import product_event
from plugin.services.errors import Conflict
from plugin.services.shipments import NewShipment
from tests.flow.stage import RED_MUG, Stage, item

PO_118 = NewShipment("Kiln & Co", "PO-118", DateWindow(date(2027, 1, 11), date(2027, 1, 12)), [("MUG-RED", 10)])


def link_in(mail: object, stage: Stage) -> str:
    found = re.search(rf"{re.escape(stage.url)}/s/order/\S+", mail.plain)  # type: ignore[attr-defined]
    assert found, mail.plain  # type: ignore[attr-defined]
    return found[0]


def open_units(stage: Stage, order: int) -> list[int]:
    with stage.plugin.units(stage.tenant) as work:
        return [line.open for line in work.orders.get([OrderId(order)])[OrderId(order)].lines]


def test_a_shopper_follows_the_link_in_the_mail_and_cancels(stage: Stage):
    stage.sell_past_zero(limit=3)
    stage.plugin.shipments.announce(stage.tenant, PO_118)
    stage.settle()
    order = stage.buy(2)
    stage.settle()
    (mail,) = stage.mails("jan@example.de")
    link = link_in(mail, stage)
    browser = requests.Session()
    page = browser.get(link, timeout=10)
    assert (page.status_code, f"#{order.id}" in page.text) == (200, True)
    assert open_units(stage, order.id) == [2]
    answer = browser.post(f"{link}/cancel", timeout=10)
    assert "It is cancelled." in answer.text
    stage.settle()
    assert open_units(stage, order.id) == [0]
    assert "<form" not in browser.get(link, timeout=10).text
    proof = stage.plugin.proofs.of_order(stage.tenant, OrderId(order.id)).record
    assert [said.answer for said in proof.answers] == ["cancel"]
    assert [each.units for each in proof.cancellations] == [2]
    assert proof.mails[0].kind == "confirmed"
    assert {sent.result.value for sent in proof.mails} == {"sent"}


def test_a_guest_asks_for_the_link_again_and_it_opens_the_order(stage: Stage):
    stage.sell_past_zero(limit=3)
    order = stage.buy(2)
    stage.settle()
    form = {"order": str(order.id), "email": "jan@example.de"}
    asked = requests.Session().post(f"{stage.url}/s/orders/{stage.tenant}", data=form, timeout=10)
    assert asked.status_code == 202
    stage.settle()
    first, second = stage.mails("jan@example.de")
    assert link_in(first, stage) == link_in(second, stage)
    assert str(RED_MUG) not in second.plain


def test_a_supplier_moves_the_day_and_the_shoppers_page_follows(stage: Stage):
    stage.sell_past_zero(limit=3)
    shipment = stage.plugin.shipments.announce(stage.tenant, PO_118)
    order = stage.buy(2)
    stage.settle()
    link = stage.plugin.links.shipment_page(stage.tenant, shipment)
    moved = requests.Session().post(link, data={"earliest": "2027-02-08"}, timeout=10)
    assert "Thank you" in moved.text
    stage.settle()
    page = requests.Session().get(stage.plugin.links.order_page(stage.tenant, OrderId(order.id)), timeout=10)
    assert "Feb" in page.text


def test_a_shopper_takes_a_substitute_and_the_changed_order_frees_the_units(stage: Stage):
    stage.sell_past_zero(limit=3)
    navy = stage.add_product("Navy mug", on_hand=5)
    product_event(stage.sandbox.world, stage.store, stage.store.products[navy])
    stage.settle()
    stage.plugin.substitutes.save(stage.tenant, item(RED_MUG), [Substitute(item(navy), "The same mug in navy")])
    order = stage.buy(2)
    stage.settle()
    link = stage.plugin.links.order_page(stage.tenant, OrderId(order.id))
    browser = requests.Session()
    assert "The same mug in navy" in browser.get(link, timeout=10).text
    line = order.lines[0].id
    chosen = browser.post(f"{link}/substitute", data={"line": line, "item": item(navy)}, timeout=10)
    assert "You chose Navy mug instead" in chosen.text
    (choice,) = stage.plugin.substitute_choices.waiting(stage.tenant, limit=9)
    with pytest.raises(Conflict, match="is as it was"):
        stage.plugin.substitute_choices.done(stage.tenant, choice.choice_id)
    edits = [LineEdit(line_id=line, quantity=1), LineEdit(product_id=navy, quantity=1)]
    edit_order(stage.sandbox.world, stage.store, order.id, edits)
    stage.settle()
    assert "The shop has changed your order." in browser.get(link, timeout=10).text
    assert (
        open_units(stage, order.id),
        stage.plugin.queries.overview(stage.tenant, at=stage.plugin.clock.now()).owed,
    ) == (
        [1, 1],
        0,
    )
    told = [mail.plain for mail in stage.mails("jan@example.de") if "you get Navy mug instead" in mail.plain]
    assert len(told) == 1
    assert stage.plugin.substitute_choices.waiting(stage.tenant, limit=9) == []

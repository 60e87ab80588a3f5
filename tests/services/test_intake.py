"""From news to decision: what an event, a repeat, an old picture, a late one, an order that cannot be read lead to."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.domain.ids import ProductId
from plugin.domain.item import Tracking
from plugin.domain.order import OrderStage
from plugin.domain.policy import Scope
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.publications import PublicationKind
from tests.builders import an_order, an_order_line
from tests.services.town import ADA, MUG, Town


def test_an_order_beyond_what_is_there_is_split_dated_and_told(town: Town):
    order = town.buy(2)
    line = town.line(order)
    assert (line.allocated, line.owed) == (1, 1)
    assert town.told() == ["confirmed"]
    assert town.shop.can_sell(MUG) == 2
    assert "1 ready to ship" in town.shop.placed[order.order_id].staff_notes


def test_an_order_from_what_is_there_needs_no_mail_and_no_note(town: Town):
    order = town.buy(1)
    assert (town.line(order).owed, town.told(), town.shop.placed[order.order_id].staff_notes) == (0, [], "")


def test_the_same_event_again_changes_nothing(town: Town):
    order = town.buy(2)
    moves, journal, calls = town.moves(), town.words(), len(town.shop.calls)
    for _ in range(3):
        town.hear(order)
        town.settle()
    assert (town.moves(), town.words(), town.told()) == (moves, journal, ["confirmed"])
    assert not {call for call in town.shop.calls[calls:] if call.startswith(("write", "adjust", "set"))}


def test_an_older_picture_never_overwrites_a_newer_one(town: Town):
    order = town.buy(2)
    newer = town.shop.edit(order.order_id, 3)
    town.hear(newer)
    town.settle()
    town.shop.placed[order.order_id] = replace(order, modified_at=order.modified_at - timedelta(seconds=1))
    town.hear(order)
    town.settle()
    assert town.line(order).quantity == 3


def test_many_events_of_one_order_are_read_in_one_call(town: Town):
    order = town.shop.sell(MUG, 2)
    for _ in range(40):
        town.hear(order)
    before = len(town.shop.calls)
    town.settle()
    reads = [call for call in town.shop.calls[before:] if call in {"orders", "stock", "products"}]
    assert sorted(reads) == ["orders", "products", "stock"]


def test_webhooks_of_one_change_that_come_one_after_the_other_are_read_in_one_call(town: Town):
    patient = replace(town.plugin.inbox, gather=timedelta(seconds=2))
    order = town.shop.sell(MUG, 2)
    before = len(town.shop.calls)
    for topic in ("created", "updated", "statusUpdated"):
        body = json.dumps({"data": {"id": order.order_id}})
        town.plugin.inbox_writer.store([Envelope(ADA, f"store/order/{topic}", topic, body)])
        patient.drain(ADA)
        town.clock.go(seconds=0.9)
    assert "orders" not in town.shop.calls[before:]
    patient.drain(ADA)
    assert town.shop.calls[before:].count("orders") == 1
    assert town.line(order).owed == 1


def test_a_doubt_that_a_later_reading_has_settled_costs_no_further_read(town: Town):
    town.wait(minutes=3)
    first, second = town.shop.sell(MUG, 1), town.shop.sell(MUG, 1)
    town.hear(first)
    town.settle()  # the level tells of two units sold, and only one order is known
    town.hear(second)
    town.settle()
    town.clock.go(seconds=30)
    third = town.buy(1)
    before = len(town.shop.calls)
    town.wait(minutes=2)
    assert town.owed() == {first.order_id: 0, second.order_id: 1, third.order_id: 1}
    assert {"orders", "orders_modified_since", "stock"}.isdisjoint(town.shop.calls[before:])
    assert [row["topic"] for row in town.table("inbox") if row["due_at"]] == []


def test_a_doubt_that_stays_is_looked_at_again(town: Town):
    town.wait(minutes=3)
    first, lost = town.shop.sell(MUG, 1), town.shop.sell(MUG, 1)
    town.hear(first)
    town.settle()
    before = len(town.shop.calls)
    town.wait(minutes=2)
    assert {"orders_modified_since", "stock"} <= set(town.shop.calls[before:])
    assert town.owed() == {first.order_id: 0, lost.order_id: 1}


def test_a_new_text_of_a_product_is_no_reason_to_read_its_stock(town: Town):
    before = len(town.shop.calls)
    town.event("store/product/updated", {"id": 77})
    town.settle()
    assert [call for call in town.shop.calls[before:] if call in {"products", "stock"}] == ["products"]
    product = town.shop.catalog[ProductId(77)]
    town.shop.catalog[ProductId(77)] = replace(product, tracking=Tracking.NONE)
    town.event("store/product/updated", {"id": 77})
    town.settle()
    town.shop.catalog[ProductId(77)] = product
    town.event("store/product/updated", {"id": 77})
    town.settle()
    assert [call for call in town.shop.calls[before:] if call in {"products", "stock"}][1:] == [
        "products",
        "products",
        "stock",
    ]


def test_an_order_that_cannot_be_read_yet_is_asked_for_again(town: Town):
    order = town.shop.sell(MUG, 2)
    hidden = town.shop.placed.pop(order.order_id)
    town.hear(order)
    town.settle()
    assert town.owed() == {}
    town.shop.placed[order.order_id] = hidden
    town.wait(seconds=5)
    assert town.owed() == {order.order_id: 1}


def test_an_order_that_never_was_is_not_asked_for_for_ever(town: Town):
    town.hear(an_order(order_id=999))
    town.settle()
    for _ in range(20):
        town.wait(minutes=2)
    calls = town.shop.calls.count("orders")
    town.wait(minutes=5)
    assert town.shop.calls.count("orders") == calls
    assert 2 <= calls <= 7


def test_an_order_that_is_gone_from_the_shop_counts_as_cancelled(town: Town):
    order = town.buy(2)
    del town.shop.placed[order.order_id]
    town.hear(order)
    town.settle()
    assert town.owed() == {}


def test_orders_from_before_the_install_are_planned_and_never_mailed(bare_town: Town):
    town = bare_town
    old = an_order(order_id=5, lines=[an_order_line(order_id=5, item=None, quantity=2)], placed_at=town.clock.now())
    town.shop.placed[old.order_id] = old
    town.clock.go(days=1)
    town.install()
    town.sell_past_zero()
    assert old.order_id in town.owed()
    assert town.told() == []


def test_an_order_placed_in_the_second_of_the_install_is_new(bare_town: Town):
    town = bare_town
    town.clock.go(milliseconds=700)
    town.install()
    town.sell_past_zero()
    order = town.shop.sell(MUG, 2)
    town.shop.placed[order.order_id] = replace(order, placed_at=order.placed_at.replace(microsecond=0))
    town.hear(order)
    town.settle()
    assert town.told() == ["confirmed"]


def test_an_unpaid_order_is_told_when_it_is_paid(town: Town):
    order = town.buy(2, paid=False)
    assert (town.line(order).owed, town.told()) == (1, [])
    town.clock.go(minutes=5)
    paid = replace(town.shop.placed[order.order_id], stage=OrderStage.OPEN, modified_at=town.clock.now())
    town.shop.placed[order.order_id] = paid
    town.hear(paid)
    town.settle()
    assert town.told() == ["confirmed"]


def test_a_product_that_is_deleted_takes_nobody_with_it(town: Town):
    order = town.buy(2)
    product = town.shop.catalog.pop(next(iter(town.shop.catalog)))
    del town.shop.levels[MUG, 1]
    town.event("store/product/deleted", {"id": product.product_id})
    town.settle()
    town.wait(minutes=11)
    assert town.told() == ["confirmed"]
    assert str(town.plugin.directory.find(ADA).problem) == ""
    assert town.line(order).quantity == 2


def test_a_text_the_merchant_rewrote_becomes_the_one_to_give_back(town: Town):
    town.buy(2)
    product = next(iter(town.shop.catalog.values()))
    theirs = replace(product.texts, availability_description="Back soon, promised.")
    town.shop.catalog[product.product_id] = replace(product, texts=theirs)
    town.event("store/product/updated", {"id": product.product_id})
    town.settle()
    assert town.shop.catalog[product.product_id].texts.availability_description.startswith("Ships")
    town.plugin.policies.delete(ADA, Scope.parse("store"))
    town.shop.cancel(next(iter(town.shop.placed)))
    town.hear(*town.shop.placed.values())
    town.settle()
    town.wait(seconds=61)
    assert town.shop.catalog[product.product_id].texts == theirs


@pytest.mark.parametrize("topic", ["store/cart/created", "store/order/metafield/updated", "nonsense"])
def test_a_topic_nobody_handles_costs_no_call(town: Town, topic: str):
    before = len(town.shop.calls)
    town.event(topic, {"id": 1})
    town.settle()
    assert [call for call in town.shop.calls[before:] if call != "products"] == []


def test_a_poison_event_is_parked_and_the_others_go_on(town: Town):
    order = town.shop.sell(MUG, 2)
    town.event("store/order/created", {"id": "no number"})
    town.hear(order)
    town.settle()
    assert town.owed() == {order.order_id: 1}
    parked = [row for row in town.table("inbox") if row["parked_reason"]]
    assert [(row["topic"], row["parked_reason"]) for row in parked] == [("store/order/created", "rejected")]
    assert town.told("owner@ada.example") == ["merchant_parked"]


def test_a_shop_that_is_away_is_asked_ever_later_and_nothing_is_lost(town: Town):
    order = town.shop.sell(MUG, 2)
    town.shop.fail("orders", *[RetryLater("The shop is away.")] * 3)
    town.hear(order)
    town.settle()
    waits = []
    for _ in range(200):
        if town.owed():
            break
        asked = town.shop.calls.count("orders")
        town.wait(seconds=1)
        waits.append(town.shop.calls.count("orders") - asked)
    assert town.owed() == {order.order_id: 1}
    asked_at = [second for second, asked in enumerate(waits, 1) if asked]
    assert len(asked_at) == 3
    assert asked_at[1] - asked_at[0] >= 10
    assert asked_at[2] - asked_at[1] >= 60


def test_after_its_last_try_an_event_is_parked_as_exceeded(town: Town):
    order = town.shop.sell(MUG, 2)
    town.shop.fail("orders", *[RetryLater("The shop is away.")] * 50)
    town.hear(order)
    town.settle()
    for _ in range(9):
        town.wait(hours=8)
    assert [row["parked_reason"] for row in town.table("inbox") if row["topic"] == "store/order/updated"] == [
        "exceeded"
    ]


def test_an_unreadable_answer_parks_only_what_asked_for_it(town: Town):
    good, bad = town.shop.sell(MUG, 1), town.shop.sell(MUG, 1)
    town.shop.fail("orders", GiveUp("rejected", "No JSON."), GiveUp("rejected", "No JSON."))
    town.hear(bad, good)
    town.settle()
    assert good.order_id in town.owed()
    assert len([row for row in town.table("inbox") if row["parked_reason"]]) == 1


def test_what_the_page_shows_is_written_once_for_any_number_of_orders(town: Town):
    before = town.shop.calls.count("write_product_texts")
    orders = [town.shop.sell(MUG, 1, email=f"{n}@example.com") for n in range(4)]
    town.hear(*orders)
    town.settle()
    assert town.shop.calls.count("write_product_texts") - before == 1
    with town.plugin.units(ADA) as work:
        assert work.publications.count_due() == 0
        assert work.publications.get(PublicationKind.PRODUCT, ["77"])["77"].desired is None, "closed: their own words"

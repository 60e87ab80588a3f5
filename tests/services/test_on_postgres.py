"""Notices, answers, refunds, proof and erasure once more, on the database a hosted app runs on."""

from datetime import date

import pytest

from plugin.adapters.db.tables import metadata
from plugin.domain.calendar import DateWindow
from plugin.services.errors import RetryLater
from plugin.services.shipments import NewShipment
from tests.services.test_privacy import EXPORTED, FIRST, SECOND, THIRD, a_long_story, is_done, names_them
from tests.services.test_refunds import cancel, the_row
from tests.services.town import ADA, Town

pytestmark = pytest.mark.postgres


def test_a_long_story_is_told_proven_handed_out_and_erased(postgres_town: Town) -> None:
    town = postgres_town
    order = a_long_story(town)
    assert town.told(SECOND)[0] == "delay"
    assert set(town.plugin.privacy.export(ADA, THIRD)) == set(EXPORTED.values())
    proof = town.plugin.proofs.of_order(ADA, order.order_id)
    answers = [answer.answer for answer in proof.record.answers]
    assert answers == ["address", "address", "keep", "substitute", "withdraw", "cancel"]
    assert [row.state for row in proof.record.cancellations] == ["refunded"]
    is_done(town, order)
    for address in (FIRST, SECOND, THIRD):
        town.plugin.privacy.erase(ADA, address)
    left = {name for name in metadata.tables if any(names_them(row) for row in town.table(name))}
    assert left == set()


def test_a_refund_whose_answer_was_lost_is_made_once(postgres_town: Town) -> None:
    order = postgres_town.buy(2)
    postgres_town.shop.fail("refund", RetryLater("The answer was lost.", outcome_unknown=True), after=True)
    assert cancel(postgres_town, order) == date(2026, 3, 11)
    postgres_town.wait(seconds=15)
    assert the_row(postgres_town)["state"] == "refunded"
    assert postgres_town.shop.placed[order.order_id].lines[0].refunded == 2


def test_silence_ends_an_order_when_the_merchant_agrees(postgres_town: Town) -> None:
    town = postgres_town
    goods = NewShipment("Kiln", "PO-118", DateWindow(*[date(2026, 3, 16)] * 2), [("77", 9)])
    shipment = town.plugin.shipments.announce(ADA, goods)
    order = town.buy(2)
    town.plugin.shipments.move(ADA, shipment, DateWindow(*[date(2026, 6, 1)] * 2), "supplier called")
    town.wait(minutes=20)
    town.wait(days=60)
    (row,) = town.plugin.deadlines.to_approve(ADA)
    assert (row.order_id, row.cause, row.units) == (order.order_id, "silence", 1)
    town.plugin.deadlines.approve(ADA, row.cancellation_id)
    town.settle()
    assert town.told() == ["confirmed", "delay_first_long", "cancelled", "refunded"]
    assert town.shop.placed[order.order_id].lines[0].refunded == 1

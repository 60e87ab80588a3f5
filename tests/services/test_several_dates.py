"""A line with several dates is told of each; an order that ships complete has one."""

import json
from dataclasses import replace

import pytest

from plugin.domain.ids import OrderId, OrderLineId, ProductId, ShipmentId, VariantId, item_id
from plugin.domain.law import NoticeKind
from plugin.domain.order import Order, Sending
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.notices import NoticeRecord
from plugin.services.ports.publications import PublicationKind
from plugin.services.shipments import NewShipment
from plugin.services.what_if import Supposition
from tests.builders import a_window
from tests.services.test_budget import move, window, with_settings
from tests.services.town import ADA, MUG, Town

KIND = MessageKind
BOWL = item_id(ProductId(88), VariantId(801))


def announced(town: Town, eta: str, units: int, *, item: str = MUG) -> ShipmentId:
    new = NewShipment("", f"PO-{eta}", window(eta), [(item, units)], eta_source="supplier")
    shipment = town.plugin.shipments.announce(ADA, new)
    town.settle()
    return shipment


def notices(town: Town, order: Order) -> list[NoticeRecord]:
    with town.plugin.units(ADA) as work:
        history = work.notices.of_orders([order.order_id])
    return [record for records in history.values() for record in records]


def days(town: Town, order: Order) -> list[tuple[str, int, str, str]]:
    return [
        (
            r.notice.kind.value,
            r.units,
            str(r.notice.old_day),
            str(r.notice.new_window.latest if r.notice.new_window else ""),
        )
        for r in notices(town, order)
    ]


@pytest.fixture
def two_dates(town: Town) -> tuple[Town, ShipmentId, ShipmentId, Order]:
    """Three mugs: two are promised for 9 March, the third for 2 April."""
    town.buy(1, email="shelf@example.com")
    soon, later = announced(town, "2026-03-09", 2), announced(town, "2026-04-02", 1)
    return town, soon, later, town.buy(3)


Two = tuple[Town, ShipmentId, ShipmentId, Order]


def test_the_first_units_are_late_although_the_last_one_is_not(two_dates: Two) -> None:
    town, soon, _, order = two_dates
    move(town, soon, "2026-03-20")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    assert days(town, order) == [("first_short", 2, "2026-03-09", "2026-03-20")]
    [letter] = [row for row in town.table("outbox") if row["kind"] == "delay_first_short"]
    [line] = json.loads(letter["facts"])["lines"]
    assert (line["quantity"], line["old_day"], [part["units"] for part in line["later"]]) == (2, "2026-03-09", [2])


def test_after_that_the_last_unit_is_still_held_against_its_own_day(two_dates: Two) -> None:
    town, soon, later, order = two_dates
    move(town, soon, "2026-03-20")
    town.wait(minutes=16)
    town.wait(hours=1)
    assert len(days(town, order)) == 1
    move(town, later, "2026-04-20")
    town.wait(minutes=16)
    assert days(town, order)[1:] == [("first_short", 1, "2026-04-02", "2026-04-20")]


def test_both_dates_late_are_one_mail_with_both(two_dates: Two) -> None:
    town, soon, later, _ = two_dates
    move(town, soon, "2026-03-20")
    move(town, later, "2026-04-20")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    letter = next(row for row in town.table("outbox") if row["kind"] == "delay_first_short" and row["sent_at"])
    lines = json.loads(letter["facts"])["lines"]
    assert [(line["quantity"], line["old_day"]) for line in lines] == [(2, "2026-03-09"), (1, "2026-04-02")]


def test_units_that_change_places_inside_their_windows_are_no_news(town: Town) -> None:
    town.buy(1, email="shelf@example.com")
    new = NewShipment("", "PO-1", a_window(("2026-03-09", "2026-03-20")), [(MUG, 2)], eta_source="supplier")
    shipment = town.plugin.shipments.announce(ADA, new)
    announced(town, "2026-04-02", 9)
    order = town.buy(3)
    town.plugin.shipments.move(ADA, shipment, a_window("2026-03-19"), "supplier")
    town.settle()
    town.wait(minutes=16)
    assert notices(town, order) == []


def test_the_first_units_come_much_earlier_and_that_is_told(two_dates: Two) -> None:
    town, _, later, order = two_dates
    move(town, later, "2026-03-10")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.EARLIER]
    assert days(town, order) == [("earlier", 1, "2026-04-02", "2026-03-10")]


def test_units_that_are_cancelled_move_nobody_forward(two_dates: Two) -> None:
    town, _, _, order = two_dates
    town.hear(town.shop.edit(order.order_id, 2))
    town.settle()
    town.wait(minutes=16)
    assert notices(town, order) == []


def test_one_yes_answers_for_all_dates_of_a_line(two_dates: Two) -> None:
    town, soon, later, order = two_dates
    move(town, soon, "2026-06-01")
    move(town, later, "2026-06-02")
    town.wait(minutes=16)
    town.plugin.answers.keep(ADA, order.order_id, channel="page")
    assert [record.notice.answer for record in notices(town, order)] == ["keep", "keep"]


def test_silence_cancels_the_units_it_is_about(two_dates: Two) -> None:
    town, soon, _, _ = two_dates
    with_settings(town, cancels_by_itself=True)
    move(town, soon, "2026-05-09")
    town.wait(minutes=16)
    town.wait(days=24)
    town.wait(days=15)
    assert [row["units"] for row in town.table("cancellations") if row["state"] != "dismissed"] == [2]


def test_what_if_does_not_announce_what_was_told(two_dates: Two) -> None:
    town, soon, _, order = two_dates
    suppose = Supposition(moves=True, eta=window("2026-03-20"))
    outcomes = {o.order_id: o for o in town.plugin.what_if.ask(ADA, soon, suppose)}
    assert outcomes[order.order_id].notice is NoticeKind.FIRST_SHORT
    move(town, soon, "2026-03-20")
    town.wait(minutes=16)
    outcomes = {o.order_id: o for o in town.plugin.what_if.ask(ADA, soon, suppose)}
    assert outcomes[order.order_id].notice is None
    worse = Supposition(moves=True, eta=window("2026-03-25"))
    outcomes = {o.order_id: o for o in town.plugin.what_if.ask(ADA, soon, worse)}
    assert outcomes[order.order_id].notice is NoticeKind.RENEWED


@pytest.fixture
def complete(town: Town) -> tuple[Town, ShipmentId, ShipmentId, OrderId]:
    """Ships complete: a mug promised for 9 March, a bowl for 2 April."""
    town.sell_past_zero(limit=9, scope="store")
    town.buy(1, email="shelf@example.com")
    town.buy(1, item=BOWL, email="shelf@example.com")
    soon, later = announced(town, "2026-03-09", 5), announced(town, "2026-04-02", 5, item=BOWL)
    with town.plugin.units(ADA) as work:
        tenant = work.tenant()
    with_settings(town, allocation=replace(tenant.settings.allocation, sending=Sending.TOGETHER))
    order = town.shop.sell(MUG, 1)
    other = town.shop.sell(BOWL, 1)
    assert order
    assert other
    bowl = replace(other.lines[0], order_id=order.order_id, line_id=OrderLineId(99))
    del town.shop.placed[other.order_id]
    town.shop.placed[order.order_id] = replace(order, lines=(*order.lines, bowl))
    town.hear(order)
    town.settle()
    return town, soon, later, order.order_id


Complete = tuple[Town, ShipmentId, ShipmentId, OrderId]


def test_an_order_that_ships_complete_has_the_date_of_its_last_line_everywhere(complete: Complete) -> None:
    town, _, _, order = complete
    [letter] = [row for row in town.table("outbox") if row["kind"] == "confirmed" and row["order_id"] == order]
    mail = [[part["latest"] for part in line["later"]] for line in json.loads(letter["facts"])["lines"]]
    assert mail == [["2026-04-02"], ["2026-04-02"]]
    page = town.plugin.order_page.look(ADA, order)
    assert [[str(told.window.latest) for told in line.later if told.window] for line in page.lines] == mail
    with town.plugin.units(ADA) as work:
        [field] = work.publications.get(PublicationKind.ORDER_METAFIELD, [str(order)]).values()
    assert field.desired
    value = json.loads(field.desired["value"])
    assert (value["sending"], value["latest"]) == ("together", "2026-04-02")
    assert [[part["latest"] for part in line["later"]] for line in value["lines"]] == mail


def test_a_line_that_waits_for_another_is_no_arrival_until_all_is_there(complete: Complete) -> None:
    town, soon, later, order = complete
    town.plugin.shipments.receive(ADA, soon)
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED]
    page = town.plugin.order_page.look(ADA, order)
    assert [[str(told.window.latest) for told in line.later if told.window] for line in page.lines] == [
        ["2026-04-02"]
    ] * 2
    town.plugin.shipments.receive(ADA, later)
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.ARRIVED]


def test_a_delay_of_one_line_is_a_delay_of_all_that_ship_with_it(complete: Complete) -> None:
    town, soon, later, _ = complete
    move(town, soon, "2026-03-25")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED]
    move(town, later, "2026-04-22")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    lines = json.loads(town.table("outbox")[-1]["facts"])["lines"]
    assert [[part["latest"] for part in line["later"]] for line in lines] == [["2026-04-22"], ["2026-04-22"]]


def test_a_shopper_who_wants_what_is_ready_has_two_dates_again(complete: Complete) -> None:
    town, soon, _, order = complete
    town.plugin.shipments.receive(ADA, soon)
    town.settle()
    town.plugin.answers.ship_ready_now(ADA, order, channel="page")
    town.settle()
    page = town.plugin.order_page.look(ADA, order)
    assert [line.ready for line in page.lines] == [1, 0]


def test_news_that_changes_back_and_forth_in_one_moment_is_still_told(two_dates: Two) -> None:
    """The mail about the first date is dropped and written again; it must not be taken for the one that was dropped."""
    town, soon, later, order = two_dates
    move(town, soon, "2026-03-20")
    move(town, later, "2026-04-10")
    move(town, later, "2026-04-02")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    [record] = notices(town, order)
    assert record.notice.was_told
    assert "." not in record.message_key.rpartition(":")[0]  # a time in whole seconds


def would_be(complete: Complete, shipment: ShipmentId, suppose: Supposition) -> list[tuple[str, str, bool]]:
    """What becomes of the order's lines: outcome, last day, and whether a notice would be due."""
    town, _, _, order = complete
    outcomes = [each for each in town.plugin.what_if.ask(ADA, shipment, suppose) if each.order_id == order]
    return [(each.outcome.value, str(each.after.latest if each.after else ""), bool(each.notice)) for each in outcomes]


def test_what_if_knows_that_one_late_line_holds_up_an_order_that_ships_complete(complete: Complete) -> None:
    _, mugs, bowls, _ = complete
    late = Supposition(moves=True, eta=window("2026-04-20"))
    assert would_be(complete, mugs, late) == [("slips", "2026-04-20", True)] * 2
    inside = Supposition(moves=True, eta=window("2026-03-20"))
    assert would_be(complete, mugs, inside) == [("unchanged", "2026-04-02", False)]
    assert would_be(complete, bowls, late) == [("slips", "2026-04-20", True)] * 2


def test_what_if_sends_nothing_of_an_order_that_ships_complete_before_all_of_it_is_here(complete: Complete) -> None:
    _, mugs, bowls, _ = complete
    assert would_be(complete, mugs, Supposition(received={})) == [("unchanged", "2026-04-02", False)]
    assert would_be(complete, bowls, Supposition(received={})) == [("earlier", "2026-03-09", False)] * 2

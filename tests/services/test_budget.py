"""Mails people thank you for: not at night, not after it is over, one for several changes."""

from dataclasses import replace
from datetime import time

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId, ShipmentId
from plugin.domain.notices import CancelCause
from plugin.domain.order import Order
from plugin.domain.store import ChannelSender
from plugin.services.ports.messages import MessageKind
from plugin.services.shipments import NewShipment
from tests.builders import a_day
from tests.services.town import ADA, MUG, Town

KIND = MessageKind


def with_settings(town: Town, **changes: object) -> None:
    with town.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, **changes)))
        work.commit()


def announced(town: Town, eta: str = "2026-03-09", units: int = 10) -> ShipmentId:
    new = NewShipment("", f"PO-{len(town.table('shipments'))}", window(eta), [(MUG, units)], eta_source="supplier")
    shipment = town.plugin.shipments.announce(ADA, new)
    town.settle()
    return shipment


def window(day: str) -> DateWindow:
    return DateWindow(a_day(day), a_day(day))


def move(town: Town, shipment: ShipmentId, eta: str) -> None:
    town.plugin.shipments.move(ADA, shipment, window(eta), "supplier")
    town.settle()


@pytest.fixture
def bought(town: Town) -> tuple[Town, ShipmentId, Order]:
    """Two mugs are promised for 9 March; it is 2 March, nine in the morning."""
    town.buy(1, email="shelf@example.com")
    shipment = announced(town)
    return town, shipment, town.buy(2)


def ship(town: Town, order: OrderId, units: int) -> None:
    town.hear(town.shop.ship(order, units))
    town.settle()


def test_an_apology_survives_a_second_look_at_the_order(bought: tuple[Town, ShipmentId, Order]) -> None:
    town, shipment, order = bought
    town.plugin.shipments.receive(ADA, shipment)
    town.settle()
    town.wait(days=20)
    ship(town, order.order_id, 2)
    town.hear(town.shop.placed[order.order_id])
    town.settle()
    town.wait(minutes=16)
    assert town.told()[-1:] == [KIND.SHIPPED_LATE]


def test_an_update_that_waits_for_the_morning_is_dropped_when_everything_has_left(
    bought: tuple[Town, ShipmentId, Order],
) -> None:
    town, shipment, order = bought
    town.plugin.shipments.receive(ADA, shipment)
    ship(town, order.order_id, 2)
    town.wait(days=1)
    assert town.told() == [KIND.CONFIRMED]


def test_a_confirmation_that_could_not_leave_is_dropped_with_the_order(town: Town) -> None:
    town.notifier.is_away = True
    order = town.buy(2)
    town.hear(town.shop.cancel(order.order_id))
    town.settle()
    town.notifier.is_away = False
    town.wait(days=1)
    assert town.told() == []


def test_a_reminder_is_dropped_once_it_was_answered(bought: tuple[Town, ShipmentId, Order]) -> None:
    town, shipment, order = bought
    move(town, shipment, "2026-06-09")
    town.wait(minutes=16)
    assert town.told()[-1] is KIND.DELAY_FIRST_LONG
    with_settings(town, quiet_from=time(0), quiet_until=time(23))
    town.clock.go(days=31)
    town.wait(minutes=1)
    assert [row["kind"] for row in town.table("outbox") if not row["sent_at"]] == ["reminder"]
    town.plugin.answers.keep(ADA, order.order_id, channel="page")
    town.wait(days=1)
    assert KIND.REMINDER not in town.told()


def test_a_reminder_is_dropped_when_the_order_is_cancelled(bought: tuple[Town, ShipmentId, Order]) -> None:
    town, shipment, order = bought
    move(town, shipment, "2026-06-09")
    town.wait(minutes=16)
    with_settings(town, quiet_from=time(0), quiet_until=time(23))
    town.clock.go(days=31)
    town.wait(minutes=1)
    town.hear(town.shop.cancel(order.order_id))
    town.wait(days=1)
    assert KIND.REMINDER not in town.told()


def test_what_the_law_demands_goes_out_at_night_and_good_news_in_the_morning(
    bought: tuple[Town, ShipmentId, Order],
) -> None:
    town, shipment, _ = bought
    with_settings(town, quiet_from=time(20), quiet_until=time(8))
    town.wait(hours=13)
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    move(town, shipment, "2026-03-06")
    town.wait(hours=8)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT]
    town.wait(hours=3)
    assert town.told() == [KIND.CONFIRMED, KIND.DELAY_FIRST_SHORT, KIND.EARLIER]


def test_a_mail_that_is_tried_again_is_not_tried_at_night(bought: tuple[Town, ShipmentId, Order]) -> None:
    town, shipment, _ = bought
    with_settings(town, quiet_from=time(20), quiet_until=time(8))
    town.plugin.shipments.receive(ADA, shipment)
    town.settle()
    town.notifier.is_away = True
    town.wait(hours=10, minutes=50)
    town.notifier.is_away = False
    town.wait(hours=2)
    assert town.told() == [KIND.CONFIRMED]
    town.wait(hours=11)
    assert town.told() == [KIND.CONFIRMED, KIND.ARRIVED]


def test_several_changes_in_a_quarter_of_an_hour_are_one_mail(bought: tuple[Town, ShipmentId, Order]) -> None:
    town, shipment, _ = bought
    town.plugin.shipments.receive(ADA, shipment, {MUG: 1})
    town.wait(minutes=10)
    town.plugin.shipments.receive(ADA, shipment, {MUG: 1})
    town.wait(minutes=10)
    assert town.told() == [KIND.CONFIRMED, KIND.ARRIVED]


def two_orders_wait(town: Town, **second: str) -> tuple[ShipmentId, Order, Order]:
    town.sell_past_zero(limit=9)
    town.buy(1, email="shelf@example.com")
    shipment = announced(town)
    return shipment, town.buy(1), town.buy(1, **second)


def test_two_orders_of_one_shopper_that_change_within_a_quarter_of_an_hour_are_one_mail(town: Town) -> None:
    shipment, one, two = two_orders_wait(town)
    town.plugin.shipments.receive(ADA, shipment, {MUG: 1})
    town.wait(minutes=10)
    town.plugin.shipments.receive(ADA, shipment, {MUG: 1})
    town.wait(minutes=6)
    assert town.told() == [KIND.CONFIRMED, KIND.CONFIRMED, KIND.SEVERAL]
    mail = town.notifier.sent[-1][1]
    assert [(each["kind"], each["facts"]["order_id"]) for each in mail.facts["orders"]] == [
        ("arrived", one.order_id),
        ("arrived", two.order_id),
    ]
    town.wait(hours=1)
    assert len(town.told()) == 3
    kept = [row for row in town.table("told") if row["surface"] == "mail"][-2:]
    assert sorted(row["order_id"] for row in kept) == [one.order_id, two.order_id]


def test_another_shopper_has_a_mail_of_their_own(town: Town) -> None:
    shipment, _, _ = two_orders_wait(town, email="bo@example.com")
    town.plugin.shipments.receive(ADA, shipment)
    town.wait(minutes=16)
    assert (town.told(), town.told("bo@example.com")) == ([KIND.CONFIRMED, KIND.ARRIVED],) * 2


def test_notices_of_two_orders_stay_two_mails(town: Town) -> None:
    """Each asks for an answer about its own order, by its own day."""
    shipment, _, _ = two_orders_wait(town)
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    assert town.told() == [KIND.CONFIRMED] * 2 + [KIND.DELAY_FIRST_SHORT] * 2


def test_what_one_mail_told_of_two_orders_is_tried_again_as_one(town: Town) -> None:
    shipment, _, _ = two_orders_wait(town)
    town.plugin.shipments.receive(ADA, shipment)
    town.settle()
    town.notifier.is_away = True
    town.wait(minutes=16)
    town.notifier.is_away = False
    town.wait(hours=1)
    assert town.told() == [KIND.CONFIRMED, KIND.CONFIRMED, KIND.SEVERAL]


@pytest.mark.parametrize(("country", "goes_at_night"), [("US", True), ("DE", True), ("GB", True), ("AU", False)])
def test_only_the_law_wakes_people_up(town: Town, country: str, goes_at_night: bool) -> None:
    """Where no law that we know of demands it, a delay notice waits for the morning like all other mail."""
    town.buy(1, email="shelf@example.com")
    shipment = announced(town)
    town.buy(2, country=country)
    with_settings(town, quiet_from=time(20), quiet_until=time(8))
    town.wait(hours=13)
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    kind = KIND.DELAY_FIRST_SHORT if country == "US" else KIND.DELAY
    assert (town.told()[-1] is kind) is goes_at_night
    town.wait(hours=12)
    assert town.told() == [KIND.CONFIRMED, kind]


@pytest.mark.parametrize(("by_shopper", "goes_at_night"), [(True, True), (False, False)])
def test_a_cancellation_answers_a_shopper_at_once_and_else_waits_for_the_morning(
    bought: tuple[Town, ShipmentId, Order], by_shopper: bool, goes_at_night: bool
) -> None:
    town, _, order = bought
    with_settings(town, quiet_from=time(20), quiet_until=time(8))
    town.wait(hours=13)
    cause = CancelCause.SHOPPER if by_shopper else CancelCause.MERCHANT
    town.plugin.answers.cancel(ADA, order.order_id, channel="page", cause=cause)
    town.settle()
    assert (KIND.CANCELLED in town.told()) is goes_at_night
    town.wait(hours=12)
    assert KIND.CANCELLED in town.told()


@pytest.mark.parametrize(("name", "kinds"), [("", [KIND.SEVERAL]), ("Mugs for Kids", [KIND.ARRIVED, KIND.ARRIVED])])
def test_a_storefront_with_a_name_of_its_own_writes_for_itself(town: Town, name: str, kinds: list[KIND]) -> None:
    shipment, one, two = two_orders_wait(town)
    if name:
        with_settings(town, channel_senders=(ChannelSender(2, name=name),))
    with town.plugin.units(ADA) as work:
        known = work.orders.get([two.order_id])[two.order_id]
        work.orders.save([replace(known, channel_id=2)])
        work.commit()
    town.plugin.shipments.receive(ADA, shipment)
    town.wait(minutes=16)
    assert town.told()[2:] == kinds
    assert [sender.store_name for _, _, sender in town.notifier.sent[2:] if name] == (
        ["Ada's Cups", name] if name else []
    )
    assert one.channel_id != 2

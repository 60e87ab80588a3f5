"""A ready order ships while others still wait: a shop that takes it off its count of owed units forgets one who waits."""

from dataclasses import replace
from datetime import date

from plugin.domain.calendar import DateWindow
from plugin.services.shipments import NewShipment
from tests.builders import DEFAULT
from tests.services.town import ADA, MUG, a_town

THREE = NewShipment("Kiln & Co", "PO-7", DateWindow(date(2026, 3, 20), date(2026, 3, 21)), [("MUG", 3)])


def test_units_taken_off_what_is_owed_by_a_parcel_that_was_ready_are_owed_again(database):
    with a_town(database, on_hand=0) as town:
        town.install()
        town.sell_past_zero(limit=5)
        orders = [town.buy(1, email=f"shopper{number}@example.com") for number in range(5)]
        shipment = town.plugin.shipments.announce(ADA, THREE)
        town.plugin.shipments.receive(ADA, shipment)
        town.settle()
        town.wait(minutes=3)
        assert (town.shop.level(MUG).on_hand, town.shop.level(MUG).backordered) == (0, 2)

        shipped = town.shop.ship(orders[0].order_id, 1)
        town.shop.levels[MUG, DEFAULT] = replace(town.shop.level(MUG), backordered=1)
        town.hear(shipped)
        town.event("store/product/inventory/order/updated", {"id": 77})
        for _ in range(4):
            town.wait(minutes=3)
        assert town.owed() == {
            orders[1].order_id: 0,
            orders[2].order_id: 0,
            orders[3].order_id: 1,
            orders[4].order_id: 1,
        }
        assert (town.shop.level(MUG).on_hand, town.shop.level(MUG).backordered) == (0, 2)
        assert town.shop.can_sell(MUG) == 5 - 2


def test_a_unit_that_somebody_found_on_the_shelf_is_still_believed(database):
    with a_town(database, on_hand=0) as town:
        town.install()
        town.sell_past_zero(limit=5)
        order = town.buy(2)
        town.wait(minutes=3)
        town.shop.levels[MUG, DEFAULT] = replace(town.shop.level(MUG), on_hand=1)
        town.event("store/product/inventory/order/updated", {"id": 77})
        for _ in range(4):
            town.wait(minutes=3)
        assert town.owed() == {order.order_id: 1}
        assert (town.shop.level(MUG).on_hand, town.shop.level(MUG).backordered) == (0, 1)

"""Stock moves on their way to the shop: what it will not take is planned anew, and goods that came are never lost."""

from dataclasses import replace
from datetime import date

from plugin.domain.calendar import DateWindow
from plugin.domain.stock import SellingMode
from plugin.services.ports.messages import MessageKind
from plugin.services.shipments import NewShipment
from tests.services.town import ADA, MUG, Town, a_town

TEN_MUGS = NewShipment("Kiln & Co", "PO-118", DateWindow(date(2026, 3, 20), date(2026, 3, 21)), [("MUG", 10)])


def arrive(town: Town) -> None:
    shipment = town.plugin.shipments.announce(ADA, TEN_MUGS)
    town.settle()
    town.plugin.shipments.receive(ADA, shipment)


def test_a_delivery_is_booked_in_although_what_was_netted_with_it_is_refused(database):
    with a_town(database) as town:
        town.install()
        town.sell_past_zero(limit=3)
        order = town.buy(3)
        town.wait(minutes=2)
        arrive(town)
        cancelled = town.shop.cancel(order.order_id)
        town.wait(minutes=2)
        town.hear(cancelled)
        town.wait(minutes=2)
        assert (town.shop.level(MUG).on_hand, town.shop.level(MUG).backordered) == (1 + 10, 0)


def test_a_delivery_the_shop_will_not_take_is_told_to_the_merchant(database):
    with a_town(database) as town:
        town.install()
        town.sell_past_zero(limit=3)
        arrive(town)
        town.shop.levels.clear()
        town.settle()
        assert MessageKind.MERCHANT_PARKED in town.told("owner@ada.example")
        assert [row["state"] for row in town.table("stock_moves")] == ["refused"]


def test_a_limit_is_taken_back_before_virtual_units_come_in_its_place(database):
    with a_town(database) as town:
        town.install()
        town.sell_past_zero(limit=3)
        town.wait(minutes=2)
        town.shop.calls.clear()
        settings = town.plugin.directory.find(ADA).settings
        town.plugin.tenants.save_settings(ADA, replace(settings, mode_override=SellingMode.VIRTUAL))
        town.wait(minutes=2)
        writes = [call for call in town.shop.calls if call in {"set_backorder_limits", "adjust_stock"}]
        assert writes == ["set_backorder_limits", "adjust_stock"]
        assert (town.shop.level(MUG).on_hand, town.shop.level(MUG).backorder_limit) == (1 + 3, 0)

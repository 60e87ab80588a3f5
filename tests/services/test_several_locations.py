"""One shipment brings goods to several locations: each is booked where it came in."""

from dataclasses import replace

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import ShipmentId
from plugin.services.shipments import NewShipment, UnknownItem
from tests.builders import DEFAULT, SECOND
from tests.services.town import ADA, MUG, Town


@pytest.fixture
def container(town: Town) -> tuple[Town, ShipmentId]:
    """Five mugs for the first location and three for the second."""
    town.shop.levels[MUG, SECOND] = replace(town.shop.level(MUG), location_id=SECOND, on_hand=0)
    town.event("store/product/inventory/updated", {"id": 77})
    town.settle()
    new = NewShipment("Acme", "PO-9", None, [("MUG", 5), (f"MUG@{SECOND}", 3)])
    return town, town.plugin.shipments.announce(ADA, new)


Container = tuple[Town, ShipmentId]


def booked(town: Town) -> dict[int, int]:
    totals = {DEFAULT: 0, SECOND: 0}
    for row in town.table("stock_moves"):
        if "PO-9" in row["reason"]:
            totals[row["location_id"]] += row["quantity"]
    return totals


def received(town: Town, shipment: ShipmentId) -> list[int]:
    return [line.received for line in town.plugin.shipments.get(ADA, shipment).lines]


def test_all_of_it_is_booked_where_it_was_announced_for(container: Container) -> None:
    town, shipment = container
    town.plugin.shipments.receive(ADA, shipment)
    assert (booked(town), received(town, shipment)) == ({DEFAULT: 5, SECOND: 3}, [5, 3])


def test_what_came_to_one_location_is_booked_there(container: Container) -> None:
    town, shipment = container
    town.plugin.shipments.receive(ADA, shipment, {f"MUG@{SECOND}": 2})
    assert (booked(town), received(town, shipment)) == ({DEFAULT: 0, SECOND: 2}, [0, 2])


def test_units_without_a_location_fill_the_lines_in_order(container: Container) -> None:
    town, shipment = container
    town.plugin.shipments.receive(ADA, shipment, {"MUG": 6})
    assert (booked(town), received(town, shipment)) == ({DEFAULT: 5, SECOND: 1}, [5, 1])


def test_totals_said_twice_book_once_at_each_location(container: Container) -> None:
    town, shipment = container
    for _ in range(2):
        town.plugin.shipments.receive(ADA, shipment, {f"MUG@{SECOND}": 2}, as_totals=True)
    assert booked(town) == {DEFAULT: 0, SECOND: 2}
    with pytest.raises(DomainError, match="the total cannot be 1"):
        town.plugin.shipments.receive(ADA, shipment, {f"MUG@{SECOND}": 1}, as_totals=True)


def test_a_location_it_does_not_go_to_is_refused(container: Container) -> None:
    town, shipment = container
    with pytest.raises(DomainError, match="to location 7"):
        town.plugin.shipments.receive(ADA, shipment, {"MUG@7": 1})
    assert booked(town) == {DEFAULT: 0, SECOND: 0}


def test_a_name_that_is_neither_goods_nor_goods_at_a_place_is_unknown(town: Town) -> None:
    for name in ("CUP@2", "MUG@two", "MUG@"):
        with pytest.raises(UnknownItem):
            town.plugin.shipments.announce(ADA, NewShipment("", "PO-1", None, [(name, 1)]))


def test_the_same_goods_twice_for_one_location_are_refused(town: Town) -> None:
    with pytest.raises(DomainError, match="twice for the same location"):
        town.plugin.shipments.announce(ADA, NewShipment("", "PO-1", None, [("MUG", 1), (f"MUG@{DEFAULT}", 1)]))

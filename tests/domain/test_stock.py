"""The arithmetic of design chapter "The domain", run as a table, and the net position in both selling modes."""

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import item_id, product_of, variant_of
from plugin.domain.stock import available_for_backorder, available_to_sell
from tests.builders import DEFAULT, MUG, MUG_BLUE, a_level, a_virtual_level


@pytest.mark.parametrize(
    ("on_hand", "safety_stock", "owed", "limit", "to_sell", "for_backorder"),
    [
        (10, 2, 0, 0, 8, 0),
        (3, 0, 0, 5, 8, 5),
        (0, 0, 4, 5, 1, 1),
        (0, 0, 5, 5, 0, 0),
        (0, 0, 7, 5, 0, 0),
        (0, 0, 7, None, None, None),
        (1, 3, 0, 5, 5, 5),
    ],
)
def test_available_to_sell_is_on_hand_plus_what_the_limit_leaves(
    on_hand: int, safety_stock: int, owed: int, limit: int | None, to_sell: int | None, for_backorder: int | None
) -> None:
    assert available_to_sell(on_hand=on_hand, safety_stock=safety_stock, owed=owed, limit=limit) == to_sell
    assert available_for_backorder(owed=owed, limit=limit) == for_backorder


@pytest.mark.parametrize(("field", "on_hand", "owed"), [("on_hand", -1, 0), ("owed", 0, -1)])
def test_a_negative_quantity_is_refused_with_its_field(field: str, on_hand: int, owed: int) -> None:
    with pytest.raises(DomainError, match=f"{field} is -1") as refusal:
        available_to_sell(on_hand=on_hand, safety_stock=0, owed=owed, limit=5)
    assert (refusal.value.field, refusal.value.value) == (field, -1)


@pytest.mark.parametrize(
    ("on_hand", "safety_stock", "backordered", "net_position"),
    [
        (10, 0, 0, 10),
        (10, 2, 0, 8),
        (0, 0, 3, -3),
        (10, 0, 3, 7),
        (2, 2, 3, -3),
        (1, 2, 0, 0),  # less on the shelf than its safety stock: nothing to sell, nothing owed
        (1, 2, 3, -3),
        (-3, 0, 0, -3),  # some stores read below zero instead of counting what is backordered
        (4, 0, None, 4),
    ],
)
def test_the_net_position_is_unsold_units_minus_units_sold_beyond_them(
    on_hand: int, safety_stock: int, backordered: int | None, net_position: int
) -> None:
    level = a_level(on_hand=on_hand, safety_stock=safety_stock, backordered=backordered)
    assert level.net_position == net_position


@pytest.mark.parametrize(
    ("level", "virtual_units", "safety_stock", "net_position"),
    [(8, 5, 0, 3), (5, 5, 0, 0), (2, 5, 0, -3), (0, 5, 0, -5), (10, 5, 2, 3), (2, 5, 2, -5), (4, 0, 0, 4)],
)
def test_a_virtual_level_reads_back_as_on_hand_above_the_virtual_units_and_owed_below(
    level: int, virtual_units: int, safety_stock: int, net_position: int
) -> None:
    read = a_virtual_level(level=level, virtual_units=virtual_units, safety_stock=safety_stock)
    assert read.net_position == net_position


def test_an_item_id_names_a_product_or_one_of_its_variants() -> None:
    assert (product_of(MUG), variant_of(MUG)) == (77, None)
    assert (product_of(MUG_BLUE), variant_of(MUG_BLUE)) == (77, 105)
    assert item_id(product_of(MUG_BLUE), variant_of(MUG_BLUE)) == MUG_BLUE
    assert item_id(product_of(MUG)) == MUG


@pytest.mark.parametrize(
    ("units", "on_hand", "backordered"), [(2, 5, 1), (-2, 1, 1), (-3, 0, 1), (-5, 0, 3), (0, 3, 1)]
)
def test_a_drop_takes_what_is_on_hand_first_and_a_rise_is_not_netted(
    units: int, on_hand: int, backordered: int
) -> None:
    after = a_level(on_hand=3, backordered=1).shifted(units)
    assert after == a_level(location=DEFAULT, on_hand=on_hand, backordered=backordered)

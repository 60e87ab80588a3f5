"""The model behind `backorder torture`: what must be true after shoppers, warehouse and suppliers had their way."""

import re

from plugin.demo.oracle import Model, Shelf
from plugin.demo.torture import PROCESSES

MUG = 111


def a_model(units=3, limit=2):
    return Model({MUG: Shelf(units, limit)})


def buy(model, *units):
    for count in units:
        model.bought(len(model.orders), f"shopper{len(model.orders)}", MUG, count)


def numbers(orders):
    return [order.number for order in orders]


def test_those_who_came_last_wait_and_the_others_can_be_sent():
    model = a_model()
    buy(model, 2, 2, 1)
    shelf = model.shelves[MUG]
    assert (shelf.owed, shelf.left) == (2, 0)
    assert (numbers(shelf.owing()), numbers(shelf.ready())) == ([1, 2], [0])
    assert [order.was_backordered for order in model.orders] == [False, True, True]


def test_an_order_beyond_the_limit_is_remembered_as_wrong():
    model = a_model()
    buy(model, 5)
    assert model.broken == []
    buy(model, 1)
    assert model.broken == ["Order 1 was taken although item 111 was 1 beyond its limit."]


def test_what_is_cancelled_is_free_again_and_what_is_shipped_is_gone():
    model = a_model()
    buy(model, 2, 2)
    model.cancelled(model.orders[0])
    assert (model.shelves[MUG].left, model.shelves[MUG].owed) == (3, 0)
    model.shipped(model.orders[1])
    assert (model.shelves[MUG].units, model.shelves[MUG].left, model.shelves[MUG].open) == (1, 3, [])


def test_each_process_of_the_app_is_known_by_its_command_line():
    lines = {
        "web": "python\0-m\0plugin.cli\0web\0",
        "worker": "python\0-m\0workers\0",
        "clock": "python\0-m\0workers\0clock\0",
        "queue server": "/x/valkey-server unixsocket:/y\0",
    }
    known = {line: [name for name, mark in PROCESSES.items() if re.search(mark, line)] for line in lines.values()}
    assert known == {line: [name] for name, line in lines.items()}

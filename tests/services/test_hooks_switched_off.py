"""The platform has switched the hooks off: no webhook comes, and still nothing is lost and the hooks are back."""

from tests.services.town import MUG, Town


def test_hooks_that_were_switched_off_are_made_again_and_the_gap_is_read(town: Town):
    town.wait(minutes=3)
    town.shop.has_hooks = False
    unheard = town.shop.sell(MUG, 2)
    town.shop.cancel(town.shop.sell(MUG, 1).order_id)
    town.wait(minutes=4)
    assert town.owed() == {}, "nobody has told us yet"
    town.wait(minutes=7)
    assert town.shop.missing_hooks() == ()
    assert town.owed() == {unheard.order_id: 1}
    assert town.told() == ["confirmed"]
    level, calls = town.shop.level(MUG), len(town.shop.calls)
    town.hear(unheard)
    town.settle()
    town.wait(minutes=3)
    assert (town.told(), town.shop.level(MUG)) == (["confirmed"], level)
    assert {"adjust_stock", "write_product_texts"}.isdisjoint(town.shop.calls[calls:])


def test_a_host_ten_seconds_slow_loses_no_event_and_does_nothing_twice(town: Town):
    """Two hosts take turns; the clock of one is behind the clock of the other and of the shop."""
    town.wait(minutes=3)
    orders = []
    for behind in (0, 10, 0, 10):
        order = town.shop.sell(MUG, 1)
        if order is None:
            break
        orders.append(order)
        town.hear(order)
        town.clock.go(seconds=-behind)
        town.wait(seconds=1)
        town.clock.go(seconds=behind)
    town.wait(minutes=2)
    assert len(orders) == 4
    assert town.owed() == {order.order_id: int(order is not orders[0]) for order in orders}
    assert town.told() == ["confirmed"] * 3
    assert [row["topic"] for row in town.table("inbox") if row["due_at"]] == []

"""A shop or a mail server that is away for hours: what cannot wait does not, and the backlog goes in order of urgency."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from plugin.services.errors import RetryLater
from plugin.services.ports.stock import MoveState
from plugin.services.shipments import NewShipment
from tests.builders import a_policy
from tests.services.town import ADA, MUG, Town

AWAY = RetryLater("The shop does not answer.")


@contextmanager
def away(town: Town) -> Iterator[None]:
    """Every call to the shop fails; shoppers still buy there, or so its log says afterwards."""
    real = town.shop._call

    @contextmanager
    def failing(name: str) -> Iterator[None]:
        with real(name):
            raise AWAY
        yield

    town.shop._call = failing  # type: ignore[method-assign]
    yield
    del town.shop._call  # type: ignore[method-assign]


def hours(town: Town, number: int) -> None:
    for _ in range(number * 2):
        town.wait(minutes=30)


def test_after_hours_orders_are_read_first_then_stock_is_moved_then_pages_and_notes_are_written(town: Town):
    town.wait(minutes=3)
    waiting = town.buy(2)
    calls = town.shop.calls
    with away(town):
        bought = town.shop.sell(MUG, 1)
        town.hear(bought)
        shipment = town.plugin.shipments.announce(ADA, NewShipment("Kiln & Co", "PO-7", None, [("MUG", 5)]))
        town.plugin.shipments.receive(ADA, shipment)
        hours(town, 6)
        assert town.owed() == {waiting.order_id: 0}, "planned with what is known, unheard orders aside"
        assert sum(town.moves(MoveState.WANTED)) == 5
    del calls[:]
    town.wait(minutes=130)
    town.wait(minutes=30)
    urgency = ("orders_modified_since", "all_stock", "adjust_stock", "write_product_texts", "write_staff_notes")
    first = [calls.index(name) for name in urgency]
    assert all(before < after for before, after in pairwise(first)), calls
    assert town.owed() == {waiting.order_id: 0, bought.order_id: 0}
    assert calls.count("adjust_stock") == 1


def test_the_law_s_notices_go_out_while_the_shop_is_away(bare_town: Town):
    town = bare_town
    town.install()
    town.plugin.policies.save(ADA, [a_policy(limit=5)])
    town.settle()
    town.buy(2)
    town.wait(days=22)
    assert town.told() == ["confirmed"]
    with away(town):
        town.wait(days=1)
        town.wait(minutes=20)
    assert town.told() == ["confirmed", "delay_first_unknown"]


def test_after_hours_without_a_mail_server_the_law_s_notices_go_first(bare_town: Town):
    town = bare_town
    town.install()
    town.plugin.policies.save(ADA, [a_policy(limit=5)])
    town.settle()
    town.buy(2)
    town.wait(days=22)
    town.notifier.is_ready = False
    town.buy(1, email="bo@example.com")
    town.wait(days=1)
    hours(town, 1)
    town.notifier.is_ready = True
    hours(town, 1)
    kinds = [message.kind for _, message, _ in town.notifier.sent]
    assert kinds[1:] == ["delay_first_unknown", "confirmed"]

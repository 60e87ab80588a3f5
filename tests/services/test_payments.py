"""How an order is paid decides which rules hold, where the merchant says which payment methods are which."""

from dataclasses import replace

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.order import Payment
from plugin.services.ports.messages import MessageKind
from tests.services.test_budget import announced, move
from tests.services.town import ADA, MUG, Town


def pay(town: Town, method: str) -> None:
    """Ada's order for three mugs is paid this way."""
    order = town.shop.sell(MUG, 3)
    assert order is not None
    town.shop.placed[order.order_id] = replace(order, payment_method=method)
    town.hear(order)
    town.settle()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Payment.ON_DELIVERY, MessageKind.DELAY),
        (Payment.SELLER_CREDIT, MessageKind.DELAY_FIRST_SHORT),
        (Payment.USUAL, MessageKind.DELAY_FIRST_SHORT),
    ],
)
def test_what_is_paid_on_delivery_is_not_under_the_us_rule(town: Town, said: Payment, kind: MessageKind) -> None:
    town.plugin.deadlines.say_payment(ADA, " Cash on Delivery", said)
    shipment = announced(town)
    pay(town, "Cash On Delivery")
    move(town, shipment, "2026-03-20")
    town.wait(minutes=16)
    assert town.told() == [MessageKind.CONFIRMED, kind]


@pytest.mark.parametrize(("said", "day"), [(Payment.SELLER_CREDIT, "2026-04-01"), (Payment.USUAL, "2026-03-11")])
def test_credit_of_the_sellers_own_goes_back_within_a_billing_cycle(town: Town, said: Payment, day: str) -> None:
    town.plugin.deadlines.say_payment(ADA, "Net 30", said)
    pay(town, "Net 30")
    [order] = town.shop.placed
    assert town.plugin.answers.cancel(ADA, order, channel="page").isoformat() == day


def test_the_usual_kind_is_not_kept_and_a_method_without_a_name_is_refused(town: Town) -> None:
    town.plugin.deadlines.say_payment(ADA, "Net 30", Payment.SELLER_CREDIT)
    assert town.plugin.deadlines.say_payment(ADA, "NET 30 ", Payment.USUAL) == {}
    with pytest.raises(DomainError, match="method has 0 characters; allowed are 1 to 100"):
        town.plugin.deadlines.say_payment(ADA, "  ", Payment.SELLER_CREDIT)

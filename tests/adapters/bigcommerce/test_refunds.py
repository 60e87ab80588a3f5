"""Money back through the sandbox's own refunds: quoted, made once whatever gets lost, and only the way it came."""

from decimal import Decimal

import pytest

from plugin.adapters.bigcommerce.refunds import _payments
from plugin.domain.ids import OrderId, OrderLineId
from plugin.sandbox.actions.buying import Wanted
from plugin.sandbox.actions.refunding import refund
from plugin.sandbox.actions.shipping import ship
from plugin.sandbox.faults import Fault
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater
from plugin.services.ports.shop import RefundRequest
from tests.adapters.bigcommerce.test_store_against_sandbox import buy, product_named

REFUNDS = "*/payment_actions/refunds"


@pytest.fixture
def world(start_world):
    return start_world()


def bought(world, units=2):
    """An order of candles, at 19.50 each."""
    return buy(world, Wanted(product_id=product_named(world, "Pine Candle").id, quantity=units))


def a_request(order, units=1, *, marker="[Backorder 1]", with_shipping=False):
    line = OrderLineId(order.lines[0].id)
    return RefundRequest(order_id=OrderId(order.id), units={line: units}, marker=marker, with_shipping=with_shipping)


def posts(world):
    return [call for call in world.shop.lines if call.startswith("POST") and call.endswith("/refunds")]


def spoil(world, *, method="POST", path=REFUNDS, **fault):
    world.sandbox.world.faults.plant(Fault(method=method, path=path, **fault))


def test_a_quote_names_the_amount_and_changes_nothing(world):
    order = bought(world)
    quote = world.shop.store.refund_quote(a_request(order, 2))
    assert (quote.amount, quote.is_offline) == ("39.00 USD", True)
    assert (order.refunds, posts(world)) == ([], [])


def test_a_quote_of_the_whole_order_holds_what_shipping_cost(world):
    order = bought(world)
    quote = world.shop.store.refund_quote(a_request(order, 2, with_shipping=True))
    assert quote.amount == f"{order.total:.2f} USD"
    assert order.shipping_cost > 0


def test_a_refund_is_exactly_what_was_quoted(world):
    order = bought(world)
    made = world.shop.store.refund(a_request(order, 1))
    (booked,) = order.refunds
    assert (made.amount, made.remote_id) == ("19.50 USD", booked.id)
    assert booked.total == Decimal("19.50")
    assert [(item.item_id, item.quantity) for item in booked.items] == [(order.lines[0].id, 1)]
    assert order.lines[0].quantity_refunded == 1


def test_a_refund_moves_no_stock_of_the_shop(world):
    order = bought(world)
    before = [cell.on_hand for cells in world.theirs.cells.values() for cell in cells.values()]
    world.shop.store.refund(a_request(order, 2, with_shipping=True))
    assert [cell.on_hand for cells in world.theirs.cells.values() for cell in cells.values()] == before


@pytest.mark.parametrize(
    "lost",
    [
        {"kind": "drop"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "throttle"},
    ],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test_an_answer_lost_before_the_write_is_looked_for_and_then_made(world, lost):
    order = bought(world)
    spoil(world, **lost)
    with pytest.raises(RetryLater):
        world.shop.store.refund(a_request(order))
    assert order.refunds == []
    made = world.shop.store.refund(a_request(order))
    assert [booked.id for booked in order.refunds] == [made.remote_id]


@pytest.mark.parametrize("lost", [{"kind": "drop"}, {"kind": "status", "status": 502}], ids=["drop", "502"])
def test_an_answer_lost_after_the_write_is_found_and_not_made_again(world, lost):
    order = bought(world)
    spoil(world, when="after", **lost)
    with pytest.raises(RetryLater) as problem:
        world.shop.store.refund(a_request(order))
    assert problem.value.outcome_unknown
    (booked,) = order.refunds
    made = world.shop.store.refund(a_request(order))
    assert (made.remote_id, made.amount) == (booked.id, "19.50 USD")
    assert [each.id for each in order.refunds] == [booked.id]
    assert len(posts(world)) == 1


def test_an_answer_nobody_can_read_is_not_repeated_blindly(world):
    order = bought(world)
    spoil(world, kind="garbage", when="after")
    with pytest.raises(GiveUp):
        world.shop.store.refund(a_request(order))
    made = world.shop.store.refund(a_request(order))
    assert [each.id for each in order.refunds] == [made.remote_id]
    assert len(posts(world)) == 1


def test_a_lost_look_or_quote_makes_no_refund(world):
    order = bought(world)
    for method, path in (("GET", REFUNDS), ("POST", "*/refund_quotes")):
        for kind in ("status", "throttle"):
            spoil(world, method=method, path=path, kind=kind, status=503)
            with pytest.raises(RetryLater):
                world.shop.store.refund(a_request(order))
    assert order.refunds == []
    assert posts(world) == []


def test_two_cancellations_of_one_line_are_two_refunds(world):
    order = bought(world, 3)
    first = world.shop.store.refund(a_request(order, 1, marker="[Backorder 1]"))
    second = world.shop.store.refund(a_request(order, 2, marker="[Backorder 12]"))
    again = world.shop.store.refund(a_request(order, 1, marker="[Backorder 1]"))
    assert [booked.items[0].quantity for booked in order.refunds] == [1, 2]
    assert again == first != second


def test_units_that_staff_refunded_by_hand_are_not_refunded_again(world):
    order = bought(world)
    refund(world.sandbox.world, world.theirs, order.id, {order.lines[0].id: 2}, reason="On the phone")
    with pytest.raises(GiveUp) as problem:
        world.shop.store.refund(a_request(order, 2))
    assert problem.value.reason == "rejected"
    assert "cannot be refunded in quantity 2" in problem.value.explanation
    assert len(order.refunds) == 1


def test_a_part_that_was_sent_keeps_its_money(world):
    order = bought(world, 3)
    ship(world.sandbox.world, world.theirs, order.id, {order.lines[0].id: 1})
    made = world.shop.store.refund(a_request(order, 2))
    assert made.amount == "39.00 USD"
    assert (order.lines[0].quantity_shipped, order.lines[0].quantity_refunded) == (1, 2)


def test_an_order_that_is_gone_and_a_token_that_is_dead_are_told_apart(world):
    order = bought(world)
    gone = RefundRequest(order_id=OrderId(999_999), units={OrderLineId(1): 1}, marker="[Backorder 9]")
    with pytest.raises(GiveUp) as problem:
        world.shop.store.refund(gone)
    assert problem.value.reason == "gone"
    world.sandbox.world.revoke_tokens(world.theirs, client_id=world.sandbox.world.app.id)
    with pytest.raises(AccessRevoked):
        world.shop.store.refund(a_request(order))


def a_way(*providers, offline=False):
    return [{"provider_id": name, "amount": 5, "offline": offline, "extra": "x"} for name in providers]


@pytest.mark.parametrize(
    ("ways", "chosen"),
    [
        ([a_way("storecredit"), a_way("custom", offline=True)], "custom"),
        ([a_way("custom", offline=True), a_way("paypal")], "paypal"),
        ([a_way("storecredit"), a_way("braintree")], "braintree"),
        ([a_way("storecredit")], "storecredit"),
    ],
)
def test_money_goes_back_the_way_it_came(world, ways, chosen):
    payments = _payments({"refund_methods": ways}, a_request(bought(world)))
    assert [(each["provider_id"], set(each)) for each in payments] == [(chosen, {"provider_id", "amount", "offline"})]


@pytest.mark.parametrize("quote", [{}, {"refund_methods": []}, {"refund_methods": [[]]}, {"refund_methods": ["x"]}])
def test_a_quote_without_a_way_is_refused_in_words(world, quote):
    with pytest.raises(GiveUp, match="names no way to refund order"):
        _payments(quote, a_request(bought(world)))


def test_groups_of_customers_are_read_in_one_call(world):
    for number, customer in enumerate(world.theirs.customers.values()):
        customer.group_id = number % 2 * 7
    first, second = list(world.theirs.customers)[:2]
    assert world.shop.store.customer_groups([first, second, 999_999]) == {first: 0, second: 7}
    assert world.shop.lines == ["GET /v3/customers"]
    assert world.shop.store.customer_groups([]) == {}
    assert len(world.shop.calls) == 1

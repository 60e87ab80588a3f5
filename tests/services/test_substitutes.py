"""A substitute from the merchant's list to the changed order: offered, chosen once, taken back, carried out, never twice."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, OrderLineId, ProductId, VariantId, item_id
from plugin.domain.order import Order
from plugin.domain.substitute import ChoiceState, Sooner, Substitute
from plugin.services.backorders import Tab, View
from plugin.services.errors import Conflict, NotFound
from plugin.services.order_page import Action, Asked, LineView
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.notices import GivenAnswer
from plugin.services.shipments import NewShipment
from plugin.services.substitutes import Instead
from tests.builders import a_window
from tests.services.town import ADA, BO, MUG, Town, a_town


@pytest.fixture
def town(database: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """A store with native backorders, unless a test asks for virtual stock: it makes no difference to the wish itself."""
    with a_town(database, native=getattr(request, "param", True)) as town:
        town.install()
        town.sell_past_zero(limit=3)
        yield town


BOWL, OTHER_BOWL = (item_id(ProductId(88), VariantId(number)) for number in (801, 802))
PAGE = "page"


def allow(town: Town, *items: ItemId, note: str = "A bowl of the same clay") -> None:
    town.plugin.substitutes.save(ADA, MUG, [Substitute(item, note) for item in items])
    town.settle()


def a_waiting_order(town: Town, units: int = 1, **more: object) -> Order:
    """The one mug that is there goes to somebody before."""
    town.buy(1, email="first@example.com")
    return town.buy(units, **more)  # type: ignore[arg-type]


def line_view(town: Town, order: Order) -> LineView:
    (line,) = town.plugin.order_page.look(ADA, order.order_id).lines
    return line


def press(town: Town, order: Order, action: Action, item: ItemId | None = None) -> bool:
    asked = Asked(action, OrderLineId(order.lines[0].line_id), item=item)
    done = town.plugin.order_page.act(ADA, order.order_id, asked)
    town.settle()
    return done


def states(town: Town, order: Order) -> list[ChoiceState]:
    return [choice.state for choice in town.plugin.substitute_choices.of_order(ADA, order.order_id)]


def swaps(town: Town) -> list[tuple[int, str]]:
    rows = town.plugin.backorders.page(ADA, View(Tab.SWAP), at=town.clock.now())
    today = town.clock.now().date()
    assert town.plugin.home.facts(ADA, today=today).swaps == len(rows)
    return [(row.key.order_id, row.instead) for row in rows]


def answers(town: Town, order: Order) -> list[tuple[GivenAnswer, str]]:
    with town.plugin.units(ADA) as work:
        return [(one.answer, one.detail) for one in work.notices.answers(order.order_id)]


# --------------------------------------------------------------------------------------------------- allowed


@pytest.mark.parametrize(
    ("item", "problem"),
    [(MUG, "77 cannot stand in for itself."), (ItemId("5"), "Your catalog has no item 5.")],
)
def test_what_makes_no_sense_is_not_saved(town: Town, item: ItemId, problem: str) -> None:
    allow(town, BOWL)
    with pytest.raises(DomainError, match=problem):
        town.plugin.substitutes.save(ADA, MUG, [Substitute(item)])
    assert [each.item_id for each, _ in town.plugin.substitutes.of_item(ADA, MUG)] == [BOWL]


def test_an_item_nobody_knows_has_no_list(town: Town) -> None:
    for ask in (
        lambda: town.plugin.substitutes.of_item(ADA, ItemId("5")),
        lambda: town.plugin.substitutes.save(ADA, ItemId("5"), [Substitute(BOWL)]),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_list_is_kept_in_its_order_and_said_in_words(town: Town) -> None:
    allow(town, OTHER_BOWL, BOWL)
    assert [(each.item_id, facts.label) for each, facts in town.plugin.substitutes.of_item(ADA, MUG)] == [
        (OTHER_BOWL, "Kind 802"),
        (BOWL, "Kind 801"),
    ]
    assert "Mug: shoppers who wait may take Bowl, Kind 802, Bowl, Kind 801 instead." in town.words()
    allow(town, OTHER_BOWL, BOWL)
    assert sum("may take" in words for words in town.words()) == 1


def test_a_substitute_the_shop_no_longer_has_leaves_every_list(town: Town) -> None:
    allow(town, BOWL, OTHER_BOWL)
    del town.shop.catalog[ProductId(88)]
    town.event("store/product/deleted", {"id": 88})
    town.settle()
    assert town.plugin.substitutes.of_item(ADA, MUG) == ()


# --------------------------------------------------------------------------------------------------- offered


def test_who_waits_is_offered_what_can_ship_now_for_the_units_that_wait(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    (instead,) = line_view(town, order).instead
    assert instead == Instead(
        Substitute(BOWL, "A bowl of the same clay"), "Bowl, Kind 801", units=1, sooner=Sooner(None)
    )
    two = town.buy(2)
    assert line_view(town, two).instead == ()


def test_nobody_is_offered_what_ships_no_sooner_or_what_a_substitute_may_be_replaced_by(town: Town) -> None:
    allow(town, BOWL)
    town.plugin.substitutes.save(ADA, BOWL, [Substitute(OTHER_BOWL)])
    town.buy(1, item=BOWL)
    order = a_waiting_order(town)
    assert line_view(town, order).instead == ()


def test_who_has_it_already_is_offered_nothing(town: Town) -> None:
    allow(town, BOWL)
    assert line_view(town, town.buy(1)).instead == ()


# ---------------------------------------------------------------------------------------------------- chosen


def test_a_choice_is_kept_for_the_shop_and_changes_nothing_else(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    before, owed = town.shop.level(BOWL), town.owed()
    assert press(town, order, Action.SUBSTITUTE, BOWL)
    assert press(town, order, Action.SUBSTITUTE, BOWL)
    assert states(town, order) == [ChoiceState.OPEN]
    assert (town.shop.level(BOWL), town.owed(), town.line(order).owed) == (before, owed, 1)
    assert answers(town, order) == [(GivenAnswer.SUBSTITUTE, "1 × Bowl, Kind 801")]
    assert swaps(town) == [(order.order_id, "Bowl, Kind 801")]
    shown = line_view(town, order)
    assert (shown.instead, shown.choice and shown.choice.name) == ((), "Bowl, Kind 801")
    assert (
        "The shopper takes a substitute, and you have to change the order: 1 × Bowl, Kind 801 (page)." in town.words()
    )


def test_the_last_one_is_offered_to_one_shopper_only(town: Town) -> None:
    allow(town, BOWL)
    first = a_waiting_order(town)
    second = town.buy(1, email="second@example.com")
    assert line_view(town, second).instead != ()
    assert press(town, first, Action.SUBSTITUTE, BOWL)
    assert line_view(town, second).instead == ()
    assert not press(town, second, Action.SUBSTITUTE, BOWL)
    assert states(town, second) == []
    assert press(town, first, Action.TAKE_BACK)
    assert press(town, second, Action.SUBSTITUTE, BOWL)


def test_what_is_not_allowed_cannot_be_taken(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    assert not press(town, order, Action.SUBSTITUTE, OTHER_BOWL)
    assert (states(town, order), answers(town, order)) == ([], [])
    with pytest.raises(NotFound):
        town.plugin.order_page.act(ADA, order.order_id, Asked(Action.SUBSTITUTE, OrderLineId(999), item=BOWL))
    with pytest.raises(NotFound):
        town.plugin.order_page.act(BO, order.order_id, Asked(Action.SUBSTITUTE, OrderLineId(2), item=BOWL))


def test_a_choice_can_be_taken_back_until_the_shop_has_acted(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    press(town, order, Action.SUBSTITUTE, BOWL)
    assert press(town, order, Action.TAKE_BACK)
    assert press(town, order, Action.TAKE_BACK)
    assert states(town, order) == [ChoiceState.TAKEN_BACK]
    assert [answer for answer, _ in answers(town, order)] == [GivenAnswer.SUBSTITUTE, GivenAnswer.TAKE_BACK]
    assert (swaps(town), line_view(town, order).choice) == ([], None)
    assert len(line_view(town, order).instead) == 1


# ----------------------------------------------------------------------------------------------- carried out


@pytest.mark.parametrize("town", [True, False], indirect=True, ids=["native", "virtual"])
def test_a_changed_order_settles_the_wish_and_frees_the_units_for_the_next_in_line(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    behind = town.buy(1, email="behind@example.com")
    promised = town.line(behind).owed
    press(town, order, Action.SUBSTITUTE, BOWL)
    told = len(town.told())
    town.hear(town.shop.swap(order.order_id, BOWL))
    town.settle()
    assert states(town, order) == [ChoiceState.DONE]
    assert (swaps(town), promised) == ([], 1)
    assert town.owed()[order.order_id] == 0
    assert town.owed()[behind.order_id] == 1
    assert town.told()[told:] == [MessageKind.STATUS]
    (mail,) = [row for row in town.table("outbox") if row["kind"] == "status"]
    assert json.loads(mail["facts"])["instead"] == "Bowl, Kind 801"
    assert "You changed the order as the shopper wished: Bowl, Kind 801." in town.words()
    town.hear(town.shop.placed[order.order_id])
    town.settle()
    assert town.told()[told:] == [MessageKind.STATUS]
    assert not press(town, order, Action.TAKE_BACK)
    view = town.plugin.order_page.look(ADA, order.order_id)
    assert [choice.name for choice in view.carried_out] == ["Bowl, Kind 801"]


def test_units_stay_with_the_line_until_the_order_is_changed_and_then_go_to_the_next_in_line(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    behind = town.buy(1, email="behind@example.com")
    press(town, order, Action.SUBSTITUTE, BOWL)
    new = NewShipment("Acme", "PO-118", a_window("2026-03-09"), [("77", 1)])
    arrived = town.plugin.shipments.announce(ADA, new)
    town.plugin.shipments.receive(ADA, arrived, {MUG: 1}, closes=True)
    town.settle()
    assert (town.line(order).allocated, town.line(behind).owed) == (1, 1)
    assert (states(town, order), len(swaps(town))) == ([ChoiceState.OPEN], 1)
    town.hear(town.shop.swap(order.order_id, BOWL))
    town.settle()
    assert (town.line(behind).allocated, town.line(behind).owed) == (1, 0)
    assert (states(town, order), swaps(town)) == ([ChoiceState.DONE], [])


def test_done_is_believed_when_the_order_says_so(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    press(town, order, Action.SUBSTITUTE, BOWL)
    (choice,) = town.plugin.substitute_choices.of_order(ADA, order.order_id)
    with pytest.raises(Conflict, match=f"In your store order {order.order_id} is as it was"):
        town.plugin.substitute_choices.done(ADA, choice.choice_id)
    assert states(town, order) == [ChoiceState.OPEN]
    town.shop.swap(order.order_id, BOWL)
    town.plugin.substitute_choices.done(ADA, choice.choice_id)
    town.plugin.substitute_choices.done(ADA, choice.choice_id)
    town.settle()
    assert states(town, order) == [ChoiceState.DONE]
    assert town.told().count(MessageKind.STATUS) == 1
    with pytest.raises(NotFound):
        town.plugin.substitute_choices.done(BO, choice.choice_id)


def test_the_merchant_may_decline_and_the_order_stays(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    press(town, order, Action.SUBSTITUTE, BOWL)
    (choice,) = town.plugin.substitute_choices.waiting(ADA, limit=5)
    town.plugin.substitute_choices.decline(ADA, choice.choice_id)
    town.plugin.substitute_choices.decline(ADA, choice.choice_id)
    assert (states(town, order), swaps(town)) == ([ChoiceState.DECLINED], [])
    assert (line_view(town, order).choice or choice).state is ChoiceState.DECLINED
    assert sum("You do not change the order" in words for words in town.words()) == 1
    assert town.line(order).owed == 1


@pytest.mark.parametrize("by", ["the shopper", "the shop", "shipping it"])
def test_a_wish_ends_where_nothing_is_left_to_replace(town: Town, by: str) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    press(town, order, Action.SUBSTITUTE, BOWL)
    told = len(town.told())
    if by == "the shopper":
        assert press(town, order, Action.CANCEL)
    else:
        town.hear(town.shop.cancel(order.order_id) if by == "the shop" else town.shop.ship(order.order_id, 1))
        town.settle()
    assert (states(town, order), swaps(town)) == ([ChoiceState.ENDED], [])
    assert MessageKind.STATUS not in town.told()[told:]


def test_the_proof_and_the_shoppers_data_hold_the_choice(town: Town) -> None:
    allow(town, BOWL)
    order = a_waiting_order(town)
    press(town, order, Action.SUBSTITUTE, BOWL)
    town.clock.go(hours=1)
    town.hear(town.shop.swap(order.order_id, BOWL))
    town.settle()
    (kept,) = town.plugin.proofs.of_order(ADA, order.order_id).record.substitutes
    assert (kept.item, kept.substitute, kept.units, kept.state) == (MUG, BOWL, 1, "done")
    assert kept.settled_at is not None
    assert kept.settled_at - kept.chosen_at >= timedelta(hours=1)
    (known,) = town.plugin.privacy.export(ADA, "ada@example.com")["substitutes"]
    assert (known["order_id"], known["name"]) == (order.order_id, "Bowl, Kind 801")

"""The merchant's list of backorders: what stands in which tab, in which order, found by what, and by which index."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.backorders import SqlBackorders, _in_tab, page_query
from plugin.adapters.db.desk_filters import rare_candidates
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId
from plugin.domain.notices import Answer, Silence
from plugin.domain.order import OrderStage
from plugin.domain.promise import Promise, SetByHand, on_hand_part
from plugin.services.backorders import LineKey, Sort, Spot, Tab, View
from plugin.services.ports.notices import Wants
from tests.adapters.db.conftest import (
    ADA,
    BO,
    a_line_plan,
    a_notice_record,
    a_product,
    a_window_part,
    an_item_plan,
)
from tests.builders import NOW, a_shipment, a_window, an_order, an_order_line

LONG_AFTER = NOW + timedelta(days=3, minutes=2)
"""When the first two lines have waited for three days."""


@pytest.fixture
def backorders(engine, directory):
    return SqlBackorders(engine)


@pytest.fixture
def sell(work):
    """Sell one line and plan it; `latest` is the last day it is told."""

    def sold(number, *, tenant=ADA, latest="2026-03-11", allocated=0, owed=1, preorder=False, channel=1, **more):
        line = an_order_line(line_id=number, order_id=number, quantity=allocated + owed, allocated=allocated)
        line = replace(line, **{key: more.pop(key) for key in ("item_id", "sku", "name") if key in more})
        order = an_order(order_id=number, placed_at=NOW + timedelta(minutes=number), lines=[line])
        shopper = replace(order.shopper, name=more.pop("who", "Ada"), email=more.pop("email", "ada@example.com"))
        group = more.pop("group", None)
        order = replace(order, shopper=replace(shopper, customer_group=group), channel_id=channel, **more)
        on_hand = (on_hand_part(allocated),) if allocated else ()
        later = (a_window_part(owed, earliest="2026-03-01", latest=latest),) if owed else ()
        plan = a_line_plan(
            line_id=number, order_id=number, allocated=allocated, owed=owed, promise=Promise(on_hand + later)
        )
        with work(tenant) as unit:
            unit.orders.save([order])
            unit.orders.save_line_plans([replace(plan, is_preorder=preorder)])
        return order

    return sold


def move(work, number, *, latest=None, owed=1, allocated=0):
    """Plan the line anew."""
    part = (
        a_window_part(owed, earliest="2026-03-01", latest=latest)
        if latest
        else replace(a_window_part(owed), window=None)
    )
    promise = Promise(((on_hand_part(allocated),) if allocated else ()) + ((part,) if owed else ()))
    with work() as unit:
        unit.orders.save_line_plans(
            [a_line_plan(line_id=number, order_id=number, allocated=allocated, owed=owed, promise=promise)]
        )


def numbers(backorders, tab=Tab.OPEN, *, tenant=ADA, **filters):
    return [row.key.order_id for row in backorders.page(tenant, View(tab, **filters), at=NOW + timedelta(hours=1))]


def test_a_line_that_owes_units_is_open_and_its_row_says_what_of_it(backorders, sell):
    sell(7, allocated=1, owed=2, who="Ada Lovelace", email="Ada@example.com", channel=3)
    (row,) = backorders.page(ADA, View(), at=NOW)
    assert (row.key, row.quantity, row.owed, row.ready, row.shopper_name, row.email, row.channel_id) == (
        LineKey(7, 7),
        3,
        2,
        1,
        "Ada Lovelace",
        "Ada@example.com",
        3,
    )
    assert (row.ships, row.ships_on) == (a_window(("2026-03-01", "2026-03-11")), date(2026, 3, 11))
    assert (row.why_this_date, row.is_late, row.is_pinned, row.is_set_by_hand, row.wants) == (
        "PO-118 should arrive 1 Mar 2026 to 11 Mar 2026 (supplier), plus 1 working day of handling.",
        False,
        False,
        False,
        None,
    )


def test_a_line_that_never_waited_is_no_backorder(backorders, sell):
    sell(1, allocated=1, owed=0)
    assert [numbers(backorders, tab) for tab in Tab] == [[]] * len(Tab)


def test_a_line_is_late_once_it_ships_after_the_day_first_promised(backorders, sell, work):
    sell(1)
    sell(2)
    sell(3)
    move(work, 1, latest="2026-03-12")
    move(work, 2)  # nobody can say
    move(work, 3, latest="2026-03-11")
    assert numbers(backorders, Tab.LATE) == [1, 2]
    move(work, 1, latest="2026-03-10")
    assert numbers(backorders, Tab.LATE) == [2]
    move(work, 2, owed=0, allocated=1)
    assert numbers(backorders, Tab.LATE) == []


def test_a_line_is_ready_once_units_lie_there_and_done_once_its_order_is(backorders, sell, work):
    order = sell(1)
    sell(2, preorder=True)
    assert (numbers(backorders, Tab.READY), numbers(backorders, Tab.PREORDERS)) == ([], [2])
    move(work, 1, owed=0, allocated=1)
    assert (numbers(backorders), numbers(backorders, Tab.READY), numbers(backorders, Tab.DONE)) == ([1, 2], [1], [])
    with work() as unit:
        unit.orders.save([replace(order, stage=OrderStage.CLOSED)])
    assert (numbers(backorders), numbers(backorders, Tab.READY), numbers(backorders, Tab.DONE)) == ([2], [], [1])


def wants(backorders):
    return [row.wants for row in backorders.page(ADA, View(), at=NOW)]


def test_a_notice_wants_to_be_told_then_answered(backorders, sell, work):
    sell(101)
    record = a_notice_record(line=101)
    with work() as unit:
        (notice,) = unit.notices.add([replace(record, notice=replace(record.notice, silence=Silence.CANCELS))])
    assert (wants(backorders), numbers(backorders, Tab.TELL)) == ([Wants.TELL], [101])
    with work() as unit:
        unit.notices.message_sent("delay:101", at=NOW)
    assert (numbers(backorders, Tab.TELL), numbers(backorders, Tab.ANSWER)) == ([], [101])
    with work() as unit:
        unit.notices.message_bounced("delay:101", at=NOW)
    assert (numbers(backorders, Tab.TELL), numbers(backorders, Tab.ANSWER)) == ([101], [])
    with work() as unit:
        unit.notices.answered([notice], Answer.KEEP, at=NOW, channel="phone")
    assert wants(backorders) == [None]


def test_a_notice_that_is_withdrawn_wants_nothing_and_the_one_before_counts_again(backorders, sell, work):
    sell(101)
    record = a_notice_record(line=101, key="first")
    awaits = replace(record, notice=replace(record.notice, silence=Silence.CANCELS))
    with work() as unit:
        unit.notices.add([awaits])
        unit.notices.message_sent("first", at=NOW)
        (second,) = unit.notices.add([a_notice_record(line=101, key="second")])
    assert wants(backorders) == [Wants.TELL]
    with work() as unit:
        unit.notices.withdraw([second], at=NOW)
    assert wants(backorders) == [Wants.ANSWER]


@pytest.mark.parametrize(
    ("sort", "order"), [(Sort.LONGEST, [1, 2, 3, 4]), (Sort.NEWEST, [4, 3, 2, 1]), (Sort.SHIPS, [3, 1, 2, 4])]
)
def test_pages_follow_one_another_in_every_order(backorders, sell, work, sort, order):
    for number, latest in ((1, "2026-03-11"), (2, "2026-03-11"), (3, "2026-03-05"), (4, "2026-03-11")):
        sell(number, latest=latest)
    move(work, 4)
    seen, after = [], None
    while page := backorders.page(ADA, View(sort=sort), at=NOW, after=after, limit=3):
        seen += [row.key.order_id for row in page]
        after = page[-1].spot(sort)
    assert seen == order


def test_filters_let_through_what_they_name(backorders, sell, work):
    with work() as unit:
        unit.items.save_products([a_product(), a_product(9, name="Pen", sku="PEN")])
        unit.items.save_plans([an_item_plan("9")])
        unit.shipments.add(a_shipment(item=ItemId("9")))
        unit.suppliers.meet("Acme")
    sell(1, channel=2, group=5)
    sell(2, item_id=ItemId("9"))
    assert numbers(backorders, channel=2) == [1]
    assert numbers(backorders, product=ProductId(9)) == [2]
    assert numbers(backorders, supplier="Acme") == [2]
    assert numbers(backorders, group=5) == [1]
    assert numbers(backorders, waits_days=1) == []
    assert [
        row.key.order_id for row in backorders.page(ADA, View(waits_days=3), at=NOW + timedelta(days=3, minutes=1))
    ] == [1]
    choices = backorders.choices(ADA)
    assert (choices.suppliers, choices.channels, choices.groups, choices.products) == (
        ("Acme",),
        (1, 2),
        (5,),
        ((9, "Pen"),),
    )


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize(
    "wanted",
    [
        {"channel": 2},
        {"group": 5},
        {"supplier": "Acme"},
        {"product": ProductId(9)},
        {"channel": 3},
        {"waits_days": 3},
    ],
)
def test_a_rare_filter_is_looked_up_by_itself_and_finds_the_same(
    backorders, sell, work, engine, monkeypatch, sort, wanted
):
    with work() as unit:
        unit.items.save_products([a_product(), a_product(9, name="Pen", sku="PEN")])
        unit.shipments.add(a_shipment(item=ItemId("9")))
    for number, latest in ((1, "2026-03-11"), (2, "2026-03-05"), (3, "2026-03-11"), (4, "2026-03-02")):
        sell(number, latest=latest, channel=2 if number != 4 else 1, group=5, item_id=ItemId("9"))
    move(work, 4, owed=0, allocated=1)

    def paged():
        view, seen, after = View(sort=sort, **wanted), [], None
        while page := backorders.page(ADA, view, at=LONG_AFTER, after=after, limit=2):
            seen += [row.key.order_id for row in page]
            after = page[-1].spot(sort)
        return seen

    def is_rare():
        in_tab = _in_tab(Tab.OPEN, engine.dialect.name)
        with engine.connect() as connection:
            return rare_candidates(connection, ADA, View(**wanted), in_tab, LONG_AFTER) is not None

    assert is_rare()
    rare = paged()
    monkeypatch.setattr("plugin.adapters.db.desk_filters.MANY", -1)
    assert not is_rare()
    assert paged() == rare
    monkeypatch.setattr("plugin.adapters.db.backorders.MOST_LOOKED_AT", 1)
    assert paged() == rare
    few = {"channel=3": [], "channel=2": [1, 2, 3], "waits_days=3": [1, 2]}
    ((name, value),) = wanted.items()
    assert sorted(rare) == few.get(f"{name}={value}", [1, 2, 3, 4])


def test_a_look_ends_after_some_lines_and_says_where_to_go_on(backorders, sell, monkeypatch):
    for number in range(1, 8):
        sell(number, channel=2 if number in {4, 7} else 1)
    monkeypatch.setattr("plugin.adapters.db.desk_filters.MANY", -1)
    monkeypatch.setattr("plugin.adapters.db.backorders.MOST_LOOKED_AT", 3)
    looks, after = [], None
    while len(looks) < 3:
        look = backorders.look(ADA, View(channel=2), at=NOW, after=after, limit=2)
        after = look.go_on
        looks.append(([row.key.order_id for row in look.rows], after.line_id if after else None))
    assert looks == [([], 3), ([4], 6), ([7], None)]
    assert backorders.look(ADA, View(), at=NOW, limit=2).go_on is None


def test_a_line_is_found_by_the_address_its_shopper_gave_later_until_they_are_forgotten(backorders, sell, work):
    sell(7)
    sell(8)
    with work() as unit:
        unit.orders.save_contact(OrderId(8), "Grace@Navy.example")
    assert [row.key.order_id for row in backorders.found(ADA, "grace@navy")] == [8]
    with work() as unit:
        unit.people.forget_orders([8], at=NOW)
    assert backorders.found(ADA, "grace@navy") == ()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("7", [7]),
        ("#7", [7]),
        ("GRACE@navy", [8]),
        ("grace ho", [8]),
        ("hopper", [8]),
        ("pen", [8]),
        ("ink-1", [8]),
        ("100%", []),
        ("nobody", []),
        ("", []),
    ],
)
def test_a_line_is_found_by_number_mail_names_and_sku(backorders, sell, work, words, found):
    with work() as unit:
        unit.items.save_products([a_product(), a_product(9, name="Fountain pen", sku="INK-1")])
    sell(7)
    sell(8, item_id=ItemId("9"), who="Grace Hopper", email="grace@navy.example")
    assert [row.key.order_id for row in backorders.found(ADA, words)] == found


def test_who_is_forgotten_is_not_found_again(backorders, sell, work):
    order = sell(8, who="Grace Hopper", email="grace@navy.example")
    with work() as unit:
        unit.people.forget_orders([8], at=NOW)
    assert backorders.found(ADA, "grace") == backorders.found(ADA, "hopper") == ()
    with work() as unit:
        unit.orders.save([order])
    assert backorders.found(ADA, "grace") == backorders.found(ADA, "hopper") == ()


def test_tabs_are_counted_up_to_a_thousand(backorders, sell, work, monkeypatch):
    monkeypatch.setattr("plugin.adapters.db.backorders.COUNTED_TO", 2)
    for number in (1, 2, 3):
        sell(number)
    move(work, 3, owed=0, allocated=1)
    assert backorders.counts(ADA) == {**dict.fromkeys(Tab, 0), Tab.OPEN: 2, Tab.READY: 1}


def test_lines_are_read_by_name_and_only_the_stores_own(backorders, sell):
    sell(1)
    sell(2)
    sell(1, tenant=BO, who="Bo")
    keys = [LineKey(2, 2), LineKey(1, 1), LineKey(9, 9)]
    assert [str(row.key) for row in backorders.of_lines(ADA, keys)] == ["1.1", "2.2"]
    assert [row.shopper_name for row in backorders.of_lines(BO, keys)] == ["Bo"]
    assert numbers(backorders, tenant=BO) == [1]
    assert [row.shopper_name for row in backorders.found(BO, "1")] == ["Bo"]


def test_dates_named_by_hand_stay_with_the_line_and_leave_what_was_told_behind(backorders, sell, work):
    order = sell(1)
    told = Promise((a_window_part(1, earliest="2026-03-01"),))
    dates = SetByHand(a_window("2026-04-01"), "supplier_later", "On the phone", told)
    with work() as unit:
        unit.orders.save_by_hand(1, OrderLineId(1), dates)
        unit.orders.save([replace(order, staff_notes="A newer picture.")])
        assert unit.orders.set_by_hand([1]) == {1: dates}
    assert [row.is_set_by_hand for row in backorders.page(ADA, View(), at=NOW)] == [True]
    with work() as unit:
        unit.orders.save_by_hand(1, OrderLineId(1), None)
        assert (unit.orders.set_by_hand([1]), unit.orders.promises([1])) == ({}, {1: told})


@pytest.mark.parametrize("words", ["", "7", "7.", ".7", "7.x", "-1.2", "1" * 50])
def test_a_line_is_named_by_order_and_line(words):
    with pytest.raises(DomainError, match=r"allowed: order and line, such as 101\.7"):
        LineKey.parse(words)
    assert LineKey.parse("101.7") == LineKey(101, 7)


@pytest.mark.parametrize(
    ("tab", "sort"), [(tab, sort) for tab in Tab for sort in Sort if (tab, sort) != (Tab.DONE, Sort.SHIPS)]
)
def test_each_tab_is_paged_through_along_its_own_index(engine, tab, sort):
    """So that a hundred thousand rows behind a page cost no more than a hundred."""
    by = date(2026, 3, 2) if sort is Sort.SHIPS else NOW
    query = page_query(ADA, View(tab, sort), at=NOW, after=Spot(by, OrderLineId(5)), dialect=engine.dialect.name)
    statement = str(query.limit(50).compile(engine, compile_kwargs={"literal_binds": True}))
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_sort = off"))
        explained = f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}".replace(":", "\\:")
        plan = str(connection.execute(text(explained)).all())
    index = f"ix_desk_{tab}_ships" if sort is Sort.SHIPS else f"ix_desk_{tab}"
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan

"""The window a line is told, what it stands on, and the sentence that defends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugin.domain.allocation import WaitingLine
from plugin.domain.calendar import DateWindow
from plugin.domain.plan import LinePlan, make_plan
from plugin.domain.policy import BackorderPolicy
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart, SetByHand, on_hand_part
from plugin.domain.shipment import IncomingShipment
from tests.builders import (
    NOW,
    Window,
    a_calendar,
    a_lead_time,
    a_level,
    a_line,
    a_policy,
    a_preorder,
    a_shipment,
    a_snapshot,
    a_window,
    an_item,
    some_rules,
)

LEAD_5_TO_10 = a_policy(lead_time=a_lead_time(5, 10))
LEAD_WINDOW = ("2026-03-09", "2026-03-16")
MAY = a_shipment(shipment_id=5, reference="PO-MAY", eta="2026-05-04", quantity=2)
JUNE = a_shipment(shipment_id=6, reference="PO-JUNE", eta="2026-06-01", quantity=40)


def planned(
    *lines: WaitingLine,
    on_hand: int = 0,
    shipments: tuple[IncomingShipment, ...] = (),
    policy: BackorderPolicy | None = None,
    now: datetime = NOW,
    is_tracked: bool = True,
) -> list[LinePlan]:
    """Plan lines of one item. `on_hand` is what is free before them; the platform has already taken them off."""
    net_position = on_hand - sum(line.owed for line in lines)
    level = a_level(on_hand=max(0, net_position), backordered=max(0, -net_position))
    item = an_item(levels=[level], lines=lines, shipments=shipments, policy=policy, is_tracked=is_tracked)
    return list(make_plan(a_snapshot(item, now=now)).items[0].lines)


def told(promise: Promise) -> list[tuple[int, DateWindow | None, BasisKind]]:
    return [(part.units, part.window, part.basis.kind) for part in promise.parts]


def a_told(*parts: PromisePart) -> Promise:
    return Promise(parts)


def a_part(kind: BasisKind, *, units: int = 1, window: Window | None = None, **basis: object) -> PromisePart:
    return PromisePart(units, None if window is None else a_window(window), Basis(kind, **basis))  # type: ignore[arg-type]


def test_units_on_hand_ship_now() -> None:
    [line] = planned(a_line(owed=2), on_hand=2)
    assert told(line.promise) == [(2, None, BasisKind.ON_HAND)]
    assert (line.promise.ready, line.promise.last_window, line.promise.later) == (2, None, ())
    assert (line.allocated, line.newly_allocated, line.owed) == (2, 2, 0)


def test_a_shipment_gives_its_days_plus_handling_in_working_days() -> None:
    shipment = a_shipment(eta=("2026-03-12", "2026-03-13"), reference="PO-118", eta_source="supplier confirmed")
    [line] = planned(a_line(owed=2), shipments=(shipment,), policy=a_policy(handling_days=2))
    assert told(line.promise) == [(2, a_window(("2026-03-16", "2026-03-17")), BasisKind.SHIPMENT)]
    assert line.promise.parts[0].basis == Basis(
        BasisKind.SHIPMENT,
        reference="PO-118",
        source="supplier confirmed",
        arrival=a_window(("2026-03-12", "2026-03-13")),
        handling_days=2,
    )


def test_without_a_policy_a_shipment_takes_one_day_of_handling() -> None:
    [line] = planned(a_line(), shipments=(a_shipment(eta="2026-03-09"),))
    assert told(line.promise) == [(1, a_window("2026-03-10"), BasisKind.SHIPMENT)]


def test_two_in_may_and_one_in_june_are_one_line() -> None:
    [line] = planned(a_line(owed=3), shipments=(JUNE, MAY), policy=a_policy())
    assert told(line.promise) == [
        (2, a_window("2026-05-04"), BasisKind.SHIPMENT),
        (1, a_window("2026-06-01"), BasisKind.SHIPMENT),
    ]
    assert line.promise.last_window == a_window("2026-06-01")


def test_on_hand_then_shipment_then_lead_time_in_one_line() -> None:
    [line] = planned(a_line(owed=10), on_hand=1, shipments=(MAY,), policy=LEAD_5_TO_10)
    assert told(line.promise) == [
        (1, None, BasisKind.ON_HAND),
        (2, a_window("2026-05-04"), BasisKind.SHIPMENT),
        (7, a_window(LEAD_WINDOW), BasisKind.LEAD_TIME),
    ]
    assert (line.promise.units, line.promise.ready) == (10, 1)
    assert line.promise.last_window == a_window("2026-05-04")


def test_without_supply_the_lead_time_counts_from_the_order() -> None:
    ordered_on_friday = datetime(2026, 2, 27, 10, 0, tzinfo=UTC)
    [line] = planned(a_line(queue_time=ordered_on_friday), policy=LEAD_5_TO_10)
    assert told(line.promise) == [(1, a_window(("2026-03-06", "2026-03-13")), BasisKind.LEAD_TIME)]


def test_an_order_after_the_cut_off_counts_from_the_next_working_day() -> None:
    [before, after] = planned(
        a_line(line_id=1, queue_time=datetime(2026, 2, 27, 13, 59, tzinfo=UTC)),
        a_line(line_id=2, queue_time=datetime(2026, 2, 27, 14, 0, tzinfo=UTC)),
        policy=a_policy(lead_time=a_lead_time(1)),
    )
    assert [line.promise.last_window for line in (before, after)] == [a_window("2026-03-02"), a_window("2026-03-03")]


@pytest.mark.parametrize("policy", [None, a_policy(lead_time=None), a_policy(lead_time=None, enabled=False)])
def test_without_supply_and_lead_time_no_date_can_be_given(policy: BackorderPolicy | None) -> None:
    [line] = planned(a_line(owed=2), policy=policy)
    assert told(line.promise) == [(2, None, BasisKind.UNKNOWN)]
    assert line.promise.last_window is None


def test_one_unknown_part_leaves_the_last_day_unknown() -> None:
    [line] = planned(a_line(owed=3), shipments=(MAY,), policy=a_policy())
    assert told(line.promise) == [
        (2, a_window("2026-05-04"), BasisKind.SHIPMENT),
        (1, None, BasisKind.UNKNOWN),
    ]
    assert line.promise.last_window is None


def test_a_shipment_without_a_date_gives_the_lead_time() -> None:
    [line] = planned(a_line(owed=1), shipments=(a_shipment(eta=None),), policy=LEAD_5_TO_10)
    assert told(line.promise) == [(1, a_window(LEAD_WINDOW), BasisKind.LEAD_TIME)]


@pytest.mark.parametrize(
    ("eta", "window"),
    [
        ("2026-02-20", "2026-03-02"),  # overdue: today at the soonest
        (("2026-02-20", "2026-03-04"), ("2026-03-02", "2026-03-04")),
        ("2026-03-02", "2026-03-02"),
        ("2026-03-07", "2026-03-09"),  # arrives on a Saturday
    ],
)
def test_an_overdue_shipment_counts_from_today(eta: Window, window: Window) -> None:
    [line] = planned(a_line(), shipments=(a_shipment(eta=eta),), policy=a_policy())
    assert line.promise.last_window == a_window(window)


def test_today_is_the_shops_today() -> None:
    late_evening_in_utc = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    item = an_item(
        levels=[a_level(backordered=1)], lines=[a_line()], shipments=[a_shipment(eta="2026-02-20")], policy=a_policy()
    )
    in_tokyo = some_rules(calendar=a_calendar(zone="Asia/Tokyo"))
    plan = make_plan(a_snapshot(item, now=late_evening_in_utc, rules=in_tokyo))
    assert plan.items[0].lines[0].promise.last_window == a_window("2026-03-04")


@pytest.mark.parametrize(
    ("case", "shipments", "policy", "window", "kind"),
    [
        ("release only", (), a_preorder(), "2026-04-01", BasisKind.RELEASE),
        ("handling after release", (), a_preorder(handling_days=3), "2026-04-06", BasisKind.RELEASE),
        (
            "the release date, not the lead time",
            (),
            a_preorder(lead_time=a_lead_time(2, 5)),
            "2026-04-01",
            BasisKind.RELEASE,
        ),
        ("a release that has passed", (), a_preorder(release_on="2026-02-01"), "2026-03-02", BasisKind.RELEASE),
        (
            "goods here before the release",
            (a_shipment(eta="2026-03-09"),),
            a_preorder(),
            "2026-04-01",
            BasisKind.SHIPMENT,
        ),
        ("goods after the release", (a_shipment(eta="2026-04-09"),), a_preorder(), "2026-04-09", BasisKind.SHIPMENT),
        (
            "goods around the release",
            (a_shipment(eta=("2026-03-30", "2026-04-08")),),
            a_preorder(),
            ("2026-04-01", "2026-04-08"),
            BasisKind.SHIPMENT,
        ),
        ("a release on a Sunday", (), a_preorder(release_on="2026-04-05"), "2026-04-06", BasisKind.RELEASE),
    ],
)
def test_a_pre_order_never_ships_before_its_release(
    case: str, shipments: tuple[IncomingShipment, ...], policy: BackorderPolicy, window: Window, kind: BasisKind
) -> None:
    [line] = planned(a_line(), shipments=shipments, policy=policy)
    assert told(line.promise) == [(1, a_window(window), kind)], case


@pytest.mark.parametrize(
    ("case", "before", "now", "window"),
    [
        (
            "a lead time once told stays as told",
            a_told(a_part(BasisKind.LEAD_TIME, units=3, window=LEAD_WINDOW)),
            NOW + timedelta(days=30),
            LEAD_WINDOW,
        ),
        (
            "also when part of the line has come",
            a_told(on_hand_part(2), a_part(BasisKind.LEAD_TIME, window=LEAD_WINDOW)),
            NOW + timedelta(days=30),
            LEAD_WINDOW,
        ),
        (
            "a shipment that fell away: lead time from today",
            a_told(a_part(BasisKind.SHIPMENT, window="2026-03-20")),
            datetime(2026, 3, 16, 9, 0, tzinfo=UTC),
            ("2026-03-23", "2026-03-30"),
        ),
        (
            "a lead time that came late: from today",
            a_told(a_part(BasisKind.UNKNOWN)),
            datetime(2026, 3, 16, 9, 0, tzinfo=UTC),
            ("2026-03-23", "2026-03-30"),
        ),
    ],
)
def test_a_lead_time_is_sticky(case: str, before: Promise, now: datetime, window: Window) -> None:
    [line] = planned(a_line(owed=3, promise=before), policy=LEAD_5_TO_10, now=now)
    assert told(line.promise) == [(3, a_window(window), BasisKind.LEAD_TIME)], case


BY_HAND = SetByHand(a_window(("2026-03-20", "2026-03-25")), "supplier_later", "Acme called")


def test_days_the_merchant_named_hold_for_what_is_still_owed() -> None:
    [line] = planned(replace(a_line(owed=3), set_by_hand=BY_HAND), on_hand=1, shipments=(MAY,), policy=LEAD_5_TO_10)
    assert told(line.promise) == [(1, None, BasisKind.ON_HAND), (2, BY_HAND.window, BasisKind.BY_HAND)]
    assert line.promise.later[0].why == "Set by hand: Acme called."
    assert line.promise.later[0].basis.cause == "supplier_later"


def test_days_the_merchant_named_say_nothing_once_they_are_over_or_all_has_come() -> None:
    named = replace(a_line(owed=1), set_by_hand=BY_HAND)
    [line] = planned(named, shipments=(MAY,), policy=a_policy(), now=NOW + timedelta(days=23))
    assert told(line.promise) == [(1, BY_HAND.window, BasisKind.BY_HAND)]  # the last of them
    [line] = planned(named, shipments=(MAY,), policy=a_policy(), now=NOW + timedelta(days=24))
    assert told(line.promise) == [(1, a_window("2026-05-04"), BasisKind.SHIPMENT)]
    [line] = planned(named, on_hand=1, policy=a_policy())
    assert told(line.promise) == [(1, None, BasisKind.ON_HAND)]


def test_a_shipment_that_covers_a_line_replaces_its_lead_time() -> None:
    before = a_told(a_part(BasisKind.LEAD_TIME, units=3, window=LEAD_WINDOW))
    [line] = planned(a_line(owed=3, promise=before), shipments=(MAY,), policy=LEAD_5_TO_10)
    assert told(line.promise) == [
        (2, a_window("2026-05-04"), BasisKind.SHIPMENT),
        (1, a_window(LEAD_WINDOW), BasisKind.LEAD_TIME),
    ]


def test_an_item_nobody_counts_is_always_on_hand() -> None:
    lines = planned(a_line(line_id=1, owed=3), a_line(line_id=2, owed=4), is_tracked=False)
    assert [told(line.promise) for line in lines] == [
        [(3, None, BasisKind.ON_HAND)],
        [(4, None, BasisKind.ON_HAND)],
    ]


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (on_hand_part(2), "On hand and tied to this order."),
        (
            a_part(
                BasisKind.SHIPMENT,
                reference="PO-118",
                source="supplier confirmed",
                arrival=a_window(("2026-03-09", "2026-03-11")),
                handling_days=2,
            ),
            "PO-118 should arrive 9 Mar 2026 to 11 Mar 2026 (supplier confirmed), plus 2 working days of handling.",
        ),
        (
            a_part(BasisKind.SHIPMENT, reference="PO-118", arrival=a_window("2026-03-09"), handling_days=1),
            "PO-118 should arrive 9 Mar 2026, plus 1 working day of handling.",
        ),
        (
            a_part(BasisKind.LEAD_TIME, lead_time=a_lead_time(5, 10), handling_days=1),
            "No shipment covers it yet: lead time of 5 to 10 working days, plus 1 working day of handling.",
        ),
        (
            a_part(BasisKind.LEAD_TIME, lead_time=a_lead_time(7), handling_days=0),
            "No shipment covers it yet: lead time of 7 working days.",
        ),
        (
            a_part(BasisKind.RELEASE, arrival=a_window("2026-04-01"), handling_days=0),
            "Released on 1 Apr 2026.",
        ),
        (
            a_part(BasisKind.UNKNOWN),
            "No date can be given: no shipment covers it and its policy has no lead time.",
        ),
    ],
)
def test_every_part_explains_itself_in_one_sentence(part: PromisePart, sentence: str) -> None:
    assert part.why == sentence


def test_every_line_says_why() -> None:
    lines = planned(
        a_line(line_id=1, owed=0, allocated=2),
        a_line(line_id=2, owed=1),
        a_line(line_id=3, owed=2),
        a_line(line_id=4, owed=1),
        a_line(line_id=5, owed=0, allocated=0),
        on_hand=1,
        shipments=(MAY,),
    )
    assert [str(line.why) for line in lines] == [
        "On hand and tied to this order.",
        "Number 1 in line (first come, first served); first to take from the units on hand.",
        "Number 2 in line (first come, first served); first to take from PO-MAY.",
        "",
        "",
    ]

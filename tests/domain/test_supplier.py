"""How late a supplier is, when that says anything, and what it adds to the dates we count on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.calendar import WorkCalendar
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.policy import LeadTime
from plugin.domain.promise import PromiseRules
from plugin.domain.shipment import Allowance, EtaStatement
from plugin.domain.supplier import (
    ENOUGH_DELIVERIES,
    Punctuality,
    Receipt,
    Supplier,
    promised_on,
    record_of,
    with_allowance,
)
from tests.builders import MUG, MUG_BLUE, NOW, a_calendar, a_day, a_shipment, a_window

UTC_DAYS = WorkCalendar(ZoneInfo("UTC"))


def delivery(number: int, slip: int | None, *, item: ItemId = MUG) -> Receipt:
    promised = date(2026, 1, 5) + timedelta(days=7 * number)
    came = promised + timedelta(days=slip or 0)
    return Receipt("Acme", ShipmentId(number), item, 4, came, None if slip is None else promised)


@pytest.mark.parametrize(
    ("slips", "median", "p80"),
    [
        ([0, 0, 0, 0, 0], 0, 0),
        ([1, 2, 3, 4, 5], 3, 4),
        ([9, 0, 0, 0, 0], 0, 0),  # one bad day of five is no habit
        ([9, 9, 0, 0, 0], 0, 9),
        ([-3, -2, -1, -1, 6], -1, -1),
        ([6, 1, 2, 3, 4, 5, 7, 8, 9, 10], 6, 8),
    ],
)
def test_the_record_is_the_middle_and_the_day_four_of_five_kept(slips: list[int], median: int, p80: int) -> None:
    overall = record_of(delivery(number, slip) for number, slip in enumerate(slips)).overall
    assert (overall.deliveries, overall.median_days, overall.p80_days) == (len(slips), median, p80)


def test_too_little_data_is_said_as_such() -> None:
    overall = record_of(delivery(number, 20) for number in range(ENOUGH_DELIVERIES - 1)).overall
    assert (overall.is_enough, overall.median_days, overall.allowance) == (False, None, None)
    assert str(overall) == "too little data: 4 deliveries with a promised day so far, 5 are needed"
    assert str(Punctuality(1)).startswith("too little data: 1 delivery")


def test_a_record_reads_as_a_sentence() -> None:
    assert (
        str(Punctuality(12, 2, 6))
        == "2 days late in the middle, 6 days late or better four times of five (12 deliveries)"
    )
    assert (
        str(Punctuality(5, -1, 0)) == "1 day early in the middle, on time or better four times of five (5 deliveries)"
    )


def test_a_delivery_in_parts_is_one_delivery_as_late_as_its_last_part() -> None:
    parts = [delivery(1, 0), delivery(1, 12), delivery(1, 3, item=MUG_BLUE)]
    others = [delivery(number, 0) for number in range(2, 7)]
    record = record_of([*parts, *others])
    assert record.overall == Punctuality(6, 0, 0)
    assert record.by_item[MUG].deliveries == 6
    assert record.by_item[MUG_BLUE] == Punctuality(1)
    assert record_of([*parts, *others[:4]]).overall.p80_days == 0
    assert record_of([*parts, *others[:3], delivery(9, 12)]).overall.p80_days == 12


def test_deliveries_nobody_named_a_day_for_are_neither_late_nor_on_time() -> None:
    assert record_of(delivery(number, None) for number in range(9)).overall == Punctuality(0)


@pytest.mark.parametrize(
    ("case", "said", "promised"),
    [
        ("the day named", [("2026-03-01", "2026-03-20")], "2026-03-20"),
        ("the last one named in time", [("2026-03-01", "2026-03-20"), ("2026-03-08", "2026-03-27")], "2026-03-27"),
        ("not one named when it was too late", [("2026-03-01", "2026-03-20"), ("2026-03-29", "2026-04-01")], "2026-03-20"),
        ("the first one where all came late", [("2026-03-28", "2026-03-30"), ("2026-03-31", "2026-04-01")], "2026-03-30"),
        ("none", [("2026-03-01", None)], None),
    ],
)  # fmt: skip
def test_what_counts_as_promised(case: str, said: list[tuple[str, str | None]], promised: str | None) -> None:
    history = [
        EtaStatement(datetime.fromisoformat(day).replace(tzinfo=UTC), eta and a_window(eta), "") for day, eta in said
    ]
    found = promised_on(reversed(history), received_on=date(2026, 4, 1), calendar=UTC_DAYS)
    assert found == (promised and a_day(promised)), case


@given(st.lists(st.integers(-20, 60), min_size=ENOUGH_DELIVERIES, max_size=60))
def test_four_of_five_deliveries_keep_the_day_we_count_on(slips: list[int]) -> None:
    """And no smaller allowance would do: the p80 is one of the slips, and fewer than four of five were below it."""
    p80 = record_of(delivery(number, slip) for number, slip in enumerate(slips)).overall.p80_days
    assert p80 in slips
    assert sum(slip <= p80 for slip in slips) * 5 >= len(slips) * 4
    assert sum(slip < p80 for slip in slips) * 5 < len(slips) * 4


def test_the_date_we_count_on_is_the_suppliers_plus_its_p80_slip_and_says_so() -> None:
    shipment = a_shipment(reference="PO-118", eta=("2026-03-09", "2026-03-10"), eta_source="supplier confirmed")
    late = with_allowance(shipment, Punctuality(12, 2, 6))
    assert (late.eta, late.expected) == (shipment.eta, a_window(("2026-03-09", "2026-03-16")))
    part = PromiseRules(None, a_calendar(), NOW).from_shipment(3, late)
    assert part is not None
    assert part.basis.allowance == Allowance(6, 12)
    assert part.why == (
        "PO-118 should arrive 9 Mar 2026 to 16 Mar 2026 (supplier confirmed), with 6 days for how late Acme was in "
        "12 deliveries, plus 1 working day of handling."
    )


@pytest.mark.parametrize("punctuality", [None, Punctuality(4), Punctuality(9, 0, 0), Punctuality(9, -4, -1)])
def test_nothing_is_added_for_a_supplier_that_is_on_time_or_unknown(punctuality: Punctuality | None) -> None:
    shipment = a_shipment()
    assert with_allowance(shipment, punctuality) is shipment


def test_a_lead_time_counts_the_suppliers_own_working_days() -> None:
    supplier = Supplier("Acme", LeadTime(2, 4), working_weekdays=(0, 1, 2, 3), extra_holidays=(date(2026, 3, 3),))
    calendar = supplier.calendar(ZoneInfo("UTC"), {date(2026, 3, 9)})
    # Ordered on a Monday: Tuesday is a holiday, Friday to Sunday are free, so is the next Monday.
    assert supplier.estimate(date(2026, 3, 2), calendar) == a_window(("2026-03-05", "2026-03-11"))
    assert Supplier("Acme").estimate(date(2026, 3, 2), calendar) is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"country": "Germany"}, "country"),
        ({"country": "de"}, "country"),
        ({"working_weekdays": ()}, "working_weekdays"),
        ({"working_weekdays": (1, 1)}, "working_weekdays"),
        ({"working_weekdays": (7,)}, "working_weekdays"),
    ],
)
def test_a_supplier_that_cannot_be_is_refused(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        Supplier(**{"name": "Acme", **wrong})  # type: ignore[arg-type]
    assert refusal.value.field == field

"""The delay rules as a table: one row per rule of the US, the EU and the UK, with the clock moved."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.law import RULES, Block, NoticeKind, Region, blocks_of, region_of, rules_for
from plugin.domain.notices import (
    Answer,
    CancelCause,
    Judgement,
    LineClock,
    Notice,
    Outlook,
    Silence,
    is_to_be_cancelled,
    judge_line,
    must_cancel_on,
    notice_due,
    refund_due_on,
)
from plugin.domain.order import Payment

CALENDAR = WorkCalendar(ZoneInfo("America/New_York"))
BOUGHT = date(2027, 3, 1)
PROMISED = date(2027, 3, 31)
T0 = PROMISED
US, EU, UK, OTHER = (RULES[region] for region in (Region.US, Region.EU, Region.UK, Region.OTHER))
CREDIT, ON_DELIVERY = rules_for("US", Payment.SELLER_CREDIT), rules_for("US", Payment.ON_DELIVERY)
NOWHERE = Outlook(None)


def days(count, start=T0):
    return start + timedelta(days=count)


FIVE_DAYS_BEFORE = days(-5)


def until(day):
    return Outlook(DateWindow(day - timedelta(days=2), day))


def a_clock(*notices, told=PROMISED, **rest):
    window = DateWindow(told - timedelta(days=3), told) if told else None
    return LineClock(BOUGHT, window, notices, **rest)


def a_notice(kind, new, *, old=T0, sent=FIVE_DAYS_BEFORE, silence=None, answer_by=None, **rest):
    meaning = {
        NoticeKind.FIRST_SHORT: Silence.CONSENTS,
        NoticeKind.DELAY: Silence.CHANGES_NOTHING,
        NoticeKind.DELAY_UNKNOWN: Silence.CHANGES_NOTHING,
    }
    return Notice(
        kind=kind,
        old_day=old,
        new_window=DateWindow(new - timedelta(days=2), new) if new else None,
        decided_on=sent or old,
        send_by=old,
        silence=silence or meaning.get(kind, Silence.CANCELS),
        answer_by=answer_by,
        sent_on=sent,
        **rest,
    )


def due(clock, outlook, today, rules=US):
    return notice_due(clock, outlook, today=today, rules=rules, calendar=CALENDAR)


SHORT = a_notice(NoticeKind.FIRST_SHORT, days(20), answer_by=days(20))
LONG = a_notice(NoticeKind.FIRST_LONG, days(45), answer_by=days(30))
UNKNOWN = a_notice(NoticeKind.FIRST_UNKNOWN, None, answer_by=days(30))


@dataclass(frozen=True)
class Row:
    rule: str
    clock: LineClock
    outlook: Outlook
    today: date
    expected: NoticeKind | None
    silence: Silence | None = None
    answer_by: date | None = None
    send_by: date | None = None
    rules: object = US


ROWS = [
    Row(
        "credit of the seller's, no date stated: after 49 days, within the 50 of the law, it is no delay",
        a_clock(told=None),
        until(days(49, BOUGHT)),
        days(-10),
        NoticeKind.DATE_SET,
        Silence.CHANGES_NOTHING,
        rules=CREDIT,
    ),
    Row(
        "credit of the seller's, no date stated, more than 50 days: a first notice",
        a_clock(told=None),
        until(days(51, BOUGHT)),
        days(-10),
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(51, BOUGHT),
        rules=CREDIT,
    ),
    Row(
        "credit of the seller's, and a date was stated: that date",
        a_clock(),
        until(days(5)),
        days(-10),
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(5),
        rules=CREDIT,
    ),
    Row(
        "paid on delivery: the US rule does not cover it, and a delay is told out of courtesy",
        a_clock(),
        until(days(31)),
        days(-10),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
        rules=ON_DELIVERY,
    ),
    Row("in time: nothing", a_clock(), until(T0), days(-10), None),
    Row(
        "no date was stated: one within 30 days of the order is no delay",
        a_clock(told=None),
        until(T0),
        days(-10),
        NoticeKind.DATE_SET,
        Silence.CHANGES_NOTHING,
    ),
    Row(
        "no date was stated and it ships after 30 days: a first notice",
        a_clock(told=None),
        until(days(31, BOUGHT)),
        days(-10),
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(31, BOUGHT),
    ),
    Row(
        "first notice, at most 30 days later: silence consents until the new date",
        a_clock(),
        until(days(30)),
        days(-10),
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(30),
    ),
    Row(
        "first notice, more than 30 days later: cancelled 30 days after the old date without a yes",
        a_clock(),
        until(days(31)),
        days(-10),
        NoticeKind.FIRST_LONG,
        Silence.CANCELS,
        days(30),
    ),
    Row(
        "first notice without a date: as a long one",
        a_clock(),
        NOWHERE,
        days(-10),
        NoticeKind.FIRST_UNKNOWN,
        Silence.CANCELS,
        days(30),
    ),
    Row(
        "sent by the next working day …",
        a_clock(),
        until(days(5)),
        date(2027, 3, 12),  # a Friday
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(5),
        send_by=date(2027, 3, 15),
    ),
    Row(
        "… but never later than the promised day",
        a_clock(),
        until(days(5)),
        T0,
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        days(5),
        send_by=T0,
    ),
    Row(
        "renewed, to a later date: cancelled at the revised date without a yes",
        a_clock(SHORT),
        until(days(40)),
        days(15),
        NoticeKind.RENEWED,
        Silence.CANCELS,
        days(20),
    ),
    Row(
        "renewed, without a date",
        a_clock(SHORT),
        NOWHERE,
        days(15),
        NoticeKind.RENEWED,
        Silence.CANCELS,
        days(20),
    ),
    Row("a revised date that holds: nothing more", a_clock(SHORT), until(days(20)), days(15), None),
    Row("the same news is told once", a_clock(LONG), until(days(45)), days(1), None),
    Row(
        "worse news before a yes: another first notice, with the same deadline",
        a_clock(LONG),
        until(days(60)),
        days(1),
        NoticeKind.FIRST_LONG,
        Silence.CANCELS,
        days(30),
    ),
    Row(
        "a nearer date does not turn silence into a yes",
        a_clock(UNKNOWN),
        until(days(10)),
        days(1),
        NoticeKind.FIRST_LONG,
        Silence.CANCELS,
        days(30),
    ),
    Row(
        "after a yes to a date, missing it is a renewed notice",
        a_clock(replace(LONG, answer=Answer.KEEP)),
        until(days(50)),
        days(40),
        NoticeKind.RENEWED,
        Silence.CANCELS,
        days(45),
    ),
    Row(
        "after a yes to an unknown date, no further notice is owed",
        a_clock(replace(UNKNOWN, answer=Answer.KEEP)),
        NOWHERE,
        days(90),
        None,
    ),
    Row(
        "… and a date that slips again is told out of courtesy; silence changes nothing",
        a_clock(replace(UNKNOWN, answer=Answer.KEEP), a_notice(NoticeKind.DATE_SET, days(60), sent=days(20))),
        until(days(70)),
        days(50),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
    ),
    Row("a notice that came back is not sent again", a_clock(replace(LONG, bounced=True)), until(days(60)), T0, None),
    Row(
        "a supplier's date that has passed tells that we are late, not until when",
        a_clock(),
        Outlook(DateWindow(days(1), days(1)), has_basis=False),
        T0,
        NoticeKind.FIRST_UNKNOWN,
        Silence.CANCELS,
        days(30),
    ),
    Row(
        "… and while the promised day can be kept, it says nothing",
        a_clock(),
        Outlook(DateWindow(T0, T0), has_basis=False),
        T0,
        None,
    ),
    Row("no date in sight and none ever told: the law's own day is far", a_clock(told=None), NOWHERE, BOUGHT, None),
    Row(
        "… until a week before it",
        a_clock(told=None),
        NOWHERE,
        days(23, BOUGHT),
        NoticeKind.FIRST_UNKNOWN,
        Silence.CANCELS,
        days(60, BOUGHT),
    ),
    Row(
        "EU: a new date, no consent by silence",
        a_clock(),
        until(days(10)),
        days(-9),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
        rules=EU,
    ),
    Row(
        "EU: far away is no other kind",
        a_clock(),
        until(days(90)),
        days(-9),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
        rules=EU,
    ),
    Row("UK: no date", a_clock(), NOWHERE, days(-9), NoticeKind.DELAY_UNKNOWN, Silence.CHANGES_NOTHING, rules=UK),
    Row(
        "elsewhere: the promise as it was told",
        a_clock(),
        until(days(10)),
        days(-9),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
        rules=OTHER,
    ),
    Row(
        "EU: 30 days are to the door, so the ship date must come before by the days on the road",
        a_clock(told=None, transit_days=4),
        until(days(27, BOUGHT)),
        days(2, BOUGHT),
        NoticeKind.DELAY,
        Silence.CHANGES_NOTHING,
        rules=EU,
    ),
    Row(
        "US: 30 days are to the truck",
        a_clock(told=None, transit_days=4),
        until(days(27, BOUGHT)),
        days(2, BOUGHT),
        NoticeKind.DATE_SET,
        Silence.CHANGES_NOTHING,
    ),
    Row(
        "an earlier date is told when it matters",
        a_clock(),
        until(days(-7)),
        days(-20),
        NoticeKind.EARLIER,
        Silence.CHANGES_NOTHING,
    ),
    Row("… and not for less than a week", a_clock(), until(days(-6)), days(-20), None),
    Row("a move inside the window is no news", a_clock(), until(days(-2)), days(-20), None),
    Row(
        "a first date is told",
        a_clock(told=None),
        until(days(20, BOUGHT)),
        days(9, BOUGHT),
        NoticeKind.DATE_SET,
        Silence.CHANGES_NOTHING,
    ),
    Row(
        "a first date after a yes to wait without one is told",
        a_clock(replace(UNKNOWN, answer=Answer.KEEP)),
        until(days(60)),
        days(20),
        NoticeKind.DATE_SET,
        Silence.CHANGES_NOTHING,
    ),
    Row(
        "slipping back after good news is a delay against the earlier date",
        a_clock(a_notice(NoticeKind.EARLIER, days(-10), sent=days(-20))),
        until(T0),
        days(-15),
        NoticeKind.FIRST_SHORT,
        Silence.CONSENTS,
        T0,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_the_right_notice_by_itself(row):
    notice = due(row.clock, row.outlook, row.today, row.rules)
    if row.expected is None:
        assert notice is None
        return
    assert notice is not None
    assert (notice.kind, notice.silence, notice.answer_by) == (row.expected, row.silence, row.answer_by)
    assert row.today <= notice.send_by
    assert row.send_by in {None, notice.send_by}
    assert notice.new_window == row.outlook.sayable


CANCELLED_ON = [
    ("US, first short, silence: the consent holds until the new date", a_clock(SHORT), days(20), US),
    ("US, first long, silence: 30 days after the old date", a_clock(LONG), days(30), US),
    ("US, first without a date, silence", a_clock(UNKNOWN), days(30), US),
    ("US, first long, a yes: until the new date", a_clock(replace(LONG, answer=Answer.KEEP)), days(45), US),
    ("US, first without a date, a yes: no end", a_clock(replace(UNKNOWN, answer=Answer.KEEP)), None, US),
    ("US, never told: the promised day", a_clock(), T0, US),
    ("US, the notice came back: the promised day", a_clock(replace(LONG, bounced=True)), T0, US),
    (
        "US, renewed, silence: the revised date",
        a_clock(SHORT, a_notice(NoticeKind.RENEWED, days(50), old=days(20), sent=days(12), answer_by=days(20))),
        days(20),
        US,
    ),
    (
        "US, a better date than the one nobody agreed to changes nothing",
        a_clock(LONG, a_notice(NoticeKind.EARLIER, days(35), sent=days(3))),
        days(30),
        US,
    ),
    ("EU: nothing is cancelled by silence", a_clock(a_notice(NoticeKind.DELAY, days(10))), None, EU),
    ("UK: nor there", a_clock(a_notice(NoticeKind.DELAY_UNKNOWN, None)), None, UK),
]


@pytest.mark.parametrize(("clock", "day", "rules"), [row[1:] for row in CANCELLED_ON], ids=[r[0] for r in CANCELLED_ON])
def test_when_a_line_nobody_agreed_to_keep_has_to_be_cancelled(clock, day, rules):
    assert must_cancel_on(clock, rules=rules) == day
    if day:
        assert not is_to_be_cancelled(clock, today=day, rules=rules)
        assert is_to_be_cancelled(clock, today=days(1, day), rules=rules)


def judged(clock, today, outlook=NOWHERE, rules=US):
    return judge_line(clock, outlook, today=today, rules=rules, calendar=CALENDAR)


def test_a_yes_that_did_not_come_ends_the_wait():
    assert judged(a_clock(UNKNOWN), days(30)) == Judgement(reminder=True)
    assert judged(a_clock(UNKNOWN), days(31)) == Judgement(cancel=CancelCause.SILENCE)


def test_a_line_whose_notice_came_back_is_cancelled_as_never_told():
    assert judged(a_clock(replace(UNKNOWN, bounced=True)), T0) == Judgement()
    assert judged(a_clock(replace(UNKNOWN, bounced=True)), days(1)) == Judgement(cancel=CancelCause.NEVER_TOLD)


def test_a_shopper_reached_on_the_phone_counts_as_told():
    assert judged(a_clock(replace(UNKNOWN, bounced=True, answer=Answer.KEEP)), days(40)) == Judgement()


def test_a_notice_that_was_missed_is_sent_late_before_anything_is_cancelled():
    late = judged(a_clock(), days(2), until(days(9)))
    assert late.notice is not None
    assert (late.notice.kind, late.cancel) == (NoticeKind.FIRST_SHORT, None)


def test_one_reminder_a_week_before_silence_has_its_effect():
    assert [judged(a_clock(UNKNOWN), days(n)).reminder for n in (22, 23, 30)] == [False, True, True]
    assert not judged(a_clock(replace(UNKNOWN, reminded_on=days(23))), days(25)).reminder


def test_nobody_is_reminded_of_a_mail_that_came_today():
    fresh = a_notice(NoticeKind.RENEWED, days(50), sent=days(18), answer_by=days(20))
    assert not judged(a_clock(SHORT, fresh), days(19), until(days(50))).reminder


def test_where_the_seller_gives_the_credit_the_refund_has_a_billing_cycle():
    assert refund_due_on(date(2027, 3, 12), rules=CREDIT, calendar=CALENDAR) == date(2027, 4, 11)


@pytest.mark.parametrize("country", ["DE", "GB", "CH"])
@pytest.mark.parametrize("payment", Payment)
def test_elsewhere_the_law_does_not_ask_how_it_was_paid(country, payment):
    assert rules_for(country, payment) is RULES[region_of(country)]


def test_the_refund_is_due_seven_working_days_after_the_cancellation():
    friday = date(2027, 3, 12)
    assert refund_due_on(friday, rules=US, calendar=CALENDAR) == date(2027, 3, 23)
    assert refund_due_on(days(1, friday), rules=US, calendar=CALENDAR) == date(2027, 3, 23)


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("US", Region.US),
        ("pr", Region.US),
        ("DE", Region.EU),
        (" ie ", Region.EU),
        ("NO", Region.EU),
        ("GB", Region.UK),
        ("CH", Region.OTHER),
        ("", Region.OTHER),
        ("??", Region.OTHER),
    ],
)
def test_the_ship_to_country_decides_the_region(country, region):
    assert region_of(country) is region


@pytest.mark.parametrize(
    ("kind", "region", "has_date", "blocks"),
    [
        (NoticeKind.FIRST_SHORT, US, True, "revised_date right_to_cancel free_answer silence_consents"),
        (NoticeKind.FIRST_LONG, US, True, "revised_date right_to_cancel free_answer cancels_without_yes"),
        (
            NoticeKind.FIRST_UNKNOWN,
            US,
            False,
            "no_date reason right_to_cancel free_answer cancels_without_yes cancel_any_time",
        ),
        (NoticeKind.RENEWED, US, True, "revised_date right_to_cancel free_answer cancels_without_yes"),
        (
            NoticeKind.RENEWED,
            US,
            False,
            "no_date reason right_to_cancel free_answer cancels_without_yes cancel_any_time",
        ),
        (NoticeKind.DELAY, EU, True, "revised_date right_to_cancel free_answer silence_changes_nothing withdrawal"),
        (
            NoticeKind.DELAY_UNKNOWN,
            UK,
            False,
            "no_date reason right_to_cancel free_answer silence_changes_nothing withdrawal",
        ),
        (NoticeKind.DELAY, OTHER, True, "revised_date right_to_cancel free_answer silence_changes_nothing"),
        (NoticeKind.EARLIER, EU, True, ""),
    ],
)
def test_what_each_notice_must_contain(kind, region, has_date, blocks):
    assert blocks_of(kind, region, has_date=has_date) == frozenset(Block(name) for name in blocks.split())

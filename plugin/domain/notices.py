"""What a waiting line's shopper is owed now: which notice, by when, and what silence means. Time is an argument.

told date → late? → which notice → answer or silence → new deadline, or cancelled and refunded
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.law import Clock, NoticeKind, RegionRules

DAYS_OF_GRACE = 30
"""How long after the promised day an order nobody agreed to keep may wait (US, first notice)."""
WORTH_TELLING_DAYS = 7
"""An earlier date is told when it is earlier by this much."""
UNKNOWN_IS_LATE_DAYS = 7
"""Where no date was ever told, no date in sight counts as late this long before the deadline of the law."""
REMIND_BEFORE_DAYS = 7
REMIND_NOT_WITHIN_DAYS = 3
"""Nobody is reminded of a mail that came this recently."""


class Silence(StrEnum):
    CONSENTS = "consents"
    CANCELS = "cancels"
    CHANGES_NOTHING = "changes_nothing"


class Answer(StrEnum):
    KEEP = "keep"
    CANCEL = "cancel"


class DelayReason(StrEnum):
    """Why, in a sentence a shopper may read; who said it is kept with the promise."""

    SUPPLIER_LATER = "supplier_later"
    """The supplier named a later day."""
    SUPPLIER_OVERDUE = "supplier_overdue"
    """The supplier's day has passed and nothing came."""
    NO_SUPPLY = "no_supply"
    """Nothing is on its way for it."""
    RELEASE_MOVED = "release_moved"


class CancelCause(StrEnum):
    """Why a line has to be cancelled, or was."""

    SHOPPER = "shopper"
    MERCHANT = "merchant"
    SILENCE = "silence"
    """The yes the law asks for did not come in time."""
    NEVER_TOLD = "never_told"
    """The promised day has passed and no notice ever reached the shopper."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice about one line, with all that became of it. `new_window` None: no date could be given."""

    kind: NoticeKind
    old_day: date
    """The day that was promised before, or agreed to."""
    new_window: DateWindow | None
    decided_on: date
    send_by: date
    silence: Silence
    answer_by: date | None = None
    sent_on: date | None = None
    bounced: bool = False
    """A notice that came back counts as not told."""
    answer: Answer | None = None
    answered_on: date | None = None
    reminded_on: date | None = None

    @property
    def was_told(self) -> bool:
        return self.sent_on is not None and not self.bounced

    @property
    def is_consented(self) -> bool:
        """By an explicit yes, or by silence where the law takes it for one."""
        if self.answer is not None:
            return self.answer is Answer.KEEP
        return self.was_told and self.silence is Silence.CONSENTS

    @property
    def awaits_a_yes(self) -> bool:
        return self.was_told and self.answer is None and self.silence is Silence.CANCELS

    def has_run_out(self, today: date) -> bool:
        """Nobody said yes in time, or nobody could: it came back and the promised day has passed."""
        last_day = self.answer_by if self.awaits_a_yes else self.old_day if self.bounced else None
        return self.answer is None and last_day is not None and today > last_day

    @property
    def was_heard(self) -> bool:
        """Whether the shopper knows what it says: it arrived, or somebody answered it (on the phone)."""
        return self.was_told or self.answer is not None

    @property
    def agreed_to_wait_without_date(self) -> bool:
        return self.kind.is_delay and self.new_window is None and self.answer is Answer.KEEP


@dataclass(frozen=True, slots=True)
class LineClock:
    """The clock of one line: when it was bought, what was told, which notices went out (oldest first).

    Notices that wait in the outbox are none of them: nobody has been told anything by them.
    """

    bought_on: date
    told: DateWindow | None
    """The window the shopper saw; None where none was shown."""
    notices: tuple[Notice, ...] = ()
    transit_days: int = 0
    """Days on the road, taken off the law's default where it asks for delivery: our dates are ship dates."""

    def first_deadline(self, rules: RegionRules) -> date:
        """The latest day that was promised, or the default of the region where none was."""
        if self.told:
            return self.told.latest
        on_the_road = self.transit_days if rules.clock is Clock.DELIVERY else 0
        return self.bought_on + timedelta(days=rules.default_days - on_the_road)

    def deadline(self, rules: RegionRules) -> date | None:
        """The day that holds now; None after the shopper agreed to wait without a date.

        Good news binds us at once, unless a delay nobody has agreed to comes before it: then the old day stands.
        """
        day: date | None = self.first_deadline(rules)
        is_agreed = True
        for notice in self.notices:
            if not notice.was_heard:
                continue
            if notice.kind.is_delay:
                is_agreed = notice.is_consented
            if is_agreed:
                day = notice.new_window.latest if notice.new_window else None
        return day

    @property
    def last_delay(self) -> Notice | None:
        return next((notice for notice in reversed(self.notices) if notice.kind.is_delay), None)

    @property
    def said(self) -> DateWindow | None:
        """The last window the shopper heard of; None where the last news was that nobody can say."""
        heard = [notice for notice in self.notices if notice.was_heard]
        return heard[-1].new_window if heard else self.told

    @property
    def has_date(self) -> bool:
        """Whether any day of ours was ever named, or the last word was that none can be."""
        return self.told is not None or any(notice.was_heard for notice in self.notices)

    @property
    def has_consented(self) -> bool:
        return any(notice.kind.is_delay and notice.is_consented for notice in self.notices)

    @property
    def is_out_of_reach(self) -> bool:
        """The last news, or the last delay, came back and nobody answered it: good news would come back as well."""
        newest = (self.last_delay, *self.notices[-1:])
        return any(notice.bounced and notice.answer is None for notice in newest if notice)

    @property
    def waits_without_end(self) -> bool:
        """Agreed to an indefinite delay: no further yes is needed, and the right to cancel goes on."""
        return any(notice.agreed_to_wait_without_date for notice in self.notices)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the plan now says of a line that waits: when its last unit ships, None if nobody can say.

    `has_basis` is False for a date that only moves on with today because the supplier's own has passed: it tells that
    we are late, but not until when, and no such date is given to anybody.
    """

    window: DateWindow | None
    has_basis: bool = True

    @property
    def sayable(self) -> DateWindow | None:
        return self.window if self.has_basis else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be done about one line today; nothing, mostly."""

    notice: Notice | None = None
    reminder: bool = False
    cancel: CancelCause | None = None


def judge_line(
    clock: LineClock, outlook: Outlook, *, today: date, rules: RegionRules, calendar: WorkCalendar
) -> Judgement:
    """A yes that did not come ends the wait; else the notice that is owed, else a reminder of the one that is open."""
    if is_to_be_cancelled(clock, today=today, rules=rules):
        awaited = clock.last_delay
        if awaited and awaited.awaits_a_yes:
            return Judgement(cancel=CancelCause.SILENCE)
        if awaited and awaited.bounced and awaited.answer is None:
            return Judgement(cancel=CancelCause.NEVER_TOLD)
    notice = notice_due(clock, outlook, today=today, rules=rules, calendar=calendar)
    return Judgement(notice=notice, reminder=notice is None and reminder_due(clock, today=today))


def notice_due(
    clock: LineClock, outlook: Outlook, *, today: date, rules: RegionRules, calendar: WorkCalendar
) -> Notice | None:
    """The notice this line's shopper is owed, or None: in time, told already, or agreed to wait for ever.

    A move inside the told window is no delay. A delay is told at once, and never later than the day it breaks.
    """
    deadline = clock.deadline(rules)
    if not _is_late(clock, outlook, deadline, today):
        return _good_news(clock, outlook, deadline, today)
    if deadline is None or (clock.last_delay and not _says_more(clock, outlook)):
        return None
    kind = _kind(clock, outlook, deadline, rules)
    silence, answer_by = _meaning(kind, outlook, deadline, today)
    next_working_day = calendar.add_working_days(today + timedelta(days=1), 0)
    return Notice(
        kind=kind,
        old_day=deadline,
        new_window=outlook.sayable,
        decided_on=today,
        send_by=max(today, min(next_working_day, deadline)),
        silence=silence,
        answer_by=answer_by,
    )


def _is_late(clock: LineClock, outlook: Outlook, deadline: date | None, today: date) -> bool:
    if deadline is None:
        return False
    if outlook.window is None:
        # A date that fell away is told at once; where none was ever named, only when the law's own day comes near.
        return clock.has_date or today + timedelta(days=UNKNOWN_IS_LATE_DAYS) >= deadline
    return max(outlook.window.latest, today) > deadline


def _says_more(clock: LineClock, outlook: Outlook) -> bool:
    """Whether the news is worse than what was told last; a notice that came back told nothing."""
    last = clock.last_delay
    if last is None:
        return True
    if last.bounced and last.answer is None:
        return False  # a person has to call; another mail would come back as well
    said, now = clock.said, outlook.sayable
    if said is None:
        return now is not None
    return now is None or now.latest > said.latest


def _kind(clock: LineClock, outlook: Outlook, deadline: date, rules: RegionRules) -> NoticeKind:
    if rules.silence_consents_within_days is None or clock.waits_without_end:
        return NoticeKind.DELAY if outlook.sayable else NoticeKind.DELAY_UNKNOWN
    if clock.has_consented:
        return NoticeKind.RENEWED
    if outlook.sayable is None:
        return NoticeKind.FIRST_UNKNOWN
    if clock.last_delay and clock.last_delay.awaits_a_yes:
        return NoticeKind.FIRST_LONG  # they were told that silence cancels; a nearer date does not turn it into a yes
    days_late = (outlook.sayable.latest - deadline).days
    return NoticeKind.FIRST_SHORT if days_late <= rules.silence_consents_within_days else NoticeKind.FIRST_LONG


def _meaning(kind: NoticeKind, outlook: Outlook, deadline: date, today: date) -> tuple[Silence, date | None]:
    """What silence means, and until when it may last."""
    match kind:
        case NoticeKind.FIRST_SHORT if outlook.sayable:
            return Silence.CONSENTS, outlook.sayable.latest
        case NoticeKind.FIRST_LONG | NoticeKind.FIRST_UNKNOWN:
            return Silence.CANCELS, deadline + timedelta(days=DAYS_OF_GRACE)
        case NoticeKind.RENEWED:
            return Silence.CANCELS, max(deadline, today)
        case _:
            return Silence.CHANGES_NOTHING, None


def _good_news(clock: LineClock, outlook: Outlook, deadline: date | None, today: date) -> Notice | None:
    window = outlook.sayable
    if window is None or window.latest < today or clock.is_out_of_reach:
        return None
    said = clock.said
    if said and window.latest + timedelta(days=WORTH_TELLING_DAYS) > said.latest:
        return None
    return Notice(
        kind=NoticeKind.EARLIER if said else NoticeKind.DATE_SET,
        old_day=said.latest if said else deadline or window.latest,
        new_window=window,
        decided_on=today,
        send_by=window.latest,
        silence=Silence.CHANGES_NOTHING,
    )


def reminder_due(clock: LineClock, *, today: date) -> bool:
    """Once, some days before silence has its effect."""
    last = clock.last_delay
    if last is None or not last.awaits_a_yes or last.reminded_on or last.answer_by is None or last.sent_on is None:
        return False
    not_before = last.sent_on + timedelta(days=REMIND_NOT_WITHIN_DAYS)
    first_day = max(not_before, last.answer_by - timedelta(days=REMIND_BEFORE_DAYS))
    return first_day <= today <= last.answer_by


def must_cancel_on(clock: LineClock, *, rules: RegionRules) -> date | None:
    """The day at whose end a line nobody agreed to keep has to be cancelled; None where no day is set.

    A required notice that never reached the shopper is none: then the promised day itself is the last one.
    """
    if not rules.cancels_unanswered or clock.waits_without_end:
        return None
    last = clock.last_delay
    return last.answer_by if last and last.awaits_a_yes else clock.deadline(rules)


def is_to_be_cancelled(clock: LineClock, *, today: date, rules: RegionRules) -> bool:
    """A shopper's no, or a deadline that has passed without the yes the law asks for."""
    if clock.last_delay and clock.last_delay.answer is Answer.CANCEL:
        return True
    day = must_cancel_on(clock, rules=rules)
    return day is not None and today > day


def refund_due_on(cancelled_on: date, *, rules: RegionRules, calendar: WorkCalendar) -> date:
    """The last day for the money to go back; the day of the cancellation itself is not counted."""
    if rules.refund_days is not None:
        return cancelled_on + timedelta(days=rules.refund_days)
    return calendar.add_working_days(cancelled_on + timedelta(days=1), rules.refund_working_days - 1)

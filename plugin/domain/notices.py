"""What a late line's shopper is owed now: which notice, by when, and what silence means. Time is an argument.

told date → late? → which notice → answer or silence → new deadline, or cancelled and refunded
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.law import NoticeKind, RegionRules

DAYS_OF_GRACE = 30
"""How long after the promised day an order nobody agreed to keep may wait (US, first notice)."""
WORTH_TELLING_DAYS = 7
"""An earlier date is told when it is earlier by this much."""


class Silence(StrEnum):
    CONSENTS = "consents"
    CANCELS = "cancels"
    CHANGES_NOTHING = "changes_nothing"


class Answer(StrEnum):
    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Notice:
    """One delay notice about one line, with all that became of it. `new_window` None: no date could be given."""

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

    @property
    def was_told(self) -> bool:
        return self.sent_on is not None and not self.bounced

    @property
    def is_consented(self) -> bool:
        """By an explicit yes, or by silence where the law takes it for one."""
        if self.answer is not None:
            return self.answer is Answer.KEEP
        return self.was_told and self.silence is Silence.CONSENTS


@dataclass(frozen=True, slots=True)
class LineClock:
    """The ship-by clock of one line: when it was bought, what was told, which notices went out (oldest first)."""

    bought_on: date
    told: DateWindow | None
    """The window the shopper saw; None where none was shown."""
    notices: tuple[Notice, ...] = ()

    def first_deadline(self, rules: RegionRules) -> date:
        """The latest day that was promised, or the default of the region where none was."""
        return self.told.latest if self.told else self.bought_on + timedelta(days=rules.default_days)

    def deadline(self, rules: RegionRules) -> date | None:
        """The day that holds now; None after the shopper agreed to wait without a date."""
        day: date | None = self.first_deadline(rules)
        for notice in self.notices:
            if notice.is_consented:
                day = notice.new_window.latest if notice.new_window else None
        return day

    @property
    def last(self) -> Notice | None:
        return self.notices[-1] if self.notices else None

    @property
    def has_consented(self) -> bool:
        return any(notice.is_consented for notice in self.notices)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the plan now says of a line that waits: when its last unit ships, None if nobody can say."""

    window: DateWindow | None


def notice_due(
    clock: LineClock, outlook: Outlook, *, today: date, rules: RegionRules, calendar: WorkCalendar
) -> Notice | None:
    """The notice this line's shopper is owed, or None: in time, told already, or agreed to wait for ever.

    A move inside the told window is no delay. A delay is told at once, and never later than the day it breaks.
    """
    deadline = clock.deadline(rules)
    if deadline is None or not _is_late(outlook, deadline, today):
        return None
    if clock.last and not _says_more(outlook, clock.last):
        return None
    kind = _kind(clock, outlook, deadline, rules)
    silence, answer_by = _meaning(kind, clock, outlook, deadline, rules)
    next_working_day = calendar.add_working_days(today, 1)
    return Notice(
        kind=kind,
        old_day=deadline,
        new_window=outlook.window,
        decided_on=today,
        send_by=max(today, min(next_working_day, deadline)),
        silence=silence,
        answer_by=answer_by,
    )


def _is_late(outlook: Outlook, deadline: date, today: date) -> bool:
    latest = outlook.window.latest if outlook.window else None
    return latest is None or max(latest, today) > deadline


def _says_more(outlook: Outlook, last: Notice) -> bool:
    """Whether the news is worse than what was told last; a notice that came back told nothing."""
    if last.bounced:
        return False  # a person has to call; another mail would come back as well
    if last.new_window is None:
        return outlook.window is not None and not last.is_consented
    return outlook.window is None or outlook.window.latest > last.new_window.latest


def _kind(clock: LineClock, outlook: Outlook, deadline: date, rules: RegionRules) -> NoticeKind:
    if rules.silence_consents_within_days is None:
        return NoticeKind.DELAY if outlook.window else NoticeKind.DELAY_UNKNOWN
    if clock.has_consented:
        return NoticeKind.RENEWED
    if outlook.window is None:
        return NoticeKind.FIRST_UNKNOWN
    days_late = (outlook.window.latest - deadline).days
    return NoticeKind.FIRST_SHORT if days_late <= rules.silence_consents_within_days else NoticeKind.FIRST_LONG


def _meaning(
    kind: NoticeKind, clock: LineClock, outlook: Outlook, deadline: date, rules: RegionRules
) -> tuple[Silence, date | None]:
    """What silence means, and until when it may last."""
    match kind:
        case NoticeKind.FIRST_SHORT:
            return Silence.CONSENTS, outlook.window.latest if outlook.window else deadline
        case NoticeKind.FIRST_LONG | NoticeKind.FIRST_UNKNOWN:
            return Silence.CANCELS, clock.first_deadline(rules) + timedelta(days=DAYS_OF_GRACE)
        case NoticeKind.RENEWED:
            return Silence.CANCELS, deadline
        case NoticeKind.DELAY | NoticeKind.DELAY_UNKNOWN:
            return Silence.CHANGES_NOTHING, None


def is_better_by_much(told: DateWindow | None, outlook: Outlook) -> bool:
    """Whether an earlier date is worth a mail: a week at least, or the first date after none could be given."""
    if outlook.window is None:
        return False
    return told is None or outlook.window.latest + timedelta(days=WORTH_TELLING_DAYS) <= told.latest


def must_cancel_on(clock: LineClock, *, rules: RegionRules) -> date | None:
    """The day at whose end a line nobody agreed to keep has to be cancelled; None where no day is set.

    A required notice that never reached the shopper is none: then the promised day itself is the last one.
    """
    if not rules.cancels_unanswered:
        return None
    last = clock.last
    if last is None or not last.was_told:
        return clock.deadline(rules)
    if last.answer is not None or last.silence is not Silence.CANCELS:
        return clock.deadline(rules)
    return last.answer_by


def is_to_be_cancelled(clock: LineClock, *, today: date, rules: RegionRules) -> bool:
    """A shopper's no, or a deadline that has passed without the yes the law asks for."""
    if clock.last and clock.last.answer is Answer.CANCEL:
        return True
    day = must_cancel_on(clock, rules=rules)
    return day is not None and today > day


def refund_due_on(cancelled_on: date, *, rules: RegionRules, calendar: WorkCalendar) -> date:
    """The last day for the money to go back."""
    return calendar.add_working_days(cancelled_on, rules.refund_working_days)

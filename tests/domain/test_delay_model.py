"""Delays, answers, silence, mails that come back, and time, in any order: the clock of a line against a sheet of paper."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plugin.domain.calendar import DateWindow
from plugin.domain.law import rules_for
from plugin.domain.notices import Answer, LineClock, Notice, Outlook, judge_line, must_cancel_on
from tests.builders import a_calendar
from tests.domain.delay_model import Said, Sheet

FIRST_DAY = date(2026, 3, 2)
CALENDAR = a_calendar()
ON_THE_ROAD = 5
DELIVERED = 15  # of 16 mails

far = st.integers(-3, 90)


class DelayMachine(RuleBasedStateMachine):
    country = "US"

    @initialize(promised=st.none() | st.integers(0, 40))
    def a_shopper_buys(self, promised: int | None) -> None:
        self.today = FIRST_DAY
        told = None if promised is None else FIRST_DAY + timedelta(promised)
        self.sheet = Sheet(self.country, FIRST_DAY, told, ON_THE_ROAD)
        self.clock = LineClock(FIRST_DAY, a_day(told), (), ON_THE_ROAD)
        self.day, self.has_basis, self.is_over = told, True, False

    @rule(far=st.none() | far, has_basis=st.booleans(), arrives=st.integers(0, DELIVERED))
    def the_supplier_calls(self, far: int | None, has_basis: bool, arrives: int) -> None:
        self.day = None if far is None else max(self.today, self.today + timedelta(far))
        self.has_basis = has_basis or self.day is None
        self._judge(arrives=arrives > 0)

    @precondition(lambda self: self.sheet.binding_day)
    @rule(beyond=st.sampled_from([-7, -6, 0, 1, 30, 31]))
    def the_supplier_names_a_day_at_a_border(self, beyond: int) -> None:
        assert self.sheet.binding_day
        self.day, self.has_basis = max(self.today, self.sheet.binding_day + timedelta(beyond)), True
        self._judge(arrives=True)

    @rule(days=st.integers(1, 45), arrives=st.integers(0, DELIVERED))
    def time_passes(self, days: int, arrives: int) -> None:
        self.today += timedelta(days)
        if self.day and self.day < self.today:
            self.day, self.has_basis = self.today, False
        self._judge(arrives=arrives > 0)

    @rule()
    def the_shopper_agrees(self) -> None:
        self.sheet.answer("keep")
        last = self.clock.last_delay
        if last and last.answer is None:
            self._change_last_delay(replace(last, answer=Answer.KEEP, answered_on=self.today))
        self._judge(arrives=True)

    @precondition(lambda self: self.sheet.is_out_of_reach)
    @rule()
    def the_shopper_gives_another_address(self) -> None:
        self.sheet.move_address()
        kept = tuple(notice for notice in self.clock.notices if not notice.bounced or notice.answer)
        self.clock = replace(self.clock, notices=kept)
        self._judge(arrives=True)

    @invariant()
    def we_are_held_to_the_same_day(self) -> None:
        if hasattr(self, "sheet"):
            assert self.clock.deadline(self._rules) == self.sheet.binding_day

    def _judge(self, *, arrives: bool) -> None:
        outlook = Outlook(a_day(self.day), has_basis=self.has_basis)
        ours = judge_line(self.clock, outlook, today=self.today, rules=self._rules, calendar=CALENDAR)
        ends = self.sheet.ends_because(self.today)
        owed = self.sheet.owed(self.today, self.day, has_basis=self.has_basis)
        reminds = not ends and owed is None and self.sheet.reminds(self.today)
        assert (ours.cancel or "") == ends
        assert told(ours.notice) == (owed and (owed.kind, owed.new_day, owed.silence, owed.answer_by))
        assert ours.reminder == reminds
        if ends == "silence":
            assert must_cancel_on(self.clock, rules=self._rules) == self.sheet.last_delay.answer_by
        self._send(ours.notice, owed, arrives=arrives)
        if reminds:
            self.sheet.last_delay.reminded = True
            self._change_last_delay(replace(self.clock.last_delay, reminded_on=self.today))

    def _send(self, notice: Notice | None, said: Said | None, *, arrives: bool) -> None:
        if notice is None or said is None:
            return
        assert self.today <= notice.send_by
        said.came_back = not arrives
        self.sheet.news.append(said)
        sent = replace(notice, sent_on=self.today if arrives else None, bounced=not arrives)
        self.clock = replace(self.clock, notices=(*self.clock.notices, sent))

    def _change_last_delay(self, changed: Notice) -> None:
        notices = list(self.clock.notices)
        place = max(number for number, notice in enumerate(notices) if notice.kind.is_delay)
        notices[place] = changed
        self.clock = replace(self.clock, notices=tuple(notices))

    @property
    def _rules(self):
        return rules_for(self.country)


def a_day(day: date | None) -> DateWindow | None:
    return None if day is None else DateWindow(day, day)


def told(notice: Notice | None):
    if notice is None:
        return None
    return notice.kind.value, notice.new_window and notice.new_window.latest, notice.silence.value, notice.answer_by


class InGermany(DelayMachine):
    country = "DE"


class InSwitzerland(DelayMachine):
    country = "CH"


@pytest.mark.parametrize("machine", [DelayMachine, InGermany, InSwitzerland], ids=lambda machine: machine.country)
def test_whatever_happens_the_right_thing_is_told(machine: type[DelayMachine]) -> None:
    quick = settings(max_examples=150, stateful_step_count=25, derandomize=True, deadline=None)
    run_state_machine_as_test(machine, settings=quick)

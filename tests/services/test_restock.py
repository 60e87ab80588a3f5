"""Goods are back: waves of the waitlist, oldest first; who is too late, who bought, and what the merchant has to set."""

import shutil
import tempfile
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from plugin.domain.restock import InLine, WaveRules, next_wave
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.waitlist import WaitlistEntry, WaitlistState
from plugin.services.shipments import NewShipment
from tests.services.town import ADA, MUG, Town, a_town

BACK, GONE = MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN


def with_settings(town: Town, **changes: object) -> None:
    with town.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, **changes)))
        work.commit()


def ask(town: Town, email: str, *, units: int = 1) -> int:
    """Somebody asks and confirms; a minute later."""
    town.clock.go(minutes=1)
    town.plugin.waitlist.ask(ADA, MUG, email, locale="en", quantity=units)
    entry = next(row["id"] for row in town.table("waitlist") if row["email"] == email)
    town.plugin.waitlist.confirm(ADA, entry)
    town.settle()
    return int(entry)


def entry(town: Town, number: int) -> WaitlistEntry:
    with town.plugin.units(ADA) as work:
        found = work.waitlist.get(number)
    assert found
    return found


def land(town: Town, units: int) -> None:
    """A delivery comes in."""
    reference = f"PO-{town.clock.now():%H%M%S}-{len(town.table('shipments'))}"
    new = NewShipment(supplier="", reference=reference, eta=None, lines=[(MUG, units)])
    town.plugin.shipments.receive(ADA, town.plugin.shipments.announce(ADA, new))
    town.settle()
    town.wait(minutes=2)


@pytest.fixture
def sold_out(town: Town) -> Town:
    """One mug was there and is sold; nothing is sold past zero. One person hears of each mug that comes."""
    town.sell_past_zero(limit=0)
    town.buy(1, email="first@example.com")
    with_settings(town, waves=WaveRules(per_unit=1, pause_minutes=60))
    return town


def test_the_oldest_hear_first_and_the_others_after_a_pause_if_some_is_left(sold_out: Town) -> None:
    for name in ("one", "two", "three"):
        ask(sold_out, f"{name}@example.com")
    land(sold_out, 1)
    assert [sold_out.told(f"{n}@example.com")[1:] for n in ("one", "two", "three")] == [[BACK], [], []]
    sold_out.wait(minutes=30)
    assert sold_out.told("two@example.com")[1:] == []
    sold_out.wait(minutes=30)
    assert [sold_out.told(f"{n}@example.com")[1:] for n in ("one", "two", "three")] == [[BACK], [BACK], []]


def test_before_each_wave_the_stock_is_looked_at_again(sold_out: Town) -> None:
    ask(sold_out, "one@example.com")
    ask(sold_out, "two@example.com")
    land(sold_out, 1)
    sold_out.buy(1, email="somebody@example.com")
    sold_out.wait(minutes=90)
    assert sold_out.told("two@example.com")[1:] == []
    assert sold_out.told("one@example.com")[1:] == [BACK, GONE]


def test_a_paid_backorder_comes_before_the_waitlist(town: Town) -> None:
    with_settings(town, waves=WaveRules(per_unit=1))
    town.buy(3, email="paid@example.com")
    ask(town, "one@example.com")
    land(town, 2)
    assert town.told("one@example.com")[1:] == []
    land(town, 1)
    assert town.told("one@example.com")[1:] == [BACK]


def test_who_buys_makes_no_room_for_more_than_there_is(sold_out: Town) -> None:
    first = ask(sold_out, "one@example.com")
    ask(sold_out, "two@example.com")
    land(sold_out, 1)
    order = sold_out.buy(1, email="One@Example.com")
    assert (entry(sold_out, first).state, entry(sold_out, first).order_id) == (WaitlistState.BOUGHT, order.order_id)
    assert f"Somebody who was told that it is back bought it with order {order.order_id}." in sold_out.words()
    sold_out.wait(hours=5)
    assert sold_out.told("two@example.com")[1:] == []
    assert GONE not in sold_out.told("one@example.com")


def test_who_is_too_late_keeps_the_place_in_line(sold_out: Town) -> None:
    first = ask(sold_out, "one@example.com")
    ask(sold_out, "two@example.com")
    land(sold_out, 1)
    sold_out.buy(1, email="somebody@example.com")
    assert entry(sold_out, first).state is WaitlistState.WAITING
    land(sold_out, 1)
    assert sold_out.told("one@example.com")[1:] == [BACK, GONE, BACK]
    assert sold_out.told("two@example.com")[1:] == []


def test_a_mail_nobody_has_seen_is_taken_back_when_the_goods_are_gone(sold_out: Town) -> None:
    with_settings(sold_out, quiet_from=time(0), quiet_until=time(23))
    ask(sold_out, "one@example.com")
    land(sold_out, 1)
    sold_out.buy(1, email="somebody@example.com")
    sold_out.wait(hours=20)
    assert sold_out.told("one@example.com")[1:] == []


def test_who_leaves_the_list_at_night_gets_no_mail_in_the_morning(sold_out: Town) -> None:
    with_settings(sold_out, quiet_from=time(0), quiet_until=time(23))
    first = ask(sold_out, "one@example.com")
    land(sold_out, 1)
    sold_out.plugin.waitlist.leave(ADA, first)
    sold_out.wait(hours=20)
    assert sold_out.told("one@example.com")[1:] == []


def test_the_claim_window_is_in_the_mail_and_starts_when_the_mail_may_leave(sold_out: Town) -> None:
    with_settings(sold_out, waves=WaveRules(per_unit=1, claim_minutes=60), quiet_from=time(0), quiet_until=time(23))
    first = ask(sold_out, "one@example.com")
    land(sold_out, 1)
    [letter] = [row for row in sold_out.table("outbox") if row["kind"] == "back_in_stock"]
    assert '"first_until_day":"2026-03-03","first_until_time":"00:00"' in letter["facts"].replace(" ", "")
    assert str(entry(sold_out, first).claim_until) == "2026-03-03 00:00:00+00:00"


def without_address(town: Town) -> None:
    with town.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, profile=replace(tenant.profile, postal_address="")))
        work.commit()


def test_nobody_is_told_by_a_store_without_a_postal_address(sold_out: Town) -> None:
    without_address(sold_out)
    first = ask(sold_out, "one@example.com")
    land(sold_out, 1)
    land(sold_out, 1)
    assert sold_out.told("one@example.com")[1:] == []
    assert entry(sold_out, first).state is WaitlistState.WAITING
    assert sold_out.told("owner@ada.example").count(MessageKind.MERCHANT_PARKED) == 1
    with_settings(sold_out, postal_address="1 Cup Street")
    land(sold_out, 1)
    assert sold_out.told("one@example.com")[1:] == [BACK]


def test_a_wave_has_room_for_the_free_units_times_the_factor() -> None:
    line = [InLine(number, 1) for number in range(9)]
    rules = WaveRules(per_unit=3)
    assert [one.entry_id for one in next_wave(line, [], free=2, rules=rules)] == [0, 1, 2, 3, 4, 5]
    assert [one.entry_id for one in next_wave(line[4:], line[:4], free=2, rules=rules)] == [4, 5]
    assert next_wave(line[6:], line[:6], free=2, rules=rules) == ()
    assert next_wave(line, [], free=0, rules=rules) == ()


def test_somebody_who_wants_more_than_there_is_is_told_and_counts_for_what_there_is() -> None:
    line = [InLine(1, 500), InLine(2, 1), InLine(3, 1)]
    assert [one.entry_id for one in next_wave(line, [], free=2, rules=WaveRules(per_unit=1))] == [1]
    assert [one.entry_id for one in next_wave(line, [], free=2, rules=WaveRules(per_unit=2))] == [1, 2, 3]


class Restocks(RuleBasedStateMachine):
    """People ask, leave and buy, goods come, time passes: nobody behind hears first, and never too many at once."""

    @initialize(factor=st.integers(1, 2))
    def open_shop(self, factor: int) -> None:
        self.directory = Path(tempfile.mkdtemp())
        database = Path(shutil.copy(Restocks.template, self.directory / "town.sqlite3"))
        self.opened = a_town(database, native=True, on_hand=0)
        self.town = self.opened.__enter__()
        self.town.install()
        self.town.sell_past_zero(limit=2)
        with_settings(self.town, waves=WaveRules(per_unit=factor, pause_minutes=60))
        self.factor, self.people, self.told_before = factor, 0, 0
        self.free: list[tuple[datetime, int]] = []
        for _ in range(4):
            self.ask(1)

    @rule(units=st.integers(1, 3))
    def ask(self, units: int) -> None:
        self.people += 1
        ask(self.town, f"p{self.people}@example.com", units=units)

    @rule(units=st.sampled_from([1, 1, 2]))
    def goods_come(self, units: int) -> None:
        land(self.town, units)

    @rule(who=st.integers(0, 5))
    def buy(self, who: int) -> None:
        if self.town.shop.can_sell(MUG):
            self.town.buy(1, email=f"p{who}@example.com")

    @rule(who=st.integers(1, 5))
    def leave(self, who: int) -> None:
        if who <= self.people:
            self.town.plugin.waitlist.leave(ADA, who)

    @rule(minutes=st.sampled_from([10, 61]))
    def time_passes(self, minutes: int) -> None:
        self.town.wait(minutes=minutes)

    @rule()
    def hear_twice(self) -> None:
        self.town.event("store/product/inventory/updated", {"id": 77})
        self.town.event("store/product/inventory/updated", {"id": 77})
        self.town.settle()

    @invariant()
    def nobody_behind_was_told_while_somebody_ahead_waits(self) -> None:
        rows = sorted(self.town.table("waitlist"), key=lambda row: (row["asked_at"], row["id"]))
        now = f"{self.town.clock.now():%Y-%m-%d %H:%M:%S}"
        claims = [n for n, row in enumerate(rows) if row["state"] == "told" and (row["claim_until"] or "") > now]
        waiting = [n for n, row in enumerate(rows) if row["state"] == "waiting"]
        asked_after = {n for n in waiting if claims and rows[n]["changed_at"] > rows[claims[-1]]["told_at"]}
        assert not claims or not [n for n in waiting if n < claims[-1] and n not in asked_after]

    @invariant()
    def never_more_are_told_than_the_factor_allows(self) -> None:
        now = self.town.clock.now()
        level = self.town.shop.level(MUG)
        self.free.append((now, max(0, level.on_hand - (level.backordered or 0))))
        claims = [
            row
            for row in self.town.table("waitlist")
            if row["state"] == "told" and (row["claim_until"] or "") > f"{now:%Y-%m-%d %H:%M:%S}"
        ]
        most = max(free for moment, free in self.free if now - moment <= timedelta(minutes=70))
        # The last one told may want more than there was room for.
        assert sum(min(row["quantity"], most) for row in claims) <= most * self.factor + max(0, most - 1)

    @invariant()
    def paid_backorders_come_first(self) -> None:
        sent = len([message for _, message, _ in self.town.notifier.sent if message.kind is BACK])
        if sum(self.town.owed().values()):
            assert sent == self.told_before
        self.told_before = sent

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)


def test_no_order_of_events_makes_a_wave_unfair(migrated_template) -> None:
    Restocks.template = migrated_template
    machine = Restocks.TestCase
    machine.settings = settings(
        max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine("runTest").runTest()


def test_who_waited_for_a_postal_address_is_told_as_soon_as_there_is_one(sold_out: Town) -> None:
    without_address(sold_out)
    ask(sold_out, "one@example.com")
    land(sold_out, 1)
    assert BACK not in sold_out.told("one@example.com")
    sold_out.plugin.store_settings.change(ADA, lambda known: replace(known, postal_address="1 Cup Street"))
    sold_out.settle()
    assert sold_out.told("one@example.com")[1:] == [BACK]


def test_a_mail_that_was_put_aside_for_want_of_an_address_is_sent(sold_out: Town) -> None:
    sold_out.plugin.store_settings.change(ADA, lambda known: replace(known, postal_address="1 Cup Street"))
    ask(sold_out, "one@example.com")
    sold_out.notifier.is_away = True
    land(sold_out, 1)
    number = next(row["id"] for row in sold_out.table("outbox") if row["kind"] == BACK)
    with sold_out.plugin.units(ADA) as work:
        work.messages.park(number, GiveUp("configuration", "No postal address."))
        work.commit()
    sold_out.notifier.is_away = False
    sold_out.plugin.store_settings.change(ADA, lambda known: replace(known, postal_address="2 Cup Street"))
    sold_out.settle()
    assert sold_out.told("one@example.com")[1:] == [BACK]

"""What runs unasked: only what has something to do, as often as it has, and never twice in a period."""

from dataclasses import replace

import pytest

from plugin.domain.store import ConnectionState
from plugin.services.errors import RetryLater
from tests.services.town import ADA, Town
from workers.schedule import Clockwork, look_after_stores, prune, wake_due


def store(town: Town, **changed: object) -> None:
    with town.plugin.units(ADA) as work:
        work.save_tenant(replace(work.tenant(), **changed))
        work.commit()


def woken(town: Town) -> list[str]:
    names = [str(job) for job, *_ in town.queue.waiting]
    town.queue.waiting.clear()
    return names


def test_a_store_at_rest_costs_no_job(town: Town):
    town.wait(minutes=2)
    town.clock.go(seconds=30)
    for _ in range(3):
        wake_due(town.plugin)
        look_after_stores(town.plugin)
    assert woken(town) == []


@pytest.mark.parametrize(
    ("state", "step", "jobs"),
    [
        (ConnectionState.INSTALLING, "catalog", ["set_up"]),
        (ConnectionState.LEFT, "restoring", ["finish_leaving"]),
        (ConnectionState.LEFT, "", []),
        (ConnectionState.DISCONNECTED, "", []),
        (ConnectionState.UNINSTALLED, "", []),
    ],
)
def test_what_was_interrupted_is_taken_up_and_what_ended_is_left_alone(
    town: Town, state: ConnectionState, step: str, jobs: list[str]
):
    town.wait(minutes=2)
    store(town, state=state, setup_step=step)
    look_after_stores(town.plugin)
    assert woken(town) == jobs


def test_a_store_is_compared_with_the_shop_every_ten_minutes(town: Town):
    town.wait(minutes=2)
    found = []
    for _ in range(30):
        town.clock.go(minutes=1)
        look_after_stores(town.plugin)
        found.append(woken(town))
        if found[-1]:
            town.run("reconcile", ADA)
            town.queue.waiting.clear()
    assert sum("reconcile" in jobs for jobs in found) == 3


def test_a_clock_that_was_set_back_stops_no_reconcile(town: Town):
    town.wait(minutes=2)
    town.clock.go(hours=-3)
    look_after_stores(town.plugin)
    assert "reconcile" in woken(town)


def test_a_new_working_day_is_planned_and_judged_once(town: Town):
    town.wait(minutes=2)
    town.clock.go(days=1)
    look_after_stores(town.plugin)
    assert {"new_day", "judge"} <= set(woken(town))
    town.run("new_day", ADA)
    town.run("judge", ADA)
    town.queue.waiting.clear()
    look_after_stores(town.plugin)
    assert not {"new_day", "judge"} & set(woken(town))


def test_two_clocks_at_once_wake_each_job_once(town: Town):
    order = town.shop.sell("77", 2)
    town.hear(order)
    town.queue.waiting.clear()
    first, second = Clockwork(town.plugin), Clockwork(town.plugin)
    first.tick()
    second.tick()
    assert woken(town).count("drain_inbox") == 1


def test_each_duty_has_its_period(town: Town):
    town.wait(minutes=2)
    clockwork = Clockwork(town.plugin)
    clockwork.tick()
    woken(town)
    town.hear(town.shop.sell("77", 2))
    town.queue.waiting.clear()
    clockwork.tick()
    assert woken(town) == [], "not within the same second"
    town.clock.go(seconds=1)
    clockwork.tick()
    assert woken(town) == ["drain_inbox"]


def test_a_database_that_is_away_is_asked_again(town: Town, monkeypatch: pytest.MonkeyPatch):
    class Stop:
        """Two seconds, then an end."""

        def __init__(self) -> None:
            self.waits = 0

        def wait(self, _seconds: float) -> bool:
            self.waits += 1
            return self.waits > 2

    ticks = []

    def tick(_self: Clockwork) -> None:
        ticks.append(None)
        raise RetryLater("The database is away.")

    monkeypatch.setattr(Clockwork, "tick", tick)
    Clockwork(town.plugin).run(Stop())  # type: ignore[arg-type]
    assert len(ticks) == 2


def test_what_has_served_its_time_is_forgotten(town: Town):
    town.buy(1)
    town.wait(minutes=2)
    assert town.table("inbox")
    town.clock.go(days=8)
    prune(town.plugin)
    assert town.table("inbox") == []
    assert woken(town) == ["forget_old"]

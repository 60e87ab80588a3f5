"""One transaction for one tenant: all or nothing, jobs woken after the commit, unusable once it has ended."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import text

from plugin.adapters.db.repository import UnitOfWorkClosed
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.domain.order import InventorySettings
from plugin.domain.stock import SellingMode, StockTiming
from plugin.domain.store import ConnectionState, StoreProfile, StoreSettings
from plugin.services.errors import GiveUp, NotFound, RetryLater
from tests.adapters.db.conftest import ADA, a_product
from tests.builders import NOW, a_policy


def test_leaving_without_a_commit_undoes_everything(units, queue):
    with units(ADA) as unit:
        unit.policies.save(a_policy())
        unit.wake("publish", ADA)
    with units(ADA) as unit:
        assert unit.policies.all() == []
    assert queue.woken == []


def test_an_error_undoes_everything_and_comes_out_as_it_is(units, queue):
    def stumble():
        with units(ADA) as unit:
            unit.policies.save(a_policy())
            unit.wake("publish", ADA)
            raise KeyError

    with pytest.raises(KeyError):
        stumble()
    with units(ADA) as unit:
        assert unit.policies.all() == []
    assert queue.woken == []


def test_each_distinct_job_is_woken_once_and_only_after_the_commit(units, queue):
    with units(ADA) as unit:
        for _ in range(3):
            unit.wake("publish", ADA)
            unit.wake("deliver_message", ADA, 7)
        unit.wake("deliver_message", ADA, 8)
        assert queue.woken == []
        unit.commit()
        assert queue.woken == [("publish", ADA), ("deliver_message", ADA, 7), ("deliver_message", ADA, 8)]


def test_a_job_woken_already_sees_what_was_committed(engine, units, clock):
    class LooksAtOnce:
        def wake(self, *_):
            with units(ADA) as unit:
                self.saw = unit.policies.all()

    queue = LooksAtOnce()
    with SqlUnits(engine, queue, clock)(ADA) as unit:
        unit.policies.save(a_policy())
        unit.wake("publish", ADA)
        unit.commit()
    assert queue.saw == [a_policy()]


@pytest.mark.parametrize("ended", ["by commit", "by leaving"])
def test_a_unit_that_has_ended_cannot_be_used(units, ended):
    with units(ADA) as unit:
        if ended == "by commit":
            unit.commit()
            with pytest.raises(UnitOfWorkClosed):
                unit.policies.all()
    for use in (unit.policies.all, unit.commit, unit.tenant, lambda: unit.items.save_products([a_product()])):
        with pytest.raises(UnitOfWorkClosed):
            use()


def test_a_unit_for_a_store_nobody_installed_finds_no_tenant(units):
    with units("nobody") as unit, pytest.raises(NotFound):
        unit.tenant()


def test_a_store_comes_back_as_saved(units):
    profile = StoreProfile("Ada's", "DE", "Europe/Berlin", "de", "o@x.de", "b@x.de", "https://a", "https://b", "l", 3)
    settings = StoreSettings(
        mode_override=SellingMode.VIRTUAL, cut_off=time(11, 30), extra_holidays=(date(2026, 12, 24),)
    )
    with units(ADA) as unit:
        tenant = replace(
            unit.tenant(),
            state=ConnectionState.CONNECTED,
            profile=profile,
            settings=settings,
            inventory=InventorySettings(StockTiming.SHIPPED, returns_cancelled=False),
            has_native_backorders=True,
            default_location=9,
            setup_step="orders",
            orders_read_until=NOW,
            planned_day=date(2026, 3, 2),
        )
        unit.save_tenant(tenant)
        unit.commit()
    with units(ADA) as unit:
        assert unit.tenant() == tenant


def test_a_unit_saves_no_other_store(units):
    with units("bo") as unit:
        other = unit.tenant()
    with units(ADA) as unit, pytest.raises(ValueError, match="belongs to ada, not to bo"):
        unit.save_tenant(other)


def test_two_units_that_change_different_things_of_a_store_do_not_undo_each_other(units):
    with units(ADA) as unit:
        before = unit.tenant()
        unit.save_tenant(replace(before, orders_read_until=NOW))
        unit.commit()
    with units(ADA) as unit:
        unit.tenant()
        unit.save_tenant(replace(unit.tenant(), setup_step="stock"))
        unit.commit()
    with units(ADA) as unit:
        assert (unit.tenant().orders_read_until, unit.tenant().setup_step) == (NOW, "stock")


def test_an_older_picture_of_a_store_undoes_nothing_that_changed_meanwhile(units, engine):
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so nobody saves an older picture within a unit of work.")
    with units(ADA) as slow:
        picture = slow.tenant()
        with units(ADA) as quick:
            quick.save_tenant(replace(quick.tenant(), setup_step="stock"))
            quick.commit()
        slow.save_tenant(replace(picture, orders_read_until=NOW))
        slow.commit()
    with units(ADA) as unit:
        assert (unit.tenant().orders_read_until, unit.tenant().setup_step) == (NOW, "stock")


def test_two_units_that_lock_the_same_items_come_one_after_the_other(units, work):
    with work() as unit:
        unit.items.save_products([a_product()])
    order, inside = [], threading.Event()

    def second():
        inside.wait(5)
        with units(ADA) as unit:
            unit.items.facts(["77"], lock=True)
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with units(ADA) as unit:
        unit.items.facts(["77"], lock=True)
        inside.set()
        waiting.join(0.3)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "second"]


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_a_process_killed_leaves_all_or_nothing_and_no_lock(units, database_url, when):
    code = """
import sys
from plugin.adapters.clock import SystemClock
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.domain.policy import BackorderPolicy, Scope
with SqlUnits(make_engine(sys.argv[1]), None, SystemClock())("ada") as unit:
    unit.policies.save(BackorderPolicy(Scope.parse("store"), enabled=True))
    if sys.argv[2] == "after the commit":
        unit.commit()
    print("ready", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, database_url, when], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    with units(ADA) as unit:
        assert len(unit.policies.all()) == (1 if when == "after the commit" else 0)
        unit.policies.save(a_policy())
        unit.commit()


def test_whoever_waits_too_long_for_a_lock_is_told_to_retry_later(units, work, impatient):
    with work() as unit:
        unit.items.save_products([a_product()])
    with units(ADA) as unit:
        unit.items.facts(["77"], lock=True)
        with pytest.raises(RetryLater, match="busy or away") as refused, impatient(ADA) as other:
            other.items.facts(["77"], lock=True)
    assert refused.value.after == timedelta(seconds=5)
    assert refused.value.__cause__ is not None


def test_what_the_database_refuses_is_for_a_person_to_see(units):
    with pytest.raises(GiveUp, match="refused what we asked") as refused, units(ADA) as unit:
        unit._transaction.connection.execute(text("SELECT nonsense FROM nowhere"))
    assert refused.value.reason == "internal"
    assert "SELECT" not in refused.value.explanation

"""The clock: the machine's time, moved by a file."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from plugin.adapters.clock import SystemClock

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def test_it_tells_the_machines_time_in_utc() -> None:
    with time_machine.travel(NOON, tick=False):
        assert SystemClock().now() == NOON
        assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Pacific/Auckland", date(2026, 3, 10)), ("UTC", date(2026, 3, 9)), ("Pacific/Niue", date(2026, 3, 9))],
)
def test_today_is_the_shops_today(zone: str, day: date) -> None:
    with time_machine.travel(NOON, tick=False):
        assert SystemClock().today(ZoneInfo(zone)) == day


def test_a_clock_file_moves_it_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    clock_file = tmp_path / "clock"
    with time_machine.travel(NOON, tick=False) as traveller:
        clock = SystemClock(clock_file, monotonic=time.time)
        assert clock.now() == NOON
        clock_file.write_text("3600\n")
        traveller.shift(1)
        assert clock.now() == NOON + timedelta(seconds=3601)
        clock_file.write_text("86400")
        os.utime(clock_file, ns=(1, 1))
        traveller.shift(1)
        assert clock.now() == NOON + timedelta(days=1, seconds=2)
        clock_file.unlink()
        traveller.shift(1)
        assert clock.now() == NOON + timedelta(seconds=3)

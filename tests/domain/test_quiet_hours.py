"""Quiet hours follow the clock on the wall of the shop, also in the nights when it is set forward or back."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.quiet import after_quiet_hours

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NIGHT, SMALL_HOURS = (time(22), time(7)), (time(1), time(2, 30))


@pytest.mark.parametrize(
    ("zone", "hours", "at", "awake"),
    [
        (BERLIN, NIGHT, "2026-03-28T20:59", "2026-03-28T20:59"),  # 21:59
        (BERLIN, NIGHT, "2026-03-28T21:00", "2026-03-29T05:00"),  # eight hours later: the night is an hour shorter
        (BERLIN, NIGHT, "2026-03-29T04:59", "2026-03-29T05:00"),  # 06:59 in summer
        (BERLIN, NIGHT, "2026-10-24T20:00", "2026-10-25T06:00"),  # ten hours later: an hour longer
        (BERLIN, NIGHT, "2026-10-25T05:59", "2026-10-25T06:00"),
        (NEW_YORK, NIGHT, "2026-03-08T03:00", "2026-03-08T11:00"),
        (NEW_YORK, NIGHT, "2026-11-01T02:00", "2026-11-01T12:00"),
        (BERLIN, NIGHT, "2028-02-28T22:30", "2028-02-29T06:00"),  # a leap day has a morning of its own
        (BERLIN, NIGHT, "2028-02-29T22:30", "2028-03-01T06:00"),
        (
            BERLIN,
            SMALL_HOURS,
            "2026-03-29T00:30",
            "2026-03-29T01:30",
        ),  # half past two never comes; half past three does
        (BERLIN, SMALL_HOURS, "2026-03-29T01:00", "2026-03-29T01:00"),
        (BERLIN, SMALL_HOURS, "2026-10-25T00:15", "2026-10-25T00:30"),  # 02:15 for the first time
        (BERLIN, SMALL_HOURS, "2026-10-25T01:15", "2026-10-25T01:30"),  # and for the second
    ],
)
def test_who_may_be_written_to_when(zone: ZoneInfo, hours: tuple[time, time], at: str, awake: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = after_quiet_hours(moment, quiet_from=hours[0], quiet_until=hours[1], zone=zone)
    assert found == datetime.fromisoformat(awake).replace(tzinfo=UTC)
    assert found >= moment

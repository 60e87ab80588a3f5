"""Hours of the shop's day in which shoppers get no mail that can wait."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def after_quiet_hours(at: datetime, *, quiet_from: time | None, quiet_until: time | None, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in. They may span midnight."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    local = at.astimezone(zone)
    spans_midnight = quiet_from > quiet_until
    is_late = local.time() >= quiet_from
    is_early = local.time() < quiet_until
    is_quiet = (is_late or is_early) if spans_midnight else (is_late and is_early)
    if not is_quiet:
        return at
    day = local.date() + timedelta(days=1) if spans_midnight and is_late else local.date()
    # In the night when an hour comes twice, its end is the one that is still to come.
    return datetime.combine(day, quiet_until, tzinfo=zone).replace(fold=local.fold).astimezone(at.tzinfo)

"""A clock that stands still until it is told to go."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.builders import NOW


@dataclass
class FakeClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def today(self, zone: ZoneInfo) -> date:
        return self.moment.astimezone(zone).date()

    def go(self, **span: float) -> None:
        self.moment += timedelta(**span)

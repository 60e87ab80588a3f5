"""What the screens say, in the language of whoever looks: words, days, moments and numbers.

`marked("…")` notes words for translation where they stand as constants; `gettext` says them when a page is made.
"""

from datetime import date, datetime, tzinfo
from typing import Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import g

from plugin.domain.calendar import DateWindow
from plugin.domain.store import Tenant
from plugin.web.current import plugin


class Speech(Protocol):
    """One language, as adapters/wording/language.py speaks it."""

    @property
    def tag(self) -> str: ...
    def gettext(self, message: str, /, **values: object) -> str: ...
    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str: ...
    def dated(self, window: DateWindow) -> str: ...
    def clock_time(self, at: datetime, *, zone: tzinfo) -> str: ...
    def weekday(self, number: int) -> str: ...
    def country(self, code: str) -> str: ...
    def name_of(self, language: str) -> str: ...
    def month(self, day: date) -> str: ...
    def weekdays(self) -> list[str]: ...
    def number(self, number: int) -> str: ...
    def percent(self, share: float) -> str: ...


def speech() -> Speech:
    """The user's own choice, else the control panel's language; English before anybody is known."""
    if "speech" not in g:
        user = g.get("user")
        g.speech = plugin().screen_wording.language((user.language or user.locale) if user else "en")
    return cast("Speech", g.speech)


def marked(message: str) -> str:
    """These words are said later, with `gettext`."""
    return message


def marked_pair(one: str, many: str) -> tuple[str, str]:
    """The same for a sentence that counts; said with `ngettext(*pair, count)`."""
    return one, many


def gettext(message: str, /, **values: object) -> str:
    return speech().gettext(message, **values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    return speech().ngettext(one, many, count, **values)


def days(window: DateWindow | None) -> str:
    """Say `4 Dec 2026`, `4–11 Dec 2026` or `28 Nov – 4 Dec 2026`."""
    return gettext("No date yet") if window is None else speech().dated(window)


def day(on: date | None) -> str:
    return days(None if on is None else DateWindow(on, on))


def moment(at: datetime, tenant: Tenant) -> str:
    """Say `22 Nov 2026, 14:03` in the store's time zone."""
    return f"{day(at.astimezone(zone_of(tenant)).date())}, {clock_time(at, tenant)}"


def clock_time(at: datetime, tenant: Tenant) -> str:
    return speech().clock_time(at, zone=zone_of(tenant))


def zone_of(tenant: Tenant) -> ZoneInfo:
    try:
        return ZoneInfo(tenant.profile.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago, in the unit a person would use."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds >= 86400:
        return ngettext("%(count)s day ago", "%(count)s days ago", seconds // 86400)
    if seconds >= 3600:
        return ngettext("%(count)s hour ago", "%(count)s hours ago", seconds // 3600)
    if seconds >= 60:
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", seconds // 60)
    return gettext("just now")


def number(quantity: int) -> str:
    return speech().number(quantity)


def percent(share: float) -> str:
    return speech().percent(share)

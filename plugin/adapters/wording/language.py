"""One language as we speak it: sentences from its catalog, plurals by its rule, dates by its habit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from gettext import NullTranslations

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, get_day_names, get_timezone
from babel.numbers import format_currency, format_decimal, format_percent

from plugin.adapters.wording.catalogs import SOURCE_LANGUAGE
from plugin.domain.calendar import DateWindow

LONGEST_LOCALE = 35
FIRST_DAY = re.compile(r"(?<![\d:])1(?=\s*[–-]|\s+[^\W\d])")
"""A day of the month before its month, or before the last day of a window; no time and no year."""


@dataclass(frozen=True, slots=True)
class Language:
    """`gettext` and `ngettext` fill in `%(name)s`; their first arguments are the English words."""

    locale: Locale
    translations: NullTranslations

    @property
    def tag(self) -> str:
        """As HTML wants it: `de`, `en-GB`."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    def gettext(self, message: str, /, **values: object) -> str:
        return self.translations.gettext(message) % values

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        return self.translations.ngettext(one, many, count) % {"count": count, **values}

    def window(self, window: DateWindow, *, today: date) -> str:
        """`4–11 Dec`, `4 Dec`; with the year where it is not this one."""
        return _interval(window, _skeleton(window.earliest, window.latest, today), self.locale)

    def dated(self, window: DateWindow) -> str:
        """`4–11 Dec 2026`: always with its year, for lists that look back and ahead."""
        return _interval(window, "yMMMd", self.locale)

    def dated_day(self, day: date) -> str:
        """`4 Dec 2026`."""
        return self.dated(DateWindow(day, day))

    def clock_time(self, at: datetime, *, zone: tzinfo) -> str:
        return format_skeleton("Hm", at, tzinfo=zone, locale=self.locale)

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code.upper(), code))

    def name_of(self, language: str) -> str:
        """What this language calls another one."""
        known = _parse(language)
        return str(known.get_display_name(self.locale) or language) if known else language

    def month(self, day: date) -> str:
        """`December 2026`."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def weekdays(self) -> list[str]:
        """Monday to Sunday, short."""
        names = get_day_names("abbreviated", context="stand-alone", locale=self.locale)
        return [names[number] for number in range(7)]

    def number(self, number: int) -> str:
        return format_decimal(number, locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.locale)

    def day(self, day: date, *, today: date) -> str:
        return self.window(DateWindow(day, day), today=today)

    def day_at(self, at: datetime, *, zone: str, today: date) -> str:
        """The shop's own day of a moment: in Auckland it is tomorrow already."""
        return self.day(at.astimezone(get_timezone(zone)).date(), today=today)

    def moment(self, at: datetime, *, zone: str) -> str:
        """`4 December 2026, 09:30` on the shop's clock."""
        text = format_datetime(at, "long", tzinfo=get_timezone(zone), locale=self.locale)
        return _with_first(str(text), self.locale)

    def long_day(self, day: date) -> str:
        """`4 December 2026`, for a sentence that must be clear in a year."""
        return _with_first(format_date(day, "long", locale=self.locale), self.locale)

    def money(self, amount: str) -> str:
        """`12.50 USD` as `$12.50`; what cannot be read stands as it came."""
        number, _, currency = amount.partition(" ")
        try:
            return format_currency(Decimal(number), currency, locale=self.locale) if currency else number
        except InvalidOperation:
            return amount


def choose_language(locale: str, catalogs: Mapping[str, NullTranslations]) -> Language:
    """The language of a locale such as `de`, `de-AT` or `pt_BR`; English where we do not speak it, dates included."""
    parsed = _parse(locale) or _parse(locale[:2])
    if parsed is None or parsed.language not in catalogs:
        parsed = Locale.parse(SOURCE_LANGUAGE)
    return Language(parsed, catalogs[parsed.language])


def page_language(locale: str, catalogs: Mapping[str, NullTranslations]) -> Language:
    """A page's own language: its dates in any case, English words where we do not speak it. English for what is none."""
    parsed = _parse(locale) or Locale.parse(SOURCE_LANGUAGE)
    return Language(parsed, catalogs.get(parsed.language, catalogs[SOURCE_LANGUAGE]))


def _parse(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale[:LONGEST_LOCALE].replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return None


@lru_cache(maxsize=4096)
def _interval(window: DateWindow, skeleton: str, locale: Locale) -> str:
    """Kept, because a thousand orders of an item have few windows between them."""
    text = format_interval(window.earliest, window.latest, skeleton, locale=locale)
    return _with_first(str(text).replace("\u2009", " "), locale)  # thin spaces: many shops' fonts lack them


def _with_first(text: str, locale: Locale) -> str:
    """French counts the first day of a month and no other: `1er décembre`, which Unicode's formats do not know."""
    return FIRST_DAY.sub("1er", text) if locale.language == "fr" else text


def _skeleton(earliest: date, latest: date, today: date) -> str:
    return "MMMd" if earliest.year == latest.year == today.year else "yMMMd"

"""Which language a locale gets, and how each writes dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.adapters.wording.catalogs import read_catalogs
from plugin.adapters.wording.language import choose_language
from plugin.domain.calendar import DateWindow

CATALOGS = read_catalogs()
TODAY = date(2026, 11, 22)


def language(locale):
    return choose_language(locale, CATALOGS)


def written(locale, earliest, latest):
    window = DateWindow(date.fromisoformat(earliest), date.fromisoformat(latest))
    return language(locale).window(window, today=TODAY)


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("de", "de"),
        ("de-AT", "de-AT"),
        ("de_CH", "de-CH"),
        ("DE", "de"),
        ("en-GB", "en-GB"),
        ("fr-CA", "fr-CA"),
        ("es-419", "es-419"),
        ("de-XX", "de"),
        ("es-junk-junk-junk-junk", "es"),
        ("pt-BR", "en"),
        ("ar", "en"),
        ("", "en"),
        ("?", "en"),
        ("de" * 10_000, "de"),
        ("../../etc/passwd", "en"),
        ("\x00\n", "en"),
    ],
)
def test_a_locale_gets_the_nearest_language_there_is(locale, tag):
    assert language(locale).tag == tag


def test_words_and_dates_never_come_from_two_languages():
    assert language("pt-BR").gettext("Ready to ship") == "Ready to ship"
    assert written("pt-BR", "2026-12-04", "2026-12-11") == "Dec 4 – 11"


@pytest.mark.parametrize(
    ("locale", "one_month", "two_months", "two_years", "one_day", "next_year"),
    [
        ("en-GB", "4–11 Dec", "27 Nov – 4 Dec", "28 Dec 2026 – 5 Jan 2027", "4 Dec", "12 Mar 2027"),
        ("en", "Dec 4 – 11", "Nov 27 – Dec 4", "Dec 28, 2026 – Jan 5, 2027", "Dec 4", "Mar 12, 2027"),
        ("de", "4.–11. Dez.", "27. Nov. – 4. Dez.", "28. Dez. 2026 – 5. Jan. 2027", "4. Dez.", "12. März 2027"),
        ("fr", "4–11 déc.", "27 nov. – 4 déc.", "28 déc. 2026 – 5 janv. 2027", "4 déc.", "12 mars 2027"),
        ("es", "4–11 dic", "27 nov – 4 dic", "28 dic 2026 – 5 ene 2027", "4 dic", "12 mar 2027"),
    ],
)
def test_windows_are_written_as_the_language_does(locale, one_month, two_months, two_years, one_day, next_year):
    assert written(locale, "2026-12-04", "2026-12-11") == one_month
    assert written(locale, "2026-11-27", "2026-12-04") == two_months
    assert written(locale, "2026-12-28", "2027-01-05") == two_years
    assert written(locale, "2026-12-04", "2026-12-04") == one_day
    assert written(locale, "2027-03-12", "2027-03-12") == next_year


def test_a_year_gone_by_is_written_out_too():
    assert written("de", "2025-12-04", "2025-12-11") == "4.–11. Dez. 2025"
    assert written("de", "2025-12-28", "2026-01-05") == "28. Dez. 2025 – 5. Jan. 2026"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "December 22, 2026"),
        ("de", "22. Dezember 2026"),
        ("fr", "22 décembre 2026"),
        ("es", "22 de diciembre de 2026"),
    ],
)
def test_a_long_day_is_clear_in_a_year(locale, text):
    assert language(locale).long_day(date(2026, 12, 22)) == text


@given(
    locale=st.sampled_from(["en", "en-GB", "de", "de-CH", "fr", "fr-CA", "es", "es-MX"]),
    earliest=st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    days=st.integers(0, 800),
)
def test_every_window_names_both_its_days_in_letters_any_shop_can_show(locale, earliest, days):
    latest = earliest + timedelta(days=days)
    text = language(locale).window(DateWindow(earliest, latest), today=TODAY)
    numbers = set("".join(c if c.isdigit() else " " for c in text).split())
    assert {str(earliest.day), str(latest.day)} <= numbers
    assert (str(latest.year) in numbers) == (not (earliest.year == latest.year == TODAY.year))
    assert text.isprintable()


@pytest.mark.parametrize(
    ("earliest", "latest", "text"),
    [
        ("2026-12-01", "2026-12-01", "1er déc."),
        ("2026-12-01", "2026-12-05", "1er–5 déc."),
        ("2026-11-28", "2026-12-01", "28 nov. – 1er déc."),
        ("2026-12-01", "2027-01-01", "1er déc. 2026 – 1er janv. 2027"),
        ("2026-12-11", "2026-12-21", "11–21 déc."),
        ("2026-12-31", "2027-01-11", "31 déc. 2026 – 11 janv. 2027"),
    ],
)
def test_french_counts_the_first_day_of_a_month_and_no_other(earliest, latest, text):
    assert written("fr", earliest, latest) == text


def test_a_long_french_date_counts_the_first_day_and_leaves_the_time_alone():
    spoken, first = language("fr"), datetime(2026, 12, 1, 1, 1, tzinfo=UTC)
    assert spoken.long_day(first.date()) == "1er décembre 2026"
    assert spoken.long_day(date(2026, 12, 21)) == "21 décembre 2026"
    assert spoken.moment(first, zone="UTC") == "1er décembre 2026, 01:01:00 TU"
    assert language("de").long_day(first.date()) == "1. Dezember 2026"

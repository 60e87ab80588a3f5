"""Public holidays by country, and countries nobody knows."""

from datetime import date

import pytest

from plugin.adapters.holidays import PublicHolidays, _of_year


@pytest.fixture
def holidays():
    return PublicHolidays()


def test_the_holidays_of_a_country_between_two_days_both_included(holidays):
    german = holidays.between("DE", date(2026, 12, 25), date(2027, 1, 1))
    assert german == {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}


def test_a_day_outside_is_left_out(holidays):
    assert holidays.between("US", date(2026, 11, 27), date(2026, 12, 24)) == frozenset()
    assert holidays.between("US", date(2026, 11, 26), date(2026, 11, 26)) == {date(2026, 11, 26)}


def test_a_holiday_of_one_region_only_is_not_one_of_the_country(holidays):
    assert date(2026, 1, 6) not in holidays.between("DE", date(2026, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize("country", ["", "XX", "Germany!", "D", "../..", "DE;FR"])
def test_a_country_nobody_knows_has_none(holidays, country):
    assert holidays.between(country, date(2026, 1, 1), date(2026, 12, 31)) == frozenset()


def test_small_letters_and_spaces_name_the_same_country(holidays):
    assert holidays.between(" fr ", date(2026, 7, 1), date(2026, 7, 31)) == {date(2026, 7, 14)}


def test_an_empty_span_has_none(holidays):
    assert holidays.between("DE", date(2027, 1, 2), date(2026, 12, 24)) == frozenset()


def test_each_country_and_year_is_worked_out_once(holidays):
    holidays.between("PT", date(2030, 1, 1), date(2031, 12, 31))
    before = _of_year.cache_info()
    holidays.between("PT", date(2030, 5, 1), date(2031, 5, 1))
    after = _of_year.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 0)

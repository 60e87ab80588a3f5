"""Public holidays of a country, from the `holidays` library. domain/calendar.py counts working days around them."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays


class PublicHolidays:
    """Only days that are holidays in the whole country; a region's own are for the merchant to add."""

    def between(self, country: str, first: date, last: date) -> frozenset[date]:
        """Both days included; empty for a country nobody knows."""
        years = range(first.year, last.year + 1)
        days = frozenset[date]().union(*(_of_year(country.strip().upper(), year) for year in years))
        return frozenset(day for day in days if first <= day <= last)


@lru_cache(maxsize=1024)
def _of_year(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError:  # what the library says to a country it does not have
        return frozenset()

"""Suggestions for an item stand on its own store's sales and deliveries, in full weeks since it was connected."""

from plugin.domain.ids import TenantId
from plugin.domain.suggestion import LimitSuggestion, Missing, NotEnoughData
from tests.builders import a_lead_time
from tests.services.town import ADA, MUG, Town


def test_a_young_store_is_told_that_there_is_not_enough_data(town: Town) -> None:
    found = town.plugin.suggestions.ask(ADA, MUG)
    assert found.limit == NotEnoughData(Missing.WEEKS, 0, 4)
    assert found.lead_time == NotEnoughData(Missing.DELIVERIES, 0, 5)


def test_a_limit_is_suggested_from_the_weeks_since_the_store_was_connected(bare_town: Town) -> None:
    bare_town.install()
    bare_town.sell_past_zero(limit=None)
    for _ in range(5):
        bare_town.clock.go(days=7)
        bare_town.buy(3)
    bare_town.clock.go(days=1)
    found = bare_town.plugin.suggestions.ask(TenantId("ada"), MUG, known=a_lead_time(5, 10)).limit
    assert found == LimitSuggestion(
        low=3, high=6, weeks=5, sold=15, usual_week=3, strong_week=3, lead_time=a_lead_time(5, 10)
    )
    assert bare_town.plugin.suggestions.ask(ADA, MUG).limit == NotEnoughData(Missing.LEAD_TIME)

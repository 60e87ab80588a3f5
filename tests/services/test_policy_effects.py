"""What a policy would change is said before it is saved, by the function that decides for real, and nothing happens."""

from dataclasses import replace

import pytest

from plugin.domain.changes import Availability
from plugin.domain.plan import Offer
from plugin.domain.policy import PolicyLabel, Scope
from plugin.services import policy_effects
from plugin.services.policy_effects import PolicyChange, Turn, turn_of
from tests.builders import a_lead_time, a_policy
from tests.services.town import ADA, BO, MUG, Town

STORE = Scope.parse("store")
BOWLS = Scope.parse("product:88")


def turns(town: Town, change: PolicyChange) -> dict[str, Turn]:
    return {each.item_id: each.turn for each in town.plugin.policy_effects.ask(ADA, change).effects}


def test_a_first_policy_makes_sold_out_items_buyable(bare_town: Town) -> None:
    bare_town.shop.levels = {place: replace(level, on_hand=0) for place, level in bare_town.shop.levels.items()}
    bare_town.install()
    effect = bare_town.plugin.policy_effects.ask(ADA, PolicyChange((a_policy(limit=5),)))
    assert (effect.covered, effect.count(Turn.BUYABLE), effect.is_complete) == (3, 3, True)
    assert {(each.left_before, each.left_after) for each in effect.effects} == {(0, 5)}
    assert {each.says for each in effect.effects} == {"On backorder; we will tell you the date"}


def test_more_and_fewer_units_and_nothing_at_all(town: Town) -> None:
    same = {"lead_time": a_lead_time(10)}
    assert set(turns(town, PolicyChange((a_policy(limit=9, **same),))).values()) == {Turn.MORE}
    assert set(turns(town, PolicyChange((a_policy(limit=1, **same),))).values()) == {Turn.FEWER}
    assert set(turns(town, PolicyChange((a_policy(limit=3, **same),))).values()) == {Turn.SAME}
    assert set(turns(town, PolicyChange((a_policy(limit=3, lead_time=a_lead_time(20)),))).values()) == {Turn.DATE}
    assert set(turns(town, PolicyChange((a_policy(limit=3, message="Soon.", **same),))).values()) == {Turn.WORDS}


def test_a_wider_policy_changes_nothing_where_a_narrower_one_counts(town: Town) -> None:
    town.plugin.policies.save(ADA, [a_policy(scope="product:88", limit=2)])
    town.settle()
    found = turns(town, PolicyChange((a_policy(limit=50, lead_time=a_lead_time(10)),)))
    assert found == {"77": Turn.MORE, "88:801": Turn.SAME, "88:802": Turn.SAME}


def test_taking_a_policy_away_lets_the_next_wider_one_count(town: Town) -> None:
    town.plugin.policies.save(ADA, [a_policy(scope="product:88", limit=2, lead_time=a_lead_time(10))])
    town.settle()
    effect = town.plugin.policy_effects.ask(ADA, PolicyChange(removed=(BOWLS,)))
    assert {(each.left_before, each.left_after) for each in effect.effects} == {(2, 3)}


def test_taking_the_last_policy_away_closes_what_is_sold_out(town: Town) -> None:
    town.buy(2)
    effect = town.plugin.policy_effects.ask(ADA, PolicyChange(removed=(STORE,)))
    assert {each.item_id: each.turn for each in effect.effects}[MUG] is Turn.CLOSED
    assert effect.shown[0].item_id == MUG


def test_a_question_changes_nothing(town: Town) -> None:
    before = [town.table(name) for name in ("policies", "items", "publications", "journal", "inbox", "outbox")]
    town.plugin.policy_effects.ask(ADA, PolicyChange((a_policy(limit=99),), (BOWLS,)))
    after = [town.table(name) for name in ("policies", "items", "publications", "journal", "inbox", "outbox")]
    assert after == before
    assert town.queue.next() is None


def test_of_a_wide_scope_only_so_many_items_are_looked_at_and_it_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_effects, "MOST_LOOKED_AT", 2)
    effect = town.plugin.policy_effects.ask(ADA, PolicyChange((a_policy(limit=9),)))
    assert (effect.covered, effect.looked_at, len(effect.effects), effect.is_complete) == (3, 2, 2, False)


def test_a_store_that_has_nothing_is_asked_in_vain(bare_town: Town) -> None:
    bare_town.install(BO)
    effect = bare_town.plugin.policy_effects.ask(BO, PolicyChange((a_policy(scope="category:5"),)))
    assert (effect.covered, effect.effects, effect.shown) == (0, (), ())


def test_what_is_not_counted_can_always_be_bought() -> None:
    none, some = (Offer(Availability.PLAIN, 0, left, PolicyLabel.BACKORDER, None) for left in (0, 5))
    assert turn_of(none, some, is_tracked=True) is Turn.BUYABLE
    assert turn_of(none, some, is_tracked=False) is Turn.SAME

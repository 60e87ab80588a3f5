"""A cache in front is told whose promise changed: once, after every process knows, and again while it does not answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from plugin import bootstrap
from plugin.domain.ids import ProductId
from plugin.domain.store import StorefrontSettings
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.retry import LADDER
from tests.services.town import ADA, Town, a_town


@dataclass
class FakeCache:
    """Remembers what it was told; `trouble` is raised instead."""

    told: list[list[str]] = field(default_factory=list)
    trouble: Exception | None = None
    most_keys: int = 30

    def purge(self, keys: Sequence[str]) -> None:
        if self.trouble:
            raise self.trouble
        self.told.append(list(keys))


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> FakeCache:
    cache = FakeCache()
    monkeypatch.setattr(bootstrap, "_page_cache", lambda _: cache)
    return cache


@pytest.fixture
def cached_town(database: Path, cache: FakeCache) -> Iterator[Town]:
    with a_town(database) as town:
        town.install()
        town.sell_past_zero(limit=3)
        town.wait(seconds=3)
        cache.told.clear()
        yield town


def test_a_promise_that_changed_is_purged_once_and_not_too_early(cached_town: Town, cache: FakeCache) -> None:
    cached_town.buy(2)
    cached_town.wait(seconds=2)
    assert cache.told == []
    cached_town.wait(seconds=1)
    assert cache.told == [["store-ada-77"]]
    cached_town.wait(minutes=1)
    assert len(cache.told) == 1


def test_a_plan_that_changes_nothing_purges_nothing(cached_town: Town, cache: FakeCache) -> None:
    cached_town.hear_of_count(0)
    cached_town.settle()
    assert cached_town.table("page_purges") == []
    assert cache.told == []


def test_a_cache_that_is_away_is_told_later(cached_town: Town, cache: FakeCache) -> None:
    cache.trouble = RetryLater("away")
    cached_town.buy(2)
    cached_town.wait(seconds=3)
    [row] = cached_town.table("page_purges")
    assert row["attempts"] == 1
    cache.trouble = None
    cached_town.wait(seconds=2)
    assert cache.told == [["store-ada-77"]]
    assert cached_town.table("page_purges") == []


@pytest.mark.parametrize("tries", [1, len(LADDER) + 1])
def test_who_never_listens_is_let_alone(cached_town: Town, cache: FakeCache, tries: int) -> None:
    """At once where it says no, else when its own copies have long grown old."""
    cache.trouble = GiveUp("configuration", "no") if tries == 1 else RetryLater("away")
    cached_town.buy(2)
    cached_town.wait(seconds=3)
    for _ in range(tries - 1):
        assert cached_town.table("page_purges")
        cached_town.clock.go(hours=8)
        cached_town.run("purge_pages", ADA)
    assert cached_town.table("page_purges") == []


def test_many_products_go_in_the_caches_own_batches(cached_town: Town, cache: FakeCache) -> None:
    cache.most_keys = 2
    with cached_town.plugin.units(ADA) as work:
        work.purges.want([ProductId(number) for number in (1, 2, 3)], due_at=cached_town.clock.now())
        work.commit()
    cached_town.wait(seconds=0)
    assert cache.told == [["store-ada-1", "store-ada-2"], ["store-ada-3"]]


def test_what_is_wanted_anew_while_it_is_sent_is_sent_again(cached_town: Town) -> None:
    now = cached_town.clock.now()
    with cached_town.plugin.units(ADA) as work:
        work.purges.want([ProductId(77)], due_at=now)
        [sent] = work.purges.due(at=now, limit=9)
        cached_town.clock.go(seconds=1)
        work.purges.want([ProductId(77)], due_at=cached_town.clock.now())
        work.purges.done([sent])
        assert work.purges.due(at=cached_town.clock.now(), limit=9) == [replace(sent, due_at=cached_town.clock.now())]


@pytest.mark.parametrize(
    "decided",
    [StorefrontSettings(words={"en": {"ships": "Leaves {window}"}}), StorefrontSettings(enabled=False)],
)
def test_what_the_merchant_decides_about_pages_purges_all_answers_of_the_store(
    cached_town: Town, cache: FakeCache, decided: StorefrontSettings
) -> None:
    """Only when no process and no shelf has the old words any more."""
    cached_town.plugin.page_scripts.decide(ADA, decided)
    cached_town.wait(seconds=62)
    assert cache.told == []
    cached_town.wait(seconds=1)
    assert cache.told == [["store-ada"]]
    assert cached_town.table("page_purges") == []


def test_without_a_cache_in_front_nothing_is_kept(town: Town) -> None:
    town.plugin.page_scripts.decide(ADA, StorefrontSettings(place=".here"))
    town.buy(2)
    town.wait(seconds=3)
    assert town.table("page_purges") == []

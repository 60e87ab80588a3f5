"""A store with much to do goes to the back of the queue after a while, so that the others have their turn."""

from datetime import timedelta

import pytest

from plugin.services import inbox, publishing
from plugin.services.errors import QuotaSpent
from tests.services.town import ADA, MUG, Town


def slow(town: Town, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The shop takes six seconds for it."""
    answer = getattr(town.shop, call)

    def answered_late(*given):
        town.clock.go(seconds=6)
        return answer(*given)

    monkeypatch.setattr(town.shop, call, answered_late)


def test_a_drain_that_has_taken_long_leaves_the_rest_for_the_next(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbox, "EVENTS_PER_SLICE", 1)
    town.hear(*(town.shop.sell(MUG, 1) for _ in range(2)))
    slow(town, monkeypatch, "orders")
    before = town.shop.calls.count("orders")
    for drained in (1, 2):
        town.queue.waiting.clear()
        town.run("drain_inbox", ADA)
        assert town.shop.calls.count("orders") == before + drained
        assert (("drain_inbox", ADA) in town.queue.waiting) is (drained == 1)


def test_publishing_that_has_taken_long_leaves_the_rest_for_the_next(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "ROWS_PER_ROUND", 1)
    for _ in range(2):
        town.hear(town.shop.sell(MUG, 1))
    town.run("drain_inbox", ADA)
    slow(town, monkeypatch, "write_metafields")
    before = town.shop.calls.count("write_metafields")
    town.queue.waiting.clear()
    town.run("publish", ADA)
    assert town.shop.calls.count("write_metafields") == before + 1
    assert ("publish", ADA) in town.queue.waiting
    town.settle()
    with town.plugin.units(ADA) as work:
        assert work.publications.count_due() == 0


def test_a_spent_quota_is_no_failed_try(town: Town):
    """However often it is spent: all that waits is read in one call, and nothing is put off for longer, or given up."""
    spent = [QuotaSpent("The quota is used up.", after=timedelta(seconds=20)) for _ in range(9)]
    town.shop.fail("orders", *spent)
    town.shop.fail("write_metafields", *spent)
    town.hear(*(town.shop.sell(MUG, 1) for _ in range(2)))
    before = town.shop.calls.count("orders")
    for _ in range(20):
        town.wait(seconds=20)
    assert town.shop.calls.count("orders") == before + len(spent) + 1
    assert sum(town.owed().values()) == 1
    with town.plugin.units(ADA) as work:
        assert work.publications.count_due() == 0
    assert "exceeded" not in [row["parked_reason"] for row in town.table("publications")]

"""A change that touches many items is planned a slice at a time: newer events pass between, nothing is left out."""

import pytest

from plugin.domain.ids import ItemId
from plugin.services import inbox as inbox_module
from plugin.services.again import REPLAN, replan_later
from tests.web.conftest import *  # noqa: F403  — its fixtures
from tests.web.stage import ADA, Web, fill

BLUE, RED = ItemId("77:105"), ItemId("77:106")


@pytest.fixture
def busy(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    fill(web.plugin, ADA)
    monkeypatch.setattr(inbox_module, "ITEMS_PER_SLICE", 1)
    return web


def asked_for(web: Web, *times: str) -> None:
    with web.plugin.units(ADA) as work:
        for scope in times:
            replan_later(work, scopes=[scope], at=web.plugin.clock.now())
        work.commit()


def forget_what_was_planned(web: Web) -> None:
    with web.plugin.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE order_lines SET promise = NULL WHERE tenant_id = ?", (ADA,))


def planned(web: Web) -> list[str]:
    """Items all lines of which are promised something."""
    with web.plugin.units(ADA) as work:
        lines = [line for item in (BLUE, RED) for o in work.orders.holding_items([item]) for line in o.lines]
        promises = work.orders.promises([line.order_id for line in lines])
    missing = {line.item_id for line in lines if line.line_id not in promises}
    return [item for item in (BLUE, RED) if item not in missing]


def waiting(web: Web) -> list[str]:
    with web.plugin.units(ADA) as work:
        return [event.topic for event in work.inbox.claim(at=web.plugin.clock.now(), limit=9)]


def test_one_drain_plans_one_slice_and_leaves_the_rest_for_the_next(busy: Web) -> None:
    forget_what_was_planned(busy)
    asked_for(busy, "store")
    steps = []
    for _ in range(3):
        busy.plugin.inbox.drain(ADA)
        steps.append(planned(busy))
    assert steps == [[BLUE], [BLUE, RED], [BLUE, RED]]
    assert waiting(busy) == []


def test_what_is_left_is_due_at_once(busy: Web) -> None:
    asked_for(busy, "store")
    busy.plugin.inbox.drain(ADA)
    assert waiting(busy) == [REPLAN]


def test_the_same_wish_twice_is_planned_once(busy: Web) -> None:
    asked_for(busy, "store", "store")
    for _ in range(2):
        busy.plugin.inbox.drain(ADA)
    assert waiting(busy) == []


def test_a_wish_that_covers_nothing_is_not_even_noted(busy: Web) -> None:
    with busy.plugin.units(ADA) as work:
        replan_later(work, items=[], at=busy.plugin.clock.now())
        assert all(e.topic != REPLAN for e in work.inbox.claim(at=busy.plugin.clock.now(), limit=9))


def test_changes_that_came_together_are_all_due_again_at_once_and_untried(busy: Web) -> None:
    asked_for(busy, "product:77", "product:78", "product:79")
    busy.plugin.inbox.drain(ADA)
    with busy.plugin.units(ADA) as work:
        found = work.inbox.claim(at=busy.plugin.clock.now(), limit=9)
    assert [(event.topic, event.attempts) for event in found][-2:] == [(REPLAN, 1), (REPLAN, 1)]

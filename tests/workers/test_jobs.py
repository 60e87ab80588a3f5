"""Each job may run twice, late, or beside its twin: the second time changes nothing that anybody can see."""

from typing import Any

import pytest

from plugin.adapters.queue import JOBS
from tests.services.town import ADA, MUG, Town

ARGUMENTS: dict[str, tuple[Any, ...]] = {"renew_pages": (ADA, 77), "read_bounces": ()}


def seen(town: Town) -> dict[str, Any]:
    """The shop, the mails, and what is known of orders, stock and publications."""
    orders = [(row["line_id"], row["allocated"], row["owed"], row["promise"]) for row in town.table("order_lines")]
    publications = [(row["kind"], row["target"], row["desired"], row["written"]) for row in town.table("publications")]
    return {
        "level": town.shop.level(MUG),
        "fields": dict(town.shop.fields),
        "page": town.shop.catalog[77].texts,
        "mails": [(message.to, message.kind) for _, message, _ in town.notifier.sent],
        "orders": orders,
        "moves": town.moves(),
        "publications": publications,
    }


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_job_that_runs_again_changes_nothing(town: Town, name: str):
    town.buy(3)
    town.wait(minutes=2)
    arguments = ARGUMENTS.get(name, (ADA,))
    town.run(name, *arguments)
    town.settle()
    once = seen(town)
    town.run(name, *arguments)
    town.settle()
    assert seen(town) == once
    assert [kind for _, kind in once["mails"] if kind == "confirmed"] == ["confirmed"]

"""The queue follows what the merchant decided: which lines are looked at again, and how an order is sent."""

import json
from dataclasses import replace

from plugin.domain.ids import ItemId, OrderId
from plugin.domain.order import Sending
from plugin.domain.ranking import AllocationRules, RankRule
from plugin.services.again import REPLAN
from plugin.services.news import News
from plugin.services.ports.publications import PublicationKind
from tests.builders import a_level
from tests.web.conftest import *  # noqa: F403  — its fixtures
from tests.web.stage import ADA, Web, fill, order_of

BLUE, RED = ItemId("77:105"), ItemId("77:106")


def with_rules(web: Web, rules: AllocationRules) -> None:
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        work.save_tenant(replace(tenant, settings=replace(tenant.settings, allocation=rules)))
        work.commit()


def an_order_of_both(web: Web) -> None:
    """Order 104 waits for a blue and a red mug, behind everybody; then six blue ones come: enough for all."""
    both = order_of(104, BLUE, 1)
    red = replace(order_of(105, RED, 1).lines[0], order_id=OrderId(104))
    news = News(
        orders=(replace(both, lines=(*both.lines, red)),),
        levels=(a_level(item=BLUE, backordered=6), a_level(item=RED, backordered=4)),
        replan=frozenset({BLUE, RED}),
    )
    with web.plugin.units(ADA) as work:
        web.plugin.inbox.intake.take_over(work, news)
        work.commit()
    web.plugin.shipments.receive(ADA, web.plugin.shipments.all(ADA)[0].shipment_id, {"MUG-BLUE": 9})


def looked_at_again(web: Web) -> list[list[str]]:
    with web.plugin.units(ADA) as work:
        events = work.inbox.claim(at=web.plugin.clock.now(), limit=99)
    return [event.body["items"] for event in events if event.topic == REPLAN]


def test_a_line_that_has_become_the_last_of_its_order_is_ranked_anew(web: Web) -> None:
    fill(web.plugin, ADA)
    with_rules(web, AllocationRules((RankRule.COMPLETES_ORDER,)))
    an_order_of_both(web)
    assert looked_at_again(web) == [[RED]]


def test_nothing_is_looked_at_again_where_no_rule_asks_for_it(web: Web) -> None:
    fill(web.plugin, ADA)
    an_order_of_both(web)
    assert looked_at_again(web) == []


def sending_of(web: Web, order: int) -> str | None:
    with web.plugin.units(ADA) as work:
        (publication,) = work.publications.get(PublicationKind.ORDER_METAFIELD, [str(order)]).values()
    assert publication.desired
    sending: str | None = json.loads(publication.desired["value"]).get("sending")
    return sending


def test_an_order_ships_complete_by_the_stores_wish_or_by_its_own(web: Web) -> None:
    fill(web.plugin, ADA)
    web.plugin.allocation.choose_sending(ADA, OrderId(101), Sending.TOGETHER)
    assert (sending_of(web, 101), sending_of(web, 102)) == ("together", None)
    with_rules(web, AllocationRules(sending=Sending.TOGETHER))
    web.plugin.allocation.choose_sending(ADA, OrderId(101), Sending.AS_READY)
    web.plugin.allocation.pin(ADA, OrderId(102))
    assert (sending_of(web, 101), sending_of(web, 102)) == ("as_ready", "together")

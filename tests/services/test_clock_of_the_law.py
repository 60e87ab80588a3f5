"""From when the law counts where no date was ever told: from the payment in the United States, from the order in Europe."""

from dataclasses import replace

import pytest

from plugin.domain.order import OrderStage
from tests.builders import a_policy
from tests.services.town import ADA, MUG, Town


@pytest.mark.parametrize(
    ("country", "day", "kind"),
    [
        ("US", 10 + 30 - 7, "delay_first_unknown"),
        ("DE", 30 - 5 - 7, "delay_unknown"),
        ("GB", 30 - 5 - 7, "delay_unknown"),
    ],
)
def test_thirty_days_count_from_the_payment_or_from_the_order(
    dateless_town: Town, country: str, day: int, kind: str
) -> None:
    town = dateless_town
    order = town.shop.sell(MUG, 2, country=country, paid=False)
    assert order
    town.hear(order)
    town.wait(days=10)
    paid = replace(order, stage=OrderStage.OPEN, paid_at=town.clock.now(), modified_at=town.clock.now())
    town.shop.placed[order.order_id] = paid
    town.hear(paid)
    town.settle()
    town.wait(days=day - 10 - 1)
    town.wait(minutes=20)
    assert town.told() == ["confirmed"]
    town.wait(days=1)
    town.wait(minutes=20)
    assert town.told() == ["confirmed", kind]


@pytest.fixture
def dateless_town(bare_town: Town) -> Town:
    """A store that sells past zero and can name no date."""
    bare_town.install()
    bare_town.plugin.policies.save(ADA, [a_policy(limit=5)])
    bare_town.settle()
    return bare_town

"""From when the law counts where no date was ever told: from the payment in the United States, from the order in Europe.

And until when: its days are the shop's own, also where one of them has 23 hours, 25, or no midnight.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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


@dataclass(frozen=True)
class Crossing:
    """An order late in the evening of the shop's day, and the moments its 24th and its 62nd day begin."""

    zone: str
    bought: str
    told_from: str
    cancelled_from: str


CROSSINGS = {
    "an hour comes twice": Crossing(
        "America/New_York", "2026-10-03T03:30+00:00", "2026-10-25T04:00+00:00", "2026-12-02T05:00+00:00"
    ),
    "an hour is left out": Crossing(
        "Europe/Berlin", "2027-03-07T22:30+00:00", "2027-03-29T22:00+00:00", "2027-05-06T22:00+00:00"
    ),
    "the last day is followed by one without a midnight": Crossing(
        "Asia/Beirut", "2027-01-26T21:30+00:00", "2027-02-17T22:00+00:00", "2027-03-27T22:00+00:00"
    ),
    "a leap day is the first day too late": Crossing(
        "America/New_York", "2027-12-31T04:30+00:00", "2028-01-22T05:00+00:00", "2028-02-29T05:00+00:00"
    ),
}
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("crossing", CROSSINGS.values(), ids=CROSSINGS)
def test_the_laws_days_end_at_the_shops_own_midnight(dateless_town: Town, crossing: Crossing) -> None:
    town = dateless_town
    with town.plugin.units(ADA) as work:
        tenant = work.tenant()
        settings = replace(tenant.settings, cancels_by_itself=True)
        work.save_tenant(replace(tenant, profile=replace(tenant.profile, time_zone=crossing.zone), settings=settings))
        work.commit()
    at(town, crossing.bought)
    order = town.buy(2)
    at(town, crossing.told_from, early=MINUTE)
    assert town.told() == ["confirmed"]
    at(town, crossing.told_from)
    town.wait(minutes=16)
    assert town.told() == ["confirmed", "delay_first_unknown"]
    at(town, crossing.cancelled_from, early=MINUTE)
    assert town.line(order).owed == 1
    at(town, crossing.cancelled_from)
    assert town.line(order).owed == 0


def at(town: Town, moment: str, *, early: timedelta = timedelta()) -> None:
    """It is that moment, and what is due has been done."""
    town.clock.moment = datetime.fromisoformat(moment) - early
    town.wait(minutes=0)


@pytest.fixture
def dateless_town(bare_town: Town) -> Town:
    """A store that sells past zero and can name no date."""
    bare_town.install()
    bare_town.plugin.policies.save(ADA, [a_policy(limit=5)])
    bare_town.settle()
    return bare_town

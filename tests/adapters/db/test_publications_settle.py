"""Whatever is wanted while writes are on their way, lost or refused: in the end the shop shows what was wanted last."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from plugin.services.ports.publications import PublicationKind
from tests.adapters.db.conftest import ADA, a_publication
from tests.builders import NOW

PRODUCT = PublicationKind.PRODUCT
ORIGINAL = {"text": "as it was"}
wishes = st.sampled_from([{"text": "March"}, {"text": "April"}, None])
outcomes = st.sampled_from(["arrives", "lost", "fails"])
steps = st.lists(
    st.tuples(st.just("want"), wishes) | st.tuples(st.just("start"), st.none()) | st.tuples(outcomes, st.none()),
    max_size=12,
)
"""Any order of steps; and rounds that make sense: something is wanted, written, and wanted otherwise meanwhile."""
rounds = st.lists(
    st.tuples(wishes, outcomes, st.none() | st.tuples(wishes)).map(
        lambda r: [("want", r[0]), ("start", None), *([("want", r[2][0])] if r[2] else []), (r[1], None)]
    ),
    max_size=4,
).map(lambda some: [step for one in some for step in one])


class Shop:
    """One product page, and a publisher that has at most one write on its way."""

    def __init__(self, units):
        self.units, self.now, self.shown, self.on_its_way, self.wanted = units, NOW, ORIGINAL, None, None

    def do(self, step, wish):
        self.now += timedelta(seconds=1)
        with self.units(ADA) as unit:
            getattr(self, step)(unit.publications, wish)
            unit.commit()

    def want(self, publications, wish):
        self.wanted = wish
        publications.want([a_publication(desired=wish, original=ORIGINAL)])

    def start(self, publications, _=None):
        if self.on_its_way is None:
            due = publications.due(PRODUCT, at=self.now + timedelta(hours=1), limit=1)
            self.on_its_way = due[0] if due else None

    def arrives(self, publications, _=None):
        if self.on_its_way:
            self._show()
            publications.wrote(self.on_its_way, remote_id=1)
            self.on_its_way = None

    def lost(self, publications, _=None):
        """It took effect, and the answer never came."""
        if self.on_its_way:
            self._show()
            self.fails(publications)

    def fails(self, publications, _=None):
        if self.on_its_way:
            publications.postpone([self.on_its_way], until=self.now)
            self.on_its_way = None

    def _show(self):
        row = self.on_its_way
        self.shown = row.original if row.desired is None else row.desired

    def settle(self):
        for _ in range(5):
            self.do("start", None)
            if self.on_its_way is None:
                return
            self.do("arrives", None)
        pytest.fail("It never settles.")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=rounds.flatmap(lambda some: steps.map(lambda more: some + more)) | steps)
def test_in_the_end_the_shop_shows_what_was_wanted_last(units, empty_publications, steps):
    empty_publications()
    shop = Shop(units)
    for step, wish in steps:
        shop.do(step, wish)
    shop.do("arrives", None)
    shop.settle()
    assert shop.shown == (ORIGINAL if shop.wanted is None else shop.wanted)


@pytest.fixture
def empty_publications(engine):
    def empty():
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM publications"))

    return empty

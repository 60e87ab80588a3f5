"""Only differences are due; nothing newer is lost when an older write comes back; the original is given back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.services.errors import GiveUp
from plugin.services.ports.publications import PublicationKind
from tests.adapters.db.conftest import a_publication
from tests.builders import NOW

PRODUCT = PublicationKind.PRODUCT
LATER = NOW + timedelta(minutes=1)
MARCH, APRIL, OLD = {"text": "Ships in March"}, {"text": "Ships in April"}, {"text": "Two days"}


def the_row(unit, target="77"):
    return unit.publications.get(PRODUCT, [target]).get(target)


def due(unit, at=LATER):
    return [publication.target for publication in unit.publications.due(PRODUCT, at=at, limit=99)]


@pytest.fixture
def wanted(work):
    """March is wanted for product 77, and due."""
    with work() as unit:
        assert unit.publications.want([a_publication(desired=MARCH, original=OLD)]) == 1
        return unit.publications.due(PRODUCT, at=LATER, limit=1)[0]


@pytest.fixture
def written(work, wanted):
    with work() as unit:
        unit.publications.wrote(wanted, remote_id=5)
    return replace(wanted, written=MARCH, remote_id=5)


def test_what_is_wanted_is_due_until_it_is_written(work, wanted):
    assert (wanted.desired, wanted.written, wanted.original, wanted.revision) == (MARCH, None, OLD, 1)
    with work() as unit:
        assert unit.publications.count_due() == 1
        unit.publications.wrote(wanted, remote_id=5)
        assert unit.publications.count_due() == 0
        assert the_row(unit) == replace(wanted, written=MARCH, remote_id=5, is_due=False)


def test_wanting_the_same_again_changes_nothing(work, written):
    with work() as unit:
        same = a_publication(desired={"text": "Ships in March"}, original=APRIL)
        assert unit.publications.want([same]) == 0
        assert the_row(unit) == replace(written, is_due=False)


def test_values_are_compared_as_json_sees_them(work):
    with work() as unit:
        unit.publications.want([a_publication(desired={"days": (1, 2), "of": {"b": 1, "a": 2}})])
        assert unit.publications.want([a_publication(desired={"of": {"a": 2, "b": 1}, "days": [1, 2]})]) == 0
        assert the_row(unit).revision == 1


def test_another_wish_is_due_and_keeps_the_original_it_has(work, written):
    with work() as unit:
        assert unit.publications.want([a_publication(desired=APRIL, original=MARCH)]) == 1
        row = the_row(unit)
        assert (row.desired, row.written, row.original, row.revision) == (APRIL, MARCH, OLD, 2)


def test_nothing_wanted_where_nothing_is_makes_no_row(work):
    with work() as unit:
        assert unit.publications.want([a_publication(desired=None, original=OLD)]) == 0
        assert the_row(unit) is None


def test_a_row_stays_due_if_something_newer_was_wanted_while_it_was_written(work, wanted):
    with work() as unit:
        unit.publications.want([a_publication(desired=APRIL)])
        unit.publications.wrote(wanted, remote_id=5)
        row = the_row(unit)
        assert (row.desired, row.written, row.remote_id, due(unit)) == (APRIL, MARCH, 5, ["77"])


def test_a_row_that_went_back_while_it_was_written_is_written_back(work, written):
    """April is on its way when March is wanted again: what the shop shows in the end must be March."""
    with work() as unit:
        unit.publications.want([a_publication(desired=APRIL)])
        on_its_way = the_row(unit)
        unit.publications.want([a_publication(desired=MARCH)])
        assert due(unit) == ["77"]
        unit.publications.wrote(on_its_way, remote_id=5)
        assert due(unit) == ["77"]
        unit.publications.wrote(the_row(unit), remote_id=5)
        assert (the_row(unit).written, due(unit)) == (MARCH, [])


def test_what_is_put_off_waits_and_counts_its_tries(work, wanted):
    with work() as unit:
        unit.publications.postpone([wanted], until=LATER)
        assert due(unit, at=NOW) == []
        assert unit.publications.due(PRODUCT, at=LATER, limit=9) == [replace(wanted, attempts=1)]
        unit.publications.want([a_publication(desired=APRIL)])
        assert (due(unit, at=NOW), the_row(unit).attempts) == ([], 0)


def test_what_is_parked_is_not_due_until_something_else_is_wanted(work, wanted):
    with work() as unit:
        unit.publications.park(wanted, GiveUp("rejected", "The shop refused it."))
        assert (due(unit), unit.publications.count_due()) == ([], 0)
        assert unit.publications.want([a_publication(desired=MARCH)]) == 0
        assert unit.publications.want([a_publication(desired=APRIL)]) == 1
        assert due(unit) == ["77"]


def test_parking_an_older_wish_does_not_park_the_newer_one(work, wanted):
    with work() as unit:
        unit.publications.want([a_publication(desired=APRIL)])
        unit.publications.park(wanted, GiveUp("rejected", "The shop refused it."))
        assert due(unit) == ["77"]


def test_a_person_can_have_parked_work_tried_again(work, wanted):
    with work() as unit:
        unit.publications.postpone([wanted], until=NOW)
        unit.publications.park(wanted, GiveUp("exceeded", "The shop was away."))
        unit.publications.postpone([wanted], until=LATER)
        assert unit.publications.due(PRODUCT, at=LATER, limit=9) == [wanted]


def test_the_oldest_wish_comes_first_and_only_of_its_kind(work, clock):
    with work() as unit:
        unit.publications.want([a_publication("2", desired=MARCH)])
        clock.forward(seconds=5)
        unit.publications.want([a_publication("1", desired=MARCH)])
        unit.publications.want([a_publication("3", kind=PublicationKind.ORDER_NOTE, desired=MARCH)])
        assert due(unit) == ["2", "1"]
        assert [p.target for p in unit.publications.due(PRODUCT, at=LATER, limit=1)] == ["2"]
        unit.publications.want([a_publication("2", desired=APRIL)])
        assert due(unit) == ["2", "1"]


def test_a_merchants_own_text_becomes_the_original_and_ours_is_due_again(work, written):
    with work() as unit:
        unit.publications.adopt(PRODUCT, "77", shown={"text": "Merchant's own"})
        row = the_row(unit)
        assert (row.original, row.written, due(unit)) == ({"text": "Merchant's own"}, None, ["77"])


def test_restoring_wants_everything_as_it_was(work, written):
    with work() as unit:
        unit.publications.want([a_publication("78", desired=APRIL, original=OLD)])
        unit.publications.want([a_publication("79", desired=APRIL)])
        unit.publications.wrote(the_row(unit, "79"), remote_id=None)
        unit.publications.want([a_publication("79", desired=None)])
        unit.publications.wrote(the_row(unit, "79"), remote_id=None)
        assert unit.publications.restore_all() == 2
        assert sorted(due(unit)) == ["77", "78"]
        row = the_row(unit)
        assert (row.desired, row.original, row.remote_id) == (None, OLD, 5)
        unit.publications.wrote(row, remote_id=None)
        assert (the_row(unit).written, due(unit)) == (None, ["78"])


def test_what_shows_something_of_ours_is_counted_by_kind(work, written):
    with work() as unit:
        note = a_publication("101", kind=PublicationKind.ORDER_NOTE, desired=MARCH)
        unit.publications.want([note, a_publication("78", desired=APRIL)])
        unit.publications.wrote(replace(note, revision=1), remote_id=None)
        assert unit.publications.written() == {PRODUCT: 1, PublicationKind.ORDER_NOTE: 1}


def test_a_thousand_wishes_are_saved_in_a_few_statements(work, statements):
    wishes = [a_publication(str(n), desired=MARCH) for n in range(1000)]
    with work() as unit:
        assert unit.publications.want(wishes) == 1000
        assert unit.publications.want(wishes) == 0
        unit.publications.postpone(wishes, until=LATER)
    assert statements.count() == 4

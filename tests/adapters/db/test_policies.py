"""One policy for each scope, whole."""

from plugin.domain.ids import LocationId
from plugin.domain.policy import Scope
from tests.builders import a_lead_time, a_policy, a_preorder


def test_policies_come_back_from_the_stores_own_to_the_most_specific(work):
    wanted = [
        a_preorder(release_on="2026-04-01"),
        a_policy(scope="category:5", limit=None, lead_time=a_lead_time(5, 10), message="Ships {date}"),
        a_policy(scope="category:23", enabled=False),
        a_policy(scope="product:77", location_limits=[(LocationId(2), 4)]),
        a_policy(scope="variant:105", handling_days=3),
    ]
    with work() as unit:
        for policy in reversed(wanted):
            unit.policies.save(policy)
    with work() as unit:
        assert unit.policies.all() == wanted


def test_a_policy_for_the_same_scope_replaces_the_one_before(work):
    with work() as unit:
        unit.policies.save(a_policy(scope="product:77", limit=3))
        unit.policies.save(a_policy(scope="product:77", limit=5))
        assert unit.policies.all() == [a_policy(scope="product:77", limit=5)]


def test_deleting_says_whether_there_was_one(work):
    with work() as unit:
        unit.policies.save(a_policy())
        assert unit.policies.delete(Scope.parse("store"))
        assert not unit.policies.delete(Scope.parse("store"))
        assert unit.policies.all() == []

"""The quota against a real Redis: learnt, shared, spent in slices, kept for urgent calls, and not needed to live."""

from datetime import timedelta

import pytest
import redis

from plugin.adapters.bigcommerce.rate_limit import NoQuota, RedisQuota
from plugin.domain.ids import TenantId
from plugin.services.errors import RetryLater

ADA, BO = TenantId("ada1"), TenantId("bo22")


def headers(*, quota=100, left=100, window=30_000, reset=30_000):
    return {
        "X-Rate-Limit-Requests-Quota": str(quota),
        "X-Rate-Limit-Requests-Left": str(left),
        "X-Rate-Limit-Time-Window-Ms": str(window),
        "X-Rate-Limit-Time-Reset-Ms": str(reset),
    }


@pytest.fixture
def connection(redis_url):
    with redis.Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def quota(connection):
    return RedisQuota(connection)


def take_all(quota, store=ADA, *, is_urgent=False, most=1000):
    """How many calls pass, and how long the next one has to wait."""
    for taken in range(most):
        try:
            quota.take(store, is_urgent=is_urgent)
        except RetryLater as wait:
            return taken, wait.after
    return most, None


def test_a_store_nobody_knows_yet_may_be_called(quota):
    assert take_all(quota, most=5) == (5, None)


def test_half_may_go_at_once_and_the_rest_waits_for_its_slice(quota):
    quota.learn(ADA, headers(quota=100, left=100), was_refused=False)
    taken, after = take_all(quota)
    # 80 are ours to spend: 40 at once, and a sixth of the other 40 in the first slice of five seconds.
    assert taken == 47
    assert timedelta(seconds=4) < after <= timedelta(seconds=5)


def test_the_last_fifth_is_kept_for_urgent_calls(quota):
    quota.learn(ADA, headers(quota=100, left=100, reset=1_000), was_refused=False)
    taken, after = take_all(quota)
    assert taken == 80
    assert after <= timedelta(seconds=1)
    assert take_all(quota, is_urgent=True)[0] == 20


def test_what_other_apps_use_counts(quota):
    quota.learn(ADA, headers(quota=100, left=15), was_refused=False)
    taken, after = take_all(quota)
    assert taken == 0
    assert timedelta(seconds=29) < after <= timedelta(seconds=30)
    assert take_all(quota, is_urgent=True)[0] == 15


def test_an_answer_that_was_overtaken_does_not_give_calls_back(quota):
    quota.learn(ADA, headers(quota=100, left=50), was_refused=False)
    quota.learn(ADA, headers(quota=100, left=90), was_refused=False)
    assert take_all(quota, is_urgent=True)[0] == 50


def test_a_refused_call_stops_everyone_until_the_window_ends(quota):
    quota.learn(ADA, headers(quota=100, left=35, reset=7_000), was_refused=True)
    for is_urgent in (False, True):
        taken, after = take_all(quota, is_urgent=is_urgent)
        assert taken == 0
        assert timedelta(seconds=6) < after <= timedelta(seconds=7)


def test_a_new_window_starts_full(quota, connection):
    quota.learn(ADA, headers(quota=100, left=0, reset=0), was_refused=True)
    assert take_all(quota, is_urgent=True)[0] == 100


def test_two_processes_share_one_quota(quota, redis_url):
    quota.learn(ADA, headers(quota=100, left=30), was_refused=False)
    with redis.Redis.from_url(redis_url) as other:
        assert take_all(RedisQuota(other), is_urgent=True, most=20) == (20, None)
    assert take_all(quota, is_urgent=True)[0] == 10


def test_stores_do_not_share(quota):
    quota.learn(ADA, headers(left=0), was_refused=True)
    assert take_all(quota, BO, most=5) == (5, None)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        headers(quota=0),
        headers(window=0),
        headers(reset=-1),
        headers(reset=31_000),
        headers() | {"X-Rate-Limit-Requests-Left": "many"},
    ],
)
def test_headers_that_make_no_sense_teach_nothing(quota, bad):
    quota.learn(ADA, bad, was_refused=True)
    assert take_all(quota, most=5) == (5, None)


def test_with_redis_away_calls_pass_and_are_counted(tmp_path):
    blind = []
    gone = redis.Redis(unix_socket_path=str(tmp_path / "nothing.sock"))
    quota = RedisQuota(gone, on_blind_call=lambda: blind.append(1))
    quota.take(ADA, is_urgent=False)
    quota.learn(ADA, headers(), was_refused=False)
    assert len(blind) == 1


def test_no_quota_never_waits():
    nothing = NoQuota()
    nothing.learn(ADA, headers(left=0), was_refused=True)
    nothing.take(ADA, is_urgent=False)

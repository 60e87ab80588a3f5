"""How often one may ask: a burst, then evenly; the same counted in memory and in Redis, and going on without it."""

from collections.abc import Callable

import pytest

from plugin.embedded import EmbeddedServer
from plugin.web.rate_limit import MOST_SENDERS, Counter, MemoryCounter, Rate, SharedCounter, subscriber

THREE_A_MINUTE = Rate(times=3, per_seconds=60)


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class NeverAsked:
    def take(self, key: str, rate: Rate) -> int:
        raise AssertionError("Redis is there")


@pytest.fixture(params=["memory", "redis"])
def counter(request: pytest.FixtureRequest) -> Counter:
    if request.param == "memory":
        return MemoryCounter(seconds=Seconds())
    return SharedCounter(request.getfixturevalue("redis_url"), NeverAsked())


def test_a_burst_is_let_through_and_then_the_wait_is_told(counter: Counter) -> None:
    waits = [counter.take("ada", THREE_A_MINUTE) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(19_000 <= wait <= 20_001 for wait in waits[3:])


def test_each_sender_and_each_purpose_has_turns_of_its_own(counter: Counter) -> None:
    for _ in range(3):
        counter.take("ada", THREE_A_MINUTE)
    assert counter.take("ada", THREE_A_MINUTE) > 0
    assert counter.take("bo", THREE_A_MINUTE) == 0


def test_turns_come_back_one_by_one() -> None:
    seconds = Seconds()
    counter = MemoryCounter(seconds=seconds)
    for _ in range(3):
        counter.take("ada", THREE_A_MINUTE)
    seconds.now += 20
    assert [counter.take("ada", THREE_A_MINUTE) == 0 for _ in range(2)] == [True, False]
    seconds.now += 3600
    assert [counter.take("ada", THREE_A_MINUTE) == 0 for _ in range(4)] == [True, True, True, False]


def test_a_crowd_of_senders_does_not_fill_the_memory() -> None:
    counter = MemoryCounter(seconds=Seconds())
    for number in range(MOST_SENDERS + 100):
        counter.take(str(number), THREE_A_MINUTE)
    assert len(counter._free_at) <= MOST_SENDERS + 1


def test_two_processes_share_their_count_in_redis(redis_url: str) -> None:
    first, second = SharedCounter(redis_url, NeverAsked()), SharedCounter(redis_url, NeverAsked())
    assert [each.take("ada", THREE_A_MINUTE) == 0 for each in (first, second, first, second)] == [
        True,
        True,
        True,
        False,
    ]


def counted_in_memory(url: str, seconds: Callable[[], float]) -> tuple[SharedCounter, list[str]]:
    asked: list[str] = []

    class Noting(MemoryCounter):
        def take(self, key: str, rate: Rate) -> int:
            asked.append(key)
            return super().take(key, rate)

    return SharedCounter(url, Noting(seconds=seconds), seconds=seconds), asked


def test_without_redis_each_process_counts_for_itself_and_asks_again_later(own_queue_server: EmbeddedServer) -> None:
    seconds = Seconds()
    counter, in_memory = counted_in_memory(own_queue_server.url, seconds)
    assert counter.take("ada", THREE_A_MINUTE) == 0
    assert in_memory == []
    own_queue_server.stop()
    assert [counter.take("ada", THREE_A_MINUTE) == 0 for _ in range(4)] == [True, True, True, False]
    assert in_memory == ["ada"] * 4
    own_queue_server.start()
    seconds.now += 1
    counter.take("ada", THREE_A_MINUTE)
    assert len(in_memory) == 5
    seconds.now += 5
    assert counter.take("cy", THREE_A_MINUTE) == 0
    assert len(in_memory) == 5


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_host_that_changes_its_address_at_will_stays_one_sender(address: str, counted: str) -> None:
    assert subscriber(address) == counted

"""Many workers at the same moment, with real threads and transactions: each piece of work goes to exactly one."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.adapters.db.inbox import LEASE
from plugin.services.ports.stock import MoveState
from tests.adapters.db.conftest import ADA, a_message, a_move
from tests.builders import NOW

WORKERS = 6


@pytest.fixture
def workers(units):
    """Runs an errand in several units of work at once, each committed, until none of them gets anything."""

    def run(errand):
        def until_empty(_):
            mine = []
            while True:
                with units(ADA) as unit:
                    got = errand(unit)
                    unit.commit()
                if not got:
                    return mine
                mine += got

        with ThreadPoolExecutor(WORKERS) as pool:
            return [thing for mine in pool.map(until_empty, range(WORKERS)) for thing in mine]

    return run


def test_each_event_is_claimed_once(work, workers):
    with work() as unit:
        for n in range(120):
            unit.inbox.add("t", {"n": n}, at=NOW, due_at=NOW)
    claimed = workers(lambda unit: unit.inbox.claim(at=NOW, limit=7))
    assert sorted(event.body["n"] for event in claimed) == list(range(120))
    assert Counter(event.attempts for event in claimed) == {1: 120}


def test_events_whose_worker_died_are_claimed_once_more_and_by_one(work, workers):
    with work() as unit:
        for n in range(30):
            unit.inbox.add("t", {"n": n}, at=NOW, due_at=NOW)
        unit.inbox.claim(at=NOW, limit=30)
    again = workers(lambda unit: unit.inbox.claim(at=NOW + LEASE, limit=4))
    assert sorted(event.body["n"] for event in again) == list(range(30))
    assert {event.attempts for event in again} == {2}


def test_each_message_is_claimed_once(work, workers):
    with work() as unit:
        ids = unit.messages.add([a_message(f"m{n}") for n in range(20)], at=NOW)
    left = {}

    def claim_next(unit):
        mine = left.setdefault(threading.get_ident(), list(ids))
        while mine:
            if message := unit.messages.claim(mine.pop(0), at=NOW):
                return [message.key]
        return []

    claimed = workers(claim_next)
    assert sorted(claimed) == sorted(f"m{n}" for n in range(20))


def test_each_move_is_claimed_once_and_never_two_of_a_place_by_different_workers(work, workers):
    with work() as unit:
        unit.stock.add_moves([a_move(str(n % 10), quantity=n + 1) for n in range(40)], at=NOW)
    claimed = workers(lambda unit: unit.stock.claim_moves(at=NOW, limit=5))
    assert len({record.move_id for record in claimed}) == len(claimed)
    by_place = Counter(record.move.item_id for record in claimed)
    with work() as unit:
        open_now = unit.stock.moves([str(n) for n in range(10)], (MoveState.WANTED, MoveState.SENDING))
    assert len(open_now) == 40
    assert set(by_place) == {str(n) for n in range(10)}


def test_the_same_message_decided_twice_at_once_is_one(work, workers, rows):
    tried = []

    def add_once(unit):
        if len(tried) >= WORKERS:
            return []
        tried.append(1)
        return unit.messages.add([a_message("confirmed:101")], at=NOW)

    added = workers(add_once)
    assert len(added) == len(rows("outbox")) == 1

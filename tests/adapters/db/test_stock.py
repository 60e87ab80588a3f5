"""Levels come back as saved; a move of ours is claimed once, and its place waits until the outcome is known."""

from datetime import timedelta

from plugin.domain.ids import LocationId
from plugin.domain.reading import Suspicion
from plugin.services.ports.stock import MoveState, StockRecord
from tests.adapters.db.conftest import a_move
from tests.builders import MUG, MUG_BLUE, NOW, SECOND, a_level

LATER = NOW + timedelta(minutes=1)


def test_levels_come_back_by_item_and_location(work):
    plain = StockRecord(a_level(on_hand=5, backordered=None), 5)
    full = StockRecord(
        a_level(location=SECOND, on_hand=-2, safety_stock=1, backordered=4, backorder_limit=9, virtual_units=-3),
        expected=-6,
        suspicion=Suspicion(-2, NOW, counted=True),
        read_at=NOW,
    )
    with work() as unit:
        unit.stock.save([full, plain])
    with work() as unit:
        assert unit.stock.records([MUG, MUG_BLUE]) == {MUG: [plain, full]}


def test_a_level_saved_again_replaces_the_one_before(work):
    with work() as unit:
        unit.stock.save([StockRecord(a_level(on_hand=5), 5, Suspicion(1, NOW), NOW)])
        unit.stock.save([StockRecord(a_level(on_hand=3), 4), StockRecord(a_level(on_hand=2), 4)])
        assert unit.stock.records([MUG]) == {MUG: [StockRecord(a_level(on_hand=2), 4)]}


def test_wanted_moves_are_claimed_oldest_first_up_to_the_limit(work):
    moves = [a_move(quantity=1), a_move(str(MUG_BLUE)), a_move(location=2), a_move("9")]
    with work() as unit:
        unit.stock.add_moves(moves, at=NOW)
    with work() as unit:
        claimed = unit.stock.claim_moves(at=LATER, limit=3)
        assert [record.move for record in claimed] == moves[:3]
        assert {(record.state, record.changed_at) for record in claimed} == {(MoveState.SENDING, LATER)}
        assert [record.move for record in unit.stock.claim_moves(at=LATER, limit=3)] == moves[3:]
        assert unit.stock.claim_moves(at=LATER, limit=3) == []


def test_a_place_with_an_unknown_outcome_waits_for_it(work):
    with work() as unit:
        unit.stock.add_moves([a_move(quantity=1), a_move(quantity=2)], at=NOW)
        first, second = unit.stock.claim_moves(at=NOW, limit=9)
        unit.stock.add_moves([a_move(quantity=3), a_move(location=2, quantity=4)], at=NOW)
        assert [record.move.quantity for record in unit.stock.claim_moves(at=NOW, limit=9)] == [4]
        unit.stock.finish_moves([first.move_id, second.move_id], MoveState.DONE, at=NOW)
        assert [record.move.quantity for record in unit.stock.claim_moves(at=NOW, limit=9)] == [3]


def test_a_move_given_back_is_wanted_again(work):
    with work() as unit:
        unit.stock.add_moves([a_move()], at=NOW)
        (claimed,) = unit.stock.claim_moves(at=NOW, limit=9)
        assert not unit.stock.has_wanted_moves()
        unit.stock.finish_moves([claimed.move_id], MoveState.WANTED, at=LATER)
        assert unit.stock.has_wanted_moves()
        assert unit.stock.claim_moves(at=LATER, limit=9)[0].move_id == claimed.move_id


def test_a_move_sent_long_ago_is_stale(work):
    with work() as unit:
        unit.stock.add_moves([a_move(), a_move(location=2)], at=NOW)
        unit.stock.claim_moves(at=NOW, limit=1)
        unit.stock.claim_moves(at=LATER, limit=1)
        (stale,) = unit.stock.stale_moves(sent_before=LATER - timedelta(seconds=1))
        assert stale.move.location_id == LocationId(1)


def test_the_ledger_is_read_by_item_state_and_time(work):
    with work() as unit:
        unit.stock.add_moves([a_move(quantity=n) for n in (1, 2, 3)] + [a_move("9")], at=NOW)
        ids = [record.move_id for record in unit.stock.moves([MUG], [MoveState.WANTED])]
        unit.stock.finish_moves(ids[:1], MoveState.DONE, at=NOW)
        unit.stock.finish_moves(ids[1:2], MoveState.DONE, at=LATER)
        unit.stock.finish_moves(ids[2:], MoveState.REFUSED, at=LATER)
        done = (MoveState.DONE,)
        assert [record.move_id for record in unit.stock.moves([MUG], done)] == ids[:2]
        assert [record.move_id for record in unit.stock.moves([MUG], done, changed_since=LATER)] == ids[1:2]
        assert unit.stock.moves([MUG], (MoveState.WANTED, MoveState.SENDING)) == []
        assert len(unit.stock.moves([MUG, "9"], tuple(MoveState))) == 4

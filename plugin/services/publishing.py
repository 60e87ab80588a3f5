"""Push what the shop should show: desired against last written, in bulk, absolute values. Never decides.

Stock first, because it limits what can be sold; then limits, products, metafields; what is written order by order waits
behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain.ids import TenantId
from plugin.domain.stock import StockMove
from plugin.services.again import look_again_later
from plugin.services.alarms import tell_parked
from plugin.services.causes import LinkedCall, calls_noted, ids_named, linked
from plugin.services.errors import GiveUp, QuotaSpent, RetryLater
from plugin.services.facts import ParkedThing
from plugin.services.ports.desk import Activity
from plugin.services.ports.directory import Directory
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.shop import BulkResult, Store, Stores
from plugin.services.ports.stock import MoveRecord, MoveState, StockPlace, StockRecord
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.publication_writers import Outcome, write_due
from plugin.services.retry import ANSWER_LOST_AFTER, next_try

MOVES_PER_CALL = 2000
ROWS_PER_ROUND = 200
NOTES_PER_JOB = 100
"""Staff notes are read and written one by one; the rest goes to the back of the queue."""
TURN = timedelta(seconds=5)
"""How long one store's publishing may keep a worker; the rest goes to the back of the queue."""
LEASE, LEASE_NAME = timedelta(minutes=10), "publish"
PAUSE = timedelta(seconds=10)
"""The shortest wait after the shop would not take a stock move now."""
SHORT_WAIT = timedelta(seconds=5)
THINGS = {
    PublicationKind.LIMIT: ParkedThing.LIMIT,
    PublicationKind.PRODUCT: ParkedThing.PRODUCT,
    PublicationKind.PRODUCT_METAFIELD: ParkedThing.PRODUCT,
    PublicationKind.VARIANT_METAFIELD: ParkedThing.PRODUCT,
    PublicationKind.ORDER_METAFIELD: ParkedThing.ORDER,
    PublicationKind.ORDER_NOTE: ParkedThing.ORDER,
}


@dataclass(frozen=True, slots=True)
class Publishing:
    units: Units
    directory: Directory
    stores: Stores
    clock: Clock

    def publish(self, tenant_id: TenantId) -> None:
        """Write everything that is due. One publisher per store at a time."""
        now = self.clock.now()
        if not self.directory.claim_lease(tenant_id, LEASE_NAME, at=now, until=now + LEASE):
            return
        try:
            store = self.stores.open(tenant_id)
            # A limit that is taken back goes before virtual units come in its place: never stand both.
            self._publish_kind(tenant_id, store, PublicationKind.LIMIT, until=now + LEASE, only_withdrawn=True)
            wait = self._move_stock(tenant_id, store)
            kinds = PublicationKind if wait is None else ()
            is_done = all(self._publish_kind(tenant_id, store, kind, until=now + TURN) for kind in kinds)
        finally:
            self.directory.release_lease(tenant_id, LEASE_NAME)
        if wait:
            self._pause(tenant_id, wait)
            raise wait
        if not is_done:
            self._wake(tenant_id)

    def _pause(self, tenant_id: TenantId, wait: RetryLater) -> None:
        """Moves have no due time of their own: nobody publishes for this store until it is worth while to ask again."""
        now = self.clock.now()
        until = now + max(wait.after or timedelta(), PAUSE)
        self.directory.claim_lease(tenant_id, LEASE_NAME, at=now, until=until)

    def _move_stock(self, tenant_id: TenantId, store: Store) -> RetryLater | None:
        """Done is only what the answer names. What it does not name is wanted still, or its outcome is open."""
        while moves := self._claim_moves(tenant_id):
            with calls_noted() as calls:
                result = _adjusted(store, moves)
            made = linked(calls, [(move.cause_id, ids_named(move.move.item_id)) for move in moves])
            if isinstance(result, GiveUp):
                self._look_again(tenant_id, moves, made)
                raise result
            self._finish(tenant_id, [move for move in moves if _place(move) in result.written], MoveState.DONE, made)
            self._refuse(tenant_id, [move for move in moves if _place(move) in result.refused], result.refused, made)
            if result.stopped_by:
                unanswered = [move for move in moves if not _is_answered(move, result)]
                self._put_back(tenant_id, unanswered, result.stopped_by, made)
                return result.stopped_by
        return None

    def _put_back(
        self, tenant_id: TenantId, moves: Sequence[MoveRecord], why: RetryLater, made: list[LinkedCall]
    ) -> None:
        if why.outcome_unknown:
            self._look_again(tenant_id, moves, made)
        else:
            self._finish(tenant_id, moves, MoveState.WANTED, made)

    def _look_again(self, tenant_id: TenantId, moves: Sequence[MoveRecord], made: list[LinkedCall]) -> None:
        """Have the levels of these moves read: only they tell whether a move has taken effect."""
        with self.units(tenant_id) as work:
            _keep(work, made)
            _ask_for(work, moves, at=self.clock.now(), after=ANSWER_LOST_AFTER)
            work.commit()

    def _claim_moves(self, tenant_id: TenantId) -> list[MoveRecord]:
        with self.units(tenant_id) as work:
            moves = work.stock.claim_moves(at=self.clock.now(), limit=MOVES_PER_CALL)
            work.commit()
        return moves

    def _finish(
        self, tenant_id: TenantId, moves: Sequence[MoveRecord], state: MoveState, made: list[LinkedCall]
    ) -> None:
        if not moves:
            return
        with self.units(tenant_id) as work:
            _keep(work, made)
            work.stock.finish_moves([move.move_id for move in moves], state, at=self.clock.now())
            if state is MoveState.DONE:
                work.stock.save(_moved(work, moves))
            work.commit()

    def _refuse(
        self,
        tenant_id: TenantId,
        moves: Sequence[MoveRecord],
        why: Mapping[StockPlace, GiveUp],
        made: list[LinkedCall],
    ) -> None:
        """The platform would not take it (its level has changed meanwhile): read the item afresh and plan again.

        What has happened stays true: goods that came were refused only for what went out with them, and go alone next.
        """
        if not moves:
            return
        planned = {_place(move) for move in moves if not move.move.has_happened}
        again = [move for move in moves if move.move.has_happened and _place(move) in planned]
        refused = [move for move in moves if move not in again]
        now = self.clock.now()
        with self.units(tenant_id) as work:
            _keep(work, made)
            work.stock.finish_moves([move.move_id for move in again], MoveState.WANTED, at=now)
            work.stock.finish_moves([move.move_id for move in refused], MoveState.REFUSED, at=now)
            work.journal.add([Activity(now, "refused", f"item:{m.move.item_id}", why[_place(m)].said) for m in refused])
            for move in refused:
                if move.move.has_happened:
                    tell_parked(work, ParkedThing.STOCK, why[_place(move)], now=now, about=move.move.reason)
            _ask_for(work, moves, at=now, after=SHORT_WAIT)
            work.commit()

    def _publish_kind(
        self, tenant_id: TenantId, store: Store, kind: PublicationKind, *, until: datetime, only_withdrawn: bool = False
    ) -> bool:
        """False if there is more of it than fits into this turn."""
        limit = NOTES_PER_JOB if kind is PublicationKind.ORDER_NOTE else ROWS_PER_ROUND
        while due := self._due(tenant_id, kind, limit, only_withdrawn=only_withdrawn):
            with calls_noted() as calls:
                wrote = write_due(store, kind, due)
            self._save(tenant_id, wrote.outcomes, linked(calls, [(each.cause_id, _ids_of(each)) for each in due]))
            if wrote.stopped_by:
                done = {outcome.publication.target for outcome in wrote.outcomes}
                self._postpone(tenant_id, [each for each in due if each.target not in done], wrote.stopped_by)
                raise wrote.stopped_by
            if kind is PublicationKind.ORDER_NOTE and len(due) == limit:
                self._wake(tenant_id)
                break
            if len(due) == limit and self.clock.now() >= until:
                return False
        return True

    def _due(
        self, tenant_id: TenantId, kind: PublicationKind, limit: int, *, only_withdrawn: bool
    ) -> list[Publication]:
        with self.units(tenant_id) as work:
            return work.publications.due(kind, at=self.clock.now(), limit=limit, only_withdrawn=only_withdrawn)

    def _save(self, tenant_id: TenantId, outcomes: Sequence[Outcome], made: list[LinkedCall]) -> None:
        with self.units(tenant_id) as work:
            _keep(work, made)
            for outcome in outcomes:
                if outcome.problem:
                    work.publications.park(outcome.publication, outcome.problem)
                else:
                    work.publications.wrote(outcome.publication, remote_id=outcome.remote_id)
            self._tell_parked(work, outcomes)
            work.commit()

    def _tell_parked(self, work: UnitOfWork, outcomes: Sequence[Outcome]) -> None:
        """The merchant hears of it, but not of what they have deleted themselves. Script and panels show on the screens."""
        parked = [o for o in outcomes if o.problem and o.problem.reason != "gone" and o.publication.kind in THINGS]
        for outcome in parked[:1]:
            assert outcome.problem is not None
            thing = THINGS[outcome.publication.kind]
            now = self.clock.now()
            tell_parked(work, thing, outcome.problem, now=now, about=outcome.publication.target, count=len(parked))

    def _postpone(self, tenant_id: TenantId, due: Sequence[Publication], problem: RetryLater) -> None:
        now = self.clock.now()
        with self.units(tenant_id) as work:
            if isinstance(problem, QuotaSpent):
                work.publications.postpone(due, until=now + problem.wait, is_try=False)
                due = ()
            for attempts in sorted({publication.attempts for publication in due}):
                group = [publication for publication in due if publication.attempts == attempts]
                until = next_try(attempts + 1, now=now, after=problem.after, spread=attempts)
                if until is None:
                    for publication in group:
                        work.publications.park(publication, GiveUp("exceeded", problem.said))
                else:
                    work.publications.postpone(group, until=until)
            work.commit()

    def _wake(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            work.wake("publish", tenant_id)
            work.commit()


def _adjusted(store: Store, moves: Sequence[MoveRecord]) -> BulkResult[StockPlace] | GiveUp:
    try:
        return store.adjust_stock(merged(moves))
    except RetryLater as problem:
        return BulkResult({}, stopped_by=problem)
    except GiveUp as problem:
        return problem


def _keep(work: UnitOfWork, made: list[LinkedCall]) -> None:
    """With whatever is saved next about what these calls wrote; once."""
    work.calls.add(made)
    made.clear()


def _ids_of(publication: Publication) -> frozenset[int]:
    remote = {publication.remote_id} if publication.remote_id else set()
    return ids_named(publication.target.partition("@")[0]) | remote


def _ask_for(work: UnitOfWork, moves: Sequence[MoveRecord], *, at: datetime, after: timedelta) -> None:
    look_again_later(work, {move.move.item_id for move in moves}, at=at, due_at=at + after)


def _is_answered(move: MoveRecord, result: BulkResult[StockPlace]) -> bool:
    return _place(move) in result.written or _place(move) in result.refused


def merged(moves: Sequence[MoveRecord]) -> list[StockMove]:
    """One move per item and location: the platform takes each of them once in a call."""
    by_place: dict[StockPlace, StockMove] = {}
    for record in moves:
        place, move = _place(record), record.move
        by_place[place] = by_place[place].joined(move) if place in by_place else move
    return list(by_place.values())


def _place(record: MoveRecord) -> StockPlace:
    return (record.move.item_id, record.move.location_id)


def _moved(work: UnitOfWork, moves: Sequence[MoveRecord]) -> list[StockRecord]:
    """The records after these moves: the level as if read again, and what to expect from now on."""
    groups = work.stock.records({record.move.item_id for record in moves}).values()
    records = {(r.level.item_id, r.level.location_id): r for group in groups for r in group}
    for move in moves:
        if (record := records.get(_place(move))) is not None:
            records[_place(move)] = record.moved(move.move)
    return list(records.values())

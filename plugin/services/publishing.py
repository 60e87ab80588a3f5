"""Push what the shop should show: desired against last written, in bulk, absolute values. Never decides.

Stock first, because it limits what can be sold; then limits, products, metafields; what is written order by order waits
behind them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from plugin.domain.ids import ItemId, LocationId, OrderId, ProductId, TenantId
from plugin.domain.item import ProductTexts
from plugin.domain.stock import StockMove
from plugin.services.alarms import tell_parked
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.facts import ParkedThing
from plugin.services.page_panels import write_panel
from plugin.services.page_scripts import write_script
from plugin.services.ports import (
    Activity,
    BackorderLimit,
    BulkResult,
    Clock,
    Directory,
    Metafield,
    MetafieldOwner,
    MoveRecord,
    MoveState,
    Publication,
    PublicationKind,
    StockPlace,
    StockRecord,
    Store,
    Stores,
    UnitOfWork,
    Units,
)
from plugin.services.retry import ANSWER_LOST_AFTER, next_try
from plugin.services.staff_notes import with_block

Key = TypeVar("Key")

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
OWNERS = {
    PublicationKind.PRODUCT_METAFIELD: MetafieldOwner.PRODUCT,
    PublicationKind.VARIANT_METAFIELD: MetafieldOwner.VARIANT,
    PublicationKind.ORDER_METAFIELD: MetafieldOwner.ORDER,
}
THINGS = {
    PublicationKind.LIMIT: ParkedThing.LIMIT,
    PublicationKind.PRODUCT: ParkedThing.PRODUCT,
    PublicationKind.PRODUCT_METAFIELD: ParkedThing.PRODUCT,
    PublicationKind.VARIANT_METAFIELD: ParkedThing.PRODUCT,
    PublicationKind.ORDER_METAFIELD: ParkedThing.ORDER,
    PublicationKind.ORDER_NOTE: ParkedThing.ORDER,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one publication: its remote id when it was written, or why it never will be."""

    publication: Publication
    remote_id: int | None = None
    problem: GiveUp | None = None


@dataclass(frozen=True, slots=True)
class Wrote:
    """What was done of what was due. `stopped_by`: the rest was not reached, and when to ask for it again."""

    outcomes: Sequence[Outcome]
    stopped_by: RetryLater | None = None


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
            result: BulkResult[StockPlace]
            try:
                result = store.adjust_stock(merged(moves))
            except RetryLater as problem:
                result = BulkResult({}, stopped_by=problem)
            except GiveUp:
                self._look_again(tenant_id, moves, after=ANSWER_LOST_AFTER)
                raise
            self._finish(tenant_id, [move for move in moves if _place(move) in result.written], MoveState.DONE)
            self._refuse(tenant_id, [move for move in moves if _place(move) in result.refused], result.refused)
            if result.stopped_by:
                self._put_back(tenant_id, [move for move in moves if not _is_answered(move, result)], result.stopped_by)
                return result.stopped_by
        return None

    def _put_back(self, tenant_id: TenantId, moves: Sequence[MoveRecord], why: RetryLater) -> None:
        if why.outcome_unknown:
            self._look_again(tenant_id, moves, after=ANSWER_LOST_AFTER)
        else:
            self._finish(tenant_id, moves, MoveState.WANTED)

    def _look_again(self, tenant_id: TenantId, moves: Sequence[MoveRecord], *, after: timedelta) -> None:
        """Have the levels of these moves read: only they tell whether a move has taken effect."""
        with self.units(tenant_id) as work:
            _ask_for(work, moves, at=self.clock.now(), after=after)
            work.commit()

    def _claim_moves(self, tenant_id: TenantId) -> list[MoveRecord]:
        with self.units(tenant_id) as work:
            moves = work.stock.claim_moves(at=self.clock.now(), limit=MOVES_PER_CALL)
            work.commit()
        return moves

    def _finish(self, tenant_id: TenantId, moves: Sequence[MoveRecord], state: MoveState) -> None:
        if not moves:
            return
        with self.units(tenant_id) as work:
            work.stock.finish_moves([move.move_id for move in moves], state, at=self.clock.now())
            if state is MoveState.DONE:
                work.stock.save(_moved(work, moves))
            work.commit()

    def _refuse(self, tenant_id: TenantId, moves: Sequence[MoveRecord], why: Mapping[StockPlace, GiveUp]) -> None:
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
            work.stock.finish_moves([move.move_id for move in again], MoveState.WANTED, at=now)
            work.stock.finish_moves([move.move_id for move in refused], MoveState.REFUSED, at=now)
            work.journal.add(
                [Activity(now, "refused", f"item:{m.move.item_id}", why[_place(m)].explanation) for m in refused]
            )
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
            wrote = _tried(store, kind, due)
            self._save(tenant_id, wrote.outcomes)
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

    def _save(self, tenant_id: TenantId, outcomes: Sequence[Outcome]) -> None:
        with self.units(tenant_id) as work:
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
            for attempts in sorted({publication.attempts for publication in due}):
                group = [publication for publication in due if publication.attempts == attempts]
                until = next_try(attempts + 1, now=now, after=problem.after, spread=attempts)
                if until is None:
                    for publication in group:
                        work.publications.park(publication, GiveUp("exceeded", problem.reason))
                else:
                    work.publications.postpone(group, until=until)
            work.commit()

    def _wake(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            work.wake("publish", tenant_id)
            work.commit()


def _ask_for(work: UnitOfWork, moves: Sequence[MoveRecord], *, at: datetime, after: timedelta) -> None:
    items = sorted({move.move.item_id for move in moves})
    work.inbox.add("backorder/look_again", {"items": items, "drift": {}}, at=at, due_at=at + after)


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


def _tried(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    """What is refused for the whole store at once, such as for a missing scope, is refused for each of them."""
    try:
        return WRITERS[kind](store, kind, due)
    except RetryLater as problem:
        return Wrote((), problem)
    except GiveUp as problem:
        return Wrote([Outcome(publication, problem=problem) for publication in due])


def _outcomes(by_key: Mapping[Key, Publication], result: BulkResult[Key]) -> list[Outcome]:
    """Of those the platform has answered for; the others were not reached."""
    return [
        Outcome(publication, result.written.get(key), result.refused.get(key))
        for key, publication in by_key.items()
        if key in result.written or key in result.refused
    ]


def write_limits(store: Store, _kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    by_place = {_place_named(publication.target): publication for publication in due}
    limits = [BackorderLimit(*place, limit=int(_shown(p)["limit"])) for place, p in by_place.items()]
    result = store.set_backorder_limits(limits)
    return Wrote(_outcomes(by_place, result), result.stopped_by)


def _place_named(target: str) -> StockPlace:
    item, _, location = target.partition("@")
    return (ItemId(item), LocationId(int(location)))


def write_products(store: Store, _kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    by_id = {ProductId(int(publication.target)): publication for publication in due}
    result = store.write_product_texts({product: _texts(publication) for product, publication in by_id.items()})
    return Wrote(_outcomes(by_id, result), result.stopped_by)


def write_metafields(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    """Written where something is desired, deleted where it is not."""
    unwanted = [publication for publication in due if publication.desired is None]
    wanted = {int(publication.target): publication for publication in due if publication.desired is not None}
    ids = [publication.remote_id for publication in unwanted if publication.remote_id]
    if ids:
        store.delete_metafields(OWNERS[kind], ids)
    outcomes = [Outcome(publication) for publication in unwanted]
    if not wanted:
        return Wrote(outcomes)
    fields = [Metafield(owner, str(p.desired["value"]), p.remote_id) for owner, p in wanted.items() if p.desired]
    try:
        result = store.write_metafields(OWNERS[kind], fields)
    except RetryLater as problem:
        return Wrote(outcomes, problem)
    return Wrote(outcomes + _outcomes(wanted, result), result.stopped_by)


def write_notes(store: Store, _kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    outcomes: list[Outcome] = []
    for publication in due:
        try:
            outcomes.append(_write_note(store, publication))
        except RetryLater as problem:
            return Wrote(outcomes, problem)
    return Wrote(outcomes)


def _write_note(store: Store, publication: Publication) -> Outcome:
    """Read right before writing: staff may have edited the notes since, and only our own block is ours to change."""
    order = OrderId(int(publication.target))
    try:
        notes = store.staff_notes(order)
        block = str(publication.desired["note"]) if publication.desired else ""
        changed = with_block(notes, block)
        if changed != notes:
            store.write_staff_notes(order, changed)
    except GiveUp as problem:
        return Outcome(publication, problem=problem)
    return Outcome(publication)


def _write_one_by_one(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    write = write_panel if kind is PublicationKind.PANEL else write_script
    outcomes: list[Outcome] = []
    for publication in due:
        try:
            write(store, publication)
        except GiveUp as problem:
            outcomes.append(Outcome(publication, problem=problem))
        except RetryLater as problem:
            return Wrote(outcomes, problem)
        else:
            outcomes.append(Outcome(publication))
    return Wrote(outcomes)


def _shown(publication: Publication) -> Mapping[str, Any]:
    """What is to be written: the desired value, or what stood there before us."""
    return publication.desired if publication.desired is not None else publication.original or {}


def _texts(publication: Publication) -> ProductTexts:
    fields = dict(_shown(publication))
    release = fields.pop("preorder_release_on", None)
    return ProductTexts(**fields, preorder_release_on=date.fromisoformat(release) if release else None)


Writer = Callable[[Store, PublicationKind, Sequence[Publication]], Wrote]
WRITERS: Mapping[PublicationKind, Writer] = {
    PublicationKind.LIMIT: write_limits,
    PublicationKind.PRODUCT: write_products,
    PublicationKind.PRODUCT_METAFIELD: write_metafields,
    PublicationKind.VARIANT_METAFIELD: write_metafields,
    PublicationKind.ORDER_METAFIELD: write_metafields,
    PublicationKind.ORDER_NOTE: write_notes,
    PublicationKind.SCRIPT: _write_one_by_one,
    PublicationKind.PANEL: _write_one_by_one,
}

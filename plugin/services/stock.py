"""Take over stock levels as the shop has them now, many at a time, and say what a surprising one means."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby

from plugin.domain.ids import ItemId, LocationId
from plugin.domain.order import Order, OrderLine
from plugin.domain.reading import Suspicion, Verdict, judge
from plugin.domain.saying import said
from plugin.domain.stock import SellingMode, StockLevel, StockMove
from plugin.domain.store import CountMeaning, Tenant
from plugin.services.ports.desk import Activity
from plugin.services.ports.stock import MoveRecord, MoveState, StockPlace, StockRecord
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.retry import ANSWER_LOST_AFTER

REOPENED_LATELY = timedelta(hours=1)
"""Within this time a rise that nobody explains may be units an opened order should have taken again."""

SENT_LATELY = timedelta(hours=1)
"""Within this time a rise may be parcels that left before the shop had heard of the goods in them."""
SENT_REASON = "units left the house before the shop had heard that they came."

ECHOES_HEARD = timedelta(minutes=10)
"""What we write comes back as news; a change as large as one of ours of this time is taken for that."""


@dataclass(frozen=True, slots=True)
class Inspected:
    changed: frozenset[ItemId]
    """Items whose level says something new."""
    doubtful: frozenset[ItemId]
    """Items to be looked at again once news has had time to arrive."""


@dataclass(frozen=True, slots=True)
class StockTaker:
    """Compares readings with what orders and our own moves explain, for one transaction."""

    work: UnitOfWork
    tenant: Tenant
    now: datetime
    grace: timedelta

    def orders_sold(self, sold: Mapping[ItemId, int]) -> None:
        """Expect each level to be lower by what orders have taken, heard of by the level itself or not."""
        moved = {item: units for item, units in sold.items() if units}
        first = [
            (item, self._default_first(group)[0]) for item, group in self.work.stock.records(moved).items() if group
        ]
        changed = [replace(record, expected=record.expected - moved[item]) for item, record in first]
        self.work.stock.save(changed)

    def take_over(
        self,
        readings: Sequence[StockLevel],
        *,
        counted: Mapping[ItemId, Collection[int | None]],
        complete: frozenset[ItemId] = frozenset(),
        all_orders_known: bool = False,
    ) -> Inspected:
        """Save the levels as read, and say which items that concerns.

        `counted`: what something other than an order has written, in units; None where that was not said. `complete`:
        items of which every order that the reading counts is known; elsewhere, lost answers stay open. Nor is a
        difference that nobody explains believed unless `all_orders_known`.
        """
        items = {reading.item_id for reading in readings}
        records = {
            _place(record.level): record for group in self.work.stock.records(items).values() for record in group
        }
        self._settle_lost_answers(items & complete, readings, records)
        own, on_their_way = self._own_moves(items, within=self.grace), self._on_their_way(items)
        written = self._written_by_others(counted)
        judged = [
            self._judged(
                reading,
                records.get(_place(reading)),
                [move.number for move in own[_place(reading)]],
                # What we are changing right now is no count of somebody else's.
                counted=reading.item_id in written and _place(reading) not in on_their_way,
                is_changing=_place(reading) in on_their_way,
                may_be_believed=all_orders_known,
            )
            for reading in readings
        ]
        changed = [record for record in judged if not _says_the_same(record, records.get(_place(record.level)))]
        self.work.stock.save(changed)
        return Inspected(
            changed=frozenset(record.level.item_id for record in changed),
            doubtful=frozenset(r.level.item_id for r in judged if r.suspicion or r.level.number != r.expected),
        )

    def _judged(
        self,
        reading: StockLevel,
        record: StockRecord | None,
        own: Sequence[int],
        *,
        counted: bool,
        is_changing: bool,
        may_be_believed: bool,
    ) -> StockRecord:
        if record is None:
            return StockRecord(reading, reading.number, None, self.now)
        level = replace(reading, virtual_units=record.level.virtual_units)
        verdict = judge(
            level.number - record.expected,
            own_moves=own,
            suspicion=record.suspicion if may_be_believed else None,
            counted=counted,
            now=self.now,
            grace=self.grace,
        )
        if is_changing and verdict is not Verdict.SETTLED:
            verdict = Verdict.WAIT
        match verdict:
            case Verdict.SETTLED | Verdict.ECHO:
                return StockRecord(level, record.expected, None, self.now)
            case Verdict.WAIT:
                return StockRecord(level, record.expected, self._suspicion(level, record, counted), self.now)
            case Verdict.COUNTED | Verdict.ACCEPTED:
                self._note(level, record, verdict)
                if verdict is Verdict.COUNTED:
                    self._take_count(level)
                else:
                    self._explain(level, record)
                return StockRecord(level, level.number, None, self.now)

    def _suspicion(self, level: StockLevel, record: StockRecord, counted: bool) -> Suspicion:
        difference, before = level.number - record.expected, record.suspicion
        if before and before.difference == difference:
            return replace(before, counted=before.counted or counted)
        return Suspicion(difference, self.now, counted)

    def _take_count(self, level: StockLevel) -> None:
        """With virtual stock a number somebody wrote is their count; the level has to be that, less owed, plus limit.

        Native stores keep the two apart: their number on hand is the count, and stays.
        """
        if self.tenant.mode is SellingMode.NATIVE:
            return
        tied = self._tied_units(level.item_id)
        change = level.virtual_units - tied
        if change:
            reason = f"A count of {level.on_hand} was written into the shop; {tied} units are tied to open orders."
            move = StockMove(level.item_id, level.location_id, change, 0, 0, reason)
            self.work.stock.add_moves([move], at=self.now)

    def _explain(self, level: StockLevel, record: StockRecord) -> None:
        rise = level.number - record.expected
        if self._is_owed_still(level, rise):
            self._take_back(
                level, 0, rise, "Parcels that were ready were taken off the owed units of orders that wait."
            )
        elif sent := self._sent_before_booked(level, record):
            counted = (level.backordered or 0) + sum(move.backordered for move in self._wanted(level.item_id))
            owed = sum(line.owed for line in self._lines_of(level.item_id))
            owed_again = min(sent, max(0, owed - counted))
            reason = f"{sent} {SENT_REASON}"
            self._take_back(level, owed_again - sent, owed_again, reason)
        else:
            self._learn_taken(level.item_id, rise)

    def _take_back(self, level: StockLevel, quantity: int, backordered: int, reason: str) -> None:
        move = StockMove(level.item_id, level.location_id, quantity, backordered, 0, reason)
        self.work.stock.add_moves([move], at=self.now)

    def _sent_before_booked(self, level: StockLevel, record: StockRecord) -> int:
        """Units of the rise for which no goods are there: they were sent before the shop knew that they came.

        A shop that sees owed units leave, and none on the shelf, forgets that they were owed: its number rises. That is
        right where goods came from elsewhere. Where our own books have them, they must not be counted twice.
        """
        rise = level.number - record.expected
        if self.tenant.mode is not SellingMode.NATIVE or rise <= 0:
            return 0
        sent = self.work.orders.sent_when_ready(level.item_id, since=self.now - SENT_LATELY)
        own = self.work.stock.moves([level.item_id], tuple(MoveState), changed_since=self.now - SENT_LATELY)
        sent += sum(each.move.number for each in own if each.move.reason.endswith(SENT_REASON))
        in_the_house = record.expected + sum(move.number for move in self._wanted(level.item_id))
        in_the_house += sum(line.missing for line in self._lines_of(level.item_id))
        return max(0, min(rise, sent, rise + in_the_house))

    def _wanted(self, item: ItemId) -> list[StockMove]:
        return [record.move for record in self.work.stock.moves([item], (MoveState.WANTED,))]

    def _is_owed_still(self, level: StockLevel, rise: int) -> bool:
        """The number rose only because the shop counts fewer owed units than orders wait for: nothing came.

        A shop may take what ships off its count of owed units, those of an order that was ready included.
        """
        if self.tenant.mode is not SellingMode.NATIVE or rise <= 0:
            return False
        records = self.work.stock.records([level.item_id])[level.item_id]
        others = (record.level for record in records if record.level.location_id != level.location_id)
        counted = sum(each.backordered or 0 for each in (level, *others))
        return counted + rise == sum(line.owed for line in self._lines_of(level.item_id))

    def _lines_of(self, item: ItemId) -> list[OrderLine]:
        """Of all orders that hold units of it."""
        orders = self.work.orders.holding_items([item])
        return [line for order in orders for line in order.lines if line.item_id == item]

    def _learn_taken(self, item: ItemId, difference: int) -> None:
        """A difference that stays tells what is not documented, where it is just as large.

        A rise: the shop took nothing for orders that were opened again. A drop: it took the part of an order that
        shipped. Both lie with the shop; only the level shows them.
        """
        orders = self.work.orders.holding_items([item])
        if difference > 0:
            learned = [order.with_untaken(item) for order in orders if self._is_reopened_lately(order)]
        else:
            learned = [order.with_shipped_taken(item) for order in orders]
        taken = {order.order_id: order.taken(item) for order in orders}
        if sum(order.taken(item) - taken[order.order_id] for order in learned) == -difference:
            self.work.orders.save(learned)

    def _is_reopened_lately(self, order: Order) -> bool:
        return order.reopened_at is not None and self.now - order.reopened_at <= REOPENED_LATELY

    def _tied_units(self, item: ItemId) -> int:
        """Units of the count that are not free to sell."""
        lines = [line for line in self._lines_of(item) if not line.untaken]
        on_the_shelf = self.tenant.settings.count_meaning is CountMeaning.ON_THE_SHELF
        return sum(line.open if on_the_shelf else line.owed for line in lines)

    def _settle_lost_answers(
        self, items: Collection[ItemId], readings: Iterable[StockLevel], records: dict[StockPlace, StockRecord]
    ) -> None:
        """Moves that may or may not have taken effect are settled by what the level shows, never repeated blindly."""
        levels = {_place(reading): reading for reading in readings}
        for place, moves in self._unanswered(items).items():
            record = records.get(place)
            if record is None or place not in levels:
                continue
            state = _outcome_of([move.move for move in moves], levels[place], record)
            self.work.stock.finish_moves([move.move_id for move in moves], state, at=self.now)
            if state is MoveState.DONE:
                records[place] = reduce(StockRecord.moved, [move.move for move in moves], record)

    def _unanswered(self, items: Collection[ItemId]) -> dict[StockPlace, list[MoveRecord]]:
        """Those of one place went out as one: the platform took them all or none."""
        by_place: dict[StockPlace, list[MoveRecord]] = defaultdict(list)
        for move in self.work.stock.moves(items, (MoveState.SENDING,)):
            if self.now - move.changed_at >= ANSWER_LOST_AFTER:
                by_place[move.move.item_id, move.move.location_id].append(move)
        return by_place

    def _written_by_others(self, counted: Mapping[ItemId, Collection[int | None]]) -> set[ItemId]:
        """Items of which a change was told that is not one of our own coming back."""
        ours: dict[ItemId, set[int | None]] = defaultdict(set)
        for (item, _), moves in self._own_moves(counted, within=ECHOES_HEARD).items():
            ours[item].update(move.quantity for move in moves)
        return {item for item, units in counted.items() if not ours[item].issuperset(units)}

    def _on_their_way(self, items: Collection[ItemId]) -> set[StockPlace]:
        """Where a move of ours was sent and not answered: the level may show it or not."""
        return {(r.move.item_id, r.move.location_id) for r in self.work.stock.moves(items, (MoveState.SENDING,))}

    def _own_moves(self, items: Collection[ItemId], *, within: timedelta) -> dict[StockPlace, list[StockMove]]:
        """What we changed lately, newest first; what went out in one call is one move."""
        recent: dict[StockPlace, list[StockMove]] = defaultdict(list)
        done = self.work.stock.moves(items, (MoveState.DONE,), changed_since=self.now - within)
        for _, records in groupby(sorted(done, key=_sent_together), key=_sent_together):
            move = reduce(StockMove.joined, (record.move for record in records))
            recent[move.item_id, move.location_id].insert(0, move)
        return recent

    def _default_first(self, records: Sequence[StockRecord]) -> list[StockRecord]:
        """Orders are taken from the default location; where the item is not kept there, from the first that has it."""
        return sorted(records, key=lambda record: record.level.location_id != self.tenant.default_location)

    def _note(self, level: StockLevel, record: StockRecord, verdict: Verdict) -> None:
        difference = level.number - record.expected
        facts: dict[str, str | int] = {"difference": f"{difference:+d}", "on_hand": level.on_hand}
        what = (
            said("The shop's stock changed by %(difference)s to %(on_hand)s; a count explains it.", **facts)
            if verdict is Verdict.COUNTED
            else said(
                "The shop's stock changed by %(difference)s to %(on_hand)s; no order and no count explains it.", **facts
            )
        )
        self.work.journal.add([Activity(self.now, "stock", f"item:{level.item_id}", what)])


def _sent_together(record: MoveRecord) -> tuple[datetime, ItemId, LocationId]:
    """Moves of one place that were written in one call."""
    return (record.changed_at, record.move.item_id, record.move.location_id)


def _outcome_of(moves: Sequence[StockMove], level: StockLevel, record: StockRecord) -> MoveState:
    """Nearer to the number with the moves than to the one without.

    Moves that leave the number alone cannot be seen in it: what only shifts units between two counts is planned anew
    from the counts as they are, a delivery among them shows in what is on hand.
    """
    quantity, backordered = sum(move.quantity for move in moves), sum(move.backordered for move in moves)
    if not (quantity or backordered):
        return MoveState.DONE
    difference, sent = level.number - record.expected, quantity - backordered
    if not sent:
        if not any(move.number for move in moves):
            return MoveState.REFUSED
        difference, sent = level.on_hand - record.level.on_hand, quantity
    return MoveState.DONE if abs(difference - sent) < abs(difference) else MoveState.WANTED


def _says_the_same(record: StockRecord, before: StockRecord | None) -> bool:
    return before is not None and replace(record, read_at=before.read_at) == before


def _place(level: StockLevel) -> StockPlace:
    return (level.item_id, level.location_id)

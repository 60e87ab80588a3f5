"""Which of the items that were to be looked at again still give cause to: what a later reading explained is not read again."""

from collections.abc import Collection
from datetime import datetime

from plugin.domain.ids import ItemId
from plugin.domain.plan import make_plan
from plugin.services.planning import Planning
from plugin.services.ports.inbox import InboxEvent
from plugin.services.ports.stock import MoveState, StockRecord
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.snapshots import Question, gather


def items_in_doubt(work: UnitOfWork, planning: Planning, notes: Collection[InboxEvent]) -> dict[int, frozenset[ItemId]]:
    """By note, the items of it that are to be read. A reading after the note that found cause anew left a note of its own."""
    asked = {ItemId(item) for note in notes for item in note.body["items"]}
    if not asked:
        return {}
    records = work.stock.records(asked)
    unanswered = {each.move.item_id for each in work.stock.moves(asked, (MoveState.SENDING,))}
    always = unanswered | (asked - records.keys()) | _owing(work, planning, asked)
    return {
        note.event_id: frozenset(
            item
            for item in map(ItemId, note.body["items"])
            if item in always or any(_is_open(record, since=note.received_at) for record in records[item])
        )
        for note in notes
    }


def _is_open(record: StockRecord, *, since: datetime) -> bool:
    """Whether what was odd then is so still; a later reading that was odd in its own way has its own note."""
    if record.suspicion:
        return record.suspicion.since <= since
    return record.level.number != record.expected and (record.read_at is None or record.read_at <= since)


def _owing(work: UnitOfWork, planning: Planning, items: Collection[ItemId]) -> set[ItemId]:
    """The shop owes more than orders we know wait for, or still owes while units lie there."""
    now = planning.clock.now()
    question = Question(sorted(items), {}, settled_before=now - planning.grace)
    snapshot = gather(work, question, holidays=planning.holidays, now=now).snapshot
    drifting = {item.item_id for item in make_plan(snapshot).items if item.drift}
    not_netted = {
        item.item_id for item in snapshot.items if any(level.backordered and level.on_hand > 0 for level in item.levels)
    }
    return drifting | not_netted

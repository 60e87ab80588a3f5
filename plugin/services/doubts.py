"""Which of the items that were to be looked at again still give cause to: what a later reading explained is not read again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from plugin.domain.ids import ItemId
from plugin.domain.plan import units_on_hand
from plugin.services.ports.inbox import InboxEvent
from plugin.services.ports.stock import MoveState, StockRecord
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.snapshots import believed_levels


def items_in_doubt(work: UnitOfWork, notes: Collection[InboxEvent]) -> dict[int, frozenset[ItemId]]:
    """By note, the items of it that are to be read. A reading after the note that found cause anew left a note of its own."""
    asked = {ItemId(item) for note in notes for item in note.body["items"]}
    if not asked:
        return {}
    records = work.stock.records(asked)
    unanswered = {each.move.item_id for each in work.stock.moves(asked, (MoveState.SENDING,))}
    always = unanswered | (asked - records.keys()) | _owing(work, records)
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


def _owing(work: UnitOfWork, records: Mapping[ItemId, Sequence[StockRecord]]) -> set[ItemId]:
    """The shop owes more than orders we know wait for, or still owes while units lie there."""
    facts = work.items.facts(records)
    levels = believed_levels(work, {item: records[item] for item in facts})
    lines = work.orders.lines_holding(facts)
    drifting = {
        item
        for item, known in facts.items()
        if known.is_tracked and units_on_hand(levels[item], lines.get(item, ())) < 0
    }
    not_netted = {
        item for item, there in levels.items() if any(each.backordered and each.on_hand > 0 for each in there)
    }
    return drifting | not_netted

"""The single deeds of services/deeds.py, each inside its caller's transaction: what it changed, what it left alone, how back.

Each reads the orders afresh, changes the lines it may, plans their items anew, and says what there was before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, MessageId, OrderId, OrderLineId
from plugin.domain.notices import CancelCause, DelayReason
from plugin.domain.order import Order, OrderLine, OrderStage, Sending
from plugin.domain.promise import SetByHand
from plugin.domain.ranking import RankRule
from plugin.domain.saying import Saying, said
from plugin.services.backorders import LineKey
from plugin.services.cancelling import Cancel, cancel_units
from plugin.services.errors import Conflict
from plugin.services.planning import Planning
from plugin.services.ports.desk import Deed
from plugin.services.ports.notices import CancellationState
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.status_letters import status_letters

UPDATE_WAITS = timedelta(minutes=2)
"""A mail sent by hand can be taken back for so long."""


class DeedKind(StrEnum):
    DATE = "date"
    CLEAR_DATE = "clear_date"
    ALLOCATE = "allocate"
    PIN = "pin"
    UNPIN = "unpin"
    UPDATE = "update"
    SPLIT = "split"
    TOGETHER = "together"
    CANCEL = "cancel"

    @property
    def journal(self) -> Saying:
        return JOURNAL[self]


JOURNAL = {
    DeedKind.DATE: said("You named other ship dates."),
    DeedKind.CLEAR_DATE: said("You took back the ship dates named by hand."),
    DeedKind.ALLOCATE: said("You gave it units that were tied to later orders."),
    DeedKind.PIN: said("Pinned by hand: it goes first."),
    DeedKind.UNPIN: said("No longer pinned."),
    DeedKind.UPDATE: said("You sent the shopper a mail about how it stands."),
    DeedKind.SPLIT: said("You decided to send what is ready now, the rest later."),
    DeedKind.TOGETHER: said("You decided to send it complete."),
    DeedKind.CANCEL: said("You cancelled what was not sent."),
}


class Skipped(StrEnum):
    """Why a chosen line was left alone."""

    GONE = "gone"
    """There is no such line."""
    NOT_OPEN = "not_open"
    NOT_OWED = "not_owed"
    NOBODY_TO_TELL = "nobody_to_tell"
    NOTHING_FREE = "nothing_free"
    ALREADY_SO = "already_so"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do to which lines. `note` is for the merchant's own papers, `words` go into the mail to the shopper."""

    kind: DeedKind
    lines: tuple[LineKey, ...]
    window: DateWindow | None = None
    cause: DelayReason = DelayReason.SUPPLIER_LATER
    note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`undo` None: it cannot be taken back."""

    done: tuple[LineKey, ...]
    skipped: Mapping[LineKey, Skipped]
    undo: Mapping[str, Any] | None = None
    undo_until: datetime | None = None
    taken_from: Mapping[OrderId, int] = field(default_factory=dict)


@dataclass
class _Chosen:
    """The chosen lines as they are now, and those left alone."""

    orders: dict[OrderId, Order]
    lines: dict[LineKey, OrderLine]
    skipped: dict[LineKey, Skipped]

    @classmethod
    def read(cls, work: UnitOfWork, keys: Collection[LineKey], *, owed: bool = False) -> "_Chosen":
        """Open lines only; with `owed`, only those that still wait for units."""
        orders = work.orders.get({key.order_id for key in keys})
        known = {LineKey(o.order_id, line.line_id): line for o in orders.values() for line in o.lines}
        chosen = cls(orders, {}, {})
        for key in sorted(set(keys)):
            line = known.get(key)
            if line is None:
                chosen.skipped[key] = Skipped.GONE
            elif not orders[key.order_id].stage.holds_units or not line.open:
                chosen.skipped[key] = Skipped.NOT_OPEN
            elif owed and not line.owed:
                chosen.skipped[key] = Skipped.NOT_OWED
            else:
                chosen.lines[key] = line
        return chosen

    def leave(self, key: LineKey, why: Skipped) -> None:
        del self.lines[key]
        self.skipped[key] = why

    @property
    def items(self) -> list[ItemId]:
        return sorted({line.item_id for line in self.lines.values() if line.item_id})

    @property
    def order_ids(self) -> list[OrderId]:
        return sorted({key.order_id for key in self.lines})

    def outcome(self, undo: Mapping[str, Any] | None = None, **more: Any) -> Outcome:
        return Outcome(tuple(self.lines), self.skipped, undo, **more)


def change_date(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """Named dates are part of the promise: who has to be told of a delay is told, as the law wants it."""
    assert asked.window is not None
    chosen = _Chosen.read(work, asked.lines, owed=True)
    known, promises = work.orders.set_by_hand(chosen.order_ids), work.orders.promises(chosen.order_ids)
    for key in chosen.lines:
        old = known.get(key.line_id)
        before = old.before if old else promises.get(key.line_id)
        dates = SetByHand(asked.window, asked.cause.value, asked.note, before)
        work.orders.save_by_hand(key.order_id, key.line_id, dates)
    planning.replan(work, chosen.items, orders=chosen.order_ids)
    return chosen.outcome({"dates": [[*_ids(key), _plain(known.get(key.line_id))] for key in chosen.lines]})


def clear_date(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    chosen = _Chosen.read(work, asked.lines)
    known = work.orders.set_by_hand(chosen.order_ids)
    for key in list(chosen.lines):
        if key.line_id not in known:
            chosen.leave(key, Skipped.ALREADY_SO)
            continue
        work.orders.save_by_hand(key.order_id, key.line_id, None)
    planning.replan(work, chosen.items, orders=chosen.order_ids)
    return chosen.outcome({"dates": [[*_ids(key), _plain(known[key.line_id])] for key in chosen.lines]})


def pin(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """Before everybody else (PIN), or no longer so."""
    is_pinned = asked.kind is DeedKind.PIN
    if is_pinned:
        _require_pins_count(work)
    chosen = _Chosen.read(work, asked.lines)
    for key, line in list(chosen.lines.items()):
        if is_pinned == (line.pinned_at is not None):
            chosen.leave(key, Skipped.ALREADY_SO)
    before = {key: line.pinned_at for key, line in chosen.lines.items()}
    for key in chosen.lines:
        work.orders.pin(key.order_id, [key.line_id], planning.clock.now() if is_pinned else None)
    planning.replan(work, chosen.items, orders=chosen.order_ids)
    return chosen.outcome({"pins": [[*_ids(key), at.isoformat() if at else None] for key, at in before.items()]})


def allocate(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """Units on hand go to the chosen lines, taken from the newest other orders; what is pinned keeps its own."""
    _require_pins_count(work)
    chosen = _Chosen.read(work, asked.lines, owed=True)
    had = {key: line.allocated for key, line in chosen.lines.items()}
    taken: dict[OrderId, int] = {}
    for item in chosen.items:
        _free_units(work, item, chosen, taken)
    before = {key: line.pinned_at for key, line in chosen.lines.items()}
    for key in chosen.lines:
        work.orders.pin(key.order_id, [key.line_id], planning.clock.now())
    planning.replan(work, chosen.items, orders=[*chosen.order_ids, *taken])
    for key, at in before.items():
        work.orders.pin(key.order_id, [key.line_id], at)
    now = _Chosen.read(work, list(had)).lines
    for key, units in had.items():
        if key not in now or now[key].allocated <= units:
            chosen.leave(key, Skipped.NOTHING_FREE)
    return chosen.outcome(taken_from=taken)


def _free_units(work: UnitOfWork, item: ItemId, chosen: _Chosen, taken: dict[OrderId, int]) -> None:
    wanted = sum(line.owed for line in chosen.lines.values() if line.item_id == item)
    holders = sorted(work.orders.holding_items([item]), key=lambda order: order.queue_time, reverse=True)
    for order in holders:
        given: dict[OrderLineId, int] = {}
        for line in order.lines:
            is_chosen = LineKey(order.order_id, line.line_id) in chosen.lines
            if line.item_id == item and line.allocated and wanted and line.pinned_at is None and not is_chosen:
                units = min(wanted, line.allocated)
                given[line.line_id] = line.allocated - units
                taken[order.order_id] = taken.get(order.order_id, 0) + units
                wanted -= units
        if given:
            work.orders.save([order.with_allocated(given)])


def send_update(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """One mail for each order: how all its open lines stand now, with the merchant's own words before it."""
    chosen = _Chosen.read(work, asked.lines)
    contacts = work.orders.contacts(chosen.order_ids)
    for key in list(chosen.lines):
        order = chosen.orders[key.order_id]
        if order.stage is not OrderStage.OPEN or not (contacts.get(key.order_id) or order.shopper.email):
            chosen.leave(key, Skipped.NOBODY_TO_TELL)
    now, orders = planning.clock.now(), [chosen.orders[order_id] for order_id in chosen.order_ids]
    due_at = work.tenant().awake_at(now + UPDATE_WAITS)
    letters = [
        replace(letter, facts={**letter.facts, "note": asked.words}, due_at=due_at)
        for letter in status_letters(work, planning, orders, named=now.isoformat())
    ]
    added = work.messages.add(letters, at=now)
    work.wake("deliver", work.tenant_id)
    return chosen.outcome({"messages": list(added)}, undo_until=due_at)


def split(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """Send what is ready now and the rest later (SPLIT), or all of it together; this is about whole orders."""
    sending = Sending.AS_READY if asked.kind is DeedKind.SPLIT else Sending.TOGETHER
    chosen = _Chosen.read(work, asked.lines)
    for key in list(chosen.lines):
        if chosen.orders[key.order_id].sending is sending:
            chosen.leave(key, Skipped.ALREADY_SO)
    before = {order_id: chosen.orders[order_id].sending for order_id in chosen.order_ids}
    work.orders.save([replace(chosen.orders[order_id], sending=sending) for order_id in before])
    planning.replan(work, chosen.items, orders=list(before))
    return chosen.outcome({"sending": [[order_id, old.value if old else None] for order_id, old in before.items()]})


def cancel(work: UnitOfWork, planning: Planning, asked: Asked) -> Outcome:
    """What has not been sent of these lines ends, and the money goes back. It cannot be taken back."""
    chosen = _Chosen.read(work, asked.lines)
    for key in list(chosen.lines):
        if chosen.orders[key.order_id].stage is not OrderStage.OPEN:
            chosen.leave(key, Skipped.NOT_OPEN)
    for order_id in chosen.order_ids:
        order = work.orders.get([order_id])[order_id]
        units = {key.line_id: line.open for key, line in chosen.lines.items() if key.order_id == order_id}
        proposals = {
            one.line_id: one
            for one in work.cancellations.of_orders([order_id])
            if one.state is CancellationState.PROPOSED and one.line_id in units
        }
        cancel_units(work, planning, Cancel(order, units, CancelCause.MERCHANT, proposals))
    return chosen.outcome()


Carry = Callable[[UnitOfWork, Planning, Asked], Outcome]
DEEDS: Mapping[DeedKind, Carry] = {
    DeedKind.DATE: change_date,
    DeedKind.CLEAR_DATE: clear_date,
    DeedKind.ALLOCATE: allocate,
    DeedKind.PIN: pin,
    DeedKind.UNPIN: pin,
    DeedKind.UPDATE: send_update,
    DeedKind.SPLIT: split,
    DeedKind.TOGETHER: split,
    DeedKind.CANCEL: cancel,
}


def undo_deed(work: UnitOfWork, deed: Deed, *, at: datetime) -> list[OrderId]:
    """Put back what there was; returns the orders to plan anew."""
    before = deed.undo or {}
    for order, line, pinned_at in before.get("pins", ()):
        work.orders.pin(OrderId(order), [OrderLineId(line)], datetime.fromisoformat(pinned_at) if pinned_at else None)
    _put_back_dates(work, before.get("dates", ()))
    sendings = {OrderId(order): Sending(value) if value else None for order, value in before.get("sending", ())}
    orders = work.orders.get(sendings)
    work.orders.save([replace(order, sending=sendings[order_id]) for order_id, order in orders.items()])
    work.messages.drop([MessageId(message) for message in before.get("messages", ())], at=at)
    touched = [row[0] for name in ("pins", "dates") for row in before.get(name, ())]
    return sorted({*sendings, *(OrderId(order) for order in touched)})


def _put_back_dates(work: UnitOfWork, rows: Sequence[Sequence[Any]]) -> None:
    known = work.orders.set_by_hand([OrderId(row[0]) for row in rows])
    promises = work.orders.promises([OrderId(row[0]) for row in rows])
    for order, line, old in rows:
        line_id = OrderLineId(line)
        if old is None:
            work.orders.save_by_hand(OrderId(order), line_id, None)
            continue
        now = known.get(line_id)
        window = DateWindow(date.fromisoformat(old["earliest"]), date.fromisoformat(old["latest"]))
        before = now.before if now else promises.get(line_id)
        work.orders.save_by_hand(OrderId(order), line_id, SetByHand(window, old["cause"], old["note"], before))


def _require_pins_count(work: UnitOfWork) -> None:
    if RankRule.PINNED not in work.tenant().settings.allocation.rules:
        raise Conflict(said("Your allocation rules do not look at pins. Add that rule under Settings first."))


def _ids(key: LineKey) -> tuple[int, int]:
    return int(key.order_id), int(key.line_id)


def _plain(dates: SetByHand | None) -> dict[str, str] | None:
    if dates is None:
        return None
    earliest, latest = dates.window.earliest.isoformat(), dates.window.latest.isoformat()
    return {"earliest": earliest, "latest": latest, "cause": dates.cause, "note": dates.note}

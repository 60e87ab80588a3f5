"""What if a shipment lands short, late, or not at all: who ships, who slips, which notices would be due.

The snapshot is planned once as it is and once changed; the difference is the answer. Nothing is locked, saved or sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ShipmentId, TenantId
from plugin.domain.law import NoticeKind, rules_for
from plugin.domain.notices import Notice, Outlook, notice_due
from plugin.domain.order import Order, OrderLine, Sending
from plugin.domain.plan import ItemSnapshot, LinePlan, Snapshot, make_plan
from plugin.domain.promise import Promise
from plugin.domain.saying import said
from plugin.domain.shipment import IncomingShipment, Place, ShipmentState
from plugin.domain.telling import OwedPart, ToldPart
from plugin.services.clocks import clock_of
from plugin.services.letters import said_promises
from plugin.services.planning import Planning
from plugin.services.ports.notices import NoticeRecord, Telling
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.shipments import all_outstanding, arrival_moves, named_units
from plugin.services.snapshots import Gathered, Question, gather


@dataclass(frozen=True, slots=True)
class Supposition:
    """What might happen to a shipment.

    `received`: it lands now with so many units (by SKU or item id; empty: all of them) and, unless `rest_comes`, the
    rest never does. Else `moves`: it gets this ETA instead. `is_cancelled`: nothing of it ever comes.
    """

    received: Mapping[str, int] | None = None
    rest_comes: bool = False
    moves: bool = False
    eta: DateWindow | None = None
    is_cancelled: bool = False


class Outcome(StrEnum):
    SHIPS = "ships"
    """All that was still owed could be sent."""
    SHIPS_IN_PART = "ships_in_part"
    SLIPS = "slips"
    """A later day than now, or none any more."""
    EARLIER = "earlier"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What would become of one line that waits. Windows are those of its last unit; None where no day can be given."""

    order_id: OrderId
    line_id: OrderLineId
    item_id: ItemId
    name: str
    outcome: Outcome
    units_now: int
    still_owed: int
    before: DateWindow | None
    after: DateWindow | None
    why: str
    notice: NoticeKind | None = None
    """The delay notice that would be due, beyond what the shopper has heard."""
    send_by: date | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    units: Units
    planning: Planning

    def ask(self, tenant_id: TenantId, shipment_id: ShipmentId, supposition: Supposition) -> tuple[LineOutcome, ...]:
        """Raises NotFound, UnknownItem, and DomainError for a shipment that is closed or units it does not bring."""
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id)
            shipment.require_open()
            supposed = _Supposed.of(work, shipment, supposition)
            now = self.planning.clock.now()
            question = Question([line.item_id for line in shipment.lines], {}, now - self.planning.grace)
            gathered = gather(work, question, holidays=self.planning.holidays, now=now)
            heard = _Heard(work.notices.told(gathered.orders), work.notices.of_orders(gathered.orders))
        return _outcomes(gathered, supposed, heard)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the shoppers were told first, and by notices since."""

    tellings: Mapping[OrderLineId, Telling]
    history: Mapping[OrderLineId, Sequence[NoticeRecord]]


@dataclass(frozen=True, slots=True)
class _Supposed:
    """The shipment as it might become, and the units that would have come in."""

    before: IncomingShipment
    after: IncomingShipment
    units: Mapping[Place, int]

    @classmethod
    def of(cls, work: UnitOfWork, shipment: IncomingShipment, wanted: Supposition) -> "_Supposed":
        if wanted.is_cancelled:
            return cls(shipment, replace(shipment, state=ShipmentState.CANCELLED), {})
        if wanted.received is None:
            return cls(shipment, replace(shipment, eta=wanted.eta) if wanted.moves else shipment, {})
        units = named_units(work, shipment, wanted.received) if wanted.received else all_outstanding(shipment)
        return cls(shipment, shipment.with_arrived(units, closes=not wanted.rest_comes), units)

    def apply(self, item: ItemSnapshot) -> ItemSnapshot:
        allowance = next((s.allowance for s in item.shipments if s.shipment_id == self.before.shipment_id), None)
        changed = replace(self.after, allowance=allowance)
        shipments = tuple(changed if s.shipment_id == self.before.shipment_id else s for s in item.shipments)
        moves = {
            move.location_id: move for move in arrival_moves(self.before, self.units) if move.item_id == item.item_id
        }
        levels = tuple(
            level.moved(moves[level.location_id]) if level.location_id in moves else level for level in item.levels
        )
        return replace(item, shipments=shipments, levels=levels)


def _outcomes(gathered: Gathered, supposed: _Supposed, heard: _Heard) -> tuple[LineOutcome, ...]:
    snapshot = gathered.snapshot
    changed = replace(snapshot, items=tuple(supposed.apply(item) for item in snapshot.items))
    before, after = _as_said(gathered, snapshot), _as_said(gathered, changed)
    held = _Held(gathered, heard)
    found = [
        (before[line.line_id], _outcome(before[line.line_id], after[line.line_id], order, line, held))
        for order in gathered.orders.values()
        for line in order.lines
        if line.line_id in before and before[line.line_id].promise.later
    ]
    told = [
        each
        for plan, each in found
        if (plan.owed and each.item_id in gathered.facts) or each.outcome is not Outcome.UNCHANGED
    ]
    return tuple(sorted(told, key=lambda each: (list(Outcome).index(each.outcome), each.order_id, each.line_id)))


def _as_said(gathered: Gathered, snapshot: Snapshot) -> dict[OrderLineId, LinePlan]:
    """Each line of the touched orders with what its shopper hears: what ships complete has the date of its last unit."""
    planned = {line.line_id: line for item in make_plan(snapshot).items for line in item.lines}
    promises = {**gathered.promises, **{line_id: line.promise for line_id, line in planned.items()}}
    said = said_promises(gathered.orders.values(), promises, gathered.tenant)
    return {
        line.line_id: replace(planned.get(line.line_id) or _as_it_is(line), promise=said[line.line_id])
        for order in gathered.orders.values()
        for line in order.lines
        if line.line_id in said
    }


def _as_it_is(line: OrderLine) -> LinePlan:
    """A line the shipment brings nothing for; it may have to wait for the rest of its order."""
    return LinePlan(
        line_id=line.line_id,
        order_id=line.order_id,
        allocated=line.allocated,
        newly_allocated=0,
        owed=line.owed,
        promise=Promise(),
        why=said("Ships with the rest of its order."),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What a supposed date is held against."""

    gathered: Gathered
    heard: _Heard

    def notice(self, after: LinePlan, order: Order, line: OrderLine) -> Notice | None:
        """The first delay the shopper has not heard of; only for orders whose shopper may be told."""
        waiting = sum(part.units for part in after.promise.later)
        if order.is_history or not order.shopper.email or not waiting:
            return None
        telling = self.heard.tellings.get(line.line_id)
        if telling is None:
            told = DateWindow(line.promised_on, line.promised_on) if line.promised_on else None
            parts: Sequence[OwedPart] = [OwedPart(ToldPart(0, 0, told), waiting, after.promise.later)]
        else:
            parts = telling.owed_parts(
                line,
                owed=waiting,
                later=after.promise.later,
                notices=self.heard.history.get(line.line_id, ()),
                today=self._today,
            )
        found = (self._of_part(part, order, line) for part in parts)
        return next((notice for notice in found if notice and notice.kind.is_delay), None)

    @property
    def sending(self) -> Sending:
        return self.gathered.tenant.settings.allocation.sending

    @property
    def _today(self) -> date:
        return self.gathered.snapshot.rules.calendar.day_of(self.gathered.snapshot.now)

    def _of_part(self, part: OwedPart, order: Order, line: OrderLine) -> Notice | None:
        snapshot = self.gathered.snapshot
        calendar = snapshot.rules.calendar
        records = [record for record in self.heard.history.get(line.line_id, ()) if record.part == part.told.number]
        days = self.gathered.tenant.settings.delivery_days
        return notice_due(
            clock_of(order, part.told, records, calendar=calendar, transit_days=days),
            Outlook(Promise(part.coming).last_window),
            today=self._today,
            rules=rules_for(order.shopper.country, self.gathered.tenant.paid_by(order)),
            calendar=calendar,
        )


def _outcome(before: LinePlan, after: LinePlan, order: Order, line: OrderLine, held: _Held) -> LineOutcome:
    units_now = after.allocated - before.allocated
    window = before.promise.last_window
    notice = held.notice(after, order, line)
    return LineOutcome(
        order_id=before.order_id,
        line_id=before.line_id,
        item_id=line.item_id or ItemId(""),
        name=line.name,
        outcome=_compared(before, after, is_complete=order.ships_together(held.sending)),
        units_now=max(0, units_now),
        still_owed=after.owed,
        before=window,
        after=after.promise.last_window,
        why=str(after.why),
        notice=notice.kind if notice else None,
        send_by=notice.send_by if notice else None,
    )


def _compared(before: LinePlan, after: LinePlan, *, is_complete: bool) -> Outcome:
    if not after.promise.later:
        return Outcome.SHIPS
    was, will = before.promise.last_window, after.promise.last_window
    if was and (will is None or will.latest > was.latest):
        return Outcome.SLIPS
    if after.allocated > before.allocated and not is_complete:
        return Outcome.SHIPS_IN_PART
    return Outcome.EARLIER if will and (was is None or will.latest < was.latest) else Outcome.UNCHANGED

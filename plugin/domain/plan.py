"""Snapshot in, plan out: who gets which units, what each line is told, what may still be sold, what the platform
must be told. Start reading here; services/planning.py feeds it and acts on what it says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.domain.allocation import (
    FIRST_COME_RULES,
    Allocation,
    Allocations,
    Supply,
    WaitingLine,
    allocate,
    supplies_for,
)
from plugin.domain.calendar import WorkCalendar
from plugin.domain.changes import Availability, AvailabilityChanged, Change, LineAllocated, PromiseMade, PromiseMoved
from plugin.domain.ids import ItemId, LocationId, OrderId, OrderLineId
from plugin.domain.moves import native_moves, virtual_moves
from plugin.domain.order import OrderLine
from plugin.domain.policy import BackorderPolicy, PolicyLabel
from plugin.domain.promise import BasisKind, Promise, PromisePart, PromiseRules, on_hand_part
from plugin.domain.ranking import AllocationRules
from plugin.domain.saying import NOTHING_SAID, Saying, said
from plugin.domain.shipment import IncomingShipment
from plugin.domain.stock import (
    UNLIMITED_UNITS,
    SellingMode,
    StockLevel,
    StockMove,
    StockTiming,
    available_for_backorder,
)


@dataclass(frozen=True, slots=True)
class StoreRules:
    """What is the same for all items of a store."""

    calendar: WorkCalendar
    mode: SellingMode
    timing: StockTiming
    default_location: LocationId
    allocation: AllocationRules = FIRST_COME_RULES


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """Everything known about one item at one moment."""

    item_id: ItemId
    is_tracked: bool
    policy: BackorderPolicy | None
    levels: tuple[StockLevel, ...]
    lines: tuple[WaitingLine, ...]
    shipments: tuple[IncomingShipment, ...]
    before: Availability = Availability.PLAIN
    is_settling: bool = False
    """One of our own moves may not be visible yet; what is backordered is looked at again when it is."""
    repair_drift: bool = False
    """The platform has owed more than we do for longer than news takes: believe our lines and correct the platform."""

    @property
    def net_position(self) -> int:
        return sum(level.net_position for level in self.levels)

    @property
    def owed(self) -> int:
        return sum(line.owed for line in self.lines)


@dataclass(frozen=True, slots=True)
class Snapshot:
    now: datetime
    rules: StoreRules
    items: tuple[ItemSnapshot, ...]


@dataclass(frozen=True, slots=True)
class LinePlan:
    line_id: OrderLineId
    order_id: OrderId
    allocated: int
    newly_allocated: int
    owed: int
    promise: Promise
    why: Saying
    is_preorder: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What the next buyer is told. `next_part` dates the first unit that is not on hand; None where none is sold."""

    availability: Availability
    on_hand: int
    available_for_backorder: int | None
    label: PolicyLabel
    next_part: PromisePart | None
    message: str = ""
    later: tuple[PromisePart, ...] = ()
    """Units beyond on hand in the order they ship: what free supply covers, then the rest up to the limit."""

    @property
    def on_sale(self) -> int | None:
        """Units one buyer may take at most; None where there is no limit."""
        return None if self.available_for_backorder is None else self.on_hand + self.available_for_backorder

    def promise_for(self, quantity: int) -> Promise:
        """What a buyer of so many is told: units on hand first, then the soonest free ones."""
        now = min(quantity, self.on_hand)
        parts = [on_hand_part(now)] if now else []
        wanted = quantity - now
        for part in self.later:
            units = min(wanted, part.units)
            if units:
                parts.append(replace(part, units=units))
            wanted -= units
        return Promise(tuple(parts))


@dataclass(frozen=True, slots=True)
class ItemPlan:
    item_id: ItemId
    offer: Offer
    owed: int
    lines: tuple[LinePlan, ...]
    moves: tuple[StockMove, ...]
    limits: tuple[tuple[LocationId, int], ...]
    """Native backorder limits the platform should have, per location; empty: those it had before us."""
    drift: int
    """Units the platform says are owed and none of our lines waits for. Usually an order not heard of yet."""


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[ItemPlan, ...]


def make_plan(snapshot: Snapshot) -> Plan:
    """Decide afresh for each item of the snapshot. Pure: the same snapshot always gives the same plan."""
    return Plan(tuple(_plan_item(item, snapshot.rules, snapshot.now) for item in snapshot.items))


def _plan_item(item: ItemSnapshot, rules: StoreRules, now: datetime) -> ItemPlan:
    item = _with_limit_from_supply(item)
    on_hand = on_hand_of(item)
    supplies = supplies_for(item.item_id, on_hand=on_hand, shipments=item.shipments)
    today = rules.calendar.day_of(now)
    allocations = allocate(item.lines, supplies, rules=rules.allocation, today=today)
    promise_rules = PromiseRules(item.policy, rules.calendar, now)
    lines = tuple(_plan_line(line, allocations, promise_rules) for line in item.lines)
    owed = sum(line.owed for line in lines)
    limit = item.policy.total_limit(rules.default_location) if item.policy else 0
    drift = max(0, -on_hand)
    # Where units leave the level only when they ship, a low level means that more was tied than lies there: no news of
    # a sale, and nothing the platform's numbers could be blamed for.
    sold_unheard = drift if rules.timing is StockTiming.PLACED else 0
    released = sold_unheard if item.repair_drift and not item.is_settling else 0
    return ItemPlan(
        item_id=item.item_id,
        offer=_offer(item, allocations.left, promise_rules, limit=limit, owed=owed + sold_unheard - released),
        owed=owed,
        lines=lines,
        moves=_moves(item, rules, released=released),
        limits=_native_limits(item, rules),
        drift=drift,
    )


def _with_limit_from_supply(item: ItemSnapshot) -> ItemSnapshot:
    """Where the limit is what supply covers, it is all that is still to come, less the reserve, as of now."""
    if item.policy is None or not item.policy.covers_supply:
        return item
    incoming = sum(shipment.outstanding(item.item_id) for shipment in item.shipments)
    return replace(item, policy=item.policy.limited_to(incoming))


def on_hand_of(item: ItemSnapshot) -> int:
    """Units on the shelf that are not tied to a line: net position + owed, less what was sold but never taken off.

    Negative where the platform owes more than our lines do. An item that is not counted always has what its lines
    ask for.
    """
    return units_on_hand(item.levels, item.lines) if item.is_tracked else item.owed


def units_on_hand(levels: Iterable[StockLevel], lines: Iterable[WaitingLine | OrderLine]) -> int:
    return sum(level.net_position for level in levels) + sum(line.owed - line.untaken for line in lines)


def _plan_line(line: WaitingLine, allocations: Allocations, rules: PromiseRules) -> LinePlan:
    given = allocations.by_line.get(line.line_id, ())
    newly_allocated = sum(part.units for part in given if part.supply.shipment is None)
    allocated = line.allocated + newly_allocated
    owed = line.owed - newly_allocated
    on_hand = (on_hand_part(allocated),) if allocated else ()
    return LinePlan(
        line_id=line.line_id,
        order_id=line.order_id,
        allocated=allocated,
        newly_allocated=newly_allocated,
        owed=owed,
        promise=Promise(on_hand + _parts_to_come(line, owed, given, rules)),
        why=given[-1].why if given else _why_without_supply(owed=owed, allocated=allocated),
        is_preorder=rules.policy is not None and rules.policy.label is PolicyLabel.PREORDER,
    )


def _why_without_supply(*, owed: int, allocated: int) -> Saying:
    """Where nothing covers the owed units, the promise itself says so."""
    return said("On hand and tied to this order.") if allocated and not owed else NOTHING_SAID


def _parts_to_come(
    line: WaitingLine, owed: int, given: Sequence[Allocation], rules: PromiseRules
) -> tuple[PromisePart, ...]:
    by_hand = line.set_by_hand
    if owed and by_hand and by_hand.window.latest >= rules.calendar.day_of(rules.now):
        return (by_hand.part(owed),)
    parts = [
        part
        for allocation in given
        if allocation.supply.shipment and (part := rules.from_shipment(allocation.units, allocation.supply.shipment))
    ]
    uncovered = owed - sum(part.units for part in parts)
    if uncovered:
        parts.append(_uncovered_part(line, uncovered, rules))
    return tuple(parts)


def _uncovered_part(line: WaitingLine, units: int, rules: PromiseRules) -> PromisePart:
    """A lead time once told stays as told; it counts from the order, or from today if its supply fell away."""
    if line.promise is None:
        return rules.without_supply(units, since=line.queue_time)
    told = next((part for part in line.promise.parts if part.basis.kind is BasisKind.LEAD_TIME), None)
    return replace(told, units=units) if told else rules.without_supply(units, since=rules.now)


def _offer(item: ItemSnapshot, left: Sequence[Supply], rules: PromiseRules, *, limit: int | None, owed: int) -> Offer:
    """`owed` counts what the platform has sold, heard of or not: it decides what can still be bought."""
    policy = item.policy
    beyond = available_for_backorder(owed=owed, limit=limit)
    sells_beyond = beyond is None or beyond > 0
    on_hand = left[0].units
    return Offer(
        availability=_availability(item, on_hand=on_hand, sells_beyond=sells_beyond, owed=owed),
        on_hand=on_hand,
        available_for_backorder=beyond,
        label=policy.label if policy else PolicyLabel.BACKORDER,
        next_part=_next_part(left, rules) if sells_beyond else None,
        message=policy.message if policy else "",
        later=_later_parts(left, rules, beyond) if sells_beyond else (),
    )


def _availability(item: ItemSnapshot, *, on_hand: int, sells_beyond: bool, owed: int) -> Availability:
    if not item.is_tracked or not (owed or (item.policy and item.policy.enabled)):
        return Availability.PLAIN
    if (
        item.policy
        and item.policy.enabled
        and item.policy.label is PolicyLabel.PREORDER
        and sells_beyond
        and not on_hand
    ):
        return Availability.PREORDER
    if on_hand:
        return Availability.IN_STOCK
    return Availability.BACKORDER if sells_beyond else Availability.CLOSED


def _next_part(left: Sequence[Supply], rules: PromiseRules) -> PromisePart:
    """The next free unit decides: buyer 51 sees June while buyer 50 sees May."""
    for supply in left[1:]:
        if supply.units and supply.shipment and (part := rules.from_shipment(1, supply.shipment)):
            return part
    return rules.without_supply(1, since=rules.now)


def _later_parts(left: Sequence[Supply], rules: PromiseRules, beyond: int | None) -> tuple[PromisePart, ...]:
    """All units that may still be sold beyond on hand, dated; an unlimited rest is the largest number there is."""
    parts, wanted = [], UNLIMITED_UNITS if beyond is None else beyond
    for supply in left[1:]:
        units = min(supply.units, wanted)
        if units and supply.shipment and (part := rules.from_shipment(units, supply.shipment)):
            parts.append(part)
            wanted -= units
    if wanted:
        parts.append(rules.without_supply(wanted, since=rules.now))
    return tuple(parts)


def _native_limits(item: ItemSnapshot, rules: StoreRules) -> tuple[tuple[LocationId, int], ...]:
    if rules.mode is not SellingMode.NATIVE or not item.is_tracked:
        return ()
    return tuple(sorted((location, max(0, limit)) for location, limit in _limits(item, rules).items()))


def _moves(item: ItemSnapshot, rules: StoreRules, *, released: int) -> tuple[StockMove, ...]:
    if not item.is_tracked:
        return ()
    if rules.mode is SellingMode.NATIVE:
        return () if item.is_settling else native_moves(item.levels, released=released)
    return virtual_moves(item.levels, limits=_limits(item, rules), default=rules.default_location, released=released)


def _limits(item: ItemSnapshot, rules: StoreRules) -> dict[LocationId, int]:
    """What the platform may sell past zero per location, less what was sold but is still part of its level."""
    if not (item.policy and item.policy.enabled):
        return {}
    limits = item.policy.limits_by_location(rules.default_location)
    limits[rules.default_location] -= sum(line.untaken for line in item.lines)
    return limits


def changes_between(snapshot: Snapshot, plan: Plan) -> tuple[Change, ...]:
    """What the plan makes different for people: promises made and moved, goods allocated, items opened and closed."""
    changes: list[Change] = []
    for item, planned in zip(snapshot.items, plan.items, strict=True):
        for line, decided in zip(item.lines, planned.lines, strict=True):
            changes.extend(_line_changes(line, decided))
        if item.before is not planned.offer.availability:
            offer = planned.offer
            changes.append(AvailabilityChanged(item.item_id, item.before, offer.availability, offer.on_hand))
    return tuple(changes)


def _line_changes(line: WaitingLine, decided: LinePlan) -> list[Change]:
    if line.promise is None:
        return [PromiseMade(line.order_id, line.line_id, decided.promise)] if decided.promise.parts else []
    changes: list[Change] = []
    if decided.newly_allocated:
        changes.append(LineAllocated(line.order_id, line.line_id, decided.newly_allocated, decided.owed))
    if decided.promise != line.promise:
        changes.append(PromiseMoved(line.order_id, line.line_id, line.promise, decided.promise))
    return changes

"""All that is known about some items at one moment, gathered in a few queries for domain/plan.py."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.domain.allocation import WaitingLine
from plugin.domain.calendar import WorkCalendar
from plugin.domain.ids import ItemId, LocationId, OrderId, OrderLineId
from plugin.domain.order import Order, OrderLine, OrderStage
from plugin.domain.plan import ItemSnapshot, Snapshot, StoreRules, on_hand_of
from plugin.domain.policy import PolicyBook
from plugin.domain.promise import Promise, SetByHand
from plugin.domain.reading import believed_level
from plugin.domain.shipment import IncomingShipment
from plugin.domain.stock import StockLevel, StockMove
from plugin.domain.store import ConnectionState, Tenant
from plugin.domain.supplier import with_allowance
from plugin.services.ports.catalog import ItemFacts
from plugin.services.ports.stock import MoveRecord, MoveState, StockRecord
from plugin.services.ports.system import Holidays
from plugin.services.ports.unit_of_work import UnitOfWork

NOT_THERE_YET = (MoveState.WANTED, MoveState.SENDING)
CALENDAR_AHEAD = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The snapshot, and what acting on its plan needs besides it."""

    tenant: Tenant
    snapshot: Snapshot
    facts: Mapping[ItemId, ItemFacts]
    orders: Mapping[OrderId, Order]
    """Every order that holds units of these items, with all its lines."""
    promises: Mapping[OrderLineId, Promise]
    levels: Mapping[ItemId, Sequence[StockLevel]]


@dataclass(frozen=True, slots=True)
class Question:
    """Which items to plan, and what is known about why."""

    items: Collection[ItemId]
    known_drift: Mapping[ItemId, int]
    """Units of drift that have stayed for longer than news takes; the same number now is repaired."""
    settled_before: datetime
    """Moves of ours that took effect earlier are visible by now."""


def calendar_of(tenant: Tenant, holidays: Holidays, today: date) -> WorkCalendar:
    """The warehouse's calendar from last month to three years ahead."""
    settings, country = tenant.settings, tenant.profile.country
    first, last = today - timedelta(days=31), today + CALENDAR_AHEAD
    public = holidays.between(country, first, last) if settings.public_holidays else frozenset[date]()
    return WorkCalendar(
        zone=ZoneInfo(tenant.profile.time_zone),
        working_weekdays=frozenset(settings.working_weekdays),
        holidays=public | frozenset(settings.extra_holidays),
        cut_off=settings.cut_off,
    )


def gather(work: UnitOfWork, question: Question, *, holidays: Holidays, now: datetime) -> Gathered:
    """Lock the items and read everything about them: a handful of queries, however many items."""
    tenant = work.tenant()
    facts = work.items.facts(question.items, lock=True)
    orders = work.orders.holding_items(facts)
    promises = work.orders.promises([order.order_id for order in orders])
    records = work.stock.records(facts)
    recent = work.stock.moves(facts, (MoveState.SENDING,)) + work.stock.moves(
        facts, (MoveState.DONE,), changed_since=question.settled_before
    )
    levels = believed_levels(work, records)
    settling = _settling(records, recent)
    by_hand = work.orders.set_by_hand([order.order_id for order in orders])
    lines = _waiting_lines(orders, promises, by_hand)
    shipments = _shipments_by_item(_as_expected(work, work.shipments.coming(facts)))
    policies = PolicyBook.of(() if tenant.state is ConnectionState.LEFT else work.policies.all())
    snapshots = (
        ItemSnapshot(
            item_id=item,
            is_tracked=known.is_tracked,
            policy=policies.policy_for(item, known.categories),
            levels=levels.get(item, ()),
            lines=tuple(lines[item]),
            shipments=tuple(shipments[item]),
            before=known.availability,
            is_settling=item in settling,
        )
        for item, known in sorted(facts.items())
        if item in levels or not known.is_tracked  # nobody plans what was never counted
    )
    calendar = calendar_of(tenant, holidays, now.date())
    rules = StoreRules(
        calendar, tenant.mode, tenant.inventory.timing, tenant.default_location, tenant.settings.allocation
    )
    snapshot = Snapshot(now, rules, tuple(_with_repair(item, question.known_drift) for item in snapshots))
    return Gathered(tenant, snapshot, facts, {o.order_id: o for o in orders}, promises, levels)


def believed_levels(
    work: UnitOfWork, records: Mapping[ItemId, Sequence[StockRecord]]
) -> dict[ItemId, tuple[StockLevel, ...]]:
    """What lies where, moves of ours included that the shop may not show yet."""
    wanted = _by_item(work.stock.moves(records, NOT_THERE_YET))
    return {item: _levels(group, wanted.get(item, ())) for item, group in records.items()}


def _settling(records: Mapping[ItemId, Sequence[StockRecord]], recent: Iterable[MoveRecord]) -> set[ItemId]:
    """Items whose level was read after a move of ours that may not have been visible yet."""
    return {
        move.move.item_id
        for move in recent
        for record in records.get(move.move.item_id, ())
        if record.read_at and record.read_at >= move.changed_at
    }


def _by_item(records: Iterable[MoveRecord]) -> dict[ItemId, list[StockMove]]:
    grouped: dict[ItemId, list[StockMove]] = defaultdict(list)
    for record in records:
        grouped[record.move.item_id].append(record.move)
    return grouped


def _levels(records: Iterable[StockRecord], wanted: Sequence[StockMove]) -> tuple[StockLevel, ...]:
    by_location: dict[LocationId, list[StockMove]] = defaultdict(list)
    for move in wanted:
        by_location[move.location_id].append(move)
    return tuple(
        believed_level(record.level, record.expected, record.suspicion, by_location[record.level.location_id])
        for record in records
    )


def _waiting_lines(
    orders: Iterable[Order], promises: Mapping[OrderLineId, Promise], by_hand: Mapping[OrderLineId, SetByHand]
) -> dict[ItemId, list[WaitingLine]]:
    waiting: dict[ItemId, list[WaitingLine]] = defaultdict(list)
    for order in orders:
        for line in order.lines:
            if line.item_id is None or not line.open:
                continue
            waiting[line.item_id].append(
                WaitingLine(
                    line_id=line.line_id,
                    order_id=order.order_id,
                    owed=line.owed,
                    allocated=line.allocated,
                    queue_time=order.queue_time,
                    untaken=line.untaken,
                    is_paid=order.stage is OrderStage.OPEN,
                    promise=promises.get(line.line_id),
                    pinned_at=line.pinned_at,
                    promised_on=line.promised_on,
                    completes_order=_is_last_open(line, order),
                    customer=str(order.shopper.customer_id or order.shopper.email.lower()),
                    customer_group=order.shopper.customer_group,
                    order_value=order.value,
                    set_by_hand=by_hand.get(line.line_id),
                )
            )
    return waiting


def _is_last_open(line: OrderLine, order: Order) -> bool:
    """Whether nothing else of the order is still owed."""
    return not any(other.owed for other in order.lines if other.line_id != line.line_id)


def _as_expected(work: UnitOfWork, shipments: Sequence[IncomingShipment]) -> list[IncomingShipment]:
    """Each with the days we allow for how late its supplier has been."""
    known = work.suppliers.punctuality({shipment.supplier for shipment in shipments})
    return [with_allowance(shipment, known.get(shipment.supplier)) for shipment in shipments]


def _shipments_by_item(shipments: Iterable[IncomingShipment]) -> dict[ItemId, list[IncomingShipment]]:
    by_item: dict[ItemId, list[IncomingShipment]] = defaultdict(list)
    for shipment in shipments:
        for line in shipment.lines:
            by_item[line.item_id].append(shipment)
    return by_item


def _with_repair(item: ItemSnapshot, known_drift: Mapping[ItemId, int]) -> ItemSnapshot:
    known = known_drift.get(item.item_id)
    return replace(item, repair_drift=True) if known and on_hand_of(item) == -known else item

"""Values for tests, sensible by default: say only what the test is about. Dates may be given as `2026-03-09`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.domain.allocation import WaitingLine
from plugin.domain.calendar import MONDAY_TO_FRIDAY, DateWindow, WorkCalendar
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, LocationId, OrderId, OrderLineId, ProductId, ShipmentId, VariantId
from plugin.domain.order import Order, OrderLine, OrderStage, Shopper
from plugin.domain.plan import ItemPlan, ItemSnapshot, Plan, Snapshot, StoreRules
from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel, Scope
from plugin.domain.promise import Promise
from plugin.domain.shipment import IncomingShipment, ShipmentLine, ShipmentState
from plugin.domain.stock import SellingMode, StockLevel, StockTiming

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, before the cut-off."""
MUG = ItemId("77")
MUG_BLUE = ItemId("77:105")
DEFAULT = LocationId(1)
SECOND = LocationId(2)

Day = date | str
Window = DateWindow | Day | tuple[Day, Day]


def a_day(day: Day) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def a_window(days: Window) -> DateWindow:
    if isinstance(days, DateWindow):
        return days
    earliest, latest = days if isinstance(days, tuple) else (days, days)
    return DateWindow(a_day(earliest), a_day(latest))


def a_calendar(
    *,
    zone: str = "UTC",
    holidays: Iterable[Day] = (),
    working_weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
    cut_off: time = time(14, 0),
) -> WorkCalendar:
    return WorkCalendar(
        zone=ZoneInfo(zone),
        working_weekdays=frozenset(working_weekdays),
        holidays=frozenset(a_day(day) for day in holidays),
        cut_off=cut_off,
    )


def a_level(
    *,
    item: ItemId = MUG,
    location: LocationId = DEFAULT,
    on_hand: int = 0,
    safety_stock: int = 0,
    backordered: int | None = 0,
    backorder_limit: int | None = None,
    virtual_units: int = 0,
) -> StockLevel:
    """A native level; for a store without native backorders give `backordered=None`."""
    return StockLevel(
        item_id=item,
        location_id=location,
        on_hand=on_hand,
        safety_stock=safety_stock,
        backordered=backordered,
        backorder_limit=backorder_limit,
        virtual_units=virtual_units,
    )


def a_virtual_level(
    *,
    item: ItemId = MUG,
    location: LocationId = DEFAULT,
    level: int = 0,
    virtual_units: int = 0,
    safety_stock: int = 0,
) -> StockLevel:
    return a_level(
        item=item,
        location=location,
        on_hand=level,
        virtual_units=virtual_units,
        safety_stock=safety_stock,
        backordered=None,
    )


def a_lead_time(shortest: int, longest: int | None = None) -> LeadTime:
    return LeadTime(shortest, shortest if longest is None else longest)


def a_policy(
    *,
    scope: str = "store",
    enabled: bool = True,
    limit: int | None = 10,
    lead_time: LeadTime | None = None,
    handling_days: int = 0,
    label: PolicyLabel = PolicyLabel.BACKORDER,
    release_on: Day | None = None,
    message: str = "",
    location_limits: Iterable[tuple[LocationId, int]] = (),
) -> BackorderPolicy:
    return BackorderPolicy(
        scope=Scope.parse(scope),
        enabled=enabled,
        backorder_limit=limit,
        lead_time=lead_time,
        handling_days=handling_days,
        label=label,
        release_on=None if release_on is None else a_day(release_on),
        message=message,
        location_limits=tuple(location_limits),
    )


def a_preorder(
    *, release_on: Day = "2026-04-01", limit: int | None = 10, lead_time: LeadTime | None = None, handling_days: int = 0
) -> BackorderPolicy:
    return a_policy(
        label=PolicyLabel.PREORDER,
        release_on=release_on,
        limit=limit,
        lead_time=lead_time,
        handling_days=handling_days,
    )


def a_shipment(
    *,
    shipment_id: int = 1,
    reference: str = "",
    eta: Window | None = "2026-03-09",
    quantity: int = 10,
    received: int = 0,
    item: ItemId = MUG,
    lines: Iterable[ShipmentLine] = (),
    state: ShipmentState = ShipmentState.ANNOUNCED,
    location: LocationId = DEFAULT,
    eta_source: str = "",
) -> IncomingShipment:
    return IncomingShipment(
        shipment_id=ShipmentId(shipment_id),
        supplier="Acme",
        reference=reference or f"PO-{shipment_id}",
        eta=None if eta is None else a_window(eta),
        eta_source=eta_source,
        location_id=location,
        state=state,
        lines=tuple(lines) or (ShipmentLine(item, quantity, received),),
    )


def a_line(
    *,
    line_id: int = 1,
    order_id: int | None = None,
    owed: int = 1,
    allocated: int = 0,
    queue_time: datetime | None = None,
    untaken: int = 0,
    is_paid: bool = True,
    promise: Promise | None = None,
) -> WaitingLine:
    """A waiting line; by default line 2 came a minute after line 1."""
    return WaitingLine(
        line_id=OrderLineId(line_id),
        order_id=OrderId(100 + line_id if order_id is None else order_id),
        owed=owed,
        allocated=allocated,
        queue_time=NOW + timedelta(minutes=line_id) if queue_time is None else queue_time,
        untaken=untaken,
        is_paid=is_paid,
        promise=promise,
    )


def an_order_line(
    *,
    line_id: int = 1,
    order_id: int = 101,
    item: ItemId | None = MUG,
    product: int | None = 77,
    variant: int | None = None,
    name: str = "Mug",
    sku: str = "MUG",
    quantity: int = 1,
    shipped: int = 0,
    refunded: int = 0,
    allocated: int = 0,
    taken: int = 0,
) -> OrderLine:
    return OrderLine(
        line_id=OrderLineId(line_id),
        order_id=OrderId(order_id),
        item_id=item,
        product_id=None if product is None else ProductId(product),
        variant_id=None if variant is None else VariantId(variant),
        name=name,
        sku=sku,
        quantity=quantity,
        shipped=shipped,
        refunded=refunded,
        allocated=allocated,
        taken=taken,
    )


def an_order(
    *,
    order_id: int = 101,
    stage: OrderStage = OrderStage.OPEN,
    status_id: int = 11,
    placed_at: datetime = NOW,
    modified_at: datetime | None = None,
    email: str = "ada@example.com",
    locale: str = "en",
    country: str = "US",
    lines: Iterable[OrderLine] | None = None,
    staff_notes: str = "",
    is_history: bool = False,
    paid_at: datetime | None = None,
) -> Order:
    return Order(
        order_id=OrderId(order_id),
        stage=stage,
        status_id=status_id,
        placed_at=placed_at,
        modified_at=placed_at if modified_at is None else modified_at,
        shopper=Shopper(email=email, name="Ada", locale=locale, country=country),
        channel_id=1,
        lines=(an_order_line(order_id=order_id),) if lines is None else tuple(lines),
        staff_notes=staff_notes,
        is_history=is_history,
        paid_at=paid_at,
    )


def an_item(
    *,
    item: ItemId = MUG,
    is_tracked: bool = True,
    policy: BackorderPolicy | None = None,
    levels: Iterable[StockLevel] | None = None,
    lines: Iterable[WaitingLine] = (),
    shipments: Iterable[IncomingShipment] = (),
    before: Availability = Availability.PLAIN,
    repair_drift: bool = False,
    is_settling: bool = False,
) -> ItemSnapshot:
    return ItemSnapshot(
        item_id=item,
        is_tracked=is_tracked,
        policy=policy,
        levels=(a_level(item=item),) if levels is None else tuple(levels),
        lines=tuple(lines),
        shipments=tuple(shipments),
        before=before,
        is_settling=is_settling,
        repair_drift=repair_drift,
    )


def some_rules(
    *,
    calendar: WorkCalendar | None = None,
    mode: SellingMode = SellingMode.NATIVE,
    timing: StockTiming = StockTiming.PLACED,
    default_location: LocationId = DEFAULT,
) -> StoreRules:
    return StoreRules(calendar=calendar or a_calendar(), mode=mode, timing=timing, default_location=default_location)


def a_snapshot(*items: ItemSnapshot, now: datetime = NOW, rules: StoreRules | None = None) -> Snapshot:
    return Snapshot(now=now, rules=rules or some_rules(), items=items)


def once_done(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The same world after everything the plan said was saved and the platform has followed."""
    return replace(
        snapshot,
        items=tuple(_item_once_done(item, planned) for item, planned in zip(snapshot.items, plan.items, strict=True)),
    )


def _item_once_done(item: ItemSnapshot, planned: ItemPlan) -> ItemSnapshot:
    moves = {move.location_id: move for move in planned.moves}
    return replace(
        item,
        levels=tuple(
            level.moved(moves[level.location_id]) if level.location_id in moves else level for level in item.levels
        ),
        lines=tuple(
            replace(line, owed=decided.owed, allocated=decided.allocated, promise=decided.promise)
            for line, decided in zip(item.lines, planned.lines, strict=True)
        ),
        before=planned.offer.availability,
        repair_drift=False,
    )

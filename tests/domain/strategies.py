"""Random but sane worlds for the properties: calendars, policies, queues and items in which every book agrees."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from plugin.domain.allocation import Supply, WaitingLine
from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.changes import Availability
from plugin.domain.ids import LocationId
from plugin.domain.plan import ItemSnapshot, Snapshot, StoreRules
from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart
from plugin.domain.shipment import IncomingShipment, ShipmentState
from plugin.domain.stock import SellingMode, StockLevel, StockTiming
from tests.builders import DEFAULT, MUG, NOW, SECOND, a_line, a_policy, a_shipment

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
few = st.integers(0, 12)
some = st.integers(1, 12)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    return WorkCalendar(
        zone=draw(st.sampled_from([ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")])),
        working_weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        holidays=draw(st.frozensets(days, max_size=30)),
        cut_off=draw(st.sampled_from([time(0, 0), time(14, 0), time(23, 59)])),
    )


@st.composite
def windows(draw: st.DrawFn) -> DateWindow:
    earliest = NOW.date() + timedelta(days=draw(st.integers(-10, 90)))
    return DateWindow(earliest, earliest + timedelta(days=draw(st.integers(0, 10))))


@st.composite
def shipments(draw: st.DrawFn, *, dated: bool = False) -> list[IncomingShipment]:
    amounts = draw(st.lists(st.tuples(some, st.integers(0, 3)), max_size=4))
    ids = draw(st.permutations(range(1, len(amounts) + 1)))
    return [
        a_shipment(
            shipment_id=shipment_id,
            eta=draw(windows() if dated else st.none() | windows()),
            quantity=quantity,
            received=received,
            state=ShipmentState.RECEIVED_IN_PART if received else draw(st.sampled_from(ShipmentState)),
        )
        for shipment_id, (quantity, received) in zip(ids, amounts, strict=True)
    ]


@st.composite
def lead_times(draw: st.DrawFn) -> LeadTime:
    shortest = draw(st.integers(0, 20))
    return LeadTime(shortest, shortest + draw(st.integers(0, 20)))


@st.composite
def policies(draw: st.DrawFn) -> BackorderPolicy:
    label = draw(st.sampled_from(PolicyLabel))
    release = draw(st.none() | windows()) if label is PolicyLabel.PREORDER else None
    return a_policy(
        enabled=draw(st.booleans()),
        limit=draw(st.none() | st.integers(0, 15)),
        lead_time=draw(st.none() | lead_times()),
        handling_days=draw(st.integers(0, 5)),
        label=label,
        release_on=release.earliest if release else None,
        location_limits=draw(st.sampled_from([(), ((SECOND, 3),), ((DEFAULT, 2),), ((DEFAULT, 2), (SECOND, 3))])),
    )


earlier_promises = st.sampled_from(
    [
        None,
        Promise(),
        Promise((PromisePart(1, None, Basis(BasisKind.UNKNOWN)),)),
        Promise(
            (
                PromisePart(
                    2,
                    DateWindow(date(2026, 3, 9), date(2026, 3, 16)),
                    Basis(BasisKind.LEAD_TIME, lead_time=LeadTime(5, 10)),
                ),
            )
        ),
    ]
)


@st.composite
def queues(draw: st.DrawFn, *, fresh: bool = False) -> list[WaitingLine]:
    """Lines with colliding times. `fresh`: nothing is tied to them yet."""
    ids = draw(st.lists(st.integers(1, 30), unique=True, max_size=8))
    return [
        a_line(
            line_id=line_id,
            owed=draw(few),
            allocated=0 if fresh else draw(few),
            queue_time=NOW + timedelta(hours=draw(st.integers(-5, 5))),
            is_paid=draw(st.booleans()),
            promise=draw(earlier_promises),
        )
        for line_id in ids
    ]


@st.composite
def supplies(draw: st.DrawFn) -> list[Supply]:
    incoming = draw(st.lists(few, max_size=5))
    return [
        Supply(draw(few)),
        *(Supply(units, a_shipment(shipment_id=number + 1)) for number, units in enumerate(incoming)),
    ]


@st.composite
def levels(draw: st.DrawFn, mode: SellingMode) -> list[StockLevel]:
    """Whatever a platform may read, the other mode's leftovers included."""
    found = []
    for location in draw(st.sampled_from([(DEFAULT,), (DEFAULT, SECOND)])):
        counts_backordered = mode is SellingMode.NATIVE or draw(st.booleans())
        safety_stock = draw(st.integers(0, 3))
        found.append(
            StockLevel(
                item_id=MUG,
                location_id=LocationId(location),
                on_hand=safety_stock + draw(few),
                safety_stock=safety_stock,
                backordered=draw(few) if counts_backordered else None,
                virtual_units=draw(st.sampled_from([0, 0, 1, 5, 9])),
            )
        )
    return found


@st.composite
def items(draw: st.DrawFn, mode: SellingMode) -> ItemSnapshot:
    return ItemSnapshot(
        item_id=MUG,
        is_tracked=draw(st.sampled_from([True, True, True, False])),
        policy=draw(st.none() | policies()),
        levels=tuple(draw(levels(mode))),
        lines=tuple(draw(queues())),
        shipments=tuple(draw(shipments())),
        before=draw(st.sampled_from(Availability)),
        repair_drift=draw(st.booleans()),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    mode = draw(st.sampled_from(SellingMode))
    return Snapshot(
        now=draw(moments),
        rules=StoreRules(calendar=draw(calendars()), mode=mode, timing=StockTiming.PLACED, default_location=DEFAULT),
        items=(draw(items(mode)),),
    )

"""From what is kept of a line to what the domain judges: its clock, what the plan now says of its units, and why they are late."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from plugin.domain.calendar import WorkCalendar
from plugin.domain.law import Clock, rules_for
from plugin.domain.notices import DelayReason, LineClock, Outlook
from plugin.domain.order import Order
from plugin.domain.promise import BasisKind, Promise, PromisePart
from plugin.domain.telling import ToldPart
from plugin.services.ports.notices import NoticeRecord
from plugin.services.snapshots import Gathered


def clock_of(
    order: Order, told: ToldPart, records: Iterable[NoticeRecord], *, calendar: WorkCalendar, transit_days: int
) -> LineClock:
    """The clock of units that were told one date."""
    # The clock of a shipment starts with a properly completed order, that of a delivery with the contract.
    is_shipment = rules_for(order.shopper.country).clock is Clock.SHIPMENT
    return LineClock(
        bought_on=calendar.day_of(order.queue_time if is_shipment else order.placed_at),
        told=told.window,
        notices=tuple(record.notice for record in records if not record.is_pending),
        transit_days=transit_days,
    )


def overdue_references(gathered: Gathered) -> frozenset[str]:
    """Shipments whose day has passed."""
    today = gathered.snapshot.rules.calendar.day_of(gathered.snapshot.now)
    return frozenset(
        shipment.reference
        for item in gathered.snapshot.items
        for shipment in item.shipments
        if shipment.expected and shipment.expected.latest < today
    )


def outlook_of(coming: Sequence[PromisePart], *, overdue: Collection[str], today: date) -> Outlook:
    """A date whose supplier's own has passed moves on with every day: nobody may be told it."""
    window = Promise(tuple(coming)).last_window
    if window is None:
        return Outlook(None)
    last = max(coming, key=lambda part: part.window.latest if part.window else date.min)
    is_stale = window.latest < today or (last.basis.kind is BasisKind.SHIPMENT and last.basis.reference in overdue)
    return Outlook(window, has_basis=not is_stale)


def reason_of(coming: Sequence[PromisePart], outlook: Outlook) -> DelayReason:
    kinds = {part.basis.kind for part in coming}
    causes = [part.basis.cause for part in coming if part.basis.cause]
    if causes:
        return DelayReason(causes[-1])
    if outlook.window and not outlook.has_basis:
        return DelayReason.SUPPLIER_OVERDUE
    if BasisKind.RELEASE in kinds:
        return DelayReason.RELEASE_MOVED
    return DelayReason.SUPPLIER_LATER if BasisKind.SHIPMENT in kinds else DelayReason.NO_SUPPLY

"""Who sends us goods, and how well it keeps its dates: promised against actual, and the days we allow for that."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from statistics import median
from zoneinfo import ZoneInfo

from plugin.domain.calendar import MONDAY_TO_FRIDAY, DateWindow, WorkCalendar
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.policy import LeadTime
from plugin.domain.saying import said
from plugin.domain.shipment import Allowance, EtaStatement, IncomingShipment

ENOUGH_DELIVERIES = 5
"""Below this a record says nothing: four deliveries have no fifth that was worse."""
NOTICE = timedelta(days=7)
"""A date given less than a week before the goods come is no promise: nobody could act on it any more."""
MOST_DELIVERIES = 100
"""The newest ones count; how late a supplier was years ago does not."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """What the merchant knows of a supplier. The name is the one on its shipments."""

    name: str
    lead_time: LeadTime | None = None
    """In the supplier's own working days, from ordering until the goods are here."""
    working_weekdays: tuple[int, ...] = tuple(sorted(MONDAY_TO_FRIDAY))
    country: str = ""
    """ISO 3166 alpha-2; its public holidays are days on which this supplier does not work. Empty: none."""
    extra_holidays: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DomainError(said("name is empty; write it as on the shipments."), field="name", value=self.name)
        if self.country and not (len(self.country) == 2 and self.country.isascii() and self.country.isupper()):
            message = said(
                "country is %(country)r; write two capital letters such as DE, or leave it empty.", country=self.country
            )
            raise DomainError(message, field="country", value=self.country)
        days = list(self.working_weekdays)
        if not days or len(set(days)) != len(days) or not set(days) <= set(range(7)):
            message = said(
                "working_weekdays is %(days)s; name at least one day from 0 (Monday) to 6, each once.", days=str(days)
            )
            raise DomainError(message, field="working_weekdays", value=days)

    def calendar(self, zone: ZoneInfo, public_holidays: Collection[date]) -> WorkCalendar:
        return WorkCalendar(
            zone=zone,
            working_weekdays=frozenset(self.working_weekdays),
            holidays=frozenset(public_holidays) | frozenset(self.extra_holidays),
        )

    def estimate(self, ordered_on: date, calendar: WorkCalendar) -> DateWindow | None:
        """When goods ordered that day should come, where the supplier named no date itself."""
        if self.lead_time is None:
            return None
        return DateWindow(
            calendar.add_working_days(ordered_on, self.lead_time.shortest),
            calendar.add_working_days(ordered_on, self.lead_time.longest),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units of one item that came in with one shipment, and the day that had been promised for them."""

    supplier: str
    shipment_id: ShipmentId
    item_id: ItemId
    units: int
    received_on: date
    promised_on: date | None
    """None where nobody had named a day; then nobody was late."""

    @property
    def slip_days(self) -> int | None:
        """Calendar days after the promised one; negative when it came early."""
        return (self.received_on - self.promised_on).days if self.promised_on else None


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How late deliveries came, in calendar days. With too little data both figures are None."""

    deliveries: int = 0
    median_days: int | None = None
    p80_days: int | None = None
    """Four of five deliveries were not later than this."""

    @property
    def is_enough(self) -> bool:
        return self.deliveries >= ENOUGH_DELIVERIES

    @property
    def allowance(self) -> Allowance | None:
        """What is added to this supplier's dates; nothing where it is on time or too little is known."""
        return Allowance(self.p80_days, self.deliveries) if self.p80_days and self.p80_days > 0 else None

    def __str__(self) -> str:
        if self.median_days is None or self.p80_days is None:
            few = f"{self.deliveries} {'delivery' if self.deliveries == 1 else 'deliveries'}"
            return f"too little data: {few} with a promised day so far, {ENOUGH_DELIVERIES} are needed"
        usual = f"{_late(self.median_days)} in the middle, {_late(self.p80_days)} or better four times of five"
        return f"{usual} ({self.deliveries} deliveries)"


@dataclass(frozen=True, slots=True)
class SupplierRecord:
    """Promised against actual: over all deliveries, and for each item."""

    overall: Punctuality
    by_item: dict[ItemId, Punctuality]


def promised_on(history: Iterable[EtaStatement], *, received_on: date, calendar: WorkCalendar) -> date | None:
    """The last day that was named in time, else the first one named at all."""
    dated = sorted((each for each in history if each.eta), key=lambda each: each.said_at)
    in_time = [each for each in dated if calendar.day_of(each.said_at) <= received_on - NOTICE]
    chosen = in_time[-1] if in_time else dated[0] if dated else None
    return chosen.eta.latest if chosen and chosen.eta else None


def record_of(receipts: Iterable[Receipt]) -> SupplierRecord:
    """A delivery is as late as its last unit: one shipment counts once overall, and once for each of its items."""
    known = list(receipts)
    items = sorted({receipt.item_id for receipt in known})
    by_item = {item: _punctuality([r for r in known if r.item_id == item]) for item in items}
    return SupplierRecord(overall=_punctuality(known), by_item=by_item)


def _punctuality(receipts: Collection[Receipt]) -> Punctuality:
    slips = _newest(_worst_of_each_shipment(receipts))
    if len(slips) < ENOUGH_DELIVERIES:
        return Punctuality(len(slips))
    in_order = sorted(slips)
    return Punctuality(
        deliveries=len(slips), median_days=round(median(in_order)), p80_days=in_order[ceil(len(in_order) * 0.8) - 1]
    )


def _worst_of_each_shipment(receipts: Iterable[Receipt]) -> dict[ShipmentId, tuple[date, int]]:
    worst: dict[ShipmentId, tuple[date, int]] = {}
    for receipt in receipts:
        slip = receipt.slip_days
        if slip is None:
            continue
        known = worst.get(receipt.shipment_id, (receipt.received_on, slip))
        worst[receipt.shipment_id] = (max(known[0], receipt.received_on), max(known[1], slip))
    return worst


def _newest(slips: dict[ShipmentId, tuple[date, int]]) -> list[int]:
    newest = sorted(slips.items(), key=lambda each: (each[1][0], each[0]), reverse=True)
    return [slip for _, (_, slip) in newest[:MOST_DELIVERIES]]


def with_allowance(shipment: IncomingShipment, punctuality: Punctuality | None) -> IncomingShipment:
    """The shipment as the plan counts on it: the supplier's date plus that supplier's p80 slip."""
    allowance = punctuality.allowance if punctuality else None
    return replace(shipment, allowance=allowance) if allowance else shipment


def _late(days: int) -> str:
    if days == 0:
        return "on time"
    count = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    return f"{count} late" if days > 0 else f"{count} early"

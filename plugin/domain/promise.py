"""The window of ship dates a line can be told, and the basis it stands on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.eta_source import EtaSource
from plugin.domain.policy import BackorderPolicy, LeadTime
from plugin.domain.saying import Saying, said, said_many
from plugin.domain.shipment import Allowance, IncomingShipment


class BasisKind(StrEnum):
    ON_HAND = "on_hand"
    SHIPMENT = "shipment"
    LEAD_TIME = "lead_time"
    RELEASE = "release"
    BY_HAND = "by_hand"
    """The merchant named the days."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a date stands on: who said what. Kept with the promise, so that it can be defended later."""

    kind: BasisKind
    reference: str = ""
    source: str = ""
    arrival: DateWindow | None = None
    lead_time: LeadTime | None = None
    handling_days: int = 0
    supplier: str = ""
    allowance: Allowance | None = None
    """Days of `arrival` that the supplier did not name: how late it usually is."""
    cause: str = ""
    """Why the merchant named other days: a DelayReason's value; empty for all other kinds."""


@dataclass(frozen=True, slots=True)
class PromisePart:
    """Some units of a line that ship together. `window` None: at once (on hand) or no date can be given (unknown)."""

    units: int
    window: DateWindow | None
    basis: Basis

    @property
    def ships_now(self) -> bool:
        return self.basis.kind is BasisKind.ON_HAND

    @property
    def why(self) -> str:
        """The date explained in one sentence."""
        return str(self.explained)

    @property
    def explained(self) -> Saying:
        """The same, to be said in any language."""
        basis = self.basis
        match basis.kind:
            case BasisKind.ON_HAND:
                return said("On hand and tied to this order.")
            case BasisKind.SHIPMENT:
                return _shipment_explained(basis)
            case BasisKind.LEAD_TIME:
                return said(
                    "No shipment covers it yet: lead time of %(days)s working days%(handling)s.",
                    days=_span(basis.lead_time),
                    handling=_handling(basis.handling_days),
                )
            case BasisKind.RELEASE:
                handling = _handling(basis.handling_days)
                return said("Released on %(day)s%(handling)s.", day=_days(basis.arrival), handling=handling)
            case BasisKind.BY_HAND:
                return said("Set by hand: %(note)s.", note=basis.source) if basis.source else said("Set by hand.")
            case BasisKind.UNKNOWN:
                return said("No date can be given: no shipment covers it and its policy has no lead time.")


@dataclass(frozen=True, slots=True)
class Promise:
    """What one line is told: its units in the order they ship."""

    parts: tuple[PromisePart, ...] = ()

    @property
    def units(self) -> int:
        return sum(part.units for part in self.parts)

    @property
    def ready(self) -> int:
        return sum(part.units for part in self.parts if part.ships_now)

    @property
    def later(self) -> tuple[PromisePart, ...]:
        return tuple(part for part in self.parts if not part.ships_now)

    @property
    def last_window(self) -> DateWindow | None:
        """The window of the last unit; None when all is on hand or any date is unknown."""
        windows = [part.window for part in self.later]
        known = [window for window in windows if window]
        return max(known, key=lambda window: window.latest) if known and len(known) == len(windows) else None


@dataclass(frozen=True, slots=True)
class SetByHand:
    """Ship dates the merchant named for one line. They hold until its units are on hand, or the last day has passed."""

    window: DateWindow
    cause: str
    note: str = ""
    """Where the merchant has it from, for the proof; shoppers do not read it."""
    before: Promise | None = None
    """What the line was told until then; it stands again when the merchant takes the dates back."""

    def part(self, units: int) -> PromisePart:
        return PromisePart(units, self.window, Basis(BasisKind.BY_HAND, source=self.note, cause=self.cause))


def on_hand_part(units: int) -> PromisePart:
    return PromisePart(units, None, Basis(BasisKind.ON_HAND))


@dataclass(frozen=True, slots=True)
class PromiseRules:
    """All that turns supply into dates for one item: its policy, the warehouse's calendar, and now."""

    policy: BackorderPolicy | None
    calendar: WorkCalendar
    now: datetime

    @property
    def handling_days(self) -> int:
        return self.policy.handling_days if self.policy else 1

    def from_shipment(self, units: int, shipment: IncomingShipment) -> PromisePart | None:
        """The ETA window plus handling time; a shipment overdue counts from today. None where nobody gave a date."""
        if shipment.expected is None:
            return None
        arrival = self._not_before_release(self._not_before_today(shipment.expected))
        basis = Basis(
            BasisKind.SHIPMENT,
            shipment.reference,
            shipment.eta_source,
            arrival,
            handling_days=self.handling_days,
            supplier=shipment.supplier if shipment.allowance else "",
            allowance=shipment.allowance,
        )
        return PromisePart(units, self._ship_window(arrival), basis)

    def without_supply(self, units: int, *, since: datetime) -> PromisePart:
        """The release date of a pre-order, else the lead time counted from `since`, else no date."""
        policy = self.policy
        if policy and policy.release_on:
            arrival = self._not_before_today(DateWindow(policy.release_on, policy.release_on))
            basis = Basis(BasisKind.RELEASE, arrival=arrival, handling_days=self.handling_days)
            return PromisePart(units, self._ship_window(arrival), basis)
        if policy and policy.lead_time:
            start = self.calendar.start_of_work(since)
            arrival = DateWindow(
                self.calendar.add_working_days(start, policy.lead_time.shortest),
                self.calendar.add_working_days(start, policy.lead_time.longest),
            )
            basis = Basis(BasisKind.LEAD_TIME, lead_time=policy.lead_time, handling_days=self.handling_days)
            return PromisePart(units, self._ship_window(arrival), basis)
        return PromisePart(units, None, Basis(BasisKind.UNKNOWN))

    def _ship_window(self, arrival: DateWindow) -> DateWindow:
        return self.calendar.ship_window(arrival, handling_days=self.handling_days)

    def _not_before_today(self, arrival: DateWindow) -> DateWindow:
        today = self.calendar.day_of(self.now)
        return DateWindow(max(arrival.earliest, today), max(arrival.latest, today))

    def _not_before_release(self, arrival: DateWindow) -> DateWindow:
        release = self.policy.release_on if self.policy else None
        if release is None:
            return arrival
        return DateWindow(max(arrival.earliest, release), max(arrival.latest, release))


def _shipment_explained(basis: Basis) -> Saying:
    return said(
        "%(reference)s should arrive %(arrival)s%(source)s%(allowance)s%(handling)s.",
        reference=basis.reference,
        arrival=_days(basis.arrival),
        source=said(" (%(source)s)", source=EtaSource.read(basis.source).said) if basis.source else "",
        allowance=_allowed(basis.allowance, basis.supplier),
        handling=_handling(basis.handling_days),
    )


def _days(window: DateWindow | None) -> Saying:
    return window.said if window else said("on a day nobody gave")


def _handling(days: int) -> Saying | str:
    if not days:
        return ""
    return said_many(
        ", plus %(count)s working day of handling", ", plus %(count)s working days of handling", count=days
    )


def _allowed(allowance: Allowance | None, supplier: str) -> Saying | str:
    if allowance is None:
        return ""
    return said_many(
        ", with %(count)s day for how late %(supplier)s was in %(deliveries)s deliveries",
        ", with %(count)s days for how late %(supplier)s was in %(deliveries)s deliveries",
        count=allowance.days,
        supplier=supplier or said("this supplier"),
        deliveries=allowance.deliveries,
    )


def _span(lead_time: LeadTime | None) -> Saying | str:
    if lead_time is None:
        return said("unknown")
    if lead_time.shortest == lead_time.longest:
        return str(lead_time.longest)
    return said("%(shortest)s to %(longest)s", shortest=lead_time.shortest, longest=lead_time.longest)

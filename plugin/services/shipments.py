"""Announce, move, send off, receive and cancel incoming shipments; each errand plans the items anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from plugin.domain.calendar import DateWindow, WorkCalendar
from plugin.domain.errors import DomainError
from plugin.domain.eta_source import EtaSource, SaidBy
from plugin.domain.ids import ItemId, LocationId, ShipmentId, TenantId
from plugin.domain.saying import Saying, said, said_many
from plugin.domain.shipment import EtaStatement, IncomingShipment, Place, ShipmentLine, ShipmentState
from plugin.domain.stock import StockMove
from plugin.domain.supplier import Punctuality, Receipt, Supplier, promised_on, record_of
from plugin.services.again import replan_later
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity
from plugin.services.ports.system import Holidays
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.snapshots import CALENDAR_AHEAD

NOT_YET = ShipmentId(0)


@dataclass(frozen=True, slots=True)
class NewShipment:
    """What a supplier announces. A line names an item by its SKU or by its item id, and where it goes elsewhere than the
    rest, its location: `MUG-RED@2`.
    """

    supplier: str
    reference: str
    eta: DateWindow | None
    lines: Sequence[tuple[str, int]]
    eta_source: str = "estimate"
    location_id: LocationId | None = None


class UnknownItem(DomainError):
    """Neither an SKU nor an item id of this store."""

    def __init__(self, names: Sequence[str]) -> None:
        named = ", ".join(names)
        words = said("No item of this store has the SKU or id %(name)s.", name=named)
        super().__init__(words, field="lines", value=list(names))


@dataclass(frozen=True, slots=True)
class Shipments:
    units: Units
    planning: Planning

    def all(self, tenant_id: TenantId, *, only_open: bool = False) -> list[IncomingShipment]:
        with self.units(tenant_id) as work:
            return work.shipments.all(only_open=only_open)

    def get(self, tenant_id: TenantId, shipment_id: ShipmentId) -> IncomingShipment:
        with self.units(tenant_id) as work:
            return work.shipments.get(shipment_id)

    def history(self, tenant_id: TenantId, shipment_id: ShipmentId) -> list[EtaStatement]:
        """All that was ever said of when it comes, oldest first. Raises NotFound."""
        with self.units(tenant_id) as work:
            work.shipments.get(shipment_id)
            return work.shipments.statements([shipment_id]).get(shipment_id, [])

    def announce(self, tenant_id: TenantId, new: NewShipment) -> ShipmentId:
        """Raises UnknownItem, DomainError for impossible values, Conflict if supplier and reference are known."""
        with self.units(tenant_id) as work:
            shipment_id = self.add(work, new)
            work.commit()
        return shipment_id

    def add(self, work: UnitOfWork, new: NewShipment) -> ShipmentId:
        """Announce inside a transaction of the caller's."""
        places = places_named(work, [name for name, _ in new.lines])
        require_locations(work, [new.location_id, *(location for _, location in places.values())])
        eta, source = self._eta_of(work, new)
        shipment = IncomingShipment(
            shipment_id=NOT_YET,
            supplier=new.supplier,
            reference=new.reference,
            eta=eta,
            eta_source=source,
            location_id=new.location_id or work.tenant().default_location,
            state=ShipmentState.ANNOUNCED,
            lines=tuple(
                ShipmentLine(places[name][0], quantity, location_id=places[name][1]) for name, quantity in new.lines
            ),
        )
        known = replace(shipment, shipment_id=work.shipments.add(shipment))
        if known.supplier:
            work.suppliers.meet(known.supplier)
        self._said(work, known)
        self._planned(work, known, said("was announced"))
        return known.shipment_id

    def _eta_of(self, work: UnitOfWork, new: NewShipment) -> tuple[DateWindow | None, str]:
        """As announced; without a day, the supplier's lead time where it is known, and the source says so."""
        supplier = work.suppliers.get(new.supplier) if new.eta is None and new.supplier else None
        if supplier is None:
            return new.eta, new.eta_source
        zone = ZoneInfo(work.tenant().profile.time_zone)
        today = self.planning.clock.today(zone)
        estimate = supplier.estimate(today, supplier_calendar(supplier, self.planning.holidays, zone, today))
        return (estimate, EtaSource(SaidBy.LEAD_TIME, words=supplier.name).text) if estimate else (None, new.eta_source)

    def move(self, tenant_id: TenantId, shipment_id: ShipmentId, eta: DateWindow | None, source: str) -> None:
        """The supplier names another day. `source` says who said so; a date without a basis is refused."""
        self.change(tenant_id, shipment_id, ShipmentChange(moves=True, eta=eta, source=source))

    def change(self, tenant_id: TenantId, shipment_id: ShipmentId, change: "ShipmentChange") -> None:
        """Another ETA, on its way or not, or both: all of it or nothing."""
        if change.moves and not change.source.strip():
            raise DomainError(said("source is empty; say who gave the date."), field="source", value=change.source)
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id, lock=True)
            shipment.require_open()
            what = []
            if change.moves:
                shipment = replace(shipment, eta=change.eta, eta_source=change.source)
                self._said(work, shipment)
                what.append(_moved_to(change))
            if change.has_left is not None:
                shipment = shipment.on_its_way(has_left=change.has_left)
                what.append(said("is on its way") if change.has_left else said("has not left yet"))
            work.shipments.save(shipment)
            self._planned(work, shipment, _both(what))
            work.commit()

    def receive(
        self,
        tenant_id: TenantId,
        shipment_id: ShipmentId,
        received: Mapping[str, int] | None = None,
        *,
        closes: bool = False,
        as_totals: bool = False,
    ) -> None:
        """Goods arrived: book them into the store and tie them to the lines that wait. None: all that is outstanding.

        Goods are named by SKU or item id, for one of several locations as `MUG-RED@2`. `as_totals`: the numbers are all that came so far, so that saying them twice
        books them once. `closes` ends a shipment that came short; what did not come is no longer promised from it.
        """
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id, lock=True)
            shipment.require_open()
            units = all_outstanding(shipment)
            if received is not None:
                units = named_units(work, shipment, received, as_totals=as_totals)
            after = shipment.with_arrived(units, closes=closes)
            work.shipments.save(after)
            work.stock.add_moves(arrival_moves(shipment, units), at=self.planning.clock.now())
            self._keep_record(work, shipment, _by_item(units))
            arrived = sum(units.values())
            what = said_many("arrived with %(count)s unit", "arrived with %(count)s units", count=arrived)
            self._planned(work, after, what)
            work.commit()

    def _keep_record(self, work: UnitOfWork, shipment: IncomingShipment, units: Mapping[ItemId, int]) -> None:
        """What a delivery tells of its supplier; where the dates of its other shipments move, they are planned anew."""
        if not shipment.supplier or not any(units.values()):
            return
        now = self.planning.clock.now()
        zone = ZoneInfo(work.tenant().profile.time_zone)
        today, calendar = self.planning.clock.today(zone), WorkCalendar(zone)
        said = work.shipments.statements([shipment.shipment_id]).get(shipment.shipment_id, [])
        promised = promised_on(said, received_on=today, calendar=calendar)
        work.suppliers.add_receipts(
            [
                Receipt(shipment.supplier, shipment.shipment_id, item, count, today, promised)
                for item, count in units.items()
                if count
            ]
        )
        before = work.suppliers.punctuality([shipment.supplier]).get(shipment.supplier, Punctuality())
        punctuality = record_of(work.suppliers.receipts(shipment.supplier)).overall
        work.suppliers.save_punctuality(shipment.supplier, punctuality)
        if punctuality.allowance != before.allowance:
            coming = work.shipments.coming_from([shipment.supplier])
            replan_later(work, items={line.item_id for each in coming for line in each.lines}, at=now)

    def cancel(self, tenant_id: TenantId, shipment_id: ShipmentId) -> None:
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id, lock=True)
            shipment.require_open()
            work.shipments.save(replace(shipment, state=ShipmentState.CANCELLED))
            self._planned(work, shipment, said("was cancelled"))
            work.commit()

    def _said(self, work: UnitOfWork, shipment: IncomingShipment) -> None:
        statement = EtaStatement(self.planning.clock.now(), shipment.eta, shipment.eta_source)
        work.shipments.add_statement(shipment.shipment_id, statement)

    def _planned(self, work: UnitOfWork, shipment: IncomingShipment, what: Saying) -> None:
        sentence = said(
            "%(reference)s from %(supplier)s %(happened)s.",
            reference=shipment.reference,
            supplier=shipment.supplier or said("an unnamed supplier"),
            happened=what,
        )
        about = f"shipment:{shipment.shipment_id}"
        work.journal.add([Activity(self.planning.clock.now(), "shipment", about, sentence)])
        self.planning.replan(work, [line.item_id for line in shipment.lines])


@dataclass(frozen=True, slots=True)
class ShipmentChange:
    """What is new of a shipment. `moves`: `eta` and its source are meant; `has_left` None: not mentioned."""

    moves: bool = False
    eta: DateWindow | None = None
    source: str = ""
    has_left: bool | None = None


def items_named(work: UnitOfWork, names: Iterable[str]) -> dict[str, ItemId]:
    """By SKU first, then by item id. Raises UnknownItem."""
    wanted = list(names)
    found = known_items(work, wanted)
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise UnknownItem(unknown)
    return found


def known_items(work: UnitOfWork, names: Iterable[str]) -> dict[str, ItemId]:
    """Those of the names that are an SKU or an item id of this store."""
    wanted = list(names)
    by_sku = work.items.id_by_sku(wanted)
    rest = [name for name in wanted if name not in by_sku]
    by_id = {str(item): item for item in work.items.facts([ItemId(name) for name in rest])}
    return {**by_id, **by_sku}


def places_named(work: UnitOfWork, names: Iterable[str]) -> dict[str, tuple[ItemId, LocationId | None]]:
    """Each name with its item, and the location after its last `@` where it names one. Raises UnknownItem."""
    wanted = list(names)
    found: dict[str, tuple[ItemId, LocationId | None]] = {n: (i, None) for n, i in known_items(work, wanted).items()}
    split = {name: name.rpartition("@") for name in wanted if name not in found}
    placed = {name: (what, LocationId(int(where))) for name, (what, _, where) in split.items() if where.isdecimal()}
    items = known_items(work, [what for what, _ in placed.values()])
    found |= {name: (items[what], where) for name, (what, where) in placed.items() if what in items}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise UnknownItem(unknown)
    return found


def require_locations(work: UnitOfWork, named: Iterable[LocationId | None]) -> None:
    """Raises DomainError for a location the shop does not have, as far as its stock tells."""
    for location in sorted({each for each in named if each is not None} - {work.tenant().default_location}):
        if not work.stock.has_location(location):
            known = ", ".join(str(each) for each in sorted({*work.stock.locations(), work.tenant().default_location}))
            raise DomainError(
                said(
                    "location is %(location)s, and the shop has no such location; allowed: %(known)s.",
                    location=location,
                    known=known,
                ),
                field="location_id",
                value=location,
            )


def named_units(
    work: UnitOfWork, shipment: IncomingShipment, units: Mapping[str, int], *, as_totals: bool = False
) -> dict[Place, int]:
    """Units by item and location; goods are named by the item id that stands on the shipment, or by SKU."""
    on_it = {str(line.item_id): (line.item_id, None) for line in shipment.lines}
    found = {**places_named(work, [name for name in units if name not in on_it]), **on_it}
    by_item: dict[ItemId, int] = {}
    by_place: dict[Place, int] = {}
    for name, count in units.items():
        item, location = found[name]
        if location is None:
            by_item[item] = by_item.get(item, 0) + count
        else:
            by_place[item, location] = by_place.get((item, location), 0) + count
    if as_totals:
        by_item = _not_booked_yet(shipment, by_item, _by_item(booked_at(shipment)))
        by_place = _not_booked_yet(shipment, by_place, booked_at(shipment))
    return {**shipment.places_for(by_item), **by_place}


def booked_at(shipment: IncomingShipment) -> dict[Place, int]:
    return {shipment.place_of(line): line.received for line in shipment.lines}


def all_outstanding(shipment: IncomingShipment) -> dict[Place, int]:
    return {shipment.place_of(line): line.outstanding for line in shipment.lines}


def _by_item(places: Mapping[Place, int]) -> dict[ItemId, int]:
    totals: dict[ItemId, int] = {}
    for (item, _), count in places.items():
        totals[item] = totals.get(item, 0) + count
    return totals


Booked = TypeVar("Booked", ItemId, Place)


def _not_booked_yet(
    shipment: IncomingShipment, totals: Mapping[Booked, int], booked: Mapping[Booked, int]
) -> dict[Booked, int]:
    """From all that came so far to what is new; a total cannot fall, because the goods have been booked."""
    for what, total in totals.items():
        if total < booked.get(what, 0):
            named = what if isinstance(what, str) else f"{what[0]} at location {what[1]}"
            message = said(
                "%(reference)s: %(booked)s of %(named)s are booked already; the total cannot be %(total)s.",
                reference=shipment.reference,
                booked=booked[what],
                named=named,
                total=total,
            )
            raise DomainError(message, field="received", value=total)
    return {what: total - booked.get(what, 0) for what, total in totals.items()}


def arrival_moves(shipment: IncomingShipment, units: Mapping[Place, int]) -> list[StockMove]:
    """What the store's stock gains: a relative move, so that it nets against what is owed and commutes with sales."""
    reason = f"{shipment.reference} from {shipment.supplier or 'an unnamed supplier'} arrived."
    return [StockMove(item, place, count, 0, 0, reason) for (item, place), count in units.items() if count]


def supplier_calendar(supplier: Supplier, holidays: Holidays, zone: ZoneInfo, today: date) -> WorkCalendar:
    public = holidays.between(supplier.country, today, today + CALENDAR_AHEAD) if supplier.country else frozenset()
    return supplier.calendar(zone, public)


def _moved_to(change: ShipmentChange) -> Saying:
    arrival = change.eta.said if change.eta else said("on a day nobody can name")
    return said("should arrive %(arrival)s (%(source)s)", arrival=arrival, source=EtaSource.read(change.source).said)


def _both(what: Sequence[Saying]) -> Saying:
    match what:
        case [first, second]:
            return said("%(first)s and %(second)s", first=first, second=second)
        case [only]:
            return only
        case _:
            return said("was looked at")

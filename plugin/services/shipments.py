"""Announce, move, receive and cancel incoming shipments; each errand plans the items anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, LocationId, ShipmentId, TenantId
from plugin.domain.shipment import IncomingShipment, ShipmentLine, ShipmentState
from plugin.domain.stock import StockMove
from plugin.services.planning import Planning
from plugin.services.ports import Activity, UnitOfWork, Units

NOT_YET = ShipmentId(0)


@dataclass(frozen=True, slots=True)
class NewShipment:
    """What a supplier announces. A line names an item by its SKU or by its item id."""

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
        super().__init__(f"No item of this store has the SKU or id {named}.", field="lines", value=list(names))


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

    def announce(self, tenant_id: TenantId, new: NewShipment) -> ShipmentId:
        """Raises UnknownItem, DomainError for impossible values, Conflict if supplier and reference are known."""
        with self.units(tenant_id) as work:
            items = _items_named(work, [name for name, _ in new.lines])
            shipment = IncomingShipment(
                shipment_id=NOT_YET,
                supplier=new.supplier,
                reference=new.reference,
                eta=new.eta,
                eta_source=new.eta_source,
                location_id=new.location_id or work.tenant().default_location,
                state=ShipmentState.ANNOUNCED,
                lines=tuple(ShipmentLine(items[name], quantity) for name, quantity in new.lines),
            )
            shipment_id = work.shipments.add(shipment)
            self._planned(work, replace(shipment, shipment_id=shipment_id), "was announced")
            work.commit()
        return shipment_id

    def move(self, tenant_id: TenantId, shipment_id: ShipmentId, eta: DateWindow | None, source: str) -> None:
        """The supplier names another day. `source` says who said so; a date without a basis is refused."""
        if not source.strip():
            raise DomainError("source is empty; say who gave the date.", field="source", value=source)
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id)
            shipment.require_open()
            moved = replace(shipment, eta=eta, eta_source=source)
            work.shipments.save(moved)
            days = f"{eta.earliest} to {eta.latest}" if eta else "a day nobody can name"
            self._planned(work, moved, f"should arrive {days} ({source})")
            work.commit()

    def receive(
        self,
        tenant_id: TenantId,
        shipment_id: ShipmentId,
        received: Mapping[ItemId, int] | None = None,
        *,
        closes: bool = False,
    ) -> None:
        """Goods arrived: book them into the store and tie them to the lines that wait. None: all that is outstanding.

        `closes` ends a shipment that came short; what did not come is no longer promised from it.
        """
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id)
            shipment.require_open()
            units = received if received is not None else _all_outstanding(shipment)
            after = shipment.with_received(units, closes=closes)
            work.shipments.save(after)
            reason = f"{shipment.reference} from {shipment.supplier} arrived."
            moves = [
                StockMove(item, shipment.location_id, count, 0, 0, reason) for item, count in units.items() if count
            ]
            work.stock.add_moves(moves, at=self.planning.clock.now())
            self._planned(work, after, f"arrived with {sum(units.values())} units")
            work.commit()

    def cancel(self, tenant_id: TenantId, shipment_id: ShipmentId) -> None:
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id)
            shipment.require_open()
            work.shipments.save(replace(shipment, state=ShipmentState.CANCELLED))
            self._planned(work, shipment, "was cancelled")
            work.commit()

    def _planned(self, work: UnitOfWork, shipment: IncomingShipment, what: str) -> None:
        text = f"{shipment.reference} from {shipment.supplier or 'an unnamed supplier'} {what}."
        about = f"shipment:{shipment.shipment_id}"
        work.journal.add([Activity(self.planning.clock.now(), "shipment", about, text)])
        self.planning.replan(work, [line.item_id for line in shipment.lines])


def _items_named(work: UnitOfWork, names: Iterable[str]) -> dict[str, ItemId]:
    """By SKU first, then by item id."""
    wanted = list(names)
    by_sku = work.items.id_by_sku(wanted)
    rest = [name for name in wanted if name not in by_sku]
    by_id = {str(item): item for item in work.items.facts([ItemId(name) for name in rest])}
    found = {**by_id, **by_sku}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise UnknownItem(unknown)
    return found


def _all_outstanding(shipment: IncomingShipment) -> dict[ItemId, int]:
    return {line.item_id: line.outstanding for line in shipment.lines}

"""What a supplier sees and says behind a signed link: the goods of one shipment, and the day they should arrive."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.eta_source import EtaSource, SaidBy
from plugin.domain.ids import ShipmentId, TenantId
from plugin.domain.saying import said
from plugin.domain.shipment import IncomingShipment
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units
from plugin.services.shipments import Shipments

FURTHEST_DAYS = 730
"""A day further away is a slip of the finger; the merchant can still enter it."""


@dataclass(frozen=True, slots=True)
class Goods:
    name: str
    sku: str
    quantity: int
    received: int


@dataclass(frozen=True, slots=True)
class SupplierView:
    """`today` is the shop's day, on which the supplier's answer will be noted."""

    shipment: IncomingShipment
    goods: tuple[Goods, ...]
    today: date

    @property
    def source(self) -> EtaSource:
        return EtaSource.read(self.shipment.eta_source)

    @property
    def is_open(self) -> bool:
        return self.shipment.state.brings_more

    @property
    def last_day(self) -> date:
        return self.today + timedelta(days=FURTHEST_DAYS)

    def allows(self, eta: DateWindow) -> bool:
        return self.today <= eta.earliest and eta.latest <= self.last_day


@dataclass(frozen=True, slots=True)
class SupplierPage:
    units: Units
    shipments: Shipments
    clock: Clock

    def look(self, tenant_id: TenantId, shipment_id: ShipmentId) -> SupplierView:
        """Raises NotFound."""
        with self.units(tenant_id) as work:
            shipment = work.shipments.get(shipment_id)
            facts = work.items.facts([line.item_id for line in shipment.lines])
            today = self.clock.today(ZoneInfo(work.tenant().profile.time_zone))
        goods = []
        for line in shipment.lines:
            known = facts.get(line.item_id)
            label = f"{known.name}, {known.label}" if known and known.label else known.name if known else line.item_id
            goods.append(Goods(label, known.sku if known else "", line.quantity, line.received))
        return SupplierView(shipment, tuple(goods), today)

    def confirm(self, tenant_id: TenantId, shipment_id: ShipmentId, eta: DateWindow | None) -> None:
        """The supplier names the day, or says that none can be named. Raises NotFound, DomainError."""
        view = self.look(tenant_id, shipment_id)
        today, last = view.today, view.last_day
        if eta and not view.allows(eta):
            message = said(
                "eta is %(earliest)s to %(latest)s; it must lie between %(today)s and %(last)s.",
                earliest=eta.earliest,
                latest=eta.latest,
                today=today,
                last=last,
            )
            raise DomainError(message, field="eta", value=eta)
        source = EtaSource(SaidBy.SUPPLIER if eta else SaidBy.SUPPLIER_HAS_NO_DAY, today)
        self.shipments.move(tenant_id, shipment_id, eta, source.text)

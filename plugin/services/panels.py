"""What BigCommerce's own pages of an order and a product show of us, in the panels beside them. Nothing here decides."""

from dataclasses import dataclass

from plugin.domain.ids import ItemId, OrderId, ProductId, TenantId
from plugin.domain.policy import Scope, ScopeKind
from plugin.domain.shipment import IncomingShipment
from plugin.services.backorders import BackorderRow, Backorders
from plugin.services.ports.unit_of_work import Units
from plugin.services.products import ProductFilter, ProductQueries, ProductRow

MOST_ITEMS = 50
"""Variants shown beside a product; whoever has more looks at the list of products."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A shipment on its way, with the units of one item it brings."""

    item_id: ItemId
    shipment: IncomingShipment
    units: int


@dataclass(frozen=True, slots=True)
class ProductPanel:
    rows: tuple[ProductRow, ...]
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Panels:
    units: Units
    backorders: Backorders
    products: ProductQueries

    def order(self, tenant: TenantId, order_id: OrderId) -> tuple[BackorderRow, ...]:
        """The lines of an order that wait or waited; none where everything was on hand."""
        found = self.backorders.found(tenant, str(order_id))
        return tuple(row for row in found if row.key.order_id == order_id)

    def product(self, tenant: TenantId, product_id: ProductId) -> ProductPanel:
        scope = Scope(ScopeKind.PRODUCT, product_id)
        rows = self.products.items(tenant, ProductFilter(scope=scope), limit=MOST_ITEMS)
        ids = [row.item.item_id for row in rows]
        with self.units(tenant) as work:
            shipments = work.shipments.coming(ids)
        coming = (Coming(item, shipment, shipment.outstanding(item)) for shipment in shipments for item in ids)
        return ProductPanel(rows, tuple(each for each in coming if each.units))

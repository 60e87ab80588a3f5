"""SQL for the shop's own pages: a few products at once with all their items, and which order a cart became."""

from collections.abc import Collection

from sqlalchemy import Engine, select

from plugin.adapters.db.engine import reading
from plugin.adapters.db.items import SqlItems
from plugin.adapters.db.publications import SqlPublications
from plugin.adapters.db.queries import reader
from plugin.adapters.db.tables import orders
from plugin.adapters.db.tables import products as catalog
from plugin.domain.ids import OrderId, ProductId, TenantId
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.storefront import ProductPage


class SqlPageQueries:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def product_pages(self, tenant: TenantId, products: Collection[ProductId]) -> dict[ProductId, ProductPage]:
        with reading(self._engine) as connection:
            transaction = reader(connection, tenant)
            items = SqlItems(transaction)
            found = items.products(products)
            offers = items.offers([item for product in found.values() for item in product.items])
            ours = SqlPublications(transaction).get(PublicationKind.PRODUCT, [str(product) for product in found])
        return {
            number: ProductPage(
                product,
                {item: offers[item] for item in product.items if item in offers},
                _texts(ours.get(str(number))),
            )
            for number, product in found.items()
        }

    def products_at(self, tenant: TenantId, paths: Collection[str]) -> dict[str, ProductId]:
        query = select(catalog.c.url, catalog.c.product_id).where(
            catalog.c.tenant_id == tenant, catalog.c.url.in_(paths)
        )
        with reading(self._engine) as connection:
            return {row.url: row.product_id for row in connection.execute(query.order_by(catalog.c.product_id))}

    def order_of_cart(self, tenant: TenantId, cart_id: str) -> OrderId | None:
        query = select(orders.c.order_id, orders.c.stage).where(
            orders.c.tenant_id == tenant, orders.c.cart_id == cart_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return row.order_id if row and row.stage.holds_units else None


def _texts(publication: Publication | None) -> tuple[str, ...]:
    """What stands on the page now, and what is about to: cached pages may show either. The first that stands is filled."""
    shown = (publication.written, publication.desired) if publication else ()
    names = ("preorder_message", "availability_description")
    texts = (str(fields[name]) for name in names for fields in shown if fields)
    return tuple(dict.fromkeys(text for text in texts if text))

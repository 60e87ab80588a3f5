"""Read lists that may be longer than what a shop lets us ask at once: page by page, each taken over in a transaction of its own.

Where the next page begins is kept with what the page brought. Whoever has to wait for the quota, or is stopped, goes on there;
a list that began anew each time would never be read to its end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from plugin.domain.ids import ProductId, TenantId
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.store import ListRead, OrdersWalk, Tenant
from plugin.services.intake import Intake
from plugin.services.news import News, with_groups
from plugin.services.ports.shop import Page, Store
from plugin.services.ports.unit_of_work import Units

Row = TypeVar("Row")

FROM_THE_START = ""
SEEN_LATER = timedelta(seconds=30)
"""An order may show up in lists so long after the moment it says it was modified; what is newer may have been missed."""


@dataclass(frozen=True, slots=True)
class LongList(Generic[Row]):
    """A list of the shop: what we call it, its pages from a place on, and what rows of it are news of."""

    name: str
    pages: Callable[[str], Iterator[Page[Row]]]
    news_of: Callable[[Sequence[Row]], News]


@dataclass(frozen=True, slots=True)
class LongReads:
    units: Units
    intake: Intake

    def read(self, tenant_id: TenantId, long_list: LongList[Any]) -> None:
        """The whole list, or what is left of it. Raises what the shop raises; what was read stays read."""
        came_to = self._tenant(tenant_id).list_read
        if came_to is None or came_to.name != long_list.name:
            came_to = ListRead(long_list.name, FROM_THE_START)
        elif not came_to.place:
            return
        for page in long_list.pages(came_to.place):
            self._take_over(tenant_id, long_list.news_of(page.rows), list_read=replace(came_to, place=page.place))

    def walk_orders(
        self, tenant_id: TenantId, store: Store, since: datetime, *, shop_time: datetime, pages: int | None = None
    ) -> bool:
        """Every order modified since then. False where there are more than so many pages: the next walk goes on.

        `shop_time`: what the shop's own clock says now.
        """
        walk, start = _continued(self._tenant(tenant_id).orders_walk, since, shop_time)
        for number, page in enumerate(store.orders_modified_since(start, place=walk.place), 1):
            walk = replace(walk, place=page.place)
            self._take_over(tenant_id, self._news_of(tenant_id, store, page.rows), orders_walk=walk)
            if number == pages:
                break
        return walk.is_done

    def _news_of(self, tenant_id: TenantId, store: Store, orders: Sequence[Order]) -> News:
        """With the products of theirs that we have never seen."""
        named = {line.product_id for order in orders for line in order.lines if line.product_id}
        products = self.unknown_products(tenant_id, store, named)
        return News(orders=tuple(with_groups(self.units, store, tenant_id, orders)), products=products)

    def unknown_products(self, tenant_id: TenantId, store: Store, named: set[ProductId]) -> tuple[Product, ...]:
        with self.units(tenant_id) as work:
            unknown = named - work.items.products(named).keys()
        return tuple(store.products(unknown)) if unknown else ()

    def _tenant(self, tenant_id: TenantId) -> Tenant:
        with self.units(tenant_id) as work:
            return work.tenant()

    def _take_over(self, tenant_id: TenantId, news: News, **came_to: ListRead | OrdersWalk) -> None:
        with self.units(tenant_id) as work:
            self.intake.take_over(work, news)
            work.save_tenant(replace(work.tenant(), **came_to))  # type: ignore[arg-type]  # one of two fields, by name
            work.commit()


def _continued(before: OrdersWalk | None, since: datetime, shop_time: datetime) -> tuple[OrdersWalk, datetime]:
    """The walk that is under way, or a new one behind what was read; and since when its orders were modified."""
    if before and not before.is_done and before.since <= since:
        return before, before.since
    begun, start = since, since
    if before and before.since <= since <= before.until:
        begun, start = before.since, before.until
    return OrdersWalk(begun, until=max(start, shop_time - SEEN_LATER)), start

"""From news to decision, in one transaction: save what is newer, judge the levels, replan what was touched."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from plugin.domain.ids import ItemId, OrderId
from plugin.domain.item import Product
from plugin.services.again import OURS, look_again_later
from plugin.services.carts import keep_what_was_told
from plugin.services.desired import texts_to_json
from plugin.services.news import News
from plugin.services.orders import take_over_orders
from plugin.services.planning import Planning
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.restock import note_buyers
from plugin.services.settled_choices import settle_choices, tell_of_changes
from plugin.services.stock import StockTaker

MISSING_ORDER = f"{OURS}missing_order"
"""Our own event: an order we heard of could not be read; platforms are not always done when they say so."""
MOST_ASKED_FOR = 5
FIRST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Intake:
    planning: Planning

    def take_over(self, work: UnitOfWork, news: News) -> None:
        """Everything the news says, and what follows from it; the caller commits."""
        tenant, now = work.tenant(), self.planning.clock.now()
        adopt_products(work, news.products)
        work.items.forget_products(news.deleted_products)
        taken = take_over_orders(work, tenant, news.orders, news.absent)
        note_buyers(work, taken.placed, at=now)
        keep_what_was_told(work, tenant, taken.placed, self.planning.wording)
        taker = StockTaker(work, tenant, now, self.planning.grace)
        taker.orders_sold(taken.sold)
        inspected = taker.take_over(
            news.levels, counted=news.counted, complete=news.complete, all_orders_known=news.all_orders_known
        )
        self._look_again(work, inspected.doubtful | (news.unsettled - news.complete))
        self._ask_again(work, {order: news.asked.get(order, 0) + 1 for order in news.absent - taken.orders})
        carried_out = settle_choices(work, taken.orders, at=now)
        items = news.replan | taken.items | inspected.changed
        if items or taken.orders:
            self.planning.replan(work, items, orders=taken.orders, known_drift=news.drift)
        tell_of_changes(work, self.planning, carried_out)

    def _look_again(self, work: UnitOfWork, items: Collection[ItemId]) -> None:
        now = self.planning.clock.now()
        look_again_later(work, items, at=now, due_at=now + self.planning.grace)

    def _ask_again(self, work: UnitOfWork, orders: Mapping[OrderId, int]) -> None:
        """A few times, ever later; then the order never was."""
        now = self.planning.clock.now()
        for order, asked in sorted(orders.items()):
            if asked <= MOST_ASKED_FOR:
                due_at = now + FIRST_WAIT * 2**asked
                work.inbox.add(MISSING_ORDER, {"order": order, "asked": asked}, at=now, due_at=due_at)


def adopt_products(work: UnitOfWork, products: Collection[Product]) -> None:
    """Save the catalog; where the merchant rewrote a text of ours, theirs becomes the one to give back."""
    ours = work.publications.get(PublicationKind.PRODUCT, [str(product.product_id) for product in products])
    for product in products:
        publication = ours.get(str(product.product_id))
        shown = texts_to_json(product.texts)
        if publication and publication.written and shown not in (publication.written, publication.original):
            work.publications.adopt(PublicationKind.PRODUCT, str(product.product_id), shown=shown)
    work.items.save_products(products)

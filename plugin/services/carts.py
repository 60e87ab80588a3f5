"""The cart before and after it is bought: what its shopper chose, what its pages had said, and the dates of its order.

A cart's id is known to its shopper's browser only, so it opens that order's dates and nothing else.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, TenantId, VariantId
from plugin.domain.order import Order, OrderLine, Sending
from plugin.domain.plan import Offer
from plugin.domain.promise import Promise
from plugin.domain.saying import said
from plugin.domain.store import Tenant
from plugin.services.errors import NotFound
from plugin.services.letters import said_promises
from plugin.services.ports.messages import Wording
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units

CART_ID = re.compile(r"[0-9a-fA-F-]{32,40}")
SURFACE = "cart"
"""Where the shopper read it, in the ledger: product page and cart say the same."""


@dataclass(frozen=True, slots=True)
class CartLine:
    product_id: ProductId | None
    variant_id: VariantId | None
    name: str
    quantity: int
    promise: Promise


@dataclass(frozen=True, slots=True)
class CartOrder:
    order_id: OrderId
    lines: tuple[CartLine, ...]


class OrderQueries(Protocol):
    def order_of_cart(self, tenant: TenantId, cart_id: str) -> OrderId | None:
        """The order this cart became, while it holds units."""
        ...


@dataclass(frozen=True, slots=True)
class ShoppersCarts:
    units: Units
    queries: OrderQueries
    clock: Clock

    def choose(self, tenant_id: TenantId, cart_id: str, sending: Sending) -> None:
        """Kept until the cart becomes an order; the last choice counts. Raises NotFound where the shop offers none."""
        with self.units(tenant_id) as work:
            if not work.tenant().settings.storefront.offers_sending:
                raise NotFound("choice of sending", tenant_id)
            work.carts.save(checked(cart_id), sending, at=self.clock.now())
            work.commit()

    def chosen(self, tenant_id: TenantId, cart_id: str) -> Sending | None:
        with self.units(tenant_id) as work:
            return work.carts.sendings([checked(cart_id)]).get(cart_id.lower())

    def order(self, tenant_id: TenantId, cart_id: str) -> CartOrder | None:
        """As its mails and its page say it. None until we have heard of it, and once nothing of it waits any more."""
        order_id = self.queries.order_of_cart(tenant_id, checked(cart_id))
        if order_id is None:
            return None
        with self.units(tenant_id) as work:
            order = work.orders.get([order_id])[order_id]
            promises = said_promises([order], work.orders.promises([order_id]), work.tenant())
        return CartOrder(order_id, tuple(_line(line, promises.get(line.line_id, Promise())) for line in order.lines))


def _line(line: OrderLine, promise: Promise) -> CartLine:
    return CartLine(line.product_id, line.variant_id, line.name, line.quantity, promise)


def checked(cart_id: str) -> str:
    """The id as it is stored, or a DomainError."""
    if not CART_ID.fullmatch(cart_id):
        raise DomainError(said("cart is not the id of a cart."), field="cart", value=cart_id[:40])
    return cart_id.lower()


def with_choices(work: UnitOfWork, orders: Collection[Order]) -> list[Order]:
    """New orders with what their shoppers had chosen in the cart."""
    chosen = work.carts.sendings({order.cart_id.lower() for order in orders if order.cart_id})
    return [replace(order, sending=chosen.get(order.cart_id.lower(), order.sending)) for order in orders]


def keep_what_was_told(work: UnitOfWork, tenant: Tenant, placed: Collection[Order], wording: Wording) -> None:
    """The promise shown at purchase, word for word: the offer that stood on the pages when the order was placed.

    Not what the browser says it has seen, which anybody could make up.
    """
    seen = [order for order in placed if order.cart_id and not order.is_history]
    if not seen:
        return
    items = {line.item_id for order in seen for line in order.lines if line.item_id}
    offers = work.shown.since(min(order.placed_at for order in seen), items)
    for order in seen:
        told = _told(order, {item: _at(order.placed_at, said) for item, said in offers.items()})
        if told:
            locale = tenant.profile.written(order.shopper.locale)
            text = "\n".join(
                f"{quantity} × {name}: {wording.told(offer, quantity, locale)}" for _, name, quantity, offer in told
            )
            facts = {
                "sending": order.sending.value if order.sending else None,
                "lines": [_facts(line, offer.promise_for(quantity)) for line, _, quantity, offer in told],
            }
            work.orders.add_to_ledger(order.order_id, at=order.placed_at, surface=SURFACE, text=text, facts=facts)


def _told(order: Order, offers: Mapping[ItemId, Offer]) -> list[tuple[OrderLineId, str, int, Offer]]:
    """The lines of which a part was to ship later."""
    lines = [(line, offers[line.item_id]) for line in order.lines if line.item_id and line.item_id in offers]
    return [
        (line.line_id, line.name, line.quantity, offer)
        for line, offer in lines
        if offer.promise_for(line.quantity).later
    ]


def _at(moment: datetime, said: tuple[tuple[datetime | None, Offer], ...]) -> Offer:
    """Oldest first; the last one stands until now."""
    return next((offer for until, offer in said if until is None or until > moment), said[-1][1])


def _facts(line: OrderLineId, promise: Promise) -> dict[str, Any]:
    return {
        "line_id": line,
        "ready": promise.ready,
        "later": [
            {
                "units": part.units,
                "basis": part.basis.kind.value,
                "earliest": part.window.earliest.isoformat() if part.window else None,
                "latest": part.window.latest.isoformat() if part.window else None,
            }
            for part in promise.later
        ],
    }

"""From changes to messages: who is to be told what. Decides nothing about dates; writes rows, sends nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from plugin.domain.changes import Availability, AvailabilityChanged, Change, LineAllocated
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId
from plugin.domain.item import Product
from plugin.domain.order import Order, OrderLine, OrderStage
from plugin.domain.plan import ItemPlan, Plan
from plugin.domain.policy import PolicyLabel
from plugin.domain.promise import Promise
from plugin.domain.store import Tenant
from plugin.domain.telling import joined
from plugin.services.facts import LimitFacts, LineFacts, OrderFacts, WaitlistFacts, to_json
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.ports.waitlist import WaitlistEntry
from plugin.services.snapshots import Gathered


@dataclass(frozen=True)
class OrderNews:
    """The orders a plan was made for, with the promises as they are now and what was allocated just now."""

    gathered: Gathered
    orders: Collection[Order]
    promises: Mapping[OrderLineId, Promise]
    arrived: Mapping[OrderLineId, int]
    contacts: Mapping[OrderId, str] = field(default_factory=dict)
    """Addresses shoppers gave us for their messages."""

    @property
    def today(self) -> date:
        return self.gathered.snapshot.rules.calendar.day_of(self.gathered.snapshot.now)

    @cached_property
    def said(self) -> Mapping[OrderLineId, Promise]:
        """The promises as shoppers hear them: an order that ships complete has one date, that of its last unit."""
        return said_promises(
            {**self.gathered.orders, **{order.order_id: order for order in self.orders}}.values(),
            self.promises,
            self.gathered.tenant,
        )

    def address_of(self, order: Order) -> str:
        return self.contacts.get(order.order_id) or order.shopper.email

    @cached_property
    def preorders(self) -> frozenset[ItemId]:
        """Items sold as pre-orders."""
        return frozenset(
            item.item_id
            for item in self.gathered.snapshot.items
            if item.policy and item.policy.label is PolicyLabel.PREORDER
        )


def said_promises(
    orders: Iterable[Order], promises: Mapping[OrderLineId, Promise], tenant: Tenant
) -> dict[OrderLineId, Promise]:
    said = dict(promises)
    for order in orders:
        if order.stage.holds_units and order.ships_together(tenant.settings.allocation.sending):
            said |= joined({line.line_id: line.open for line in order.lines if line.open}, promises)
    return said


def arrived_units(changes: Iterable[Change]) -> dict[OrderLineId, int]:
    return {change.line_id: change.units for change in changes if isinstance(change, LineAllocated)}


def order_letters(work: UnitOfWork, news: OrderNews) -> list[NewMessage]:
    """`confirmed` once for each paid order that waits for something, `arrived` when goods were tied to one of those."""
    told = [order for order in news.orders if may_be_told(order) and news.address_of(order)]
    untold = work.orders.unconfirmed([order.order_id for order in told])
    products = products_of(work, told)
    letters, confirmed = [], []
    for order in told:
        if order.order_id in untold and waits(order, news.promises):
            letters.append(order_letter(MessageKind.CONFIRMED, f"confirmed:{order.order_id}", order, news, products))
            confirmed.append(order.order_id)
        elif (
            order.order_id not in untold and not _waits_for_the_rest(order, news) and (key := _arrival_key(order, news))
        ):
            letters.append(order_letter(MessageKind.ARRIVED, key, order, news, products))
    work.orders.mark_confirmed(confirmed, news.gathered.snapshot.now)
    return letters


def may_be_told(order: Order) -> bool:
    return order.stage is OrderStage.OPEN and not order.is_history


def products_of(work: UnitOfWork, orders: Iterable[Order]) -> dict[ProductId, Product]:
    return work.items.products({line.product_id for order in orders for line in order.lines if line.product_id})


def waits(order: Order, promises: Mapping[OrderLineId, Promise]) -> bool:
    return any(promises[line.line_id].later for line in order.lines if line.open and line.line_id in promises)


def _waits_for_the_rest(order: Order, news: OrderNews) -> bool:
    """What has come of an order that ships complete is no news until all of it has."""
    return order.ships_together(news.gathered.tenant.settings.allocation.sending) and waits(order, news.promises)


def _arrival_key(order: Order, news: OrderNews) -> str:
    """Names each line with all that was ever tied to it, so that the same arrival is told once."""
    parts = [
        f"{line.line_id}.{line.shipped + news.promises[line.line_id].ready}"
        for line in order.lines
        if line.line_id in news.arrived and line.line_id in news.promises
    ]
    return f"arrived:{order.order_id}:{'-'.join(parts)}" if parts else ""


def order_letter(
    kind: MessageKind,
    key: str,
    order: Order,
    news: OrderNews,
    products: Mapping[ProductId, Product],
    *,
    old_days: Mapping[OrderLineId, date] | None = None,
) -> NewMessage:
    """A mail that tells of all open lines as they are now; `old_days` are those of lines whose date has changed."""
    facts = OrderFacts(
        order_id=order.order_id,
        placed_on=news.gathered.snapshot.rules.calendar.day_of(order.placed_at),
        decided_on=news.today,
        lines=tuple(line_facts(line, news, products, old_days=old_days) for line in order.lines if line.open),
        shopper_name=order.shopper.name,
    )
    return to_shopper(kind, key, order, news, to_json(facts))


def to_shopper(kind: MessageKind, key: str, order: Order, news: OrderNews, facts: Mapping[str, Any]) -> NewMessage:
    locale = order.shopper.reads(news.gathered.tenant.profile.language)
    return NewMessage(key, kind, news.address_of(order), locale, facts, order_id=order.order_id)


def line_facts(
    line: OrderLine,
    news: OrderNews,
    products: Mapping[ProductId, Product],
    *,
    old_days: Mapping[OrderLineId, date] | None = None,
) -> LineFacts:
    product = products.get(line.product_id) if line.product_id else None
    facts = LineFacts.of(
        line,
        news.said.get(line.line_id),
        options=product.label_of(line.item_id) if product and line.item_id else "",
        is_preorder=line.item_id in news.preorders,
        arrived_units=news.arrived.get(line.line_id, 0),
        image_url=product.image_url if product else "",
    )
    return replace(facts, old_day=(old_days or {}).get(line.line_id))


def limit_letters(gathered: Gathered, plan: Plan, changes: Iterable[Change]) -> list[NewMessage]:
    """The merchant hears of an item that closed because its limit is used up, at most once a day for each."""
    to = gathered.tenant.profile.owner_email
    by_item = {item.item_id: item for item in plan.items}
    sold_past_zero = {i.item_id for i in gathered.snapshot.items if i.policy and i.policy.enabled}
    closed = [
        change.item_id
        for change in changes
        if isinstance(change, AvailabilityChanged)
        and change.after is Availability.CLOSED
        and change.item_id in sold_past_zero
    ]
    return [_limit_letter(gathered, by_item[item], to) for item in closed if to]


def _limit_letter(gathered: Gathered, item: ItemPlan, to: str) -> NewMessage:
    facts, snapshot = gathered.facts[item.item_id], gathered.snapshot
    today = snapshot.rules.calendar.day_of(snapshot.now)
    known = next(i for i in snapshot.items if i.item_id == item.item_id)
    coming = sorted((s.eta, s.reference) for s in known.shipments if s.eta)
    eta, reference = coming[0] if coming else (None, "")
    limit = known.policy.total_limit(snapshot.rules.default_location) if known.policy else 0
    letter = LimitFacts(
        name=facts.name,
        sku=facts.sku,
        limit=item.owed if known.policy and known.policy.covers_supply else limit or 0,
        owed=item.owed,
        decided_on=today,
        options=facts.label,
        next_reference=reference,
        next_earliest=eta.earliest if eta else None,
        next_latest=eta.latest if eta else None,
        app_url=gathered.tenant.profile.control_panel_url,
    )
    language = gathered.tenant.profile.language
    return NewMessage(
        f"limit:{item.item_id}:{today}", MessageKind.MERCHANT_LIMIT_REACHED, to, language, to_json(letter)
    )


def waitlist_facts(entry: WaitlistEntry, product: Product, tenant: Tenant, today: date) -> WaitlistFacts:
    return WaitlistFacts(
        entry_id=entry.entry_id,
        name=product.name,
        decided_on=today,
        options=product.label_of(entry.item_id),
        sku=product.sku_of(entry.item_id),
        product_url=f"{tenant.profile.storefront_url.rstrip('/')}{product.url}" if product.url else "",
        image_url=product.image_url,
    )

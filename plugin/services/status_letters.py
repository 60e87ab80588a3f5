"""The mail that says how an order stands, for whoever wants to say so: a person, or an order that was changed as wished."""

from collections.abc import Collection, Mapping

from plugin.domain.ids import OrderLineId
from plugin.domain.order import Order
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart
from plugin.services.clocks import outlook_of, overdue_references
from plugin.services.letters import OrderNews, order_letter, products_of
from plugin.services.planning import Planning
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.snapshots import Gathered, Question, gather


def status_letters(work: UnitOfWork, planning: Planning, orders: Collection[Order], *, named: str) -> list[NewMessage]:
    """One for each order, with all its open lines as they are planned now."""
    now, ids = planning.clock.now(), [order.order_id for order in orders]
    items = sorted({line.item_id for order in orders for line in order.lines if line.item_id})
    gathered = gather(work, Question(items, {}, settled_before=now), holidays=planning.holidays, now=now)
    told = sayable(work.orders.promises(ids), gathered)
    news = OrderNews(gathered=gathered, orders=orders, promises=told, arrived={}, contacts=work.orders.contacts(ids))
    products = products_of(work, orders)
    return [
        order_letter(MessageKind.STATUS, f"status:{order.order_id}:{named}", order, news, products) for order in orders
    ]


def sayable(promises: Mapping[OrderLineId, Promise], gathered: Gathered) -> dict[OrderLineId, Promise]:
    """Without dates that only move on with every day: nobody may be told those."""
    today = gathered.snapshot.rules.calendar.day_of(gathered.snapshot.now)
    overdue = overdue_references(gathered)
    return {
        line: promise if outlook_of(promise.later, overdue=overdue, today=today).has_basis else _undated(promise)
        for line, promise in promises.items()
    }


def _undated(promise: Promise) -> Promise:
    nobody_knows = Basis(BasisKind.UNKNOWN)
    return Promise(tuple(p if p.ships_now else PromisePart(p.units, None, nobody_knows) for p in promise.parts))

"""Goods left: what of the order still waits is told, and a line that left after its day gets an apology.

That everything left in time is the shop's own mail; two of them would be one too many.
"""

from collections.abc import Mapping
from datetime import date

from plugin.domain.ids import OrderLineId
from plugin.domain.law import Clock, rules_for
from plugin.domain.notices import LineClock
from plugin.domain.order import Order, OrderStage
from plugin.domain.telling import told_of_unit
from plugin.services.letters import OrderNews, order_letter, products_of, waits
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import NoticeRecord, Telling
from plugin.services.ports.unit_of_work import UnitOfWork


def departure_letters(work: UnitOfWork, news: OrderNews) -> list[NewMessage]:
    """At most one for each order; a departure is told once, whatever else the order's later pictures say."""
    candidates = [
        order
        for order in news.orders
        if order.stage in {OrderStage.OPEN, OrderStage.CLOSED}
        and not order.is_history
        and any(line.shipped for line in order.lines)
    ]
    if not candidates:
        return []
    ids = [order.order_id for order in candidates]
    tellings, known = work.notices.told(ids), work.orders.told_shipped(ids)
    letters = []
    for order in candidates:
        gone = {line.line_id: line.shipped for line in order.lines if line.shipped > known.get(line.line_id, 0)}
        if not gone or not any(line.line_id in tellings for line in order.lines):
            continue
        work.orders.save_told_shipped(order.order_id, gone)
        kind = _kind(order, gone, news, tellings, work.notices.of_orders([order.order_id]))
        if kind and news.address_of(order):
            key = f"{kind.value}:{order.order_id}:{'-'.join(f'{line}.{units}' for line, units in sorted(gone.items()))}"
            letters.append(order_letter(kind, key, order, news, products_of(work, [order])))
    return letters


def _kind(
    order: Order,
    gone: Mapping[OrderLineId, int],
    news: OrderNews,
    tellings: Mapping[OrderLineId, Telling],
    history: Mapping[OrderLineId, list[NoticeRecord]],
) -> MessageKind | None:
    late = any(
        line in tellings and _was_late(order, tellings[line], history.get(line, []), news=news, today=news.today)
        for line in gone
    )
    if late:
        return MessageKind.SHIPPED_LATE
    return MessageKind.PART_SHIPPED if waits(order, news.promises) else None


def _was_late(order: Order, telling: Telling, records: list[NoticeRecord], *, news: OrderNews, today: date) -> bool:
    """Against the first day that was told of these units: a delay that was agreed to is one all the same."""
    rules = rules_for(order.shopper.country, news.gathered.tenant.paid_by(order))
    calendar = news.gathered.snapshot.rules.calendar
    started = order.queue_time if rules.clock is Clock.SHIPMENT else order.placed_at
    shipped = next(line.shipped for line in order.lines if line.line_id == telling.line_id)
    told = told_of_unit(telling.all_parts, shipped)
    if told and told.number < 0:
        return False  # those were said to be on hand; nobody was told a day
    window = told.window if told else telling.window
    is_late = today > LineClock(calendar.day_of(started), window).first_deadline(rules)
    mine = [record for record in records if told is None or record.part == told.number]
    return is_late or any(record.notice.kind.is_delay for record in mine if record.sent_at)

"""A store with a past: what the pictures of the merchant's screens show, and what is looked at in a browser."""

from datetime import date, timedelta

from sqlalchemy import insert, update

from plugin.adapters.db.tables import order_lines, orders, outbox
from plugin.domain.ids import ItemId
from plugin.domain.order import OrderStage
from plugin.services.ports.messages import MessageKind
from tests.builders import a_shipment
from tests.web.stage import ADA, NOW, Web, fill

LEFT = 60
LATE_EVERY = 9


def fill_with_a_past(web: Web) -> None:
    """A busy store, a late shipment, an overdue promise, and eight weeks of orders that left, some of them late."""
    fill(web.plugin, ADA)
    with web.plugin.units(ADA) as work:
        late = a_shipment(reference="PO-112", eta=("2026-02-20", "2026-02-26"), item=ItemId("77:106"), quantity=9)
        work.shipments.add(late)
        work.commit()
    with web.plugin.engine.begin() as connection:
        for order, day in ((101, date(2026, 2, 27)), (102, date(2026, 3, 18)), (103, date(2026, 3, 12))):
            told = {"promised_on": day, "is_late": day < NOW.date()}
            connection.execute(update(order_lines).where(order_lines.c.order_id == order).values(told))
        order_row = connection.execute(orders.select().where(orders.c.order_id == 101)).mappings().one()
        line_row = connection.execute(order_lines.select().where(order_lines.c.order_id == 101)).mappings().one()
        gone = {"is_waiting": False, "owed": 0, "holds_units": False}
        for number in range(1000, 1000 + LEFT):
            left_at = NOW - timedelta(days=(number * 7) % 55 + 1)
            closed = {"order_id": number, "stage": OrderStage.CLOSED, "modified_at": left_at}
            told = {"order_id": number, "line_id": number, "promised_on": left_at.date()}
            connection.execute(insert(orders).values({**order_row, **closed}))
            connection.execute(insert(order_lines).values({**line_row, **gone, **told}))
            if number % LATE_EVERY == 0:
                apology = {"id": number, "key": f"late{number}", "order_id": number, "kind": MessageKind.SHIPPED_LATE}
                sent = {"to": "jan@example.de", "facts": {}, "created_at": left_at, "attempts": 1, "sent_at": left_at}
                connection.execute(insert(outbox).values(tenant_id=ADA, **apology, **sent))

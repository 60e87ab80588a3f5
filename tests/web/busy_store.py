"""A store with a past: what the pictures of the merchant's screens show, and what is looked at in a browser."""

from datetime import date, timedelta

from sqlalchemy import insert, update

from plugin.adapters.db.tables import order_lines, orders, outbox
from plugin.domain.ids import ItemId, OrderId
from plugin.domain.order import OrderStage
from plugin.domain.saying import verbatim
from plugin.services.causes import CallMade, Cause, CauseKind, LinkedCall, because
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.waitlist import WaitlistState
from tests.builders import a_shipment
from tests.web.stage import ADA, NOW, Web, fill

FILE = """supplier,reference,sku,quantity,eta
Acme,PO-120,MUG-BLUE,5,2026-03-24
Acme,PO-120,MUG-GREEN,five,
"""
LEFT = 60
LATE_EVERY = 9


def fill_with_a_past(web: Web) -> None:
    """A busy store, a late shipment, an overdue promise, and eight weeks of orders that left, some of them late."""
    fill(web.plugin, ADA)
    decide_for_a_webhook(web)
    ask_and_upload(web)
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


def ask_and_upload(web: Web) -> None:
    """People on the waitlist in every state, a supplier, and a file that waits to be imported."""
    with web.plugin.units(ADA) as work:
        for number, state in enumerate(WaitlistState):
            asked = work.waitlist.add(ItemId("77:105"), f"{number}@example.de", locale="de", quantity=1, at=NOW)
            work.waitlist.save_state(asked.entry_id, state, at=NOW)
        work.suppliers.meet("Acme")
        work.import_files.add("march.csv", FILE, at=NOW)
        work.commit()


def decide_for_a_webhook(web: Web) -> None:
    """A decision with its webhook, its call to the store and its mail."""
    about = {"data": {"type": "order", "id": 101}}
    with web.plugin.units(ADA) as work:
        work.inbox.add("store/order/updated", about, at=NOW, due_at=NOW)
        work.commit()
    with because(Cause(CauseKind.EVENTS)), web.plugin.units(ADA) as work:
        events = work.inbox.claim(at=NOW, limit=99)
        work.journal.add([Activity(NOW, "moved", "order:101", verbatim("The date moved to March 20."))])
        mail = NewMessage("moved:101", MessageKind.EARLIER, "jan@example.de", "en", {}, order_id=OrderId(101))
        work.messages.add([mail], at=NOW)
        work.calls.add([LinkedCall(CallMade(NOW, "PUT", "/v3/catalog/products", 200, 81, "req-1", (77,)))])
        work.inbox.finish([event.event_id for event in events])
        work.commit()

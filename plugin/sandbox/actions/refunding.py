"""Money back for lines of an order. Stock never moves here; only setting the status by hand can do that."""

from decimal import Decimal

from plugin.sandbox.actions.refusals import NotThere, Refused
from plugin.sandbox.actions.statuses import enter_status, find_order
from plugin.sandbox.events import refund_event
from plugin.sandbox.order import PARTIALLY_REFUNDED, REFUNDED, Order, Refund, RefundedItem
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def refund(
    world: World, store: Store, order_id: int, items: dict[int, int] | None = None, *, reason: str = ""
) -> Refund:
    """Refund these units per line id; without `items`, every unit not refunded yet."""
    with world.acting():
        order = find_order(store, order_id)
        chosen = items if items is not None else not_refunded(order)
        refunded = [price_item(order, line_id, quantity, reason) for line_id, quantity in chosen.items()]
        if not refunded:
            raise Refused(f"Order {order_id} has nothing left to refund.")
        return record_refund(world, store, order, refunded, reason=reason, payments=[])


def not_refunded(order: Order) -> dict[int, int]:
    return {
        line.id: line.quantity - line.quantity_refunded
        for line in order.lines
        if line.quantity > line.quantity_refunded
    }


def price_item(order: Order, line_id: int, quantity: int, reason: str) -> RefundedItem:
    line = order.line(line_id)
    if line is None:
        raise NotThere(f"Order {order.id} has no line {line_id}.")
    left = line.quantity - line.quantity_refunded
    if quantity < 1 or quantity > left:
        raise Refused(f"Line {line_id} has {left} units to refund, not {quantity}.")
    return RefundedItem(
        item_type="PRODUCT", item_id=line_id, quantity=quantity, amount=line.price * quantity, reason=reason
    )


def record_refund(
    world: World,
    store: Store,
    order: Order,
    items: list[RefundedItem],
    *,
    reason: str,
    payments: list[dict[str, object]],
) -> Refund:
    total = sum((item.amount for item in items), Decimal(0))
    entry = Refund(
        id=store.next_id("refund", 1),
        order_id=order.id,
        created_at=world.now(),
        reason=reason,
        total=total,
        items=items,
        payments=payments or [{"provider_id": "custom", "amount": float(total), "offline": True}],
    )
    order.refunds.append(entry)
    store.refunds[entry.id] = entry
    for item in items:
        line = order.line(item.item_id) if item.item_type == "PRODUCT" else None
        if line is not None:
            line.quantity_refunded += item.quantity
    order.modified_at = world.now()
    order.payment_status = "refunded" if is_refunded(order) else "partially refunded"
    refund_event(world, store, order, entry)
    enter_status(world, store, order, REFUNDED if is_refunded(order) else PARTIALLY_REFUNDED, move_stock=False)
    return entry


def is_refunded(order: Order) -> bool:
    return all(line.quantity_refunded >= line.quantity for line in order.lines if line.parent_id is None)

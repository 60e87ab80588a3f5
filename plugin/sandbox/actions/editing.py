"""Staff edit an order: quantities up and down, lines added and removed. Stock follows only where the setting says so."""

from dataclasses import dataclass

from plugin.sandbox.actions.buying import Wanted, add_lines
from plugin.sandbox.actions.movements import find_shortages, give_back, take_for_line
from plugin.sandbox.actions.refusals import NotThere, OutOfStock, Refused
from plugin.sandbox.actions.statuses import find_order, setting_for
from plugin.sandbox.events import order_event
from plugin.sandbox.order import CLOSED, INCOMPLETE, Order, OrderLine
from plugin.sandbox.stock import StockKey
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEdit:
    """With a line id: change that line (quantity 0 removes it). Without: add the product."""

    line_id: int | None = None
    quantity: int | None = None
    product_id: int | None = None
    variant_id: int | None = None
    quantity_backordered: int | None = None


def edit_order(world: World, store: Store, order_id: int, edits: list[LineEdit]) -> Order:
    """All edits or none. Changed lines lose their discounts. Raises OutOfStock when the setting moves stock."""
    with world.acting():
        order = find_order(store, order_id)
        check_edits(world, order, edits)
        moves = bool(setting_for(store, order, "edit_order_stock_adjustment")) and takes_stock_now(store, order)
        before = {line.id: line.quantity for line in order.lines}
        old_lines = list(order.lines)
        try:
            for edit in edits:
                apply_edit(store, order, edit)
            if moves:
                refuse_more(world, store, order, before)
        except (NotThere, OutOfStock, Refused):
            order.lines = old_lines
            for line in order.lines:
                line.quantity = before[line.id]
            raise
        if moves:
            move_differences(world, store, order, old_lines=old_lines, before=before)
        mark_lines(order, edits)
        order.modified_at = world.now()
        order_event(world, store, order, "updated")
        return order


def takes_stock_now(store: Store, order: Order) -> bool:
    if order.status_id in CLOSED or order.status_id == INCOMPLETE:
        return False
    placed = setting_for(store, order, "update_stock_behavior") == "order_placed"
    return placed or any(line.units_taken for line in order.lines)


def check_edits(world: World, order: Order, edits: list[LineEdit]) -> None:
    for edit in edits:
        if edit.line_id is not None and order.line(edit.line_id) is None:
            raise NotThere(f"Order {order.id} has no line {edit.line_id}.")
        if edit.quantity is not None and edit.quantity < 0:
            raise Refused(f"A quantity cannot be {edit.quantity}.")
        if edit.line_id is None and not edit.product_id:
            raise Refused("A new line needs a product_id.")
        check_backordered(world, order, edit)


def check_backordered(world: World, order: Order, edit: LineEdit) -> None:
    if edit.quantity_backordered is None or world.switches.backordered_put != "validated":
        return
    line = order.line(edit.line_id) if edit.line_id is not None else None
    quantity = edit.quantity if edit.quantity is not None else (line.quantity if line else 1)
    if not 0 <= edit.quantity_backordered <= quantity:
        raise Refused(f"quantity_backordered {edit.quantity_backordered} is not between 0 and {quantity}.")


def apply_edit(store: Store, order: Order, edit: LineEdit) -> None:
    if edit.line_id is None:
        wanted = Wanted(
            product_id=edit.product_id or 0,
            variant_id=edit.variant_id,
            quantity=1 if edit.quantity is None else edit.quantity,
        )
        add_lines(store, order, wanted)
        return
    line = order.line(edit.line_id)
    assert line is not None
    if edit.quantity is not None:
        scale_children(order, line, edit.quantity)
        line.quantity = edit.quantity
    order.lines = [each for each in order.lines if each.quantity > 0]


def scale_children(order: Order, parent: OrderLine, quantity: int) -> None:
    for child in order.lines:
        if child.parent_id == parent.id and parent.quantity:
            child.quantity = child.quantity // parent.quantity * quantity


def refuse_more(world: World, store: Store, order: Order, before: dict[int, int]) -> None:
    wanted: dict[StockKey, int] = {}
    for line in order.lines:
        more = line.quantity - before.get(line.id, 0)
        if more > 0 and line.stock_key is not None and line.moves_stock:
            wanted[line.stock_key] = wanted.get(line.stock_key, 0) + more
    shortages = find_shortages(world, store, wanted)
    if shortages:
        raise OutOfStock(shortages)


def move_differences(
    world: World, store: Store, order: Order, *, old_lines: list[OrderLine], before: dict[int, int]
) -> None:
    staying = {line.id for line in order.lines}
    for line in [*order.lines, *(line for line in old_lines if line.id not in staying)]:
        change = (line.quantity if line.id in staying else 0) - before.get(line.id, 0)
        if change > 0:
            take_for_line(world, store, line, units=change)
        elif change < 0:
            give_back(world, store, line, units=-change)


def mark_lines(order: Order, edits: list[LineEdit]) -> None:
    """Every touched line loses its discounts, and shows the backordered number it was sent."""
    for edit in edits:
        line = order.line(edit.line_id) if edit.line_id is not None else None
        if line is None:
            continue
        line.discounts = []
        if edit.quantity_backordered is not None:
            line.quantity_backordered = edit.quantity_backordered

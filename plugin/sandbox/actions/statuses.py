"""Order statuses, and what each does to stock by the store's settings. Any status may follow any other."""

from plugin.sandbox.actions.movements import give_back, take_for_order
from plugin.sandbox.actions.refusals import NotThere, Refused
from plugin.sandbox.events import order_event, status_event
from plugin.sandbox.order import CANCELLED, CLOSED, DECLINED, DONE, INCOMPLETE, STATUSES, Order
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


def find_order(store: Store, order_id: int) -> Order:
    order = store.orders.get(order_id)
    if order is None:
        raise NotThere(f"There is no order {order_id}.")
    return order


def setting_for(store: Store, order: Order, name: str) -> object:
    """Manual orders follow the global settings, channel orders their channel's."""
    return store.inventory_setting(name, channel_id=None if order.is_manual else order.channel_id)


def set_status(world: World, store: Store, order_id: int, status_id: int) -> Order:
    """As staff would by hand, with the effect on stock the settings ask for."""
    with world.acting():
        order = find_order(store, order_id)
        if status_id not in STATUSES:
            raise Refused(f"There is no order status {status_id}.")
        enter_status(world, store, order, status_id, move_stock=True)
        return order


def cancel(world: World, store: Store, order_id: int) -> Order:
    return set_status(world, store, order_id, CANCELLED)


def enter_status(world: World, store: Store, order: Order, status_id: int, *, move_stock: bool) -> None:
    """`move_stock=False` for the refund API and for checkout, which moves stock itself."""
    previous = order.status_id
    if previous == status_id:
        return
    order.status_id = status_id
    order.modified_at = world.now()
    if status_id in DONE and order.shipped_at is None:
        order.shipped_at = order.modified_at
    if move_stock:
        move_for_status(world, store, order, previous=previous)
    status_event(world, store, order, previous)
    order_event(world, store, order, "updated")


def move_for_status(world: World, store: Store, order: Order, *, previous: int) -> None:
    if gives_back(world, order.status_id) and not gives_back(world, previous):
        if setting_for(store, order, "refund_order_stock_adjustment"):
            for line in order.lines:
                give_back(world, store, line, units=line.open_quantity)
        return
    if order.status_id in CLOSED or order.status_id == INCOMPLETE:
        return
    if previous in CLOSED and not world.switches.reopening_takes_stock:
        return
    placed = setting_for(store, order, "update_stock_behavior") == "order_placed"
    if placed or order.status_id in DONE:
        take_for_order(world, store, order)


def gives_back(world: World, status_id: int) -> bool:
    return status_id in CLOSED and (status_id != DECLINED or world.switches.declined_returns_stock)


def archive(world: World, store: Store, order_id: int) -> Order:
    """What the control panel calls deleting: the order stays, marked. Stock does not move."""
    with world.acting():
        order = find_order(store, order_id)
        if not order.is_deleted:
            order.is_deleted = True
            order.modified_at = world.now()
            order_event(world, store, order, "archived")
            order_event(world, store, order, "updated")
        return order


def unarchive(world: World, store: Store, order_id: int) -> Order:
    with world.acting():
        order = find_order(store, order_id)
        if order.is_deleted:
            order.is_deleted = False
            order.modified_at = world.now()
            order_event(world, store, order, "updated")
        return order


def write_notes(
    world: World,
    store: Store,
    order_id: int,
    *,
    staff_notes: str | None = None,
    customer_message: str | None = None,
) -> Order:
    """Overwrite the notes, as staff and apps do: there is no lock against each other."""
    with world.acting():
        order = find_order(store, order_id)
        if staff_notes is not None:
            order.staff_notes = staff_notes
        if customer_message is not None:
            order.customer_message = customer_message
        order.modified_at = world.now()
        order_event(world, store, order, "updated")
        return order

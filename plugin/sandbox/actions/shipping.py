"""Sending parcels: shipments, the status that follows by itself, and taking a shipment back."""

from dataclasses import dataclass
from decimal import Decimal

from plugin.sandbox.actions.movements import consume_shipped, take_for_line
from plugin.sandbox.actions.refusals import NotThere, Refused
from plugin.sandbox.actions.statuses import enter_status, find_order, setting_for
from plugin.sandbox.events import order_event, shipment_event
from plugin.sandbox.order import PARTIALLY_SHIPPED, SHIPPED, Order, OrderLine, Shipment, ShippedItem
from plugin.sandbox.store import Store
from plugin.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Papers of a shipment; all optional."""

    tracking_number: str = ""
    tracking_link: str = ""
    tracking_carrier: str = ""
    shipping_provider: str = ""
    shipping_method: str = "Flat Rate"
    comments: str = ""
    merchant_shipping_cost: Decimal = Decimal(0)


def ship(
    world: World,
    store: Store,
    order_id: int,
    items: dict[int, int] | None = None,
    *,
    address_id: int | None = None,
    parcel: Parcel | None = None,
) -> Shipment:
    """Ship these units per line id; without `items`, everything physical that is still open."""
    with world.acting():
        order = find_order(store, order_id)
        chosen = items if items is not None else everything_open(order)
        check_items(order, chosen)
        papers = parcel or Parcel()
        first_line = order.line(next(iter(chosen)))
        shipment = Shipment(
            id=store.next_id("shipment", 101),
            order_id=order.id,
            address_id=address_id or (first_line.address_id if first_line else 0),
            created_at=world.now(),
            items=[ShippedItem(line_id=line_id, quantity=quantity) for line_id, quantity in chosen.items()],
            tracking_number=papers.tracking_number,
            tracking_link=papers.tracking_link,
            tracking_carrier=papers.tracking_carrier,
            shipping_provider=papers.shipping_provider,
            shipping_method=papers.shipping_method,
            comments=papers.comments,
            merchant_shipping_cost=papers.merchant_shipping_cost,
        )
        order.shipments.append(shipment)
        for line_id, quantity in chosen.items():
            line = order.line(line_id)
            assert line is not None
            send_units(world, store, order, line, quantity=quantity)
        order.modified_at = world.now()
        shipment_event(world, store, shipment, "created")
        follow_status(world, store, order)
        return shipment


def everything_open(order: Order) -> dict[int, int]:
    return {line.id: line.open_quantity for line in order.lines if line.open_quantity and line.type == "physical"}


def check_items(order: Order, items: dict[int, int]) -> None:
    if not items:
        raise Refused(f"Order {order.id} has nothing left to ship.")
    for line_id, quantity in items.items():
        line = order.line(line_id)
        if line is None:
            raise NotThere(f"Order {order.id} has no line {line_id}.")
        if quantity < 1 or quantity > line.open_quantity:
            raise Refused(f"Line {line_id} has {line.open_quantity} units to ship, not {quantity}.")


def send_units(world: World, store: Store, order: Order, line: OrderLine, *, quantity: int) -> None:
    line.quantity_shipped += quantity
    shipped_mode = setting_for(store, order, "update_stock_behavior") == "order_completed_or_shipped"
    if shipped_mode and world.switches.partial_shipment_takes_stock:
        take_for_line(world, store, line, units=min(quantity, line.units_missing))
    else:
        consume_shipped(world, store, line, units=quantity)


def follow_status(world: World, store: Store, order: Order) -> None:
    """Shipped when nothing is open any more, else partially shipped."""
    open_units = sum(line.open_quantity for line in order.lines if line.type == "physical")
    status_id = PARTIALLY_SHIPPED if open_units else SHIPPED
    if order.status_id == status_id:
        order_event(world, store, order, "updated")
    else:
        # Reaching Shipped takes stock in shipped mode; in placed mode everything is taken already.
        enter_status(world, store, order, status_id, move_stock=True)


def change_shipment(world: World, store: Store, order_id: int, shipment_id: int, changes: dict[str, str]) -> Shipment:
    """Change the papers; a new tracking number fires the webhook."""
    with world.acting():
        shipment = find_shipment(find_order(store, order_id), shipment_id)
        moved = changes.get("tracking_number", shipment.tracking_number) != shipment.tracking_number
        for name, value in changes.items():
            setattr(shipment, name, value)
        if moved:
            shipment_event(world, store, shipment, "updated")
        return shipment


def delete_shipment(world: World, store: Store, order_id: int, shipment_id: int) -> None:
    """The units are open again; the order stays in the status it had."""
    with world.acting():
        order = find_order(store, order_id)
        shipment = find_shipment(order, shipment_id)
        order.shipments.remove(shipment)
        for item in shipment.items:
            line = order.line(item.line_id)
            if line is not None:
                line.quantity_shipped = max(0, line.quantity_shipped - item.quantity)
        order.modified_at = world.now()
        shipment_event(world, store, shipment, "deleted")
        order_event(world, store, order, "updated")


def find_shipment(order: Order, shipment_id: int) -> Shipment:
    for shipment in order.shipments:
        if shipment.id == shipment_id:
            return shipment
    raise NotThere(f"Order {order.id} has no shipment {shipment_id}.")

"""Carts, checkout and payment. A sale is refused or made in one step: two shoppers cannot both take the last unit."""

import secrets
import uuid
from dataclasses import dataclass
from decimal import Decimal

from plugin.sandbox.actions.movements import count_sold, refuse_shortages, take_for_order
from plugin.sandbox.actions.refusals import NotForSale, NotThere, Refused
from plugin.sandbox.actions.statuses import enter_status
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.events import order_event
from plugin.sandbox.order import (
    AWAITING_FULFILLMENT,
    INCOMPLETE,
    PENDING,
    LineOption,
    Order,
    OrderLine,
    ShippingAddress,
)
from plugin.sandbox.people import Address
from plugin.sandbox.store import Store
from plugin.sandbox.storefront import Cart, CartLine
from plugin.sandbox.world import World

SHIPPING_COST = Decimal("6.50")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What someone wants to buy. Without a variant: the only one, or the first. `address` chooses among several.

    Product 0 with a `name` and a `price` is a custom line.
    """

    product_id: int
    quantity: int = 1
    variant_id: int | None = None
    address: int = 0
    name: str = ""
    price: Decimal | None = None


def place_order(  # noqa: PLR0913  — scripts and tests name only what they need
    world: World,
    store: Store,
    lines: list[Wanted],
    *,
    customer_id: int = 0,
    guest: Address | None = None,
    addresses: list[Address] | None = None,
    locale: str | None = None,
    channel_id: int = 1,
    source: str = "www",
    cart_id: str = "",
    customer_message: str = "",
    external_source: str | None = None,
    status_id: int = AWAITING_FULFILLMENT,
    pay: bool = True,
) -> Order:
    """Buy. With `pay=False` the order stays incomplete (status 0) and has taken nothing.

    Raises OutOfStock, NotForSale, NotThere or Refused; then there is no order and no webhook.
    """
    with world.acting():
        billing = buyer(store, customer_id=customer_id, guest=guest)
        customer = store.customers.get(customer_id)
        now = world.now()
        order = Order(
            id=store.next_id("order", 1001),
            customer_id=customer_id,
            billing=billing,
            created_at=now,
            modified_at=now,
            channel_id=channel_id,
            locale=locale or (customer.locale if customer else store.profile.language),
            shipping_cost=SHIPPING_COST,
            source=source,
            cart_id=cart_id or str(uuid.UUID(int=world.random.getrandbits(128), version=4)),
            customer_message=customer_message,
            external_source=external_source,
            readable_at=world.clock.timestamp() + world.switches.order_readable_after_ms / 1000,
        )
        for address in addresses or [billing]:
            order.addresses.append(ShippingAddress(id=store.next_id("address", 501), address=address))
        for wanted in lines:
            add_lines(store, order, wanted)
        if not order.lines:
            raise Refused("An order needs at least one line.")
        if pay:
            refuse_shortages(world, store, order.lines)
        store.orders[order.id] = order
        complete_checkout(world, store, order, status_id=status_id if pay else INCOMPLETE)
        return order


def complete_checkout(world: World, store: Store, order: Order, *, status_id: int) -> None:
    """`order/created` comes at status 0 even when the payment follows at once."""
    if status_id == INCOMPLETE:
        order_event(world, store, order, "created")
        return
    if world.switches.stock_moves == "before_created":
        take_if_placed(world, store, order)
    order_event(world, store, order, "created")
    if world.switches.stock_moves == "after_created":
        take_if_placed(world, store, order)
    order.payment_status = "" if status_id == PENDING else "captured"
    enter_status(world, store, order, status_id, move_stock=False)
    count_sold(world, store, order)
    if order.source == "www":
        world.emit(store, "store/cart/converted", {"type": "cart", "id": order.cart_id, "orderId": order.id})


def take_if_placed(world: World, store: Store, order: Order) -> None:
    if takes_when_placed(store, order):
        take_for_order(world, store, order)


def takes_when_placed(store: Store, order: Order) -> bool:
    channel_id = None if order.is_manual else order.channel_id
    return store.inventory_setting("update_stock_behavior", channel_id=channel_id) == "order_placed"


def pay(world: World, store: Store, order_id: int) -> Order:
    """Finish an incomplete order: only now is stock asked for and taken."""
    with world.acting():
        order = store.orders.get(order_id)
        if order is None:
            raise NotThere(f"There is no order {order_id}.")
        if order.status_id not in (INCOMPLETE, PENDING, 7):
            raise Refused(f"Order {order_id} is paid already.")
        refuse_shortages(world, store, order.lines)
        take_if_placed(world, store, order)
        order.payment_status = "captured"
        was_incomplete = order.status_id == INCOMPLETE
        enter_status(world, store, order, AWAITING_FULFILLMENT, move_stock=False)
        if was_incomplete:
            count_sold(world, store, order)
        return order


def buyer(store: Store, *, customer_id: int, guest: Address | None) -> Address:
    if guest is not None:
        return guest
    if customer_id == 0:
        return Address(first_name="Robin", last_name="Guest", email="robin.guest@example.com")
    if customer_id not in store.customers:
        raise NotThere(f"There is no customer {customer_id}.")
    return store.customers[customer_id].address


def add_lines(store: Store, order: Order, wanted: Wanted) -> None:
    """One line, and the children of a bundle under it."""
    if wanted.quantity < 1:
        raise NotForSale(f"A quantity must be at least 1, not {wanted.quantity}.")
    address_id = order.addresses[wanted.address].id if wanted.address < len(order.addresses) else order.addresses[0].id
    if wanted.product_id == 0:
        order.lines.append(custom_line(store, order, wanted, address_id=address_id))
        return
    product, variant = what_is_bought(store, wanted)
    line = product_line(store, order, product, variant, quantity=wanted.quantity, address_id=address_id)
    order.lines.append(line)
    for part in product.bundle:
        child_product = store.products[part.product_id]
        child = product_line(
            store,
            order,
            child_product,
            store.variants[part.variant_id],
            quantity=part.quantity * wanted.quantity,
            address_id=address_id,
        )
        child.parent_id, child.price = line.id, Decimal(0)
        child.moves_stock = product.bundle_moves_stock
        order.lines.append(child)


def what_is_bought(store: Store, wanted: Wanted) -> tuple[Product, Variant]:
    product = store.products.get(wanted.product_id)
    if product is None:
        raise NotThere(f"There is no product {wanted.product_id}.")
    variant = store.variants.get(wanted.variant_id) if wanted.variant_id else product.variants[0]
    if variant is None or variant.product_id != product.id:
        raise NotThere(f"Product {product.id} has no variant {wanted.variant_id}.")
    if product.availability == "disabled" or variant.purchasing_disabled:
        raise NotForSale(f"{product.name} cannot be bought now.")
    if wanted.quantity < product.order_quantity_minimum:
        raise NotForSale(f"{product.name} is sold in orders of at least {product.order_quantity_minimum}.")
    if product.order_quantity_maximum and wanted.quantity > product.order_quantity_maximum:
        raise NotForSale(f"{product.name} is sold in orders of at most {product.order_quantity_maximum}.")
    return product, variant


def product_line(
    store: Store, order: Order, product: Product, variant: Variant, *, quantity: int, address_id: int
) -> OrderLine:
    return OrderLine(
        id=store.next_id("order_line", 3001),
        order_id=order.id,
        product_id=product.id,
        variant_id=variant.id,
        name=product.name,
        sku=variant.sku,
        quantity=quantity,
        price=product.price_of(variant),
        address_id=0 if product.type == "digital" else address_id,
        type=product.type,
        brand=product.brand,
        weight=product.weight,
        options=[
            LineOption(
                option_id=choice.option.id,
                display_name=choice.option.display_name,
                display_value=choice.value.label,
                value=str(choice.value.id),
                type="Multiple choice",
            )
            for choice in variant.choices
        ],
        stock_key=store.stock_key(product, variant.id),
    )


def custom_line(store: Store, order: Order, wanted: Wanted, *, address_id: int) -> OrderLine:
    """Something that is not in the catalog: no variant, no stock."""
    return OrderLine(
        id=store.next_id("order_line", 3001),
        order_id=order.id,
        product_id=0,
        variant_id=None,
        name=wanted.name or "Custom item",
        sku="",
        quantity=wanted.quantity,
        price=wanted.price or Decimal(0),
        address_id=address_id,
        moves_stock=False,
    )


def new_cart(world: World, store: Store, *, customer_id: int = 0, locale: str = "en") -> Cart:
    with world.acting():
        now = world.now()
        cart_id = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
        cart = Cart(id=cart_id, created_at=now, updated_at=now, customer_id=customer_id, locale=locale)
        store.carts[cart.id] = cart
        return cart


def put_in_cart(world: World, store: Store, cart: Cart, wanted: Wanted) -> CartLine:
    """Add to the cart. Checked against stock now, and again at checkout, because a cart holds nothing."""
    with world.acting():
        product, variant = what_is_bought(store, wanted)
        line = next((each for each in cart.lines if each.variant_id == variant.id), None)
        quantity = wanted.quantity + (line.quantity if line else 0)
        refuse_for_cart(world, store, product, variant, quantity=quantity)
        if line is None:
            line = CartLine(
                id=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
                product_id=product.id,
                variant_id=variant.id,
                quantity=quantity,
            )
            cart.lines.append(line)
        line.quantity = quantity
        touch(world, cart)
        return line


def change_cart(world: World, store: Store, cart: Cart, line_id: str, *, quantity: int) -> None:
    """Set the quantity of a cart line; 0 removes it."""
    with world.acting():
        line = next((each for each in cart.lines if each.id == line_id), None)
        if line is None:
            raise NotThere(f"The cart has no line {line_id}.")
        if quantity <= 0:
            cart.lines.remove(line)
        else:
            product, variant = what_is_bought(
                store, Wanted(product_id=line.product_id, variant_id=line.variant_id, quantity=quantity)
            )
            refuse_for_cart(world, store, product, variant, quantity=quantity)
            line.quantity = quantity
        touch(world, cart)


def refuse_for_cart(world: World, store: Store, product: Product, variant: Variant, *, quantity: int) -> None:
    probe = Order(
        id=0,
        customer_id=0,
        billing=Address(first_name="", last_name="", email=""),
        created_at=world.now(),
        modified_at=world.now(),
    )
    line = product_line(store, probe, product, variant, quantity=quantity, address_id=0)
    refuse_shortages(world, store, [line])


def touch(world: World, cart: Cart) -> None:
    cart.version += 1
    cart.updated_at = world.now()


def check_out(
    world: World,
    store: Store,
    cart: Cart,
    *,
    guest: Address | None = None,
    locale: str | None = None,
    customer_message: str = "",
    pay: bool = True,
) -> Order:
    """Turn a cart into an order; the cart is gone when that succeeds."""
    with world.acting():
        lines = [
            Wanted(product_id=line.product_id, variant_id=line.variant_id, quantity=line.quantity)
            for line in cart.lines
        ]
        order = place_order(
            world,
            store,
            lines,
            customer_id=cart.customer_id,
            guest=guest,
            locale=locale or cart.locale,
            cart_id=cart.id,
            customer_message=customer_message,
            pay=pay,
        )
        store.carts.pop(cart.id, None)
        return order

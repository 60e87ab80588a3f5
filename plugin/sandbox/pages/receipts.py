"""Orders as the shopper sees them: on the confirmation page, in the account, and in the storefront API."""

from typing import Any

from flask import request

from plugin.sandbox.order import DONE, STATUSES, Order, OrderLine
from plugin.sandbox.pages.here import the_customer, the_store
from plugin.sandbox.pages.shelves import day, image_url, money


def order_cookie() -> str:
    return f"order_{the_store().hash}"


def may_see(order: Order) -> bool:
    """Their own orders for a customer, and the one just placed in this browser for a guest."""
    customer = the_customer()
    if customer is not None and order.customer_id == customer.id:
        return True
    return request.cookies.get(order_cookie()) == f"{order.id}:{order.cart_id}"


def order_view(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "first_name": order.billing.first_name,
        "email": order.billing.email,
        "status": STATUSES[order.status_id],
        "done": order.status_id in DONE,
        "placed": day(order.created_at),
        "lines": [line_view(line) for line in order.lines if line.parent_id is None],
        "shipping": money(order.shipping_cost),
        "total": money(order.total),
    }


def line_view(line: OrderLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "image": image_url(the_store().products.get(line.product_id)),
        "options": [{"name": each.display_name, "value": each.display_value} for each in line.options],
        "quantity": line.quantity,
        "backordered": line.quantity_backordered,
        "shipped": line.quantity_shipped,
        "refunded": line.quantity_refunded,
        "total": money(line.price * line.quantity),
    }


def order_json(order: Order) -> dict[str, Any]:
    lines = [line for line in order.lines if line.parent_id is None]
    return {
        "orderId": order.id,
        "cartId": order.cart_id,
        "currency": {"name": "US Dollar", "code": the_store().profile.currency, "symbol": "$", "decimalPlaces": 2},
        "isTaxIncluded": False,
        "baseAmount": float(order.subtotal),
        "discountAmount": float(order.discount),
        "orderAmount": float(order.total),
        "orderAmountAsInteger": int(order.total * 100),
        "shippingCostTotal": float(order.shipping_cost),
        "customerId": order.customer_id,
        "billingAddress": {
            "firstName": order.billing.first_name,
            "lastName": order.billing.last_name,
            "email": order.billing.email,
            "city": order.billing.city,
            "postalCode": order.billing.zip,
            "countryCode": order.billing.country_iso2,
        },
        "customerMessage": order.customer_message,
        "status": STATUSES[order.status_id],
        "lineItems": {
            "physicalItems": [item_json(line) for line in lines if line.type == "physical"],
            "digitalItems": [item_json(line) for line in lines if line.type == "digital"],
            "giftCertificates": [],
            "customItems": [],
        },
        "isComplete": order.status_id != 0,
    }


def item_json(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "productId": line.product_id,
        "variantId": line.variant_id,
        "name": line.name,
        "sku": line.sku,
        "brand": line.brand,
        "quantity": line.quantity,
        "listPrice": float(line.price),
        "salePrice": float(line.price),
        "extendedListPrice": float(line.price * line.quantity),
        "extendedSalePrice": float(line.price * line.quantity),
        "type": line.type,
        "options": [{"name": each.display_name, "value": each.display_value} for each in line.options],
    }

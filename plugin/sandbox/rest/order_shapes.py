"""How an order, its lines, addresses and shipments are written in v2 JSON."""

from decimal import Decimal
from typing import Any

from plugin.sandbox.order import STATUSES, Order, OrderLine, Shipment, ShippingAddress
from plugin.sandbox.people import Address
from plugin.sandbox.rest.envelope import money, rfc2822
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

ZERO = "0.0000"
LINES_PER_CONSIGNMENT = 50
CARRIERS = {"usps": "USPS", "ups": "UPS", "fedex": "FedEx", "royalmail": "Royal Mail", "auspost": "Australia Post"}
WARNING = (
    "Not all line items of this consignment are returned with this response, only 50 are included. "
    "Please use the `/v2/orders/{order_id}/products` endpoint to retrieve all the order's line items."
)


def address_json(address: Address) -> dict[str, Any]:
    return {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "street_1": address.street_1,
        "street_2": address.street_2,
        "city": address.city,
        "state": address.state,
        "zip": address.zip,
        "country": address.country,
        "country_iso2": address.country_iso2,
        "phone": address.phone,
        "email": address.email,
    }


def link(world: World, store: Store, order: Order, part: str) -> dict[str, str]:
    resource = f"/orders/{order.id}/{part}"
    return {"url": f"{world.public_url}/stores/{store.hash}/v2{resource}", "resource": resource}


def costs(name: str, amount: Decimal) -> dict[str, Any]:
    """The four spellings of one cost."""
    return {
        f"base_{name}_cost": money(amount),
        f"{name}_cost_ex_tax": money(amount),
        f"{name}_cost_inc_tax": money(amount),
        f"{name}_cost_tax": ZERO,
        f"{name}_cost_tax_class_id": 0,
    }


def order_json(world: World, store: Store, order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "date_created": rfc2822(order.created_at),
        "date_modified": rfc2822(order.modified_at),
        "date_shipped": rfc2822(order.shipped_at),
        "status_id": order.status_id,
        "status": STATUSES[order.status_id],
        "custom_status": STATUSES[order.status_id],
        **totals_json(order),
        "items_total": order.items_total,
        "items_shipped": order.items_shipped,
        "payment_method": order.payment_method,
        "payment_provider_id": "",
        "payment_status": order.payment_status,
        "refunded_amount": ZERO,
        "order_is_digital": all(line.type == "digital" for line in order.lines),
        **currency_json(store),
        "staff_notes": order.staff_notes,
        "customer_message": order.customer_message,
        "shipping_address_count": len(order.addresses),
        "ip_address": "",
        "ip_address_v6": "",
        "geoip_country": order.billing.country,
        "geoip_country_iso2": order.billing.country_iso2,
        "ebay_order_id": "0",
        "cart_id": order.cart_id or None,
        "billing_address": {**address_json(order.billing), "form_fields": []},
        "is_email_opt_in": False,
        "credit_card_type": None,
        "order_source": order.source,
        "channel_id": order.channel_id,
        "external_source": order.external_source,
        "external_id": None,
        "external_order_id": order.external_order_id,
        "external_merchant_id": None,
        "tax_provider_id": "BasicTaxProvider",
        "customer_locale": order.locale,
        "is_deleted": order.is_deleted,
        "products": link(world, store, order, "products"),
        # The text of this link lacks the underscore its own path has, as in the original.
        "shipping_addresses": link(world, store, order, "shippingaddresses"),
        "coupons": link(world, store, order, "coupons"),
    }


def totals_json(order: Order) -> dict[str, Any]:
    return {
        "subtotal_ex_tax": money(order.subtotal),
        "subtotal_inc_tax": money(order.subtotal),
        "subtotal_tax": ZERO,
        **costs("shipping", order.shipping_cost),
        **costs("handling", Decimal(0)),
        **costs("wrapping", Decimal(0)),
        "total_ex_tax": money(order.total),
        "total_inc_tax": money(order.total),
        "total_tax": ZERO,
        "is_tax_inclusive_pricing": False,
        "discount_amount": money(order.discount),
        "coupon_discount": ZERO,
        "store_credit_amount": ZERO,
        "gift_certificate_amount": ZERO,
    }


def currency_json(store: Store) -> dict[str, Any]:
    return {
        "currency_id": 1,
        "currency_code": store.profile.currency,
        "currency_exchange_rate": "1.0000000000",
        "default_currency_id": 1,
        "default_currency_code": store.profile.currency,
        "store_default_currency_code": store.profile.currency,
        "store_default_to_transactional_exchange_rate": "1.0000000000",
    }


def line_json(world: World, store: Store, line: OrderLine) -> dict[str, Any]:
    total = line.price * line.quantity
    shown: dict[str, Any] = {
        "id": line.id,
        "order_id": line.order_id,
        "product_id": line.product_id,
        "order_pickup_method_id": 0,
        "order_address_id": line.address_id,
        "name": line.name,
        "name_customer": line.name,
        "name_merchant": line.name,
        "sku": line.sku,
        "upc": "",
        "type": line.type,
        **prices_json(line.price, total),
        "weight": money(line.weight),
        "width": ZERO,
        "height": ZERO,
        "depth": ZERO,
        "quantity": line.quantity,
        "quantity_shipped": line.quantity_shipped,
        "quantity_refunded": line.quantity_refunded,
        "is_refunded": line.quantity_refunded >= line.quantity,
        "refund_amount": ZERO,
        "return_id": 0,
        "wrapping_id": 0,
        "wrapping_name": "",
        "wrapping_message": "",
        **{name: value for name, value in costs("wrapping", Decimal(0)).items() if not name.endswith("class_id")},
        "fixed_shipping_cost": ZERO,
        "ebay_item_id": "",
        "ebay_transaction_id": "",
        "option_set_id": None,
        "parent_order_product_id": line.parent_id,
        "is_bundled_product": line.parent_id is not None,
        "bin_picking_number": "",
        "external_id": None,
        "event_name": None,
        "event_date": "",
        "brand": line.brand,
        "applied_discounts": line.discounts,
        "product_options": [
            {
                "id": number,
                "option_id": option.option_id,
                "order_product_id": line.id,
                "product_option_id": option.option_id,
                "display_name": option.display_name,
                "display_name_customer": option.display_name,
                "display_name_merchant": option.display_name,
                "display_value": option.display_value,
                "display_value_customer": option.display_value,
                "display_value_merchant": option.display_value,
                "value": option.value,
                "type": option.type,
                "name": option.display_name,
                "display_style": "Rectangle",
            }
            for number, option in enumerate(line.options, start=1)
        ],
        "configurable_fields": [],
        "gift_certificate_id": None,
        "discounted_total_inc_tax": money(total),
    }
    if line.variant_id is not None:
        shown["variant_id"] = line.variant_id
    if store.native_backorders and (line.quantity_backordered or world.switches.quantity_backordered_at_zero == "zero"):
        shown["quantity_backordered"] = line.quantity_backordered
    return shown


def prices_json(price: Decimal, total: Decimal) -> dict[str, str]:
    return {
        "base_price": money(price),
        "price_ex_tax": money(price),
        "price_inc_tax": money(price),
        "price_tax": ZERO,
        "base_total": money(total),
        "total_ex_tax": money(total),
        "total_inc_tax": money(total),
        "total_tax": ZERO,
        "base_cost_price": ZERO,
        "cost_price_inc_tax": ZERO,
        "cost_price_ex_tax": ZERO,
        "cost_price_tax": ZERO,
    }


def shipping_address_json(world: World, store: Store, order: Order, address: ShippingAddress) -> dict[str, Any]:
    lines = [line for line in order.lines if line.address_id == address.id and line.parent_id is None]
    return {
        "id": address.id,
        "order_id": order.id,
        **address_json(address.address),
        "items_total": sum(line.quantity for line in lines),
        "items_shipped": sum(line.quantity_shipped for line in lines),
        "shipping_method": address.method,
        **address_costs(order),
        "shipping_zone_id": 1,
        "shipping_zone_name": address.address.country,
        "shipping_quotes": link(world, store, order, f"shippingaddresses/{address.id}/shippingquotes"),
        "form_fields": [],
    }


def address_costs(order: Order) -> dict[str, Any]:
    return {
        "base_cost": money(order.shipping_cost),
        "cost_ex_tax": money(order.shipping_cost),
        "cost_inc_tax": money(order.shipping_cost),
        "cost_tax": ZERO,
        "cost_tax_class_id": 0,
        **costs("handling", Decimal(0)),
    }


def consignments_json(world: World, store: Store, order: Order, *, with_lines: bool) -> dict[str, Any]:
    """Grouped by how goods leave: by parcel, by download. Lines come whole, or as links."""
    shipping = []
    for address in order.addresses:
        lines = [line for line in order.lines if line.address_id == address.id]
        group = shipping_address_json(world, store, order, address)
        del group["order_id"]
        shipping.append({**group, **lines_json(world, store, order, lines, with_lines=with_lines)})
    digital = [line for line in order.lines if line.type == "digital"]
    downloads = []
    if digital:
        recipient = {"recipient_email": order.billing.email}
        downloads.append({**recipient, **lines_json(world, store, order, digital, with_lines=with_lines)})
    return {"shipping": shipping, "pickups": [], "downloads": downloads, "email": {"gift_certificates": []}}


def lines_json(world: World, store: Store, order: Order, lines: list[OrderLine], *, with_lines: bool) -> dict[str, Any]:
    if not with_lines:
        return {"line_items": [link(world, store, order, f"products/{line.id}") for line in lines]}
    shown: dict[str, Any] = {"line_items": [line_json(world, store, line) for line in lines[:LINES_PER_CONSIGNMENT]]}
    if len(lines) > LINES_PER_CONSIGNMENT:
        shown["__warning__"] = {"message": WARNING}
    return shown


def shipment_json(order: Order, shipment: Shipment) -> dict[str, Any]:
    sent_to = next((each.address for each in order.addresses if each.id == shipment.address_id), order.billing)
    return {
        "id": shipment.id,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "order_address_id": shipment.address_id,
        "date_created": rfc2822(shipment.created_at),
        "tracking_number": shipment.tracking_number,
        "tracking_link": shipment.tracking_link,
        "tracking_carrier": shipment.tracking_carrier,
        "merchant_shipping_cost": money(shipment.merchant_shipping_cost),
        "shipping_method": shipment.shipping_method,
        "comments": shipment.comments,
        "shipping_provider": shipment.shipping_provider,
        "shipping_provider_display_name": CARRIERS.get(shipment.shipping_provider, ""),
        "generated_tracking_link": shipment.tracking_link,
        "billing_address": address_json(order.billing),
        "shipping_address": address_json(sent_to),
        "items": [
            {"order_product_id": item.line_id, "product_id": 0, "quantity": item.quantity} for item in shipment.items
        ],
    }

"""Carts as pages and the storefront API show them; the changes themselves are in `actions.buying`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import request
from markupsafe import Markup, escape

from plugin.sandbox.actions.buying import SHIPPING_COST, new_cart
from plugin.sandbox.actions.refusals import OutOfStock, Refused
from plugin.sandbox.catalog import Product, Variant
from plugin.sandbox.pages.here import cart_cookie, root, the_customer, the_store, the_world
from plugin.sandbox.pages.shelves import image_url, money, product_url, release_words, shelf_of
from plugin.sandbox.storefront import Cart, CartLine


def the_cart() -> Cart | None:
    return the_store().carts.get(request.cookies.get(cart_cookie(), ""))


def cart_to_fill() -> Cart:
    """The browser's cart, or a new one; the caller hands its id to the browser."""
    cart = the_cart()
    if cart is None:
        customer = the_customer()
        cart = new_cart(
            the_world(),
            the_store(),
            customer_id=customer.id if customer else 0,
            locale=customer.locale if customer else the_store().profile.language,
        )
    return cart


def cart_quantity() -> int:
    cart = the_cart()
    return sum(line.quantity for line in cart.lines) if cart else 0


def item_of(line: CartLine) -> tuple[Product, Variant] | None:
    """None when the merchant deleted the product meanwhile."""
    product, variant = the_store().products.get(line.product_id), the_store().variants.get(line.variant_id)
    return (product, variant) if product and variant else None


def options_of(variant: Variant) -> list[dict[str, str]]:
    return [{"name": choice.option.display_name, "value": choice.value.label} for choice in variant.choices]


def line_view(line: CartLine) -> dict[str, Any]:
    item = item_of(line)
    if item is None:
        return gone_line_view(line)
    product, variant = item
    shelf = shelf_of(product, variant)
    backordered = shelf.backordered_part(line.quantity) if the_store().native_backorders else 0
    price = product.price_of(variant)
    return {
        "id": line.id,
        "name": product.name,
        "url": product_url(product),
        "image": image_url(product),
        "options": options_of(variant),
        "release_date": release_words(product),
        "availability_description": product.availability_description,
        "quantity": line.quantity,
        "backordered": backordered,
        "on_hand": line.quantity - backordered,
        "price": money(price),
        "amount": price * line.quantity,
        "total": money(price * line.quantity),
    }


def gone_line_view(line: CartLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": "An item that is no longer sold",
        "url": f"{root()}/",
        "image": image_url(None),
        "options": [],
        "release_date": "",
        "availability_description": "",
        "quantity": line.quantity,
        "backordered": 0,
        "on_hand": 0,
        "price": money(Decimal(0)),
        "amount": Decimal(0),
        "total": money(Decimal(0)),
    }


def cart_view(cart: Cart | None) -> dict[str, Any]:
    lines = [line_view(line) for line in cart.lines] if cart else []
    subtotal = sum((line["amount"] for line in lines), Decimal(0))
    values = the_store().settings.values
    shows = bool(values.get("show_default_shipping_expectation_prompt")) and any(line["backordered"] for line in lines)
    return {
        "lines": lines,
        "quantity": sum(line["quantity"] for line in lines),
        "subtotal": money(subtotal),
        "shipping": money(SHIPPING_COST),
        "total": money(subtotal + SHIPPING_COST),
        "expectation": str(values.get("default_shipping_expectation_prompt", "")) if shows else "",
    }


def refusal_words(error: Refused) -> Markup:
    """What the shopper reads, as the HTML the theme prints; product names are escaped."""
    if not isinstance(error, OutOfStock):
        return escape(str(error))
    sentences = []
    for shortage in error.shortages:
        product = the_store().products.get(shortage.product_id)
        name = product.name if product else f"Item {shortage.product_id}"
        left = shortage.available + shortage.available_for_backorder
        advice = "Please try again with a smaller quantity." if left else "It is out of stock."
        sentences.append(escape(f"We don't have enough {name} stock on hand for the quantity you selected. {advice}"))
    return Markup(" ").join(sentences)


# The storefront API's shape


def cart_json(cart: Cart, *, with_options: bool) -> dict[str, Any]:
    physical: list[dict[str, Any]] = []
    digital: list[dict[str, Any]] = []
    for line in cart.lines:
        item = item_of(line)
        if item is not None:
            entry = item_json(line, *item, with_options=with_options)
            (digital if item[0].type == "digital" else physical).append(entry)
    amount = round(sum(each["extendedSalePrice"] for each in physical + digital), 2)
    customer = the_store().customers.get(cart.customer_id)
    return {
        "id": cart.id,
        "customerId": cart.customer_id,
        "email": customer.email if customer else "",
        "currency": {"name": "US Dollar", "code": the_store().profile.currency, "symbol": "$", "decimalPlaces": 2},
        "isTaxIncluded": False,
        "baseAmount": amount,
        "discountAmount": 0,
        "cartAmount": amount,
        "coupons": [],
        "discounts": [],
        "lineItems": {
            "physicalItems": physical,
            "digitalItems": digital,
            "giftCertificates": [],
            "customItems": [],
        },
        "createdTime": iso(cart.created_at),
        "updatedTime": iso(cart.updated_at),
        "locale": cart.locale,
        "version": cart.version,
    }


def item_json(line: CartLine, product: Product, variant: Variant, *, with_options: bool) -> dict[str, Any]:
    price = float(product.price_of(variant))
    entry: dict[str, Any] = {
        "id": line.id,
        "parentId": None,
        "variantId": variant.id,
        "productId": product.id,
        "sku": variant.sku,
        "name": product.name,
        "url": f"{the_world().public_url}{product_url(product)}",
        "quantity": line.quantity,
        "brand": product.brand,
        "isTaxable": True,
        "imageUrl": f"{the_world().public_url}{image_url(product)}",
        "discounts": [],
        "discountAmount": 0,
        "couponAmount": 0,
        "listPrice": price,
        "salePrice": price,
        "extendedListPrice": round(price * line.quantity, 2),
        "extendedSalePrice": round(price * line.quantity, 2),
        "type": product.type,
        "isMutable": True,
    }
    if product.type == "physical":
        entry |= {"isShippingRequired": True, "giftWrapping": None}
    if with_options:
        entry["options"] = [
            {
                "name": choice.option.display_name,
                "nameId": choice.option.id,
                "value": choice.value.label,
                "valueId": choice.value.id,
            }
            for choice in variant.choices
        ]
    return entry


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

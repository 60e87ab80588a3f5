"""What a mail says to machines: schema.org as JSON-LD, only what is true. A ship date is no arrival, so it is no ParcelDelivery."""

from typing import Any

from plugin.adapters.mail.story import Line, OrderStory

MOST_OFFERS = 20


def order_data(order: OrderStory, seller: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Order",
        "orderNumber": str(order.number),
        "orderDate": order.placed_on.isoformat(),
        "orderStatus": "https://schema.org/OrderProcessing",
        "merchant": {"@type": "Organization", "name": seller},
        "acceptedOffer": [_offer(line) for line in order.lines[:MOST_OFFERS]],
    }
    if order.shopper_name:
        data["customer"] = {"@type": "Person", "name": order.shopper_name}
    if order.url:
        data["url"] = order.url
        data["potentialAction"] = {"@type": "ViewAction", "target": order.url, "name": f"#{order.number}"}
    return data


def item_data(name: str, url: str) -> dict[str, Any] | None:
    if not url:
        return None
    return {
        "@context": "https://schema.org",
        "@type": "EmailMessage",
        "about": {"@type": "Product", "name": name},
        "potentialAction": {"@type": "ViewAction", "target": url, "name": name},
    }


def _offer(line: Line) -> dict[str, Any]:
    offer: dict[str, Any] = {
        "@type": "Offer",
        "itemOffered": {"@type": "Product", "name": line.name, **({"sku": line.sku} if line.sku else {})},
        "eligibleQuantity": {"@type": "QuantitativeValue", "value": line.quantity},
        "availability": f"https://schema.org/{_availability(line)}",
    }
    windows = [part.window for part in line.later if part.window]
    if windows:
        offer["availabilityStarts"] = min(window.earliest for window in windows).isoformat()
    return offer


def _availability(line: Line) -> str:
    if not line.later:
        return "InStock"
    return "PreOrder" if line.is_preorder else "BackOrder"

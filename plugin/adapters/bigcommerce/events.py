"""Where to look after a webhook: topic and contents become sets of ids. The contents are hints, never facts.

`services/inbox.py` asks through the EventReader port, folds the hints of all waiting events, and reads the shop.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from plugin.domain.ids import OrderId, ProductId, VariantId
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.ports.inbox import EventHint

Data = Mapping[str, Any]
LARGEST_ID = 2**53

NOTHING = EventHint()


class BigCommerceEventReader:
    """Reads every documented shape; the same thing has another name in nearly every family of topics."""

    def read(self, topic: str, body: Mapping[str, Any]) -> EventHint:
        data = body.get("data")
        for pattern, reads in READERS:
            if pattern.fullmatch(topic):
                return reads(data if isinstance(data, dict) else {})
        return NOTHING


def _nothing(_data: Data) -> EventHint:
    return NOTHING


def _order(data: Data) -> EventHint:
    return EventHint(orders=frozenset({OrderId(_id(data, "id"))}))


def _order_of_channel(data: Data) -> EventHint:
    return EventHint(orders=frozenset({OrderId(_id(data, "order_id"))}))


def _order_of_shipment(data: Data) -> EventHint:
    return EventHint(orders=frozenset({OrderId(_id(data, "orderId"))}))


def _product(data: Data) -> EventHint:
    return EventHint(products=frozenset({ProductId(_id(data, "id"))}))


def _deleted_product(data: Data) -> EventHint:
    return EventHint(deleted_products=frozenset({ProductId(_id(data, "id"))}))


def _sku(data: Data) -> EventHint:
    """`data.id` is a legacy id of the SKU; the product stands inside. A new or deleted variant changes its product."""
    return EventHint(products=frozenset({ProductId(_id(_inside(data, "sku"), "product_id"))}))


def _sold_product(data: Data) -> EventHint:
    return EventHint(stock=frozenset({(ProductId(_id(data, "id")), None)}))


def _counted_product(data: Data) -> EventHint:
    return _counted(_sold_product(data), data)


def _sold_sku(data: Data) -> EventHint:
    return EventHint(stock=_variant_of(_inside(data, "inventory")))


def _counted_sku(data: Data) -> EventHint:
    return _counted(_sold_sku(data), data)


def _counted(hint: EventHint, data: Data) -> EventHint:
    """The value is the difference in units; the documents do not agree on much else."""
    inventory = data.get("inventory")
    value = inventory.get("value") if isinstance(inventory, dict) else None
    units = value if isinstance(value, int) and not isinstance(value, bool) else None
    return replace(hint, counted=frozenset((product, variant, units) for product, variant in hint.stock))


def _stock_at_location(data: Data) -> EventHint:
    """Who changed it is not said: orders fire it too in some stores."""
    return EventHint(stock=_variant_of(data))


def _store(_data: Data) -> EventHint:
    return EventHint(store_changed=True)


def _variant_of(data: Data) -> frozenset[tuple[ProductId, VariantId | None]]:
    variant = VariantId(_id(data, "variant_id")) if data.get("variant_id") else None
    return frozenset({(ProductId(_id(data, "product_id")), variant)})


def _inside(data: Data, key: str) -> Data:
    inner = data.get(key)
    if not isinstance(inner, dict):
        raise GiveUp("rejected", said("The event's data has no %(key)s.", key=key))
    return inner


def _id(data: Data, key: str) -> int:
    """An id, which may come as a number or as digits."""
    value = data.get(key)
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17 else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_ID:
        raise GiveUp(
            "rejected",
            said("The event's data has no usable %(key)s (%(value)s).", key=key, value=repr(str(value)[:40])),
        )
    return number


def _topics(pattern: str, reads: Callable[[Data], EventHint]) -> tuple[re.Pattern[str], Callable[[Data], EventHint]]:
    return re.compile(pattern), reads


CHANNEL = r"store/channel/(?:\d+|\*)"

READERS = (
    # The first that fits. Echoes of our own metafields come first and are nothing.
    _topics(r"store/(.+/)?metafield/.+", _nothing),
    _topics(r"store/order/transaction/.+", _order_of_channel),
    _topics(r"store/order/.+", _order),
    _topics(rf"{CHANNEL}/order/.+", _order_of_channel),
    _topics(r"store/shipment/.+", _order_of_shipment),
    _topics(r"store/product/inventory/updated", _counted_product),
    _topics(r"store/product/inventory/order/updated", _sold_product),
    _topics(r"store/product/deleted", _deleted_product),
    _topics(r"store/product/(created|updated)", _product),
    _topics(r"store/sku/inventory/updated", _counted_sku),
    _topics(r"store/sku/inventory/order/updated", _sold_sku),
    _topics(r"store/sku/(created|updated|deleted)", _sku),
    _topics(rf"{CHANNEL}/inventory/product/.+", _stock_at_location),
    _topics(r"store/information/updated", _store),
)

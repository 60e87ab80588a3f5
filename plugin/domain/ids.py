"""Names of things, as types: an OrderLineId cannot be passed where an ItemId is meant."""

from typing import NewType

TenantId = NewType("TenantId", str)
"""The store hash: one installed shop, as an owner of data."""

ProductId = NewType("ProductId", int)
VariantId = NewType("VariantId", int)
LocationId = NewType("LocationId", int)
CategoryId = NewType("CategoryId", int)
OrderId = NewType("OrderId", int)
OrderLineId = NewType("OrderLineId", int)
ShipmentId = NewType("ShipmentId", int)
MessageId = NewType("MessageId", int)

ItemId = NewType("ItemId", str)
"""What can be bought and counted: `77` for a product counted as a whole, `77:105` for one of its variants."""


def item_id(product: ProductId, variant: VariantId | None = None) -> ItemId:
    return ItemId(f"{product}" if variant is None else f"{product}:{variant}")


def product_of(item: ItemId) -> ProductId:
    return ProductId(int(item.partition(":")[0]))


def variant_of(item: ItemId) -> VariantId | None:
    """The variant an item names, or None where the product is counted as a whole."""
    variant = item.partition(":")[2]
    return VariantId(int(variant)) if variant else None

"""What the catalog says: products, and the items of them that can be bought and counted."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plugin.domain.ids import CategoryId, ItemId, ProductId, VariantId, item_id


class Tracking(StrEnum):
    """How the shop counts a product."""

    NONE = "none"
    PRODUCT = "product"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class Variant:
    variant_id: VariantId
    sku: str
    label: str
    """The chosen options, such as `Blue, L`; empty for the base variant."""


@dataclass(frozen=True, slots=True)
class ProductTexts:
    """The fields of a product we write to and give back."""

    availability_description: str = ""
    availability: str = "available"
    preorder_release_on: date | None = None
    preorder_message: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    product_id: ProductId
    name: str
    sku: str
    tracking: Tracking
    categories: tuple[CategoryId, ...]
    variants: tuple[Variant, ...]
    texts: ProductTexts
    url: str = ""
    image_url: str = ""

    @property
    def is_tracked(self) -> bool:
        return self.tracking is not Tracking.NONE

    def item_for(self, variant: VariantId | None) -> ItemId:
        """The item that is counted when this variant is bought."""
        if self.tracking is Tracking.VARIANT and variant is not None:
            return item_id(self.product_id, variant)
        return item_id(self.product_id)

    @property
    def items(self) -> tuple[ItemId, ...]:
        if self.tracking is Tracking.VARIANT:
            return tuple(item_id(self.product_id, variant.variant_id) for variant in self.variants)
        return (item_id(self.product_id),)

    def label_of(self, item: ItemId) -> str:
        """The variant's options, for a page that already names the product; empty for a product counted as a whole."""
        return next((v.label for v in self.variants if item_id(self.product_id, v.variant_id) == item), "")

    def sku_of(self, item: ItemId) -> str:
        return next((v.sku for v in self.variants if item_id(self.product_id, v.variant_id) == item), self.sku)

"""Products, variants and what hangs on them. Stock is counted apart, in `stock`."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Tracking = Literal["none", "product", "variant"]
Availability = Literal["available", "disabled", "preorder"]


@dataclass(slots=True, kw_only=True)
class OptionValue:
    id: int
    label: str


@dataclass(slots=True, kw_only=True)
class Option:
    id: int
    display_name: str
    type: str
    values: list[OptionValue]


@dataclass(slots=True, kw_only=True)
class ChosenOption:
    option: Option
    value: OptionValue


@dataclass(slots=True, kw_only=True)
class Variant:
    """What can be bought. A simple product has exactly one, its base variant, which has no `sku_id`."""

    id: int
    product_id: int
    sku: str
    sku_id: int | None
    price: Decimal | None = None
    purchasing_disabled: bool = False
    purchasing_disabled_message: str = ""
    upc: str = ""
    choices: list[ChosenOption] = field(default_factory=list)

    @property
    def label(self) -> str:
        return ", ".join(choice.value.label for choice in self.choices)


@dataclass(slots=True, kw_only=True)
class BundlePart:
    """A pick-list child: sold along with the bundle, at no price of its own."""

    product_id: int
    variant_id: int
    quantity: int = 1


@dataclass(slots=True, kw_only=True)
class CustomField:
    id: int
    name: str
    value: str


@dataclass(slots=True, kw_only=True)
class Product:
    id: int
    name: str
    sku: str
    price: Decimal
    brand: str
    categories: list[int]
    created_at: datetime
    modified_at: datetime
    type: Literal["physical", "digital"] = "physical"
    description: str = ""
    weight: Decimal = Decimal("1.0")
    inventory_tracking: Tracking = "product"
    availability: Availability = "available"
    availability_description: str = ""
    preorder_release_date: datetime | None = None
    preorder_message: str = ""
    is_preorder_only: bool = False
    is_visible: bool = True
    is_featured: bool = False
    inventory_warning_level: int = 0
    order_quantity_minimum: int = 0
    order_quantity_maximum: int = 0
    total_sold: int = 0
    brand_id: int = 0
    color: str = "#8a6d4b"
    options: list[Option] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    custom_fields: list[CustomField] = field(default_factory=list)
    bundle: list[BundlePart] = field(default_factory=list)
    bundle_moves_stock: bool = True

    @property
    def has_options(self) -> bool:
        return bool(self.options)

    @property
    def base_variant_id(self) -> int | None:
        return None if self.has_options else self.variants[0].id

    def price_of(self, variant: Variant) -> Decimal:
        # A variant's price of null or 0 means: the product's.
        return variant.price or self.price

    def slug(self) -> str:
        letters = "".join(letter if letter.isalnum() else " " for letter in self.name.lower())
        return "-".join(letters.split())


@dataclass(slots=True, kw_only=True)
class Category:
    id: int
    name: str
    parent_id: int = 0


@dataclass(slots=True, kw_only=True)
class Metafield:
    id: int
    client_id: str
    resource_type: str
    resource_id: int
    namespace: str
    key: str
    value: str
    permission_set: str
    description: str
    created_at: datetime
    modified_at: datetime

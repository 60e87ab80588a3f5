"""Typed shapes of what BigCommerce sends: only the fields we read, tolerant of null, empty and missing ones.

They stay in this folder; `translate.py` turns them into the domain's values.
"""

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from plugin.domain.saying import said
from plugin.services.errors import GiveUp

logger = structlog.get_logger(__name__)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _whole(value: Any) -> Any:
    """A count: 2, "2", "2.0000" and 2.0 are two; nothing is none."""
    if value in (None, "", False):
        return 0
    return int(float(value)) if isinstance(value, str | float) else value


def _whole_or_none(value: Any) -> Any:
    return None if value in (None, "") else _whole(value)


def _object(value: Any) -> Any:
    """PHP writes an empty object as an empty list."""
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Any]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
Whole = Annotated[int, BeforeValidator(_whole)]
WholeOrNone = Annotated[int | None, BeforeValidator(_whole_or_none)]
Flag = Annotated[bool, BeforeValidator(bool)]
Object = BeforeValidator(_object)
Objects = BeforeValidator(_objects)


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Address(Payload):
    first_name: Text = ""
    last_name: Text = ""
    email: Text = ""
    country_iso2: Text = ""


class OrderLinePayload(Payload):
    id: int
    product_id: Whole = 0
    variant_id: Whole = 0
    name: Text = ""
    sku: Text = ""
    type: Text = "physical"
    quantity: Whole = 0
    quantity_shipped: Whole = 0
    quantity_refunded: Whole = 0


class OrderPayload(Payload):
    id: int
    status_id: Whole = 0
    date_created: Text = ""
    date_modified: Text = ""
    is_deleted: Flag = False
    customer_id: Whole = 0
    customer_locale: Text = ""
    channel_id: Whole = 1
    external_source: Text = ""
    staff_notes: Text = ""
    cart_id: Text = ""
    payment_method: Text = ""
    total_inc_tax: Text = ""
    billing_address: Annotated[Address, Object] = Address()
    consignments: Any = None


class CategoryPayload(Payload):
    id: int
    name: Text = ""


class CustomerPayload(Payload):
    id: int
    customer_group_id: Whole = 0


class OptionValue(Payload):
    label: Text = ""


class VariantPayload(Payload):
    id: int
    sku: Text = ""
    option_values: Annotated[tuple[OptionValue, ...], Objects] = ()


class CustomUrl(Payload):
    url: Text = ""


class Image(Payload):
    url_standard: Text = ""


class ProductPayload(Payload):
    id: int
    name: Text = ""
    sku: Text = ""
    inventory_tracking: Text = "none"
    categories: tuple[int, ...] | None = ()
    variants: Annotated[tuple[VariantPayload, ...], Objects] = ()
    availability: Text = "available"
    availability_description: Text = ""
    preorder_release_date: Text = ""
    preorder_message: Text = ""
    custom_url: Annotated[CustomUrl, Object] = CustomUrl()
    primary_image: Annotated[Image, Object] = Image()


class Identity(Payload):
    product_id: int
    variant_id: Whole = 0
    sku_id: WholeOrNone = None


class ItemSettings(Payload):
    safety_stock: Whole = 0
    backorder_limit: WholeOrNone = None
    unlimited_backorder: Flag = False

    @property
    def names_a_limit(self) -> bool:
        return bool({"backorder_limit", "unlimited_backorder"} & self.model_fields_set)


class LocationStock(Payload):
    location_id: int
    location_enabled: bool = True
    total_inventory_onhand: Whole = 0
    qty_backordered: WholeOrNone = None
    settings: Annotated[ItemSettings, Object] = ItemSettings()

    @property
    def is_native(self) -> bool:
        """Whether the store showed that it knows backorders."""
        return "qty_backordered" in self.model_fields_set or self.settings.names_a_limit


class InventoryItem(Payload):
    identity: Identity
    locations: Annotated[tuple[LocationStock, ...], Objects] = ()


class MetafieldPayload(Payload):
    id: int
    resource_id: Whole = 0
    namespace: Text = ""
    key: Text = ""
    value: Text = ""


class Hook(Payload):
    id: int
    scope: Text = ""
    destination: Text = ""
    is_active: Flag = False
    headers: Annotated[dict[str, str], Object] = Field(default_factory=dict)


class IntegrityHash(Payload):
    hash: Text = ""


class ScriptPayload(Payload):
    uuid: str
    name: Text = ""
    description: Text = ""
    src: Text = ""
    location: Text = ""
    load_method: Text = ""
    visibility: Text = ""
    consent_category: Text = ""
    channel_id: Whole = 1
    enabled: Flag = True
    integrity_hashes: Annotated[tuple[IntegrityHash, ...], Objects] = ()


class ChannelPayload(Payload):
    id: int
    type: Text = ""
    status: Text = ""


class TimeZone(Payload):
    name: Text = ""


class Logo(Payload):
    url: Text = ""


class StorePayload(Payload):
    name: Text = ""
    country_code: Text = ""
    address: Text = ""
    domain: Text = ""
    secure_url: Text = ""
    control_panel_base_url: Text = ""
    admin_email: Text = ""
    order_email: Text = ""
    language: Text = ""
    timezone: Annotated[TimeZone, Object] = TimeZone()
    logo: Annotated[Logo, Object] = Logo()
    default_channel_id: Whole = 1
    country: Text = ""
    plan_name: Text = ""
    plan_level: Text = ""


class InventorySettingsPayload(Payload):
    """A channel's copy holds null where it follows the store."""

    update_stock_behavior: str | None = None
    edit_order_stock_adjustment: bool | None = None
    refund_order_stock_adjustment: bool | None = None


class LocationPayload(Payload):
    id: int
    is_default: Flag = False


class TimePayload(Payload):
    time: int


Shape = TypeVar("Shape", bound=Payload)


def read(shape: type[Shape], raw: Any, what: str) -> Shape:
    """Read one object, or give up: an answer that makes no sense will not make more when asked again."""
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "whole"
        raise GiveUp(
            "rejected",
            said(
                "The store's answer cannot be read (%(what)s): %(field)s: %(words)s.",
                what=what,
                field=place,
                words=first["msg"],
            ),
        ) from error


def read_all(shape: type[Shape], rows: Iterable[Any], what: str) -> list[Shape]:
    """Read what can be read; one broken row must not hide the others, and is logged."""
    shapes = []
    for row in rows:
        try:
            shapes.append(read(shape, row, what))
        except GiveUp as problem:
            logger.warning("unreadable_row", what=what, problem=problem.explanation)
    return shapes

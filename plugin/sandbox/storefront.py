"""What belongs to a storefront: channels, carts, and the scripts apps put on its pages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Channel:
    id: int
    name: str
    created_at: datetime
    type: str = "storefront"
    platform: str = "bigcommerce"
    site_id: int = 1000
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Script:
    uuid: str
    client_id: str
    name: str
    kind: Literal["src", "script_tag"]
    created_at: datetime
    modified_at: datetime
    description: str = ""
    src: str = ""
    html: str = ""
    load_method: str = "default"
    location: str = "footer"
    visibility: str = "storefront"
    consent_category: str = "unknown"
    auto_uninstall: bool = False
    enabled: bool = True
    channel_id: int = 1
    integrity_hashes: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class AppExtension:
    """One of an app's pages, offered beside the control panel's own; `${id}` in `url` stands for the thing shown."""

    id: str
    client_id: str
    context: str
    model: str
    url: str
    label: dict[str, object]


@dataclass(slots=True, kw_only=True)
class CartLine:
    id: str
    product_id: int
    variant_id: int
    quantity: int


@dataclass(slots=True, kw_only=True)
class Cart:
    """A cart reserves nothing: two shoppers may hold the last unit."""

    id: str
    created_at: datetime
    updated_at: datetime
    customer_id: int = 0
    locale: str = "en"
    version: int = 1
    lines: list[CartLine] = field(default_factory=list)

"""Payload to domain and back, pure. `store.py` reads and writes; here is only what the platform's words mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugin.adapters.bigcommerce.payloads import (
    InventoryItem,
    InventorySettingsPayload,
    LocationStock,
    OrderLinePayload,
    OrderPayload,
    ProductPayload,
    StorePayload,
)
from plugin.domain.ids import (
    CategoryId,
    ItemId,
    LocationId,
    OrderId,
    OrderLineId,
    ProductId,
    VariantId,
    item_id,
    product_of,
    variant_of,
)
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.order import InventorySettings, Order, OrderLine, OrderStage, Shopper
from plugin.domain.saying import said
from plugin.domain.stock import UNLIMITED_UNITS, StockLevel, StockTiming
from plugin.domain.store import StoreProfile
from plugin.services.errors import GiveUp

MIGRATED = "M-MIG"
"""The external source of orders that a migration service copied from another platform."""

INCOMPLETE = (0,)
UNPAID = (1, 7, 12, 13)
OPEN = (11, 9, 8, 3, 14)
CLOSED = (2, 10)
CANCELLED = (4, 5, 6)

STAGES: Mapping[int, OrderStage] = {
    **dict.fromkeys(INCOMPLETE, OrderStage.INCOMPLETE),
    **dict.fromkeys(UNPAID, OrderStage.UNPAID),
    **dict.fromkeys(OPEN, OrderStage.OPEN),
    **dict.fromkeys(CLOSED, OrderStage.CLOSED),
    **dict.fromkeys(CANCELLED, OrderStage.CANCELLED),
}
"""Ids are fixed; labels are the merchant's to rename, so nobody reads them."""

TRACKING: Mapping[str, Tracking] = {each.value: each for each in Tracking}
TIMING: Mapping[str, StockTiming] = {each.value: each for each in StockTiming}


@dataclass(frozen=True, slots=True)
class Consignments:
    """The lines an order came with. `is_whole` False: lines were left out or only linked, read them one by one."""

    lines: tuple[Any, ...]
    is_whole: bool
    country: str | None
    """Ship-to country; empty for pickup and downloads, None where nothing is said."""


def moment(text: str) -> datetime | None:
    """A moment in RFC 2822 (v2) or ISO 8601 (v3); None where the platform left it empty."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError, IndexError):
            parsed = parse(text.strip())
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return None


def rfc_2822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))


def stage_of(payload: OrderPayload) -> OrderStage:
    """What the status means; one we do not know holds its units and tells nobody anything."""
    if payload.is_deleted:
        return OrderStage.CANCELLED
    return STAGES.get(payload.status_id, OrderStage.UNPAID)


def consignments_of(raw: Any) -> Consignments:
    """Collect the lines of all consignments: shipped, picked up, downloaded and mailed."""
    if not isinstance(raw, dict):
        return Consignments((), is_whole=False, country=None)
    shipping, others = list(_dicts(raw.get("shipping"))), list(_other_consignments(raw))
    lines: list[Any] = []
    is_whole = bool(shipping or others)
    for consignment in (*shipping, *others):
        items = consignment.get("line_items")
        whole = isinstance(items, list) and all(isinstance(item, dict) and "id" in item for item in items)
        is_whole = is_whole and whole and "__warning__" not in consignment
        lines.extend(items if whole and isinstance(items, list) else ())
    once = {line["id"]: line for line in lines}
    return Consignments(tuple(once.values()), is_whole=is_whole, country=_ship_to(shipping, others))


def order_of(payload: OrderPayload, lines: Iterable[OrderLinePayload], *, country: str | None) -> Order:
    placed_at = moment(payload.date_created)
    if placed_at is None:
        raise GiveUp(
            "rejected",
            said(
                "Order %(order)s has no readable date_created (%(value)s).",
                order=payload.id,
                value=repr(payload.date_created),
            ),
        )
    billing = payload.billing_address
    return Order(
        order_id=OrderId(payload.id),
        stage=stage_of(payload),
        status_id=payload.status_id,
        placed_at=placed_at,
        modified_at=moment(payload.date_modified) or placed_at,
        shopper=Shopper(
            email=billing.email.strip(),
            name=f"{billing.first_name} {billing.last_name}".strip(),
            locale=payload.customer_locale,
            customer_id=payload.customer_id,
            country=(billing.country_iso2 if country is None else country).upper(),
        ),
        channel_id=payload.channel_id,
        lines=tuple(sorted((_line_of(line, payload.id) for line in lines), key=lambda line: line.line_id)),
        staff_notes=payload.staff_notes,
        is_history=payload.external_source == MIGRATED,
        cart_id=payload.cart_id,
        value=_amount(payload.total_inc_tax),
        payment_method=payload.payment_method,
    )


LARGEST_AMOUNT = Decimal(10) ** 15
LONGEST_PATH = 600
"""Characters of a product page's path: an index holds it, and PostgreSQL refuses what is much longer."""


def _amount(text: str) -> Decimal:
    """Money as they write it; 0 for what is no amount."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() and abs(amount) < LARGEST_AMOUNT else Decimal(0)


def product_of_payload(payload: ProductPayload) -> Product:
    return Product(
        product_id=ProductId(payload.id),
        name=payload.name,
        sku=payload.sku,
        tracking=TRACKING.get(payload.inventory_tracking, Tracking.NONE),
        categories=tuple(CategoryId(category) for category in payload.categories or ()),
        variants=tuple(
            Variant(VariantId(each.id), each.sku, ", ".join(value.label for value in each.option_values if value.label))
            for each in payload.variants
        ),
        texts=ProductTexts(
            availability_description=payload.availability_description,
            availability=payload.availability or "available",
            preorder_release_on=_day(payload.preorder_release_date),
            preorder_message=payload.preorder_message,
        ),
        url=payload.custom_url.url if len(payload.custom_url.url) <= LONGEST_PATH else "",
        image_url=payload.primary_image.url_standard,
    )


def texts_to_payload(product: ProductId, texts: ProductTexts) -> dict[str, Any]:
    release_on = texts.preorder_release_on
    return {
        "id": product,
        "availability_description": texts.availability_description,
        "availability": texts.availability,
        "preorder_release_date": f"{release_on.isoformat()}T00:00:00+00:00" if release_on else None,
        "preorder_message": texts.preorder_message,
    }


def levels_of(item: InventoryItem, name: ItemId) -> Iterator[StockLevel]:
    """The item's level at each location that sells; a disabled location's units cannot be bought."""
    for stock in item.locations:
        if stock.location_enabled:
            yield StockLevel(
                item_id=name,
                location_id=LocationId(stock.location_id),
                # Some reads show owed units as a negative number on hand, and again as backordered.
                on_hand=max(0, stock.total_inventory_onhand) if stock.qty_backordered else stock.total_inventory_onhand,
                safety_stock=stock.settings.safety_stock,
                backordered=stock.qty_backordered,
                backorder_limit=_limit_of(stock),
            )


def name_of(item: InventoryItem, wanted: Sequence[ItemId] | frozenset[ItemId]) -> ItemId | None:
    """Which of the wanted items a row is: the variant, or the product that is counted as a whole."""
    product = ProductId(item.identity.product_id)
    variant = VariantId(item.identity.variant_id)
    return next((name for name in (item_id(product, variant), item_id(product)) if name in wanted), None)


def likely_name_of(item: InventoryItem) -> ItemId:
    """The item a row is, without the catalog: a base variant has no `sku_id`, it is the product as a whole."""
    product = ProductId(item.identity.product_id)
    if item.identity.variant_id and item.identity.sku_id:
        return item_id(product, VariantId(item.identity.variant_id))
    return item_id(product)


def identity_of(item: ItemId) -> dict[str, int]:
    """Exactly one identifier: the platform refuses two, and one that does not fit how the product is tracked."""
    variant = variant_of(item)
    return {"product_id": product_of(item)} if variant is None else {"variant_id": variant}


def profile_of(payload: StorePayload) -> StoreProfile:
    return StoreProfile(
        name=payload.name,
        country=payload.country_code.upper(),
        time_zone=payload.timezone.name if _is_zone(payload.timezone.name) else "UTC",
        language=payload.language,
        owner_email=payload.admin_email,
        order_email=payload.order_email,
        storefront_url=payload.secure_url or (f"https://{payload.domain}" if payload.domain else ""),
        control_panel_url=payload.control_panel_base_url,
        logo_url=payload.logo.url,
        default_channel_id=payload.default_channel_id or 1,
        postal_address=payload.address,
        plan=" ".join(dict.fromkeys((payload.plan_name, payload.plan_level))),
    )


def inventory_settings_of(store: InventorySettingsPayload, channel: InventorySettingsPayload) -> InventorySettings:
    """What holds for the storefront's orders: its channel's word, else the store's, else the platform's default."""
    timing = channel.update_stock_behavior or store.update_stock_behavior or ""
    return InventorySettings(
        timing=TIMING.get(timing, StockTiming.PLACED),
        returns_cancelled=_first(channel.refund_order_stock_adjustment, store.refund_order_stock_adjustment),
        follows_edits=_first(channel.edit_order_stock_adjustment, store.edit_order_stock_adjustment),
    )


def _line_of(line: OrderLinePayload, order: int) -> OrderLine:
    # Custom lines have no product; downloads and gift certificates have one, but nobody counts it.
    is_counted = line.product_id > 0 and line.type == "physical"
    return OrderLine(
        line_id=OrderLineId(line.id),
        order_id=OrderId(order),
        item_id=None,
        product_id=ProductId(line.product_id) if is_counted else None,
        variant_id=VariantId(line.variant_id) if is_counted and line.variant_id > 0 else None,
        name=line.name,
        sku=line.sku,
        quantity=max(0, line.quantity),
        shipped=max(0, line.quantity_shipped),
        refunded=max(0, line.quantity_refunded),
    )


def _other_consignments(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _dicts(raw.get("pickups"))
    yield from _dicts(raw.get("downloads"))
    email = raw.get("email")
    for place in (raw, email if isinstance(email, dict) else {}):
        yield from _dicts(place.get("gift_certificates"))


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _ship_to(shipping: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> str | None:
    if not shipping:
        return "" if others else None
    return next((str(each["country_iso2"]) for each in shipping if each.get("country_iso2")), None)


def _limit_of(stock: LocationStock) -> int | None:
    """None where the store has no backorders. "Unlimited" has three likely spellings and one meaning."""
    settings = stock.settings
    if not settings.names_a_limit:
        return None
    if settings.unlimited_backorder or settings.backorder_limit is None or settings.backorder_limit < 0:
        return UNLIMITED_UNITS
    return settings.backorder_limit


def _day(text: str) -> date | None:
    at = moment(text) if text else None
    return at.date() if at else None


def _is_zone(name: str) -> bool:
    with suppress(ValueError, OSError, KeyError):
        return bool(ZoneInfo(name))
    return False


def _first(*values: bool | None) -> bool:
    return next((value for value in values if value is not None), True)

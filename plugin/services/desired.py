"""From a plan to what the shop should show: texts, metafields, limits, order notes. Absolute values, never deltas."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, OrderLineId, ProductId, product_of, variant_of
from plugin.domain.item import Product, ProductTexts
from plugin.domain.order import Order, OrderLine, Sending
from plugin.domain.plan import ItemPlan, Offer, Plan
from plugin.domain.promise import Promise
from plugin.domain.store import Tenant
from plugin.services.ports.messages import Wording
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.snapshots import Gathered

DatedLine = tuple[OrderLine, Promise]


def want_items(work: UnitOfWork, gathered: Gathered, plan: Plan, wording: Wording) -> None:
    """What product pages and limits should be after this plan."""
    products = work.items.products({product_of(item.item_id) for item in plan.items})
    offers = work.items.offers([item for product in products.values() for item in product.items])
    wanted = [publication for item in plan.items for publication in _limits(item, gathered)]
    wanted += [_item_metafield(item.item_id, item.offer) for item in plan.items]
    wanted += _product_texts(work, products, offers, gathered.tenant, wording)
    work.publications.want(wanted)


def _limits(item: ItemPlan, gathered: Gathered) -> Iterable[Publication]:
    limits = dict(item.limits)
    for level in gathered.levels.get(item.item_id, ()):
        limit = limits.get(level.location_id)
        yield Publication(
            PublicationKind.LIMIT,
            f"{item.item_id}@{level.location_id}",
            desired=None if limit is None else {"limit": limit},
            original={"limit": level.backorder_limit or 0},
        )


def _item_metafield(item: ItemId, offer: Offer) -> Publication:
    """On the variant where variants are counted, on the product where it is counted as a whole."""
    variant = variant_of(item)
    kind = PublicationKind.VARIANT_METAFIELD if variant else PublicationKind.PRODUCT_METAFIELD
    desired = None if offer.availability is Availability.PLAIN else {"value": offer_value(offer)}
    return Publication(kind, str(variant or product_of(item)), desired=desired)


def offer_value(offer: Offer) -> str:
    """The metafield a headless storefront reads. Documented in docs/storefront.md; fields are only ever added."""
    window = offer.next_part.window if offer.next_part else None
    return _json(
        {
            "state": offer.availability.value,
            "label": offer.label.value,
            "on_hand": offer.on_hand,
            "available_for_backorder": offer.available_for_backorder,
            **_window_fields(window),
        }
    )


def _window_fields(window: DateWindow | None) -> dict[str, str | None]:
    return {
        "earliest": window.earliest.isoformat() if window else None,
        "latest": window.latest.isoformat() if window else None,
    }


def _product_texts(
    work: UnitOfWork,
    products: Mapping[ProductId, Product],
    offers: Mapping[ItemId, Offer],
    tenant: Tenant,
    wording: Wording,
) -> list[Publication]:
    known = work.publications.get(PublicationKind.PRODUCT, [str(product) for product in products])
    wanted = []
    for product in products.values():
        before = known.get(str(product.product_id))
        original = before.original if before and before.original else texts_to_json(product.texts)
        mine = [(product.label_of(item), offers[item]) for item in product.items if item in offers]
        texts = _texts_for(texts_from_json(original), mine, tenant, wording)
        wanted.append(
            Publication(
                PublicationKind.PRODUCT,
                str(product.product_id),
                desired=None if texts is None else texts_to_json(texts),
                original=original,
            )
        )
    return wanted


def _texts_for(
    original: ProductTexts, offers: list[tuple[str, Offer]], tenant: Tenant, wording: Wording
) -> ProductTexts | None:
    """None where the shop's own words should stand."""
    language = tenant.profile.written()
    text = _said(offers, wording, language)
    if not text:
        return None
    preorder = next((offer for _, offer in offers if offer.availability is Availability.PREORDER), None)
    if preorder is None:
        return replace(original, availability_description=text)
    window = preorder.next_part.window if preorder.next_part else None
    # Themes with a place for a pre-order's message print it beside the availability, which therefore says the day only.
    day = _said([(label, _without_the_word(offer)) for label, offer in offers], wording, language)
    return ProductTexts(day, "preorder", window.earliest if window else None, text)


def _said(offers: list[tuple[str, Offer]], wording: Wording, language: str) -> str:
    if len(offers) == 1:
        return wording.offer(offers[0][1], language)
    return wording.product(offers, language) if offers else ""


def _without_the_word(offer: Offer) -> Offer:
    has_day = offer.next_part is not None and offer.next_part.window is not None
    if offer.availability is not Availability.PREORDER or not has_day:
        return offer
    return replace(offer, availability=Availability.BACKORDER, message="")


def texts_to_json(texts: ProductTexts) -> dict[str, Any]:
    release = texts.preorder_release_on
    return asdict(texts) | {"preorder_release_on": release.isoformat() if release else None}


def texts_from_json(fields: Mapping[str, Any]) -> ProductTexts:
    release = fields["preorder_release_on"]
    return ProductTexts(**{**fields, "preorder_release_on": date.fromisoformat(release) if release else None})


def want_orders(
    work: UnitOfWork,
    tenant: Tenant,
    orders: Collection[Order],
    promises: Mapping[OrderLineId, Promise],
    wording: Wording,
) -> None:
    """The dates on orders: for machines a metafield, for people a marked block in the staff notes.

    Orders that never owed anything are left alone; from those that are closed both are taken away again.
    """
    ids = [str(order.order_id) for order in orders]
    known = {
        target
        for kind in (PublicationKind.ORDER_METAFIELD, PublicationKind.ORDER_NOTE)
        for target in work.publications.get(kind, ids)
    }
    wanted: list[Publication] = []
    for order in orders:
        lines = _dated_lines(order, promises)
        if str(order.order_id) in known or any(promise.later for _, promise in lines):
            wanted += _order_publications(order, lines, tenant, wording)
    work.publications.want(wanted)


def _dated_lines(order: Order, promises: Mapping[OrderLineId, Promise]) -> list[DatedLine]:
    if not order.stage.holds_units:
        return []
    return [(line, promises[line.line_id]) for line in order.lines if line.open and line.line_id in promises]


def _order_publications(
    order: Order, lines: list[DatedLine], tenant: Tenant, wording: Wording
) -> tuple[Publication, Publication]:
    target = str(order.order_id)
    value = {"value": order_value(lines, _sending_of(order, tenant))} if lines else None
    note = None
    if lines and tenant.settings.writes_order_notes:
        named = [(line.name, promise) for line, promise in lines]
        note = {"note": wording.order_note(named, tenant.profile.written(), sending=_sending_of(order, tenant))}
    return (
        Publication(PublicationKind.ORDER_METAFIELD, target, desired=value),
        Publication(PublicationKind.ORDER_NOTE, target, desired=note),
    )


def _sending_of(order: Order, tenant: Tenant) -> Sending | None:
    """What was chosen for the order, else complete where the store ships so; None: in parts, as ever."""
    ships_complete = tenant.settings.allocation.sending is Sending.TOGETHER
    return order.sending or (Sending.TOGETHER if ships_complete else None)


def order_value(lines: Iterable[DatedLine], sending: Sending | None = None) -> str:
    """The order's metafield an ERP reads. Documented in docs/storefront.md; fields are only ever added."""
    dated = list(lines)
    return _json(
        {
            "state": "waiting" if any(promise.later for _, promise in dated) else "ready",
            **({"sending": sending.value} if sending else {}),
            **(_window_fields(_one_window(dated)) if sending is Sending.TOGETHER else {}),
            "lines": [
                {
                    "line_id": line.line_id,
                    "sku": line.sku,
                    "ready": max(promise.ready, line.allocated),
                    "later": [
                        {"units": part.units, "basis": part.basis.kind.value, **_window_fields(part.window)}
                        for part in promise.later
                    ],
                }
                for line, promise in dated
            ],
        }
    )


def _one_window(dated: Iterable[DatedLine]) -> DateWindow | None:
    """Of an order that ships complete: every line has it."""
    return next((promise.last_window for _, promise in dated if promise.later), None)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)

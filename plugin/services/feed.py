"""Columns for product feeds: availability and its date per item, in the words search engines ask for."""

import csv
import io
from collections.abc import Iterator

from plugin.domain.changes import Availability
from plugin.domain.ids import TenantId, variant_of
from plugin.services.queries import PAGE, ItemRow, Queries

HEADINGS = ("id", "product_id", "variant_id", "sku", "availability", "availability_date")
WORDS = {
    Availability.IN_STOCK: "in_stock",
    Availability.PLAIN: "in_stock",
    Availability.BACKORDER: "backorder",
    Availability.PREORDER: "preorder",
    Availability.CLOSED: "out_of_stock",
}


def columns(queries: Queries, tenant: TenantId) -> str:
    """All items sold past zero, as CSV; a feed joins it to its own rows by `sku` or by `variant_id`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in _all(queries, tenant):
        is_later = row.availability in {Availability.BACKORDER, Availability.PREORDER}
        day = row.ships.earliest.isoformat() if is_later and row.ships else ""
        identity = (row.item_id, row.product_id, variant_of(row.item_id) or "", row.sku)
        # A backorder without a date is refused by feeds: without one, the item counts as out of stock there.
        availability = "out_of_stock" if is_later and not day else WORDS[row.availability]
        writer.writerow([*identity, availability, day])
    return text.getvalue()


def _all(queries: Queries, tenant: TenantId) -> Iterator[ItemRow]:
    page, after = queries.items_past_zero(tenant), ""
    while page:
        yield from page
        after = page[-1].item_id
        page = queries.items_past_zero(tenant, after=after) if len(page) == PAGE else ()

"""Substitutes on an item's page: which items shoppers who wait for it may take instead, in which order, with which note."""

from collections.abc import Iterator

from flask import Response, request
from werkzeug.exceptions import NotFound as NoSuchPage

from plugin.domain.ids import ItemId
from plugin.domain.substitute import MOST_SUBSTITUTES, Substitute
from plugin.web.admin.door import admin
from plugin.web.admin.forms import done, shows_again
from plugin.web.admin.products import products_item
from plugin.web.admin.speech import gettext
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import ITEM, bad


@admin.post("/products/item/<path:item>/substitutes")
@shows_again(products_item)
def products_item_substitutes(item: str) -> Response:
    if not ITEM.fullmatch(item):
        raise NoSuchPage
    ordered = [substitute for _, _, substitute in sorted(filled_in(), key=lambda row: row[:2])]
    plugin().substitutes.save(tenant_id(), ItemId(item), ordered)
    return done("products_item", "substitutes", item=item)


def filled_in() -> Iterator[tuple[int, int, Substitute]]:
    """Place, row and substitute of each row that names one; an emptied row is taken away."""
    for row in range(1, MOST_SUBSTITUTES + 1):
        name = request.form.get(f"item-{row}", "").strip()
        if not name:
            continue
        found = plugin().substitutes.find(tenant_id(), name)
        if found is None:
            raise bad(f"item-{row}", name[:60], gettext("Your catalog has no item with this SKU."))
        place = request.form.get(f"place-{row}", "").strip()
        if not (place.isascii() and place.isdigit() and len(place) < 4):
            place = str(MOST_SUBSTITUTES)
        yield int(place), row, Substitute(found, " ".join(request.form.get(f"note-{row}", "").split()))

"""Screen 6, Waitlist: per item who waits, who was told and who has bought since; and everybody, to export."""

import csv
import io
from collections.abc import Iterator

from flask import Response, make_response, render_template

from plugin.domain.ids import ItemId
from plugin.domain.store import Role
from plugin.services.spreadsheet import harmless
from plugin.services.waitlist_lists import WaitlistPerson, WaitlistPlace
from plugin.web.admin.door import admin, needs
from plugin.web.admin.lists import page_of, wish
from plugin.web.admin.speech import moment, percent
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import item_id

COLUMNS = ("item_id", "sku", "name", "email", "quantity", "state", "language", "asked_at")


@admin.get("/waitlist")
def waitlist() -> Response:
    wanted = wish("waitlist")
    after = WaitlistPlace.parse(wanted.after)
    rows = plugin().waitlist_queries.items(tenant_id(), at=plugin().clock.now(), after=after, limit=wanted.limit)
    return make_response(
        render_template(
            "admin/waitlist/list.html",
            wish=wanted,
            page=page_of(rows, wanted, lambda row: row.place),
            totals=plugin().waitlist_queries.totals(tenant_id()),
            percent=percent,
            told_at=lambda row: moment(row.last_told_at, tenant()) if row.last_told_at else "–",
            place=tenant().settings.storefront.waitlist.value,
        )
    )


@admin.get("/waitlist/export.csv")
@needs(Role.MANAGER)
def waitlist_export() -> Response:
    """Addresses of shoppers: not for those who may only look. Read in pages while it is sent."""
    item = item_id("item")
    people = plugin().waitlist_queries.people(tenant_id(), item=ItemId(item) if item else None)
    response = Response(lines_of(people), mimetype="text/csv")
    which = f"-{item.replace(':', '-')}" if item else ""
    response.headers["Content-Disposition"] = f'attachment; filename="waitlist{which}.csv"'
    return response


def lines_of(people: Iterator[WaitlistPerson]) -> Iterator[str]:
    """CSV line by line; no cell is taken for a formula by a spreadsheet programme."""
    yield "\ufeff" + line_of(COLUMNS)
    for each in people:
        yield line_of(
            (
                each.item_id,
                each.sku,
                each.name,
                each.email,
                str(each.quantity),
                each.state.value,
                each.locale,
                each.asked_at.isoformat(),
            )
        )


def line_of(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(harmless, cells))
    return text.getvalue()

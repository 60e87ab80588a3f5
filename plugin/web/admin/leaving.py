"""Leave: say what will be restored, then restore it, while the store's token still works."""

from flask import Response, make_response, render_template

from plugin.domain.store import Role
from plugin.services.ports import PublicationKind
from plugin.services.queries import Footprint
from plugin.web.admin.door import admin, app_url, needs
from plugin.web.admin.speech import number
from plugin.web.current import plugin, tenant_id
from plugin.web.headers import go_to

PLACES: dict[PublicationKind, tuple[str, str]] = {
    PublicationKind.LIMIT: ("backorder limit", "backorder limits"),
    PublicationKind.PRODUCT: ("product's availability text", "products' availability texts"),
    PublicationKind.PRODUCT_METAFIELD: ("product's metafield", "products' metafields"),
    PublicationKind.VARIANT_METAFIELD: ("variant's metafield", "variants' metafields"),
    PublicationKind.ORDER_METAFIELD: ("order's metafield", "orders' metafields"),
    PublicationKind.ORDER_NOTE: ("order's staff note", "orders' staff notes"),
}


@admin.get("/leave")
def ask_to_leave() -> Response:
    footprint = plugin().queries.footprint(tenant_id())
    page = render_template("admin/leave.html", restored=restored_words(footprint), waiting=waiting_words(footprint))
    return make_response(page)


@admin.post("/leave")
@needs(Role.OWNER)
def leave() -> Response:
    plugin().tenants.leave(tenant_id())
    return go_to(app_url("home"))


def restored_words(footprint: Footprint) -> list[str]:
    words = [
        f"{number(footprint.written[kind])} {one if footprint.written[kind] == 1 else many}"
        for kind, (one, many) in PLACES.items()
        if footprint.written.get(kind)
    ]
    if footprint.items_with_virtual_units:
        items = "1 item" if footprint.items_with_virtual_units == 1 else f"{footprint.items_with_virtual_units:,} items"
        words.insert(0, f"The level of {items}, raised by {number(footprint.virtual_units)} units of virtual stock")
    return words


def waiting_words(footprint: Footprint) -> str:
    match footprint.waiting_lines:
        case 0:
            return "No order line is waiting."
        case 1:
            return "1 order line is still waiting; it stays yours to ship, and its shopper hears no more from us."
        case lines:
            return f"{lines:,} order lines are still waiting; they stay yours to ship, and their shoppers hear no more from us."

"""Settings, Leave: say what will be restored, then restore it, while the store's token still works."""

from flask import Response

from plugin.domain.store import Role
from plugin.services.ports.publications import PublicationKind as Kind
from plugin.services.queries import Footprint
from plugin.web.admin.door import admin, app_url, needs
from plugin.web.admin.forms import BLANK, Form
from plugin.web.admin.settings.frame import show
from plugin.web.admin.speech import gettext, ngettext
from plugin.web.current import plugin, tenant_id
from plugin.web.headers import go_to

METAFIELDS = (Kind.PRODUCT_METAFIELD, Kind.VARIANT_METAFIELD, Kind.ORDER_METAFIELD)


@admin.get("/leave")
def settings_leave(form: Form = BLANK) -> Response:
    footprint = plugin().queries.footprint(tenant_id())
    return show("settings_leave", form, restored=restored_words(footprint), waiting=waiting_words(footprint))


@admin.post("/leave")
@needs(Role.OWNER)
def leave() -> Response:
    plugin().tenants.leave(tenant_id())
    return go_to(app_url("home"))


def restored_words(footprint: Footprint) -> list[str]:
    """What of ours stands in the store, and will not any more."""
    written = dict(footprint.written)
    written[Kind.PRODUCT_METAFIELD] = sum(written.pop(kind, 0) for kind in METAFIELDS)
    words = [words_for(kind, written[kind]) for kind in Kind if written.get(kind)]
    if footprint.items_with_virtual_units:
        raised = ngettext(
            "The level of %(count)s item, raised by virtual stock",
            "The levels of %(count)s items, raised by virtual stock",
            footprint.items_with_virtual_units,
        )
        words.insert(0, raised)
    return words


def words_for(kind: Kind, count: int) -> str:
    match kind:
        case Kind.LIMIT:
            return ngettext("%(count)s backorder limit", "%(count)s backorder limits", count)
        case Kind.PRODUCT:
            return ngettext("%(count)s product's availability text", "%(count)s products' availability texts", count)
        case Kind.PRODUCT_METAFIELD:
            return ngettext("%(count)s metafield", "%(count)s metafields", count)
        case Kind.ORDER_NOTE:
            return ngettext("%(count)s order's staff note", "%(count)s orders' staff notes", count)
        case Kind.PANEL:
            return gettext("The panels beside your orders and products")
        case _:
            return gettext("The script on your storefront")


def waiting_words(footprint: Footprint) -> str:
    if not footprint.waiting_lines:
        return gettext("No order line is waiting.")
    return ngettext(
        "%(count)s order line is still waiting; it stays yours to ship, and its shopper hears no more from us.",
        "%(count)s order lines are still waiting; they stay yours to ship, and their shoppers hear no more from us.",
        footprint.waiting_lines,
    )

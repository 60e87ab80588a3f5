"""Panels in BigCommerce's own pages: the expected dates of an order, the policy and the supply of a product.

The control panel opens them by a deep link (an app extension), through the usual load callback.
"""

from flask import Response, current_app, make_response, render_template

from plugin.domain.ids import OrderId, ProductId
from plugin.services.backorders import BackorderRow
from plugin.services.panels import Coming
from plugin.services.products import ProductRow
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import day, days, gettext, number
from plugin.web.admin.words import AVAILABILITY_BADGES, badge_words
from plugin.web.current import plugin, tenant_id


@admin.get("/orders/<id:order_id>/expected-dates")
def panel_order(order_id: int) -> Response:
    rows = plugin().panels.order(tenant_id(), OrderId(order_id))
    page = render_template(
        "admin/panels/order.html", order=order_id, lines=[line_words(row) for row in rows], more=more_of(order_id)
    )
    return make_response(page)


def line_words(row: BackorderRow) -> dict[str, object]:
    late = (gettext("Late"), "danger")
    return {
        "name": row.name,
        "sku": row.sku,
        "waits_for": gettext("%(owed)s of %(all)s", owed=number(row.owed), all=number(row.quantity)),
        "ships": days(row.ships) if row.owed else gettext("Ready to ship"),
        "promised": day(row.promised_on) if row.promised_on else "–",
        "badge": late if row.is_late else None,
        "why": " ".join(words_of(each) for each in (row.date_explained, row.place_explained) if each),
    }


def more_of(order_id: int) -> str:
    """The order's own page among the backorders, if this version has it."""
    has_page = "admin.backorders_order" in current_app.view_functions
    return app_url("backorders_order", order=order_id) if has_page else app_url("activity", order=order_id)


@admin.get("/products/<id:product_id>/supply")
def panel_product(product_id: int) -> Response:
    panel = plugin().panels.product(tenant_id(), ProductId(product_id))
    page = render_template(
        "admin/panels/product.html",
        items=[item_words(row) for row in panel.rows],
        coming=[coming_words(each) for each in panel.coming],
    )
    return make_response(page)


def item_words(row: ProductRow) -> dict[str, object]:
    item, unlimited = row.item, gettext("Unlimited")
    return {
        "name": item.label or item.name,
        "sku": item.sku,
        "badge": badge_words(AVAILABILITY_BADGES[item.availability]),
        "on_hand": number(item.on_hand),
        "owed": number(item.owed),
        "left": unlimited if item.left is None else number(item.left),
        "ships": days(item.ships) if item.left is None or item.left else "–",
    }


def coming_words(coming: Coming) -> dict[str, object]:
    return {
        "reference": coming.shipment.reference or gettext("A shipment"),
        "supplier": coming.shipment.supplier,
        "units": number(coming.units),
        "eta": days(coming.shipment.eta),
    }

"""The page behind a supplier's signed link: which goods of which shipment, and a form to confirm or move the day.

No login. A GET only shows; a POST tells services/supplier_page.py, which notes who said so and when.
"""

from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ShipmentId
from plugin.domain.store import Tenant
from plugin.web.current import plugin
from plugin.web.headers import go_to
from plugin.web.rate_limit import Rate, limit, sender_address
from plugin.web.shopper import owner_of, shopper_page

PER_SENDER = Rate(times=60, per_seconds=60)

supplier = Blueprint("supplier", __name__, url_prefix="/s/shipment")


@supplier.before_request
def not_too_often() -> None:
    limit("supplier", sender_address(), PER_SENDER)


@supplier.get("/<token>")
def look(token: str) -> Response:
    tenant, shipment = owner_of("shipment", token)
    return page(tenant, shipment, thanks=request.args.get("said") == "1")


@supplier.post("/<token>")
def answer(token: str) -> Response:
    """A day that cannot be is asked for again; whoever answers twice has answered last."""
    tenant, shipment = owner_of("shipment", token)
    says_unknown = request.form.get("known") == "no"
    eta = None if says_unknown else window_in_form()
    view = plugin().supplier_page.look(tenant.tenant_id, ShipmentId(shipment))
    if not view.is_open:
        return page(tenant, shipment)
    if not says_unknown and (eta is None or not view.allows(eta)):
        return page(tenant, shipment, wrong=True)
    plugin().supplier_page.confirm(tenant.tenant_id, ShipmentId(shipment), eta)
    return go_to(url_for("supplier.look", token=token, said=1, lang=request.args.get("lang")))


def page(tenant: Tenant, shipment: int, *, thanks: bool = False, wrong: bool = False) -> Response:
    view = plugin().supplier_page.look(tenant.tenant_id, ShipmentId(shipment))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return shopper_page("shipment", tenant, status, view=view, thanks=thanks, wrong=wrong)


def window_in_form() -> DateWindow | None:
    """The days as the form sends them; None for what is no window. The second field may be left empty."""
    try:
        earliest = date.fromisoformat(request.form.get("earliest", ""))
        return DateWindow(earliest, date.fromisoformat(request.form.get("latest") or earliest.isoformat()))
    except ValueError:
        return None

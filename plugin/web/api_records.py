"""More of the REST API, about people: the supplier's link. Importing this module adds its operations to api.py's."""

from http import HTTPStatus

from flask import Response

from plugin.domain.ids import ShipmentId
from plugin.web.api import answer, api, operation
from plugin.web.api_models import Model
from plugin.web.current import plugin, tenant_id

__all__ = ["api"]


class LinkModel(Model):
    """An address that works without a login; give it only to whom it is meant for."""

    url: str


@operation(
    "GET",
    "/shipments/<id:shipment_id>/link",
    "Where its supplier confirms or moves the day, without a login.",
    gives=LinkModel,
    problems=(HTTPStatus.NOT_FOUND,),
)
def shipment_link(shipment_id: int) -> Response:
    shipment = plugin().shipments.get(tenant_id(), ShipmentId(shipment_id))
    return answer(LinkModel(url=plugin().links.shipment_page(tenant_id(), shipment.shipment_id)))

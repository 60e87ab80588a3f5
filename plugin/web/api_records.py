"""More of the REST API, about people: the supplier's link, an order's proof, a shopper's data.

Importing this module adds its operations to those of api.py.
"""

import json
from http import HTTPStatus
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from plugin.domain.ids import OrderId, ShipmentId
from plugin.services.proof import Proof
from plugin.web.api import answer, api, operation
from plugin.web.api_models import Model
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import json_body

__all__ = ["api"]

NOT_FOUND, UNUSABLE = HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY


class LinkModel(Model):
    """An address that works without a login; give it only to whom it is meant for."""

    url: str


class ProofModel(BaseModel):
    """An order's proof. `record` holds what was shown and told, mails, notices, answers, cancellations and the queue."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: str
    order_id: int
    made_at: str
    rules: str
    lines: list[dict[str, Any]]
    record: dict[str, list[dict[str, Any]]]


class PersonModel(Model):
    """Whom it is about; the address travels in the body, so that it stands in no log."""

    email: Annotated[str, Field(max_length=254)]


class KnownModel(BaseModel):
    """All that is kept of a person, by subject; rows as they are kept."""

    model_config = ConfigDict(frozen=True)

    known: dict[str, list[dict[str, Any]]]


class ErasedModel(Model):
    """`kept`: orders still open. They are erased by asking again once they are done."""

    orders: tuple[int, ...]
    kept: tuple[int, ...]
    waitlist_entries: int


@operation(
    "GET",
    "/shipments/<id:shipment_id>/link",
    "Where its supplier confirms or moves the day, without a login.",
    gives=LinkModel,
    problems=(NOT_FOUND,),
)
def shipment_link(shipment_id: int) -> Response:
    shipment = plugin().shipments.get(tenant_id(), ShipmentId(shipment_id))
    return answer(LinkModel(url=plugin().links.shipment_page(tenant_id(), shipment.shipment_id)))


@operation(
    "GET",
    "/orders/<id:order_id>/proof.json",
    "What an order's shopper was shown and told, and what came of it.",
    gives=ProofModel,
    problems=(NOT_FOUND,),
)
def proof_as_json(order_id: int) -> Response:
    found = the_proof(order_id)
    return file_of(found, found.to_json().encode(), "application/json")


@operation("GET", "/orders/<id:order_id>/proof.pdf", "The same as a PDF.", problems=(NOT_FOUND,))
def proof_as_pdf(order_id: int) -> Response:
    found = the_proof(order_id)
    return file_of(found, plugin().proof_pages.pdf(found), "application/pdf")


@operation(
    "POST",
    "/shoppers/export",
    "All that is kept of the person with this address.",
    takes=PersonModel,
    gives=KnownModel,
)
def export_shopper() -> Response:
    known = plugin().privacy.export(tenant_id(), the_address())
    return answer(KnownModel(known=json.loads(json.dumps(known, default=str))))


@operation(
    "POST",
    "/shoppers/erase",
    "Forget the person with this address; what was promised and paid stays, without the person.",
    takes=PersonModel,
    gives=ErasedModel,
)
def erase_shopper() -> Response:
    erased = plugin().privacy.erase(tenant_id(), the_address())
    return answer(
        ErasedModel(orders=erased.orders, kept=erased.kept, waitlist_entries=erased.waitlist_entries),
    )


def the_proof(order_id: int) -> Proof:
    return plugin().proofs.of_order(tenant_id(), OrderId(order_id))


def file_of(proof: Proof, content: bytes, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    name = f"proof-{proof.order_id}.{kind.rpartition('/')[2]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Proof-SHA256"] = proof.fingerprint
    return response


def the_address() -> str:
    return json_body(PersonModel).email

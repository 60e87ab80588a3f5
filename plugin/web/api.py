"""The merchant's ERP: policies, incoming shipments and items over REST, with an API key of one store.

Each operation names its models; reading.py reads one, errors.py answers what cannot be used, openapi.py describes all.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, g, jsonify, make_response, request
from pydantic import BaseModel

from plugin.domain.errors import DomainError
from plugin.domain.ids import LocationId, ShipmentId
from plugin.domain.policy import Scope
from plugin.domain.store import ConnectionState
from plugin.services.errors import Conflict, NotFound
from plugin.services.shipments import NewShipment
from plugin.web import openapi
from plugin.web.api_models import (
    ItemList,
    ItemModel,
    NewPolicies,
    NewShipmentModel,
    PolicyList,
    PolicyModel,
    PolicyRules,
    ReceiptModel,
    ShipmentList,
    ShipmentModel,
)
from plugin.web.current import plugin, tenant_id
from plugin.web.errors import NotInstalled, NotSigned
from plugin.web.openapi import Operation, Query
from plugin.web.rate_limit import Rate, limit, sender_address
from plugin.web.reading import choice, item_id, json_body, number
from plugin.web.supply_models import (
    ChangeModel,
    HistoryModel,
    RecordModel,
    SupplierList,
    SupplierModel,
    SupplierRowModel,
)

ROOT = "/api/v1"
PER_KEY = Rate(times=240, per_seconds=60)
WRONG_KEYS = Rate(times=30, per_seconds=60)
LARGEST_PAGE = 250
LONGEST_NAME = 120
DEFAULT_PAGE = 100

NOT_FOUND, CONFLICT, UNUSABLE = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
LIMIT = Query("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE}, "How many.")
AFTER = Query(
    "after", {"type": "string", "maxLength": 40}, "Only what comes after this one: `next` of the page before."
)
AFTER_ID = Query("after", {"type": "integer", "minimum": 0, "default": 0}, "Only those after this id.")
STATE = Query(
    "state", {"type": "string", "enum": ["all", "open"], "default": "all"}, "`open`: only those still to come."
)

api = Blueprint("api", __name__, url_prefix=ROOT)
OPERATIONS: list[Operation] = []

View = Callable[..., Response]


def operation(method: str, path: str, summary: str, **described: Any) -> Callable[[View], View]:
    """Serve a view and describe it, in one breath."""

    def register(view: View) -> View:
        OPERATIONS.append(Operation(view.__name__, method, path, summary, **described))
        api.add_url_rule(path, endpoint=view.__name__, view_func=view, methods=[method])
        return view

    return register


@api.before_request
def open_the_door() -> None:
    """Find the store of the key. The description of the API is for everybody."""
    if request.endpoint == "api.describe":
        return
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    owner = plugin().directory.tenant_of_api_key(key.strip()) if kind.lower() == "bearer" else None
    if owner is None:
        limit("api-wrong-key", sender_address(), WRONG_KEYS)
        raise NotSigned
    limit("api", owner, PER_KEY)
    g.tenant = plugin().directory.find(owner)
    if g.tenant is None or g.tenant.state is ConnectionState.UNINSTALLED:
        raise NotInstalled
    structlog.contextvars.bind_contextvars(tenant=owner)


@api.get("/openapi.json")
def describe() -> Response:
    manifest, settings = plugin().manifest, plugin().settings
    document = openapi.document(
        OPERATIONS, title=f"{manifest.name} API", version=str(manifest.version), server=f"{settings.base_url}{ROOT}"
    )
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


# ---------------------------------------------------------------------------------------------------- policies


@operation("GET", "/policies", "All policies.", gives=PolicyList, queries=(AFTER, LIMIT), problems=(UNUSABLE,))
def list_policies() -> Response:
    after, most = request.args.get("after"), page_size()
    found = plugin().queries.policies(tenant_id(), after=Scope.parse(after) if after else None, limit=most + 1)
    page = tuple(PolicyModel.of(policy) for policy in found[:most])
    return answer(PolicyList(policies=page, next=page[-1].scope if len(found) > most else None))


@operation(
    "PUT", "/policies", "Save many policies, all or none; others stay as they are.", takes=NewPolicies, gives=PolicyList
)
def save_policies() -> Response:
    wanted = [policy.to_policy() for policy in json_body(NewPolicies).policies]
    plugin().policies.save(tenant_id(), wanted)
    return answer(PolicyList(policies=tuple(map(PolicyModel.of, wanted)), next=None))


@operation("GET", "/policies/<scope>", "One policy.", gives=PolicyModel, problems=(NOT_FOUND, UNUSABLE))
def get_policy(scope: str) -> Response:
    wanted = Scope.parse(scope)
    found = [policy for policy in plugin().policies.all(tenant_id()) if policy.scope == wanted]
    if not found:
        raise NotFound("policy", wanted)
    return answer(PolicyModel.of(found[0]))


@operation("PUT", "/policies/<scope>", "Save one policy.", takes=PolicyRules, gives=PolicyModel)
def save_policy(scope: str) -> Response:
    policy = json_body(PolicyRules).to_domain(Scope.parse(scope))
    plugin().policies.save(tenant_id(), [policy])
    return answer(PolicyModel.of(policy))


@operation(
    "DELETE",
    "/policies/<scope>",
    "Delete one policy; deleting it again is fine.",
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(UNUSABLE,),
)
def delete_policy(scope: str) -> Response:
    plugin().policies.delete(tenant_id(), Scope.parse(scope))
    return make_response("", HTTPStatus.NO_CONTENT)


# --------------------------------------------------------------------------------------------------- shipments


@operation(
    "GET",
    "/shipments",
    "Incoming shipments by id.",
    gives=ShipmentList,
    queries=(AFTER_ID, LIMIT, STATE),
    problems=(UNUSABLE,),
)
def list_shipments() -> Response:
    after, most = number("after", default=0, least=0), page_size()
    only_open = choice("state", ("all", "open")) == "open"
    found = plugin().queries.shipments(tenant_id(), after=ShipmentId(after), limit=most + 1, only_open=only_open)
    page = tuple(ShipmentModel.of(shipment) for shipment in found[:most])
    return answer(ShipmentList(shipments=page, next=page[-1].id if len(found) > most else None))


@operation("GET", "/shipments/<id:shipment_id>", "One shipment.", gives=ShipmentModel, problems=(NOT_FOUND,))
def get_shipment(shipment_id: int) -> Response:
    return the_shipment(shipment_id)


@operation(
    "POST",
    "/shipments",
    "Announce a shipment; 200 where this supplier's reference is known and says the same.",
    takes=NewShipmentModel,
    gives=ShipmentModel,
    statuses=(HTTPStatus.CREATED, HTTPStatus.OK),
    problems=(CONFLICT,),
)
def announce_shipment() -> Response:
    wanted = json_body(NewShipmentModel)
    if known := known_shipment(wanted):
        return answer(known)
    announced = plugin().shipments.announce(tenant_id(), new_shipment(wanted))
    return the_shipment(announced, HTTPStatus.CREATED)


@operation(
    "PATCH",
    "/shipments/<id:shipment_id>",
    "Move the ETA, or say that it is on its way.",
    takes=ChangeModel,
    gives=ShipmentModel,
    problems=(NOT_FOUND,),
)
def change_shipment(shipment_id: int) -> Response:
    plugin().shipments.change(tenant_id(), ShipmentId(shipment_id), json_body(ChangeModel).to_change())
    return the_shipment(shipment_id)


@operation(
    "GET",
    "/shipments/<id:shipment_id>/history",
    "All that was ever said of when it comes.",
    gives=HistoryModel,
    problems=(NOT_FOUND,),
)
def shipment_history(shipment_id: int) -> Response:
    return answer(HistoryModel.of(plugin().shipments.history(tenant_id(), ShipmentId(shipment_id))))


@operation(
    "POST",
    "/shipments/<id:shipment_id>/receive",
    "Book what arrived into the store.",
    takes=ReceiptModel,
    gives=ShipmentModel,
    problems=(NOT_FOUND,),
)
def receive_shipment(shipment_id: int) -> Response:
    receipt = json_body(ReceiptModel)
    plugin().shipments.receive(
        tenant_id(),
        ShipmentId(shipment_id),
        receipt.quantities(),
        closes=receipt.closes,
        as_totals=receipt.as_totals,
    )
    return the_shipment(shipment_id)


@operation(
    "POST",
    "/shipments/<id:shipment_id>/cancel",
    "Nothing more of it will come.",
    gives=ShipmentModel,
    problems=(NOT_FOUND, UNUSABLE),
)
def cancel_shipment(shipment_id: int) -> Response:
    plugin().shipments.cancel(tenant_id(), ShipmentId(shipment_id))
    return the_shipment(shipment_id)


# --------------------------------------------------------------------------------------------------- suppliers


@operation("GET", "/suppliers", "Every supplier on a shipment, and how punctual it is.", gives=SupplierList)
def list_suppliers() -> Response:
    rows = plugin().suppliers.all(tenant_id())
    return answer(SupplierList(suppliers=tuple(SupplierRowModel.of(row) for row in rows)))


@operation("PUT", "/suppliers/<name>", "Describe a supplier.", takes=SupplierModel, gives=SupplierRowModel)
def save_supplier(name: str) -> Response:
    plugin().suppliers.save(tenant_id(), json_body(SupplierModel).to_domain(named(name)))
    return answer(SupplierRowModel.of(plugin().suppliers.get(tenant_id(), name)))


@operation(
    "GET",
    "/suppliers/<name>/record",
    "Promised against actual, by item too.",
    gives=RecordModel,
    problems=(NOT_FOUND, UNUSABLE),
)
def supplier_record(name: str) -> Response:
    plugin().suppliers.get(tenant_id(), named(name))
    return answer(RecordModel.of(plugin().suppliers.record(tenant_id(), name)))


# ------------------------------------------------------------------------------------------------------- items


@operation(
    "GET", "/items", "Items sold past zero, by item id.", gives=ItemList, queries=(AFTER, LIMIT), problems=(UNUSABLE,)
)
def list_items() -> Response:
    most = page_size()
    found = plugin().queries.items_past_zero(tenant_id(), after=item_id("after"), limit=most + 1)
    page = tuple(ItemModel.of(row) for row in found[:most])
    return answer(ItemList(items=page, next=page[-1].item if len(found) > most else None))


def answer(model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = jsonify(model.model_dump(mode="json"))
    response.status_code = status
    return response


def named(name: str) -> str:
    """A supplier's name from the address."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"name is {name!r}; write it as on the shipments, at most {LONGEST_NAME} characters."
        raise DomainError(message, field="name", value=name)
    return name


def page_size() -> int:
    return number("limit", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE)


def the_shipment(shipment_id: int, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return answer(ShipmentModel.of(plugin().shipments.get(tenant_id(), ShipmentId(shipment_id))), status)


def known_shipment(wanted: NewShipmentModel) -> ShipmentModel | None:
    """The shipment this announcement made when it was first sent; Conflict where it now says something else."""
    with plugin().units(tenant_id()) as work:
        same_paper = work.shipments.by_reference(wanted.reference)
    known = [ShipmentModel.of(shipment) for shipment in same_paper if shipment.supplier == wanted.supplier]
    if not known:
        return None
    if (known[0].eta, known[0].quantities) != (wanted.eta, wanted.quantities):
        raise Conflict(
            f"{wanted.reference} from {wanted.supplier!r} is shipment {known[0].id}, with another ETA or other quantities. "
            "Move, receive or cancel that one."
        )
    return known[0]


def new_shipment(wanted: NewShipmentModel) -> NewShipment:
    return NewShipment(
        supplier=wanted.supplier,
        reference=wanted.reference,
        eta=wanted.eta.to_domain() if wanted.eta else None,
        eta_source=wanted.eta_source,
        location_id=LocationId(wanted.location_id) if wanted.location_id else None,
        lines=tuple((line.name, line.quantity) for line in wanted.lines),
    )

"""More of the REST API: who stands where in the queue, and what would happen if. Importing it adds its operations."""

from http import HTTPStatus

from flask import Response, make_response

from plugin.domain.ids import ItemId, OrderId, ShipmentId
from plugin.services.errors import NotFound
from plugin.web.api import CONFLICT, NOT_FOUND, UNUSABLE, answer, operation
from plugin.web.api_records import api
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import json_body
from plugin.web.supply_models import (
    AllocationModel,
    ImportModel,
    ImportReportModel,
    OutcomeList,
    OutcomeModel,
    PinModel,
    QueueModel,
    QueueRowModel,
    SendingModel,
    SuppositionModel,
)

__all__ = ["api"]


@operation(
    "POST",
    "/shipments/<id:shipment_id>/what-if",
    "Who would ship, who would slip, which notices would be due. Nothing is booked.",
    takes=SuppositionModel,
    gives=OutcomeList,
    problems=(NOT_FOUND,),
)
def what_if(shipment_id: int) -> Response:
    supposition = json_body(SuppositionModel).to_supposition()
    outcomes = plugin().what_if.ask(tenant_id(), ShipmentId(shipment_id), supposition)
    return answer(OutcomeList(lines=tuple(OutcomeModel.of(each) for each in outcomes)))


@operation(
    "POST",
    "/shipments/import",
    "Announce shipments from a CSV file: what is new, known, or wrong and why; `dry_run` only says so.",
    takes=ImportModel,
    gives=ImportReportModel,
)
def import_shipments() -> Response:
    wanted = json_body(ImportModel)
    report = plugin().imports.shipments(
        tenant_id(), wanted.csv.encode(), dry_run=wanted.dry_run, skips_wrong=wanted.skip_wrong
    )
    return answer(ImportReportModel.of(report, wanted))


@operation("GET", "/allocation", "Who goes first, reserves and caps.", gives=AllocationModel)
def get_allocation() -> Response:
    return answer(AllocationModel.of(plugin().allocation.rules(tenant_id())))


@operation(
    "PUT",
    "/allocation",
    "Decide who goes first; everything that waits is planned anew.",
    takes=AllocationModel,
    gives=AllocationModel,
)
def save_allocation() -> Response:
    rules = json_body(AllocationModel).to_domain()
    plugin().allocation.save_rules(tenant_id(), rules)
    return answer(AllocationModel.of(rules))


@operation(
    "GET", "/items/<item>/queue", "The lines that wait for an item, and why.", gives=QueueModel, problems=(NOT_FOUND,)
)
def get_queue(item: str) -> Response:
    with plugin().units(tenant_id()) as work:
        if ItemId(item) not in work.items.facts([ItemId(item)]):
            raise NotFound("item", item)
    rows = plugin().allocation.queue(tenant_id(), ItemId(item))
    return answer(QueueModel(lines=tuple(QueueRowModel.of(row) for row in rows)))


@operation(
    "PUT",
    "/orders/<id:order_id>/pin",
    "Put an order, or some of its lines, before everybody else.",
    takes=PinModel,
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(NOT_FOUND, CONFLICT),
)
def pin_order(order_id: int) -> Response:
    plugin().allocation.pin(tenant_id(), OrderId(order_id), json_body(PinModel).line_ids())
    return make_response("", HTTPStatus.NO_CONTENT)


@operation(
    "DELETE",
    "/orders/<id:order_id>/pin",
    "Let an order stand where the rules put it.",
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(NOT_FOUND, UNUSABLE),
)
def unpin_order(order_id: int) -> Response:
    plugin().allocation.unpin(tenant_id(), OrderId(order_id))
    return make_response("", HTTPStatus.NO_CONTENT)


@operation(
    "PUT",
    "/orders/<id:order_id>/sending",
    "Ship an order complete (`together`) or in parts (`as_ready`).",
    takes=SendingModel,
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(NOT_FOUND,),
)
def choose_sending(order_id: int) -> Response:
    plugin().allocation.choose_sending(tenant_id(), OrderId(order_id), json_body(SendingModel).sending)
    return make_response("", HTTPStatus.NO_CONTENT)

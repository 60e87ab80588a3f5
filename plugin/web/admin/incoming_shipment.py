"""One shipment: announce it, move it, receive it, close it short, cancel it; and what that would do, beside the button."""

from collections.abc import Mapping

from flask import Response, make_response, render_template, request

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, ShipmentId
from plugin.domain.saying import said
from plugin.domain.shipment import IncomingShipment
from plugin.domain.supplier import Punctuality
from plugin.services.shipments import NewShipment, ShipmentChange
from plugin.services.spreadsheet import whole_number
from plugin.services.what_if import Supposition
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.incoming import DONE, eta_in, today
from plugin.web.admin.incoming_words import Answer, answer_words, item_words, record_words, state_badge
from plugin.web.admin.speech import days, gettext, moment
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import ITEM

UNITS = "units:"
"""Field of the units that came of an item: `units:77:105`."""
MOST_NAMES = 200
FIELDS = ("supplier", "reference", "eta_first", "eta_last", "source", "lines")


@admin.get("/incoming/new")
def incoming_new(form: Form = BLANK) -> Response:
    suppliers = plugin().shipment_queries.suppliers(tenant_id(), limit=MOST_NAMES)
    return make_response(
        render_template(
            "admin/incoming/new.html", form=form, fields=FIELDS, suppliers=[row.name for row in suppliers if row.name]
        )
    )


@admin.post("/incoming/new")
@shows_again(incoming_new)
def incoming_announce() -> Response:
    said = request.form
    new = NewShipment(
        supplier=said.get("supplier", "").strip(),
        reference=said.get("reference", "").strip(),
        eta=eta_in(said.get("eta_first", ""), said.get("eta_last", "")),
        lines=lines_in(said.get("lines", "")),
        eta_source=said.get("source", "").strip() or "estimate",
    )
    shipment_id = plugin().shipments.announce(tenant_id(), new)
    return done("incoming_shipment", "announced", shipment=shipment_id)


def lines_in(text: str) -> list[tuple[str, int]]:
    """One line for each item: its SKU or id, then the units."""
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, _, units = line.replace("\t", " ").replace(";", " ").strip().rpartition(" ")
        if not name:
            message = said(
                "lines: line %(number)s is %(line)r; write an SKU, a space and the units.",
                number=number,
                line=line[:40],
            )
            raise DomainError(message, field="lines", value=line)
        lines.append((name.strip().rstrip(","), whole_number(units, field="lines")))
    return lines


@admin.get("/incoming/shipment/<id:shipment>")
def incoming_shipment(shipment: int, form: Form = BLANK, answer: Answer | None = None) -> Response:
    """The shipment; beside the button to receive it stands what that would do."""
    found = plugin().shipments.get(tenant_id(), ShipmentId(shipment))
    is_open = found.state.brings_more
    if answer is None and is_open:
        answer = answer_to(found, gettext("If all of it arrives today"), Supposition(received={}))
    with plugin().units(tenant_id()) as work:
        facts = work.items.facts([line.item_id for line in found.lines])
        punctuality = work.suppliers.punctuality([found.supplier]).get(found.supplier, Punctuality())
    names = {item: (f"{f.name}, {f.label}" if f.label else f.name, f.sku) for item, f in facts.items()}
    history = plugin().shipments.history(tenant_id(), found.shipment_id)
    return make_response(
        render_template(
            "admin/incoming/shipment.html",
            shipment=found,
            is_open=is_open,
            badge_words=state_badge(found, today()),
            name_of=lambda item: item_words(item, names),
            answer=answer,
            form=form,
            history=[(moment(each.said_at, tenant()), each) for each in reversed(history)],
            record=record_words(punctuality),
            link=plugin().links.shipment_page(tenant_id(), found.shipment_id) if is_open else "",
            units_field=UNITS,
            done_words=done_words(DONE),
        )
    )


def answer_to(shipment: IncomingShipment, question: str, supposition: Supposition) -> Answer:
    return answer_words(question, plugin().what_if.ask(tenant_id(), shipment.shipment_id, supposition))


@admin.post("/incoming/shipment/<id:shipment>/ask")
@shows_again(incoming_shipment)
def incoming_shipment_ask(shipment: int) -> Response:
    """What would become of whom; nothing is changed."""
    found, said = plugin().shipments.get(tenant_id(), ShipmentId(shipment)), request.form
    match said.get("about"):
        case "move":
            eta = eta_in(said.get("eta_first", ""), said.get("eta_last", ""))
            question, supposed = move_question(eta), Supposition(moves=True, eta=eta)
        case "cancel":
            question, supposed = gettext("If it is cancelled"), Supposition(is_cancelled=True)
        case _:
            rest_comes = not said.get("closes")
            question = (
                gettext("If these units arrive today")
                if rest_comes
                else gettext("If these units arrive today and no more")
            )
            supposed = Supposition(received=units_in(said), rest_comes=rest_comes)
    return incoming_shipment(shipment, form=Form(said.to_dict()), answer=answer_to(found, question, supposed))


def move_question(eta: DateWindow | None) -> str:
    return gettext("If it moves to %(days)s", days=days(eta)) if eta else gettext("If nobody can name a day any more")


@admin.post("/incoming/shipment/<id:shipment>/move")
@shows_again(incoming_shipment)
def incoming_shipment_move(shipment: int) -> Response:
    eta = eta_in(request.form.get("eta_first", ""), request.form.get("eta_last", ""))
    source = request.form.get("source", "").strip()
    plugin().shipments.move(tenant_id(), ShipmentId(shipment), eta, source)
    return done("incoming_shipment", "moved", shipment=shipment)


@admin.post("/incoming/shipment/<id:shipment>/receive")
@shows_again(incoming_shipment)
def incoming_shipment_receive(shipment: int) -> Response:
    closes = bool(request.form.get("closes"))
    plugin().shipments.receive(tenant_id(), ShipmentId(shipment), units_in(request.form), closes=closes)
    return done("incoming_shipment", "received", shipment=shipment)


@admin.post("/incoming/shipment/<id:shipment>/left")
@shows_again(incoming_shipment)
def incoming_shipment_left(shipment: int) -> Response:
    has_left = request.form.get("has_left", "yes") == "yes"
    plugin().shipments.change(tenant_id(), ShipmentId(shipment), ShipmentChange(has_left=has_left))
    return done("incoming_shipment", "left" if has_left else "stayed", shipment=shipment)


@admin.post("/incoming/shipment/<id:shipment>/cancel")
@shows_again(incoming_shipment)
def incoming_shipment_cancel(shipment: int) -> Response:
    plugin().shipments.cancel(tenant_id(), ShipmentId(shipment))
    return done("incoming_shipment", "cancelled", shipment=shipment)


def units_in(filled: Mapping[str, str]) -> dict[str, int]:
    """Units that came, by item. Raises DomainError where nothing was entered at all."""
    named = {name.removeprefix(UNITS): text for name, text in filled.items() if name.startswith(UNITS)}
    units = {
        item: whole_number(text.strip() or "0", field="units") for item, text in named.items() if ITEM.fullmatch(item)
    }
    if not any(units.values()):
        raise DomainError(said("units is 0; enter how many units came."), field="units", value=0)
    return {str(ItemId(item)): count for item, count in units.items()}

"""One order: its lines with "why this date?", what the shopper answered, the whole story in words, the proof as a file."""

from flask import Response, make_response, render_template, request

from plugin.domain.ids import OrderId, OrderLineId
from plugin.domain.order import Sending
from plugin.domain.promise import BasisKind
from plugin.domain.saying import said
from plugin.services.answers import LineStatus, OrderStatus
from plugin.services.backorders import LineKey
from plugin.services.deed_kinds import DeedKind
from plugin.services.errors import NotFound
from plugin.services.ports.notices import CancellationState
from plugin.services.substitutes import name_of
from plugin.web.admin.backorders_story import Event, answer_words, story_of
from plugin.web.admin.backorders_words import DEEDS, STAGES
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import days, gettext, marked, moment
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import bad

PHONE = "phone"
"""Who answers on the phone is answered for here; the proof says so."""
DONE = {
    "kept": marked("Noted: the shopper agrees to wait."),
    "cancelled": marked("Cancelled. The money is on its way back."),
    "address": marked("Mails of this order go to the new address from now on."),
    "approved": marked("Cancelled, as proposed. The money is on its way back."),
    "changed": marked("Your store shows the changed order. What it no longer needs goes to the next in line."),
    "declined": marked("Noted: the order stays as it was bought, and its page says so."),
}


@admin.get("/backorders/<id:order>")
def backorders_order(order: int, form: Form = BLANK) -> Response:
    order_id = OrderId(order)
    status = plugin().answers.order_status(tenant_id(), order_id)
    proof = plugin().proofs.of_order(tenant_id(), order_id)
    words, tone = STAGES[status.order.stage]
    page = render_template(
        "admin/backorders/order.html",
        status=status,
        number_of_order=order_id,
        stage=(gettext(words), tone),
        placed=moment(status.order.placed_at, tenant()),
        lines=[line_words(line) for line in status.lines],
        deeds=deeds_for(status),
        story=[event_words(event) for event in story_of(proof)],
        answers=[
            (moment(each.at, tenant()), answer_words(each.answer.value, each.channel, each.detail))
            for each in status.answers
        ],
        shoppers_page=plugin().links.order_page(tenant_id(), order_id),
        may_answer=status.is_open and any(line.may_keep for line in status.lines),
        proposals=proposals_of(status),
        wishes=wishes_of(status),
        form=form,
        done_words=done_words(DONE),
    )
    return make_response(page)


def line_words(status: LineStatus) -> dict[str, object]:
    line, promise = status.line, status.promise
    told = status.told
    return {
        "name": line.name,
        "sku": line.sku,
        "quantity": line.quantity,
        "shipped": line.shipped,
        "ready": line.allocated,
        "owed": line.owed,
        "ships": days(promise.last_window if promise else None) if line.owed else gettext("Now") if line.open else "–",
        "told": days(told.window) if told else "",
        "why": [words_of(part.explained) for part in promise.later] if promise and line.owed else [],
        "place": words_of(status.place) if line.owed else "",
        "answer_by": status.answer_by,
        "is_pinned": line.pinned_at is not None,
    }


def deeds_for(status: OrderStatus) -> list[tuple[str, str, str]]:
    """Name, address and tone of what can be done to this order's open lines."""
    keys = [str(LineKey(status.order.order_id, line.line.line_id)) for line in status.lines if line.line.open]
    if not keys or not status.order.stage.holds_units:
        return []
    kinds = [kind for kind, is_sensible in sensible_deeds(status).items() if is_sensible]
    return [
        (gettext(DEEDS[kind].name), app_url("backorders_confirm", deed=kind.value, id=keys), DEEDS[kind].tone)
        for kind in kinds
    ]


def sensible_deeds(status: OrderStatus) -> dict[DeedKind, bool]:
    """Whether each would change anything about this order."""
    lines = [line for line in status.lines if line.line.open]
    parts = [part for line in lines if line.promise for part in line.promise.later]
    is_owed = any(line.line.owed for line in lines)
    return {
        DeedKind.DATE: is_owed,
        DeedKind.CLEAR_DATE: any(part.basis.kind is BasisKind.BY_HAND for part in parts),
        DeedKind.ALLOCATE: is_owed,
        DeedKind.PIN: any(line.line.pinned_at is None for line in lines),
        DeedKind.UNPIN: any(line.line.pinned_at for line in lines),
        DeedKind.UPDATE: status.is_open,
        DeedKind.SPLIT: status.order.sending is not Sending.AS_READY,
        DeedKind.TOGETHER: status.order.sending is not Sending.TOGETHER,
        DeedKind.CANCEL: status.is_open,
    }


def proposals_of(status: OrderStatus) -> list[tuple[int, str, int]]:
    """Cancellations that wait for the merchant's yes: id, item, units."""
    return [
        (one.cancellation_id, line.line.name, one.units)
        for line in status.lines
        for one in line.cancellations
        if one.state is CancellationState.PROPOSED
    ]


def wishes_of(status: OrderStatus) -> list[dict[str, object]]:
    """Substitutes the shopper chose, as long as the order is not changed."""
    choices = plugin().substitute_choices.of_order(tenant_id(), status.order.order_id)
    with plugin().units(tenant_id()) as work:
        facts = work.items.facts({choice.item_id for choice in choices if choice.is_open})
    return [
        {
            "line": choice.line_id,
            "units": choice.units,
            "bought": name_of(facts[choice.item_id]) if choice.item_id in facts else "",
            "name": choice.name,
            "at": moment(choice.chosen_at, tenant()),
        }
        for choice in choices
        if choice.is_open
    ]


def event_words(event: Event) -> dict[str, object]:
    return {"at": moment(event.at, tenant()), "iso": event.at.isoformat(), "text": event.text, "detail": event.detail}


@admin.post("/backorders/<id:order>/answer")
@shows_again(backorders_order)
def backorders_order_answer(order: int) -> Response:
    """What the shopper said on the phone."""
    answer = request.form.get("answer", "")
    answers = plugin().answers
    if answer == "keep":
        answers.keep(tenant_id(), OrderId(order), channel=PHONE)
        return done("backorders_order", "kept", order=order)
    if answer == "cancel":
        waiting = [OrderLineId(line.line.line_id) for line in _lines(order) if line.line.owed]
        answers.cancel(tenant_id(), OrderId(order), waiting or None, channel=PHONE)
        return done("backorders_order", "cancelled", order=order)
    raise bad("answer", answer, said("answer is %(answer)r; allowed: keep, cancel.", answer=answer[:40]))


@admin.post("/backorders/<id:order>/address")
@shows_again(backorders_order)
def backorders_order_address(order: int) -> Response:
    plugin().answers.change_address(tenant_id(), OrderId(order), request.form.get("email", ""), channel=PHONE)
    return done("backorders_order", "address", order=order)


@admin.post("/backorders/<id:order>/approve")
@shows_again(backorders_order)
def backorders_order_approve(order: int) -> Response:
    """The merchant's yes to a cancellation the law asks for."""
    given = request.form.get("cancellation", "")
    known = {str(one) for one, _, _ in proposals_of(plugin().answers.order_status(tenant_id(), OrderId(order)))}
    if given not in known:
        raise bad("cancellation", given, gettext("This cancellation is not proposed any more."))
    plugin().deadlines.approve(tenant_id(), int(given))
    return done("backorders_order", "approved", order=order)


@admin.post("/backorders/<id:order>/substitute")
@shows_again(backorders_order)
def backorders_order_substitute(order: int) -> Response:
    """The order is changed, says the merchant; or it will not be."""
    given, deed = request.form.get("line", ""), request.form.get("deed", "")
    choices = plugin().substitute_choices
    known = {str(one.line_id): one.choice_id for one in choices.of_order(tenant_id(), OrderId(order)) if one.is_open}
    if given not in known:
        raise bad("line", given, gettext("This order knows no such wish."))
    if deed == "done":
        choices.done(tenant_id(), known[given])
        return done("backorders_order", "changed", order=order)
    if deed == "decline":
        choices.decline(tenant_id(), known[given])
        return done("backorders_order", "declined", order=order)
    raise bad("deed", deed, said("deed is %(deed)r; allowed: done, decline.", deed=deed[:40]))


@admin.get("/backorders/<id:order>/proof/<kind>")
def backorders_order_proof(order: int, kind: str) -> Response:
    if kind not in {"pdf", "json"}:
        raise NotFound("file", kind)
    proof = plugin().proofs.of_order(tenant_id(), OrderId(order))
    if kind == "pdf":
        answer = make_response(plugin().proof_pages.pdf(proof))
        answer.headers["Content-Type"] = "application/pdf"
    else:
        answer = make_response(proof.to_json())
        answer.headers["Content-Type"] = "application/json"
    answer.headers["Content-Disposition"] = f'attachment; filename="proof-{order}.{kind}"'
    return answer


def _lines(order: int) -> tuple[LineStatus, ...]:
    return plugin().answers.order_status(tenant_id(), OrderId(order)).lines

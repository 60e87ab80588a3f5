"""The log: webhooks with payload, headers, answers and retries, and API calls with the quota that was left."""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request

from plugin.sandbox.pages.here import the_world
from plugin.sandbox.pages.panel import notice
from plugin.sandbox.webhooks import signing
from plugin.sandbox.webhooks.hook import RETRY_LADDER, Delivery

blueprint = Blueprint("sandbox_log", __name__)

SHOWN = 150
KINDS = {"delivered": "good", "retrying": "warn", "lost": "bad", "dropped": "bad", "failed": "bad"}


@blueprint.get("/sandbox/log")
def webhooks() -> str:
    wanted = request.args.get("scope", "").strip()
    engine = the_world().webhooks
    newest = list(engine.deliveries)[::-1]
    found = [each for each in newest if wanted in each.event.scope]
    counts: dict[str, int] = {}
    for each in newest:
        counts[each.state] = counts.get(each.state, 0) + 1
    return render_template(
        "desk/webhooks.html",
        rows=[delivery_row(each) for each in found[:SHOWN]],
        total=len(newest),
        counts=counts,
        kinds=KINDS,
        wanted=wanted,
        held=engine.is_held,
        events=len(engine.events),
        notice=notice(),
    )


@blueprint.get("/sandbox/log/webhooks/<int:delivery_id>")
def webhook(delivery_id: int) -> str:
    found = next((each for each in the_world().webhooks.deliveries if each.id == delivery_id), None)
    if found is None:
        abort(404)
    hook = the_world().stores[found.event.store_hash].hooks.get(found.hook_id)
    return render_template(
        "desk/webhook.html",
        row=delivery_row(found),
        delivery=found,
        payload=pretty(found.event.body.decode()),
        headers=headers_of(found, hook.headers if hook else None),
        attempts=[{"at": moment(each.at), "attempt": each} for each in found.attempts],
        next_try=moment(found.due_at) if found.state == "retrying" else None,
        most=len(RETRY_LADDER),
        notice=notice(),
    )


@blueprint.get("/sandbox/log/calls")
def calls() -> str:
    wanted, journal = request.args.get("path", "").strip(), the_world().api_calls
    newest = journal.calls()[::-1]
    found = [each for each in newest if wanted in each.path]
    rows = [{"call": each, "at": moment(each.at), "kind": status_kind(each.status)} for each in found[:SHOWN]]
    most = sorted(journal.counts.items(), key=lambda pair: -pair[1])[:12]
    return render_template("desk/calls.html", rows=rows, total=journal.total, wanted=wanted, most=most, notice=notice())


@blueprint.get("/sandbox/log/calls/<int:call_id>")
def call(call_id: int) -> str:
    found = next((each for each in the_world().api_calls.calls() if each.id == call_id), None)
    if found is None:
        abort(404)
    return render_template(
        "desk/call.html",
        call=found,
        at=moment(found.at),
        kind=status_kind(found.status),
        sent=pretty(found.request_body),
        answered=pretty(found.response_body),
    )


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    last = delivery.attempts[-1] if delivery.attempts else None
    return {
        "id": delivery.id,
        "at": moment(delivery.event.created_at),
        "scope": delivery.event.scope,
        "data": json.dumps(delivery.event.data, separators=(", ", ": ")),
        "destination": delivery.destination,
        "state": delivery.state,
        "kind": KINDS.get(delivery.state, ""),
        "retries": delivery.retries,
        "is_extra": delivery.is_extra,
        "answer": (str(last.status) if last.status else last.error) if last else "",
        "milliseconds": f"{last.milliseconds:.0f} ms" if last else "",
    }


def headers_of(delivery: Delivery, custom: dict[str, str] | None) -> list[tuple[str, str]]:
    """What went along with the latest attempt: the signature's headers and the hook's own."""
    world = the_world()
    told = {"Content-Type": "application/json"}
    client = world.clients.get(delivery.client_id)
    if client is not None and world.switches.webhook_signature == "present":
        told |= signing.headers(
            client.secret,
            message_id=delivery.message_id,
            timestamp=delivery.signed_at,
            body=delivery.event.body,
        )
    return sorted((told | (custom or {})).items())


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def pretty(words: str) -> str:
    try:
        return json.dumps(json.loads(words), indent=2, ensure_ascii=False)
    except ValueError:
        return words


def status_kind(status: int) -> str:
    return "good" if 200 <= status < 300 else "warn" if status in (404, 429) else "bad"

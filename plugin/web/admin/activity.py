"""Activity: every decision in words, what stands behind it, and what was put aside after an error, with "try again"."""

import json
from collections.abc import Mapping

from flask import Response, make_response, render_template, request

from plugin.services.errors import NotFound
from plugin.services.queries import ActivityRow, ParkedRow, ParkedThing
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import Said, done, done_words
from plugin.web.admin.lists import page_of, wish
from plugin.web.admin.speech import gettext, marked, moment, zone_of
from plugin.web.admin.words import PARKED_THINGS, PARKED_WORDS
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import bad

GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "promises": (marked("Promises and allocation"), ("promised", "moved", "allocated", "pinned")),
    "shoppers": (
        marked("Answers, cancellations, refunds"),
        ("answered", "substitute", "cancelled", "refunded", "refund_failed"),
    ),
    "supply": (marked("Shipments"), ("shipment",)),
    "stock": (marked("Stock and what may be sold"), ("availability", "stock")),
    "repairs": (marked("Repairs and refusals"), ("repaired", "refused")),
    "settings": (marked("Settings and rules"), ("settings", "allocation", "substitutes", "erased")),
}
KIND_WORDS: Mapping[str, tuple[str, str]] = {
    "promised": (marked("Promised"), "primary"),
    "moved": (marked("Date moved"), "warning"),
    "allocated": (marked("Allocated"), "success"),
    "pinned": (marked("Pinned"), ""),
    "answered": (marked("Answered"), "primary"),
    "substitute": (marked("Substitute"), "primary"),
    "cancelled": (marked("Cancelled"), "danger"),
    "refunded": (marked("Refunded"), ""),
    "refund_failed": (marked("Refund failed"), "danger"),
    "shipment": (marked("Shipment"), ""),
    "availability": (marked("On sale"), ""),
    "stock": (marked("Stock"), ""),
    "repaired": (marked("Repaired"), "warning"),
    "refused": (marked("Refused"), "danger"),
    "settings": (marked("Settings"), ""),
    "allocation": (marked("Rules"), ""),
    "substitutes": (marked("Substitutes"), ""),
    "erased": (marked("Erased"), ""),
}
DONE: Mapping[str, Said] = {
    "again": marked("Asked for once more. It shows up here again if it still does not work."),
}
THINGS: Mapping[str, str] = {
    "order": marked("Order #%(id)s"),
    "item": marked("Item %(id)s"),
    "shipment": marked("Shipment %(id)s"),
}
LONGEST_KEY = 200
LONGEST_ID = 15


@admin.get("/activity")
def activity() -> Response:
    wanted = wish("activity", filters=("group", "order"))
    kinds = GROUPS.get(wanted.get("group"), ("", ()))[1]
    rows = plugin().queries.activity(
        tenant_id(),
        kinds=kinds,
        about=about_order(wanted.get("order")),
        before=before(wanted.after),
        limit=wanted.limit,
    )
    page = render_template(
        "admin/activity/list.html",
        wish=wanted,
        page=page_of([entry_words(row) for row in rows], wanted, place=lambda row: str(row["id"])),
        groups=[("", gettext("Everything")), *((key, gettext(name)) for key, (name, _) in GROUPS.items())],
        parked=len(plugin().queries.parked(tenant_id())),
        done_words=done_words(DONE),
        zone=zone_of(tenant()).key,
    )
    return make_response(page)


def about_order(text: str) -> str:
    """An order's number as it is typed: 101 or #101; what is none finds nothing."""
    number = text.lstrip("# ")
    return f"order:{number[:LONGEST_ID]}" if text else ""


def before(after: str) -> int | None:
    return int(after) if after.isascii() and after.isdigit() and len(after) <= LONGEST_ID else None


def entry_words(row: ActivityRow) -> dict[str, object]:
    name, tone = KIND_WORDS.get(row.kind, (row.kind.replace("_", " ").capitalize(), ""))
    return {
        "id": row.activity_id,
        "at": moment(row.at, tenant()),
        "badge": (gettext(name), tone),
        "about": thing_words(row.about),
        "text": row.text,
        "address": app_url("activity_entry", activity_id=row.activity_id),
    }


def thing_words(about: str) -> str:
    kind, _, key = about.partition(":")
    return gettext(THINGS[kind], id=key) if kind in THINGS else ""


@admin.get("/activity/<id:activity_id>")
def activity_entry(activity_id: int) -> Response:
    behind = plugin().activity.behind(tenant_id(), activity_id)
    if behind is None:
        raise NotFound("entry", activity_id)
    page = render_template(
        "admin/activity/entry.html",
        entry=entry_words(behind.entry),
        webhooks=[(row, moment(row.received_at, tenant()), indented(row.body)) for row in behind.webhooks],
        mails=[(row, moment(row.sent_at, tenant()) if row.sent_at else "") for row in behind.mails],
    )
    return make_response(page)


def indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


@admin.get("/activity/parked")
def activity_parked() -> Response:
    rows = plugin().queries.parked(tenant_id())
    page = render_template(
        "admin/activity/parked.html", rows=[parked_words(row) for row in rows], done_words=done_words(DONE)
    )
    return make_response(page)


def parked_words(row: ParkedRow) -> dict[str, object]:
    return {
        "thing": gettext(PARKED_THINGS[row.thing]),
        "what": row.what.replace("_", " "),
        "why": gettext(PARKED_WORDS[row.reason]),
        "explanation": row.explanation,
        "when": moment(row.parked_at, tenant()),
        "fields": {"thing": row.thing.value, "key": row.key},
    }


@admin.post("/try-again")
def try_again() -> Response:
    thing, key = request.form.get("thing", ""), request.form.get("key", "")[:LONGEST_KEY]
    if thing not in set(ParkedThing):
        raise bad("thing", thing, f"thing is {thing[:40]!r}; allowed: {', '.join(ParkedThing)}.")
    plugin().parking.try_again(tenant_id(), ParkedThing(thing), key)
    return done("activity_parked", "again")

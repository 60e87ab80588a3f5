"""Activity: every decision in words, what stands behind it, and what was put aside after an error, with "try again"."""

from collections.abc import Mapping

from flask import Response, make_response, render_template, request

from plugin.domain.ids import MessageId
from plugin.domain.saying import said
from plugin.services.errors import NotFound
from plugin.services.queries import ParkedRow, ParkedThing
from plugin.web.admin.activity_words import KIND_WORDS, call_words, chain_words, entry_words, indented, webhook_words
from plugin.web.admin.door import admin
from plugin.web.admin.forms import Said, done, done_words
from plugin.web.admin.lists import page_of, wish
from plugin.web.admin.messages import sent_words
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import gettext, marked, moment, zone_of
from plugin.web.admin.words import PARKED_THINGS, PARKED_WORDS
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import ITEM, bad

GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "promises": (marked("Promises and allocation"), ("promised", "moved", "allocated", "pinned", "by_hand")),
    "shoppers": (
        marked("Answers, cancellations, refunds"),
        ("answered", "cancelled", "refunded", "refund_failed", "substitute"),
    ),
    "mails": (marked("Mails and the waitlist"), ("bounced", "waitlist", "test_mail", "tone")),
    "supply": (marked("Shipments"), ("shipment",)),
    "stock": (marked("Stock and what may be sold"), ("availability", "stock")),
    "repairs": (marked("Repairs and refusals"), ("repaired", "refused")),
    "settings": (marked("Settings and rules"), ("settings", "allocation", "erased", "substitutes")),
}
TROUBLE = frozenset({"refused", "refund_failed", "bounced"})
OUTCOMES: Mapping[str, str] = {"done": marked("Done"), "trouble": marked("Went wrong")}
NO_KIND, NO_ITEM = "-", "-"
"""What nothing has."""
DONE: Mapping[str, Said] = {
    "again": marked("Asked for once more. It shows up here again if it still does not work."),
}
LONGEST_KEY = 200
LONGEST_ID = 15


@admin.get("/activity")
def activity() -> Response:
    wanted = wish("activity", filters=("group", "outcome", "order", "item"))
    rows = plugin().queries.activity(
        tenant_id(),
        kinds=kinds_of(wanted.get("group"), wanted.get("outcome")),
        about=about_order(wanted.get("order")) or about_item(wanted.get("item")),
        before=before(wanted.after),
        limit=wanted.limit,
    )
    page = render_template(
        "admin/activity/list.html",
        wish=wanted,
        page=page_of([entry_words(row) for row in rows], wanted, place=lambda row: str(row["id"])),
        groups=[("", gettext("Everything")), *((key, gettext(name)) for key, (name, _) in GROUPS.items())],
        outcomes=[("", gettext("Any outcome")), *((key, gettext(name)) for key, name in OUTCOMES.items())],
        parked=len(plugin().queries.parked(tenant_id())),
        done_words=done_words(DONE),
        zone=zone_of(tenant()).key,
    )
    return make_response(page)


def about_order(text: str) -> str:
    """An order's number as it is typed: 101 or #101; what is none finds nothing."""
    number = text.lstrip("# ")
    return f"order:{number[:LONGEST_ID]}" if text else ""


def about_item(text: str) -> str:
    """An item as it is named in lists of items: an id such as 77:105, or an SKU; what is none finds nothing."""
    name = text.strip()
    if not name or ITEM.fullmatch(name):
        return f"item:{name}" if name else ""
    return f"item:{plugin().queries.item_of(tenant_id(), name) or NO_ITEM}"


def kinds_of(group: str, outcome: str) -> tuple[str, ...]:
    """Both filters as one: the kinds of a group that went wrong, or that did not. None at all finds everything."""
    kinds = GROUPS.get(group, ("", tuple(KIND_WORDS)))[1]
    match outcome:
        case "trouble":
            return tuple(kind for kind in kinds if kind in TROUBLE) or (NO_KIND,)
        case "done":
            return tuple(kind for kind in kinds if kind not in TROUBLE) or (NO_KIND,)
        case _:
            return kinds if group in GROUPS else ()


def before(after: str) -> int | None:
    return int(after) if after.isascii() and after.isdigit() and len(after) <= LONGEST_ID else None


@admin.get("/activity/<id:activity_id>")
def activity_entry(activity_id: int) -> Response:
    found = plugin().activity.behind(tenant_id(), activity_id)
    if found is None:
        raise NotFound("entry", activity_id)
    entry, chain = found
    shown = entry_words(entry)
    page = render_template("admin/activity/entry.html", entry=shown, **chain_words(chain))
    return make_response(page)


@admin.get("/activity/webhooks/<id:event_id>")
def activity_webhook(event_id: int) -> Response:
    found = plugin().activity.webhook(tenant_id(), event_id)
    if found is None:
        raise NotFound("webhook", event_id)
    webhook, chain = found
    page = render_template(
        "admin/activity/webhook.html",
        webhook=webhook_words(webhook),
        body=indented(webhook.body),
        **chain_words(chain),
    )
    return make_response(page)


@admin.get("/activity/calls/<id:call_id>")
def activity_call(call_id: int) -> Response:
    found = plugin().activity.call(tenant_id(), call_id)
    if found is None:
        raise NotFound("call", call_id)
    call, chain = found
    page = render_template("admin/activity/call.html", call=call_words(call), **chain_words(chain))
    return make_response(page)


@admin.get("/activity/mails/<id:message_id>")
def activity_mail(message_id: int) -> Response:
    mail = plugin().mails.get(tenant_id(), MessageId(message_id))
    chain = plugin().activity.mail(tenant_id(), message_id)
    if mail is None or chain is None:
        raise NotFound("mail", message_id)
    page = render_template("admin/activity/mail.html", mail=sent_words(mail), **chain_words(chain))
    return make_response(page)


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
        "explanation": words_of(row.explained),
        "when": moment(row.parked_at, tenant()),
        "fields": {"thing": row.thing.value, "key": row.key},
    }


@admin.post("/try-again")
def try_again() -> Response:
    thing, key = request.form.get("thing", ""), request.form.get("key", "")[:LONGEST_KEY]
    if thing not in set(ParkedThing):
        raise bad(
            "thing",
            thing,
            said("thing is %(thing)r; allowed: %(allowed)s.", thing=thing[:40], allowed=", ".join(ParkedThing)),
        )
    plugin().parking.try_again(tenant_id(), ParkedThing(thing), key)
    return done("activity_parked", "again")

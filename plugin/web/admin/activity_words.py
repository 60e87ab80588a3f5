"""How Activity words a decision and what stands behind it: its cause, webhooks, calls and mails."""

import json
from collections.abc import Mapping

from plugin.services.activity import CallRow, CauseRow, Chain, MailRow, WebhookRow
from plugin.services.causes import CauseKind
from plugin.services.ports.messages import MessageKind
from plugin.services.queries import ActivityRow
from plugin.web.admin.door import app_url
from plugin.web.admin.messages_words import KINDS
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import gettext, marked, moment, number
from plugin.web.admin.words import Badge
from plugin.web.current import tenant

KIND_WORDS: Mapping[str, tuple[str, str]] = {
    "promised": (marked("Promised"), "primary"),
    "moved": (marked("Date moved"), "warning"),
    "allocated": (marked("Allocated"), "success"),
    "pinned": (marked("Pinned"), ""),
    "answered": (marked("Answered"), "primary"),
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
    "erased": (marked("Erased"), ""),
    "by_hand": (marked("By hand"), "primary"),
    "bounced": (marked("Mail came back"), "danger"),
    "waitlist": (marked("Waitlist"), ""),
    "test_mail": (marked("Test mail"), ""),
    "tone": (marked("Own words"), ""),
    "substitute": (marked("Substitute"), "primary"),
    "substitutes": (marked("Substitutes"), ""),
}
THINGS: Mapping[str, str] = {
    "order": marked("Order #%(id)s"),
    "item": marked("Item %(id)s"),
    "shipment": marked("Shipment %(id)s"),
}
PAGES: Mapping[str, tuple[str, str]] = {
    "order": ("backorders_order", "order"),
    "item": ("products_item", "item"),
    "shipment": ("incoming_shipment", "shipment"),
}
"""Where things are shown, and what their address calls them."""
CAUSES: Mapping[CauseKind, str] = {
    CauseKind.EVENTS: marked("A webhook of the store"),
    CauseKind.JOB: marked("The clock: %(job)s"),
    CauseKind.USER: marked("%(who)s, on these screens"),
    CauseKind.API: marked("A call of your own systems to our API"),
    CauseKind.SHOPPER: marked("A shopper"),
    CauseKind.SUPPLIER: marked("A supplier, on the page of a shipment"),
}
JOBS: Mapping[str, str] = {
    "new_day": marked("a new day"),
    "reconcile": marked("the comparison with the store"),
    "judge": marked("the look at deadlines"),
    "enforce": marked("a deadline has passed"),
    "refund": marked("refunds that were due"),
    "publish": marked("writing to the store"),
    "deliver": marked("sending mails"),
    "forget_old": marked("forgetting what is old"),
    "set_up": marked("setting up"),
    "drain_inbox": marked("reading webhooks"),
}


def entry_words(row: ActivityRow) -> dict[str, object]:
    name, tone = KIND_WORDS.get(row.kind, (row.kind.replace("_", " ").capitalize(), ""))
    return {
        "id": row.activity_id,
        "at": moment(row.at, tenant()),
        "badge": (gettext(name), tone),
        "about": thing_words(row.about),
        "thing": thing_address(row.about),
        "text": words_of(row.said),
        "address": app_url("activity_entry", activity_id=row.activity_id),
    }


def thing_words(about: str) -> str:
    kind, _, key = about.partition(":")
    return gettext(THINGS[kind], id=key) if kind in THINGS else ""


def thing_address(about: str) -> str:
    """Where the thing itself is shown; empty for what has no page."""
    kind, _, key = about.partition(":")
    if kind not in PAGES:
        return ""
    endpoint, argument = PAGES[kind]
    return app_url(endpoint, **{argument: key})


def chain_words(chain: Chain) -> dict[str, object]:
    return {
        "causes": [
            (cause_words(cause), moment(cause.at, tenant()))
            for cause in chain.causes
            if not (chain.webhooks and cause.kind is CauseKind.EVENTS)  # they stand there by name
        ],
        "webhooks": [webhook_words(row) for row in chain.webhooks],
        "decisions": [entry_words(row) for row in chain.decisions],
        "calls": [call_words(row) for row in chain.calls],
        "mails": [mail_words(row) for row in chain.mails],
        "is_recorded": chain.is_recorded,
    }


def cause_words(cause: CauseRow) -> str:
    job = gettext(JOBS[cause.name]) if cause.name in JOBS else cause.name.replace("_", " ")
    return gettext(CAUSES[cause.kind], job=job, who=cause.who or gettext("Somebody who is no longer a user"))


def webhook_words(row: WebhookRow) -> dict[str, object]:
    return {
        "topic": row.topic,
        "at": moment(row.received_at, tenant()),
        "address": app_url("activity_webhook", event_id=row.event_id),
        "is_waiting": row.is_waiting,
        "attempts": number(row.attempts),
    }


def call_words(row: CallRow) -> dict[str, object]:
    return {
        "name": f"{row.method} {row.path}",
        "at": moment(row.at, tenant()),
        "badge": answer_words(row.status),
        "took": gettext("%(count)s ms", count=number(row.milliseconds)),
        "request_id": row.request_id,
        "address": app_url("activity_call", call_id=row.call_id),
    }


def answer_words(status: int) -> Badge:
    if not status:
        return gettext("No answer"), "danger"
    return gettext("Answered %(status)s", status=status), "success" if status < 300 else "danger"


def mail_words(row: MailRow) -> dict[str, object]:
    return {
        "name": row.subject or mail_name(row.kind),
        "to": row.to,
        "at": moment(row.sent_at, tenant()) if row.sent_at else "",
        "address": app_url("activity_mail", message_id=row.message_id),
    }


def mail_name(kind: str) -> str:
    return gettext(KINDS[MessageKind(kind)][0]) if kind in set(MessageKind) else kind.replace("_", " ")


def indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body

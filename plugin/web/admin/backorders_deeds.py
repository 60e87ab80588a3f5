"""Deeds on chosen lines: choose → look at what it would do and whom it mails → do it → take it back.

services/deeds.py says what would happen by doing it and forgetting it again; nothing is sent before the last step.
"""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from plugin.domain.errors import DomainError
from plugin.domain.notices import DelayReason
from plugin.domain.saying import said
from plugin.services.backorders import LineKey
from plugin.services.deed_kinds import Asked, DeedKind
from plugin.services.deeds import LONGEST_WORDS, MOST_LINES, MailPreview, Preview, asked_date
from plugin.services.errors import Conflict
from plugin.web.admin.backorders import SCREEN, all_rows, backorders, wanted_list
from plugin.web.admin.backorders_words import CAUSES, DEEDS, SKIPPED, asked_here, deed_asked, keys_in, view_of
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.messages_words import KINDS
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import gettext, ngettext
from plugin.web.current import plugin, session, tenant_id
from plugin.web.headers import go_to
from plugin.web.reading import bad

EXPORT = "export"
FIELDS = ("earliest", "latest", "cause", "note", "words")


@admin.post("/backorders/choose")
@shows_again(backorders)
def backorders_choose() -> Response:
    """From ticked rows to the page that says what would happen."""
    deed, keys = asked_here("deed"), keys_in(request.form.getlist("id"))
    if request.form.get("all"):
        keys = tuple(row.key for row in all_rows(view_of(wanted_list()), most=MOST_LINES))
    if not keys:
        raise bad("id", "", gettext("Tick at least one line first."))
    names = [str(key) for key in keys]
    if deed == EXPORT:
        return go_to(app_url("backorders_export", id=names))
    return go_to(app_url("backorders_confirm", deed=deed_asked(deed).value, id=names))


@admin.get("/backorders/confirm")
def backorders_confirm(form: Form = BLANK) -> Response:
    """What the deed would do, whom it would mail, the text and why. Looking changes nothing."""
    kind = deed_asked(asked_here("deed"))
    keys = keys_in(request.form.getlist("id") or request.args.getlist("id"))
    looked, fault = look(kind, keys)
    page = render_template(
        "admin/backorders/confirm.html",
        kind=kind,
        words=DEEDS[kind],
        title=gettext(DEEDS[kind].name),
        explained=gettext(DEEDS[kind].explained),
        ids=[str(key) for key in keys],
        asked={name: asked_here(name) for name in FIELDS},
        causes=[(cause.value, gettext(words)) for cause, words in CAUSES.items()],
        longest=LONGEST_WORDS,
        looked=looked,
        form=form,
        faults=[*form.other_faults(), *([fault] if fault else [])],
    )
    return make_response(page)


@dataclass(frozen=True, slots=True)
class Looked:
    """A preview in words."""

    preview: Preview
    headline: str
    yes: str
    mails: list[dict[str, str]]
    skipped: list[str]
    taken_from: list[str]
    named: int
    """Mails that are named below the first ones."""


def look(kind: DeedKind, keys: tuple[LineKey, ...]) -> tuple[Looked | None, str]:
    """None as long as something is still to be filled in; or what is wrong with it."""
    if kind is DeedKind.DATE and not asked_here("earliest"):
        return None, ""
    try:
        return in_words(kind, plugin().deeds.preview(tenant_id(), asked_of(kind, keys))), ""
    except (DomainError, Conflict) as error:
        return None, words_of(error.said)


def asked_of(kind: DeedKind, keys: tuple[LineKey, ...]) -> Asked:
    cause = asked_here("cause") or DelayReason.SUPPLIER_LATER.value
    if cause not in set(DelayReason):
        raise bad(
            "cause",
            cause,
            said("cause is %(cause)r; allowed: %(allowed)s.", cause=cause[:40], allowed=", ".join(DelayReason)),
        )
    is_date = kind is DeedKind.DATE
    return Asked(
        kind=kind,
        lines=keys,
        window=asked_date(asked_here("earliest"), asked_here("latest")) if is_date else None,
        cause=DelayReason(cause),
        note=asked_here("note"),
        words=asked_here("words"),
    )


def in_words(kind: DeedKind, preview: Preview) -> Looked:
    mails = len(preview.mails)
    deed = ngettext(*DEEDS[kind].yes, len(preview.done))
    sends = ngettext("send %(count)s mail", "send %(count)s mails", mails)
    shown = preview.mails
    return Looked(
        preview=preview,
        headline=ngettext("This will mail %(count)s shopper.", "This will mail %(count)s shoppers.", preview.shoppers)
        if mails
        else gettext("Nobody is mailed."),
        yes=gettext("%(deed)s and %(sends)s", deed=deed, sends=sends)
        if mails and kind is not DeedKind.UPDATE
        else deed,
        mails=[mail_words(mail) for mail in shown],
        skipped=[
            gettext("Order #%(order)s %(why)s.", order=key.order_id, why=gettext(SKIPPED[why]))
            for key, why in sorted(preview.skipped.items())
        ],
        taken_from=[
            ngettext(
                "Order #%(order)s gives up %(count)s unit.",
                "Order #%(order)s gives up %(count)s units.",
                units,
                order=order,
            )
            for order, units in sorted(preview.taken_from.items())
        ],
        named=sum(not mail.text for mail in shown),
    )


def mail_words(mail: MailPreview) -> dict[str, str]:
    message = mail.message
    name, why = KINDS[message.kind]
    order = f"#{message.order_id}" if message.order_id else ""
    return {
        "to": message.to,
        "order": order,
        "kind": gettext(name),
        "why": gettext(why),
        "subject": mail.subject,
        "text": mail.text,
    }


@admin.post("/backorders/do")
@shows_again(backorders_confirm)
def backorders_do() -> Response:
    """Just what was shown; if more or fewer would be mailed by now, it is shown again instead."""
    kind, mails = deed_asked(asked_here("deed")), asked_here("mails")
    if not (mails.isascii() and mails.isdigit() and len(mails) <= 6):
        raise bad("mails", mails, gettext("Look at what it does first."))
    asked = asked_of(kind, keys_in(request.form.getlist("id")))
    result = plugin().deeds.carry_out(tenant_id(), asked, user_id=session().user_id, mails=int(mails))
    undo = {"undo": result.deed_id} if result.can_undo else {}
    return done(SCREEN, kind.value, count=result.lines, **undo)


@admin.post("/backorders/undo")
@shows_again(backorders)
def backorders_undo() -> Response:
    deed = asked_here("deed")
    if not (deed.isascii() and deed.isdigit() and len(deed) <= 15):
        raise bad("deed", deed, gettext("That cannot be taken back."))
    plugin().deeds.undo(tenant_id(), int(deed))
    return done(SCREEN, "undone")

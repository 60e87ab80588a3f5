"""Screen 7: every kind of mail with its words in each language, its preview and a test; what was sent to whom; the senders."""

import re

from flask import Response, g, make_response, render_template, request

from plugin.domain.ids import MessageId
from plugin.domain.saying import said
from plugin.domain.store import ChannelSender
from plugin.services.errors import NotFound
from plugin.services.mailings import SentRow
from plugin.services.outbox import sender_of
from plugin.services.ports.messages import MessageKind, Tone
from plugin.services.proof import MailResult
from plugin.services.tones import EDITABLE, LANGUAGES, LONGEST_PARAGRAPH, locks_of
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.lists import ListPage, Wish, page_of, wish
from plugin.web.admin.messages_words import GROUPS, KINDS, LANGUAGE_NAMES, LOCKS, RESULTS
from plugin.web.admin.speech import gettext, marked, moment
from plugin.web.admin.words import Badge
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.headers import NOBODY, ONLY_OURS
from plugin.web.reading import bad, choice

VIEWS = ("desktop", "phone", "dark", "plain")
VIEW_WORDS = {
    "desktop": marked("Desktop"),
    "phone": marked("Phone"),
    "dark": marked("Dark"),
    "plain": marked("Plain text"),
}
LONGEST_TEXT = 4000
DONE = {
    "saved": marked("Saved. Mails of this kind say it from now on."),
    "ours": marked("Our own words are used again."),
    "tested": marked("The test is on its way."),
    "sender": marked("The sender is saved."),
}
PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; sandbox"
"""A mail brings its own styles and may do nothing else."""
DARK = re.compile(r"@media \(prefers-color-scheme: dark\)")


def kind_named(name: str) -> MessageKind:
    if name not in {kind.value for kind in EDITABLE}:
        raise NotFound("mail", name[:40])
    return MessageKind(name)


def tabs_here(here: str) -> list[tuple[str, str, bool, None]]:
    pages = {"messages": marked("Mails"), "messages_sent": marked("Sent"), "messages_senders": marked("Senders")}
    return [(gettext(words), app_url(endpoint), endpoint == here, None) for endpoint, words in pages.items()]


@admin.get("/messages")
def messages() -> Response:
    own: dict[MessageKind, list[str]] = {}
    for kind, language in plugin().tones.of_store(tenant_id()):
        own.setdefault(kind, []).append(LANGUAGE_NAMES[language])
    groups = [
        (
            gettext(title),
            [
                {
                    "address": app_url("messages_kind", name=kind.value),
                    "name": gettext(KINDS[kind][0]),
                    "why": gettext(KINDS[kind][1]),
                    "own": own.get(kind, []),
                    "is_locked": len(locks_of(kind)) > 1,
                }
                for kind in kinds
            ],
        )
        for title, kinds in GROUPS
    ]
    return make_response(render_template("admin/messages/list.html", groups=groups, tabs=tabs_here("messages")))


@admin.get("/messages/kind/<name>")
def messages_kind(name: str, form: Form = BLANK) -> Response:
    """The editor: locked parts by name, the words around them, and what comes of it."""
    kind, language, view = kind_named(name), choice("language", language_order()), choice("view", VIEWS)
    stored = plugin().tones.text(tenant_id(), kind, language)
    here = {"name": name, "language": language}
    page = render_template(
        "admin/messages/kind.html",
        name=name,
        title=gettext(KINDS[kind][0]),
        why=gettext(KINDS[kind][1]),
        language=language,
        languages=[
            (
                LANGUAGE_NAMES[each],
                app_url("messages_kind", name=name, language=each, view=view),
                each == language,
                None,
            )
            for each in LANGUAGES
        ],
        views=[
            (gettext(VIEW_WORDS[each]), app_url("messages_kind", view=each, **here), each == view) for each in VIEWS
        ],
        view=view,
        text=form.value("text", stored),
        fault=form.fault("text"),
        to=form.value("to", tenant().profile.owner_email),
        locks=[(lock, gettext(LOCKS[lock])) for lock in locks_of(kind)],
        longest=LONGEST_PARAGRAPH,
        preview=app_url("messages_preview", view=view, **here),
        subject=plugin().mailings.preview(tenant_id(), kind, language, stored).subject,
        form=form,
        done_words=done_words(DONE),
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = framing_ourselves()
    return answer


def framing_ourselves() -> str:
    """What every page of ours may do, and show the preview in a frame."""
    return f"{ONLY_OURS}; frame-src 'self'; frame-ancestors {g.get('framed_by', NOBODY)}"


def language_order() -> tuple[str, ...]:
    """The store's own language first."""
    own = tenant().profile.language[:2]
    return tuple(sorted(LANGUAGES, key=lambda language: (language != own, LANGUAGES.index(language))))


@admin.get("/messages/preview/<name>")
def messages_preview(name: str) -> Response:
    kind, language = kind_named(name), choice("language", language_order())
    return shown_mail(kind, language, plugin().tones.text(tenant_id(), kind, language))


@admin.post("/messages/preview/<name>")
def messages_try(name: str) -> Response:
    """The text as it stands in the form, before it is saved."""
    kind, language = kind_named(name), choice("language", language_order())
    return shown_mail(kind, language, request.form.get("text", "")[:LONGEST_TEXT])


def shown_mail(kind: MessageKind, language: str, text: str) -> Response:
    mail = plugin().mailings.preview(tenant_id(), kind, language, text)
    view = choice("view", VIEWS)
    if view == "plain":
        answer = make_response(f"{mail.subject}\n\n{mail.text}")
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    else:
        answer = make_response(DARK.sub("@media all" if view == "dark" else "@media not all", mail.html))
    # Every page around it counts: ours, and the control panel that frames ours.
    panel = g.get("framed_by", "")
    answer.headers["Content-Security-Policy"] = f"{PREVIEW_POLICY}; frame-ancestors 'self' {panel}".strip()
    return answer


@admin.post("/messages/kind/<name>")
@shows_again(messages_kind)
def messages_save(name: str) -> Response:
    kind, language = kind_named(name), choice("language", language_order())
    text = "" if request.form.get("ours") else request.form.get("text", "")[:LONGEST_TEXT]
    plugin().tones.save(tenant_id(), Tone(kind, language, text))
    return done("messages_kind", "saved" if text else "ours", name=name, language=language)


@admin.post("/messages/kind/<name>/test")
@shows_again(messages_kind)
def messages_test(name: str) -> Response:
    kind, language = kind_named(name), choice("language", language_order())
    plugin().mailings.send_test(tenant_id(), kind, language, request.form.get("to", ""))
    return done("messages_kind", "tested", name=name, language=language)


@admin.get("/messages/sent")
def messages_sent() -> Response:
    wanted = wish("messages_sent", filters=("kind",))
    kind = wanted.get("kind")
    if kind and kind not in set(MessageKind):
        raise bad("kind", kind, said("kind is %(kind)r; it is no kind of mail.", kind=kind[:40]))
    page = render_template(
        "admin/messages/sent.html",
        tabs=tabs_here("messages_sent"),
        wish=wanted,
        page=sent_page(wanted),
        kinds=[("", gettext("All mails")), *((each.value, gettext(KINDS[each][0])) for each in MessageKind)],
    )
    return make_response(page)


def sent_page(wanted: Wish) -> ListPage[dict[str, object]]:
    kind, after = wanted.get("kind"), wanted.after
    if after and not (after.isascii() and after.isdigit() and len(after) <= 15):
        raise bad("after", after, said("after is the number of a mail."))
    rows = plugin().mails.page(
        tenant_id(),
        kind=MessageKind(kind) if kind else None,
        before=MessageId(int(after)) if after else None,
        limit=wanted.limit,
    )
    page = page_of(rows, wanted, place=lambda row: row.message_id)
    return ListPage(rows=[sent_words(row) for row in page.rows], next=page.next, first=page.first)


def sent_words(row: SentRow) -> dict[str, object]:
    words, tone = RESULTS[row.result]
    badge: Badge = (gettext(words), tone)
    return {
        "when": moment(row.sent_at or row.due_at or row.written_at, tenant()),
        "why": app_url("activity_mail", message_id=row.message_id),
        "to": row.to,
        "kind": gettext(KINDS[row.kind][0]),
        "order": row.order_id,
        "address": app_url("backorders_order", order=row.order_id) if row.order_id else "",
        "badge": badge,
        "problem": row.problem if row.result in {MailResult.GIVEN_UP, MailResult.CAME_BACK} else "",
        "subject": row.subject,
        "text": row.text,
        "is_test": row.is_test,
    }


@admin.get("/messages/senders")
def messages_senders(form: Form = BLANK) -> Response:
    store = tenant()
    known = {sender.channel_id: sender for sender in store.settings.channel_senders}
    channels = sorted({store.profile.default_channel_id, *plugin().mails.channels(tenant_id()), *known})
    page = render_template(
        "admin/messages/senders.html",
        tabs=tabs_here("messages_senders"),
        store_sender=sender_of(store),
        channels=[(number, known.get(number, ChannelSender(number))) for number in channels],
        form=form,
        done_words=done_words(DONE),
    )
    return make_response(page)


@admin.post("/messages/senders/<id:channel>")
@shows_again(lambda channel, form: messages_senders(form))  # noqa: ARG005  — the form names its channel
def messages_save_sender(channel: int) -> Response:
    given = {name: request.form.get(name, "").strip() for name in ("name", "reply_to", "postal_address")}
    writes = request.form.get("writes") == "yes"
    plugin().mailings.save_sender(tenant_id(), ChannelSender(channel, **given, writes=writes))
    return done("messages_senders", "sender")

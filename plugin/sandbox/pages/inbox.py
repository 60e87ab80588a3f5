"""The inbox: every mail the mailbox took, as a person reads it. Scripts read them through `operations`."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.sandbox.mailbox import TROUBLES, Mail
from plugin.sandbox.pages.here import the_mailbox

blueprint = Blueprint("sandbox_inbox", __name__)

VIEWS = (
    ("html", "Message"),
    ("dark", "Dark"),
    ("phone", "Phone"),
    ("plain", "Plain text"),
    ("headers", "Headers"),
    ("raw", "Source"),
)


@blueprint.get("/inbox/")
def inbox() -> str:
    to = request.args.get("to", "").strip()
    box = the_mailbox()
    mails = list(reversed(box.messages(to or None)))
    people = sorted({each for mail in box.messages() for each in mail.recipients})
    return render_template(
        "inbox/list.html", mails=mails, to=to, people=people, box=box, troubles=TROUBLES, preview=preview
    )


@blueprint.get("/inbox/<mail_id>")
def message(mail_id: str) -> str:
    mail = mail_or_404(mail_id)
    wished = request.args.get("view") or ("html" if mail.html else "plain")
    view = wished if wished in dict(VIEWS) else "html"
    return render_template("inbox/message.html", mail=mail, view=view, views=VIEWS)


@blueprint.get("/inbox/<mail_id>/body")
def body(mail_id: str) -> Response:
    """The HTML part alone, for a frame that may neither run scripts nor reach our pages."""
    mail = mail_or_404(mail_id)
    dark = request.args.get("scheme") == "dark"
    answer = Response(framed(mail.html, dark=dark), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    return answer


@blueprint.post("/inbox/clear")
def clear() -> AnyResponse:
    the_mailbox().clear()
    return redirect(url_for("sandbox_inbox.inbox"), 303)


@blueprint.post("/inbox/<mail_id>/delete")
def delete(mail_id: str) -> AnyResponse:
    the_mailbox().delete(mail_id)
    return redirect(url_for("sandbox_inbox.inbox"), 303)


@blueprint.post("/inbox/trouble")
def trouble() -> AnyResponse:
    """Make the post office misbehave, or one address unreachable."""
    box, form = the_mailbox(), request.form
    try:
        if "trouble" in form:
            box.set_trouble(form["trouble"], times=whole_number(form.get("times", ""), otherwise=0))
        if form.get("refuse"):
            box.refuse(form["refuse"], code=whole_number(form.get("code", ""), otherwise=550))
        if form.get("accept"):
            box.accept(form["accept"])
    except ValueError as error:
        abort(422, str(error))
    return redirect(url_for("sandbox_inbox.inbox"), 303)


@blueprint.get("/sandbox/api/mails/<mail_id>/raw")
def mail_raw(mail_id: str) -> Response:
    return Response(mail_or_404(mail_id).raw, mimetype="message/rfc822")


def mail_or_404(mail_id: str) -> Mail:
    mail = the_mailbox().message(mail_id)
    if mail is None:
        abort(404)
    return mail


def whole_number(words: str, *, otherwise: int) -> int:
    return int(words) if words.strip().isdigit() else otherwise


def preview(mail: Mail) -> str:
    return " ".join(mail.plain.split())[:160]


def framed(body_html: str, *, dark: bool) -> str:
    """A browser frame can't be told to prefer dark, so the query itself is answered for it."""
    if not body_html:
        return "<p style='font:16px sans-serif;padding:20px'>This mail has no HTML part.</p>"
    if not dark:
        return body_html
    told = body_html.replace("(prefers-color-scheme: dark)", "all").replace("(prefers-color-scheme:dark)", "all")
    return f"<style>:root{{color-scheme:dark}}html{{background:#16181d}}</style>{told}"

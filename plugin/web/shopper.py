"""Pages behind a signed link in a mail. A GET only shows a button, because mail scanners follow links; a POST acts."""

from http import HTTPStatus

from flask import Blueprint, Response, make_response, render_template, request

from plugin.adapters.links import Purpose
from plugin.domain.store import Tenant
from plugin.web.current import plugin
from plugin.web.errors import NotSigned
from plugin.web.rate_limit import Rate, limit, sender_address

PER_SENDER = Rate(times=60, per_seconds=60)
GONE = HTTPStatus.GONE

shopper = Blueprint("shopper", __name__, url_prefix="/s")


@shopper.before_request
def not_too_often() -> None:
    limit("shopper", sender_address(), PER_SENDER)


@shopper.get("/waitlist/confirm/<token>")
def ask_to_confirm(token: str) -> Response:
    tenant, _ = owner_of("waitlist/confirm", token)
    return shopper_page("confirm", tenant)


@shopper.post("/waitlist/confirm/<token>")
def confirm(token: str) -> Response:
    tenant, entry = owner_of("waitlist/confirm", token)
    done = plugin().waitlist.confirm(tenant.tenant_id, entry)
    return shopper_page("confirmed" if done else "gone", tenant, HTTPStatus.OK if done else GONE)


@shopper.get("/waitlist/leave/<token>")
def ask_to_leave(token: str) -> Response:
    tenant, _ = owner_of("waitlist/leave", token)
    return shopper_page("leave", tenant)


@shopper.post("/waitlist/leave/<token>")
def leave(token: str) -> Response:
    """The button, and a mail program's one-click unsubscribe (RFC 8058). Leaving twice is leaving."""
    tenant, entry = owner_of("waitlist/leave", token)
    plugin().waitlist.leave(tenant.tenant_id, entry)
    return shopper_page("left", tenant)


def owner_of(purpose: Purpose, token: str) -> tuple[Tenant, int]:
    """The store and the row a token names, or NotSigned."""
    found = plugin().links.read(purpose, token)
    tenant = plugin().directory.find(found[0]) if found else None
    if found is None or tenant is None:
        raise NotSigned
    return tenant, found[1]


def shopper_page(
    name: str, tenant: Tenant, status: HTTPStatus = HTTPStatus.OK, *, locale: str = "", **told: object
) -> Response:
    """A page in the shop's name, in the language asked for, else the browser's, else the shop's own."""
    wording = plugin().wording
    browsers = request.accept_languages.best_match(wording.languages)
    language = wording.language(tenant.profile.written(request.args.get("lang") or locale or browsers or ""))
    words = {"_": language.gettext, "ngettext": language.ngettext, "language": language}
    text = render_template(f"shopper/{name}.html", **words, store=tenant.profile, **told)
    return make_response(text, status)

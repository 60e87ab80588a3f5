"""Headers of every answer: who may frame it, what it may load, who may keep it, and the id to ask about it by."""

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request
from werkzeug.urls import iri_to_uri

from plugin.domain.store import Tenant
from plugin.services.causes import Cause, CauseKind, begin
from plugin.settings import Settings

NOBODY = "'none'"
REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(?=/|$)")
STORE_HASH = re.compile(r"[A-Za-z0-9_-]{1,64}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CAUSES: Mapping[str, Cause] = {
    "api": Cause(CauseKind.API),
    "shopper": Cause(CauseKind.SHOPPER),
    "order_page": Cause(CauseKind.SHOPPER),
    "storefront": Cause(CauseKind.SHOPPER),
    "supplier": Cause(CauseKind.SUPPLIER),
}
"""For whom a request is; the merchant's screens say which user it is (admin/door.py)."""
ONLY_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)


def watch(app: Flask) -> None:
    """Give each request an id before, and its headers after."""
    app.before_request(_name_request)
    app.after_request(_harden)
    app.teardown_request(_forget)


def frame_ancestors(settings: Settings, *, store_hash: str, tenant: Tenant | None) -> str:
    """Exactly this store's control panel and the login host, where installs come from."""
    login = origin_of(settings.login_url)
    if tenant and tenant.profile.control_panel_url:
        return f"{origin_of(tenant.profile.control_panel_url)} {login}".strip()
    if urlsplit(settings.login_url).hostname in LOOPBACK:
        # A sandbox: its panel is another loopback host, and says which one only once the set-up has asked.
        return f"{login} http://localhost:* http://127.0.0.1:*"
    return f"https://store-{store_hash}.mybigcommerce.com {login}" if STORE_HASH.fullmatch(store_hash) else login


def go_to(address: str) -> Response:
    """See there: the answer to a POST that worked, and the way on from BigCommerce's callbacks."""
    response = Response(status=HTTPStatus.SEE_OTHER)
    response.headers["Location"] = iri_to_uri(address)
    return response


def origin_of(address: str) -> str:
    """Scheme, host and port; empty for an address that is none, and could end a header's directive."""
    found = ORIGIN.match(address)
    return found[0] if found else ""


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request=g.request_id)
    begin(CAUSES.get(request.blueprint or ""))


def _forget(_error: BaseException | None) -> None:
    """The thread serves somebody else next."""
    begin(None)
    structlog.contextvars.unbind_contextvars("request", "tenant")


def _harden(response: Response) -> Response:
    """Views that are public set their own caching; all else is kept by nobody and framed by nobody but the panel."""
    headers = response.headers
    headers.setdefault("X-Request-Id", g.get("request_id", ""))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", f"{ONLY_OURS}; frame-ancestors {g.get('framed_by', NOBODY)}")
    return response

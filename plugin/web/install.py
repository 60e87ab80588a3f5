"""BigCommerce calls us: auth, load, uninstall, remove user. Nothing is believed before its code or signature is checked.

A verified user gets a session (session.py) and is shown the first page, or sent to the page a deep link names.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, current_app, g, make_response, request

from plugin.adapters.bigcommerce.oauth import NotAuthentic, SignedPayload, exchange_code, read_signed_payload
from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState, Tenant
from plugin.manifest import Callbacks
from plugin.services.errors import GiveUp
from plugin.web.admin.door import admin_url, frame, user_of
from plugin.web.admin.home import first_page
from plugin.web.current import plugin, sessions
from plugin.web.errors import NotInstalled, NotSigned, answer, is_our_fault, respond
from plugin.web.headers import go_to
from plugin.web.rate_limit import Rate, limit, sender_address
from plugin.web.reading import bad

log = structlog.get_logger(__name__)

LONGEST_VALUE = 2048
CODES = Rate(times=30, per_seconds=60)
"""Each has us ask BigCommerce: nobody may have us knock there without end."""


def install_routes(callbacks: Callbacks) -> Blueprint:
    """The four callbacks, at the addresses the manifest registers."""
    install = Blueprint("install", __name__)
    install.add_url_rule(callbacks.auth, view_func=auth)
    install.add_url_rule(callbacks.load, view_func=load)
    install.add_url_rule(callbacks.uninstall, view_func=uninstall)
    install.add_url_rule(callbacks.remove_user, view_func=remove_user)
    install.register_error_handler(GiveUp, answer_refusal)
    install.register_error_handler(NotAuthentic, answer_forgery)
    return install


def auth() -> Response:
    """A merchant installed us, or authorized us anew: the one-time code becomes a token, the slow part a job."""
    limit("install", sender_address(), CODES)
    code, scope, context = (given(name) for name in ("code", "scope", "context"))
    frame(store_of(context), None)
    grant = exchange_code(plugin().connections, plugin().identity, code=code, scope=scope, context=context)
    plugin().tenants.install(grant)
    if is_external():
        return go_to(install_outcome("succeeded"))
    tenant = sign_in(grant.tenant_id, grant.user.user_id)
    response = first_page()
    sessions().remember(response, g.session, path=admin_url("home", tenant.tenant_id))
    return response


def load() -> Response:
    payload = signed_payload()
    tenant = plugin().directory.find(payload.tenant_id)
    frame(payload.tenant_id, tenant)
    if tenant is None or tenant.state is ConnectionState.UNINSTALLED:
        raise NotInstalled
    plugin().tenants.seen(tenant.tenant_id, payload.user)
    plugin().queue.wake("check_script", tenant.tenant_id)
    sign_in(tenant.tenant_id, payload.user.user_id)
    home = admin_url("home", tenant.tenant_id)
    response = go_to(f"{page_of(home, payload.path)}?t={sessions().ticket(g.session)}")
    sessions().remember(response, g.session, path=home)
    return response


def uninstall() -> Response:
    """BigCommerce's server calls and ignores the answer; a store we do not know is gone already."""
    payload = signed_payload()
    if plugin().directory.find(payload.tenant_id):
        plugin().tenants.uninstall(payload.tenant_id, by_owner=payload.user.is_owner)
    return make_response("", HTTPStatus.OK)


def remove_user() -> Response:
    payload = signed_payload()
    plugin().tenants.remove_user(payload.tenant_id, payload.user.user_id)
    return make_response("", HTTPStatus.OK)


def signed_payload() -> SignedPayload:
    settings = plugin().settings
    return read_signed_payload(
        given("signed_payload_jwt", longest=8192),
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        now=plugin().clock.now(),
    )


def sign_in(tenant_id: TenantId, user_id: int) -> Tenant:
    tenant = plugin().directory.find(tenant_id)
    if tenant is None:
        raise NotInstalled
    g.store, g.tenant, g.session = tenant_id, tenant, sessions().begin(tenant_id, user_id)
    g.user = user_of(tenant, g.session)
    frame(tenant_id, tenant)
    return tenant


def page_of(home: str, path: str) -> str:
    """The page a deep link names, if it is one of ours; else the first page."""
    wanted = home.rstrip("/") + urlsplit(path).path
    is_ours = current_app.url_map.bind("").test(wanted, "GET")
    return wanted if is_ours and ".." not in wanted else home


def given(name: str, *, longest: int = LONGEST_VALUE) -> str:
    value = request.args.get(name, "")
    if not value or len(value) > longest:
        raise bad(name, value[:40], f"{name} is {'missing' if not value else 'too long'}; BigCommerce sends it.")
    return value


def store_of(context: str) -> str:
    return context.partition("/")[2]


def is_external() -> bool:
    return bool(request.args.get("external_install"))


def install_outcome(outcome: str) -> str:
    """Where an install from outside the control panel ends."""
    settings = plugin().settings
    return f"{settings.login_url}/app/{settings.client_id}/install/{outcome}"


def answer_refusal(error: GiveUp) -> Response:
    """The code was used up, or is not ours. Nothing was stored."""
    log.warning("install refused", explanation=error.explanation)
    if is_our_fault(error):
        return answer(error)
    if is_external():
        return go_to(install_outcome("failed"))
    words = (
        "BigCommerce did not accept the installation. Please start it again from the Apps menu; nothing was changed."
    )
    return respond(HTTPStatus.BAD_REQUEST, "Backorder could not be installed", words)


def answer_forgery(error: NotAuthentic) -> Response:
    log.warning("signed payload refused", reason=str(error))
    return answer(NotSigned())

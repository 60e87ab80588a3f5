"""The door of the merchant's pages: the blueprint, the guard, and addresses and forms that carry the session."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Blueprint, current_app, g, request, url_for
from flask.blueprints import BlueprintSetupState

from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState, Role, Tenant
from plugin.services.causes import Cause, CauseKind, begin
from plugin.services.ports.directory import AppUser
from plugin.web.admin.sayings import words_of
from plugin.web.current import plugin, sessions
from plugin.web.errors import NotAllowed, SignedOut
from plugin.web.headers import frame_ancestors
from plugin.web.session import PARAMETER, READING, Session

ROLE_NEEDED = "role_needed"
View = TypeVar("View", bound=Callable[..., Any])

admin = Blueprint("admin", __name__, url_prefix="/app/<store:store>")


@admin.url_value_preprocessor
def take_store(_endpoint: str | None, values: dict[str, str] | None) -> None:
    g.store = (values or {}).pop("store", "")


@admin.url_defaults
def keep_store(_endpoint: str, values: dict[str, object]) -> None:
    """Addresses made inside a page stay in its store."""
    if "store" in g:
        values.setdefault("store", g.store)


@admin.before_request
def let_in() -> None:
    """Only a user this store knows, while the store is installed; everyone else is told the same."""
    tenant = plugin().directory.find(TenantId(g.store))
    frame(g.store, tenant)
    session = sessions().who(request)
    if session is None or session.tenant_id != g.store or tenant is None:
        raise SignedOut
    user = user_of(tenant, session)
    if user is None:
        raise SignedOut
    g.tenant, g.session, g.user = tenant, session, user
    g.say = words_of
    begin(Cause(CauseKind.USER, (request.endpoint or "").rpartition(".")[2], user.user_id))
    structlog.contextvars.bind_contextvars(tenant=tenant.tenant_id)
    if not user.role.may(role_needed()):
        raise NotAllowed


def user_of(tenant: Tenant, session: Session) -> AppUser | None:
    if tenant.state is ConnectionState.UNINSTALLED:
        return None
    return plugin().directory.user(tenant.tenant_id, session.user_id)


def needs(role: Role) -> Callable[[View], View]:
    """Say which role a view needs where it is not the usual one; goes right below the route."""

    def decorate(view: View) -> View:
        setattr(view, ROLE_NEEDED, role)
        return view

    return decorate


def role_needed() -> Role:
    """Whoever is let in may look; what changes something needs a manager, unless the view says otherwise."""
    usual = Role.READ_ONLY if request.method in READING else Role.MANAGER
    needed: Role = getattr(current_app.view_functions[request.endpoint or ""], ROLE_NEEDED, usual)
    return needed


def may(role: str) -> bool:
    """Whether the user who looks may do what needs this role; the server asks again when it is done."""
    return "user" in g and g.user.role.may(Role(role))


def frame(store_hash: str, tenant: Tenant | None) -> None:
    """Let this answer be shown in that store's control panel, and nowhere else."""
    g.framed_by = frame_ancestors(plugin().settings, store_hash=store_hash, tenant=tenant)


def app_url(endpoint: str, **values: Any) -> str:
    """The address of one of our pages, with the ticket that lets the same user read it."""
    return url_for(f"admin.{endpoint}", **{**values, PARAMETER: ticket()})


def ticket() -> str:
    """For a form that only reads, whose fields become the address."""
    return sessions().ticket(g.session)


def admin_url(endpoint: str, store: str) -> str:
    """The bare address of a page; whoever asks for it must be let in first."""
    return url_for(f"admin.{endpoint}", store=store)


def form_url(endpoint: str, **values: Any) -> str:
    """Where a form is sent; its hidden field says who sends it."""
    return url_for(f"admin.{endpoint}", **values)


def session_token() -> str:
    return sessions().token(g.session)


@admin.app_context_processor
def who_looks() -> dict[str, object]:
    return {"tenant": g.get("tenant"), "user": g.get("user")}


@admin.record_once
def teach_pages(state: BlueprintSetupState) -> None:
    """What macros call, too: they are imported without a page's context."""
    state.app.jinja_env.globals.update(
        app_url=app_url,
        form_url=form_url,
        session_token=session_token,
        ticket=ticket,
        may=may,
        words_of=words_of,
    )

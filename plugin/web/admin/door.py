"""The door of the merchant's pages: the blueprint, the guard, and addresses and forms that carry the session."""

from typing import Any

import structlog
from flask import Blueprint, g, request, url_for

from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState, Tenant
from plugin.web.current import plugin, sessions
from plugin.web.errors import SignedOut
from plugin.web.headers import frame_ancestors
from plugin.web.session import PARAMETER, Session

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
    if session is None or session.tenant_id != g.store or tenant is None or not knows(tenant, session):
        raise SignedOut
    g.tenant, g.session = tenant, session
    structlog.contextvars.bind_contextvars(tenant=tenant.tenant_id)


def knows(tenant: Tenant, session: Session) -> bool:
    if tenant.state is ConnectionState.UNINSTALLED:
        return False
    return plugin().directory.user(tenant.tenant_id, session.user_id) is not None


def frame(store_hash: str, tenant: Tenant | None) -> None:
    """Let this answer be shown in that store's control panel, and nowhere else."""
    g.framed_by = frame_ancestors(plugin().settings, store_hash=store_hash, tenant=tenant)


def app_url(endpoint: str, **values: Any) -> str:
    """The address of one of our pages, with the ticket that lets the same user read it."""
    return url_for(f"admin.{endpoint}", **{**values, PARAMETER: sessions().ticket(g.session)})


def admin_url(endpoint: str, store: str) -> str:
    """The bare address of a page; whoever asks for it must be let in first."""
    return url_for(f"admin.{endpoint}", store=store)


def form_url(endpoint: str, **values: Any) -> str:
    """Where a form is sent; its hidden field says who sends it."""
    return url_for(f"admin.{endpoint}", **values)


def session_token() -> str:
    return sessions().token(g.session)


@admin.app_context_processor
def words_for_pages() -> dict[str, object]:
    return {"app_url": app_url, "form_url": form_url, "session_token": session_token, "tenant": g.get("tenant")}

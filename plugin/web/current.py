"""What a view may reach: the built plugin, and who is looking. Put there by app.py and by each blueprint's guard."""

from typing import cast

from flask import current_app, g

from plugin.bootstrap import Plugin
from plugin.domain.ids import TenantId
from plugin.domain.store import Tenant
from plugin.web.session import Session, Sessions

PLUGIN = "backorder.plugin"
SESSIONS = "backorder.sessions"


def plugin() -> Plugin:
    return cast("Plugin", current_app.extensions[PLUGIN])


def sessions() -> Sessions:
    return cast("Sessions", current_app.extensions[SESSIONS])


def session() -> Session:
    """The merchant's user, once the guard let them in."""
    return cast("Session", g.session)


def tenant() -> Tenant:
    """The store this request is about, once the guard has found it."""
    return cast("Tenant", g.tenant)


def tenant_id() -> TenantId:
    return tenant().tenant_id


def request_id() -> str:
    return cast("str", g.request_id)

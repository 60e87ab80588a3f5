"""How the store sells past zero: natively or with virtual stock, as found or as chosen."""

from dataclasses import replace

from flask import Response, request

from plugin.domain.errors import DomainError
from plugin.domain.stock import SellingMode
from plugin.web.admin.door import admin, app_url
from plugin.web.current import plugin, tenant
from plugin.web.headers import go_to
from plugin.web.reading import bad

BY_ITSELF = "automatic"


@admin.post("/selling")
def choose_mode() -> Response:
    """Take over the merchant's choice; every level and limit follows it."""
    wanted, store = request.form.get("mode", ""), tenant()
    if wanted not in {BY_ITSELF, *SellingMode}:
        raise bad("mode", wanted, f"mode is {wanted[:40]!r}; allowed: {', '.join([BY_ITSELF, *SellingMode])}.")
    if wanted == SellingMode.NATIVE and not store.has_native_backorders:
        raise DomainError("This store has no native backorders.", field="mode", value=wanted)
    mode = None if wanted == BY_ITSELF else SellingMode(wanted)
    plugin().tenants.save_settings(store.tenant_id, replace(store.settings, mode_override=mode))
    return go_to(app_url("home", done="mode"))

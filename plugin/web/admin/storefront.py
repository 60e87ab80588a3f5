"""The shop's own pages: put our script back where somebody removed it."""

from flask import Response

from plugin.web.admin.door import admin, app_url
from plugin.web.current import plugin, tenant_id
from plugin.web.headers import go_to


@admin.post("/storefront/script")
def put_script_back() -> Response:
    """Only on the merchant's word: they may have removed it on purpose."""
    plugin().page_scripts.ask(tenant_id(), "place_script")
    return go_to(app_url("home", done="script"))

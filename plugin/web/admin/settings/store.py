"""Settings, Store: what the store says about itself, and the little it does not."""

from flask import Response

from plugin.web.admin import fields
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import save, show
from plugin.web.admin.speech import gettext, speech
from plugin.web.current import plugin, tenant, tenant_id

LONGEST_ADDRESS = 400


@admin.get("/settings")
def settings(form: Form = BLANK) -> Response:
    return show("settings", form, facts=facts())


def facts() -> list[tuple[str, str]]:
    """The store's own words about itself; empty ones are left out."""
    profile = tenant().profile
    said = [
        (gettext("Name"), profile.name),
        (gettext("Country"), speech().country(profile.country) if profile.country else ""),
        (gettext("Time zone"), profile.time_zone),
        (gettext("Language"), speech().name_of(profile.language)),
        (gettext("Owner's e-mail"), profile.owner_email),
        (gettext("Orders' e-mail"), profile.order_email),
        (gettext("Storefront"), profile.storefront_url),
    ]
    return [(name, value) for name, value in said if value]


@admin.post("/settings")
@shows_again(settings)
def settings_save() -> Response:
    return save(
        "settings",
        postal_address=fields.text("postal_address", longest=LONGEST_ADDRESS),
        writes_order_notes=fields.ticked("writes_order_notes"),
    )


@admin.post("/read-again")
def read_again() -> Response:
    plugin().reconcile.ask(tenant_id())
    return done("settings", "resync")

"""Settings, API keys: made here and shown once, named so that each can be revoked alone."""

from flask import Response, request

from plugin.domain.store import Role
from plugin.services.errors import NotFound
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import show
from plugin.web.admin.speech import gettext, moment
from plugin.web.current import plugin, tenant, tenant_id

LONGEST_NAME = 60


@admin.get("/settings/keys")
@needs(Role.OWNER)
def settings_keys(form: Form = BLANK, made: str = "") -> Response:
    keys = [(key.name, moment(key.created_at, tenant())) for key in plugin().directory.api_keys(tenant_id())]
    return show("settings_keys", form, keys=keys, made=made, base_url=plugin().settings.base_url)


@admin.post("/settings/keys")
@needs(Role.OWNER)
@shows_again(settings_keys)
def settings_keys_add() -> Response:
    """Answers with the page itself: the key is shown this once, and travels in no address."""
    name = fields.text("name", longest=LONGEST_NAME)
    if not name:
        raise fields.wrong("name", "", gettext("Give it a name, such as the system that will use it."))
    key = plugin().directory.add_api_key(tenant_id(), name=name, at=plugin().clock.now())
    return settings_keys(made=key)


@admin.post("/settings/keys/revoke")
@needs(Role.OWNER)
def settings_keys_revoke() -> Response:
    name = request.form.get("name", "")[:LONGEST_NAME]
    if not plugin().directory.revoke_api_key(tenant_id(), name):
        raise NotFound("API key", name)
    return done("settings_keys", "revoked")

"""Settings, Languages: which ones shoppers and screens are spoken to in, and one's own for the screens."""

from flask import Response, g

from plugin.domain.store import Role
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import show
from plugin.web.admin.speech import gettext, speech
from plugin.web.current import plugin, tenant_id

AS_THE_PANEL = ""


@admin.get("/settings/languages")
def settings_languages(form: Form = BLANK) -> Response:
    screens = [(each, speech().name_of(each)) for each in plugin().screen_wording.languages]
    return show(
        "settings_languages",
        form,
        languages=[speech().name_of(each) for each in plugin().wording.languages],
        screens=[(AS_THE_PANEL, gettext("As in the control panel")), *screens],
        mine=g.user.language,
    )


@admin.post("/settings/my-language")
@needs(Role.READ_ONLY)
@shows_again(settings_languages)
def settings_languages_mine() -> Response:
    """One's own, so that every role may choose."""
    chosen = fields.one_of("language", (AS_THE_PANEL, *plugin().screen_wording.languages))
    plugin().directory.set_language(tenant_id(), g.user.user_id, chosen)
    return done("settings_languages", "saved")

"""Settings, Data: hand out or erase what is kept of a shopper, and say how long persons are kept at all."""

import json

from flask import Response, make_response

from plugin.domain.store import Role
from plugin.services.privacy import LONGEST_KEPT_DAYS
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import show
from plugin.web.current import plugin, tenant_id


@admin.get("/settings/data")
def settings_data(form: Form = BLANK) -> Response:
    return show("settings_data", form, longest=LONGEST_KEPT_DAYS)


@admin.post("/settings/data")
@shows_again(settings_data)
def settings_data_keep() -> Response:
    plugin().privacy.keep(
        tenant_id(),
        shoppers_days=fields.whole("shoppers_days", least=1, most=LONGEST_KEPT_DAYS),
        waitlist_days=fields.whole("waitlist_days", least=1, most=LONGEST_KEPT_DAYS),
    )
    return done("settings_data", "saved")


@admin.post("/settings/data/export")
@shows_again(settings_data)
def settings_data_export() -> Response:
    """A POST: an address in a log or a history would name a person."""
    known = plugin().privacy.export(tenant_id(), fields.text("email", longest=254))
    answer = make_response(json.dumps(known, indent=2, ensure_ascii=False, default=str) + "\n")
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="shopper.json"'
    return answer


@admin.post("/settings/data/erase")
@needs(Role.OWNER)
@shows_again(settings_data)
def settings_data_erase() -> Response:
    erased = plugin().privacy.erase(tenant_id(), fields.text("email", longest=254))
    return done("settings_data", "erased", count=len(erased.orders))

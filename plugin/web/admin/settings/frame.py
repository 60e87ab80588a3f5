"""The sections of the settings, and how each of them is shown and saved."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Response, make_response, render_template

from plugin.domain.store import StoreSettings
from plugin.services.store_settings import PLANNED_BY
from plugin.web.admin.door import app_url
from plugin.web.admin.forms import Form, Said, done, done_words
from plugin.web.admin.speech import gettext, marked, marked_pair
from plugin.web.current import plugin, tenant_id

SECTIONS: Mapping[str, str] = {
    "settings": marked("Store"),
    "settings_selling": marked("Selling past zero"),
    "settings_calendar": marked("Calendar and holidays"),
    "settings_allocation": marked("Allocation rules"),
    "settings_delays": marked("Delay rules"),
    "settings_notifications": marked("Notifications"),
    "settings_languages": marked("Languages"),
    "storefront": marked("Storefronts"),
    "settings_users": marked("Users and roles"),
    "settings_keys": marked("API keys"),
    "settings_data": marked("Data"),
    "settings_leave": marked("Leave"),
}
DONE: Mapping[str, Said] = {
    "saved": marked("Saved."),
    "planned": marked("Saved. Dates and levels that follow from it are planned anew now; that may take a minute."),
    "mode": marked("Saved. Levels and limits are written to your store now."),
    "resync": marked("Your store is being read again. That takes a minute or two."),
    "script": marked("Asked for. The script stands on your pages again in a minute."),
    "role": marked("The role is changed. It holds from the next click on."),
    "revoked": marked("The key is revoked. What used it is refused from now on."),
    "erased": marked_pair(
        "Erased. %(count)s order no longer names a person.", "Erased. %(count)s orders no longer name a person."
    ),
}


def show(endpoint: str, form: Form, **values: Any) -> Response:
    """The page of one section, among the others."""
    sections = [(gettext(name), app_url(each), each == endpoint) for each, name in SECTIONS.items()]
    page = render_template(
        f"admin/settings/{endpoint.removeprefix('settings').removeprefix('_') or 'store'}.html",
        title=gettext(SECTIONS[endpoint]),
        sections=sections,
        form=form,
        done_words=done_words(DONE),
        **values,
    )
    return make_response(page)


def save(endpoint: str, **values: Any) -> Response:
    """Take over some settings by name, and say what happens now."""

    def with_values(settings: StoreSettings) -> StoreSettings:
        return replace(settings, **values)

    return save_with(endpoint, with_values)


def save_with(endpoint: str, change: Callable[[StoreSettings], StoreSettings]) -> Response:
    changed = plugin().store_settings.change(tenant_id(), change)
    return done(endpoint, "planned" if changed & PLANNED_BY else "saved")

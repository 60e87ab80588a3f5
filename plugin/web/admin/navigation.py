"""The way around: the screens in their order. A screen appears here as soon as its module has hung its route up."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, request
from flask.blueprints import BlueprintSetupState

from plugin.web.admin.door import admin, app_url
from plugin.web.admin.speech import day, days, gettext, marked, ngettext, number, speech

ENTRIES: Mapping[str, str] = {
    "home": marked("Home"),
    "backorders": marked("Backorders"),
    "products": marked("Products"),
    "incoming": marked("Incoming"),
    "waitlist": marked("Waitlist"),
    "messages": marked("Messages"),
    "activity": marked("Activity"),
    "storefront": marked("Storefront"),
    "settings": marked("Settings"),
    "setup": marked("Setup"),
}
"""Endpoint of the screen's first page, and its name."""


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    address: str
    is_here: bool


def navigation() -> list[Entry]:
    """Where one can go from here. A page belongs to the screen whose name its endpoint begins with."""
    here = (request.endpoint or "").removeprefix("admin.")
    return [
        Entry(gettext(name), app_url(endpoint), is_here=here == endpoint or here.startswith(f"{endpoint}_"))
        for endpoint, name in ENTRIES.items()
        if f"admin.{endpoint}" in current_app.view_functions
    ]


@admin.record_once
def teach_pages(state: BlueprintSetupState) -> None:
    """The frame's own words: where one can go, and the language all of it is said in."""
    state.app.jinja_env.globals.update(
        navigation=navigation, _=gettext, ngettext=ngettext, speech=speech, number=number, days=days, day=day
    )

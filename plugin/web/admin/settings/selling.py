"""Settings, Selling past zero: natively or with virtual stock, as found or as chosen; and what a count means."""

from dataclasses import dataclass, replace

from flask import Response

from plugin.domain.errors import DomainError
from plugin.domain.stock import SellingMode
from plugin.domain.store import CountMeaning, Role, StoreSettings, Tenant
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import save, show
from plugin.web.admin.speech import gettext
from plugin.web.admin.words import LIMIT_NOT_HELD
from plugin.web.current import plugin, tenant

BY_ITSELF = "automatic"
MODES = (BY_ITSELF, *(mode.value for mode in SellingMode))


@admin.get("/settings/selling")
def settings_selling(form: Form = BLANK) -> Response:
    meanings = [
        (
            CountMeaning.FREE_TO_SELL.value,
            gettext("What is free to sell"),
            gettext("The usual one: open orders are taken off already."),
        ),
        (
            CountMeaning.ON_THE_SHELF.value,
            gettext("What lies on the shelf"),
            gettext("Units of open orders are in it; Backorder takes them off."),
        ),
    ]
    return show(
        "settings_selling", form, choices=choices_of(tenant()), meanings=meanings, limit_warning=limit_warning()
    )


@admin.post("/selling")
@needs(Role.OWNER)
@shows_again(settings_selling)
def choose_mode() -> Response:
    """Take over the merchant's choice; every level and limit follows it."""
    set_mode(fields.one_of("mode", MODES))
    return done("settings_selling", "mode")


def limit_warning() -> str:
    """Why the shop itself cannot stop at the limit; empty where it can."""
    return gettext(LIMIT_NOT_HELD) if tenant().limit_warning else ""


def set_mode(wanted: str) -> None:
    store = tenant()
    if wanted == SellingMode.NATIVE and not store.has_native_backorders:
        raise DomainError(gettext("This store has no native backorders."), field="mode", value=wanted)
    mode = None if wanted == BY_ITSELF else SellingMode(wanted)

    def with_mode(settings: StoreSettings) -> StoreSettings:
        return replace(settings, mode_override=mode)

    plugin().store_settings.change(store.tenant_id, with_mode)


@admin.post("/settings/counts")
@shows_again(settings_selling)
def settings_selling_counts() -> Response:
    meaning = CountMeaning(fields.one_of("count_meaning", tuple(each.value for each in CountMeaning)))
    return save("settings_selling", count_meaning=meaning)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way of selling past zero, and what it means for the store and for its other integrations."""

    mode: SellingMode
    title: str
    means: str
    others_see: str
    is_chosen: bool
    is_possible: bool


def choices_of(store: Tenant) -> list[Choice]:
    native = Choice(
        SellingMode.NATIVE,
        gettext("Native backorders"),
        gettext(
            "Your store has its own backorder limit. Backorder sets it, and the store itself refuses the order above it."
        ),
        gettext("Stock levels stay what is on the shelf; other integrations see nothing new."),
        is_chosen=store.mode is SellingMode.NATIVE,
        is_possible=store.has_native_backorders,
    )
    virtual = Choice(
        SellingMode.VIRTUAL,
        gettext("Virtual stock"),
        gettext("Backorder raises an item's level by its limit. At zero the store itself refuses the order."),
        gettext(
            "Other integrations see the raised level: units on hand − owed + limit. Leaving takes the raise away again."
        ),
        is_chosen=store.mode is SellingMode.VIRTUAL,
        is_possible=True,
    )
    return [native, virtual]

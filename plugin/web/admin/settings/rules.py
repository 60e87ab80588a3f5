"""Settings, Delay rules and Notifications: what happens at a deadline, and when and in whose name shoppers are written to."""

from flask import Response

from plugin.domain.errors import DomainError
from plugin.services.waitlist import checked_address
from plugin.web.admin import fields
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, shows_again
from plugin.web.admin.settings.frame import save, show
from plugin.web.admin.speech import gettext
from plugin.web.current import tenant

LONGEST_DELIVERY = 60


@admin.get("/settings/delays")
def settings_delays(form: Form = BLANK) -> Response:
    choices = [
        (
            "no",
            gettext("Ask me first"),
            gettext("The order appears under Backorders, awaiting your decision; nothing is refunded before your yes."),
        ),
        (
            "yes",
            gettext("Cancel and refund by itself"),
            gettext("What nobody agreed to keep is cancelled and refunded on its last day."),
        ),
    ]
    return show("settings_delays", form, choices=choices)


@admin.post("/settings/delays")
@shows_again(settings_delays)
def settings_delays_save() -> Response:
    return save(
        "settings_delays",
        cancels_by_itself=fields.one_of("cancels_by_itself", ("no", "yes")) == "yes",
        delivery_days=fields.whole("delivery_days", least=0, most=LONGEST_DELIVERY),
    )


@admin.get("/settings/notifications")
def settings_notifications(form: Form = BLANK) -> Response:
    return show("settings_notifications", form, usual_sender=tenant().profile.name)


@admin.post("/settings/notifications")
@shows_again(settings_notifications)
def settings_notifications_save() -> Response:
    quiet_from, quiet_until = fields.hour("quiet_from"), fields.hour("quiet_until")
    if (quiet_from is None) != (quiet_until is None):
        field = "quiet_from" if quiet_from is None else "quiet_until"
        raise fields.wrong(field, "", gettext("Give both times, or neither."))
    return save(
        "settings_notifications",
        sender_name=fields.text("sender_name", longest=80),
        reply_to=address_or_nothing("reply_to"),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        sends_digest=fields.ticked("sends_digest"),
    )


def address_or_nothing(name: str) -> str:
    given = fields.text(name, longest=254)
    if not given:
        return ""
    try:
        return checked_address(given)
    except DomainError as error:
        message = gettext("This is not an address that mail can be sent to; it looks like name@example.com.")
        raise fields.wrong(name, given, message) from error

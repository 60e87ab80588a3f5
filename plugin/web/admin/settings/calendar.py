"""Settings, Calendar and holidays: when the warehouse works, which every date is counted by."""

from datetime import date, time, timedelta

from flask import Response, request

from plugin.web.admin import fields
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, shows_again
from plugin.web.admin.settings.frame import save, show
from plugin.web.admin.speech import day, gettext, speech, zone_of
from plugin.web.current import plugin, tenant

AHEAD = timedelta(days=365)
USUAL_CUT_OFF = time(14, 0)


@admin.get("/settings/calendar")
def settings_calendar(form: Form = BLANK) -> Response:
    store = tenant()
    chosen = request.form.getlist("weekday") if form.values else [str(each) for each in store.settings.working_weekdays]
    return show(
        "settings_calendar",
        form,
        weekdays=[(str(number), speech().weekday(number), str(number) in chosen) for number in range(7)],
        holidays=[f"{speech().weekday(each.weekday())}, {day(each)}" for each in coming_holidays()],
        country=speech().country(store.profile.country),
        zone=store.profile.time_zone,
    )


def coming_holidays() -> list[date]:
    store = tenant()
    today = plugin().clock.today(zone_of(store))
    return sorted(plugin().holidays.between(store.profile.country, today, today + AHEAD))


@admin.post("/settings/calendar")
@shows_again(settings_calendar)
def settings_calendar_save() -> Response:
    return save(
        "settings_calendar",
        working_weekdays=weekdays(),
        cut_off=fields.hour("cut_off") or USUAL_CUT_OFF,
        public_holidays=fields.ticked("public_holidays"),
        extra_holidays=fields.days_of("extra_holidays"),
    )


def weekdays() -> tuple[int, ...]:
    given = request.form.getlist("weekday")
    if not given or not set(given) <= set("0123456"):
        raise fields.wrong("weekday", ", ".join(given), gettext("Tick at least one day on which goods can leave."))
    return tuple(sorted({int(each) for each in given}))

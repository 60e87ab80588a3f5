"""Screen 5, Incoming: shipments as a table by what is to be done about them, and as a month of arrivals."""

from calendar import Calendar, monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, make_response, render_template, request

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ShipmentId
from plugin.domain.shipment import IncomingShipment
from plugin.services.shipment_lists import ShipmentFilter, ShipmentPlace, ShipmentTab
from plugin.services.spreadsheet import day
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import Said, done_words
from plugin.web.admin.incoming_words import state_badge
from plugin.web.admin.lists import Wish, page_of, wish
from plugin.web.admin.speech import gettext, marked, speech, zone_of
from plugin.web.current import plugin, tenant, tenant_id

DONE: dict[str, Said] = {
    "announced": marked("Announced. Shoppers of these items are told dates from it now."),
    "moved": marked(
        "The date is moved. Promises that stand on it are planned anew; shoppers are told where it is due."
    ),
    "received": marked("Received. The units are booked into your store and tied to the orders that wait."),
    "left": marked("Noted. The shipment is on its way."),
    "stayed": marked("Noted. The shipment has not left yet."),
    "cancelled": marked("Cancelled. Nothing is promised from it any more."),
    "imported": marked("The new shipments of the file are imported."),
}
TABS = {
    ShipmentTab.COMING: marked("Coming"),
    ShipmentTab.LATE: marked("Late"),
    ShipmentTab.UNDATED: marked("No date"),
    ShipmentTab.CLOSED: marked("Closed"),
}
APART = "~"
MOST_IN_A_MONTH = 300
FIRST_YEAR, LAST_YEAR = 2000, 2999


@admin.get("/incoming")
def incoming() -> Response:
    wanted = wish("incoming", filters=("tab", "q", "supplier"))
    rows = plugin().shipment_queries.shipments(
        tenant_id(), filter_of(wanted), today=today(), after=place_of(wanted.after), limit=wanted.limit
    )
    return make_response(
        render_template(
            "admin/incoming/list.html",
            wish=wanted,
            page=page_of(rows, wanted, place_words),
            tabs=tabs_of(wanted),
            tab=tab_of(wanted),
            badge_of=lambda shipment: state_badge(shipment, today()),
            units_of=units_of,
            done_words=done_words(DONE),
        )
    )


def today() -> date:
    """The store's own."""
    return plugin().clock.today(zone_of(tenant()))


def tab_of(wanted: Wish) -> ShipmentTab:
    here = wanted.get("tab")
    return ShipmentTab(here) if here in set(ShipmentTab) else ShipmentTab.COMING


def filter_of(wanted: Wish) -> ShipmentFilter:
    return ShipmentFilter(tab_of(wanted), reference=wanted.get("q"), supplier=wanted.get("supplier"))


def place_words(shipment: IncomingShipment) -> str:
    place = ShipmentPlace.of(shipment)
    return APART.join((str(place.shipment_id), place.eta.isoformat() if place.eta else "", place.reference))


def place_of(text: str) -> ShipmentPlace | None:
    number, _, rest = text.partition(APART)
    eta, _, reference = rest.partition(APART)
    if not (number.isascii() and number.isdigit()):
        return None
    return ShipmentPlace(ShipmentId(int(number[:15])), day_in(eta), reference)


def day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def tabs_of(wanted: Wish | None) -> list[tuple[str, str, bool, int | None]]:
    """The tabs of the table, the calendar and the suppliers; a search looks through all of the table's."""
    counts = plugin().shipment_queries.counts(tenant_id(), today=today())
    here = tab_of(wanted) if wanted and not wanted.get("q") and not wanted.get("supplier") else None
    tabs: list[tuple[str, str, bool, int | None]] = [
        (gettext(words), app_url("incoming", tab=tab.value), tab is here, counts.get(tab))
        for tab, words in TABS.items()
    ]
    endpoint = (request.endpoint or "").removeprefix("admin.")
    tabs.append((gettext("Calendar"), app_url("incoming_calendar"), endpoint == "incoming_calendar", None))
    tabs.append((gettext("Suppliers"), app_url("incoming_suppliers"), endpoint == "incoming_suppliers", None))
    return tabs


def units_of(shipment: IncomingShipment) -> tuple[int, int]:
    """Announced, and received so far."""
    return sum(line.quantity for line in shipment.lines), sum(line.received for line in shipment.lines)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    on: date
    is_in_month: bool
    is_today: bool
    shipments: list[IncomingShipment]


@admin.get("/incoming/calendar")
def incoming_calendar() -> Response:
    """A month of arrivals: each open shipment on the last day it should arrive."""
    first = month_in(request.args.get("month", "")) or today().replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    found = plugin().shipment_queries.between(tenant_id(), first, last, limit=MOST_IN_A_MONTH + 1)
    return make_response(
        render_template(
            "admin/incoming/calendar.html",
            tabs=tabs_of(None),
            weeks=weeks_of(first, found[:MOST_IN_A_MONTH]),
            has_more=len(found) > MOST_IN_A_MONTH,
            found=found,
            title=month_words(first),
            before=app_url("incoming_calendar", month=f"{first - timedelta(days=1):%Y-%m}"),
            after=app_url("incoming_calendar", month=f"{last + timedelta(days=1):%Y-%m}"),
            badge_of=lambda shipment: state_badge(shipment, today()),
            weekdays=speech().weekdays(),
        )
    )


def month_in(text: str) -> date | None:
    first = day_in(f"{text}-01") if text else None
    return first if first and FIRST_YEAR < first.year < LAST_YEAR else None


def month_words(first: date) -> str:
    return speech().month(first)


def weeks_of(first: date, shipments: tuple[IncomingShipment, ...]) -> list[list[CalendarDay]]:
    """From Monday to Sunday, with the days of the neighboring months that fill the first and last week."""
    by_day: dict[date, list[IncomingShipment]] = {}
    for shipment in shipments:
        if shipment.eta:
            by_day.setdefault(shipment.eta.latest, []).append(shipment)
    return [
        [CalendarDay(on, on.month == first.month, on == today(), by_day.get(on, [])) for on in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]


def eta_in(first: str, last: str) -> DateWindow | None:
    """Two day fields as a window; one alone is a single day. Raises DomainError."""
    if not first.strip() and not last.strip():
        return None
    earliest = day(first.strip() or last, field="eta_first")
    return DateWindow(earliest, day(last.strip() or first, field="eta_last"))

"""Home: what needs attention first, each with its action; then four numbers, two charts, and whether we hear of the store."""

from dataclasses import dataclass

from flask import Response, current_app, make_response, render_template

from plugin.domain.store import SETUP_STEPS, ConnectionState, Tenant
from plugin.services.home import FEW, HomeFacts
from plugin.services.page_scripts import ScriptState
from plugin.services.queries import Overview
from plugin.web.admin.charts import left_chart, owed_chart
from plugin.web.admin.door import admin, app_url, form_url
from plugin.web.admin.forms import done_words
from plugin.web.admin.sayings import words_of
from plugin.web.admin.settings.frame import DONE
from plugin.web.admin.speech import ago, day, gettext, ngettext, number, percent, zone_of
from plugin.web.admin.words import LIMIT_NOT_HELD, STATE_BADGES, Badge, badge_words
from plugin.web.admin.words import SETUP_STEPS as INSTALL_STEPS
from plugin.web.current import plugin, tenant

REFRESH_SECONDS = 3


@admin.get("/")
def home() -> Response:
    return first_page()


def first_page() -> Response:
    """Read everything this page shows, and say it in words."""
    store, queries = tenant(), plugin().queries
    today = plugin().clock.today(zone_of(store))
    overview = queries.overview(store.tenant_id, at=plugin().clock.now())
    facts = plugin().home.facts(store.tenant_id, today=today)
    page = render_template(
        "admin/home.html",
        done_words=done_words(DONE),
        problem=words_of(store.problem),
        progress=progress_of(store),
        attention=attention_of(store, facts, overview),
        numbers=numbers_of(facts, overview),
        owed=owed_chart(facts, today),
        left=left_chart(facts, today),
        heartbeat=heartbeat_of(store, overview),
        state_badge=badge_words(STATE_BADGES[store.state]),
        refresh_seconds=REFRESH_SECONDS,
    )
    return make_response(page)


@dataclass(frozen=True, slots=True)
class Step:
    badge: Badge
    words: str


def progress_of(store: Tenant) -> list[Step]:
    """The steps of the install, ticked up to the one under way; empty when there is none."""
    if store.state is not ConnectionState.INSTALLING:
        return []
    names = list(INSTALL_STEPS)
    current = names.index(store.setup_step) if store.setup_step in INSTALL_STEPS else 0
    done, under_way, to_come = (gettext("Done"), "success"), (gettext("Now"), "primary"), (gettext("Next"), "")
    return [
        Step(done if place < current else under_way if place == current else to_come, gettext(INSTALL_STEPS[name]))
        for place, name in enumerate(names)
    ]


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that needs attention, and the way on: a link, or a deed done right here."""

    tone: str
    words: str
    action: str
    address: str
    is_deed: bool = False


def attention_of(store: Tenant, facts: HomeFacts, overview: Overview) -> list[Matter]:
    """What is worst comes first."""
    found = [*late_matters(facts), *shipment_matters(facts), *work_matters(facts, overview)]
    if store.is_live and store.limit_warning:
        action = gettext("See how to change it")
        found.insert(0, Matter("danger", gettext(LIMIT_NOT_HELD), action, app_url("settings_selling")))
    script = plugin().page_scripts.state(store.tenant_id)
    if store.is_live and script in {ScriptState.MISSING, ScriptState.DISABLED}:
        words = gettext("The script that shows ship dates on your pages is missing or switched off.")
        found.append(Matter("warning", words, gettext("Put it back"), form_url("put_script_back"), is_deed=True))
    if left := sum(step not in store.settings.setup_done for step in SETUP_STEPS):
        words = ngettext("%(count)s step of the setup is left.", "%(count)s steps of the setup are left.", left)
        found.append(Matter("primary", words, gettext("Go on"), app_url("setup")))
    return found


def late_matters(facts: HomeFacts) -> list[Matter]:
    found = []
    late = way_to("backorders", tab="late")
    if facts.missed.orders:
        words = ngettext(
            "%(count)s order has missed its promised date.",
            "%(count)s orders have missed their promised date.",
            facts.missed.orders,
        )
        found.append(Matter("danger", words, gettext("See late orders"), late))
    if facts.will_miss.orders:
        words = ngettext(
            "%(count)s order will miss its promised date.",
            "%(count)s orders will miss their promised date.",
            facts.will_miss.orders,
        )
        found.append(Matter("danger", words, gettext("See late orders"), late))
    if facts.notices_due:
        words = ngettext("%(count)s notice is due today.", "%(count)s notices are due today.", facts.notices_due)
        found.append(Matter("warning", words, gettext("See whom to tell"), way_to("backorders", tab="tell")))
    if facts.swaps:
        words = ngettext(
            "%(count)s shopper chose a substitute: change the order.",
            "%(count)s shoppers chose a substitute: change the orders.",
            facts.swaps,
        )
        found.append(Matter("warning", words, gettext("See the orders"), way_to("backorders", tab="swap")))
    return found


def shipment_matters(facts: HomeFacts) -> list[Matter]:
    found = [
        Matter(
            "danger",
            ngettext(
                "%(reference)s of %(supplier)s is %(count)s day late.",
                "%(reference)s of %(supplier)s is %(count)s days late.",
                late.days_late,
                reference=late.reference or gettext("A shipment"),
                supplier=late.supplier or gettext("an unnamed supplier"),
            ),
            gettext("Move or receive it"),
            way_to("incoming_shipment", shipment=late.shipment_id),
        )
        for late in facts.late_shipments[:FEW]
    ]
    if more := len(facts.late_shipments) - len(found):
        words = ngettext("%(count)s more shipment is late.", "%(count)s more shipments are late.", more)
        found.append(Matter("danger", words, gettext("See them all"), way_to("incoming")))
    return found


def work_matters(facts: HomeFacts, overview: Overview) -> list[Matter]:
    found = []
    if facts.items_at_limit:
        words = ngettext(
            "%(count)s item has reached its limit and is not sold any more.",
            "%(count)s items have reached their limit and are not sold any more.",
            facts.items_at_limit,
        )
        found.append(Matter("warning", words, gettext("See the items"), way_to("products", state="closed")))
    if overview.parked:
        words = ngettext(
            "%(count)s thing was put aside after many tries.",
            "%(count)s things were put aside after many tries.",
            overview.parked,
        )
        found.append(Matter("warning", words, gettext("See why"), app_url("activity_parked")))
    return found


def way_to(endpoint: str, **values: str | int) -> str:
    """The address of another screen, if this version has it."""
    return app_url(endpoint, **values) if f"admin.{endpoint}" in current_app.view_functions else ""


@dataclass(frozen=True, slots=True)
class Number:
    title: str
    value: str
    detail: str = ""


def numbers_of(facts: HomeFacts, overview: Overview) -> list[Number]:
    rate = facts.on_time_rate
    items = ngettext("over %(count)s item", "over %(count)s items", overview.items_past_zero)
    return [
        Number(gettext("Units owed"), number(overview.owed), items if overview.items_past_zero else ""),
        Number(
            gettext("Oldest promise"),
            day(facts.oldest_promise) if facts.oldest_promise else "–",
            gettext("The earliest promised day of a line that still waits"),
        ),
        Number(
            gettext("Late lines"),
            number(facts.missed.lines + facts.will_miss.lines),
            gettext("of %(all)s that wait", all=number(overview.waiting_lines)),
        ),
        Number(
            gettext("On-time rate"),
            "–" if rate is None else percent(rate),
            gettext("Of what left in the last eight weeks"),
        ),
    ]


def heartbeat_of(store: Tenant, overview: Overview) -> list[tuple[str, str]]:
    """Whether we hear of the store at all."""
    now = plugin().clock.now()
    last, read = overview.last_webhook_at, store.orders_read_until
    return [
        (gettext("Last webhook"), ago(last, now) if last else gettext("None has come yet")),
        (gettext("Webhooks in 24 hours"), number(overview.webhooks_last_day)),
        (gettext("Orders compared with the store"), ago(read, now) if read else gettext("Not yet")),
        (gettext("Waiting to be written to the store"), number(overview.publications_due)),
        (gettext("Mails waiting"), number(overview.messages_due)),
    ]

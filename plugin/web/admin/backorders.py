"""Screen 3, the list: tabs, search, filters, saved views, pages by key, and a file of it. Deeds are in backorders_deeds.py."""

import csv
import io
from collections.abc import Iterator

from flask import Response, make_response, render_template, request

from plugin.domain.store import Role
from plugin.services.backorders import COUNTED_TO, BackorderRow, Choices, Sort, Tab, View
from plugin.services.deeds import MOST_LINES
from plugin.services.ports.desk import SavedView
from plugin.services.spreadsheet import harmless
from plugin.web.admin.backorders_words import (
    AGES,
    DEEDS,
    DONE,
    FILTERS,
    NOTHING,
    SORTS,
    TABS,
    badges_of,
    keys_in,
    spot_of,
    spot_text,
    view_of,
)
from plugin.web.admin.door import admin, app_url, needs
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.lists import ListPage, Wish, page_of, wish
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import days, gettext, moment
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.headers import go_to
from plugin.web.reading import bad

SCREEN = "backorders"
LONGEST_NAME = 60
EXPORT_PAGE = 500
MOST_EXPORTED = 50_000
COLUMNS = ("order", "line", "shopper", "email", "item", "sku", "quantity", "shipped", "ready", "owed", "waiting_since")
DATES = ("promised_on", "ships_earliest", "ships_latest", "state", "why")


@admin.get("/backorders")
def backorders(form: Form = BLANK) -> Response:
    wanted = wanted_list()
    choices = plugin().backorders.choices(tenant_id())
    page = render_template(
        "admin/backorders/list.html",
        wish=wanted,
        form=form,
        page=the_page(wanted),
        tabs=tabs_of(wanted),
        options=options_of(choices),
        views=saved_views(wanted),
        nothing=nothing_words(wanted),
        deeds=[(kind.value, gettext(words.name)) for kind, words in DEEDS.items()],
        most_lines=MOST_LINES,
        undo=request.args.get("undo", "") if not form.faults else "",
        done_words=done_words(DONE),
    )
    return make_response(page)


def wanted_list() -> Wish:
    return wish(SCREEN, filters=FILTERS, sorts=tuple(Sort))


def the_page(wanted: Wish) -> ListPage[dict[str, object]]:
    """The rows in words; what a search finds comes all at once."""
    if wanted.get("q"):
        found = plugin().backorders.found(tenant_id(), wanted.get("q"))
        return ListPage(rows=[row_words(row) for row in found], next="", first="")
    view = view_of(wanted)
    look = plugin().backorders.look(
        tenant_id(), view, at=plugin().clock.now(), after=spot_of(wanted.after, view.sort), limit=wanted.limit
    )
    go_on = spot_text(look.go_on) if look.go_on else ""
    page = page_of(look.rows, wanted, place=lambda row: spot_text(row.spot(view.sort)), go_on=go_on)
    return ListPage(rows=[row_words(row) for row in page.rows], next=page.next, first=page.first)


def row_words(row: BackorderRow) -> dict[str, object]:
    return {
        "key": str(row.key),
        "order": row.key.order_id,
        "line": row.key.line_id,
        "address": app_url("backorders_order", order=row.key.order_id),
        "shopper": row.shopper_name or row.email or gettext("No name"),
        "email": row.email if row.shopper_name else "",
        "name": row.name,
        "sku": row.sku,
        "quantity": row.quantity,
        "owed": row.owed,
        "ready": row.ready,
        "ships": days(row.ships) if row.owed else gettext("Now") if row.ready else "–",
        "promised": row.promised_on if row.is_late else None,
        "is_set_by_hand": row.is_set_by_hand and row.owed,
        "instead": row.instead,
        "badges": badges_of(row),
        "since": moment(row.queue_time, tenant()),
        "why": words_of(row.date_explained) if row.owed and row.date_explained else "",
    }


def tabs_of(wanted: Wish) -> list[tuple[str, str, bool, int | None]]:
    counts = plugin().backorders.counts(tenant_id())
    here = "" if wanted.get("q") else wanted.get("tab") or Tab.OPEN
    return [
        (
            gettext(words),
            wanted.address(tab="" if tab is Tab.OPEN else tab.value, q=""),
            here == tab,
            None if tab is Tab.DONE or counts[tab] >= COUNTED_TO else counts[tab],
        )
        for tab, words in TABS.items()
    ]


def options_of(choices: Choices) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer; a filter with nothing to choose from is left out."""
    return {
        "supplier": [(name, name) for name in choices.suppliers if name],
        "product": [(str(product), name) for product, name in choices.products],
        "channel": [(str(n), gettext("Channel %(number)s", number=n)) for n in choices.channels],
        "group": [(str(n), gettext("Group %(number)s", number=n)) for n in choices.groups],
        "days": [(str(age), gettext("%(days)s days or longer", days=age)) for age in AGES],
        "sort": [(sort.value, gettext(words)) for sort, words in SORTS.items()],
    }


def nothing_words(wanted: Wish) -> tuple[str, str] | None:
    """Why the tab is empty; None where filters or a search left nothing."""
    if any(wanted.get(name) for name in FILTERS if name != "tab"):
        return None
    tab = view_of(wanted).tab
    if tab is Tab.OPEN:
        return None
    title, detail = NOTHING[tab]
    return gettext(title), gettext(detail)


def saved_views(wanted: Wish) -> list[tuple[str, str, bool]]:
    here = query_of(wanted)
    with plugin().units(tenant_id()) as work:
        found = work.saved_views.all(SCREEN)
    return [(view.name, app_url(SCREEN, **query_fields(view.query)), view.query == here) for view in found]


def query_of(wanted: Wish) -> str:
    """The list as a saved view keeps it."""
    kept = {**wanted.filters, "sort": wanted.sort, "size": str(wanted.size)}
    return "&".join(f"{name}={value}" for name, value in sorted(kept.items()))


def query_fields(query: str) -> dict[str, str]:
    fields = (part.partition("=") for part in query.split("&"))
    return {name: value for name, _, value in fields if name in {*FILTERS, "sort", "size"}}


@admin.post("/backorders/views")
@shows_again(backorders)
def backorders_save_view() -> Response:
    wanted = wanted_list()
    name = " ".join(request.form.get("name", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise bad("name", name, gettext("Give the view a name of at most %(count)s characters.", count=LONGEST_NAME))
    if any("&" in value for value in wanted.filters.values()):
        raise bad("name", name, gettext("This search has a sign that a saved view cannot keep: &."))
    with plugin().units(tenant_id()) as work:
        work.saved_views.save(SCREEN, SavedView(name, query_of(wanted)))
        work.commit()
    return go_to(app_url(SCREEN, done="view", **query_fields(query_of(wanted))))


@admin.post("/backorders/views/forget")
def backorders_forget_view() -> Response:
    with plugin().units(tenant_id()) as work:
        work.saved_views.delete(SCREEN, request.form.get("name", "")[:LONGEST_NAME])
        work.commit()
    return done(SCREEN, "forgotten")


@admin.get("/backorders/export")
@needs(Role.MANAGER)
def backorders_export() -> Response:
    """The lines that are named, else all of the view, as a file a spreadsheet programme opens without running anything.

    It takes names and addresses out of the app, so whoever may only look may not.
    """
    chosen = keys_in(request.args.getlist("id"))
    rows = plugin().backorders.of_lines(tenant_id(), chosen) if chosen else all_rows(view_of(wanted_list()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *DATES])
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in exported(row)])
    answer = make_response(text.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="backorders-{plugin().clock.now():%Y-%m-%d}.csv"'
    return answer


def exported(row: BackorderRow) -> tuple[object, ...]:
    ships, promised = row.ships, row.promised_on
    state = "late" if row.is_late else row.wants.value if row.wants else "waiting" if row.owed else "ready"
    return (
        row.key.order_id,
        row.key.line_id,
        row.shopper_name,
        row.email,
        row.name,
        row.sku,
        row.quantity,
        row.shipped,
        row.ready,
        row.owed,
        row.queue_time.isoformat(timespec="minutes"),
        promised.isoformat() if promised else "",
        ships.earliest.isoformat() if ships else "",
        ships.latest.isoformat() if ships else "",
        state if row.stage.holds_units else row.stage.value,
        row.why_this_date,
    )


def all_rows(view: View, *, most: int = MOST_EXPORTED) -> Iterator[BackorderRow]:
    """Every line of a view, a page after the other."""
    after, left, sort = None, most, view.sort
    while left > 0:
        limit = min(EXPORT_PAGE, left)
        page = plugin().backorders.page(tenant_id(), view, at=plugin().clock.now(), after=after, limit=limit)
        yield from page
        if len(page) < limit:
            return
        after, left = page[-1].spot(sort), left - len(page)

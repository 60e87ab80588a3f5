"""The first page: is the store connected, what is owed, who waits and why, what needs a look. It changes nothing."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from plugin.domain.stock import SellingMode
from plugin.domain.store import ConnectionState, Tenant
from plugin.services.page_scripts import ScriptState
from plugin.services.queries import ItemRow, Overview, ParkedRow, ParkedThing, WaitingRow
from plugin.web.admin.door import admin
from plugin.web.admin.speech import ago, days, moment, number
from plugin.web.admin.words import AVAILABILITY_BADGES, PARKED_WORDS, SETUP_STEPS, STATE_BADGES, Badge
from plugin.web.current import plugin, tenant

ROWS = 50
FEW = 10
FOUND = ("repaired", "stock", "refused")
"""Kinds of activity that tell where the shop and we did not agree, and what was done about it."""
REFRESH_SECONDS = 3
DONE = {
    "mode": "Saved. Levels and limits are written to your store now.",
    "again": "Asked for once more. It shows up here again if it still does not work.",
    "script": "Asked for. The script stands on your pages again in a minute.",
    "resync": "Your store is being read again. That takes a minute or two.",
}
UNLIMITED = "Unlimited"
SCRIPT_TROUBLES = {
    ScriptState.MISSING: "The script that shows ship dates on your pages was deleted",
    ScriptState.DISABLED: "The script that shows ship dates on your pages is switched off",
}


@admin.get("/")
def home() -> Response:
    return first_page()


def first_page() -> Response:
    """Read everything this page shows, and say it in words."""
    store, queries = tenant(), plugin().queries
    overview = queries.overview(store.tenant_id, at=plugin().clock.now())
    page = render_template(
        "admin/home.html",
        done=DONE.get(request.args.get("done", "")),
        progress=progress_of(store),
        numbers=numbers_of(overview),
        items=[item_words(row) for row in queries.items_past_zero(store.tenant_id, limit=ROWS)],
        lines=[line_words(row) for row in queries.waiting_lines(store.tenant_id, limit=ROWS)],
        parked=[parked_words(row, store) for row in queries.parked(store.tenant_id, limit=ROWS)],
        repairs=[
            (moment(entry.at, store), entry.text) for entry in queries.activity(store.tenant_id, kinds=FOUND, limit=FEW)
        ],
        overview=overview,
        rows=ROWS,
        script=SCRIPT_TROUBLES.get(plugin().page_scripts.state(store.tenant_id)),
        choices=choices_of(store),
        state_badge=STATE_BADGES[store.state],
        refresh_seconds=REFRESH_SECONDS,
    )
    return make_response(page)


@dataclass(frozen=True, slots=True)
class Step:
    badge: Badge
    words: str


def progress_of(store: Tenant) -> list[Step]:
    """The steps of the set-up, ticked up to the one under way; empty when there is none."""
    if store.state is not ConnectionState.INSTALLING:
        return []
    names = list(SETUP_STEPS)
    current = names.index(store.setup_step) if store.setup_step in SETUP_STEPS else 0
    done, under_way, to_come = ("Done", "success"), ("Now", "primary"), ("Next", "")
    return [
        Step(done if place < current else under_way if place == current else to_come, SETUP_STEPS[name])
        for place, name in enumerate(names)
    ]


@dataclass(frozen=True, slots=True)
class Number:
    title: str
    value: str
    detail: str = ""


def numbers_of(overview: Overview) -> list[Number]:
    last = overview.last_webhook_at
    return [
        Number("Units owed", number(overview.owed)),
        Number("Items past zero", number(overview.items_past_zero)),
        Number("Order lines waiting", number(overview.waiting_lines)),
        Number(
            "Webhooks, last 24 hours",
            number(overview.webhooks_last_day),
            f"Last one {ago(last, plugin().clock.now())}" if last else "None has come yet",
        ),
    ]


def item_words(row: ItemRow) -> dict[str, object]:
    return {
        "name": f"{row.name}, {row.label}" if row.label else row.name,
        "sku": row.sku,
        "badge": AVAILABILITY_BADGES[row.availability],
        "on_hand": number(row.on_hand),
        "owed": number(row.owed),
        "limit": UNLIMITED if row.limit is None else number(row.limit),
        "left": UNLIMITED if row.left is None else number(row.left),
        "ships": days(row.ships) if row.left is None or row.left else "–",
    }


def line_words(row: WaitingRow) -> dict[str, object]:
    return {
        "order": f"#{row.order_id}",
        "name": row.name,
        "sku": row.sku,
        "waits_for": f"{number(row.owed)} of {number(row.quantity)}",
        "ships": days(row.ships),
        "why": " ".join(filter(None, [row.why_this_date, row.why_this_place])),
    }


def parked_words(row: ParkedRow, store: Tenant) -> dict[str, object]:
    titles = {ParkedThing.EVENT: "Event", ParkedThing.PUBLICATION: "Written to the store", ParkedThing.MESSAGE: "Mail"}
    return {
        "what": f"{titles[row.thing]}: {row.what.replace('_', ' ')}",
        "why": PARKED_WORDS[row.reason],
        "explanation": row.explanation,
        "when": moment(row.parked_at, store),
        "fields": {"thing": row.thing.value, "key": row.key},
    }


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
        "Native backorders",
        "Your store has its own backorder limit. Backorder sets it, and the store itself refuses the order above it.",
        "Stock levels stay what is on the shelf; other integrations see nothing new.",
        is_chosen=store.mode is SellingMode.NATIVE,
        is_possible=store.has_native_backorders,
    )
    virtual = Choice(
        SellingMode.VIRTUAL,
        "Virtual stock",
        "Backorder raises an item's level by its limit. At zero the store itself refuses the order.",
        "Other integrations see the raised level: units on hand − owed + limit. Leaving takes the raise away again.",
        is_chosen=store.mode is SellingMode.VIRTUAL,
        is_possible=True,
    )
    return [native, virtual]

"""How the backorder screens say tabs, states, deeds and reasons, and how an address names a part of the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import request

from plugin.domain.errors import DomainError
from plugin.domain.ids import OrderLineId, ProductId
from plugin.domain.notices import DelayReason
from plugin.domain.order import OrderStage
from plugin.domain.saying import said
from plugin.services.backorders import BackorderRow, LineKey, Sort, Spot, Tab, View
from plugin.services.deed_kinds import DeedKind, Skipped
from plugin.services.ports.notices import Wants
from plugin.web.admin.lists import Wish
from plugin.web.admin.speech import gettext, marked, marked_pair
from plugin.web.admin.words import Badge
from plugin.web.reading import bad

TABS: Mapping[Tab, str] = {
    Tab.OPEN: marked("Open"),
    Tab.LATE: marked("Late"),
    Tab.TELL: marked("Due to tell"),
    Tab.ANSWER: marked("Awaiting an answer"),
    Tab.SWAP: marked("Wants a substitute"),
    Tab.READY: marked("Ready to ship"),
    Tab.PREORDERS: marked("Pre-orders"),
    Tab.DONE: marked("Done"),
}
SORTS: Mapping[Sort, str] = {
    Sort.LONGEST: marked("Longest waiting first"),
    Sort.NEWEST: marked("Newest first"),
    Sort.SHIPS: marked("Soonest ship date first"),
}
AGES = (7, 14, 30, 60, 90)
FILTERS = ("tab", "q", "supplier", "channel", "product", "group", "days")
NOTHING: Mapping[Tab, tuple[str, str]] = {
    Tab.LATE: (marked("Nothing is late."), marked("Every order that waits ships by the day its shopper was told.")),
    Tab.TELL: (
        marked("Nobody has to be told anything."),
        marked("News of a delay waits here until its mail has left."),
    ),
    Tab.ANSWER: (marked("No shopper owes you an answer."), marked("A delay that needs a yes waits here for it.")),
    Tab.SWAP: (
        marked("Nobody waits for a substitute."),
        marked("When a shopper takes something else instead, the order to change appears here."),
    ),
    Tab.READY: (
        marked("Nothing is ready yet."),
        marked("What has come in for a waiting order appears here, to be sent."),
    ),
    Tab.PREORDERS: (marked("No pre-orders are open."), marked("Orders for items that are not out yet appear here.")),
    Tab.DONE: (marked("Nothing is done yet."), marked("Backorders that were sent or cancelled are kept here.")),
}


@dataclass(frozen=True, slots=True)
class DeedWords:
    """`can_undo` decides what the page promises before it is known."""

    name: str
    explained: str
    yes: tuple[str, str]
    tone: str = ""


DEEDS: Mapping[DeedKind, DeedWords] = {
    DeedKind.DATE: DeedWords(
        marked("Change the ship date"),
        marked("The dates you name replace the planned ones until the units are here."),
        marked_pair("Change %(count)s date", "Change %(count)s dates"),
    ),
    DeedKind.CLEAR_DATE: DeedWords(
        marked("Use the planned date again"),
        marked("The dates you named are taken away; the plan decides again."),
        marked_pair("Use %(count)s planned date", "Use %(count)s planned dates"),
    ),
    DeedKind.UPDATE: DeedWords(
        marked("Send an update"),
        marked("One mail for each order says how all its lines stand now. It leaves in two minutes."),
        marked_pair("Send an update about %(count)s line", "Send updates about %(count)s lines"),
    ),
    DeedKind.ALLOCATE: DeedWords(
        marked("Allocate now"),
        marked("Units on hand go to these lines, taken from the newest other orders. Pinned orders keep theirs."),
        marked_pair("Allocate to %(count)s line", "Allocate to %(count)s lines"),
    ),
    DeedKind.PIN: DeedWords(
        marked("Pin"),
        marked("Pinned lines get the next units before everybody else."),
        marked_pair("Pin %(count)s line", "Pin %(count)s lines"),
    ),
    DeedKind.UNPIN: DeedWords(
        marked("Unpin"),
        marked("These lines go back to their own place in the queue."),
        marked_pair("Unpin %(count)s line", "Unpin %(count)s lines"),
    ),
    DeedKind.SPLIT: DeedWords(
        marked("Split: send what is ready"),
        marked("What is ready ships now, the rest later. This is about the whole order of each line."),
        marked_pair("Split the order of %(count)s line", "Split the orders of %(count)s lines"),
    ),
    DeedKind.TOGETHER: DeedWords(
        marked("Send complete"),
        marked("Nothing of these orders ships before all of it is here."),
        marked_pair("Send the order of %(count)s line complete", "Send the orders of %(count)s lines complete"),
    ),
    DeedKind.CANCEL: DeedWords(
        marked("Cancel and refund"),
        marked("What has not been sent of these lines is cancelled, and BigCommerce is asked to refund it right away."),
        marked_pair("Cancel %(count)s line for good", "Cancel %(count)s lines for good"),
        tone="danger",
    ),
}
DONE = {kind.value: marked_pair("Done for %(count)s line.", "Done for %(count)s lines.") for kind in DeedKind} | {
    "undone": marked("Taken back. Everything is as it was before."),
    "view": marked("The view is saved."),
    "forgotten": marked("The view is gone."),
}
SKIPPED: Mapping[Skipped, str] = {
    Skipped.GONE: marked("is not there any more"),
    Skipped.NOT_OPEN: marked("is not open any more"),
    Skipped.NOT_OWED: marked("has all its units already"),
    Skipped.NOBODY_TO_TELL: marked("has no mail address, or its order is not paid"),
    Skipped.NOTHING_FREE: marked("cannot be given any: no unit is here that could be taken"),
    Skipped.ALREADY_SO: marked("is so already"),
}
CAUSES: Mapping[DelayReason, str] = {
    DelayReason.SUPPLIER_LATER: marked("The supplier delivers later"),
    DelayReason.SUPPLIER_OVERDUE: marked("The supplier's delivery has not come"),
    DelayReason.NO_SUPPLY: marked("The delivery fell away"),
    DelayReason.RELEASE_MOVED: marked("The release was moved"),
}
STAGES: Mapping[OrderStage, Badge] = {
    OrderStage.INCOMPLETE: (marked("Incomplete"), ""),
    OrderStage.UNPAID: (marked("Not paid yet"), "warning"),
    OrderStage.OPEN: (marked("Open"), "primary"),
    OrderStage.CLOSED: (marked("Sent"), "success"),
    OrderStage.CANCELLED: (marked("Cancelled"), ""),
}


def view_of(wanted: Wish) -> View:
    """The part of the list an address names. Raises BadInput or DomainError for what is none."""
    tab = _one_of(Tab, "tab", wanted.get("tab") or Tab.OPEN)
    sort = Sort(wanted.sort)
    product = _number(wanted, "product")
    return View(
        tab=tab,
        sort=Sort.LONGEST if tab is Tab.DONE and sort is Sort.SHIPS else sort,
        supplier=wanted.get("supplier"),
        channel=_number(wanted, "channel"),
        product=None if product is None else ProductId(product),
        group=_number(wanted, "group"),
        waits_days=_number(wanted, "days"),
    )


def _one_of(kind: type[Tab], name: str, text: str) -> Tab:
    if text not in set(kind):
        raise bad(
            name,
            text,
            said("%(name)s is %(text)r; allowed: %(allowed)s.", name=name, text=text[:40], allowed=", ".join(kind)),
        )
    return kind(text)


def _number(wanted: Wish, name: str) -> int | None:
    text = wanted.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise bad(name, text, said("%(name)s is %(text)r; it must be a whole number.", name=name, text=text[:40]))
    return int(text)


def spot_text(spot: Spot) -> str:
    return f"{spot.by.isoformat()}_{spot.line_id}"


def spot_of(text: str, sort: Sort) -> Spot | None:
    """Read what `spot_text` wrote."""
    if not text:
        return None
    by, _, line = text.partition("_")
    try:
        moment = date.fromisoformat(by) if sort is Sort.SHIPS else _aware(by)
        return Spot(moment, OrderLineId(int(line[:18])))
    except ValueError as error:
        raise DomainError(
            said("after is %(text)r; take the address of the page.", text=text[:60]), field="after", value=text
        ) from error


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not escaped
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def keys_in(texts: list[str]) -> tuple[LineKey, ...]:
    return tuple(sorted({LineKey.parse(text) for text in texts}))


def deed_asked(text: str) -> DeedKind:
    if text not in set(DeedKind):
        raise bad(
            "deed", text, said("deed is %(text)r; allowed: %(allowed)s.", text=text[:40], allowed=", ".join(DeedKind))
        )
    return DeedKind(text)


def badges_of(row: BackorderRow) -> list[Badge]:
    """The states of a line, most urgent first."""
    states: tuple[tuple[object, str, str], ...] = (
        (row.is_late, gettext("Late"), "danger"),
        (row.wants is Wants.TELL, gettext("Due to tell"), "warning"),
        (row.wants is Wants.ANSWER, gettext("Awaiting an answer"), "warning"),
        (row.instead, gettext("Wants a substitute"), "warning"),
        (row.ready and not row.owed, gettext("Ready to ship"), "success"),
        (row.is_preorder, gettext("Pre-order"), "primary"),
        (row.is_pinned, gettext("Pinned"), ""),
    )
    found: list[Badge] = [(words, tone) for holds, words, tone in states if holds]
    if not row.stage.holds_units or row.stage is OrderStage.UNPAID:
        words, tone = STAGES[row.stage]
        found.append((gettext(words), tone))
    return found or [(gettext("Waiting"), "")]


def asked_here(name: str) -> str:
    """A value of the address, or of the form where there is one."""
    return (request.form.get(name) or request.args.get(name) or "").strip()[:2000]

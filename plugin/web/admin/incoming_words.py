"""How the pages on incoming goods say states, suppliers' records and what would become of whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from plugin.domain.ids import ItemId
from plugin.domain.law import NoticeKind
from plugin.domain.shipment import IncomingShipment, ShipmentState
from plugin.domain.supplier import ENOUGH_DELIVERIES, Punctuality
from plugin.services.what_if import LineOutcome, Outcome
from plugin.web.admin.speech import day, days, gettext, marked, ngettext
from plugin.web.admin.words import Badge

STATES: Mapping[ShipmentState, Badge] = {
    ShipmentState.ANNOUNCED: (marked("Announced"), ""),
    ShipmentState.IN_TRANSIT: (marked("On its way"), "primary"),
    ShipmentState.RECEIVED_IN_PART: (marked("Received in part"), "primary"),
    ShipmentState.RECEIVED: (marked("Received"), "success"),
    ShipmentState.SHORT: (marked("Closed short"), "warning"),
    ShipmentState.CANCELLED: (marked("Cancelled"), ""),
}
LATE: Badge = (marked("Late"), "danger")
OUTCOMES: Mapping[Outcome, Badge] = {
    Outcome.SHIPS: (marked("Ships"), "success"),
    Outcome.SHIPS_IN_PART: (marked("Ships in part"), "primary"),
    Outcome.SLIPS: (marked("Slips"), "danger"),
    Outcome.EARLIER: (marked("Earlier"), "success"),
    Outcome.UNCHANGED: (marked("Stays"), ""),
}
COUNTED: Mapping[Outcome, Callable[[int], str]] = {
    Outcome.SHIPS: lambda n: ngettext("%(count)s order line ships", "%(count)s order lines ship", n),
    Outcome.SHIPS_IN_PART: lambda n: ngettext(
        "%(count)s order line ships in part", "%(count)s order lines ship in part", n
    ),
    Outcome.SLIPS: lambda n: ngettext("%(count)s order line slips", "%(count)s order lines slip", n),
    Outcome.EARLIER: lambda n: ngettext("%(count)s order line ships earlier", "%(count)s order lines ship earlier", n),
    Outcome.UNCHANGED: lambda n: ngettext(
        "%(count)s order line stays as it is", "%(count)s order lines stay as they are", n
    ),
}
NOTICES: Mapping[NoticeKind, str] = {
    NoticeKind.FIRST_SHORT: marked("First delay notice"),
    NoticeKind.FIRST_LONG: marked("First delay notice, asks for consent"),
    NoticeKind.FIRST_UNKNOWN: marked("Delay notice without a date, asks for consent"),
    NoticeKind.RENEWED: marked("Another delay notice, asks for consent"),
    NoticeKind.DELAY: marked("Delay notice"),
    NoticeKind.DELAY_UNKNOWN: marked("Delay notice without a date"),
}
MOST_SHOWN = 30


def state_badge(shipment: IncomingShipment, today: date) -> Badge:
    is_late = shipment.state.brings_more and shipment.eta is not None and shipment.eta.latest < today
    words, tone = LATE if is_late else STATES[shipment.state]
    return gettext(words), tone


def record_words(punctuality: Punctuality) -> str:
    """How a supplier keeps its dates, or that too little is known to say."""
    if punctuality.median_days is None or punctuality.p80_days is None:
        return ngettext(
            "Too little data: %(count)s delivery with a promised day, %(needed)s are needed",
            "Too little data: %(count)s deliveries with a promised day, %(needed)s are needed",
            punctuality.deliveries,
            needed=ENOUGH_DELIVERIES,
        )
    return gettext(
        "Usually %(usual)s; four of five at most %(worst)s",
        usual=slip_words(punctuality.median_days),
        worst=slip_words(punctuality.p80_days),
    )


def slip_words(slip: int | None) -> str:
    if slip is None:
        return "–"
    if slip == 0:
        return gettext("on time")
    if slip > 0:
        return ngettext("%(count)s day late", "%(count)s days late", slip)
    return ngettext("%(count)s day early", "%(count)s days early", -slip)


@dataclass(frozen=True, slots=True)
class Answer:
    """What would become of the lines that wait: sentences first, then line by line."""

    question: str
    sentences: list[str]
    rows: list[dict[str, object]]
    more: int


def answer_words(question: str, outcomes: Sequence[LineOutcome]) -> Answer:
    counts = {outcome: sum(each.outcome is outcome for each in outcomes) for outcome in Outcome}
    sentences = [say(counts[outcome]) for outcome, say in COUNTED.items() if counts[outcome]]
    due = [each for each in outcomes if each.notice]
    if due:
        first = min(each.send_by for each in due if each.send_by)
        sentences.append(
            ngettext(
                "%(count)s delay notice would be due, by %(day)s",
                "%(count)s delay notices would be due, the first by %(day)s",
                len(due),
                day=day(first),
            )
        )
    return Answer(question, sentences, list(map(_row, outcomes[:MOST_SHOWN])), max(0, len(outcomes) - MOST_SHOWN))


def _row(each: LineOutcome) -> dict[str, object]:
    words, tone = OUTCOMES[each.outcome]
    notice = gettext(NOTICES[each.notice]) if each.notice and each.notice in NOTICES else ""
    return {
        "order": each.order_id,
        "name": each.name,
        "badge": (gettext(words), tone),
        "before": days(each.before),
        "after": gettext("Now") if each.outcome is Outcome.SHIPS else days(each.after),
        "notice": gettext("%(notice)s, by %(day)s", notice=notice, day=day(each.send_by)) if notice else "",
    }


def item_words(item: ItemId, names: Mapping[ItemId, tuple[str, str]]) -> tuple[str, str]:
    """Name and SKU; an item that is gone is named by its id."""
    return names.get(item, (str(item), ""))

"""The story of one order in words, oldest first: made of what its proof holds, so that both say the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from plugin.domain.calendar import DateWindow
from plugin.services.ports.messages import MessageKind
from plugin.services.proof import MailResult, Proof, ProofCancellation, ProofMail, ProofNotice
from plugin.web.admin.messages_words import KINDS
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import day, days, gettext, marked, ngettext
from plugin.web.admin.words import CHANNELS

TOLD_OTHERWISE = frozenset({"answered", "cancelled", "refunded", "substitute"})
"""Decisions that stand in the story as what they are."""
ANSWERS = {
    "keep": marked("The shopper agrees to wait"),
    "cancel": marked("The shopper cancels"),
    "ship_ready": marked("The shopper wants what is ready now"),
    "address": marked("Another address for mails"),
    "withdraw": marked("The shopper withdraws from the contract"),
    "substitute": marked("The shopper wants something else instead"),
    "take_back": marked("The shopper wants what was bought after all"),
}
WITH_DETAIL = frozenset({"substitute", "take_back"})
"""Answers that say nothing without what they are about."""
SETTLED = {
    "done": marked("The order was changed as the shopper wished: %(what)s"),
    "declined": marked("You did not change the order; what was bought stays, and not %(what)s"),
    "ended": marked("The wish for a substitute ended, nothing was left to replace: %(what)s"),
}
CAUSES = {
    "shopper": marked("the shopper asked for it"),
    "merchant": marked("you decided it"),
    "silence": marked("nobody agreed to the delay in time"),
    "never_told": marked("the notice never reached the shopper"),
}
RESULTS = {
    MailResult.WAITING: marked("Mail waits to be sent: %(kind)s, to %(to)s"),
    MailResult.SENT: marked("Mail sent: %(kind)s, to %(to)s"),
    MailResult.DROPPED: marked("Mail not sent, no longer true or its channel is off: %(kind)s"),
    MailResult.GIVEN_UP: marked("Mail could not be sent: %(kind)s, to %(to)s"),
    MailResult.CAME_BACK: marked("Mail came back: %(kind)s, to %(to)s"),
}


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    text: str
    detail: str = ""


def story_of(proof: Proof) -> list[Event]:
    """Oldest first; what happened at one moment stays in the order it was written down."""
    return sorted(_events(proof), key=lambda event: event.at)


def _events(proof: Proof) -> Iterator[Event]:
    names = {line.line_id: line.name for line in proof.lines}
    yield from _said(proof, names)
    for notice in proof.record.notices:
        yield from _notice(notice, names.get(notice.line_id, ""))
    for mail in proof.record.mails:
        yield _mail(mail)
    for answer in proof.record.answers:
        shown = answer.detail if answer.answer not in WITH_DETAIL else ""
        yield Event(answer.at, answer_words(answer.answer, answer.channel, answer.detail), shown)
    for choice in proof.record.substitutes:
        if choice.settled_at and choice.state in SETTLED:
            yield Event(choice.settled_at, gettext(SETTLED[choice.state], what=choice.name))
    for one in proof.record.cancellations:
        yield from _cancellation(one, names.get(one.line_id, ""))


def _said(proof: Proof, names: Mapping[int, str]) -> Iterator[Event]:
    yield Event(proof.placed_at, gettext("The order was placed."))
    if proof.paid_at and proof.paid_at != proof.placed_at:
        yield Event(proof.paid_at, gettext("The order was paid."))
    for told in proof.record.first_told:
        window = days(_window(told.earliest, told.latest))
        text = gettext("First told about %(item)s: %(date)s", item=names.get(told.line_id, ""), date=window)
        yield Event(told.at, text, told.text)
    for decided in proof.record.decisions:
        if decided.kind not in TOLD_OTHERWISE:
            yield Event(decided.at, words_of(decided.said))


def answer_words(answer: str, channel: str, detail: str = "") -> str:
    said = gettext(ANSWERS[answer]) if answer in ANSWERS else answer
    if answer in WITH_DETAIL and detail:
        said = f"{said}: {detail}"
    where = gettext(CHANNELS[channel]) if channel in CHANNELS else channel
    return f"{said} ({where})"


def _notice(notice: ProofNotice, item: str) -> Iterator[Event]:
    window = _window(notice.earliest, notice.latest)
    yield Event(
        notice.decided_at,
        gettext(
            "News to tell about %(item)s: promised for %(before)s, now %(after)s",
            item=item,
            before=day(notice.promised_before),
            after=days(window),
        ),
        gettext("An answer is needed by %(day)s.", day=day(notice.answer_by)) if notice.answer_by else "",
    )
    if notice.withdrawn_at:
        yield Event(notice.withdrawn_at, gettext("That news is not told: it changed before."))


def _mail(mail: ProofMail) -> Event:
    kind = gettext(KINDS[MessageKind(mail.kind)][0]) if mail.kind in set(MessageKind) else mail.kind
    at = mail.came_back_at or mail.sent_at or mail.written_at
    detail = f"{mail.subject}\n\n{mail.text}" if mail.text else mail.problem
    return Event(at, gettext(RESULTS[mail.result], kind=kind, to=mail.to), detail)


def _cancellation(one: ProofCancellation, item: str) -> Iterator[Event]:
    why = gettext(CAUSES[one.cause]) if one.cause in CAUSES else one.cause
    if one.state in {"proposed", "dismissed"}:
        yield Event(one.decided_at, gettext("Proposed to cancel %(item)s: %(why)s", item=item, why=why))
        return
    yield Event(
        one.decided_at,
        ngettext(
            "%(count)s unit of %(item)s cancelled: %(why)s",
            "%(count)s units of %(item)s cancelled: %(why)s",
            one.units,
            item=item,
            why=why,
        ),
        one.problem,
    )
    if one.refunded_at:
        yield Event(one.refunded_at, gettext("Refunded: %(amount)s", amount=one.amount))


def _window(earliest: date | None, latest: date | None) -> DateWindow | None:
    return DateWindow(earliest, latest) if earliest and latest else None

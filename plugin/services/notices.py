"""Held against what each shopper has heard: which lines are late now, which notices are owed, whose silence has run out.

Called from planning inside its transaction. Writes rows; services/deadlines.py acts on proposals, the outbox sends.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from plugin.domain.ids import OrderId, OrderLineId, ProductId
from plugin.domain.item import Product
from plugin.domain.law import RULES_VERSION, NoticeKind, RegionRules, blocks_of, rules_for
from plugin.domain.notices import (
    CancelCause,
    DelayReason,
    Judgement,
    LineClock,
    Notice,
    judge_line,
)
from plugin.domain.order import Order, OrderLine
from plugin.domain.plan import LinePlan, Plan
from plugin.domain.telling import OwedPart
from plugin.services.clocks import clock_of, outlook_of, overdue_references, reason_of
from plugin.services.facts import LaterFacts, LineFacts, NoticeFacts, to_json
from plugin.services.letters import OrderNews, line_facts, may_be_told, order_letter, products_of, to_shopper
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import Cancellation, CancellationState, NoticeRecord, Telling
from plugin.services.ports.unit_of_work import UnitOfWork

MESSAGE_OF: Mapping[NoticeKind, MessageKind] = {
    NoticeKind.FIRST_SHORT: MessageKind.DELAY_FIRST_SHORT,
    NoticeKind.FIRST_LONG: MessageKind.DELAY_FIRST_LONG,
    NoticeKind.FIRST_UNKNOWN: MessageKind.DELAY_FIRST_UNKNOWN,
    NoticeKind.RENEWED: MessageKind.DELAY_RENEWED,
    NoticeKind.DELAY: MessageKind.DELAY,
    NoticeKind.DELAY_UNKNOWN: MessageKind.DELAY_UNKNOWN,
    NoticeKind.DATE_SET: MessageKind.DATE_SET,
    NoticeKind.EARLIER: MessageKind.EARLIER,
}
NOTICE_MESSAGES = frozenset({*MESSAGE_OF.values(), MessageKind.REMINDER})


@dataclass(frozen=True, slots=True)
class Watched:
    """Units of a line that were told one date, with everything that decides what they are owed now."""

    order: Order
    line_id: OrderLineId
    part: OwedPart
    clock: LineClock
    records: tuple[NoticeRecord, ...]
    rules: RegionRules
    owed: int
    """Units of the line that no goods are tied to."""
    is_planned: bool
    """Whether this plan says anything of it."""

    @property
    def pending(self) -> tuple[NoticeRecord, ...]:
        return tuple(record for record in self.records if record.is_pending)


@dataclass
class Desk:
    """What one plan's worth of judging reads and writes."""

    work: UnitOfWork
    news: OrderNews
    hold: timedelta
    """How long a mail waits for further news of the same order."""
    plans: Mapping[OrderLineId, LinePlan]
    overdue: frozenset[str]
    """References of shipments whose day has passed."""
    tellings: Mapping[OrderLineId, Telling]
    history: Mapping[OrderLineId, list[NoticeRecord]]
    changed: set[OrderId] = field(default_factory=set)
    proposed: dict[OrderLineId, Cancellation] = field(default_factory=dict)
    judged: set[OrderLineId] = field(default_factory=set)

    @cached_property
    def orders(self) -> dict[OrderId, Order]:
        told = {telling.order_id for telling in self.tellings.values()}
        everyone = {**self.news.gathered.orders, **{order.order_id: order for order in self.news.orders}}
        return {order_id: everyone[order_id] for order_id in sorted(told) if order_id in everyone}

    @cached_property
    def newest_message(self) -> int:
        return self.work.messages.newest()

    def watched(self, order: Order) -> list[Watched]:
        """One for each date that is still open: a line told "2 in May, 1 in June" has two."""
        lines = [line for line in order.lines if line.line_id in self.tellings]
        return [watched for line in lines for watched in self._parts(order, line)]

    def _parts(self, order: Order, line: OrderLine) -> Iterable[Watched]:
        rules, telling = self.law_of(order), self.tellings[line.line_id]
        records = self.history.get(line.line_id, [])
        plan = self.plans.get(line.line_id)
        owed = plan.owed if plan else line.owed
        together = self._ships_together(order)
        later = self.news.said[line.line_id].later if line.line_id in self.news.said else ()
        parts = telling.owed_parts(
            line,
            owed=sum(part.units for part in later) if together else owed,
            later=later,
            notices=records,
            today=self.news.today,
        )
        is_planned = plan is not None or (together and any(each.line_id in self.plans for each in order.lines))
        judged = parts or tuple(OwedPart(part, 0, ()) for part in telling.parts)
        calendar, days = self.news.gathered.snapshot.rules.calendar, self.news.gathered.tenant.settings.delivery_days
        for part in judged:
            mine = tuple(record for record in records if record.part == part.told.number)
            clock = clock_of(order, part.told, mine, calendar=calendar, transit_days=days)
            yield Watched(order, line.line_id, part, clock, mine, rules, owed, is_planned)

    def law_of(self, order: Order) -> RegionRules:
        return rules_for(order.shopper.country, self.news.gathered.tenant.paid_by(order))

    def _ships_together(self, order: Order) -> bool:
        return order.ships_together(self.news.gathered.tenant.settings.allocation.sending)

    def judgement(self, watched: Watched) -> Judgement | None:
        """None where this plan says nothing of the line."""
        if not may_be_told(watched.order) or not _line_open(watched.order, watched.line_id):
            return Judgement()
        if not watched.is_planned:
            return None
        if not watched.part.units:
            return Judgement()  # lies on the shelf for it: the merchant has to send it, the shopper needs no choice
        return judge_line(
            watched.clock,
            outlook_of(watched.part.coming, overdue=self.overdue, today=self.news.today),
            today=self.news.today,
            rules=watched.rules,
            calendar=self.news.gathered.snapshot.rules.calendar,
        )


def tell_of_delays(work: UnitOfWork, news: OrderNews, plan: Plan, *, hold: timedelta) -> list[NewMessage]:
    """Decide, keep, and write the mails. Nobody is told of a delay who was never told a date by us."""
    known = {*news.gathered.orders, *(order.order_id for order in news.orders)}
    tellings = work.notices.told(known)
    if not tellings:
        return []
    desk = Desk(
        work=work,
        news=news,
        hold=hold,
        plans={line.line_id: line for item in plan.items for line in item.lines},
        overdue=overdue_references(news.gathered),
        tellings=tellings,
        history=work.notices.of_orders({telling.order_id for telling in tellings.values()}),
    )
    reminded = [watched for order in desk.orders.values() for watched in desk.watched(order) if _decide(desk, watched)]
    _propose(desk)
    letters = [letter for order_id in sorted(desk.changed) for letter in _letters(desk, desk.orders[order_id])]
    _drop_answered_reminders(desk)
    return [*letters, *_reminders(desk, reminded)]


def _decide(desk: Desk, watched: Watched) -> bool:
    """Keep what is owed and withdraw what is not true any more; True if the shopper is to be reminded."""
    judgement = desk.judgement(watched)
    if judgement is None:
        return False
    desk.judged.add(watched.line_id)
    if judgement.cancel:
        _add_proposal(desk, watched, judgement.cancel)
    _keep(desk, watched, judgement.notice)
    return judgement.reminder


def _add_proposal(desk: Desk, watched: Watched, cause: CancelCause) -> None:
    """The units of all dates of a line whose time has run out are one proposal."""
    known = desk.proposed.get(watched.line_id)
    units = min(watched.owed, watched.part.units + (known.units if known else 0))
    if units:
        desk.proposed[watched.line_id] = Cancellation(
            cancellation_id=0,
            order_id=watched.order.order_id,
            line_id=watched.line_id,
            units=units,
            cause=known.cause if known else cause,
            state=CancellationState.PROPOSED,
            decided_at=desk.news.gathered.snapshot.now,
        )


def _keep(desk: Desk, watched: Watched, notice: Notice | None) -> None:
    still_true = [record for record in watched.pending if notice and _says_the_same(record.notice, notice)]
    untrue = [record.notice_id for record in watched.pending if record not in still_true]
    now = desk.news.gathered.snapshot.now
    if untrue:
        desk.work.notices.withdraw(untrue, at=now)
        desk.changed.add(watched.order.order_id)
    if notice and not still_true:
        coming = watched.part.coming
        outlook = outlook_of(coming, overdue=desk.overdue, today=desk.news.today)
        reachable = bool(desk.news.address_of(watched.order))
        record = NoticeRecord(
            notice_id=0,
            order_id=watched.order.order_id,
            line_id=watched.line_id,
            notice=notice,
            region=watched.rules.region,
            reason=reason_of(coming, outlook).value,
            rules_version=RULES_VERSION,
            decided_at=now,
            bounced_at=None if reachable else now,
            part=watched.part.told.number,
            units=watched.part.units,
        )
        desk.work.notices.add([record])
        desk.changed.add(watched.order.order_id)


def _says_the_same(one: Notice, other: Notice) -> bool:
    return (one.kind, one.new_window, one.old_day, one.answer_by) == (
        other.kind,
        other.new_window,
        other.old_day,
        other.answer_by,
    )


def _propose(desk: Desk) -> None:
    """One open proposal for each line whose time has run out; none where somebody decided meanwhile."""
    orders = {telling.order_id for line, telling in desk.tellings.items() if desk.history.get(line)}
    known = desk.work.cancellations.of_orders(orders)
    waiting = [one for one in known if one.state is CancellationState.PROPOSED]
    lapsed = [one for one in waiting if one.line_id in desk.judged and not _still_proposed(desk, one)]
    desk.work.cancellations.dismiss([one.cancellation_id for one in lapsed])
    kept = {one.line_id for one in waiting if one not in lapsed}
    new = [one for line, one in sorted(desk.proposed.items()) if line not in kept]
    if new:
        desk.work.cancellations.add(new)
        desk.work.wake("enforce", desk.work.tenant_id)


def _still_proposed(desk: Desk, one: Cancellation) -> bool:
    now = desk.proposed.get(one.line_id)
    return now is not None and now.units == one.units


def _letters(desk: Desk, order: Order) -> list[NewMessage]:
    """The order's notices anew: one mail for each kind, with all lines nobody has told of yet."""
    now = desk.news.gathered.snapshot.now
    old = [m for m in desk.work.messages.pending([order.order_id]) if m.kind in NOTICE_MESSAGES]
    desk.work.messages.drop([message.message_id for message in old], at=now)
    by_kind: dict[NoticeKind, list[NoticeRecord]] = defaultdict(list)
    for records in desk.work.notices.of_orders([order.order_id]).values():
        for record in records:
            if record.is_pending:
                by_kind[record.notice.kind].append(record)
    if not by_kind:
        return []
    products = products_of(desk.work, [order])
    letters = []
    for kind, records in sorted(by_kind.items()):
        letter = _letter(desk, order, kind, records, products)
        desk.work.notices.send_with([record.notice_id for record in records], letter.key)
        due_at = now + desk.hold if kind.is_delay else None
        letters.append(replace(letter, due_at=due_at))
    return letters


def _letter(
    desk: Desk,
    order: Order,
    kind: NoticeKind,
    records: Collection[NoticeRecord],
    products: Mapping[ProductId, Product],
) -> NewMessage:
    now = desk.news.gathered.snapshot.now
    # What was dropped a moment ago must not keep its successor from being sent: each has a message between them.
    named = "-".join(str(record.notice_id) for record in records)
    written = f"{now:%Y-%m-%dT%H:%M:%S}-{desk.newest_message}"
    key = f"{kind.value}:{order.order_id}:{written}:{named}"
    if not kind.is_delay:
        old_days = {record.line_id: record.notice.old_day for record in records}
        return order_letter(MESSAGE_OF[kind], key, order, desk.news, products, old_days=old_days)
    return to_shopper(MESSAGE_OF[kind], key, order, desk.news, _notice_facts(desk, order, records, products))


def _notice_facts(
    desk: Desk, order: Order, records: Collection[NoticeRecord], products: Mapping[ProductId, Product]
) -> Mapping[str, object]:
    first = next(iter(records)).notice
    rules = desk.law_of(order)
    settings = desk.news.gathered.tenant.settings
    blocks = {
        block for r in records for block in blocks_of(first.kind, rules, has_date=r.notice.new_window is not None)
    }
    facts = NoticeFacts(
        order_id=order.order_id,
        placed_on=desk.news.gathered.snapshot.rules.calendar.day_of(order.placed_at),
        decided_on=desk.news.today,
        lines=tuple(
            _dated(line_facts(line, desk.news, products), record, is_one_of_several=_has_several(desk, line.line_id))
            for line in order.lines
            for record in sorted(records, key=lambda record: record.part)
            if record.line_id == line.line_id
        ),
        kind=first.kind,
        reason=DelayReason(next(iter(records)).reason),
        silence=first.silence,
        blocks=tuple(sorted(blocks)),
        answer_by=min((r.notice.answer_by for r in records if r.notice.answer_by), default=None),
        shopper_name=order.shopper.name,
        opening_words=settings.opening_words,
        closing_words=settings.closing_words,
        is_demanded=rules.demands_notice,
    )
    return to_json(facts)


def _has_several(desk: Desk, line: OrderLineId) -> bool:
    return len(desk.tellings[line].parts) > 1


def _dated(facts: LineFacts, record: NoticeRecord, *, is_one_of_several: bool) -> LineFacts:
    """The line with the one date the notice gives, whatever its parts are: no date that has no basis."""
    window = record.notice.new_window
    owed = record.units if is_one_of_several else facts.quantity - facts.now_units
    later = LaterFacts(owed, window.earliest if window else None, window.latest if window else None)
    dated = replace(facts, later=(later,), old_day=record.notice.old_day)
    return replace(dated, quantity=owed, now_units=0) if is_one_of_several else dated


def _reminders(desk: Desk, reminded: Iterable[Watched]) -> list[NewMessage]:
    by_order: dict[OrderId, list[NoticeRecord]] = defaultdict(list)
    for watched in reminded:
        by_order[watched.order.order_id] += [r for r in watched.records if r.notice.awaits_a_yes][-1:]
    letters = []
    for order_id, records in sorted(by_order.items()):
        order = desk.orders[order_id]
        if not desk.news.address_of(order):
            continue
        facts = _notice_facts(desk, order, records, products_of(desk.work, [order]))
        first = min(record.notice_id for record in records)
        # With its time: one that came back may be sent again to another address.
        key = f"reminder:{order_id}:{first}:{desk.news.gathered.snapshot.now:%Y-%m-%dT%H:%M:%S}"
        letters.append(to_shopper(MessageKind.REMINDER, key, order, desk.news, facts))
        desk.work.notices.reminded([record.notice_id for record in records], on=desk.news.today)
    return letters


def _drop_answered_reminders(desk: Desk) -> None:
    """A reminder that waits for the morning asks nobody who has answered meanwhile."""
    asked = [record for records in desk.history.values() for record in records if record.notice.reminded_on]
    answered = {record.order_id for record in asked} - {r.order_id for r in asked if r.notice.awaits_a_yes}
    waiting = desk.work.messages.pending(answered) if answered else []
    reminders = [message.message_id for message in waiting if message.kind is MessageKind.REMINDER]
    desk.work.messages.drop(reminders, at=desk.news.gathered.snapshot.now)


def _line_open(order: Order, line_id: OrderLineId) -> bool:
    return any(line.line_id == line_id and line.open for line in order.lines)

"""A shopper's answers: keep, cancel, ship what is ready, another address. Each is kept with its time, for ever.

`order_status` is what the page of an order shows; acting happens on POST only, and every answer may come twice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import OrderId, OrderLineId, TenantId
from plugin.domain.law import rules_for
from plugin.domain.notices import Answer, CancelCause, DelayReason
from plugin.domain.order import Order, OrderLine, OrderStage, Sending
from plugin.domain.promise import Promise
from plugin.domain.saying import NOTHING_SAID, Fact, Saying, Term, said
from plugin.services.cancelling import Cancel, cancel_units
from plugin.services.errors import Conflict, NotFound
from plugin.services.letters import said_promises
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import NewMessage
from plugin.services.ports.notices import (
    AnswerRecord,
    Cancellation,
    CancellationState,
    GivenAnswer,
    NoticeRecord,
    Telling,
)
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.snapshots import calendar_of
from plugin.services.waitlist import checked_address

Lines = Collection[OrderLineId]


@dataclass(frozen=True, slots=True)
class LineStatus:
    """One line as it stands. `told` is what was said first, `promise` what is true now."""

    line: OrderLine
    promise: Promise | None
    told: Telling | None
    notices: tuple[NoticeRecord, ...]
    cancellations: tuple[Cancellation, ...]
    place: Saying = NOTHING_SAID
    """Why it stands where it stands in the queue."""

    @property
    def is_waiting(self) -> bool:
        return self.line.owed > 0

    @property
    def open_notice(self) -> NoticeRecord | None:
        """The delay that waits for an answer, or may still be answered."""
        found = answerable(self.notices) if self.is_waiting else []
        return min(found, key=lambda record: record.notice.answer_by or date.max, default=None)

    @property
    def may_keep(self) -> bool:
        return self.open_notice is not None

    @property
    def may_cancel(self) -> bool:
        return self.line.open > 0

    @property
    def answer_by(self) -> date | None:
        return self.open_notice.notice.answer_by if self.open_notice else None

    @property
    def window(self) -> DateWindow | None:
        """The date a shopper may be told now: that of the last notice, else the plan's own."""
        heard = [record.notice for record in self.notices if record.notice.was_heard]
        if heard and heard[-1].kind.is_delay:
            return heard[-1].new_window
        return self.promise.last_window if self.promise else None

    @property
    def reason(self) -> DelayReason | None:
        heard = [record for record in self.notices if record.notice.was_heard and record.notice.kind.is_delay]
        return DelayReason(heard[-1].reason) if heard else None


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What an order's page shows at any time, and what may be done on it."""

    order: Order
    contact: str
    today: date
    lines: tuple[LineStatus, ...]
    answers: tuple[AnswerRecord, ...]
    has_withdrawal: bool
    """Whether the law of the ship-to country gives a right of withdrawal that must be offered online."""

    @property
    def is_open(self) -> bool:
        return self.order.stage is OrderStage.OPEN

    @property
    def is_waiting(self) -> bool:
        return self.is_open and any(line.is_waiting for line in self.lines)

    @property
    def may_ship_ready_now(self) -> bool:
        ready = any(status.line.allocated for status in self.lines)
        return self.is_waiting and ready and self.order.sending is not Sending.AS_READY


@dataclass(frozen=True, slots=True)
class Answers:
    units: Units
    planning: Planning

    def order_status(self, tenant_id: TenantId, order_id: OrderId) -> OrderStatus:
        """Raises NotFound for an order this store does not have, or that was never told anything."""
        with self.units(tenant_id) as work:
            order = _order(work, order_id)
            now = self.planning.clock.now()
            contacts = work.orders.contacts([order_id])
            return OrderStatus(
                order=order,
                contact=contacts.get(order_id) or order.shopper.email,
                today=calendar_of(work.tenant(), self.planning.holidays, now.date()).day_of(now),
                lines=line_statuses(work, order),
                answers=tuple(work.notices.answers(order_id)),
                has_withdrawal=rules_for(order.shopper.country).has_withdrawal,
            )

    def keep(self, tenant_id: TenantId, order_id: OrderId, lines: Lines | None = None, *, channel: str) -> None:
        """Agree to the delay of these lines, or of all. Keeping twice is keeping; so is keeping what is not late."""
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            order = open_order(work, order_id)
            chosen = _chosen(order, lines)
            history = work.notices.of_orders([order_id])
            to_answer = [record for line in chosen for record in answerable(history.get(line, ()))]
            work.notices.answered([r.notice_id for r in to_answer], Answer.KEEP, at=now, channel=channel)
            proposed = [one for one in _proposals(work, order_id).values() if one.line_id in chosen]
            work.cancellations.dismiss([one.cancellation_id for one in proposed])
            remember(work, order, GivenAnswer.KEEP, channel, at=now, lines=chosen)
            self._plan(work, order)
            work.commit()

    def cancel(
        self,
        tenant_id: TenantId,
        order_id: OrderId,
        lines: Lines | None = None,
        *,
        channel: str,
        cause: CancelCause = CancelCause.SHOPPER,
    ) -> date:
        """Cancel what has not been sent of these lines, or of all; returns the last day for the refund.

        Raises Conflict where nothing is left to cancel: sent, or cancelled before.
        """
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            order = open_order(work, order_id)
            chosen = _chosen(order, lines)
            units = {line.line_id: line.open for line in order.lines if line.line_id in chosen and line.open}
            if not units:
                raise Conflict(said("Nothing of it is left to cancel: it has been sent or cancelled already."))
            history = work.notices.of_orders([order_id])
            answered = [record for line in units for record in answerable(history.get(line, ()))]
            work.notices.answered([r.notice_id for r in answered], Answer.CANCEL, at=now, channel=channel)
            work.cancellations.dismiss([p.cancellation_id for p in _proposals(work, order_id).values()])
            remember(work, order, GivenAnswer.CANCEL, channel, at=now, lines=tuple(units))
            due = cancel_units(work, self.planning, Cancel(order, units, cause, {}))
            work.commit()
        return due

    def ship_ready_now(self, tenant_id: TenantId, order_id: OrderId, *, channel: str) -> None:
        """Send what is ready, the rest later."""
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            order = open_order(work, order_id)
            if order.sending is not Sending.AS_READY:
                work.orders.save([replace(order, sending=Sending.AS_READY)])
                remember(work, order, GivenAnswer.SHIP_READY, channel, at=now)
                self._plan(work, order)
            work.commit()

    def change_address(self, tenant_id: TenantId, order_id: OrderId, email: str, *, channel: str) -> None:
        """Messages of this order go there from now on; what came back from the old address is told anew."""
        address = checked_address(email)
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            order = open_order(work, order_id)
            work.orders.save_contact(order_id, address)
            for message in work.messages.pending([order_id]):
                moved = NewMessage(message.key, message.kind, address, message.locale, message.facts, order_id)
                work.messages.replace(message.message_id, moved)
            history = work.notices.of_orders([order_id])
            lost = [r.notice_id for records in history.values() for r in records if _came_back(r)]
            work.notices.withdraw(lost, at=now)
            unread = [r.notice_id for records in history.values() for r in records if r.reminder_bounced_at]
            work.notices.reminded(unread, on=None)
            remember(work, order, GivenAnswer.ADDRESS, channel, at=now)
            self._plan(work, order)
            work.commit()

    def _plan(self, work: UnitOfWork, order: Order) -> None:
        items = sorted({line.item_id for line in order.lines if line.item_id and line.open})
        self.planning.replan(work, items, orders=[order.order_id])


def _order(work: UnitOfWork, order_id: OrderId) -> Order:
    order = work.orders.get([order_id]).get(order_id)
    if order is None:
        raise NotFound("order", order_id)
    return order


def open_order(work: UnitOfWork, order_id: OrderId) -> Order:
    order = _order(work, order_id)
    if order.stage is not OrderStage.OPEN:
        raise Conflict(
            said(
                "Order %(order_id)s is %(stage)s; nothing can be changed about it any more.",
                order_id=order_id,
                stage=Term("stage", order.stage.value),
            )
        )
    return order


def _chosen(order: Order, lines: Lines | None) -> tuple[OrderLineId, ...]:
    known = [line.line_id for line in order.lines]
    if lines is None:
        return tuple(known)
    for line in lines:
        if line not in known:
            raise NotFound("order line", f"{order.order_id}.{line}")
    return tuple(line for line in known if line in lines)


def answerable(records: Iterable[NoticeRecord]) -> list[NoticeRecord]:
    """The last delay of each date of a line, where nobody has answered it; one that came back may be, on the phone."""
    last = {record.part: record for record in records if record.notice.kind.is_delay and not record.is_pending}
    return [record for record in last.values() if record.notice.answer is None]


def _came_back(record: NoticeRecord) -> bool:
    return record.bounced_at is not None and record.notice.answer is None


def _proposals(work: UnitOfWork, order_id: OrderId) -> Mapping[OrderLineId, Cancellation]:
    return {
        one.line_id: one for one in work.cancellations.of_orders([order_id]) if one.state is CancellationState.PROPOSED
    }


def remember(
    work: UnitOfWork,
    order: Order,
    answer: GivenAnswer,
    channel: str,
    *,
    at: datetime,
    lines: tuple[OrderLineId, ...] = (),
    detail: str = "",
) -> None:
    """For the proof, and in words for the merchant."""
    work.notices.add_answer(AnswerRecord(order.order_id, at, answer, channel, lines, detail))
    facts: dict[str, Fact] = {"answer": SAID[answer], "channel": Term("channel", channel)}
    what = (
        said("%(answer)s: %(detail)s (%(channel)s).", detail=detail, **facts)
        if detail
        else said("%(answer)s (%(channel)s).", **facts)
    )
    work.journal.add([Activity(at, "answered", f"order:{order.order_id}", what)])


SAID = {
    GivenAnswer.KEEP: said("The shopper agrees to wait"),
    GivenAnswer.CANCEL: said("The shopper cancels"),
    GivenAnswer.SHIP_READY: said("The shopper wants what is ready now"),
    GivenAnswer.ADDRESS: said("The shopper changed the address for messages"),
    GivenAnswer.WITHDRAW: said("The shopper withdraws from the contract"),
    GivenAnswer.SUBSTITUTE: said("The shopper takes a substitute, and you have to change the order"),
    GivenAnswer.TAKE_BACK: said("The shopper wants what was bought after all, and not the substitute"),
}


def line_statuses(work: UnitOfWork, order: Order) -> tuple[LineStatus, ...]:
    ids = [order.order_id]
    told, history = work.notices.told(ids), work.notices.of_orders(ids)
    promises = said_promises([order], work.orders.promises(ids), work.tenant())
    cancellations = work.cancellations.of_orders(ids)
    places = work.orders.reasons(ids)
    return tuple(
        LineStatus(
            line=line,
            promise=promises.get(line.line_id),
            told=told.get(line.line_id),
            notices=tuple(history.get(line.line_id, ())),
            cancellations=tuple(one for one in cancellations if one.line_id == line.line_id),
            place=places.get(line.line_id, NOTHING_SAID),
        )
        for line in order.lines
    )

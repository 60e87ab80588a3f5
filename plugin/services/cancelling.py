"""Cancel units of an order for good: the row the refund is made from, the platform's counts, the next in line, the mail.

Called inside a transaction by answers.py and deadlines.py; services/refunds.py gives the money back afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from plugin.domain.ids import ItemId, OrderLineId
from plugin.domain.law import rules_for
from plugin.domain.moves import cancelled_moves
from plugin.domain.notices import CancelCause, refund_due_on
from plugin.domain.order import Order, OrderLine
from plugin.domain.saying import said, said_many
from plugin.domain.stock import SellingMode, StockMove
from plugin.domain.store import Tenant
from plugin.services.facts import CancelledFacts, LineFacts, to_json
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import Cancellation, CancellationState
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.settled_choices import settle_choices
from plugin.services.snapshots import Gathered, Question, calendar_of, gather

WHY = {
    CancelCause.SHOPPER: said("The shopper cancelled"),
    CancelCause.MERCHANT: said("You cancelled"),
    CancelCause.SILENCE: said("Nobody agreed to the delay in time"),
    CancelCause.NEVER_TOLD: said("The delay notice never reached the shopper"),
}


@dataclass(frozen=True, slots=True)
class Cancel:
    """Units per line of one order. `proposals` are the rows this was proposed with; they are decided, not added again."""

    order: Order
    units: Mapping[OrderLineId, int]
    cause: CancelCause
    proposals: Mapping[OrderLineId, Cancellation]

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        return tuple(line for line in self.order.lines if self.units.get(line.line_id))


def cancel_units(work: UnitOfWork, planning: Planning, cancel: Cancel) -> date:
    """The cancelled units go to the next in line at once. Returns the last day for the money to go back."""
    tenant, now = work.tenant(), planning.clock.now()
    today = calendar_of(tenant, planning.holidays, now.date()).day_of(now)
    rules = rules_for(cancel.order.shopper.country, tenant.paid_by(cancel.order))
    due = refund_due_on(today, rules=rules, calendar=calendar_of(tenant, planning.holidays, today))
    _keep_rows(work, cancel, at=now, due=due)
    items = sorted({line.item_id for line in cancel.lines if line.item_id})
    gathered = gather(work, Question(items, {}, settled_before=now), holidays=planning.holidays, now=now)
    work.stock.add_moves(_moves(gathered, cancel, tenant), at=now)
    work.orders.save([cancel.order.with_cancelled(cancel.units)])
    units = sum(cancel.units.values())
    what = said_many(
        "%(why)s: %(count)s unit; the refund is due on %(due)s.",
        "%(why)s: %(count)s units; the refund is due on %(due)s.",
        count=units,
        why=WHY[cancel.cause],
        due=due,
    )
    work.journal.add([Activity(now, "cancelled", f"order:{cancel.order.order_id}", what)])
    _tell(work, tenant, cancel, today=today, due=due, now=now)
    settle_choices(work, [cancel.order.order_id], at=now)
    planning.replan(work, items, orders=[cancel.order.order_id])
    work.wake("refund", work.tenant_id)
    return due


def _keep_rows(work: UnitOfWork, cancel: Cancel, *, at: datetime, due: date) -> None:
    """One row for each line; the last one carries the shipping cost where the whole order ends."""
    last = cancel.lines[-1].line_id if _ends_the_order(cancel) else None
    proposed = {line: row.cancellation_id for line, row in cancel.proposals.items() if cancel.units.get(line)}
    work.cancellations.decide(
        {row: cancel.units[line] for line, row in proposed.items()},
        at=at,
        refund_due=due,
        with_shipping=proposed.get(last) if last else None,
    )
    work.cancellations.add(
        [
            Cancellation(
                cancellation_id=0,
                order_id=cancel.order.order_id,
                line_id=line.line_id,
                units=cancel.units[line.line_id],
                cause=cancel.cause,
                state=CancellationState.DECIDED,
                decided_at=at,
                refund_due=due,
                with_shipping=line.line_id == last,
            )
            for line in cancel.lines
            if line.line_id not in proposed
        ]
    )


def _ends_the_order(cancel: Cancel) -> bool:
    """Nothing was sent and nothing is left to be sent: what shipping cost goes back as well."""
    after = cancel.order.with_cancelled(cancel.units)
    return all(not line.open and not line.shipped for line in after.lines)


def _moves(gathered: Gathered, cancel: Cancel, tenant: Tenant) -> list[StockMove]:
    """What the platform took off its level for these units, given back: owed ones first, as they are cancelled."""
    owed: dict[ItemId, int] = {}
    ready: dict[ItemId, int] = {}
    for line in cancel.lines:
        after = line.with_cancelled(cancel.units[line.line_id])
        returned = after.released - line.released
        if line.item_id and returned:
            still_owed = min(returned, line.owed)
            owed[line.item_id] = owed.get(line.item_id, 0) + still_owed
            ready[line.item_id] = ready.get(line.item_id, 0) + returned - still_owed
    levels = {item.item_id: item.levels for item in gathered.snapshot.items if item.is_tracked}
    return [
        move
        for item, units in owed.items()
        for move in cancelled_moves(
            levels.get(item, ()),
            owed=units,
            ready=ready[item],
            is_native=tenant.mode is SellingMode.NATIVE,
            default=tenant.default_location,
        )
    ]


def _tell(work: UnitOfWork, tenant: Tenant, cancel: Cancel, *, today: date, due: date, now: datetime) -> None:
    facts = CancelledFacts(
        order_id=cancel.order.order_id,
        placed_on=today,
        decided_on=today,
        lines=cancelled_lines(cancel.order, cancel.units),
        cause=cancel.cause,
        refund_due=due,
        is_whole=_ends_the_order(cancel),
        shopper_name=cancel.order.shopper.name,
    )
    letter = letter_about_money(work, tenant, MessageKind.CANCELLED, cancel.order, facts, key=now.isoformat())
    if letter.to:
        due_at = None if cancel.cause is CancelCause.SHOPPER else tenant.awake_at(now)
        work.messages.add([replace(letter, due_at=due_at)], at=now)
        work.wake("deliver", work.tenant_id)


def letter_about_money(
    work: UnitOfWork, tenant: Tenant, kind: MessageKind, order: Order, facts: CancelledFacts, *, key: str
) -> NewMessage:
    to = work.orders.contacts([order.order_id]).get(order.order_id) or order.shopper.email
    locale = order.shopper.reads(tenant.profile.language)
    placed_on = calendar_day(tenant, order.placed_at)
    stored = to_json(replace(facts, placed_on=placed_on))
    return NewMessage(f"{kind.value}:{order.order_id}:{key}", kind, to, locale, stored, order_id=order.order_id)


def calendar_day(tenant: Tenant, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(tenant.profile.time_zone)).date()


def cancelled_lines(order: Order, units: Mapping[OrderLineId, int]) -> tuple[LineFacts, ...]:
    return tuple(
        LineFacts(name=line.name, quantity=units[line.line_id], now_units=0, sku=line.sku, line_id=line.line_id)
        for line in order.lines
        if units.get(line.line_id)
    )

"""Lock → snapshot → make_plan → save the plan, what the shop should show, and what people are to be told.

Called inside a transaction by every errand that changes what is true; the caller commits, and only then are the
publisher and the mailer woken.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain.changes import AvailabilityChanged, Change, LineAllocated, PromiseMade, PromiseMoved
from plugin.domain.ids import ItemId, OrderId, product_of
from plugin.domain.order import Order
from plugin.domain.plan import ItemPlan, Plan, changes_between, make_plan
from plugin.domain.ranking import RankRule
from plugin.domain.saying import Term, said, said_many
from plugin.services.again import look_again_later, replan_later
from plugin.services.budget import Budget
from plugin.services.departures import departure_letters
from plugin.services.desired import want_items, want_orders
from plugin.services.letters import (
    OrderNews,
    arrived_units,
    limit_letters,
    order_letters,
)
from plugin.services.notices import tell_of_delays
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import Wording
from plugin.services.ports.system import Clock, Holidays
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.restock import gone_again, restock
from plugin.services.snapshots import Gathered, Question, gather
from plugin.services.tellings import keep_what_is_told

PRODUCTS_PER_JOB = 200


@dataclass(frozen=True, slots=True)
class Planning:
    """`grace` is how long news may take: a difference that stays longer is real."""

    clock: Clock
    holidays: Holidays
    wording: Wording
    grace: timedelta
    hold: timedelta = timedelta(minutes=15)
    """How long a mail to a shopper waits for further news of their orders."""
    purge_after: timedelta | None = None
    """How long after a promise changed a cache in front is told; None: there is none."""

    def replan(
        self,
        work: UnitOfWork,
        items: Collection[ItemId],
        *,
        orders: Collection[OrderId] = (),
        known_drift: Mapping[ItemId, int] | None = None,
    ) -> Plan:
        """Plan these items anew and act on the differences. `orders` are looked at even if none of their lines moved."""
        now = self.clock.now()
        question = Question(items, known_drift or {}, settled_before=now - self.grace)
        gathered = gather(work, question, holidays=self.holidays, now=now)
        plan = make_plan(gathered.snapshot)
        changes = changes_between(gathered.snapshot, plan)
        changed = _keep_what_was_shown(work, plan, at=now)
        if self.purge_after is not None:
            work.purges.want({product_of(item) for item in changed}, due_at=now + self.purge_after)
        work.items.save_plans(plan.items)
        work.orders.save_line_plans([line for item in plan.items for line in item.lines])
        work.stock.add_moves([move for item in plan.items for move in item.moves], at=now)
        want_items(work, gathered, plan, self.wording)
        self._tell(work, gathered, plan, changes, orders)
        self._look_again(work, gathered, plan)
        replan_later(work, items=_now_last_of_their_order(gathered, plan), at=now)
        work.journal.add(
            [entry for change in changes for entry in _in_words(change, gathered)] + _repairs(gathered, plan)
        )
        _renew_pages(work, plan)
        work.wake("publish", work.tenant_id)
        return plan

    def _tell(
        self,
        work: UnitOfWork,
        gathered: Gathered,
        plan: Plan,
        changes: Collection[Change],
        orders: Collection[OrderId],
    ) -> None:
        touched = {change.order_id for change in changes if not isinstance(change, AvailabilityChanged)} | set(orders)
        news = OrderNews(
            gathered=gathered,
            orders=_planned_orders(work, gathered, touched, plan),
            promises={
                **gathered.promises,
                **{line.line_id: line.promise for item in plan.items for line in item.lines},
            },
            arrived=arrived_units(changes),
            contacts=work.orders.contacts({*gathered.orders, *touched}),
        )
        want_orders(work, gathered.tenant, news.orders, news.said, self.wording)
        letters = order_letters(work, news)
        letters += departure_letters(work, news)
        letters += tell_of_delays(work, news, plan, hold=self.hold)
        keep_what_is_told(work, news, letters, self.wording)
        letters += limit_letters(gathered, plan, changes)
        waves = restock(work, gathered, plan)
        letters += waves.letters + gone_again(work, gathered, plan)
        for moment, items in waves.next_looks.items():
            replan_later(work, items=items, at=gathered.snapshot.now, due_at=moment)
        over = [order.order_id for order in news.orders if not any(line.open for line in order.lines) or _ended(order)]
        if Budget(gathered.tenant, gathered.snapshot.now, self.hold).post(work, letters, over=over):
            work.wake("deliver", work.tenant_id)

    def _look_again(self, work: UnitOfWork, gathered: Gathered, plan: Plan) -> None:
        """At drift, which may be news on its way, and at owed units that could not be netted while levels settle."""
        unsettled = {
            item.item_id
            for item in gathered.snapshot.items
            if item.is_settling and any(level.backordered and level.on_hand > 0 for level in item.levels)
        }
        doubtful = [item for item in plan.items if item.drift or item.item_id in unsettled]
        if doubtful:
            look_again(work, doubtful, clock=self.clock, after=self.grace)


def _ended(order: Order) -> bool:
    return not order.stage.holds_units


def _renew_pages(work: UnitOfWork, plan: Plan) -> None:
    """What the storefront answers for these products is made anew; a job that is lost costs a minute."""
    products = sorted({product_of(item.item_id) for item in plan.items})
    for start in range(0, len(products), PRODUCTS_PER_JOB):
        work.wake("renew_pages", work.tenant_id, *products[start : start + PRODUCTS_PER_JOB])


def _keep_what_was_shown(work: UnitOfWork, plan: Plan, *, at: datetime) -> list[ItemId]:
    """Orders on their way were placed under the offers this plan replaces. Answers whose pages say something else now."""
    before = work.items.offers([item.item_id for item in plan.items])
    changed = [item.item_id for item in plan.items if before.get(item.item_id) != item.offer]
    work.shown.supersede({item: before[item] for item in changed if item in before}, at=at)
    return changed


def _now_last_of_their_order(gathered: Gathered, plan: Plan) -> set[ItemId]:
    """Items of other lines that moved up, where lines that complete an order go first. Ends, as ever fewer are owed."""
    if RankRule.COMPLETES_ORDER not in gathered.tenant.settings.allocation.rules:
        return set()
    served = {line.line_id for item in plan.items for line in item.lines if line.newly_allocated and not line.owed}
    return {
        other.item_id
        for order in gathered.orders.values()
        if any(line.line_id in served for line in order.lines)
        for other in order.lines
        if other.item_id and other.owed and other.line_id not in served
    }


def look_again(work: UnitOfWork, items: Collection[ItemPlan], *, clock: Clock, after: timedelta) -> None:
    """Note the drift of these items; what it still is by then was no news on its way."""
    now = clock.now()
    drift = {item.item_id: item.drift for item in items}
    look_again_later(work, drift.keys(), at=now, due_at=now + after, drift=drift)


def _planned_orders(work: UnitOfWork, gathered: Gathered, touched: Collection[OrderId], plan: Plan) -> list[Order]:
    """The touched orders, those that just closed included, with what the plan allocated to their lines."""
    missing = [order for order in touched if order not in gathered.orders]
    orders = {**gathered.orders, **work.orders.get(missing)}
    allocated = {line.line_id: line.allocated for item in plan.items for line in item.lines}
    return [orders[order].with_allocated(allocated) for order in sorted(touched) if order in orders]


def _repairs(gathered: Gathered, plan: Plan) -> list[Activity]:
    """What was corrected on the platform because its count and our lines had differed for too long."""
    now = gathered.snapshot.now
    return [
        Activity(
            now,
            "repaired",
            f"item:{item.item_id}",
            said(
                "%(item)s: the shop counted %(units)s owed units that no order waits for; they were released.",
                item=gathered.facts[item.item_id].name,
                units=item.drift,
            ),
        )
        for item, known in zip(plan.items, gathered.snapshot.items, strict=True)
        if known.repair_drift and item.drift and not known.is_settling
    ]


def _in_words(change: Change, gathered: Gathered) -> list[Activity]:
    """The decision as a sentence for the merchant; nothing for changes nobody would ask about."""
    now = gathered.snapshot.now
    match change:
        case PromiseMade(order_id, _, promise) if promise.later:
            return [Activity(now, "promised", f"order:{order_id}", promise.later[-1].explained)]
        case PromiseMoved(order_id, _, before, after) if before.later and after.later:
            return [Activity(now, "moved", f"order:{order_id}", after.later[-1].explained)]
        case LineAllocated(order_id, _, units, still_owed):
            what = said_many(
                "%(count)s unit is tied to this order; still owed: %(owed)s.",
                "%(count)s units are tied to this order; still owed: %(owed)s.",
                count=units,
                owed=still_owed,
            )
            return [Activity(now, "allocated", f"order:{order_id}", what)]
        case AvailabilityChanged(item_id, before, after, on_hand):
            what = said(
                "%(item)s: %(before)s → %(after)s, %(units)s free on hand.",
                item=gathered.facts[item_id].name,
                before=Term("availability", before.value),
                after=Term("availability", after.value),
                units=on_hand,
            )
            return [Activity(now, "availability", f"item:{item_id}", what)]
        case _:
            return []

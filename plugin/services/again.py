"""Our own events: what is to be looked at or planned again, left in the inbox for the next drain. Decides nothing itself."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from plugin.domain.ids import ItemId, OrderId
from plugin.services.ports.unit_of_work import UnitOfWork

OURS = "backorder/"
"""Begins the topics of events that no webhook brought."""
LOOK_AGAIN = f"{OURS}look_again"
"""Our own event: read these items and recent orders afresh when what we know does not add up yet."""
REPLAN = f"{OURS}replan"
"""Our own event: plan these items or scopes anew, a slice at a time."""
TOGETHER = timedelta(seconds=30)
"""Looks that are due within it are one look, at its end: in a rush each would cost a read of orders and one of stock."""


def look_again_later(
    work: UnitOfWork,
    items: Collection[ItemId],
    *,
    at: datetime,
    due_at: datetime,
    drift: Mapping[ItemId, int] | None = None,
) -> None:
    """Have items read afresh. `drift`: their owed units that no order explains; what is so still by then was no news."""
    if items:
        due_at = due_at if due_at <= at else _with_others(due_at)
        work.inbox.add(LOOK_AGAIN, {"items": sorted(items), "drift": dict(drift or {})}, at=at, due_at=due_at)


def _with_others(due_at: datetime) -> datetime:
    """The next moment of a grid that all share."""
    begun = datetime(1970, 1, 1, tzinfo=UTC)
    return begun + -((begun - due_at) // TOGETHER) * TOGETHER


def replan_later(
    work: UnitOfWork,
    *,
    items: Collection[ItemId] = (),
    scopes: Collection[str] = (),
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """For changes that may touch thousands of items: the drain plans them in slices, each in a transaction of its own."""
    if items or scopes:
        work.inbox.add(REPLAN, {"items": sorted(items), "scopes": sorted(scopes)}, at=at, due_at=due_at or at)
        work.wake("drain_inbox", work.tenant_id)


def judge_again(work: UnitOfWork, order_id: OrderId, *, at: datetime) -> None:
    """Something about a notice of this order is different: what its shopper is owed now is decided at once."""
    order = work.orders.get([order_id]).get(order_id)
    if order is not None:
        replan_later(work, items={line.item_id for line in order.lines if line.item_id and line.open}, at=at)

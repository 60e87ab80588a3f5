"""One mail for one shopper: updates of several orders that wait at the same moment leave together, grouped by order.

Each order keeps its own row in the outbox, so that later news of one order can still replace or drop what waits of it;
only what is sent is put together here, when services/outbox.py sends the first of them. Notices of delay are never among
them: each asks for an answer about its own order, by its own day.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.services.budget import UPDATES
from plugin.services.ports.messages import MessageKind, OutboxMessage
from plugin.services.ports.unit_of_work import UnitOfWork

MOST_ORDERS = 20
"""In one mail; what is more follows in the next one."""


def claim_beside(work: UnitOfWork, first: OutboxMessage, *, at: datetime) -> tuple[OutboxMessage, ...]:
    """What else this shopper is to be told, ours from now on; nothing that speaks for another storefront."""
    if first.kind not in UPDATES or first.order_id is None or first.is_test:
        return ()
    waiting = work.messages.beside(first, kinds=UPDATES, at=at, limit=MOST_ORDERS - 1)
    if work.tenant().settings.channel_senders:
        waiting = _of_its_storefront(work, first, waiting)
    claimed = (work.messages.claim(message.message_id, at=at, ahead=True) for message in waiting)
    return tuple(message for message in claimed if message)


def _of_its_storefront(work: UnitOfWork, first: OutboxMessage, waiting: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    orders = work.orders.get([message.order_id for message in (first, *waiting) if message.order_id])
    channels = {number: order.channel_id for number, order in orders.items()}
    own = channels.get(first.order_id) if first.order_id else None
    return [message for message in waiting if message.order_id and channels.get(message.order_id) == own]


def as_one(messages: Sequence[OutboxMessage]) -> OutboxMessage:
    """The mail that is sent: the first one's own if it is alone, else all of them, by order."""
    first = messages[0]
    if len(messages) == 1:
        return first
    by_order = sorted(messages, key=lambda message: message.order_id or 0)
    facts: dict[str, Any] = {
        "decided_on": max(message.facts["decided_on"] for message in messages),
        "shopper_name": first.facts["shopper_name"],
        "orders": [{"kind": message.kind.value, "facts": message.facts} for message in by_order],
    }
    return replace(first, kind=MessageKind.SEVERAL, facts=facts, order_id=None, tone="")

"""One budget per shopper: several changes of an order within a while are one mail, quiet hours, nothing that is over.

Notices the law demands come here with their own time set and are never put off; services/outbox.py sends what is due.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from plugin.domain.ids import OrderId
from plugin.domain.notices import CancelCause
from plugin.domain.store import Tenant
from plugin.services.ports.messages import MessageKind, NewMessage, OutboxMessage
from plugin.services.ports.unit_of_work import UnitOfWork

UPDATES = (
    MessageKind.DATE_SET,
    MessageKind.EARLIER,
    MessageKind.PART_SHIPPED,
    MessageKind.SHIPPED_LATE,
    MessageKind.ARRIVED,
)
"""Mails that tell how an order stands, least important first: the most important one speaks for all, for each lists every line."""
_CAN_WAIT = frozenset(
    {
        *UPDATES,
        MessageKind.STATUS,
        MessageKind.REMINDER,
        MessageKind.CANCELLED,
        MessageKind.REFUNDED,
        MessageKind.BACK_IN_STOCK,
        MessageKind.GONE_AGAIN,
    }
)
TELLS_OF_WAITING = frozenset({*UPDATES, MessageKind.CONFIRMED, MessageKind.REMINDER} - {MessageKind.SHIPPED_LATE})
"""Not true any more once everything has left or is cancelled; an apology is."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`hold` is how long an update waits for the next one of its order."""

    tenant: Tenant
    now: datetime
    hold: timedelta

    def post(self, work: UnitOfWork, letters: Iterable[NewMessage], *, over: Collection[OrderId] = ()) -> bool:
        """Put letters in the outbox. `over` are orders nobody waits for any more. True if something was added."""
        everything = list(letters)
        updates = [letter for letter in everything if letter.kind in UPDATES and letter.order_id]
        others = [self._not_at_night(letter) for letter in everything if letter not in updates]
        waiting = self._waiting(work, {*over, *(letter.order_id for letter in updates if letter.order_id)})
        for order in over:
            old = waiting.pop(order, [])
            work.messages.drop([m.message_id for m in old if m.kind in TELLS_OF_WAITING], at=self.now)
            waiting[order] = [m for m in old if m.kind not in TELLS_OF_WAITING]
        waiting = {order: [m for m in found if m.kind in UPDATES] for order, found in waiting.items()}
        others += self._merged(work, updates, waiting)
        return bool(work.messages.add(others, at=self.now))

    def _waiting(self, work: UnitOfWork, orders: Collection[OrderId]) -> dict[OrderId, list[OutboxMessage]]:
        found: dict[OrderId, list[OutboxMessage]] = defaultdict(list)
        for message in work.messages.pending(orders) if orders else ():
            if message.kind in {*UPDATES, *TELLS_OF_WAITING} and message.order_id:
                found[message.order_id].append(message)
        return found

    def _merged(
        self, work: UnitOfWork, updates: Iterable[NewMessage], waiting: Mapping[OrderId, list[OutboxMessage]]
    ) -> Iterable[NewMessage]:
        by_order: dict[OrderId, list[NewMessage]] = defaultdict(list)
        for letter in updates:
            if letter.order_id:
                by_order[letter.order_id].append(letter)
        for order, letters in by_order.items():
            old = waiting.get(order, [])
            letter = spoken_for_all(letters, old)
            key = old[0].key if old else letter.key
            for other in {*(letter.key for letter in letters), *(message.key for message in old)}:
                work.notices.send_again_with(other, key)
            if not old:
                yield self._not_at_night(replace(letter, due_at=self.now + self.hold))
                continue
            work.messages.replace(old[0].message_id, letter)
            work.messages.drop([spare.message_id for spare in old[1:]], at=self.now)

    def _not_at_night(self, letter: NewMessage) -> NewMessage:
        if not keeps_until_morning(letter.kind, letter.facts):
            return letter
        return replace(letter, due_at=self.tenant.awake_at(letter.due_at or self.now))


def keeps_until_morning(kind: MessageKind, facts: Mapping[str, Any]) -> bool:
    """All but what the law demands, what answers something its reader has just done, and mails to the merchant."""
    if kind is MessageKind.CANCELLED:
        return facts.get("cause") != CancelCause.SHOPPER
    return kind in _CAN_WAIT or facts.get("is_demanded") is False


def spoken_for_all(letters: Collection[NewMessage], old: Collection[OutboxMessage]) -> NewMessage:
    """The newest facts, told as the most important of them, with everything that has arrived since the last mail."""
    newest = list(letters)[-1]
    kinds = [letter.kind for letter in letters] + [message.kind for message in old]
    told_before = [message.facts for message in old] + [letter.facts for letter in letters]
    kind = max(kinds, key=UPDATES.index)
    return replace(newest, kind=kind, facts=_with_all_that_came(newest.facts, told_before))


def _with_all_that_came(newest: Mapping[str, Any], told_before: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Units that came in with an earlier update nobody has seen yet belong into this one."""
    came: dict[int, int] = {}
    moved: dict[int, str] = {}
    for facts in told_before:
        for line in facts.get("lines", ()):
            came[line["line_id"]] = came.get(line["line_id"], 0) + line["arrived_units"]
            if line["old_day"]:
                moved.setdefault(line["line_id"], line["old_day"])
    lines = [
        {
            **line,
            "arrived_units": min(line["now_units"], came.get(line["line_id"], 0)),
            "old_day": moved.get(line["line_id"]),
        }
        for line in newest["lines"]
    ]
    return {**newest, "lines": lines}

"""What comes in: envelopes of webhooks, the events made of them, and the inbox that keeps them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugin.domain.ids import (
    OrderId,
    ProductId,
    TenantId,
    VariantId,
)
from plugin.services.errors import GiveUp


@dataclass(frozen=True, slots=True)
class Envelope:
    """A webhook as it came in, opened but not believed."""

    tenant_id: TenantId
    topic: str
    dedupe_key: str
    body: str
    """The raw JSON text; only ids are ever read from it."""


@dataclass(frozen=True, slots=True)
class InboxEvent:
    event_id: int
    topic: str
    body: Mapping[str, Any]
    received_at: datetime
    attempts: int
    """How often it was claimed, this time included."""


@dataclass(frozen=True, slots=True)
class EventHint:
    """Where to look after an event. Hints only: what is true is read from the shop."""

    orders: frozenset[OrderId] = frozenset()
    stock: frozenset[tuple[ProductId, VariantId | None]] = frozenset()
    counted: frozenset[tuple[ProductId, VariantId | None, int | None]] = frozenset()
    """The part of `stock` that something other than an order has written, and by how many units where that is said."""
    products: frozenset[ProductId] = frozenset()
    deleted_products: frozenset[ProductId] = frozenset()
    store_changed: bool = False


class EventReader(Protocol):
    def read(self, topic: str, body: Mapping[str, Any]) -> EventHint:
        """Empty for a topic nobody handles. Raises GiveUp("rejected") for a body that does not fit its topic."""
        ...


class InboxWriter(Protocol):
    """Where the receiver puts events: durable when the call returns."""

    def store(self, envelopes: Sequence[Envelope]) -> list[bool]:
        """In one commit; for each whether it is new, which no event of an unknown store is.

        Raises RetryLater when they could not be stored; then none of them is.
        """
        ...


class Inbox(Protocol):
    def add(self, topic: str, body: Mapping[str, Any], *, at: datetime, due_at: datetime) -> None:
        """An event of our own: look again at something later."""
        ...

    def claim(self, *, at: datetime, limit: int) -> list[InboxEvent]:
        """Waiting events that are due, oldest first; they are ours until finished or their lease runs out."""
        ...

    def finish(self, ids: Collection[int]) -> None: ...
    def give_back(self, ids: Collection[int], *, at: datetime) -> None:
        """Claimed and not come to: due again, and the claim does not count as a try."""
        ...

    def postpone(self, ids: Collection[int], *, until: datetime) -> None:
        """Due again then; what was parked is given all its tries back."""
        ...

    def park(self, event: int, problem: GiveUp) -> None: ...
    def has_due(self, *, at: datetime, gather: timedelta = ...) -> bool:
        """Whether anything is due; a fresh webhook is only when it has waited so long for others."""
        ...

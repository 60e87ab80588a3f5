"""What the screens, the REST API and the storefront read. Nothing here decides or writes; SQL is in adapters/db/queries.py.

Lists come in pages: ask again with `after` set to the last row's place until a page is shorter than its limit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, ShipmentId, TenantId
from plugin.domain.plan import Offer
from plugin.domain.policy import BackorderPolicy, Scope
from plugin.domain.promise import Promise
from plugin.domain.saying import Saying
from plugin.domain.shipment import IncomingShipment
from plugin.services.errors import ParkingReason
from plugin.services.ports.publications import PublicationKind

PAGE = 100
MOST_COUNTED = 10_000
"""Webhooks are counted up to here; a busy store's page need not wait for the exact number."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The numbers on top of the first page."""

    owed: int
    items_past_zero: int
    waiting_lines: int
    webhooks_last_day: int
    last_webhook_at: datetime | None
    events_waiting: int
    publications_due: int
    messages_due: int
    parked: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item sold past zero, or still owing units. `limit` and `left` None: unlimited."""

    item_id: ItemId
    product_id: ProductId
    name: str
    label: str
    """The variant's options, empty for a product counted as a whole."""
    sku: str
    owed: int
    limit: int | None
    offer: Offer | None
    """None until it was planned."""

    @property
    def availability(self) -> Availability:
        return self.offer.availability if self.offer else Availability.PLAIN

    @property
    def on_hand(self) -> int:
        return self.offer.on_hand if self.offer else 0

    @property
    def left(self) -> int | None:
        """Units that may still be sold beyond on hand."""
        return self.offer.available_for_backorder if self.offer else 0

    @property
    def ships(self) -> DateWindow | None:
        """When the next unit that is not on hand would ship; None where none is sold or no date is known."""
        return self.offer.next_part.window if self.offer and self.offer.next_part else None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of waiting lines."""

    queue_time: datetime
    line_id: OrderLineId


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An order line that still waits for units."""

    order_id: OrderId
    place: Place
    name: str
    sku: str
    quantity: int
    owed: int
    allocated: int
    promise: Promise | None
    place_explained: Saying

    @property
    def ships(self) -> DateWindow | None:
        """When its last unit ships; None where no date can be given."""
        return self.promise.last_window if self.promise else None

    @property
    def why_this_place(self) -> str:
        return str(self.place_explained)

    @property
    def why_this_date(self) -> str:
        return str(self.date_explained or "")

    @property
    def date_explained(self) -> Saying | None:
        return self.promise.later[-1].explained if self.promise and self.promise.later else None


class ParkedThing(StrEnum):
    EVENT = "event"
    PUBLICATION = "publication"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """Something we gave up on. `key` finds it again: an id, or kind and target of a publication (`product:77`)."""

    thing: ParkedThing
    key: str
    what: str
    """The topic of an event, the kind of a message, kind and target of a publication."""
    reason: ParkingReason
    explained: Saying
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class ActivityRow:
    activity_id: int
    at: datetime
    kind: str
    about: str
    said: Saying


@dataclass(frozen=True, slots=True)
class Footprint:
    """What of ours stands in the shop now, and what *Leave* would give back."""

    written: Mapping[PublicationKind, int]
    """Places that show something of ours, by kind."""
    items_with_virtual_units: int
    virtual_units: int
    waiting_lines: int


class Queries(Protocol):
    def overview(self, tenant: TenantId, *, at: datetime) -> Overview: ...
    def items_past_zero(self, tenant: TenantId, *, after: str = "", limit: int = PAGE) -> tuple[ItemRow, ...]:
        """By item id; `after` is the last one seen."""
        ...

    def waiting_lines(
        self, tenant: TenantId, *, after: Place | None = None, limit: int = PAGE
    ) -> tuple[WaitingRow, ...]:
        """Longest waiting first."""
        ...

    def parked(self, tenant: TenantId, *, limit: int = PAGE) -> tuple[ParkedRow, ...]:
        """Newest first."""
        ...

    def activity(
        self,
        tenant: TenantId,
        *,
        kinds: Collection[str] = (),
        about: str = "",
        before: int | None = None,
        limit: int = PAGE,
    ) -> tuple[ActivityRow, ...]:
        """Newest first; `before` is the id of the oldest one seen. `about` names one thing: `order:101`."""
        ...

    def item_of(self, tenant: TenantId, sku: str) -> ItemId | None:
        """The item with this SKU, as it is or in capitals."""
        ...

    def footprint(self, tenant: TenantId) -> Footprint: ...
    def offers(self, tenant: TenantId, items: Collection[ItemId]) -> dict[ItemId, Offer]: ...
    def policies(
        self, tenant: TenantId, *, after: Scope | None = None, limit: int = PAGE
    ) -> tuple[BackorderPolicy, ...]:
        """From the store's own to the most specific, then by target."""
        ...

    def shipments(
        self, tenant: TenantId, *, after: ShipmentId | None = None, limit: int = PAGE, only_open: bool = False
    ) -> tuple[IncomingShipment, ...]:
        """By id."""
        ...

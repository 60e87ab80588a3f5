"""Who wants to hear when it is back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from plugin.domain.ids import (
    ItemId,
    OrderId,
)


class WaitlistState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    TOLD = "told"
    BOUGHT = "bought"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    entry_id: int
    item_id: ItemId
    email: str
    locale: str
    quantity: int
    state: WaitlistState
    asked_at: datetime
    told_at: datetime | None = None
    claim_until: datetime | None = None
    """Until then nobody behind is told in this one's stead."""
    message_key: str = ""
    """Of the mail that told it."""
    order_id: OrderId | None = None
    """What was bought after asking."""


class Waitlist(Protocol):
    def add(self, item: ItemId, email: str, *, locale: str, quantity: int, at: datetime) -> WaitlistEntry:
        """The entry for this item and address; an earlier one that left or was told starts over as unconfirmed."""
        ...

    def get(self, entry: int) -> WaitlistEntry | None: ...
    def save_state(self, entry: int, state: WaitlistState, *, at: datetime) -> None: ...
    def items_waited_for(self, items: Collection[ItemId] | None = None) -> set[ItemId]:
        """Those of them that confirmed people wait for; None: of all."""
        ...

    def waiting_for(self, item: ItemId, *, limit: int) -> list[WaitlistEntry]:
        """Oldest first."""
        ...

    def told_since(self, items: Collection[ItemId], since: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        """Who was told after that moment that the item is back, and has not bought."""
        ...

    def claims(self, items: Collection[ItemId], *, at: datetime) -> dict[ItemId, list[WaitlistEntry]]:
        """Who was told, and has time left to buy before others are told."""
        ...

    def tell(self, entry: int, *, at: datetime, until: datetime, message_key: str) -> bool:
        """False if it does not wait any more: nobody is told twice."""
        ...

    def wants(self, items: Collection[ItemId], emails: Collection[str]) -> list[WaitlistEntry]:
        """Those of these addresses who asked for one of these items and have neither bought it nor left."""
        ...

    def bought(self, entry: int, order: OrderId, *, at: datetime) -> None: ...

"""What the merchant's page on the waitlist reads: per item who waits, who was told, who bought; and every entry to export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.domain.ids import ItemId, TenantId
from plugin.services.ports.waitlist import WaitlistState

PAGE = 50
LONGEST_NUMBER = 18
"""Digits a database takes for a number."""


@dataclass(frozen=True, slots=True)
class WaitlistTotals:
    """Over all items somebody waits for, up to a number of items."""

    people: int
    units: int
    items: int


@dataclass(frozen=True, slots=True)
class WaitlistPlace:
    """An item's place in the list, `12.77:105` in addresses; the next page begins behind it."""

    people: int
    item_id: ItemId

    @classmethod
    def parse(cls, text: str) -> "WaitlistPlace | None":
        """None for what is no place: the list begins with its first page."""
        people, _, item = text.partition(".")
        if not people.isdecimal() or len(people) > LONGEST_NUMBER or not item:
            return None
        return cls(int(people), ItemId(item))

    def __str__(self) -> str:
        return f"{self.people}.{self.item_id}"


@dataclass(frozen=True, slots=True)
class WaitlistRow:
    """An item somebody asked for. `told` people heard that it is back, in so many `waves`; `bought` of them ordered it.

    `claims` of them may still buy before the next wave is told.
    """

    item_id: ItemId
    name: str
    label: str
    sku: str
    people: int
    units: int
    unconfirmed: int
    told: int
    bought: int
    claims: int
    waves: int
    last_told_at: datetime | None

    @property
    def place(self) -> WaitlistPlace:
        return WaitlistPlace(self.people, self.item_id)

    @property
    def conversion(self) -> float | None:
        return self.bought / self.told if self.told else None


@dataclass(frozen=True, slots=True)
class WaitlistPerson:
    """One entry, for the export."""

    item_id: ItemId
    sku: str
    name: str
    email: str
    quantity: int
    state: WaitlistState
    locale: str
    asked_at: datetime


class WaitlistQueries(Protocol):
    def totals(self, tenant: TenantId) -> WaitlistTotals: ...
    def items(
        self, tenant: TenantId, *, at: datetime, after: WaitlistPlace | None = None, limit: int = PAGE
    ) -> tuple[WaitlistRow, ...]:
        """What most people wait for first."""
        ...

    def people(self, tenant: TenantId, *, item: ItemId | None = None) -> Iterator[WaitlistPerson]:
        """Oldest first, read in pages; of one item, or of all."""
        ...

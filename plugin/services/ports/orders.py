"""Orders and what surrounds them: what the pages showed, the carts, the people."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from plugin.domain.ids import (
    ItemId,
    OrderId,
    OrderLineId,
)
from plugin.domain.order import Order, OrderLine, OrderStage, Sending
from plugin.domain.plan import LinePlan, Offer
from plugin.domain.promise import Promise, SetByHand
from plugin.domain.saying import Saying


class Orders(Protocol):
    def get(self, ids: Collection[OrderId]) -> dict[OrderId, Order]: ...
    def save(self, orders: Sequence[Order]) -> None:
        """Insert or replace with all lines. The caller has compared `modified_at`."""
        ...

    def holding_items(self, items: Collection[ItemId]) -> list[Order]:
        """Orders in a stage that holds units, with at least one open line of these items; all their lines."""
        ...

    def lines_holding(self, items: Collection[ItemId]) -> dict[ItemId, list[OrderLine]]:
        """The lines of these items that hold units, in no order."""
        ...

    def sent_when_ready(self, item: ItemId, *, since: datetime) -> int:
        """Units of an item that left with orders changed since then, of lines that nothing was owed of any more."""
        ...

    def promises(self, orders: Collection[OrderId]) -> dict[OrderLineId, Promise]: ...
    def save_line_plans(self, lines: Sequence[LinePlan]) -> None:
        """Allocation, promise and reason of each line."""
        ...

    def pin(self, order: OrderId, lines: Collection[OrderLineId], at: datetime | None) -> int:
        """Put lines first by hand, or (None) let them go; returns how many there are."""
        ...

    def set_by_hand(self, orders: Collection[OrderId]) -> dict[OrderLineId, SetByHand]:
        """Lines of these orders for which the merchant named ship dates."""
        ...

    def save_by_hand(self, order: OrderId, line: OrderLineId, dates: SetByHand | None) -> None:
        """Name ship dates; None takes them back, and what was told before stands again."""
        ...

    def reasons(self, orders: Collection[OrderId]) -> dict[OrderLineId, Saying]:
        """Why each line has what it has, as the last plan put it."""
        ...

    def customers_without_group(self) -> set[int]:
        """Customers with open orders whose group nobody asked for yet."""
        ...

    def save_customer_groups(self, groups: Mapping[int, int]) -> None: ...
    def mark_confirmed(self, orders: Collection[OrderId], at: datetime) -> None: ...
    def unconfirmed(self, orders: Collection[OrderId]) -> set[OrderId]:
        """Those of them whose shopper has not been told a first promise."""
        ...

    def add_to_ledger(self, order: OrderId, *, at: datetime, surface: str, text: str, facts: Mapping[str, Any]) -> None:
        """What a shopper was told, word for word. Only ever added to."""
        ...

    def contacts(self, ids: Collection[OrderId]) -> dict[OrderId, str]:
        """Addresses shoppers gave us for their messages, instead of the order's own."""
        ...

    def save_contact(self, order: OrderId, email: str) -> None: ...
    def told_shipped(self, ids: Collection[OrderId]) -> dict[OrderLineId, int]:
        """Units of each line whose leaving the shopper has been told about, or need not be."""
        ...

    def save_told_shipped(self, order: OrderId, shipped: Mapping[OrderLineId, int]) -> None: ...


class Shown(Protocol):
    """What the shop's pages said of items in the last days: an order is held against what its shopper saw."""

    def supersede(self, offers: Mapping[ItemId, Offer], *, at: datetime) -> None:
        """These were said until now."""
        ...

    def since(
        self, moment: datetime, ids: Collection[ItemId]
    ) -> dict[ItemId, tuple[tuple[datetime | None, Offer], ...]]:
        """All that was still said after the moment, oldest first, with when it ended; the last one stands (None)."""
        ...


class Carts(Protocol):
    """What shoppers chose for carts that are no order yet."""

    def save(self, cart_id: str, sending: Sending, *, at: datetime) -> None: ...
    def sendings(self, ids: Collection[str]) -> dict[str, Sending]: ...


class People(Protocol):
    """The persons behind orders and the waitlist. Addresses are compared without regard to case."""

    def orders_of(self, email: str) -> dict[OrderId, OrderStage]: ...
    def known_of(self, email: str) -> Mapping[str, Any]:
        """Everything kept of a person, by subject, as rows."""
        ...

    def forget_orders(self, ids: Collection[OrderId], *, at: datetime) -> None:
        """Names and addresses go, also from texts; pictures of these orders taken later bring none back."""
        ...

    def forget_waiting(self, email: str) -> int:
        """Waitlist entries and their mails; returns how many entries."""
        ...

    def forget_waiting_before(self, moment: datetime) -> int:
        """Those who left, were told, or never confirmed, before the moment."""
        ...

    def done_with(self, *, modified_before: datetime, limit: int) -> list[OrderId]:
        """Orders that hold no units any more and still name somebody, oldest first."""
        ...

"""A plain model of what shoppers, the warehouse and suppliers did, and what therefore must be true in the end.

It shares no rule with the app: units on a shelf, orders in the order they came, a limit. `judge` compares it with the
shop, the app's REST API and the shoppers' inbox.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from plugin.demo.outside import Outside

NOTE = "[Backorder]"


@dataclass(slots=True)
class Bought:
    """One order of one item, as its shopper knows it."""

    number: int
    name: str
    item: int
    units: int
    was_backordered: bool
    """Whether the shelf was too empty for it when it was placed."""


@dataclass(slots=True)
class Shelf:
    """One item: what lies there, what may be sold beyond it, and who waits, the longest first."""

    units: int
    limit: int
    open: list[Bought] = field(default_factory=list)
    freed: int = 0
    """Units the shop itself opened beyond the limit, because parcels left before it had heard of the goods in them."""

    @property
    def sold(self) -> int:
        return sum(order.units for order in self.open)

    @property
    def owed(self) -> int:
        return max(0, self.sold - self.units)

    @property
    def left(self) -> int:
        """What shoppers may still buy."""
        return self.units + self.limit - self.sold

    def owing(self) -> list[Bought]:
        """Orders not covered by the shelf, when those who came first are served first."""
        free, waiting = self.units, []
        for order in self.open:
            free -= order.units
            if free < 0:
                waiting.append(order)
        return waiting

    def ready(self) -> list[Bought]:
        """Orders the warehouse can send now without taking units from somebody who came before."""
        waiting = {order.number for order in self.owing()}
        return [order for order in self.open if order.number not in waiting]


@dataclass(slots=True)
class Model:
    shelves: dict[int, Shelf] = field(default_factory=dict)
    orders: list[Bought] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What was already wrong when it happened."""

    def bought(self, number: int, name: str, item: int, units: int) -> None:
        shelf = self.shelves[item]
        order = Bought(number, name, item, units, was_backordered=shelf.units - shelf.sold < units)
        shelf.open.append(order)
        self.orders.append(order)
        if shelf.left + shelf.freed < 0:
            self.broken.append(f"Order {number} was taken although item {item} was {-shelf.left} beyond its limit.")

    def cancelled(self, order: Bought) -> None:
        self.shelves[order.item].open.remove(order)

    def shipped(self, order: Bought, *, freed: int = 0) -> None:
        shelf = self.shelves[order.item]
        shelf.open.remove(order)
        shelf.units -= order.units
        shelf.freed += freed


def judge(model: Model, outside: Outside) -> Iterator[tuple[str, str]]:
    """Yield each fact and what is wrong with it; an empty text where it holds."""
    yield "No order was taken beyond the limit", " ".join(model.broken)
    for item, shelf in model.shelves.items():
        yield from _units(item, shelf, outside)
    yield "Every order that waits shows its dates to the staff", _without_notes(model, outside)
    yield "Every shopper who waits was told, once", _told_wrongly(model, outside)
    yield "No mail went out under two names", _twins(model, outside)
    yield "The doctor finds nothing red and no drift", _ill(outside)


def _units(item: int, shelf: Shelf, outside: Outside) -> Iterator[tuple[str, str]]:
    free = int(outside.product(item)["stock"][0]["available_to_sell"])
    yield f"Item {item}: the shop sells what is left", _unequal(free, max(0, shelf.left))
    lines = outside.app("GET", f"/items/{item}/queue")["lines"]
    owed = {line["order_id"]: line["owed"] for line in lines if line["owed"]}
    yield f"Item {item}: as many units are owed as were sold beyond the shelf", _unequal(sum(owed.values()), shelf.owed)
    yield f"Item {item}: those who came last wait", _unequal(sorted(owed), [order.number for order in shelf.owing()])


def _without_notes(model: Model, outside: Outside) -> str:
    waiting = [order for shelf in model.shelves.values() for order in shelf.owing()]
    silent = [order.number for order in waiting if NOTE not in outside.order(order.number)["staff_notes"]]
    return f"orders {silent} say nothing" if silent else ""


def _told_wrongly(model: Model, outside: Outside) -> str:
    """One confirmation each, whatever was repeated. The same mail twice has one Message-ID, and counts once."""
    waiting = {order.number for shelf in model.shelves.values() for order in shelf.owing()}
    wrong = []
    for order in model.orders:
        confirmed = [key for kind, key in _mails(outside, order.name) if kind == "confirmed"]
        if len(set(confirmed)) > 1 or (order.number in waiting and not confirmed):
            wrong.append(f"{order.name} {len(set(confirmed))} times")
    return ", ".join(wrong)


def _twins(model: Model, outside: Outside) -> str:
    wrong = []
    for order in model.orders:
        found = {}
        for mail in outside.mails(order.name):
            full = outside.mail(mail["id"])
            found[dict(full["headers"]).get("Message-ID", "")] = (full["subject"], full["plain"])
        wrong += [f"{order.name}: {text[0]}" for text, count in Counter(found.values()).items() if count > 1]
    return ", ".join(wrong)


def doubled(model: Model, outside: Outside) -> int:
    """Mails that arrived twice with one Message-ID: the worker died between handing over and noting it."""
    return sum(len(found) - len(set(found)) for found in (_mails(outside, order.name) for order in model.orders))


def _mails(outside: Outside, name: str) -> list[tuple[str, str]]:
    headers = [dict(outside.mail(mail["id"])["headers"]) for mail in outside.mails(name)]
    return [(found.get("Feedback-ID", "").partition(":")[0], found.get("Message-ID", "")) for found in headers]


def _ill(outside: Outside) -> str:
    found = json.loads(outside.command_output("doctor", "--json"))
    return "; ".join(
        f"{each['subject']}: {each['text']}"
        for each in found
        if each["state"] == "bad" or (each["subject"] == "drift" and each["state"] != "good")
    )


def _unequal(found: object, wanted: object) -> str:
    return "" if found == wanted else f"found {found}, must be {wanted}"

"""Reading stock levels and changing them by relative amounts, many at a time.

Both ways of selling past zero move stock through here: virtual units are nothing but a higher number to the platform,
native backorders also move `qty_backordered`. Limits are in `native.py`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from plugin.adapters.bigcommerce.bulk import REFUSED, Tally, halves, id_lists, in_batches, joined, refusal_of
from plugin.adapters.bigcommerce.client import Answer, BigCommerceClient, Call, Query
from plugin.adapters.bigcommerce.payloads import InventoryItem, read_all
from plugin.adapters.bigcommerce.translate import identity_of, levels_of, likely_name_of, name_of
from plugin.domain.ids import ItemId, product_of, variant_of
from plugin.domain.stock import StockLevel, StockMove
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import BulkResult, Page
from plugin.services.ports.stock import StockPlace

ITEMS = "/v3/inventory/items"
RELATIVE = "/v3/inventory/adjustments/relative"
ABSOLUTE = "/v3/inventory/adjustments/absolute"
PAGE = 1000
BATCH = 2000
NAMED = re.compile(r"\b(variant_id|product_id):? (\d+)\b")
NEEDS_ABSOLUTE = "requires absolute adjustment before relative"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an adjustment: what to add to one item at one location."""

    place: StockPlace
    quantity: int
    backordered: int

    @property
    def identity(self) -> dict[str, int]:
        return identity_of(self.place[0])

    def payload(self) -> dict[str, int]:
        """Exactly one identifier, and no zeros: the platform refuses a change by nothing."""
        changes = {"quantity": self.quantity, "qty_backordered": self.backordered}
        return {"location_id": self.place[1], **self.identity, **{name: by for name, by in changes.items() if by}}


def read_stock(client: BigCommerceClient, items: Collection[ItemId]) -> list[StockLevel]:
    """The levels of these items at every location that sells, in as few lists as fit."""
    wanted = frozenset(items)
    whole = {product_of(item) for item in wanted if variant_of(item) is None}
    variants = {variant for item in wanted if (variant := variant_of(item)) is not None}
    levels: dict[StockPlace, StockLevel] = {}
    for name, ids in (("variant_id:in", variants), ("product_id:in", whole)):
        for batch in id_lists(ids, PAGE):
            for row in _walk(client, {name: joined(batch)}):
                if item := name_of(row, wanted):
                    _keep_first(levels, levels_of(row, item))
    return list(levels.values())


def all_stock(client: BigCommerceClient, place: str = "") -> Iterator[Page[StockLevel]]:
    """Every level of the store, a page at a time; whether a row is a product or a variant is guessed without catalog.

    A place is the next page's number.
    """
    for page in _pages(client, {}, first=int(place or 1)):
        yield Page([level for row in page.rows for level in levels_of(row, likely_name_of(row))], page.place)


def adjust_stock(client: BigCommerceClient, moves: Sequence[StockMove]) -> BulkResult[StockPlace]:
    tally: Tally[StockPlace] = Tally()
    rows = _rows_of(moves)
    idle = [row.place for row in rows if not (row.quantity or row.backordered)]
    busy = [row for row in rows if row.quantity or row.backordered]
    reason = (
        next(iter({move.reason for move in moves}), "") if len({move.reason for move in moves}) == 1 else "Backorder"
    )
    adjusting = _Adjusting(client, tally, reason)
    result = tally.write_in_steps(in_batches(busy, BATCH), adjusting.send)
    tally.written |= dict.fromkeys(idle)
    return result


@dataclass(frozen=True, slots=True)
class _Adjusting:
    """One adjustment under way. A refused batch changed nothing; it is taken apart by the items it names."""

    client: BigCommerceClient
    tally: Tally[StockPlace]
    reason: str

    def send(self, rows: Sequence[Row]) -> None:
        call = Call(
            method="POST",
            path=RELATIVE,
            json={"reason": self.reason, "items": [row.payload() for row in rows]},
            is_repeatable=False,
            accepts=REFUSED,
        )
        answer = self.client.call(call)
        if answer.is_success:
            self.tally.written |= dict.fromkeys(row.place for row in rows)
        else:
            self._take_apart(rows, refusal_of(call, answer))

    def _take_apart(self, rows: Sequence[Row], problem: GiveUp) -> None:
        blamed = _named_in(rows, problem.explanation) or (list(rows) if len(rows) == 1 else [])
        if not blamed:
            for half in halves(rows):
                self.send(half)
            return
        if others := [row for row in rows if row not in blamed]:
            self.send(others)
        if NEEDS_ABSOLUTE in problem.explanation:
            self._set_first_level(blamed)
        else:
            for row in blamed:
                self.tally.refuse(row.place, problem)

    def _set_first_level(self, rows: Sequence[Row]) -> None:
        """An item never counted has no number to add to: give it its first one."""
        now = {(level.item_id, level.location_id): level for level in _levels(self.client, rows)}
        items = [{"location_id": row.place[1], **row.identity, **_first_level(row, now.get(row.place))} for row in rows]
        call = Call(method="PUT", path=ABSOLUTE, json={"reason": self.reason, "items": items}, accepts=REFUSED)
        answer = self.client.call(call)
        if answer.is_success:
            self.tally.written |= dict.fromkeys(row.place for row in rows)
        else:
            self.tally.refused |= dict.fromkeys((row.place for row in rows), refusal_of(call, answer))


def _levels(client: BigCommerceClient, rows: Sequence[Row]) -> list[StockLevel]:
    return read_stock(client, {row.place[0] for row in rows})


def _first_level(row: Row, level: StockLevel | None) -> dict[str, int]:
    on_hand, backordered = (level.on_hand, level.backordered or 0) if level else (0, 0)
    first = {"quantity": max(0, on_hand + row.quantity)}
    return first | ({"qty_backordered": max(0, backordered + row.backordered)} if row.backordered else {})


def _rows_of(moves: Iterable[StockMove]) -> list[Row]:
    """One row per item and location, sorted by location: the platform wants them grouped, and none named twice."""
    rows: dict[StockPlace, Row] = {}
    for move in moves:
        place = (move.item_id, move.location_id)
        before = rows.get(place, Row(place, 0, 0))
        rows[place] = Row(place, before.quantity + move.quantity, before.backordered + move.backordered)
    return sorted(rows.values(), key=lambda row: (row.place[1], row.place[0]))


def _named_in(rows: Sequence[Row], explanation: str) -> list[Row]:
    named = {(kind, int(number)) for kind, number in NAMED.findall(explanation)}
    return [row for row in rows if named & set(row.identity.items())]


def _keep_first(levels: dict[StockPlace, StockLevel], more: Iterable[StockLevel]) -> None:
    for level in more:
        levels.setdefault((level.item_id, level.location_id), level)


def _walk(client: BigCommerceClient, query: Query) -> Iterator[InventoryItem]:
    for page in _pages(client, query):
        yield from page.rows


def _pages(client: BigCommerceClient, query: Query, *, first: int = 1) -> Iterator[Page[InventoryItem]]:
    for number in count(first):
        answer = _page(client, query, number)
        yield Page(_items(answer), str(number + 1) if answer.has_next_page else "")
        if not answer.has_next_page:
            return


def _page(client: BigCommerceClient, query: Query, page: int) -> Answer:
    paged: dict[str, Any] = {**query, "limit": PAGE, "page": page}
    return client.call(Call(method="GET", path=ITEMS, query=paged))


def _items(answer: Answer) -> list[InventoryItem]:
    return read_all(InventoryItem, answer.rows, "inventory item")

"""Reading orders in as few calls as the platform allows, each with all its lines.

Ids that lie close together come as one list, lonely ones alone; lists are walked by id or by time, never by page number,
because rows move while we read.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call, Query
from plugin.adapters.bigcommerce.payloads import OrderLinePayload, OrderPayload, read, read_all
from plugin.adapters.bigcommerce.translate import (
    OPEN,
    UNPAID,
    Consignments,
    consignments_of,
    moment,
    order_of,
    rfc_2822,
)
from plugin.domain.ids import OrderId
from plugin.domain.order import Order
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import Page

logger = structlog.get_logger(__name__)

PAGE = 100
LINES_PAGE = 250
SECOND = timedelta(seconds=1)
BY_ID = "#"
HOLDING = (*OPEN, *UNPAID)
WITH_LINES = {"include": "consignments.line_items", "consignment_structure": "object"}


def read_orders(client: BigCommerceClient, ids: Collection[OrderId]) -> list[Order]:
    """The orders that can be read now, sorted by id; those that are gone or not readable yet are left out."""
    found: dict[OrderId, Order] = {}
    for window in _windows(sorted(set(ids))):
        found |= _read_window(client, window)
    return [found[order] for order in sorted(found)]


def calls_for(ids: Collection[OrderId]) -> int:
    return sum(1 for _ in _windows(sorted(set(ids))))


def modified_since(client: BigCommerceClient, since: datetime, place: str = "") -> Iterator[Page[Order]]:
    """Walk by time of change. An order that changes meanwhile moves to the end and is read again there.

    A place is a moment, or a moment and an id: where so many changed within one second, that second is walked by id.
    """
    second, _, first = place.partition(BY_ID)
    since = datetime.fromisoformat(second) if second else since
    if first:
        yield from _modified_within(client, since, int(first))
        since += SECOND
    while True:
        rows = _list(client, {"min_date_modified": rfc_2822(since), "sort": "date_modified:asc"})
        if len(rows) < PAGE:
            yield Page(_orders_of(client, rows))
            return
        latest = max((at for row in rows if (at := moment(str(row.get("date_modified"))))), default=since)
        if latest > since:
            yield Page(_orders_of(client, rows), latest.isoformat())
            since = latest
        else:
            yield from _modified_within(client, since, 1)
            since += SECOND


def open_orders(client: BigCommerceClient, place: str = "") -> Iterator[Page[Order]]:
    """Every order that still holds units, whenever it was placed. A place is a status' place in the list, and an id."""
    began, _, first = place.partition(BY_ID)
    for number, status in list(enumerate(HOLDING))[int(began or 0) :]:
        for rows, following in _walk_by_id(client, {"status_id": status}, int(first or 1)):
            is_last = not following and status == HOLDING[-1]
            next_one = f"{number}{BY_ID}{following}" if following else f"{number + 1}{BY_ID}1"
            yield Page(_orders_of(client, rows), "" if is_last else next_one)
        first = ""


def staff_notes(client: BigCommerceClient, order: OrderId) -> str:
    answer = client.call(Call(method="GET", path=f"/v2/orders/{order}"))
    return read(OrderPayload, answer.body, f"order {order}").staff_notes


def write_staff_notes(client: BigCommerceClient, order: OrderId, notes: str) -> None:
    client.call(Call(method="PUT", path=f"/v2/orders/{order}", json={"staff_notes": notes}))


def _windows(ids: Sequence[OrderId]) -> Iterator[list[OrderId]]:
    """Groups of ids that one list call is sure to cover: ids are given once, so a span of 100 holds at most 100."""
    window: list[OrderId] = []
    for order in ids:
        if window and order - window[0] >= PAGE:
            yield window
            window = []
        window.append(order)
    if window:
        yield window


def _read_window(client: BigCommerceClient, window: Sequence[OrderId]) -> dict[OrderId, Order]:
    if len(window) == 1:
        return _by_id(_read_one(client, window[0]))
    span: dict[str, str | int] = {"min_id": window[0], "max_id": window[-1], "sort": "id:asc"}
    found = _wanted(client, _list(client, span), window)
    if len(missing := _missing(window, found)) > 1:
        # Lists may leave out checkouts that were never finished, unless they are asked for.
        found |= _wanted(client, _list(client, span | {"status_id": 0}), missing)
    for order in _missing(window, found):
        found |= _by_id(_read_one(client, order))
    return found


def _wanted(client: BigCommerceClient, rows: Iterable[Any], ids: Collection[OrderId]) -> dict[OrderId, Order]:
    wanted = set(ids)
    return _by_id(_orders_of(client, [row for row in rows if isinstance(row, dict) and row.get("id") in wanted]))


def _missing(window: Sequence[OrderId], found: Collection[OrderId]) -> list[OrderId]:
    return [order for order in window if order not in found]


def _by_id(orders: Iterable[Order]) -> dict[OrderId, Order]:
    return {order.order_id: order for order in orders}


def _read_one(client: BigCommerceClient, order: OrderId) -> list[Order]:
    call = Call(method="GET", path=f"/v2/orders/{order}", query=WITH_LINES, accepts=frozenset({404}))
    answer = client.call(call)
    return _orders_of(client, [answer.body]) if answer.is_success else []


def _list(client: BigCommerceClient, query: dict[str, str | int]) -> list[Any]:
    call = Call(method="GET", path="/v2/orders", query={**query, **WITH_LINES, "limit": PAGE})
    return client.call(call).rows


def _walk_by_id(client: BigCommerceClient, query: Query, first: int) -> Iterator[tuple[list[Any], int]]:
    """Rows, and the id that the next ones begin with; 0 after the last."""
    while first:
        rows = _list(client, {**query, "min_id": first, "sort": "id:asc"})
        first = max(row["id"] for row in rows) + 1 if len(rows) == PAGE else 0
        yield rows, first


def _modified_within(client: BigCommerceClient, second: datetime, first: int) -> Iterator[Page[Order]]:
    """By id, as that never changes; a place of it says so."""
    span: Query = {"min_date_modified": rfc_2822(second), "max_date_modified": rfc_2822(second)}
    for rows, following in _walk_by_id(client, span, first):
        place = f"{second.isoformat()}{BY_ID}{following}" if following else (second + SECOND).isoformat()
        yield Page(_orders_of(client, rows), place)


def _orders_of(client: BigCommerceClient, rows: Iterable[Any]) -> list[Order]:
    """Read what can be read: an order that makes no sense must not hide the others."""
    orders = []
    for row in rows:
        try:
            orders.append(_order_of(client, row))
        except GiveUp as problem:
            logger.warning("unreadable_order", problem=problem.explanation)
    return orders


def _order_of(client: BigCommerceClient, row: Any) -> Order:
    payload = read(OrderPayload, row, "order")
    consignments = consignments_of(payload.consignments)
    return order_of(payload, _lines_of(client, payload.id, consignments), country=consignments.country)


def _lines_of(client: BigCommerceClient, order: int, consignments: Consignments) -> list[OrderLinePayload]:
    """The lines that came along; all of them anew where the platform left some out (it sends 50 per consignment)."""
    rows: list[Any] = list(consignments.lines)
    if not consignments.is_whole:
        rows, page = [], 1
        while len(rows) == LINES_PAGE * (page - 1):
            query = {"limit": LINES_PAGE, "page": page}
            rows += client.call(Call(method="GET", path=f"/v2/orders/{order}/products", query=query)).rows
            page += 1
    return read_all(OrderLinePayload, rows, f"line of order {order}")

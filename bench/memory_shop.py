"""A worker whose shops answer from memory, after as long as an answer takes: `python -m bench.memory_shop`.

Everything else is real: queue, leases, database, services. What a store sells is said by its name: `t50x7` has fifty items.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

from bench.crowd import DEFAULT, NOW
from bench.crowd import order as an_order
from bench.crowd import product as a_product
from plugin import bootstrap
from plugin.domain.ids import ItemId, OrderId, ProductId, TenantId
from plugin.domain.item import Product
from plugin.domain.order import Order
from plugin.domain.stock import StockLevel
from plugin.services.ports.shop import BackorderLimit, BulkResult, Metafield, Page
from plugin.services.ports.stock import StockPlace

ANSWER = "BENCH_ANSWER_SECONDS"


@dataclass(frozen=True, slots=True)
class MemoryShop:
    items: int
    answer: float

    def orders(self, ids: Collection[OrderId]) -> list[Order]:
        self._wait()
        return [replace(an_order(order - 1, self.items), placed_at=NOW, modified_at=NOW) for order in sorted(ids)]

    def calls_for(self, _ids: Collection[OrderId]) -> int:
        return 1

    def server_time(self) -> datetime:
        self._wait()
        return datetime.now(UTC)

    def orders_modified_since(self, _since: datetime, *, place: str = "") -> Iterator[Page[Order]]:  # noqa: ARG002  — the port's
        """Whatever was sold, a webhook told."""
        self._wait()
        yield Page(())

    def products(self, ids: Collection[ProductId]) -> list[Product]:
        if ids:
            self._wait()
        return [a_product(product) for product in ids]

    def stock(self, items: Collection[ItemId]) -> list[StockLevel]:
        self._wait()
        return [StockLevel(item, DEFAULT, 0, 0, 7) for item in items]

    def set_backorder_limits(self, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]:
        self._wait()
        return BulkResult({(each.item_id, each.location_id): None for each in limits})

    def write_product_texts(self, texts: Mapping[ProductId, Any]) -> BulkResult[ProductId]:
        self._wait(len(texts), 10)
        return BulkResult(dict.fromkeys(texts))

    def write_metafields(self, _owner: Any, fields: Sequence[Metafield]) -> BulkResult[int]:
        self._wait(len(fields), 50)
        return BulkResult({each.owner_id: each.owner_id for each in fields})

    def delete_metafields(self, _owner: Any, _ids: Sequence[int]) -> None:
        self._wait()

    def adjust_stock(self, moves: Sequence[Any]) -> BulkResult[StockPlace]:
        self._wait()
        return BulkResult({(each.item_id, each.location_id): None for each in moves})

    def _wait(self, rows: int = 1, batch: int = 1) -> None:
        if self.answer:
            Event().wait(self.answer * -(-rows // batch))


@dataclass(frozen=True, slots=True)
class MemoryShops:
    answer: float

    def open(self, tenant: TenantId) -> MemoryShop:
        return MemoryShop(items_of(tenant), self.answer)


def items_of(tenant: TenantId) -> int:
    return int(tenant[1:].partition("x")[0])


def main() -> None:
    from plugin.settings import Settings
    from workers.__main__ import QUEUES, run_worker

    answer = float(os.environ.get(ANSWER, "0"))
    bootstrap.BigCommerceStores = lambda **_: MemoryShops(answer)  # type: ignore[assignment,misc]
    run_worker(Settings.from_env(env_file=None), QUEUES)


if __name__ == "__main__":
    main()

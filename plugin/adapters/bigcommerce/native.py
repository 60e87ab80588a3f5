"""The platform's own backorders: does this store have them, and which limit stands at which location.

How units are moved is the same with and without them, and stands in `stock.py`.
"""

from collections import defaultdict
from collections.abc import Sequence

from plugin.adapters.bigcommerce.bulk import REFUSED, Tally, in_batches, refusal_of, write_isolating
from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.adapters.bigcommerce.payloads import InventoryItem, read_all
from plugin.adapters.bigcommerce.stock import BATCH, ITEMS
from plugin.adapters.bigcommerce.translate import identity_of
from plugin.domain.ids import LocationId
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import BackorderLimit, BulkResult
from plugin.services.ports.stock import StockPlace

SAMPLE = 50


def has_native_backorders(client: BigCommerceClient) -> bool:
    """Whether any row of a sample shows the fields; there is no documented flag, and none is assumed."""
    answer = client.call(Call(method="GET", path=ITEMS, query={"limit": SAMPLE}))
    items = read_all(InventoryItem, answer.rows, "inventory item")
    return any(stock.is_native for item in items for stock in item.locations)


def set_backorder_limits(client: BigCommerceClient, limits: Sequence[BackorderLimit]) -> BulkResult[StockPlace]:
    tally: Tally[StockPlace] = Tally()
    by_location: defaultdict[LocationId, list[BackorderLimit]] = defaultdict(list)
    for limit in {(limit.item_id, limit.location_id): limit for limit in limits}.values():
        by_location[limit.location_id].append(limit)

    def send(batch: Sequence[BackorderLimit]) -> GiveUp | None:
        return _send(client, batch, tally)

    def refuse(limit: BackorderLimit, problem: GiveUp) -> None:
        tally.refuse((limit.item_id, limit.location_id), problem)

    batches = [batch for location in sorted(by_location) for batch in in_batches(by_location[location], BATCH)]
    return tally.write_in_steps(batches, lambda batch: write_isolating(batch, send, refuse))


def _send(client: BigCommerceClient, limits: Sequence[BackorderLimit], tally: Tally[StockPlace]) -> GiveUp | None:
    settings = [{"identity": identity_of(limit.item_id), "backorder_limit": limit.limit} for limit in limits]
    path = f"/v3/inventory/locations/{limits[0].location_id}/items"
    call = Call(method="PUT", path=path, json={"settings": settings}, accepts=REFUSED)
    answer = client.call(call)
    if not answer.is_success:
        return refusal_of(call, answer)
    tally.written |= dict.fromkeys((limit.item_id, limit.location_id) for limit in limits)
    return None

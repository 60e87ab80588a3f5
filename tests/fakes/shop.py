"""What a shop does by itself: sell in one step up to its ceiling, cancel, edit, ship, count. Each says whom to tell."""

from dataclasses import dataclass, replace

from plugin.domain.ids import ItemId, OrderId, product_of, variant_of
from plugin.domain.order import Order, OrderStage
from plugin.domain.stock import StockLevel
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import RefundMade, RefundRequest, TrialOrder
from tests.builders import DEFAULT, an_order, an_order_line
from tests.fakes.store import FakeStore


@dataclass
class FakeShop(FakeStore):
    sold: int = 0

    def level(self, item: ItemId) -> StockLevel:
        return self.levels[item, DEFAULT]

    def can_sell(self, item: ItemId) -> int:
        level = self.level(item)
        beyond = max(0, (level.backorder_limit or 0) - (level.backordered or 0)) if self.is_native else 0
        return max(0, level.on_hand) + beyond

    def sell(
        self, item: ItemId, units: int, *, email: str = "ada@example.com", paid: bool = True, country: str = "US"
    ) -> Order | None:
        """None where the shop refuses: the ceiling is its own to hold."""
        if units > self.can_sell(item):
            return None
        self.sold += 1
        self._take(item, units)
        number = 100 + self.sold
        product, variant = product_of(item), variant_of(item)
        line = an_order_line(
            line_id=self.sold, order_id=number, item=None, product=product, variant=variant, quantity=units
        )
        stage = OrderStage.OPEN if paid else OrderStage.UNPAID
        order = an_order(
            order_id=number, lines=[line], email=email, stage=stage, placed_at=self.clock.now(), country=country
        )
        return self._save(order)

    def cancel(self, order: OrderId) -> Order:
        for line in self.placed[order].lines:
            if line.product_id:
                self._take(self._item(order), -line.open)
        return self._save(replace(self.placed[order], stage=OrderStage.CANCELLED))

    def edit(self, order: OrderId, units: int) -> Order | None:
        [line] = self.placed[order].lines
        if units - line.quantity > self.can_sell(self._item(order)):
            return None
        self._take(self._item(order), units - line.quantity)
        return self._save(replace(self.placed[order], lines=(replace(line, quantity=units),)))

    def swap(self, order: OrderId, item: ItemId) -> Order:
        """Staff take the one line out of the order and put as many of another item into it."""
        [line] = self.placed[order].lines
        self._take(self._item(order), -line.open)
        self._take(item, line.open)
        self.sold += 1
        product, variant = product_of(item), variant_of(item)
        new = an_order_line(
            line_id=self.sold, order_id=order, item=None, product=product, variant=variant, quantity=line.open
        )
        return self._save(replace(self.placed[order], lines=(new,)))

    def ship(self, order: OrderId, units: int) -> Order:
        [line] = self.placed[order].lines
        line = replace(line, shipped=line.shipped + units)
        stage = OrderStage.OPEN if line.open else OrderStage.CLOSED
        return self._save(replace(self.placed[order], stage=stage, lines=(line,)))

    def _sell_trial(self, order: TrialOrder) -> OrderId:
        sold = self.sell(self.catalog[order.product_id].item_for(order.variant_id), 1, email=order.email)
        if sold is None:
            raise GiveUp("rejected", "The shop has none left.")
        self.placed[sold.order_id] = replace(sold, staff_notes=order.mark)
        return sold.order_id

    def cancel_order(self, order: OrderId) -> None:
        with self._call("cancel_order"):
            self.cancel(order)

    def refund(self, request: RefundRequest) -> RefundMade:
        """Money moves and units count as refunded; the level stays as it is."""
        is_new = request.marker not in self.refunds
        try:
            return super().refund(request)
        finally:
            if is_new and request.marker in self.refunds:
                self._refunded(request)

    def _refunded(self, request: RefundRequest) -> None:
        order = self.placed[request.order_id]
        lines = [replace(line, refunded=line.refunded + request.units.get(line.line_id, 0)) for line in order.lines]
        self._save(replace(order, lines=tuple(lines)))

    def count(self, item: ItemId, on_hand: int) -> None:
        """A person or an ERP writes a number."""
        self.levels[item, DEFAULT] = replace(self.level(item), on_hand=on_hand)

    def _item(self, order: OrderId) -> ItemId:
        [line] = self.placed[order].lines
        return self.catalog[line.product_id].item_for(line.variant_id)  # type: ignore[index]

    def _take(self, item: ItemId, units: int) -> None:
        """Off the shelf first, then beyond it; what comes back was owed first."""
        level = self.level(item)
        if units > 0:
            self.levels[item, DEFAULT] = level.shifted(-units)
            return
        forgiven = min(-units, level.backordered or 0)
        backordered = None if level.backordered is None else level.backordered - forgiven
        self.levels[item, DEFAULT] = replace(level, on_hand=level.on_hand - units - forgiven, backordered=backordered)

    def _save(self, order: Order) -> Order:
        self.placed[order.order_id] = replace(order, modified_at=self.clock.now())
        return self.placed[order.order_id]

"""A shop in a few lines: a platform that sells atomically up to its ceiling, a shelf, and our books beside them.

The platform knows nothing of plans. Our side hears of its orders late, twice or not at all, reads its level when it
likes, plans with the code under test, and pushes moves one by one. The shelf is what is physically there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import reduce

from plugin.domain.allocation import WaitingLine
from plugin.domain.changes import Availability
from plugin.domain.ids import OrderId, OrderLineId
from plugin.domain.order import InventorySettings, Order, OrderStage
from plugin.domain.plan import ItemPlan, ItemSnapshot, Snapshot, StoreRules, make_plan
from plugin.domain.policy import BackorderPolicy
from plugin.domain.promise import Promise
from plugin.domain.reading import Suspicion, believed_level
from plugin.domain.shipment import IncomingShipment
from plugin.domain.stock import SellingMode, StockLevel, StockMove
from tests.builders import DEFAULT, MUG, NOW, a_calendar, a_level, a_line, an_order, an_order_line


@dataclass
class Platform:
    """What the merchant's store does by itself."""

    is_native: bool
    settings: InventorySettings
    on_hand: int = 0
    backordered: int = 0
    limit: int = 0
    orders: dict[int, Order] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    clock: int = 0

    @property
    def ceiling(self) -> int:
        return max(0, self.on_hand) + (max(0, self.limit - self.backordered) if self.is_native else 0)

    def sell(self, quantity: int) -> Order | None:
        number = len(self.orders) + 1
        if not self._take(number, quantity):
            return None
        return self._save(an_order(order_id=number, lines=[an_order_line(line_id=number, quantity=quantity)]))

    def edit(self, number: int, quantity: int) -> None:
        order = self.orders[number]
        more = quantity - order.lines[0].quantity
        if not self.settings.follows_edits or self._take(number, more):
            self._save(replace(order, lines=(replace(order.lines[0], quantity=quantity),)))

    def cancel(self, number: int) -> None:
        """Nothing of it has shipped."""
        if self.settings.returns_cancelled:
            self._take(number, -self.taken[number])
        self._save(replace(self.orders[number], stage=OrderStage.CANCELLED))

    def reopen(self, number: int) -> None:
        order = self.orders[number]
        if not self.settings.returns_cancelled or self._take(number, order.lines[0].quantity):
            self._save(replace(order, stage=OrderStage.OPEN))

    def ship(self, number: int, units: int) -> None:
        [line] = self.orders[number].lines
        line = replace(line, shipped=line.shipped + units)
        stage = OrderStage.OPEN if line.open else OrderStage.CLOSED
        self._save(replace(self.orders[number], stage=stage, lines=(line,)))

    def adjust(self, move: StockMove) -> bool:
        """Relative, and refused as a whole where a count would fall below zero."""
        on_hand, backordered = self.on_hand + move.quantity, self.backordered + move.backordered
        if on_hand < 0 or backordered < 0:
            return False
        self.on_hand, self.backordered = on_hand, backordered
        return True

    def read(self) -> StockLevel:
        return a_level(on_hand=self.on_hand, backordered=self.backordered if self.is_native else None)

    def _take(self, number: int, units: int) -> bool:
        """Off the shelf first, then beyond it; what comes back was owed first. Refused above the ceiling."""
        if units > self.ceiling:
            return False
        from_shelf = min(units, self.on_hand) if units > 0 else units + min(-units, self.backordered)
        self.on_hand -= from_shelf
        self.backordered += units - from_shelf
        self.taken[number] = self.taken.get(number, 0) + units
        return True

    def _save(self, order: Order) -> Order:
        self.clock += 1
        moment = NOW + timedelta(minutes=self.clock)
        order = replace(
            order, modified_at=moment, placed_at=order.placed_at if order.order_id in self.orders else moment
        )
        self.orders[order.order_id] = order
        return order


RECEIVED = "Received."
NO_MOVE = StockMove(MUG, DEFAULT, 0, 0, 0, "")


def _both(one: StockMove, other: StockMove) -> StockMove:
    return replace(
        one,
        quantity=one.quantity + other.quantity,
        backordered=one.backordered + other.backordered,
        virtual_units=one.virtual_units + other.virtual_units,
    )


@dataclass
class Books:
    """What we know, and what we want."""

    platform: Platform
    mode: SellingMode
    policy: BackorderPolicy
    orders: dict[OrderId, Order] = field(default_factory=dict)
    promises: dict[OrderLineId, Promise] = field(default_factory=dict)
    wanted: list[StockMove] = field(default_factory=list)
    wanted_limit: int = 0
    shipments: list[IncomingShipment] = field(default_factory=list)
    availability: Availability = Availability.PLAIN
    arrived: int = 0
    """Units we ever said have arrived or are on hand for a line."""

    def __post_init__(self) -> None:
        self.level = self.platform.read()
        self.expected = self.level.number

    def hear(self, picture: Order) -> None:
        """An older picture never overwrites a newer one; the same one twice says nothing."""
        before = self.orders.get(picture.order_id)
        if before and picture.modified_at <= before.modified_at:
            return
        [line] = picture.lines
        order = replace(picture, lines=(replace(line, allocated=0, taken=0),)).carried_over(
            before, self.platform.settings
        )
        self.expected -= order.lines[0].taken - (before.lines[0].taken if before else 0)
        self.orders[order.order_id] = order

    def receive(self, units: int) -> None:
        self.wanted.append(StockMove(MUG, DEFAULT, units, 0, 0, RECEIVED))

    def accept_level(self) -> None:
        """What nobody can explain and stays is right: a cancelled order we never knew kept its units."""
        self.expected = self.level.number

    def read_level(self) -> None:
        self.level = replace(self.platform.read(), virtual_units=self.level.virtual_units)

    def snapshot(self, *, repair_drift: bool = False) -> Snapshot:
        doubt = self.level.number - self.expected
        suspicion = Suspicion(doubt, NOW) if doubt else None
        item = ItemSnapshot(
            item_id=MUG,
            is_tracked=True,
            policy=self.policy,
            levels=(believed_level(self.level, self.expected, suspicion, self.wanted),),
            lines=tuple(self._waiting()),
            shipments=tuple(self.shipments),
            before=self.availability,
            repair_drift=repair_drift,
        )
        rules = StoreRules(a_calendar(), self.mode, self.platform.settings.timing, DEFAULT)
        return Snapshot(NOW, rules, (item,))

    def plan(self, *, repair_drift: bool = False) -> ItemPlan:
        [plan] = make_plan(self.snapshot(repair_drift=repair_drift)).items
        for line in plan.lines:
            order = self.orders[line.order_id]
            self.orders[line.order_id] = order.with_allocated({line.line_id: line.allocated})
            self.promises[line.line_id] = line.promise
            self.arrived += line.newly_allocated
        self.wanted.extend(plan.moves)
        self.wanted_limit = dict(plan.limits).get(DEFAULT, 0)
        self.availability = plan.offer.availability
        return plan

    def push(self) -> None:
        """A limit that falls goes first, one that rises last: never both ways at once.

        All moves go as one: a later one was planned on top of an earlier one, and must not stand where that one fell.
        """
        self.platform.limit = min(self.platform.limit, self.wanted_limit)
        move = reduce(_both, self.wanted, NO_MOVE)
        if self.platform.adjust(move):
            self.expected += move.number
            self.level = self.level.moved(move)
        else:
            self.wanted = [move for move in self.wanted if move.reason == RECEIVED]
            self.push()
            return
        self.wanted = []
        self.platform.limit = self.wanted_limit

    def tied(self) -> int:
        """Units on the shelf that are promised to somebody, parcels we have not heard of taken off."""
        return sum(self.tied_to(number) for number in self.orders)

    def tied_to(self, number: OrderId) -> int:
        known, now = self.orders[number].lines[0], self.platform.orders[number].lines[0]
        return max(0, known.allocated - (now.shipped - known.shipped))

    def _waiting(self) -> Sequence[WaitingLine]:
        return [
            a_line(
                line_id=line.line_id,
                order_id=order.order_id,
                owed=line.owed,
                allocated=line.allocated,
                untaken=line.untaken,
                queue_time=order.queue_time,
                promise=self.promises.get(line.line_id),
            )
            for order in self.orders.values()
            for line in order.lines
            if order.stage.holds_units and line.open
        ]

"""Planning in the loop of a shop that sells, cancels, ships and receives in any order, heard of late and twice.

After each step: nothing sold past the ceiling, nothing promised that is not there. In the end: one truth everywhere.
"""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plugin.domain.changes import Availability
from plugin.domain.ids import OrderId
from plugin.domain.order import InventorySettings, Order, OrderStage
from plugin.domain.plan import changes_between, make_plan
from plugin.domain.stock import SellingMode, StockTiming
from tests.builders import a_policy
from tests.domain.shop_model import Books, Platform

units = st.integers(1, 6)


class ShopMachine(RuleBasedStateMachine):
    mode = SellingMode.NATIVE
    is_native = True
    may_switch = False
    inventory = InventorySettings()

    @initialize(shelf=st.integers(0, 6), limit=st.integers(0, 8))
    def opens(self, shelf: int, limit: int) -> None:
        self.shelf = shelf
        self.highest_limit = limit
        self.platform = Platform(is_native=self.is_native, settings=self.inventory, on_hand=shelf)
        self.books = Books(self.platform, self.mode, a_policy(limit=limit))
        self.pictures: list[Order] = []
        self.untaken_by_edit = 0
        self.refused = 0

    # ---------------------------------------------------------------------------------------- the world

    @rule(quantity=units)
    def a_shopper_buys(self, quantity: int) -> None:
        order = self.platform.sell(quantity)
        if order:
            self.pictures.append(order)

    @rule(data=st.data(), quantity=units)
    def staff_edit(self, data: st.DataObject, quantity: int) -> None:
        self._change(
            data, lambda order: order.lines[0].shipped == 0, lambda number: self.platform.edit(number, quantity)
        )

    @rule(data=st.data())
    def an_order_is_cancelled(self, data: st.DataObject) -> None:
        self._change(data, lambda order: order.lines[0].shipped == 0, self.platform.cancel)

    @rule(data=st.data())
    def an_order_is_reopened(self, data: st.DataObject) -> None:
        self._change(data, lambda _: True, self.platform.reopen, stage=OrderStage.CANCELLED)

    @rule(data=st.data(), quantity=units)
    def a_parcel_leaves(self, data: st.DataObject, quantity: int) -> None:
        """The warehouse sends what we said is ready, and what the order still asks for.

        Units the level never lost stay: when they ship, staff have to correct the level by hand, and do not here.
        """

        def ready(number: int) -> int:
            known = number in self.books.orders
            tied = self.books.tied_to(OrderId(number)) if known else 0
            [line] = self.platform.orders[number].lines
            return max(0, min(quantity, tied, line.open, self.platform.taken[number] - line.shipped))

        def ship(number: int) -> None:
            self.shelf -= ready(number)
            self.platform.ship(number, ready(number))

        self._change(data, lambda order: ready(order.order_id) > 0, ship)

    @rule(quantity=units)
    def goods_arrive(self, quantity: int) -> None:
        self.shelf += quantity
        self.books.receive(quantity)

    # ---------------------------------------------------------------------------------------- our side

    @rule(data=st.data())
    def news_comes(self, data: st.DataObject) -> None:
        """Some pictures, in any order, some of them again: news is never used up."""
        for picture in data.draw(st.lists(st.sampled_from(self.pictures), max_size=4)) if self.pictures else ():
            self.books.hear(picture)

    @rule()
    def all_news_comes(self) -> None:
        for picture in self.pictures:
            self.books.hear(picture)

    @rule()
    def the_level_is_read(self) -> None:
        self.books.read_level()

    @rule()
    def we_plan(self) -> None:
        self.books.plan()

    @rule()
    def we_push(self) -> None:
        self.books.push()

    @rule(limit=st.integers(0, 8))
    def the_merchant_changes_the_limit(self, limit: int) -> None:
        self.highest_limit = max(self.highest_limit, limit)
        self.books.policy = a_policy(limit=limit)

    @rule()
    def the_merchant_turns_it_off(self) -> None:
        self.books.policy = a_policy(limit=5, enabled=False)

    @precondition(lambda self: self.may_switch)
    @rule(mode=st.sampled_from(SellingMode))
    def the_store_switches(self, mode: SellingMode) -> None:
        self.books.mode = mode

    # ---------------------------------------------------------------------------------------- what must hold

    @invariant()
    def no_more_is_sold_than_is_there_and_the_limit_allows(self) -> None:
        if self.inventory.timing is StockTiming.PLACED and self.inventory.follows_edits:
            sold = sum(order.lines[0].open for order in self._live())
            assert sold - self.shelf <= self.highest_limit

    @invariant()
    def nothing_is_tied_that_does_not_lie_on_the_shelf(self) -> None:
        assert self.books.tied() <= self.shelf

    @invariant()
    def no_count_of_the_platform_falls_below_zero(self) -> None:
        assert self.platform.on_hand >= 0
        assert self.platform.backordered >= 0

    def teardown(self) -> None:
        if not hasattr(self, "books"):
            return
        self.books.push()
        self.all_news_comes()
        self.books.read_level()
        if not self.inventory.returns_cancelled:
            self.books.accept_level()
        for _ in range(3):  # what was held back by doubt, then what was owed to nobody
            self.books.plan(repair_drift=True)
            self.books.push()
            self.books.read_level()
        self._agrees()
        self._is_at_rest()

    def _agrees(self) -> None:
        books, platform = self.books, self.platform
        live = self._live()
        owed = sum(books.orders[order.order_id].lines[0].owed for order in live)
        free = books.level.net_position + owed - sum(books.orders[o.order_id].lines[0].untaken for o in live)
        assert books.level.number == books.expected
        assert free >= 0
        assert free + books.tied() <= self.shelf
        assert not (free and owed)
        if not self._may_lose_count:
            assert free + books.tied() == self.shelf
        if self.inventory.timing is StockTiming.PLACED and self.inventory.follows_edits:
            self._ceiling_agrees(free, owed, books.policy.effective_limit or 0)
        assert sum(order.lines[0].open for order in live) == books.tied() + owed
        assert platform.is_native or platform.backordered == 0

    def _ceiling_agrees(self, free: int, owed: int, limit: int) -> None:
        assert self.platform.ceiling == free + max(0, limit - owed)
        if self.books.mode is SellingMode.NATIVE:
            assert (self.platform.on_hand, self.platform.backordered) == (free, owed)
            assert self.books.level.virtual_units == 0
        else:
            assert self.platform.on_hand == free + max(0, limit - owed)
        is_plain = not owed and not self.books.policy.enabled
        assert (self.books.availability is Availability.PLAIN) == is_plain
        assert (self.books.availability is Availability.CLOSED) == (not is_plain and self.platform.ceiling == 0)

    def _is_at_rest(self) -> None:
        snapshot = self.books.snapshot()
        plan = make_plan(snapshot)
        assert changes_between(snapshot, plan) == ()
        assert (plan.items[0].moves, plan.items[0].drift) == ((), 0)

    @property
    def _may_lose_count(self) -> bool:
        """Where the shop keeps cancelled units or ignores edits, goods lie on the shelf that no number tells."""
        return not (self.inventory.returns_cancelled and self.inventory.follows_edits)

    def _live(self) -> list[Order]:
        return [order for order in self.platform.orders.values() if order.stage.holds_units]

    def _change(
        self,
        data: st.DataObject,
        may: Callable[[Order], bool],
        change: Callable[[int], None],
        stage: OrderStage = OrderStage.OPEN,
    ) -> None:
        candidates = [order for order in self.platform.orders.values() if order.stage is stage and may(order)]
        if not candidates:
            return
        number = data.draw(st.sampled_from(candidates)).order_id
        change(number)
        self.pictures.append(self.platform.orders[number])
        if not self.inventory.follows_edits:
            self.all_news_comes()  # who misses a picture cannot know what the level is missing


class NativeShop(ShopMachine):
    pass


class VirtualShop(ShopMachine):
    mode, is_native = SellingMode.VIRTUAL, False


class SwitchingShop(ShopMachine):
    may_switch = True


class NativeShopThatKeepsCancelled(ShopMachine):
    inventory = InventorySettings(returns_cancelled=False)


class VirtualShopThatKeepsCancelled(VirtualShop):
    inventory = InventorySettings(returns_cancelled=False)


class ShopThatIgnoresEdits(ShopMachine):
    inventory = InventorySettings(follows_edits=False)


MACHINES = [
    NativeShop,
    VirtualShop,
    SwitchingShop,
    NativeShopThatKeepsCancelled,
    VirtualShopThatKeepsCancelled,
    ShopThatIgnoresEdits,
]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_the_shop_and_our_books_agree_in_the_end(machine: type[ShopMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=100, stateful_step_count=40))

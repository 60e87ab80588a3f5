"""What the merchant decides about the queue: its rules, lines pinned by hand, and how an order is sent."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from plugin.domain.ids import ItemId, OrderId, OrderLineId, TenantId
from plugin.domain.order import Order, Sending
from plugin.domain.ranking import AllocationRules
from plugin.domain.saying import Term, said
from plugin.services.again import replan_later
from plugin.services.errors import GiveUp, NotFound
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.unit_of_work import UnitOfWork, Units


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the queue for an item, with its supply and why it has that."""

    order_id: OrderId
    line_id: OrderLineId
    quantity: int
    allocated: int
    owed: int
    is_pinned: bool
    why: str


@dataclass(frozen=True, slots=True)
class Allocation:
    units: Units
    planning: Planning
    stores: Stores

    def rules(self, tenant_id: TenantId) -> AllocationRules:
        with self.units(tenant_id) as work:
            return work.tenant().settings.allocation

    def save_rules(self, tenant_id: TenantId, rules: AllocationRules) -> None:
        """Everything that waits is planned anew, in slices. Groups are asked of the shop first where a rule needs them."""
        if rules.needs_groups:
            self._ask_groups(tenant_id)
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            work.save_tenant(replace(tenant, settings=replace(tenant.settings, allocation=rules)))
            names = tuple(Term("rule", rule.value) for rule in rules.rules) or (said("first come, first served"),)
            what = said("Who goes first: %(rules)s.", rules=names)
            work.journal.add([Activity(now, "allocation", "store", what)])
            replan_later(work, items=work.items.ids_past_zero(), at=now)
            work.commit()

    def pin(self, tenant_id: TenantId, order_id: OrderId, lines: Collection[OrderLineId] = ()) -> None:
        """Put an order, or some of its lines, before everybody else. Raises NotFound."""
        self._pin(tenant_id, order_id, lines, is_pinned=True)

    def unpin(self, tenant_id: TenantId, order_id: OrderId, lines: Collection[OrderLineId] = ()) -> None:
        self._pin(tenant_id, order_id, lines, is_pinned=False)

    def _pin(self, tenant_id: TenantId, order_id: OrderId, lines: Collection[OrderLineId], *, is_pinned: bool) -> None:
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            order = _order(work, order_id)
            chosen = set(lines) or {line.line_id for line in order.lines}
            if work.orders.pin(order_id, chosen, now if is_pinned else None) < len(chosen):
                raise NotFound("order line", ", ".join(str(line) for line in sorted(chosen)))
            what = said("Pinned by hand: it goes first.") if is_pinned else said("No longer pinned.")
            work.journal.add([Activity(now, "pinned", f"order:{order_id}", what)])
            self._replan(work, order, chosen)
            work.commit()

    def choose_sending(self, tenant_id: TenantId, order_id: OrderId, sending: Sending) -> None:
        """Ship this order complete or in parts, whatever the store does otherwise. Raises NotFound."""
        with self.units(tenant_id) as work:
            order = replace(_order(work, order_id), sending=sending)
            work.orders.save([order])
            self._replan(work, order, {line.line_id for line in order.lines})
            work.commit()

    def queue(self, tenant_id: TenantId, item: ItemId) -> list[QueueRow]:
        """The open lines of an item, pinned ones first, then as they came; each says why it has what it has."""
        with self.units(tenant_id) as work:
            orders = work.orders.holding_items([item])
            why = work.orders.reasons([order.order_id for order in orders])
        waiting = [(order, line) for order in orders for line in order.lines if line.item_id == item and line.open]
        waiting.sort(key=lambda each: (each[1].pinned_at is None, each[0].queue_time, each[1].line_id))
        return [
            QueueRow(
                order_id=order.order_id,
                line_id=line.line_id,
                quantity=line.quantity,
                allocated=line.allocated,
                owed=line.owed,
                is_pinned=line.pinned_at is not None,
                why=str(why.get(line.line_id, "")),
            )
            for order, line in waiting
        ]

    def _replan(self, work: UnitOfWork, order: Order, lines: Collection[OrderLineId]) -> None:
        items = {line.item_id for line in order.lines if line.item_id and line.line_id in lines}
        self.planning.replan(work, items, orders=[order.order_id])

    def _ask_groups(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            customers = work.orders.customers_without_group()
        groups = groups_of(self.stores.open(tenant_id), customers)
        with self.units(tenant_id) as work:
            work.orders.save_customer_groups(groups)
            work.commit()


def groups_of(store: Store, customers: Collection[int]) -> dict[int, int]:
    """The customers' groups; none where the shop does not let us see them: no order may wait for that."""
    if not customers:
        return {}
    try:
        return store.customer_groups(customers)
    except GiveUp:
        return {}


def _order(work: UnitOfWork, order_id: OrderId) -> Order:
    order = work.orders.get([order_id]).get(order_id)
    if order is None:
        raise NotFound("order", order_id)
    return order

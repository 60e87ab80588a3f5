"""A test order in one click, where the store is a sandbox: placed, followed by what came of it, cancelled again.

The order comes back to us by webhook as any other; nothing here decides about it.
"""

from dataclasses import dataclass, replace

from plugin.domain.changes import Availability
from plugin.domain.ids import OrderId, TenantId, variant_of
from plugin.domain.order import Order, OrderStage
from plugin.domain.saying import said
from plugin.domain.store import Trial
from plugin.services.errors import Conflict
from plugin.services.ports.desk import Activity
from plugin.services.ports.shop import Store, Stores, TrialOrder
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.products import ProductFilter, ProductQueries
from plugin.services.queries import ItemRow

PAST_ZERO = (Availability.BACKORDER, Availability.PREORDER)


@dataclass(frozen=True, slots=True)
class TrialState:
    """How it stands. `order` None: the shop's webhook has not come back yet."""

    order_id: OrderId
    order: Order | None

    @property
    def is_over(self) -> bool:
        return self.order is not None and self.order.stage is OrderStage.CANCELLED


@dataclass(frozen=True, slots=True)
class TrialOrders:
    units: Units
    stores: Stores
    products: ProductQueries
    clock: Clock

    def state(self, tenant_id: TenantId) -> TrialState | None:
        with self.units(tenant_id) as work:
            return _state(work)

    def place(self, tenant_id: TenantId, *, email: str) -> OrderId:
        """Order one unit of something sold past zero. Raises Conflict in a live store, whatever the caller believes."""
        store = self.stores.open(tenant_id)
        _require_sandbox(store)
        item = self._item(tenant_id)
        order = TrialOrder(self._mark(tenant_id), item.product_id, variant_of(item.item_id), email)
        order_id = store.place_trial_order(order)
        with self.units(tenant_id) as work:
            _keep(work, Trial(order.mark, order_id))
            what = said("A test order of one %(item)s was placed in this sandbox store.", item=item.name)
            work.journal.add([Activity(self.clock.now(), "by_hand", f"order:{order_id}", what)])
            work.commit()
        return order_id

    def cancel(self, tenant_id: TenantId) -> None:
        """Cancel it in the shop, whose webhook tells us. Only ever the order that was placed here."""
        with self.units(tenant_id) as work:
            trial = work.tenant().settings.trial
        if trial is None or trial.order_id is None:
            raise Conflict(said("There is no test order to cancel."))
        store = self.stores.open(tenant_id)
        _require_sandbox(store)
        store.cancel_order(trial.order_id)

    def _item(self, tenant_id: TenantId) -> ItemRow:
        for availability in PAST_ZERO:
            for row in self.products.items(tenant_id, ProductFilter(availability=availability), limit=1):
                return row.item
        raise Conflict(
            said(
                "No item is sold past zero now. Save the first policy, or set an item's stock to 0 in your store; then place the test order."
            )
        )

    def _mark(self, tenant_id: TenantId) -> str:
        """Saved before the shop is asked: whoever clicks again after an answer got lost asks for the same order."""
        with self.units(tenant_id) as work:
            trial, state = work.tenant().settings.trial, _state(work)
            if trial and trial.order_id is None:
                return trial.mark
            if state and not state.is_over:
                raise Conflict(
                    said(
                        "The test order #%(order_id)s is still open. Cancel it, then place another.",
                        order_id=state.order_id,
                    )
                )
            mark = f"backorder-test-{self.clock.now():%Y%m%d%H%M%S}"
            _keep(work, Trial(mark))
            work.commit()
        return mark


def _state(work: UnitOfWork) -> TrialState | None:
    trial = work.tenant().settings.trial
    if trial is None or trial.order_id is None:
        return None
    return TrialState(trial.order_id, work.orders.get([trial.order_id]).get(trial.order_id))


def _keep(work: UnitOfWork, trial: Trial) -> None:
    tenant = work.tenant()
    work.save_tenant(replace(tenant, settings=replace(tenant.settings, trial=trial)))


def _require_sandbox(store: Store) -> None:
    """Asked of the shop each time: a sandbox can become a live store."""
    if not store.profile().is_sandbox:
        raise Conflict(said("This is not a sandbox store: a test order would be a real one here. Nothing was ordered."))

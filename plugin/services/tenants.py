"""The life of the app in a store: install, set up, reconnect, disconnect, leave, uninstall."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from plugin.domain.ids import CategoryId, TenantId
from plugin.domain.saying import NOTHING_SAID, said
from plugin.domain.stock import StockLevel
from plugin.domain.store import ConnectionState, StoreSettings, Tenant
from plugin.services.errors import AccessRevoked, GiveUp, NotFound, RetryLater
from plugin.services.facts import DisconnectedFacts, LeftBehindFacts, LeftItemFacts, ParkedFacts, ParkedThing, to_json
from plugin.services.intake import Intake
from plugin.services.long_reads import LongList, LongReads
from plugin.services.news import News
from plugin.services.page_panels import PagePanels
from plugin.services.ports.directory import AppUser, Directory, Grant
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.publishing import Publishing

ITEMS_PER_PLAN = 500
WAITING = "waiting"
"""The install has not begun to read the store."""
KEPT_AFTER_UNINSTALL = timedelta(days=30)
"""How long everything is kept that a reinstall needs to restore the shop."""


@dataclass(frozen=True, slots=True)
class Tenants:
    units: Units
    directory: Directory
    stores: Stores
    clock: Clock
    intake: Intake
    long_reads: LongReads
    publishing: Publishing
    panels: PagePanels

    def install(self, grant: Grant) -> Tenant:
        """Take a fresh token: a first install, a reinstall, or an authorization anew. The slow part is a job."""
        now = self.clock.now()
        tenant = self.directory.save_grant(grant, at=now)
        came_back = tenant.state in {ConnectionState.LEFT, ConnectionState.UNINSTALLED}
        installing = replace(
            tenant,
            state=ConnectionState.INSTALLING,
            connected_at=now if came_back else tenant.connected_at,
            setup_step=WAITING,
            list_read=None,
            problem=NOTHING_SAID,
        )
        with self.units(tenant.tenant_id) as work:
            work.save_tenant(installing)
            work.wake("set_up", tenant.tenant_id)
            work.commit()
        return installing

    def seen(self, tenant_id: TenantId, user: AppUser) -> None:
        """Somebody opened the app: with several users on, a load from a new one means "provision them"."""
        if self.directory.find(tenant_id) is None:
            raise NotFound("store", tenant_id)
        self.directory.save_user(tenant_id, user)

    def remove_user(self, tenant_id: TenantId, user_id: int) -> None:
        self.directory.remove_user(tenant_id, user_id)

    def save_settings(self, tenant_id: TenantId, settings: StoreSettings) -> None:
        """Every date and every level may follow from a setting: all items are planned anew."""
        with self.units(tenant_id) as work:
            work.save_tenant(replace(work.tenant(), settings=settings))
            self._replan_all(work)
            work.commit()

    def set_up(self, tenant_id: TenantId) -> None:
        """Read the store once, from its profile to its last stock level. Where the shop makes us wait, the next try goes on."""
        store = self.stores.open(tenant_id)
        with self.units(tenant_id) as work:
            came_to = work.tenant().list_read
        if came_to is None:
            self._adopt_clock(tenant_id, store)
            self.refresh(tenant_id)
            self._step(tenant_id, "webhooks")
            store.keep_hooks()
        lists: tuple[LongList[Any], ...] = (
            LongList("catalog", store.all_products, lambda products: News(products=tuple(products))),
            LongList("orders", store.open_orders, lambda orders: News(orders=tuple(orders))),
            LongList("stock", store.all_stock, _first_levels),
        )
        begun = [each.name for each in lists].index(came_to.name) if came_to else 0
        for each in lists[begun:]:
            if came_to is None or came_to.name != each.name:
                self._step(tenant_id, each.name)
            self.long_reads.read(tenant_id, each)
        with self.units(tenant_id) as work:
            connected = replace(work.tenant(), state=ConnectionState.CONNECTED, setup_step="", list_read=None)
            work.save_tenant(connected)
            self.panels.want(work)
            work.wake("place_script", tenant_id)
            work.commit()

    def _adopt_clock(self, tenant_id: TenantId, store: Store) -> None:
        """Orders carry the shop's time, in whole seconds: what decides whether one is history must not be ahead of it."""
        behind = max(self.clock.now() - store.server_time(), timedelta())
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            if tenant.setup_step == WAITING:
                connected_at = (tenant.connected_at - behind).replace(microsecond=0)
                work.save_tenant(replace(tenant, connected_at=connected_at, setup_step="profile"))
                work.commit()

    def refresh(self, tenant_id: TenantId) -> None:
        """Read again what the shop says about itself, and how it can sell past zero."""
        store = self.stores.open(tenant_id)
        profile, inventory = store.profile(), store.inventory_settings()
        location, native = store.default_location(), store.has_native_backorders()
        categories = _category_names(store)
        with self.units(tenant_id) as work:
            work.save_tenant(
                replace(
                    work.tenant(),
                    profile=profile,
                    inventory=inventory,
                    default_location=location,
                    has_native_backorders=native,
                )
            )
            work.items.name_categories(categories)
            work.commit()

    def leave(self, tenant_id: TenantId) -> None:
        """Want everything as it was before us; publishing writes it, `finish_leaving` takes our webhooks away."""
        with self.units(tenant_id) as work:
            work.save_tenant(replace(work.tenant(), state=ConnectionState.LEFT, setup_step="restoring"))
            self._replan_all(work)
            work.publications.restore_all()
            work.wake("finish_leaving", tenant_id)
            work.commit()

    def finish_leaving(self, tenant_id: TenantId) -> bool:
        """Restore the shop now. False if something had to wait; ask again later."""
        self.publishing.publish(tenant_id)
        with self.units(tenant_id) as work:
            if work.publications.count_due() or work.stock.has_wanted_moves():
                return False
        self.stores.open(tenant_id).delete_hooks()
        self._step(tenant_id, "")
        return True

    def disconnect(self, tenant_id: TenantId) -> None:
        """The token stopped working: stop calling, say so, keep everything for the day it works again.

        Unless a newer one has taken its place: a job that began before the app was authorized anew held the old one.
        """
        if self._token_works(tenant_id):
            return
        problem = said(
            "The store's access token no longer works. Open the app in the control panel to connect it again."
        )
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            if not tenant.is_live:
                return
            work.save_tenant(replace(tenant, state=ConnectionState.DISCONNECTED, problem=problem))
            facts = DisconnectedFacts(decided_on=self.clock.now().date(), app_url=tenant.profile.control_panel_url)
            self._tell_owner(work, tenant, MessageKind.MERCHANT_DISCONNECTED, to_json(facts))
            work.commit()

    def note_problem(self, tenant_id: TenantId, problem: GiveUp) -> None:
        """Something the whole store waits for cannot be done; say what, where the merchant looks first."""
        with self.units(tenant_id) as work:
            work.save_tenant(replace(work.tenant(), problem=problem.said))
            work.commit()

    def uninstall(self, tenant_id: TenantId, *, by_owner: bool = True) -> None:
        """The token is dead already. What we left in the shop is kept for a reinstall, and the owner is told.

        A payload signed for any user of the store looks the same, so unless it is the owner's, a token that still
        works says that nothing was uninstalled.
        """
        if not by_owner and self._token_works(tenant_id):
            return
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            facts = self._left_behind(work)
            if facts.items or facts.limits or facts.products or facts.orders:
                self._tell_owner(work, tenant, MessageKind.MERCHANT_LEFT_BEHIND, to_json(facts))
            work.save_tenant(replace(tenant, state=ConnectionState.UNINSTALLED, setup_step="", problem=NOTHING_SAID))
            work.commit()
        self.directory.drop_token(tenant_id)

    def _token_works(self, tenant_id: TenantId) -> bool:
        """Also where nobody can tell: a dead token shows at the next call anyway."""
        try:
            self.stores.open(tenant_id).server_time()
        except AccessRevoked:
            return False
        except (RetryLater, GiveUp):
            return True
        return True

    def tell_parked(self, work: UnitOfWork, thing: str, *, about: str, problem: GiveUp) -> None:
        """The merchant hears of parked work once a day for each thing and reason."""
        facts = ParkedFacts(
            thing=ParkedThing(thing),
            reason=problem.reason,
            decided_on=self.clock.now().date(),
            about=about,
            explanation=problem.explanation,
            app_url=work.tenant().profile.control_panel_url,
        )
        self._tell_owner(
            work, work.tenant(), MessageKind.MERCHANT_PARKED, to_json(facts), key=f"{thing}:{problem.reason}"
        )

    def _left_behind(self, work: UnitOfWork) -> LeftBehindFacts:
        written = work.publications.written()
        ids = work.items.ids_past_zero()
        added = {
            item: sum(min(record.level.virtual_units, max(0, record.level.on_hand)) for record in records)
            for item, records in work.stock.records(ids).items()
        }
        facts = work.items.facts([item for item, units in added.items() if units])
        return LeftBehindFacts(
            decided_on=self.clock.now().date(),
            kept_until=(self.clock.now() + KEPT_AFTER_UNINSTALL).date(),
            items=tuple(LeftItemFacts(f.name, f.sku, added[item]) for item, f in sorted(facts.items())),
            limits=written.get(PublicationKind.LIMIT, 0),
            products=written.get(PublicationKind.PRODUCT, 0),
            orders=written.get(PublicationKind.ORDER_NOTE, 0),
        )

    def _replan_all(self, work: UnitOfWork) -> None:
        items = sorted(work.items.ids_past_zero())
        for start in range(0, len(items), ITEMS_PER_PLAN):
            self.intake.planning.replan(work, items[start : start + ITEMS_PER_PLAN])

    def _step(self, tenant_id: TenantId, step: str) -> None:
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            until = self.clock.now() if step == "orders" else tenant.orders_read_until
            work.save_tenant(replace(tenant, setup_step=step, orders_read_until=until))
            work.commit()

    def _tell_owner(
        self, work: UnitOfWork, tenant: Tenant, kind: MessageKind, facts: dict[str, object], *, key: str = ""
    ) -> None:
        if not tenant.profile.owner_email:
            return
        today = self.clock.now().date()
        message = NewMessage(f"{kind}:{key}:{today}", kind, tenant.profile.owner_email, tenant.profile.language, facts)
        if work.messages.add([message], at=self.clock.now()):
            work.wake("deliver", work.tenant_id)


def _first_levels(levels: Sequence[StockLevel]) -> News:
    return News(levels=tuple(levels), replan=frozenset(level.item_id for level in levels))


def _category_names(store: Store) -> dict[CategoryId, str]:
    """Only for people to read; a store that does not let us ask works as well without."""
    try:
        return store.categories()
    except GiveUp:
        return {}

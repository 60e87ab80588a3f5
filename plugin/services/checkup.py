"""Is one store healthy? Asks the shop and the database, repairs nothing; `backorder doctor` prints what it says."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState, Tenant
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater
from plugin.services.page_panels import PanelState
from plugin.services.page_scripts import ScriptState
from plugin.services.ports.directory import Directory
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units

MOST_ITEMS = 250
CLOCKS_MAY_DIFFER = timedelta(seconds=30)
State = Literal["good", "note", "bad"]
SCRIPT_WORDS: dict[ScriptState, tuple[State, str]] = {
    ScriptState.OFF: ("note", "is not wanted, or was never placed"),
    ScriptState.IN_PLACE: ("good", "is in place on every storefront"),
    ScriptState.ON_ITS_WAY: ("note", "is on its way"),
    ScriptState.MISSING: ("bad", "was removed in the shop; the screen Storefront puts it back"),
    ScriptState.DISABLED: ("bad", "was switched off in the shop; the screen Storefront puts it back"),
}


PANEL_WORDS: dict[PanelState, tuple[State, str]] = {
    PanelState.OFF: (
        "note",
        "are not wanted, or the store was connected before there were any; `backorder panels add`",
    ),
    PanelState.IN_PLACE: ("good", "are in place beside orders and products"),
    PanelState.ON_ITS_WAY: ("note", "are on their way"),
    PanelState.MISSING: ("bad", "were refused; see Activity, Put aside, then `backorder panels add`"),
    PanelState.DISABLED: ("bad", "are switched off"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One line about a store: what was looked at, how it is, and what to do when it is bad."""

    subject: str
    state: State
    text: str


@dataclass(frozen=True, slots=True)
class Checkup:
    units: Units
    directory: Directory
    stores: Stores
    clock: Clock
    wanted_scopes: Collection[str]

    def of(self, tenant: Tenant, *, script: ScriptState, panels: PanelState) -> Iterator[Remark]:
        """Look at everything; what needs the shop is left out where its token does not open it."""
        yield _connection(tenant)
        if not tenant.is_live:
            return
        yield self._scopes(tenant.tenant_id)
        yield (
            Remark("limit", "bad", tenant.limit_warning)
            if tenant.limit_warning
            else _good("limit", "the shop holds it")
        )
        yield Remark("script", *SCRIPT_WORDS[script])
        yield Remark("panels", *PANEL_WORDS[panels])
        try:
            yield from self._from_the_shop(tenant.tenant_id)
        except AccessRevoked:
            yield Remark("token", "bad", "the shop refuses it; the merchant has to open the app once")
        except RetryLater as trouble:
            yield Remark("shop", "note", f"could not be asked now: {trouble.reason}")
        except GiveUp as trouble:
            yield Remark("shop", "bad", trouble.explanation)

    def _scopes(self, tenant: TenantId) -> Remark:
        missing = sorted(set(self.wanted_scopes) - set(self.directory.scopes(tenant)))
        if missing:
            return Remark("scopes", "bad", f"not agreed to: {', '.join(missing)}; the merchant has to install again")
        return _good("scopes", "all agreed to")

    def _from_the_shop(self, tenant: TenantId) -> Iterator[Remark]:
        store = self.stores.open(tenant)
        apart = abs(self.clock.now() - store.server_time())
        yield _good("token", "opens the shop")
        if apart > CLOCKS_MAY_DIFFER:
            yield Remark("clock", "note", f"the shop's is {int(apart.total_seconds())} seconds apart from ours")
        missing = store.missing_hooks()
        if missing:
            yield Remark("hooks", "bad", f"missing or off: {', '.join(missing)}; `backorder resync` puts them back")
        else:
            yield _good("hooks", "all are on")
        yield self._drift(tenant, store)

    def _drift(self, tenant: TenantId, store: Store) -> Remark:
        """The shop's levels now, against what we think they are; only items sold past zero, and not more than one call."""
        with self.units(tenant) as work:
            items = sorted(work.items.ids_past_zero())[:MOST_ITEMS]
            kept = {
                (record.level.item_id, record.level.location_id): record
                for records in work.stock.records(items).values()
                for record in records
            }
        drifted = set()
        for reading in store.stock(items) if items else ():
            record = kept.get((reading.item_id, reading.location_id))
            if record and replace(reading, virtual_units=record.level.virtual_units).number != record.expected:
                drifted.add(reading.item_id)
        if drifted:
            names = ", ".join(sorted(drifted)[:5])
            text = (
                f"{len(drifted)} of {len(items)} items differ from the shop ({names}); `backorder resync` compares all"
            )
            return Remark("drift", "note", text)
        return _good("drift", f"none among {len(items)} items sold past zero")


def _connection(tenant: Tenant) -> Remark:
    since = tenant.setup_step or str(tenant.problem)
    words = tenant.state.value + (f": {since}" if since else "")
    if tenant.state is ConnectionState.DISCONNECTED:
        return Remark("store", "bad", f"{words}; the merchant has to open the app once")
    return Remark("store", "good" if tenant.state is ConnectionState.CONNECTED else "note", words)


def _good(subject: str, text: str) -> Remark:
    return Remark(subject, "good", text)

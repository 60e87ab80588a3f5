"""Tell the cache in front of the storefront's answers what changed; off unless the operator names one.

Planning wants a purge for each product whose promise changed, page_scripts.py one for the whole store when the merchant
decides what pages say: each when every process answers anew. The clock wakes the job. An answer is good for a minute, so a
purge that fails for long is let go: by then the cache has asked again itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from plugin.domain.ids import ProductId, TenantId
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.publications import Purge
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units
from plugin.services.retry import next_try
from plugin.services.storefront import FRESH_HERE, FRESH_ON_SHELF

PURGE_AFTER = FRESH_HERE + timedelta(seconds=1)
"""Longer than a process believes its own memory: what is fetched after it is new."""
PURGE_STORE_AFTER = FRESH_ON_SHELF + PURGE_AFTER
"""A store's words are not put on the shelf when they change: the shelf is believed first, then the memory."""
WHOLE_STORE = ProductId(0)
"""Stands for all answers of a store; no product has this number."""


class PageCache(Protocol):
    """A cache in front that forgets by key. Raises RetryLater or GiveUp, and says so in the log."""

    @property
    def most_keys(self) -> int:
        """In one call."""
        ...

    def purge(self, keys: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Purging:
    units: Units
    clock: Clock
    cache: PageCache | None

    def purge(self, tenant_id: TenantId) -> None:
        """Everything that is due, in the cache's own batches."""
        while self.cache and (due := self._due(tenant_id, self.cache.most_keys)):
            try:
                self.cache.purge([_key(tenant_id, each.product_id) for each in due])
            except RetryLater as problem:
                self._postpone(tenant_id, due, problem)
                raise
            except GiveUp:
                pass  # it says no to whoever asks like this; answers grow old by themselves
            self._done(tenant_id, due)

    def _due(self, tenant_id: TenantId, limit: int) -> list[Purge]:
        with self.units(tenant_id) as work:
            return work.purges.due(at=self.clock.now(), limit=limit)

    def _done(self, tenant_id: TenantId, due: Sequence[Purge]) -> None:
        with self.units(tenant_id) as work:
            work.purges.done(due)
            work.commit()

    def _postpone(self, tenant_id: TenantId, due: Sequence[Purge], problem: RetryLater) -> None:
        now = self.clock.now()
        with self.units(tenant_id) as work:
            for purge in due:
                until = next_try(purge.attempts + 1, now=now, after=problem.after, spread=purge.product_id)
                if until is None:
                    work.purges.done([purge])
                else:
                    work.purges.postpone(purge, until=until)
            work.commit()


def store_key(tenant: TenantId) -> str:
    return f"store-{tenant}"


def page_key(tenant: TenantId, product: ProductId) -> str:
    """What answers about a product are labelled with."""
    return f"store-{tenant}-{product}"


def _key(tenant: TenantId, product: ProductId) -> str:
    return store_key(tenant) if product == WHOLE_STORE else page_key(tenant, product)

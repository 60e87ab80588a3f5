"""Tell the cache in front of the storefront's answers whose promise changed; off unless the operator names one.

Planning wants a purge a few seconds later, when every process answers anew; the clock wakes the job. An answer is good for a
minute, so a purge that fails for long is let go: by then the cache has asked again itself.
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

PURGE_AFTER = timedelta(seconds=3)
"""Longer than a process believes its own memory (services/storefront.py): what is fetched after it is new."""


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
                self.cache.purge([page_key(tenant_id, each.product_id) for each in due])
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

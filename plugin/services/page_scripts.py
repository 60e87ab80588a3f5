"""Our script on the shop's pages: placed, renewed, taken away, and noticed when the merchant removed it.

A script is a publication like any other: wanted here, written by publishing. What the merchant deleted or switched off is
put back only when they say so.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum

from plugin.domain.errors import DomainError
from plugin.domain.ids import TenantId
from plugin.domain.saying import said
from plugin.domain.store import StorefrontSettings, Tenant
from plugin.services.ports.messages import Wording
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.shop import PageScript, Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.purging import WHOLE_STORE

SCRIPT = PublicationKind.SCRIPT
GAP = re.compile(r"{[^{}]*}")
JOINS = "list"
"""The word that puts the parts of a sentence together: it has to have them all."""


class ScriptState(StrEnum):
    """How our script stands in a shop."""

    OFF = "off"
    """Not wanted by the merchant, or not placed yet."""
    IN_PLACE = "in_place"
    ON_ITS_WAY = "on_its_way"
    MISSING = "missing"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """What is registered: the file of this version, and how pages load it."""

    base_url: str
    file: str
    integrity: str
    name: str
    description: str
    location: str
    load_method: str
    consent_category: str
    visibilities: tuple[str, ...]

    def for_pages(self, tenant: TenantId, channel: int, visibility: str) -> PageScript:
        return PageScript(
            channel_id=channel,
            visibility=visibility,
            name=self.name,
            description=self.description,
            url=f"{self.base_url}/store/{tenant}/{self.file}",
            integrity=self.integrity,
            location=self.location,
            load_method=self.load_method,
            consent_category=self.consent_category,
        )


@dataclass(frozen=True, slots=True)
class PageScripts:
    units: Units
    stores: Stores
    wording: Wording
    file: ScriptFile
    clock: Clock
    purge_after: timedelta | None = None
    """How long after the merchant decided a cache in front is told; None: there is none."""

    def ask(self, tenant_id: TenantId, job: str) -> None:
        """Have it done by a worker: `place_script`, `check_script`."""
        with self.units(tenant_id) as work:
            work.wake(job, tenant_id)
            work.commit()

    def decide(self, tenant_id: TenantId, settings: StorefrontSettings) -> None:
        """Take over what the merchant decided; pages follow within a minute, the script at once."""
        self._require_known(settings)
        with self.units(tenant_id) as work:
            tenant = work.tenant()
            work.save_tenant(replace(tenant, settings=replace(tenant.settings, storefront=settings)))
            if settings.enabled is not tenant.settings.storefront.enabled:
                work.wake("place_script", tenant_id)
            if self.purge_after is not None:
                work.purges.want([WHOLE_STORE], due_at=self.clock.now() + self.purge_after)
            work.commit()

    def place(self, tenant_id: TenantId) -> None:
        """Want our script on every storefront, or on none; also puts back what was removed."""
        store = self.stores.open(tenant_id)
        channels, found = store.storefront_channels(), store.page_scripts()
        with self.units(tenant_id) as work:
            self._note(work, found)
            is_wanted = _is_wanted(work.tenant())
            work.publications.want(
                [self._publication(work, pages, is_wanted=is_wanted) for pages in self._all(channels)]
            )
            work.publications.rewrite(SCRIPT)
            work.wake("publish", tenant_id)
            work.commit()

    def check(self, tenant_id: TenantId) -> None:
        """Look whether it still stands there. What we left undisturbed is renewed; what the merchant removed is noted."""
        with self.units(tenant_id) as work:
            was_placed = bool(work.publications.all(SCRIPT))
        if not was_placed:
            self.place(tenant_id)
            return
        found = self.stores.open(tenant_id).page_scripts()
        with self.units(tenant_id) as work:
            self._note(work, found)
            standing = [row for row in work.publications.all(SCRIPT) if state_of(row) is ScriptState.IN_PLACE]
            if _is_wanted(work.tenant()):
                pages = [_pages_of(row.target) for row in standing]
                work.publications.want([self._publication(work, each, is_wanted=True) for each in pages])
                work.wake("publish", tenant_id)
            work.commit()

    def state(self, tenant_id: TenantId) -> ScriptState:
        """The worst of all storefronts: what the merchant should look at first."""
        with self.units(tenant_id) as work:
            states = {state_of(row) for row in work.publications.all(SCRIPT)}
        return max(states, key=list(ScriptState).index, default=ScriptState.OFF)

    def _require_known(self, settings: StorefrontSettings) -> None:
        known = self.wording.page_words("en")
        for name, text in (each for texts in settings.words.values() for each in texts.items()):
            if name not in known:
                allowed = ", ".join(sorted(known))
                raise DomainError(
                    said("There are no words called %(name)r; known: %(allowed)s.", name=name[:40], allowed=allowed),
                    field="words",
                    value=name,
                )
            gaps, ours = set(GAP.findall(text)), set(GAP.findall(str(known[name])))
            if strange := gaps - ours:
                allowed = ", ".join(sorted(ours)) or "none"
                raise DomainError(
                    said(
                        "%(name)s has the gap %(strange)s; allowed: %(allowed)s.",
                        name=name,
                        strange=min(strange)[:40],
                        allowed=allowed,
                    ),
                    field=f"word.{name}",
                    value=text,
                )
            if name == JOINS and gaps != ours:
                raise DomainError(
                    said(
                        "%(name)s leaves out %(gap)s; without it dates would be lost.", name=name, gap=min(ours - gaps)
                    ),
                    field=f"word.{name}",
                    value=text,
                )

    def _all(self, channels: Sequence[int]) -> list[tuple[int, str]]:
        return [(channel, visibility) for channel in channels for visibility in self.file.visibilities]

    def _publication(self, work: UnitOfWork, pages: tuple[int, str], *, is_wanted: bool) -> Publication:
        channel, visibility = pages
        script = self.file.for_pages(work.tenant_id, channel, visibility)
        return Publication(SCRIPT, _target(channel, visibility), desired=asdict(script) if is_wanted else None)

    def _note(self, work: UnitOfWork, found: Sequence[PageScript]) -> None:
        there = {_target(script.channel_id, script.visibility): asdict(script) for script in found}
        for row in work.publications.all(SCRIPT):
            work.publications.found(SCRIPT, row.target, there.get(row.target))


def write_script(store: Store, publication: Publication) -> None:
    """Publishing's hand: the script as it is wanted, or gone."""
    if publication.desired is None:
        store.remove_page_script(*_pages_of(publication.target))
    else:
        store.keep_page_script(PageScript(**publication.desired))


def state_of(row: Publication) -> ScriptState:
    """What we last wrote or found there, against what is wanted."""
    if row.desired is None:
        return ScriptState.OFF
    if row.is_due:
        return ScriptState.ON_ITS_WAY
    if row.written is None:
        return ScriptState.MISSING
    return ScriptState.IN_PLACE if row.written.get("enabled", True) else ScriptState.DISABLED


def _is_wanted(tenant: Tenant) -> bool:
    settings: StorefrontSettings = tenant.settings.storefront
    return tenant.is_live and settings.enabled


def _target(channel: int, visibility: str) -> str:
    return f"{channel}:{visibility}"


def _pages_of(target: str) -> tuple[int, str]:
    channel, _, visibility = target.partition(":")
    return int(channel), visibility

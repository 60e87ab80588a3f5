"""Our panels beside the control panel's own pages: wanted by the install, taken away when the merchant leaves.

A panel is a publication like any other: wanted here, written by publishing, which tries again and says when it gives up.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from plugin.domain.ids import TenantId
from plugin.services.page_scripts import ScriptState, state_of
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.shop import PagePanel, Store
from plugin.services.ports.unit_of_work import UnitOfWork, Units

PANEL = PublicationKind.PANEL
PanelState = ScriptState
"""A panel stands as a script does; it cannot be switched off, only be away."""


@dataclass(frozen=True, slots=True)
class PagePanels:
    units: Units
    wanted: Sequence[PagePanel]
    """Those of this version."""

    def want(self, work: UnitOfWork) -> None:
        """Whatever stood there is looked for again: an uninstall takes panels away without a word."""
        self._decide(work, self.wanted)

    def place(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            self.want(work)
            work.commit()

    def take_away(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            self._decide(work, ())
            work.commit()

    def state(self, tenant_id: TenantId) -> PanelState:
        """The worst of all: what should be looked at first."""
        with self.units(tenant_id) as work:
            states = {state_of(row) for row in work.publications.all(PANEL)}
        return max(states, key=list(PanelState).index, default=PanelState.OFF)

    def _decide(self, work: UnitOfWork, panels: Sequence[PagePanel]) -> None:
        wanted = {panel.url: panel for panel in panels}
        rows = {row.target for row in work.publications.all(PANEL)}
        for target in rows & wanted.keys():
            work.publications.found(PANEL, target, None)
        work.publications.want([_publication(target, wanted.get(target)) for target in sorted(rows | wanted.keys())])
        work.publications.rewrite(PANEL)
        work.wake("publish", work.tenant_id)


def write_panel(store: Store, publication: Publication) -> None:
    """Publishing's hand: the panel as it is wanted, or gone."""
    if publication.desired is None:
        store.remove_page_panel(publication.target)
    else:
        store.keep_page_panel(PagePanel(**publication.desired))


def _publication(target: str, panel: PagePanel | None) -> Publication:
    return Publication(PANEL, target, desired=asdict(panel) if panel else None)

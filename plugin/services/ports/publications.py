"""What the shop should show: each value wanted, written or refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from plugin.domain.ids import (
    ProductId,
)
from plugin.services.errors import GiveUp


class PublicationKind(StrEnum):
    """What is written where. The order is the order of urgency."""

    LIMIT = "limit"
    PRODUCT = "product"
    PRODUCT_METAFIELD = "product_metafield"
    VARIANT_METAFIELD = "variant_metafield"
    ORDER_METAFIELD = "order_metafield"
    ORDER_NOTE = "order_note"
    SCRIPT = "script"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Publication:
    """What the shop should show at one place, and what we last wrote there. `desired` None: as it was before us."""

    kind: PublicationKind
    target: str
    """Item id and location (`77:105@1`) for a limit, channel and visibility for a script, the address of a panel,
    else the id of the product, variant or order."""
    desired: Mapping[str, Any] | None
    written: Mapping[str, Any] | None = None
    original: Mapping[str, Any] | None = None
    """What stood there before us; given back when nothing is desired."""
    remote_id: int | None = None
    revision: int = 0
    is_due: bool = False
    attempts: int = 0
    """How often writing this was put off."""
    cause_id: int | None = field(default=None, compare=False)
    """Why this is wanted (services/causes.py)."""


@dataclass(frozen=True, slots=True)
class Purge:
    """A product whose pages a cache in front should forget, or number 0 for the whole store (services/purging.py)."""

    product_id: ProductId
    due_at: datetime
    attempts: int = 0


class Purges(Protocol):
    """What a cache in front is still to be told."""

    def want(self, products: Collection[ProductId], *, due_at: datetime) -> None: ...
    def due(self, *, at: datetime, limit: int) -> list[Purge]: ...
    def done(self, purges: Collection[Purge]) -> None:
        """Unless it was wanted anew meanwhile."""
        ...

    def postpone(self, purge: Purge, *, until: datetime) -> None: ...


class Publications(Protocol):
    def want(self, publications: Sequence[Publication]) -> int:
        """Save what is desired; rows whose desired value differs from the written one become due. Returns how many.

        A new row keeps the `original` it comes with; an existing one keeps the original it has. Where there is no row
        and nothing is desired, none is made.
        """
        ...

    def get(self, kind: PublicationKind, targets: Collection[str]) -> dict[str, Publication]: ...
    def all(self, kind: PublicationKind) -> list[Publication]:
        """By target; only for kinds a store has a few of."""
        ...

    def due(
        self, kind: PublicationKind, *, at: datetime, limit: int, only_withdrawn: bool = False
    ) -> list[Publication]:
        """Due rows, not parked, oldest first. `only_withdrawn`: those where what was there before us comes back."""
        ...

    def wrote(self, publication: Publication, *, remote_id: int | None) -> None:
        """`publication.desired` is now what the shop shows; the row stays due if something newer was wanted meanwhile."""
        ...

    def adopt(self, kind: PublicationKind, target: str, *, shown: Mapping[str, Any]) -> None:
        """The merchant changed what we had written: `shown` becomes the original, and what we want is due again."""
        ...

    def postpone(self, publications: Sequence[Publication], *, until: datetime, is_try: bool = True) -> None:
        """Due again then; what was parked is given all its tries back."""
        ...

    def rewrite(self, kind: PublicationKind) -> None:
        """Make due what is wanted and does not stand there."""
        ...

    def found(self, kind: PublicationKind, target: str, shown: Mapping[str, Any] | None) -> None:
        """What stands there now, whoever put it; nothing becomes due because of it."""
        ...

    def park(self, publication: Publication, problem: GiveUp) -> None: ...
    def restore_all(self) -> int:
        """Want everything as it was before us; returns how many rows became due."""
        ...

    def count_due(self) -> int: ...
    def written(self) -> dict[PublicationKind, int]:
        """How many things of the shop show something of ours."""
        ...

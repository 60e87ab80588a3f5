"""The rules for selling an item past zero, their scope, and which policy wins."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self

from plugin.domain.calendar import require_plannable
from plugin.domain.errors import DomainError, require_at_most, require_not_negative
from plugin.domain.ids import CategoryId, ItemId, LocationId, product_of, variant_of
from plugin.domain.saying import said
from plugin.domain.stock import UNLIMITED_UNITS


class ScopeKind(StrEnum):
    STORE = "store"
    CATEGORY = "category"
    PRODUCT = "product"
    VARIANT = "variant"

    @property
    def specificity(self) -> int:
        return list(ScopeKind).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What a policy covers. `target` is the id of the category, product or variant; 0 for the store."""

    kind: ScopeKind
    target: int = 0

    def __post_init__(self) -> None:
        if (self.kind is ScopeKind.STORE) != (self.target == 0) or self.target < 0:
            raise DomainError(
                said("A %(kind)s policy cannot have target %(target)s.", kind=self.kind, target=self.target),
                field="scope",
                value=self.target,
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `store`, `category:23`, `product:77` or `variant:105`."""
        kind, _, target = text.strip().lower().partition(":")
        try:
            return cls(ScopeKind(kind), int(target) if target else 0)
        except ValueError as error:
            allowed = "store, category:23, product:77 or variant:105"
            raise DomainError(
                said("scope is %(text)r; allowed: %(allowed)s.", text=text, allowed=allowed), field="scope", value=text
            ) from error

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}" if self.target else str(self.kind)


class PolicyLabel(StrEnum):
    """One quantity model serves both; the word is a label and a promise on top."""

    BACKORDER = "backorder"
    PREORDER = "preorder"


class GoodsKind(StrEnum):
    """Presets of the supplier's lead time, in working days from and to."""

    PERISHABLES = "perishables"
    ELECTRONICS = "electronics"
    APPAREL = "apparel"
    FURNITURE = "furniture"
    BULK_MANUFACTURING = "bulk_manufacturing"
    HEAVY_EQUIPMENT = "heavy_equipment"


LEAD_TIME_PRESETS: dict[GoodsKind, tuple[int, int]] = {
    GoodsKind.PERISHABLES: (2, 5),
    GoodsKind.ELECTRONICS: (5, 10),
    GoodsKind.APPAREL: (5, 10),
    GoodsKind.FURNITURE: (10, 15),
    GoodsKind.BULK_MANUFACTURING: (15, 20),
    GoodsKind.HEAVY_EQUIPMENT: (20, 40),
}


LONGEST_LEAD_DAYS = 1000
"""Working days: about four years. More is a slip of the finger, and every waiting line would count them one by one."""


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Working days from ordering at the supplier until goods arrive, at the soonest and at the latest."""

    shortest: int
    longest: int

    def __post_init__(self) -> None:
        require_not_negative("lead_time_days", self.shortest)
        require_at_most("lead_time_days", self.longest, LONGEST_LEAD_DAYS)
        if self.longest < self.shortest:
            raise DomainError(
                said(
                    "The lead time ends at %(longest)s days, before it starts at %(shortest)s.",
                    longest=self.longest,
                    shortest=self.shortest,
                ),
                field="lead_time_days",
                value=self.longest,
            )


@dataclass(frozen=True, slots=True)
class BackorderPolicy:
    """How an item may be sold past zero. `backorder_limit` None is unlimited; `lead_time` None means no date is known.

    `message` is the merchant's own wording for the product page; `{date}` stands for the window of ship dates.
    """

    scope: Scope
    enabled: bool
    backorder_limit: int | None = 0
    lead_time: LeadTime | None = None
    handling_days: int = 1
    label: PolicyLabel = PolicyLabel.BACKORDER
    release_on: date | None = None
    message: str = ""
    location_limits: tuple[tuple[LocationId, int], ...] = ()
    """Limits for particular locations; the store's default location gets `backorder_limit` unless named here."""
    covers_supply: bool = False
    """The limit is what supply covers: all that is still to come, less `reserve`; `backorder_limit` is not looked at."""
    reserve: int = 0
    """Incoming units never sold ahead; only where the limit is what supply covers."""

    def __post_init__(self) -> None:
        if self.backorder_limit is not None:
            require_not_negative("backorder_limit", self.backorder_limit)
            require_at_most("backorder_limit", self.backorder_limit, UNLIMITED_UNITS)
        require_not_negative("reserve", self.reserve)
        require_at_most("reserve", self.reserve, UNLIMITED_UNITS)
        if self.reserve and not self.covers_supply:
            raise DomainError(
                said("Only a limit that follows supply has a reserve."), field="reserve", value=self.reserve
            )
        require_not_negative("handling_days", self.handling_days)
        require_at_most("handling_days", self.handling_days, LONGEST_LEAD_DAYS)
        for _, limit in self.location_limits:
            require_not_negative("location_limits", limit)
            require_at_most("location_limits", limit, UNLIMITED_UNITS)
        if self.release_on:
            require_plannable("release_on", self.release_on)
        if self.label is PolicyLabel.BACKORDER and self.release_on:
            raise DomainError(said("Only a pre-order has a release date."), field="release_on", value=self.release_on)
        if len(self.message) > 200:
            raise DomainError(
                said("message has %(count)s characters; at most 200.", count=len(self.message)), field="message"
            )

    def limited_to(self, incoming: int) -> Self:
        """The policy with its limit in numbers, while so many units are on their way.

        What is owed uses the limit up, so that incoming - owed - reserve may still be sold.
        """
        units = min(max(0, incoming - self.reserve), UNLIMITED_UNITS)
        return replace(self, backorder_limit=units, covers_supply=False, reserve=0)

    @property
    def effective_limit(self) -> int | None:
        """The limit that counts: a policy that is off sells nothing past zero."""
        return self.backorder_limit if self.enabled else 0

    def limits_by_location(self, default: LocationId) -> dict[LocationId, int]:
        """What the platform is told per location; unlimited is a number there."""
        limit = self.effective_limit
        limits = {default: UNLIMITED_UNITS if limit is None else limit}
        return limits | dict(self.location_limits) if self.enabled else limits

    def total_limit(self, default: LocationId) -> int | None:
        """Units sold past zero at most, over all locations; None is unlimited."""
        names_default = default in dict(self.location_limits)
        if self.enabled and self.backorder_limit is None and not names_default:
            return None
        return sum(self.limits_by_location(default).values())


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All policies of a store. The most specific one that covers an item wins, as a whole."""

    by_scope: dict[Scope, BackorderPolicy]

    @classmethod
    def of(cls, policies: Iterable[BackorderPolicy]) -> Self:
        return cls({policy.scope: policy for policy in policies})

    def policy_for(self, item: ItemId, categories: Iterable[CategoryId]) -> BackorderPolicy | None:
        """Variant before product before category before store; of several categories the one with the lowest id."""
        return next((self.by_scope[scope] for scope in scopes_of(item, categories) if scope in self.by_scope), None)


def scopes_of(item: ItemId, categories: Iterable[CategoryId]) -> list[Scope]:
    """Every scope an item lies in; the policy of the first one that has one counts."""
    variant = variant_of(item)
    return [
        *([Scope(ScopeKind.VARIANT, variant)] if variant else []),
        Scope(ScopeKind.PRODUCT, product_of(item)),
        *(Scope(ScopeKind.CATEGORY, category) for category in sorted(categories)),
        Scope(ScopeKind.STORE),
    ]

"""What would become of items, dates and limits if these policies were saved or taken away. Nothing is saved or sent.

The items are planned once as they are and once under the changed policies, by the same function that decides for real.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, TenantId
from plugin.domain.plan import ItemPlan, ItemSnapshot, Offer, Snapshot, make_plan
from plugin.domain.policy import BackorderPolicy, PolicyBook, Scope
from plugin.services.planning import Planning
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.snapshots import Gathered, Question, gather

MOST_LOOKED_AT = 1000
"""Items planned twice to answer; of a wider scope the answer is about so many of them, and says so."""
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Policies to save and scopes whose policies are taken away, all at once."""

    saved: tuple[BackorderPolicy, ...] = ()
    removed: tuple[Scope, ...] = ()

    @property
    def scopes(self) -> list[Scope]:
        return [*(policy.scope for policy in self.saved), *self.removed]


class Turn(StrEnum):
    """What a change means for an item, the most important first."""

    BUYABLE = "buyable"
    """Could not be bought, and could then."""
    CLOSED = "closed"
    """Could be bought, and could not any more."""
    MORE = "more"
    FEWER = "fewer"
    """More, or fewer, units may be sold beyond on hand."""
    DATE = "date"
    """The next buyer is told other days."""
    WORDS = "words"
    """Another label, message or state."""
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ItemEffect:
    item_id: ItemId
    name: str
    label: str
    turn: Turn
    left_before: int | None
    left_after: int | None
    """Units that may be sold beyond on hand; None is unlimited."""
    ships_before: DateWindow | None
    ships_after: DateWindow | None
    says: str = ""
    """What its page would then say, in the store's language; empty: the shop's own text."""


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What would happen. `covered` items lie in the scopes, `looked_at` of them were planned."""

    covered: int
    looked_at: int
    effects: tuple[ItemEffect, ...]
    promises_moved: int
    """Order lines that would be promised other days."""

    def count(self, *turns: Turn) -> int:
        return sum(effect.turn in turns for effect in self.effects)

    @property
    def is_complete(self) -> bool:
        return self.looked_at == self.covered

    @property
    def shown(self) -> tuple[ItemEffect, ...]:
        """The ones that change, the most important first."""
        changing = [effect for effect in self.effects if effect.turn is not Turn.SAME]
        order = list(Turn)
        return tuple(sorted(changing, key=lambda each: (order.index(each.turn), each.item_id))[:MOST_SHOWN])


@dataclass(frozen=True, slots=True)
class PolicyEffects:
    units: Units
    planning: Planning

    def ask(self, tenant_id: TenantId, change: PolicyChange) -> PolicyEffect:
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            covered = _covered(work, change.scopes)
            question = Question(covered[:MOST_LOOKED_AT], {}, now - self.planning.grace)
            gathered = gather(work, question, holidays=self.planning.holidays, now=now)
            book = changed_book(work.policies.all(), change)
        changed = _under(gathered, book)
        before, after = make_plan(gathered.snapshot), make_plan(changed)
        return PolicyEffect(
            covered=len(covered),
            looked_at=min(len(covered), MOST_LOOKED_AT),
            effects=tuple(self._effect(*both, gathered) for both in zip(before.items, after.items, strict=True)),
            promises_moved=sum(map(_moved, before.items, after.items)),
        )

    def _effect(self, before: ItemPlan, after: ItemPlan, gathered: Gathered) -> ItemEffect:
        facts = gathered.facts[before.item_id]
        return ItemEffect(
            item_id=before.item_id,
            name=facts.name,
            label=facts.label,
            turn=turn_of(before.offer, after.offer, is_tracked=facts.is_tracked),
            left_before=before.offer.available_for_backorder,
            left_after=after.offer.available_for_backorder,
            ships_before=_ships(before.offer),
            ships_after=_ships(after.offer),
            says=self.planning.wording.offer(after.offer, gathered.tenant.profile.written()),
        )


def changed_book(policies: Iterable[BackorderPolicy], change: PolicyChange) -> PolicyBook:
    kept = [policy for policy in policies if policy.scope not in change.removed]
    return PolicyBook.of([*kept, *change.saved])


def _covered(work: UnitOfWork, scopes: Collection[Scope]) -> list[ItemId]:
    return sorted({item for scope in scopes for item in work.items.ids_in_scope(scope)})


def _under(gathered: Gathered, book: PolicyBook) -> Snapshot:
    """The same moment, were these the policies."""

    def changed(item: ItemSnapshot) -> ItemSnapshot:
        return replace(item, policy=book.policy_for(item.item_id, gathered.facts[item.item_id].categories))

    return replace(gathered.snapshot, items=tuple(map(changed, gathered.snapshot.items)))


def turn_of(before: Offer, after: Offer, *, is_tracked: bool) -> Turn:
    """An item that is not counted can always be bought."""
    was, will = (not is_tracked or _is_buyable(offer) for offer in (before, after))
    if was != will:
        return Turn.BUYABLE if will else Turn.CLOSED
    left = [_as_number(offer.available_for_backorder) for offer in (before, after)]
    if is_tracked and left[0] != left[1]:
        return Turn.MORE if left[1] > left[0] else Turn.FEWER
    if _ships(before) != _ships(after):
        return Turn.DATE
    said = [(offer.availability, offer.label, offer.message) for offer in (before, after)]
    return Turn.SAME if said[0] == said[1] else Turn.WORDS


def _is_buyable(offer: Offer) -> bool:
    return offer.availability is not Availability.CLOSED and (
        offer.on_hand > 0 or offer.available_for_backorder is None or offer.available_for_backorder > 0
    )


def _as_number(left: int | None) -> float:
    return float("inf") if left is None else left


def _ships(offer: Offer) -> DateWindow | None:
    return offer.next_part.window if offer.next_part else None


def _moved(before: ItemPlan, after: ItemPlan) -> int:
    lines: Sequence[tuple[object, object]] = [
        (line.promise, other.promise) for line, other in zip(before.lines, after.lines, strict=True)
    ]
    return sum(was != will for was, will in lines)

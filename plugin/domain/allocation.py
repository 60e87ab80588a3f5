"""Who gets which units, and why. By default the longest-waiting line takes the soonest supply."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from plugin.domain.ids import ItemId, OrderId, OrderLineId, ShipmentId
from plugin.domain.promise import Promise, SetByHand
from plugin.domain.ranking import AllocationRules, Rank
from plugin.domain.saying import Saying, said, said_many, verbatim
from plugin.domain.shipment import IncomingShipment

FIRST_COME_RULES = AllocationRules()


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line as the queue sees it: what it still waits for and since when. `owed` may be 0: then it is only looked at.

    Its place in the queue is the outcome of the store's rules (domain/ranking.py).
    """

    line_id: OrderLineId
    order_id: OrderId
    owed: int
    allocated: int
    queue_time: datetime
    untaken: int = 0
    """Open units that the platform has not taken off its level."""
    is_paid: bool = True
    promise: Promise | None = None
    """What the plan before this one said; None for a line never planned."""
    pinned_at: datetime | None = None
    promised_on: date | None = None
    """The last day of the first window it was told."""
    completes_order: bool = False
    customer: str = ""
    """Who bought, for the cap per customer: an id, or a guest's mail address."""
    customer_group: int | None = None
    order_value: Decimal = Decimal(0)
    set_by_hand: SetByHand | None = None
    """Ship dates the merchant named for what it still waits for."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that can be given out, from the shelf (`shipment` None) or from one incoming shipment."""

    units: int
    shipment: IncomingShipment | None = None

    @property
    def name(self) -> Saying:
        return verbatim(self.shipment.reference) if self.shipment else said("the units on hand")


@dataclass(frozen=True, slots=True)
class Allocation:
    """Some units of one supply for one line, with the place in the queue that earned them."""

    line_id: OrderLineId
    order_id: OrderId
    units: int
    supply: Supply
    place: int
    units_before: int
    """Units of the same supply that go to earlier lines."""
    because: Saying | None = None
    """The rule that decided the place, in words; None for a line that stands alone."""

    @property
    def why(self) -> Saying:
        """One sentence a merchant can read out to a shopper."""
        if not self.units_before:
            return said("%(place)s; first to take from %(supply)s.", place=self._stands, supply=self.supply.name)
        return said_many(
            "%(place)s; %(count)s of the %(all)s units of %(supply)s goes to earlier orders.",
            "%(place)s; %(count)s of the %(all)s units of %(supply)s go to earlier orders.",
            count=self.units_before,
            place=self._stands,
            all=self.supply.units,
            supply=self.supply.name,
        )

    @property
    def _stands(self) -> Saying:
        if self.because is None:
            return said("Number %(number)s in line", number=self.place)
        return said("Number %(number)s in line (%(rule)s)", number=self.place, rule=self.because)


@dataclass(frozen=True, slots=True)
class Allocations:
    """The outcome: what each line gets, and what is left of each supply for the next buyer."""

    by_line: dict[OrderLineId, tuple[Allocation, ...]]
    left: tuple[Supply, ...]


def supplies_for(item: ItemId, *, on_hand: int, shipments: Sequence[IncomingShipment]) -> tuple[Supply, ...]:
    """On hand first, then shipments by ETA; those without a date come last, ties are settled by their id."""
    coming = sorted((s for s in shipments if s.outstanding(item)), key=_arrival_rank)
    return (Supply(max(0, on_hand)), *(Supply(s.outstanding(item), s) for s in coming))


def _arrival_rank(shipment: IncomingShipment) -> tuple[bool, str, str, ShipmentId]:
    eta = shipment.expected
    days = (eta.latest.isoformat(), eta.earliest.isoformat()) if eta else ("", "")
    return (eta is None, *days, shipment.shipment_id)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Units a line asks for at one place in the queue; what is above a cap is a second claim, behind all others."""

    rank: Rank
    line: WaitingLine
    units: int
    is_beyond_cap: bool = False


def allocate(
    lines: Sequence[WaitingLine],
    supplies: Sequence[Supply],
    *,
    rules: AllocationRules = FIRST_COME_RULES,
    today: date = date.min,
) -> Allocations:
    """Walk the queue once, giving each line what is left of the soonest supply. Linear after sorting."""
    pools = _Pools(supplies, rules, lines)
    by_line: dict[OrderLineId, tuple[Allocation, ...]] = {}
    queue = _queue(lines, rules, today)
    for place, claim in enumerate(queue, start=1):
        because = _because(queue, place, rules)
        line = claim.line
        parts = tuple(
            Allocation(line.line_id, line.order_id, units, supplies[number], place, before, because)
            for number, units, before in pools.take(claim.units, line.customer_group)
        )
        by_line[line.line_id] = by_line.get(line.line_id, ()) + parts
    return Allocations(by_line, pools.left())


def _queue(lines: Sequence[WaitingLine], rules: AllocationRules, today: date) -> list[_Claim]:
    waiting = [_Claim(rules.rank(line, today), line, line.owed) for line in lines if line.owed]
    queue = sorted(waiting, key=lambda claim: claim.rank)
    if rules.most_per_order is None and rules.most_per_customer is None:
        return queue
    caps = _Caps(rules, lines)
    within = [(claim, caps.take(claim.line, claim.units)) for claim in queue]
    return [
        *(replace(claim, units=units) for claim, units in within if units),
        *(replace(c, units=c.units - units, is_beyond_cap=True) for c, units in within if units < c.units),
    ]


def _because(queue: Sequence[_Claim], place: int, rules: AllocationRules) -> Saying | None:
    """What put the claim behind the one before it; for the first one, what put it before the second."""
    claim = queue[place - 1]
    if claim.is_beyond_cap:
        return said("beyond the most units for one order or customer")
    if len(queue) == 1:
        return None
    neighbor = queue[place - 2] if place > 1 else queue[1]
    return rules.decided(claim.rank, neighbor.rank)


class _Caps:
    """How many more units of the item each order and each customer may have before the others had theirs."""

    def __init__(self, rules: AllocationRules, lines: Sequence[WaitingLine]) -> None:
        self._rules = rules
        self._of_order: Counter[OrderId] = Counter()
        self._of_customer: Counter[str] = Counter()
        for line in lines:
            self._count(line, line.allocated)

    def take(self, line: WaitingLine, units: int) -> int:
        rules = self._rules
        if rules.most_per_order is not None:
            units = min(units, max(0, rules.most_per_order - self._of_order[line.order_id]))
        if rules.most_per_customer is not None and line.customer:
            units = min(units, max(0, rules.most_per_customer - self._of_customer[line.customer]))
        self._count(line, units)
        return units

    def _count(self, line: WaitingLine, units: int) -> None:
        self._of_order[line.order_id] += units
        self._of_customer[line.customer] += units


class _Pools:
    """What is left of each supply for everybody, and for each group that has a reserve. The soonest units go first."""

    def __init__(self, supplies: Sequence[Supply], rules: AllocationRules, lines: Sequence[WaitingLine]) -> None:
        self._supplies = supplies
        self._given = [0] * len(supplies)
        free = [supply.units for supply in supplies]
        self._pools: dict[int | None, list[int]] = {}
        for reserve in rules.reserves:
            has = sum(line.allocated for line in lines if line.customer_group == reserve.group)
            self._pools[reserve.group] = _carve(free, max(0, reserve.units - has))
        self._pools[None] = free
        self._next = dict.fromkeys(self._pools, 0)

    def take(self, wanted: int, group: int | None) -> list[tuple[int, int, int]]:
        """Units for one claim, as (number of the supply, units, units of it given before)."""
        pools = [group, None] if group is not None and group in self._pools else [None]
        taken: list[tuple[int, int, int]] = []
        while wanted:
            number, pool = min((self._soonest(pool), rank, pool) for rank, pool in enumerate(pools))[::2]
            if number == len(self._supplies):
                break
            units = min(wanted, self._pools[pool][number])
            self._pools[pool][number] -= units
            wanted -= units
            if taken and taken[-1][0] == number:
                taken[-1] = (number, taken[-1][1] + units, taken[-1][2])
            else:
                taken.append((number, units, self._given[number]))
            self._given[number] += units
        return taken

    def left(self) -> tuple[Supply, ...]:
        """What the next buyer can have: nobody knows yet whether they belong to a group."""
        return tuple(
            Supply(units, supply.shipment) for supply, units in zip(self._supplies, self._pools[None], strict=True)
        )

    def _soonest(self, pool: int | None) -> int:
        """The first supply that has something left for this pool; beyond the last where none has."""
        units, number = self._pools[pool], self._next[pool]
        while number < len(units) and not units[number]:
            number += 1
        self._next[pool] = number
        return number


def _carve(free: list[int], wanted: int) -> list[int]:
    """Take the soonest units out of what is free."""
    carved = []
    for number, units in enumerate(free):
        share = min(units, wanted)
        free[number] -= share
        wanted -= share
        carved.append(share)
    return carved

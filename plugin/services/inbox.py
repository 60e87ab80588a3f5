"""Drain a store's inbox: claim all that waits, fold it into what to read, read it, take it over, plan, finish.

    claim → fold → read_news → take_over → finish        (one slice; then the next, or to the back of the queue)

An event that cannot be handled is parked alone; the others go on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.domain.ids import ItemId, OrderId, TenantId
from plugin.domain.policy import Scope
from plugin.domain.saying import said
from plugin.services.again import LOOK_AGAIN, OURS, REPLAN, TOGETHER, look_again_later
from plugin.services.causes import Cause, CauseKind, because
from plugin.services.doubts import items_in_doubt
from plugin.services.errors import GiveUp, QuotaSpent, RetryLater
from plugin.services.intake import MISSING_ORDER, Intake
from plugin.services.long_reads import LongReads
from plugin.services.news import LookAgain, numbers_of, read_news, unheard_since
from plugin.services.ports.directory import Directory
from plugin.services.ports.inbox import EventHint, EventReader, InboxEvent
from plugin.services.ports.shop import Store, Stores
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.retry import ANSWER_LOST_AFTER, LADDER, next_try
from plugin.services.tenants import Tenants

EVENTS_PER_SLICE = 5000
"""Many, because they fold: a thousand orders bring some six thousand events."""
SLICES_PER_JOB = 4
TURN = timedelta(seconds=5)
"""After so many slices, or a slice that ends later than this, the store goes to the back of the queue, so that a big one
never starves the small ones."""
ITEMS_PER_SLICE = 20
"""Planned in one transaction, and one such slice in a drain: the receiver must get at the database in between."""
ORDER_CALLS = 20
"""Calls for orders in one slice: it must be done before a small plan's quota is spent, or it would be begun again for ever."""
RUSH = 500
"""Webhooks in one slice: a store that comes to us with so many at once sells faster than we read."""
PATIENCE = timedelta(minutes=15)
"""As long as a look may be put off for it."""
JUST_A_SECOND = timedelta(microseconds=999_999)
TRIES_TOGETHER = 2
"""An event that failed this often is handled alone from then on."""
LEASE = timedelta(minutes=2)
"""As long as claimed events are ours; a slice that takes longer may have company, which does no harm."""


@dataclass(frozen=True, slots=True)
class Inbox:
    units: Units
    directory: Directory
    stores: Stores
    clock: Clock
    events: EventReader
    intake: Intake
    long_reads: LongReads
    tenants: Tenants
    gather: timedelta = timedelta()
    """How long the first webhook waits for the others of the same change, so that they cost one read."""

    def drain(self, tenant_id: TenantId) -> None:
        """One drain per store at a time; whoever comes second leaves quietly, the first one looks again before it goes."""
        now = self.clock.now()
        tenant = self.directory.find(tenant_id)
        if tenant is None or not tenant.is_live:
            return
        if not self.directory.claim_lease(tenant_id, "drain", at=now, until=now + LEASE):
            return
        try:
            self._drain_slices(tenant_id)
        finally:
            self.directory.release_lease(tenant_id, "drain")
        self._wake_if_more(tenant_id)

    def _drain_slices(self, tenant_id: TenantId) -> None:
        until = self.clock.now() + TURN
        for turn in range(SLICES_PER_JOB):
            events = self._claim(tenant_id) if turn == 0 or self.clock.now() < until else []
            if not events:
                return
            events = self._put_looks_off(tenant_id, events)
            groups = self._groups(tenant_id, events)
            for place, group in enumerate(groups, 1):
                if not self._handle(tenant_id, group):
                    return
                if group[0].topic == REPLAN:
                    self._give_back(tenant_id, [event for rest in groups[place:] for event in rest])
                    return

    def _put_looks_off(self, tenant_id: TenantId, events: list[InboxEvent]) -> list[InboxEvent]:
        """In a rush the webhooks that wait explain most of what did not add up; looking would read their orders twice."""
        now = self.clock.now()
        early = {e.event_id for e in events if e.topic == LOOK_AGAIN and now - e.received_at < PATIENCE}
        if not early or sum(not event.topic.startswith(OURS) for event in events) < RUSH:
            return events
        with self.units(tenant_id) as work:
            work.inbox.give_back(early, at=now + TOGETHER)
            work.commit()
        return [event for event in events if event.event_id not in early]

    def _give_back(self, tenant_id: TenantId, events: Sequence[InboxEvent]) -> None:
        """Claimed and not come to: another drain takes them at once, without waiting for the lease or for company."""
        with self.units(tenant_id) as work:
            work.inbox.give_back([event.event_id for event in events], at=self.clock.now() - self.gather)
            work.commit()

    def _groups(self, tenant_id: TenantId, events: Sequence[InboxEvent]) -> list[list[InboxEvent]]:
        """All fresh events together; those that failed before, one by one; those that never work, parked."""
        hopeless = [event for event in events if event.attempts > len(LADDER) + 1]
        for event in hopeless:
            self._park(
                tenant_id,
                event,
                GiveUp("internal", said("It failed %(attempts)s times; see the log.", attempts=event.attempts - 1)),
            )
        unknown = [event for event in events if _is_for_a_newer_version(event) and event not in hopeless]
        if unknown:
            self._postpone(tenant_id, unknown, RetryLater(said("Only a newer version knows what to do.")))
        hopeful = [event for event in events if event not in hopeless and event not in unknown]
        replans = [event for event in hopeful if event.topic == REPLAN]
        together = [event for event in hopeful if event.attempts <= TRIES_TOGETHER and event not in replans]
        alone = [[event] for event in hopeful if event.attempts > TRIES_TOGETHER and event not in replans]
        return ([together] if together else []) + alone + _alike(replans)

    def _claim(self, tenant_id: TenantId) -> list[InboxEvent]:
        """Nothing before the first has waited long enough; then all there are."""
        now = self.clock.now()
        with self.units(tenant_id) as work:
            if self.gather and not work.inbox.has_due(at=now, gather=self.gather):
                return []
            events = work.inbox.claim(at=now, limit=EVENTS_PER_SLICE)
            work.commit()
        return events

    def _handle(self, tenant_id: TenantId, events: Sequence[InboxEvent]) -> bool:
        """False when the store cannot be talked to now and the rest must wait as well."""
        try:
            left = self._take_in(tenant_id, events)
        except RetryLater as problem:
            self._postpone(tenant_id, events, problem)
            return False
        except GiveUp as problem:
            if len(events) > 1:
                return all([self._handle(tenant_id, [event]) for event in events])  # noqa: C419 — each gets its turn
            self._park(tenant_id, events[0], problem)
        else:
            if left:
                self._give_back(tenant_id, left)
        return True

    def _take_in(self, tenant_id: TenantId, all_events: Sequence[InboxEvent]) -> list[InboxEvent]:
        """Answers those that are left for the next slice, as the shop lets us ask only so much at once."""
        store = self.stores.open(tenant_id)
        events, hint = self._within_reach(store, all_events)
        if hint.store_changed:
            self.tenants.refresh(tenant_id)
            store = self.stores.open(tenant_id)
        own = [event for event in events if event.topic.startswith(OURS)]
        again = self._look_again(tenant_id, store, own)
        if not self._knows_orders(tenant_id, store, again):
            events = [event for event in events if event.topic != LOOK_AGAIN]
            again = LookAgain(asked=again.asked)
        hint = fold([hint, EventHint(orders=frozenset(again.asked))])
        news = read_news(self.units, store, tenant_id, hint, again)
        with because(Cause(CauseKind.EVENTS)), self.units(tenant_id) as work:
            self.intake.take_over(work, news)
            self._replan_slice(work, own)
            work.inbox.finish([event.event_id for event in events])
            work.commit()
        done = {event.event_id for event in events}
        return [event for event in all_events if event.event_id not in done]

    def _within_reach(self, store: Store, events: Sequence[InboxEvent]) -> tuple[Sequence[InboxEvent], EventHint]:
        """The first of them whose orders a few calls read, and what they hint at."""
        hints = [self.events.read(event.topic, event.body) for event in events]
        hint = fold(hints)
        while len(hints) > 1 and store.calls_for(hint.orders) > ORDER_CALLS:
            hints = hints[: len(hints) // 2]
            hint = fold(hints)
        return events[: len(hints)], hint

    def _knows_orders(self, tenant_id: TenantId, store: Store, again: LookAgain) -> bool:
        """Read the orders that the look needs; False if there are more than this slice may read."""
        if again.orders_since is None:
            return True
        is_done = self.long_reads.walk_orders(
            tenant_id, store, again.orders_since, shop_time=again.shop_time, pages=ORDER_CALLS
        )
        if not is_done and not again.items:  # nothing asked for this look, so nothing would bring us back
            now = self.clock.now()
            with self.units(tenant_id) as work:
                look_again_later(work, again.unsettled, at=now, due_at=now)
                work.commit()
        return is_done

    def _look_again(self, tenant_id: TenantId, store: Store, own: Iterable[InboxEvent]) -> LookAgain:
        """Where a level decides what is true, every order behind it must be known: webhooks may have been lost.

        That is so where an answer was lost, and where a difference has stayed for so long that it would be believed.
        """
        now = self.clock.now()
        with self.units(tenant_id) as work:
            again = self._asked_by(own, work)
            lost = {each.move.item_id for each in work.stock.stale_moves(sent_before=now - ANSWER_LOST_AFTER)}
            records = [record for group in work.stock.records(again.items).values() for record in group]
            tenant = work.tenant()
        grace = self.intake.planning.grace
        is_decided = lost or any(each.suspicion and now - each.suspicion.since >= grace for each in records)
        if not (is_decided or again.orders_since):
            return again
        again = replace(again, shop_time=store.server_time())
        if not is_decided:
            return again
        since = min(again.orders_since or now, unheard_since(tenant, now, shop_time=again.shop_time))
        stood_at = numbers_of(store.stock(lost)) if lost else {}
        return replace(again, unsettled=frozenset(lost), stood_at=stood_at, orders_since=since, reads_all_orders=True)

    def _asked_by(self, own: Iterable[InboxEvent], work: UnitOfWork) -> LookAgain:
        """The oldest note decides since when orders are read, so that none is missing from the comparison."""
        notes = [event for event in own if event.topic == LOOK_AGAIN]
        in_doubt = items_in_doubt(work, notes)
        open_notes = [note for note in notes if in_doubt[note.event_id]]
        since = min((note.received_at for note in open_notes), default=None)
        return LookAgain(
            items=frozenset().union(*in_doubt.values()),
            drift={ItemId(item): units for note in open_notes for item, units in note.body["drift"].items()},
            orders_since=since - self.intake.planning.grace if since else None,
            asked={OrderId(e.body["order"]): int(e.body["asked"]) for e in own if e.topic == MISSING_ORDER},
        )

    def _replan_slice(self, work: UnitOfWork, own: Iterable[InboxEvent]) -> None:
        """Plan the first items of what is asked for, and note where to go on: then, what is newer has had its turn."""
        body = next((event.body for event in own if event.topic == REPLAN), None)
        if body is None:
            return
        after = body.get("after", "")
        next_ones = {item for item in body["items"] if item > after}
        for scope in body["scopes"]:
            next_ones |= set(work.items.ids_in_scope(Scope.parse(scope), after=after, limit=ITEMS_PER_SLICE + 1))
        items = sorted(next_ones)
        self.intake.planning.replan(work, items[:ITEMS_PER_SLICE])
        if len(items) > ITEMS_PER_SLICE:
            now, last = self.clock.now(), items[ITEMS_PER_SLICE - 1]
            rest = {**body, "items": [item for item in body["items"] if item > last], "after": last}
            work.inbox.add(REPLAN, rest, at=now, due_at=now)

    def _postpone(self, tenant_id: TenantId, events: Sequence[InboxEvent], problem: RetryLater) -> None:
        now = self.clock.now()
        with self.units(tenant_id) as work:
            if isinstance(problem, QuotaSpent):
                # At one moment for all who wait: then they are claimed as they came, and events of an order together.
                together = (now + problem.wait + JUST_A_SECOND).replace(microsecond=0)
                work.inbox.give_back([event.event_id for event in events], at=together)
                events = ()
            for attempts in sorted({event.attempts for event in events}):
                group = [event.event_id for event in events if event.attempts == attempts]
                until = next_try(attempts, now=now, after=problem.after, spread=group[0])
                if until is None:
                    for event_id in group:
                        work.inbox.park(event_id, GiveUp("exceeded", problem.said))
                else:
                    work.inbox.postpone(group, until=until)
            work.commit()

    def _park(self, tenant_id: TenantId, event: InboxEvent, problem: GiveUp) -> None:
        with self.units(tenant_id) as work:
            work.inbox.park(event.event_id, problem)
            self.tenants.tell_parked(work, "event", about=event.topic, problem=problem)
            work.commit()

    def _wake_if_more(self, tenant_id: TenantId) -> None:
        with self.units(tenant_id) as work:
            if work.inbox.has_due(at=self.clock.now(), gather=self.gather):
                work.wake("drain_inbox", tenant_id)
            work.commit()


def _is_for_a_newer_version(event: InboxEvent) -> bool:
    """While two versions run, an event of our own may be one that only the other knows."""
    return event.topic.startswith(OURS) and event.topic not in {LOOK_AGAIN, REPLAN, MISSING_ORDER}


def _alike(events: Sequence[InboxEvent]) -> list[list[InboxEvent]]:
    """Events that ask for the same, together."""
    groups: dict[str, list[InboxEvent]] = {}
    for event in events:
        groups.setdefault(repr(sorted(event.body.items())), []).append(event)
    return list(groups.values())


def fold(hints: Iterable[EventHint]) -> EventHint:
    """Many hints as one: a thousand events about fifty items are fifty items to read."""
    all_hints = list(hints)
    return EventHint(
        orders=frozenset().union(*(hint.orders for hint in all_hints)),
        stock=frozenset().union(*(hint.stock for hint in all_hints)),
        counted=frozenset().union(*(hint.counted for hint in all_hints)),
        products=frozenset().union(*(hint.products for hint in all_hints)),
        deleted_products=frozenset().union(*(hint.deleted_products for hint in all_hints)),
        store_changed=any(hint.store_changed for hint in all_hints),
    )

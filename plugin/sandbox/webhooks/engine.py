"""Every event becomes deliveries, every delivery is tried by the documented ladder on the sandbox clock.

publish → plan deliveries → (threads) take the next that is due → `sender` posts it → settle: delivered, later, or never.
Locks: whoever holds the world's lock may take this one, never the other way round.
"""

import hashlib
import heapq
import itertools
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from plugin.sandbox.webhooks.blocklist import Blocklist
from plugin.sandbox.webhooks.hook import RETRY_LADDER, Attempt, Delivery, Event, Hook
from plugin.sandbox.webhooks.rules import goes_to, retire_idle
from plugin.sandbox.webhooks.sender import Sender

if TYPE_CHECKING:
    from plugin.sandbox.store import Store
    from plugin.sandbox.world import World

KEPT = 20_000
Order = Literal["kept", "shuffled", "reversed"]


class WebhookEngine:
    def __init__(self, world: "World") -> None:
        self._world = world
        self.condition = threading.Condition()
        self.blocklist = Blocklist()
        self.events: deque[Event] = deque(maxlen=KEPT)
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.listeners: list[Callable[[Event], None]] = []
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count(1)
        self._event_ids = itertools.count(1)
        self._sending = 0
        self._fresh = 0
        self._held = False
        self._kept_by_blocklist = False
        self._exceptions_told: dict[str, float] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = False
        world.clock.listeners.append(self.condition)

    # Planning.

    def publish(self, store: "Store", scope: str, data: dict[str, Any]) -> Event:
        """Called with the world's lock held, by `World.emit`."""
        now = self._world.clock.timestamp()
        event = self._event(store, scope, data, now)
        self.events.append(event)
        retire_idle(store, now)
        told: set[str] = set()
        for hook in list(store.hooks.values()):
            if not goes_to(hook, scope, now):
                continue
            if self._world.switches.wildcard_and_leaf == "one" and hook.destination in told:
                continue
            told.add(hook.destination)
            hook.last_event_at = now
            self._plan(event, hook, now)
        return event

    def _event(self, store: "Store", scope: str, data: dict[str, Any], now: float) -> Event:
        number = next(self._event_ids)
        encoded = json.dumps(data, separators=(",", ":"))
        covered = encoded if self._world.switches.webhook_hash == "data_only" else f"{number}{scope}{encoded}{now}"
        digest = hashlib.sha1(covered.encode()).hexdigest()  # noqa: S324  — the format asks for SHA-1
        envelope = {
            "producer": f"stores/{store.hash}",
            "hash": digest,
            "created_at": int(now),
            "store_id": str(store.profile.store_id),
            "scope": scope,
            "data": data,
        }
        body = json.dumps(envelope, separators=(",", ":")).encode()
        return Event(
            id=number, store_hash=store.hash, scope=scope, data=data, hash=digest, created_at=int(now), body=body
        )

    def _plan(self, event: Event, hook: Hook, now: float) -> None:
        switches, chance = self._world.switches, self._world.random
        message_id = "msg_" + secrets.token_hex(14)
        for copy in range(1 + switches.webhook_duplicates):
            late = chance.random() * switches.webhook_shuffle_seconds if switches.webhook_shuffle_seconds else 0.0
            delivery = Delivery(
                id=next(self._numbers),
                event=event,
                hook_id=hook.id,
                client_id=hook.client_id,
                destination=hook.destination,
                message_id=message_id,
                due_at=now + late,
                signed_at=int(now),
                is_extra=copy > 0,
            )
            self.deliveries.append(delivery)
            if chance.random() * 100 < switches.webhook_loss_percent:
                delivery.state = "lost"
            else:
                self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        with self.condition:
            heapq.heappush(self._queue, (delivery.due_at, delivery.id, delivery))
            self._fresh += delivery.retries == 0
            self.condition.notify()

    # Acting on deliveries by hand.

    def redeliver(self, delivery_id: int) -> Delivery | None:
        """Send an old delivery once more, as the platform does after a hiccup."""
        for old in list(self.deliveries):
            if old.id == delivery_id:
                return self._again(old)
        return None

    def redeliver_recent(self, count: int, *, store_hash: str | None = None) -> list[Delivery]:
        """Send the newest deliveries once more, newest first."""
        chosen = [each for each in reversed(list(self.deliveries)) if store_hash in (None, each.event.store_hash)][
            :count
        ]
        return [self._again(old) for old in chosen]

    def _again(self, old: Delivery) -> Delivery:
        now = self._world.clock.timestamp()
        copy = Delivery(
            id=next(self._numbers),
            event=old.event,
            hook_id=old.hook_id,
            client_id=old.client_id,
            destination=old.destination,
            message_id=old.message_id,
            due_at=now,
            signed_at=int(now),
            is_extra=True,
        )
        self.deliveries.append(copy)
        self._enqueue(copy)
        return copy

    @property
    def is_held(self) -> bool:
        return self._held

    def hold(self) -> None:
        """Keep deliveries back until `release`."""
        with self.condition:
            self._held = True

    def release(self, *, order: Order = "kept", copies: int = 0) -> int:
        """Let go what was held, in this order, each with so many extra copies. Answers how many go out."""
        if copies:
            with self.condition:
                waiting = [entry[2] for entry in self._queue if entry[2].retries == 0]
            for delivery in waiting * copies:
                self._again(delivery)
        with self.condition:
            fresh = sorted((entry for entry in self._queue if entry[2].retries == 0), key=lambda entry: entry[1])
            rest = [entry for entry in self._queue if entry[2].retries > 0]
            self._queue = rest + self._reordered([entry[2] for entry in fresh], order)
            heapq.heapify(self._queue)
            self._held = False
            self.condition.notify_all()
            return len(fresh)

    def _reordered(self, deliveries: list[Delivery], order: Order) -> list[tuple[float, int, Delivery]]:
        if order == "shuffled":
            self._world.random.shuffle(deliveries)
        elif order == "reversed":
            deliveries.reverse()
        now = self._world.clock.timestamp()
        for place, delivery in enumerate(deliveries):
            delivery.due_at = now + place * 1e-6
        return [(delivery.due_at, delivery.id, delivery) for delivery in deliveries]

    def wait_until_drained(self, timeout: float) -> bool:
        """Wait until nothing new is on its way and no retry is due. Later retries do not count."""
        give_up_at = time.monotonic() + timeout
        with self.condition:
            while self._busy():
                left = give_up_at - time.monotonic()
                if left <= 0:
                    return False
                self.condition.wait(min(left, 0.05))
            return True

    def _busy(self) -> bool:
        if self._sending or self._fresh:
            return True
        return bool(self._queue) and self._queue[0][0] <= self._world.clock.timestamp()

    @property
    def waiting(self) -> int:
        with self.condition:
            return len(self._queue) + self._sending

    # Delivering.

    def start(self, threads: int) -> None:
        self._stopped = False
        sender = Sender(threads)
        for number in range(threads):
            thread = threading.Thread(target=self._work, args=(sender,), name=f"webhooks-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        with self.condition:
            self._stopped = True
            self.condition.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads.clear()

    def _work(self, sender: Sender) -> None:
        while (delivery := self._next()) is not None:
            try:
                self._deliver(sender, delivery)
            finally:
                with self.condition:
                    self._sending -= 1
                    self.condition.notify_all()

    def _next(self) -> Delivery | None:
        with self.condition:
            while not self._stopped:
                now = self._world.clock.timestamp()
                if not self._held and self._queue and self._queue[0][0] <= now:
                    delivery = heapq.heappop(self._queue)[2]
                    self._fresh -= delivery.retries == 0
                    self._sending += 1
                    delivery.state = "sending"
                    return delivery
                wait = self._queue[0][0] - now if self._queue and not self._held else 1.0
                self.condition.wait(min(max(wait, 0.001), 1.0))
        return None

    def _deliver(self, sender: Sender, delivery: Delivery) -> None:
        world = self._world
        with world.lock:
            store = world.stores.get(delivery.event.store_hash)
            hook = store.hooks.get(delivery.hook_id) if store else None
            client = world.clients.get(delivery.client_id)
            if store is None or hook is None or client is None or not hook.is_active:
                delivery.state = "dropped"
                return
            if self._is_blocked(delivery):
                return
            request = sender.prepare(delivery, hook, client, switches=world.switches, now=world.clock.timestamp())
        attempt = sender.post(request, timeout=world.switches.webhook_timeout_seconds, at=world.clock.timestamp())
        delivery.attempts.append(attempt)
        self._settle(delivery, attempt)

    def _is_blocked(self, delivery: Delivery) -> bool:
        now = self._world.clock.timestamp()
        if self.blocklist.blocked_until(domain_of(delivery.destination), delivery.client_id, now) is None:
            return False
        keeps = self._world.switches.blocklist_keeps
        self._kept_by_blocklist = not self._kept_by_blocklist
        if keeps == "none" or (keeps == "some" and not self._kept_by_blocklist):
            delivery.state = "lost"
        else:
            self._retry_later(delivery, now)
        return True

    def _settle(self, delivery: Delivery, attempt: Attempt) -> None:
        success = attempt.status is not None and 200 <= attempt.status < 300
        now = self._world.clock.timestamp()
        with self._world.lock:
            if self.blocklist.note(domain_of(delivery.destination), delivery.client_id, now, success=success):
                self._tell_exception(delivery, 90003, "The destination's domain is blocked for three minutes.", now)
            if success:
                delivery.state = "delivered"
            else:
                self._retry_later(delivery, now)

    def _retry_later(self, delivery: Delivery, now: float) -> None:
        if delivery.retries >= len(RETRY_LADDER):
            delivery.state = "failed"
            self._deactivate(delivery, now)
            return
        delivery.due_at = now + RETRY_LADDER[delivery.retries]
        delivery.retries += 1
        delivery.state = "retrying"
        self._tell_exception(delivery, 90001, "The delivery failed and will be tried again.", now)
        self._enqueue(delivery)

    def _deactivate(self, delivery: Delivery, now: float) -> None:
        store = self._world.stores[delivery.event.store_hash]
        hook = store.hooks.get(delivery.hook_id)
        if hook is None or not hook.is_active:
            return
        hook.is_active, hook.deactivated, hook.updated_at = False, True, int(now)
        self._tell_exception(delivery, 90002, "All retries failed: the webhook is deactivated.", now)
        for address in store.hook_emails.get(hook.client_id, []):
            self._world.platform_mails.append({"to": address, "subject": f"Webhook {hook.id} was deactivated"})

    def _tell_exception(self, delivery: Delivery, code: int, message: str, now: float) -> None:
        """Fire the exception hook; for retries at most once per ten minutes and destination."""
        if delivery.event.scope == "store/hook/deliveryException":
            return
        if code == 90001:
            if now - self._exceptions_told.get(delivery.destination, -600.0) < 600:
                return
            self._exceptions_told[delivery.destination] = now
        data = {"type": "webhook", "id": delivery.hook_id, "error_code": code, "message": message}
        self.publish(self._world.stores[delivery.event.store_hash], "store/hook/deliveryException", data)


def domain_of(destination: str) -> str:
    return destination.split("://", 1)[-1].split("/", 1)[0]

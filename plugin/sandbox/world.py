"""The world the sandbox pretends: stores, apps, clock, switches, faults and logs, behind one lock.

Whoever reads or changes a store does it inside `with world.acting():`; the actions do so themselves.
"""

import random
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugin.sandbox.clock import SandboxClock
from plugin.sandbox.config import SandboxConfig, Seed
from plugin.sandbox.faults import Faults
from plugin.sandbox.journal import Journal
from plugin.sandbox.people import Client, GrantCode, Token
from plugin.sandbox.quota import Quota
from plugin.sandbox.seeding import seed_store
from plugin.sandbox.store import Store
from plugin.sandbox.webhooks.engine import WebhookEngine


@dataclass(order=True)
class PendingWrite:
    """An inventory write that was accepted and is not visible yet."""

    due_at: float
    number: int
    apply: Callable[[], None] = field(compare=False)


class World:
    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.clock = SandboxClock(starts_at=config.starts_at, clock_file=config.clock_file)
        self.random = random.Random(config.random_seed)
        self.switches = config.switches
        self.faults = Faults()
        self.api_calls = Journal(config.log_size)
        self.public_url = config.public_url or "http://sandbox.invalid"
        self.stopping = threading.Event()
        self.stores: dict[str, Store] = {}
        self.quotas: dict[str, Quota] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, GrantCode] = {}
        self.platform_mails: list[dict[str, Any]] = []
        self.webhooks = WebhookEngine(self)
        self._pending: list[PendingWrite] = []
        self._pending_number = 0
        self.app = Client(
            id=config.client_id,
            secret=config.client_secret,
            name=config.app_name,
            app_url=config.app_url.rstrip("/"),
            scopes=config.scopes,
        )
        self.clients: dict[str, Client] = {self.app.id: self.app}
        self.add_store(config.store_hash, seed=config.seed, native_backorders=config.native_backorders)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the world still; inventory writes that are due become visible first."""
        with self.lock:
            if self._pending:
                self.settle()
            yield

    def now(self) -> datetime:
        return self.clock.now()

    def add_store(self, store_hash: str, *, seed: Seed = "small", native_backorders: bool = True) -> Store:
        with self.lock:
            store = Store(store_hash, self.now(), native_backorders=native_backorders)
            store.profile.store_id += len(self.stores)
            seed_store(store, seed=seed, now=self.now(), rng=random.Random(self.config.random_seed))
            self.stores[store_hash] = store
            self.quotas[store_hash] = Quota(self.config.plan_quota)
            return store

    @property
    def first_store(self) -> Store:
        return next(iter(self.stores.values()))

    @property
    def panel_url(self) -> str:
        """The control panel's own origin: another site than the app's, as in real life."""
        return self.config.panel_url or self.public_url.replace("127.0.0.1", "localhost")

    def storefront_url(self, store: Store) -> str:
        return f"{self.public_url}/shop/{store.hash}"

    def issue_token(
        self, store: Store, *, client_id: str | None = None, scopes: tuple[str, ...] | None = None
    ) -> Token:
        """A token without the install dance. The client's older token for this store dies, as after a re-install."""
        client = self.clients[client_id or self.app.id]
        with self.lock:
            self.revoke_tokens(store, client_id=client.id)
            token = Token(
                value=secrets.token_hex(16),
                client_id=client.id,
                store_hash=store.hash,
                scopes=frozenset(scopes if scopes is not None else client.scopes),
            )
            self.tokens[token.value] = token
        return token

    def revoke_tokens(self, store: Store, *, client_id: str) -> None:
        for token in list(self.tokens.values()):
            if token.store_hash == store.hash and token.client_id == client_id:
                del self.tokens[token.value]

    def later(self, apply: Callable[[], None]) -> None:
        """Apply an accepted inventory write once its delay is over."""
        delay = self.switches.inventory_delay_ms / 1000
        if delay <= 0 and not self._pending:
            apply()
            return
        self._pending_number += 1
        due_at = self.clock.timestamp() + delay
        self._pending.append(PendingWrite(due_at=due_at, number=self._pending_number, apply=apply))

    def settle(self, *, everything: bool = False) -> None:
        """Make due inventory writes visible, in the order they were accepted."""
        with self.lock:
            now = self.clock.timestamp()
            while self._pending and (everything or self._pending[0].due_at <= now):
                self._pending.pop(0).apply()

    @property
    def has_pending_writes(self) -> bool:
        return bool(self._pending)

    def emit(self, store: Store, scope: str, data: dict[str, Any]) -> None:
        """Something happened: tell whoever hooked it."""
        self.webhooks.publish(store, scope, data)

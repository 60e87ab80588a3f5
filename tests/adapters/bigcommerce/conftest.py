"""A client that counts its calls, and two worlds to point it at: prepared answers, and the sandbox store in this process."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import responses

from plugin.adapters.bigcommerce.client import BigCommerceClient, Called, Connections
from plugin.adapters.bigcommerce.hooks import WantedHooks
from plugin.adapters.bigcommerce.rate_limit import Quota
from plugin.adapters.bigcommerce.store import BigCommerceStore
from plugin.domain.ids import TenantId
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import Sandbox, create_sandbox
from plugin.sandbox.switches import Switches

API = "https://api.example.test"
STORE = TenantId("ada1")
BASE = f"{API}/stores/{STORE}"
WANTED_HOOKS = WantedHooks(
    destination="http://127.0.0.1:9/webhooks",
    secret="second-factor-of-ada",
    scopes=("store/order/created", "store/channel/*/inventory/product/backorder_limit_reached"),
    optional=frozenset({"store/channel/*/inventory/product/backorder_limit_reached"}),
)


@dataclass
class Counted:
    """A store, and every call it made."""

    client: BigCommerceClient
    calls: list[Called] = field(default_factory=list)

    @property
    def store(self) -> BigCommerceStore:
        return BigCommerceStore(self.client, WANTED_HOOKS)

    @property
    def lines(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.calls]


def counted(
    api_url: str, tenant: TenantId, token: str, quota: Quota | None = None, connections: Connections | None = None
) -> Counted:
    calls: list[Called] = []
    client = BigCommerceClient(
        connections or Connections(),
        api_url=api_url,
        tenant_id=tenant,
        access_token=token,
        quota=quota,
        on_call=calls.append,
    )
    return Counted(client, calls)


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """Prepared answers; a call that nobody prepared fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def shop(api: responses.RequestsMock) -> Counted:
    return counted(API, STORE, "token-of-ada")


@dataclass
class World:
    """The sandbox as it runs, and our view of its store."""

    sandbox: Sandbox
    shop: Counted

    @property
    def theirs(self):
        return self.sandbox.world.first_store

    def settle(self) -> None:
        self.sandbox.world.settle(everything=True)


@pytest.fixture
def start_world() -> Iterator[Callable[..., World]]:
    running: list[Sandbox] = []

    def start(*, native: bool = True, seed: str = "small", quota: int = 100_000, **switches: object) -> World:
        config = SandboxConfig(
            store_hash=STORE,
            seed=seed,
            native_backorders=native,
            plan_quota=quota,
            switches=Switches().changed({"inventory_delay_ms": 0, **switches}),
        )
        sandbox = create_sandbox(config=config)
        url = sandbox.start()
        running.append(sandbox)
        token = sandbox.world.issue_token(sandbox.world.first_store)
        return World(sandbox, counted(url, STORE, token.value))

    yield start
    for sandbox in running:
        # Its server takes half a second to notice; nobody needs to wait for that.
        threading.Thread(target=sandbox.stop).start()

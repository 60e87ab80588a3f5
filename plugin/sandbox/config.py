"""What a sandbox is started with. `server.create_sandbox` reads it once; what may change later is a switch."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from plugin.sandbox.switches import Switches

Seed = Literal["full", "small", "empty"]

DEFAULT_SCOPES = (
    "store_v2_default",
    "store_v2_orders",
    "store_v2_products",
    "store_v2_information_read_only",
    "store_v2_content",
    "store_v2_customers_read_only",
    "store_inventory",
    "store_locations_read_only",
    "store_channel_settings_read_only",
    "store_sites_read_only",
    "store_app_extensions_manage",
    "store_metafield_write",
    "store_storefront_api",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """Every value has a default, so `SandboxConfig()` is a whole shop.

    `app_url` is where the app answers: `/auth`, `/load`, `/uninstall`, `/remove_user` are appended to it.
    `clock_file` receives the offset of the sandbox clock in seconds whenever the clock is moved.
    `plan_quota` is the number of API calls per 30 seconds, shared by every app of a store.
    """

    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret-0123456789abcdefghijklmnopqrstuvwxyzABCD"  # noqa: S105  — a stand-in's secret
    app_url: str = "http://127.0.0.1:8000"
    app_name: str = "Backorder"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    panel_url: str | None = None
    store_hash: str = "harborpine"
    seed: Seed = "full"
    native_backorders: bool = True
    plan_quota: int = 450
    switches: Switches = field(default_factory=Switches)
    clock_file: Path | None = None
    starts_at: datetime | None = None
    smtp_port: int = 0
    delivery_threads: int = 4
    random_seed: int = 7
    log_size: int = 5000

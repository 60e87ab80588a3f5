"""Which hook hears which event, which scopes exist, and when a hook falls asleep."""

import re
from typing import TYPE_CHECKING

from plugin.sandbox.webhooks.hook import Hook

if TYPE_CHECKING:
    from plugin.sandbox.store import Store

IDLE_SECONDS = 90 * 86_400
HOOKS_PER_SCOPE = 10

FIXED_SCOPES = frozenset(
    {
        *(f"store/order/{name}" for name in ("created", "updated", "archived", "statusUpdated", "*")),
        *(f"store/order/{name}" for name in ("message/created", "refund/created")),
        *(f"store/order/transaction/{name}" for name in ("created", "updated")),
        *(f"store/order/metafield/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/product/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/product/inventory/{name}" for name in ("updated", "order/updated", "*")),
        *(f"store/product/metafield/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/product/variant/metafield/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/sku/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/sku/inventory/{name}" for name in ("updated", "order/updated", "*")),
        *(f"store/shipment/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/customer/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/category/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/subscriber/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/cart/{name}" for name in ("created", "updated", "deleted", "converted", "abandoned", "*")),
        *(f"store/inventory/location/{name}" for name in ("created", "updated", "deleted", "*")),
        *(f"store/channel/{name}" for name in ("created", "updated", "*")),
        "store/information/updated",
        "store/app/uninstalled",
        "store/hook/deliveryException",
    }
)
BACKORDER_SCOPE = re.compile(r"store/channel/(\*|\d+)/inventory/product/backorder_limit_reached")
CHANNEL_SCOPE = re.compile(
    r"store/channel/(\*|\d+)/(inventory/product/(stock_changed|low_stock_reached|out_of_stock_reached|settings_changed|\*)"
    r"|order/(created|updated|archived|statusUpdated|message/created|refund/created|\*)"
    r"|notifications/inventory/updated|script/(created|updated|deleted|\*))"
)


def is_scope(scope: str) -> bool:
    """Whether a hook on this may exist; the backorder scope is judged apart."""
    return scope in FIXED_SCOPES or CHANNEL_SCOPE.fullmatch(scope) is not None


def is_backorder_scope(scope: str) -> bool:
    return BACKORDER_SCOPE.fullmatch(scope) is not None


def hears(hook_scope: str, event_scope: str) -> bool:
    if hook_scope == event_scope:
        return True
    if hook_scope.endswith("/*") and event_scope.startswith(hook_scope[:-1]):
        return True
    # A hook on one channel's stock hears the event, whose scope keeps its star.
    parts, told = hook_scope.split("/"), event_scope.split("/")
    same_but_channel = parts[:2] == told[:2] == ["store", "channel"] and parts[3:] == told[3:]
    return same_but_channel and "*" in (parts[2], told[2])


def goes_to(hook: Hook, scope: str, now: float) -> bool:
    return hook.is_active and now >= hook.works_from and hears(hook.scope, scope)


def retire_idle(store: "Store", now: float) -> None:
    """Ninety days without an event put a hook to sleep."""
    for hook in store.hooks.values():
        if hook.is_active and now - hook.last_event_at > IDLE_SECONDS:
            hook.is_active, hook.deactivated = False, True

"""What BigCommerce does not document, or documents twice: one switch each, with its allowed values.

The default is the likeliest value; the flow tests run with every other one. `Switches.changed` checks names and values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args, get_type_hints


class SwitchError(ValueError):
    """Such a switch does not exist, or cannot be set to that."""


def choice(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


def number(default: float, doc: str, *, low: float = 0, high: float = 1_000_000) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    # Install, load, uninstall.
    token_error_body: Literal["oauth2", "empty", "html"] = choice("oauth2", "Body of a refused token request.")
    uninstall_callback: bool = choice(True, "Whether the app is called when a merchant uninstalls it.")
    jwt_algorithm: Literal["HS256", "HS512", "none"] = choice("HS256", "How signed payloads are signed.")
    jwt_audience: Literal["right", "wrong"] = choice("right", "Whether signed payloads name our app as audience.")
    jwt_ahead_seconds: int = number(0, "How far the signer's clock runs ahead of ours.", high=600)
    jwt_age_hours: int = number(0, "How old a signed payload is when it is handed out.", high=72)
    # Webhooks.
    webhook_signature: Literal["present", "absent"] = choice("present", "Whether deliveries carry signature headers.")
    webhook_retry_timestamp: Literal["refreshed", "kept"] = choice("refreshed", "Timestamp of a retried delivery.")
    webhook_hash: Literal["unique", "data_only"] = choice("unique", "What the hash of an event covers.")
    webhook_timeout_seconds: float = number(10, "How long a receiver may take to answer.", high=120)
    webhook_duplicates: int = number(0, "Extra deliveries of every event.", high=20)
    webhook_loss_percent: float = number(0, "Share of deliveries that never happen.", high=100)
    webhook_shuffle_seconds: float = number(0, "Deliveries are delayed at random up to this long.", high=3600)
    wildcard_and_leaf: Literal["both", "one"] = choice("both", "Deliveries when `a/*` and `a/b` go to one address.")
    blocklist_keeps: Literal["some", "all", "none"] = choice("some", "Events of a blocked domain that are retried.")
    hook_activation_seconds: float = number(0, "How long a new hook takes before it works.", high=60)
    hook_limit_status: Literal[422, 403, 409] = choice(422, "Status for the eleventh hook of a scope.")
    hook_duplicate_status: Literal[409, 422] = choice(409, "Status for a second hook with scope and destination.")
    hook_answer: Literal["wrapped", "unwrapped"] = choice("wrapped", "Whether a created hook stands inside `data`.")
    backorder_scope: Literal["by_store", "refused", "accepted"] = choice("by_store", "Hooks on the backorder limit.")
    stock_changed_on_orders: bool = choice(True, "Whether orders, too, fire the channel's `stock_changed`.")
    # REST mechanics.
    other_apps_calls_per_second: float = number(0, "Quota that other apps of the store use up.", high=1000)
    throttle_body: Literal["json", "html", "empty"] = choice("json", "Body of a 429.")
    inventory_overflow: Literal[413, 422, 200] = choice(413, "Answer to 2,001 inventory rows.")
    time_skew_seconds: int = number(0, "How far the store's clock is off.", low=-600, high=600)
    # Orders.
    stock_moves: Literal["after_created", "before_created"] = choice("after_created", "Stock event against `created`.")
    order_readable_after_ms: int = number(0, "A new order answers 404 for this long.", high=60_000)
    archived_in_lists: bool = choice(False, "Whether order lists contain archived orders.")
    partial_shipment_takes_stock: bool = choice(False, "In shipped mode: whether each shipment takes its own units.")
    declined_returns_stock: bool = choice(True, "Whether status 6 gives stock back as status 5 does.")
    reopening_takes_stock: bool = choice(True, "Whether an order set back to an open status takes stock again.")
    backordered_put: Literal["as_given", "validated"] = choice("as_given", "`quantity_backordered` above the quantity.")
    quantity_backordered_at_zero: Literal["missing", "zero"] = choice("missing", "Order lines that owe nothing.")
    oversell_body: Literal["documented", "plain"] = choice("documented", "Body of the 409 for too little stock.")
    # Stock and native backorders.
    inventory_delay_ms: int = number(30, "How long an accepted inventory write stays invisible.", high=60_000)
    receipt_nets_backordered: bool = choice(False, "Whether arriving stock lowers `qty_backordered` by itself.")
    shipping_consumes_backordered: bool = choice(True, "Whether shipping owed units lowers `qty_backordered`.")
    cancel_releases: Literal["backordered_first", "on_hand"] = choice("backordered_first", "What a cancellation frees.")
    on_hand_reads_negative: bool = choice(False, "Whether owed units show as a negative on-hand number.")
    unlimited_name: Literal["unlimited_backorder", "null", "minus_one"] = choice("unlimited_backorder", "No limit.")
    safety_error_status: Literal[422, 409] = choice(422, "Status when stock would fall below the safety stock.")
    relative_below_zero: Literal["refused", "clamped"] = choice("refused", "A relative change below zero.")
    aggregated_stock: bool = choice(False, "Whether the storefront sells from every enabled location.")
    catalog_level_counts_backorder: bool = choice(False, "Whether `inventory_level` contains the backorder part.")
    preorder_needs_stock: bool = choice(False, "Whether a pre-order item at zero is refused.")
    # Storefront pages.
    theme: Literal["6.21", "6.19", "custom"] = choice("6.21", "Which theme the storefront wears.")
    hidden_although_available: bool = choice(False, "`hide_*` hides an item that can still be backordered.")

    def changed(self, values: Mapping[str, Any]) -> "Switches":
        known = {each.name: each for each in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise SwitchError(f"There is no switch {name!r}. Known: {', '.join(known)}.")
            check_value(name, value, getattr(self, name), known[name].metadata)
        return replace(self, **values)

    def describe(self) -> list[dict[str, Any]]:
        """Name, value, meaning and allowed values of each switch, in reading order."""
        return [
            {
                "name": each.name,
                "value": getattr(self, each.name),
                "default": each.default,
                "doc": each.metadata["doc"],
                "allowed": allowed(each.name, each.metadata),
            }
            for each in fields(self)
        ]


def allowed(name: str, metadata: Mapping[str, Any]) -> list[Any] | dict[str, float]:
    """A list of values, or the lowest and highest number."""
    if "low" in metadata:
        return {"min": metadata["low"], "max": metadata["high"]}
    options = get_args(get_type_hints(Switches)[name])
    return list(options) if options else [True, False]


def check_value(name: str, value: Any, current: Any, metadata: Mapping[str, Any]) -> None:
    options = allowed(name, metadata)
    if isinstance(options, list):
        # `True == 1`, so the type is compared too.
        if not any(value == option and type(value) is type(option) for option in options):
            raise SwitchError(f"Switch {name!r} cannot be {value!r}. Allowed: {options}.")
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SwitchError(f"Switch {name!r} must be a number, not {value!r}.")
    if isinstance(current, int) and not isinstance(value, int):
        raise SwitchError(f"Switch {name!r} must be a whole number, not {value!r}.")
    if not options["min"] <= value <= options["max"]:
        raise SwitchError(f"Switch {name!r} must lie between {options['min']} and {options['max']}, not {value!r}.")

"""The main story with each value of each switch of the sandbox: what is undocumented may be either way, or change."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from plugin.domain.calendar import DateWindow
from plugin.domain.store import ConnectionState
from plugin.sandbox import login
from plugin.sandbox.actions import shipping, statuses
from plugin.sandbox.actions.refusals import OutOfStock
from plugin.sandbox.order import Order
from plugin.sandbox.switches import Switches
from plugin.services.shipments import NewShipment
from tests.flow.stage import NATIVE, RED_MUG, VIRTUAL, Stage, item

OWN_TEXT = "Usually ships in 24 hours."
PO_118 = NewShipment("Kiln & Co", "PO-118", DateWindow(date(2027, 1, 11), date(2027, 1, 12)), [("MUG-RED", 10)])


@pytest.fixture
def own_database_url(sqlite_url: str, migrated_template: Path) -> str:
    """The database has no part in this; test_main_job.py runs on both."""
    shutil.copy(migrated_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


def the_story(stage: Stage) -> None:
    """1 on hand, limit 3: five shoppers, one of whom cancels; ten units arrive; one order is sent; we leave."""
    stage.install()
    stage.sell_past_zero(limit=3)
    stage.come_to_rest()
    first, second, third = (buys(stage, who, units) for who, units in (("first", 2), ("second", 1), ("third", 1)))
    is_refused(stage)
    statuses.cancel(stage.sandbox.world, stage.store, second.id)
    stage.come_to_rest()
    fourth = buys(stage, "fourth", 1)
    is_refused(stage)
    agrees(stage, on_hand=0, owed=3, limit=3)
    assert owed_units(stage) == {first.id: 1, third.id: 1, fourth.id: 1}

    shipment = stage.plugin.shipments.announce(stage.tenant, PO_118)
    stage.come_to_rest()
    assert "Jan 1" in first.staff_notes
    stage.plugin.shipments.receive(stage.tenant, shipment)
    stage.come_to_rest()
    shipping.ship(stage.sandbox.world, stage.store, first.id)
    stage.come_to_rest()
    agrees(stage, on_hand=7, owed=0, limit=3)
    assert owed_units(stage) == {third.id: 0, fourth.id: 0}
    told_once(stage)

    stage.plugin.tenants.leave(stage.tenant)
    stage.come_to_rest()
    agrees(stage, on_hand=7, owed=0, limit=0)
    is_restored(stage, first, second, third, fourth)


def buys(stage: Stage, who: str, units: int) -> Order:
    order = stage.buy(units, email=f"{who}@example.com")
    stage.come_to_rest()
    return order


def is_refused(stage: Stage) -> None:
    with pytest.raises(OutOfStock):
        stage.buy(1, email="too-late@example.com")


def agrees(stage: Stage, *, on_hand: int, owed: int, limit: int) -> None:
    """The shop's own numbers, and what a shopper can buy."""
    cell = stage.store.cell(stage.store.stock_key(stage.store.products[RED_MUG], 0), 1)
    if stage.store.native_backorders:
        assert (cell.on_hand, cell.backordered, cell.backorder_limit) == (on_hand, owed, limit)
    else:
        assert cell.on_hand == on_hand - owed + limit


def owed_units(stage: Stage) -> dict[int, int]:
    with stage.plugin.units(stage.tenant) as work:
        orders = work.orders.holding_items([item()])
    return {order.order_id: sum(line.owed for line in order.lines) for order in orders}


def told_once(stage: Stage) -> None:
    def told(who: str, kind: str) -> int:
        mails = stage.mails(f"{who}@example.com")
        return len([mail for mail in mails if (mail.header("Feedback-ID") or "").startswith(f"{kind}:")])

    assert not stage.mails("too-late@example.com")
    assert (told("second", "confirmed"), told("second", "arrived")) == (1, 0)
    for who in ("first", "third", "fourth"):
        assert (told(who, "confirmed"), told(who, "arrived")) == (1, 1), who
    assert len([mail for mail in stage.mails(stage.store.profile.admin_email) if "closed" in mail.subject]) == 1


def is_restored(stage: Stage, *orders: Order) -> None:
    product = stage.store.products[RED_MUG]
    assert (product.availability_description, product.availability) == (OWN_TEXT, "available")
    assert not any(stage.store.metafields_of.values())
    assert [order.staff_notes for order in orders] == [""] * len(orders)
    assert not stage.store.hooks


@dataclass(frozen=True)
class Run:
    """One telling of the story. Values that should not matter are flipped together; those that may, alone."""

    switches: Mapping[str, Any]
    native: bool = NATIVE
    rests: tuple[float, ...] = (61,)

    def __str__(self) -> str:
        way = "native" if self.native else "virtual"
        first = [f"{name}={value}" for name, value in self.switches.items()]
        return f"{way}-{'+'.join(first[:2])}" + ("+others" if len(first) > 2 else "")


A_RECONCILE = (660, 61)
RUNS = [
    Run(
        {
            "hook_answer": "unwrapped",
            "hook_limit_status": 403,
            "hook_duplicate_status": 422,
            "wildcard_and_leaf": "one",
            "webhook_retry_timestamp": "kept",
            "webhook_timeout_seconds": 30,
            "blocklist_keeps": "none",
            "inventory_overflow": 422,
            "archived_in_lists": True,
            "backordered_put": "validated",
            "quantity_backordered_at_zero": "zero",
            "oversell_body": "plain",
            "safety_error_status": 409,
            "catalog_level_counts_backorder": True,
            "preorder_needs_stock": True,
            "theme": "6.19",
            "hidden_although_available": True,
            "token_error_body": "empty",
            "throttle_body": "html",
        }
    ),
    Run(
        {
            "hook_limit_status": 409,
            "blocklist_keeps": "all",
            "inventory_overflow": 200,
            "theme": "custom",
            "token_error_body": "html",
            "catalog_level_counts_backorder": True,
            "quantity_backordered_at_zero": "zero",
            "throttle_body": "empty",
        },
        VIRTUAL,
    ),
    Run({"webhook_signature": "absent"}, rests=A_RECONCILE),
    Run({"webhook_hash": "data_only"}),
    Run({"webhook_duplicates": 3}),
    Run({"webhook_loss_percent": 40}, rests=A_RECONCILE),
    Run({"webhook_loss_percent": 100}, VIRTUAL, rests=A_RECONCILE),
    Run({"webhook_shuffle_seconds": 30}),
    Run({"webhook_shuffle_seconds": 30, "webhook_duplicates": 2}, VIRTUAL),
    Run({"hook_activation_seconds": 60}, rests=A_RECONCILE),
    Run({"backorder_scope": "refused"}),
    Run({"backorder_scope": "accepted"}, VIRTUAL),
    Run({"stock_changed_on_orders": False}),
    Run({"stock_changed_on_orders": False, "stock_moves": "before_created"}, VIRTUAL),
    Run({"stock_moves": "before_created"}),
    Run({"other_apps_calls_per_second": 12}, rests=(61, 61, 61, 61)),
    Run({"time_skew_seconds": 600}, rests=A_RECONCILE),
    Run({"time_skew_seconds": -600, "webhook_loss_percent": 100}, rests=A_RECONCILE),
    Run({"order_readable_after_ms": 2000}),
    Run({"order_readable_after_ms": 2000}, VIRTUAL),
    Run({"inventory_delay_ms": 0}),
    Run({"inventory_delay_ms": 5000}),
    Run({"inventory_delay_ms": 5000}, VIRTUAL),
    Run({"receipt_nets_backordered": True}),
    Run({"shipping_consumes_backordered": False}),
    Run({"cancel_releases": "on_hand"}),
    Run({"on_hand_reads_negative": True}),
    Run({"relative_below_zero": "clamped"}),
    Run({"relative_below_zero": "clamped"}, VIRTUAL),
    Run({"aggregated_stock": True}),
    Run({"aggregated_stock": True}, VIRTUAL),
]


ELSEWHERE: dict[str, str] = {
    "uninstall_callback": "test_an_uninstall_nobody_tells_of_is_noticed_by_the_dead_token",
    "jwt_algorithm": "test_only_a_payload_signed_as_documented_opens_the_app",
    "jwt_audience": "test_only_a_payload_signed_as_documented_opens_the_app",
    "jwt_ahead_seconds": "test_only_a_payload_signed_as_documented_opens_the_app",
    "jwt_age_hours": "test_only_a_payload_signed_as_documented_opens_the_app",
    "unlimited_name": "test_no_limit_is_no_limit_whatever_the_shop_calls_it",
    "declined_returns_stock": "test_a_declined_order_frees_what_the_shop_says_it_frees",
    "reopening_takes_stock": "test_a_cancelled_order_that_is_opened_again_waits_again",
    "partial_shipment_takes_stock": "test_units_that_leave_the_level_on_shipping_are_counted_once",
}


def test_every_value_of_every_switch_has_its_run():
    told = {(name, value) for run in RUNS for name, value in run.switches.items()}
    untold = [
        f"{each['name']}={value}"
        for each in Switches().describe()
        if each["name"] not in ELSEWHERE
        for value in (each["allowed"] if isinstance(each["allowed"], list) else [])
        if value != each["default"] and (each["name"], value) not in told
    ]
    assert untold == []
    numbers = {each["name"] for each in Switches().describe() if isinstance(each["allowed"], dict)}
    assert numbers - {name for name, _ in told} - ELSEWHERE.keys() == set()
    assert set(ELSEWHERE.values()) <= globals().keys()


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_the_story_ends_the_same_with_each_value(open_stage: Callable[..., Stage], run: Run):
    stage = open_stage(native=run.native, switches=Switches().changed(run.switches))
    stage.rests = run.rests
    the_story(stage)


@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({}, 200),
        ({"jwt_ahead_seconds": 10}, 200),
        ({"jwt_ahead_seconds": 600}, 401),
        ({"jwt_age_hours": 23}, 200),
        ({"jwt_age_hours": 25}, 401),
        ({"jwt_algorithm": "none"}, 401),
        ({"jwt_algorithm": "HS512"}, 401),
        ({"jwt_audience": "wrong"}, 401),
    ],
    ids=str,
)
def test_only_a_payload_signed_as_documented_opens_the_app(open_stage, switches: dict[str, Any], status: int):
    stage = open_stage()
    stage.install()
    stage.switch(**switches)
    answer = requests.Session().get(login.load_url(stage.sandbox.world, stage.store), timeout=10)
    assert answer.status_code == status


def test_an_uninstall_nobody_tells_of_is_noticed_by_the_dead_token(open_stage):
    stage = open_stage(switches=Switches(uninstall_callback=False))
    stage.install()
    stage.sell_past_zero(limit=3)
    login.uninstall(stage.sandbox.world, stage.store)
    stage.wait(660)
    tenant = stage.plugin.directory.find(stage.tenant)
    assert tenant.state is ConnectionState.DISCONNECTED
    calls = len(stage.api_calls())
    stage.wait(660)
    assert len(stage.api_calls()) == calls, "its queue stops"
    (mail,) = stage.mails(stage.store.profile.admin_email)
    assert "connect" in mail.subject.lower()


@pytest.mark.parametrize("name", ["unlimited_backorder", "null", "minus_one"])
@pytest.mark.parametrize("native", [NATIVE, VIRTUAL], ids=["native", "virtual"])
def test_no_limit_is_no_limit_whatever_the_shop_calls_it(open_stage, name: str, native: bool):
    stage = open_stage(native=native, switches=Switches(unlimited_name=name))
    stage.install()
    stage.sell_past_zero(limit=None)
    stage.come_to_rest()
    order = buys(stage, "first", 500)
    assert owed_units(stage) == {order.id: 499}
    assert buys(stage, "second", 700).id in owed_units(stage)
    stage.plugin.tenants.leave(stage.tenant)
    stage.come_to_rest()
    is_refused(stage)
    is_restored(stage, order)


@pytest.mark.parametrize("returns", [True, False], ids=["returns", "keeps"])
@pytest.mark.parametrize("native", [NATIVE, VIRTUAL], ids=["native", "virtual"])
def test_a_declined_order_frees_what_the_shop_says_it_frees(open_stage, returns: bool, native: bool):
    """Where the shop keeps the units they are missing on its shelf, until somebody counts."""
    stage = open_stage(native=native, switches=Switches(declined_returns_stock=returns))
    stage.install()
    stage.sell_past_zero(limit=3)
    stage.come_to_rest()
    order = buys(stage, "first", 3)
    statuses.set_status(stage.sandbox.world, stage.store, order.id, 6)
    stage.come_to_rest()
    stage.come_to_rest()
    agrees(stage, on_hand=1 if returns else 0, owed=0, limit=3)
    assert owed_units(stage) == {}


@pytest.mark.parametrize("takes", [True, False], ids=["takes", "leaves"])
@pytest.mark.parametrize("native", [NATIVE, VIRTUAL], ids=["native", "virtual"])
def test_a_cancelled_order_that_is_opened_again_waits_again(open_stage, takes: bool, native: bool):
    stage = open_stage(native=native, switches=Switches(reopening_takes_stock=takes))
    stage.install()
    stage.sell_past_zero(limit=3)
    stage.come_to_rest()
    order = buys(stage, "first", 3)
    statuses.cancel(stage.sandbox.world, stage.store, order.id)
    stage.come_to_rest()
    statuses.set_status(stage.sandbox.world, stage.store, order.id, 11)
    stage.come_to_rest()
    stage.come_to_rest()
    assert owed_units(stage) == {order.id: 2}
    buys(stage, "second", 1)
    is_refused(stage)
    assert [mail.subject for mail in stage.mails("first@example.com") if "ships" in mail.subject][1:] == []


@pytest.mark.parametrize(
    ("native", "takes"),
    [(NATIVE, True), (NATIVE, False), (VIRTUAL, True), (VIRTUAL, False)],
    ids=["native-takes", "native-waits", "virtual-takes", "virtual-waits"],
)
def test_units_that_leave_the_level_on_shipping_are_counted_once(open_stage, native: bool, takes: bool):
    stage = open_stage(native=native, switches=Switches(partial_shipment_takes_stock=takes))
    stage.store.settings.values["update_stock_behavior"] = "order_completed_or_shipped"
    stage.set_stock(5)
    stage.install()
    stage.sell_past_zero(limit=3)
    stage.come_to_rest()
    order = buys(stage, "first", 3)
    assert owed_units(stage) == {order.id: 0}
    shipping.ship(stage.sandbox.world, stage.store, order.id, {order.lines[0].id: 1})
    stage.come_to_rest()
    shipping.ship(stage.sandbox.world, stage.store, order.id)
    stage.come_to_rest()
    stage.come_to_rest()
    agrees(stage, on_hand=2, owed=0, limit=3)

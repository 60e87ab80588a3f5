"""Orders of every kind through the whole app: what is waited for, what is told, and what the shop's numbers say."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import LocationId, OrderId
from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel, Scope
from plugin.domain.store import ConnectionState
from plugin.sandbox import login
from plugin.sandbox.actions import buying, editing, refunding, shipping, statuses
from plugin.sandbox.actions.buying import Wanted
from plugin.sandbox.actions.editing import LineEdit
from plugin.sandbox.actions.refusals import OutOfStock
from plugin.sandbox.events import product_event
from plugin.sandbox.order import Order
from plugin.sandbox.people import Address
from plugin.sandbox.stock import Cell
from plugin.services.shipments import NewShipment
from tests.flow.stage import NATIVE, RED_MUG, VIRTUAL, Stage
from workers import failures

BLUE_MUG, GLAZED_MUG, CANDLE, TABLE = 112, 113, 115, 116
MOSS, SAND, INK, RUST = 1003, 1004, 1005, 1006
JAN = Address(first_name="Jan", last_name="Kok", email="jan@example.de")
BOTH_WAYS = pytest.mark.parametrize("native", [NATIVE, VIRTUAL], ids=["native", "virtual"])


@pytest.fixture
def own_database_url(sqlite_url: str, migrated_template: Path) -> str:
    """The database has no part in this; test_main_job.py runs on both."""
    shutil.copy(migrated_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture
def opened(open_stage: Callable[..., Stage]) -> Callable[..., Stage]:
    """A stage where everything in the store may be sold 5 past zero."""

    def open_and_install(*, before: Callable[[Stage], Any] = lambda _: None, **options: Any) -> Stage:
        stage = open_stage(**options)
        before(stage)
        stage.install()
        allow(stage, policy("store"))
        return stage

    return open_and_install


def policy(scope: str, *, limit: int | None = 5, **more: Any) -> BackorderPolicy:
    return BackorderPolicy(Scope.parse(scope), True, backorder_limit=limit, lead_time=LeadTime(10, 10), **more)


def allow(stage: Stage, *policies: BackorderPolicy) -> None:
    stage.plugin.policies.save(stage.tenant, policies)
    stage.come_to_rest()


def place(stage: Stage, *wanted: Wanted, **more: Any) -> Order:
    order = buying.place_order(stage.sandbox.world, stage.store, list(wanted), guest=JAN, **more)
    stage.come_to_rest()
    return order


def owed(stage: Stage) -> dict[tuple[int, str], int]:
    """Owed units by order and SKU, of every order that holds units."""
    with stage.plugin.units(stage.tenant) as work:
        orders = work.orders.holding_items(work.items.ids_in_scope(Scope.parse("store")))
    units: Counter[tuple[int, str]] = Counter()
    for order in orders:
        for line in order.lines:
            units[order.order_id, line.sku] += line.owed
    return dict(+units)


def cell(stage: Stage, product: int = RED_MUG, variant: int = 0, location: int = 1) -> tuple[int, int]:
    found = stage.store.cell((product, variant), location)
    return (found.on_hand, found.backordered)


def subjects(stage: Stage, to: str = JAN.email) -> list[str]:
    return [mail.subject for mail in stage.mails(to)]


def test_a_checkout_that_never_completes_takes_nothing_and_tells_nobody(opened):
    stage = opened()
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3), pay=False)
    assert (owed(stage), cell(stage), subjects(stage)) == ({}, (1, 0), [])
    buying.pay(stage.sandbox.world, stage.store, order.id)
    stage.come_to_rest()
    assert owed(stage) == {(order.id, "MUG-RED"): 2}
    assert len(subjects(stage)) == 1


def test_what_is_in_a_bundle_is_waited_for_piece_by_piece(opened):
    stage = opened(seed="full")
    bundle = stage.store.find_by_sku("SET-BREAKFAST")[0]
    order = place(stage, Wanted(product_id=bundle.id, quantity=2))
    assert owed(stage) == {(order.id, "MUG-RED"): 1, (order.id, "PLATE-BREAK"): 2}
    assert len(subjects(stage)) == 1


def test_digital_and_custom_lines_wait_for_nothing(opened):
    stage = opened(seed="full")
    pattern = stage.store.find_by_sku("PDF-KNIT")[0]
    order = place(
        stage,
        Wanted(product_id=pattern.id),
        Wanted(product_id=0, name="Engraving", price=Decimal(9)),
        Wanted(product_id=BLUE_MUG, quantity=1),
    )
    assert owed(stage) == {(order.id, "MUG-BLUE"): 1}
    (mail,) = stage.mails(JAN.email)
    assert "Engraving" in mail.plain


def test_an_order_of_nothing_we_count_leaves_no_trace(opened):
    stage = opened(seed="full")
    pattern = stage.store.find_by_sku("PDF-KNIT")[0]
    order = place(stage, Wanted(product_id=pattern.id), Wanted(product_id=0, name="Engraving", price=Decimal(9)))
    assert (owed(stage), subjects(stage), order.staff_notes) == ({}, [], "")


def test_lines_to_several_addresses_are_one_order_and_one_mail(opened):
    stage = opened()
    order = place(
        stage,
        Wanted(product_id=RED_MUG, quantity=2, address=0),
        Wanted(product_id=RED_MUG, quantity=2, address=1),
        addresses=[JAN, replace_city(JAN, "Hamburg")],
    )
    assert owed(stage) == {(order.id, "MUG-RED"): 3}
    assert len(subjects(stage)) == 1


def replace_city(address: Address, city: str) -> Address:
    return Address(first_name=address.first_name, last_name=address.last_name, email=address.email, city=city)


@BOTH_WAYS
def test_staff_add_and_remove_lines(opened, native: bool):
    stage = opened(native=native)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3))
    edit(stage, order, LineEdit(product_id=BLUE_MUG, quantity=2))
    assert owed(stage) == {(order.id, "MUG-RED"): 2, (order.id, "MUG-BLUE"): 2}
    edit(stage, order, LineEdit(line_id=order.lines[0].id, quantity=0))
    assert owed(stage) == {(order.id, "MUG-BLUE"): 2}
    assert cell(stage) == ((1, 0) if native else (6, 0))
    assert len(subjects(stage)) == 1


def edit(stage: Stage, order: Order, *edits: LineEdit) -> None:
    editing.edit_order(stage.sandbox.world, stage.store, order.id, list(edits))
    stage.come_to_rest()


@BOTH_WAYS
def test_parts_of_one_line_are_sent_and_others_refunded(opened, native: bool):
    stage = opened(native=native)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=4))
    line = order.lines[0].id
    shipping.ship(stage.sandbox.world, stage.store, order.id, {line: 1})
    stage.come_to_rest()
    refunding.refund(stage.sandbox.world, stage.store, order.id, {line: 2})
    stage.come_to_rest()
    stage.come_to_rest()
    assert owed(stage) == {(order.id, "MUG-RED"): 1}
    assert cell(stage) == ((0, 1) if native else (4, 0))


@BOTH_WAYS
def test_a_ready_order_that_ships_leaves_those_who_wait_in_their_place(opened, native: bool):
    """The shop takes what ships off its count of owed units, also where those had found stock before."""
    stage = opened(native=native)
    orders = [place(stage, Wanted(product_id=RED_MUG, quantity=1)) for _ in range(6)]
    new = NewShipment("Kiln & Co", "PO-7", DateWindow(date(2027, 1, 11), date(2027, 1, 12)), [("MUG-RED", 3)])
    stage.plugin.shipments.receive(stage.tenant, stage.plugin.shipments.announce(stage.tenant, new))
    stage.come_to_rest()
    shipping.ship(stage.sandbox.world, stage.store, orders[1].id)
    for _ in range(3):
        stage.come_to_rest()
    assert owed(stage) == {(orders[4].id, "MUG-RED"): 1, (orders[5].id, "MUG-RED"): 1}
    assert cell(stage) == ((0, 2) if native else (3, 0))


@BOTH_WAYS
def test_an_archived_order_waits_no_more_and_waits_again_when_it_is_brought_back(opened, native: bool):
    """Archiving moves no stock in the shop, so the owed units are released by us, after a while."""
    stage = opened(native=native)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3))
    statuses.archive(stage.sandbox.world, stage.store, order.id)
    stage.come_to_rest()
    stage.come_to_rest()
    assert owed(stage) == {}
    assert order.staff_notes == ""


def test_imported_history_is_planned_and_never_mailed(opened):
    stage = opened()
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3), external_source="M-MIG")
    assert owed(stage) == {(order.id, "MUG-RED"): 2}
    stage.set_stock(20)
    stage.come_to_rest()
    stage.come_to_rest()
    assert subjects(stage) == []


def test_orders_from_before_the_install_are_planned_and_never_mailed(opened):
    def sold_before(stage: Stage) -> None:
        world = stage.sandbox.world
        cell_of_mug = stage.store.cell((RED_MUG, 0), 1)
        cell_of_mug.backorder_limit = 5
        buying.place_order(world, stage.store, [Wanted(product_id=RED_MUG, quantity=3)], guest=JAN)
        world.clock.move(3600)

    stage = opened(before=sold_before)
    assert list(owed(stage).values()) == [2]
    assert subjects(stage) == []


def test_an_order_of_more_lines_than_one_answer_holds_is_whole(opened):
    stage = opened(native=VIRTUAL)
    allow(stage, policy("store", limit=100))
    order = place(stage, *[Wanted(product_id=RED_MUG, quantity=1) for _ in range(60)])
    with stage.plugin.units(stage.tenant) as work:
        lines = work.orders.get([OrderId(order.id)])[OrderId(order.id)].lines
    assert (len(lines), sum(line.owed for line in lines)) == (60, 59)
    assert len(subjects(stage)) == 1


def test_a_product_deleted_with_open_backorders_hurts_no_other(opened):
    stage = opened()
    mug = place(stage, Wanted(product_id=RED_MUG, quantity=3), Wanted(product_id=BLUE_MUG, quantity=1))
    world, store = stage.sandbox.world, stage.store
    with world.acting():
        product = store.products[RED_MUG]
        store.drop_product(product)
        product_event(world, store, product, "deleted")
    stage.come_to_rest()
    stage.wait(660)
    other = place(stage, Wanted(product_id=BLUE_MUG, quantity=2))
    assert owed(stage).items() >= {(mug.id, "MUG-BLUE"): 1, (other.id, "MUG-BLUE"): 2}.items()
    assert stage.plugin.directory.find(stage.tenant).state is ConnectionState.CONNECTED
    stage.plugin.tenants.leave(stage.tenant)
    stage.come_to_rest()
    assert cell(stage, BLUE_MUG) == (0, 3)
    assert not stage.store.hooks


@BOTH_WAYS
def test_variants_that_are_counted_one_by_one_wait_one_by_one(opened, native: bool):
    stage = opened(native=native)
    allow(stage, policy(f"variant:{SAND}", limit=1), policy(f"product:{GLAZED_MUG}", limit=2))
    order = place(
        stage,
        Wanted(product_id=GLAZED_MUG, variant_id=SAND, quantity=1),
        Wanted(product_id=GLAZED_MUG, variant_id=RUST, quantity=3),
    )
    assert owed(stage) == {(order.id, "MUG-GLAZE-SAND"): 1, (order.id, "MUG-GLAZE-RUST"): 1}
    with pytest.raises(OutOfStock):
        stage.buy(1, GLAZED_MUG, variant=SAND)
    with pytest.raises(OutOfStock):
        stage.buy(2, GLAZED_MUG, variant=RUST)
    shown = stage.store.products[GLAZED_MUG].availability_description
    assert ("Rust: Ships" in shown, "Sand" in shown) == (True, False), "what is closed has no date"


def test_variants_that_are_counted_together_wait_together(opened):
    stage = opened(seed="full")
    rug = stage.store.find_by_sku("RUG-WOOL-SMALL")[0]
    small, large = (variant.id for variant in rug.variants)
    order = place(stage, Wanted(product_id=rug.id, variant_id=small, quantity=7))
    second = place(stage, Wanted(product_id=rug.id, variant_id=large, quantity=2))
    assert owed(stage) == {(order.id, "RUG-WOOL-SMALL"): 1, (second.id, "RUG-WOOL-LARGE"): 2}
    with pytest.raises(OutOfStock):
        stage.buy(3, rug.id, variant=large)


@BOTH_WAYS
def test_a_pre_order_is_dated_by_its_release(opened, native: bool):
    stage = opened(native=native)
    release = date(2027, 1, 6)
    allow(stage, policy(f"product:{TABLE}", label=PolicyLabel.PREORDER, release_on=release, handling_days=0))
    order = place(stage, Wanted(product_id=TABLE, quantity=2))
    assert owed(stage) == {(order.id, "TABLE-OAK"): 2}
    (mail,) = stage.mails(JAN.email)
    assert "pre-order" in mail.plain.lower()
    product = stage.store.products[TABLE]
    assert (product.availability, product.preorder_release_date.date()) == ("preorder", release)
    texts = (product.availability_description, product.preorder_message)
    assert texts == ("Ships Jan 6, 2027", "Pre-order, ships from Jan 6, 2027")


def test_lines_of_one_item_share_what_is_there(opened):
    stage = opened()
    order = place(stage, *[Wanted(product_id=RED_MUG, quantity=2) for _ in range(3)])
    with stage.plugin.units(stage.tenant) as work:
        lines = work.orders.get([OrderId(order.id)])[OrderId(order.id)].lines
    assert sorted(line.owed for line in lines) == [1, 2, 2]


def test_a_job_with_the_token_of_yesterday_disconnects_nobody(opened):
    """Authorized anew while webhooks are on their way: the old token is dead, the new one drains them."""
    stage = opened()
    stage.sandbox.world.webhooks.hold()
    order = stage.buy(3)
    old = stage.plugin.stores.open(stage.tenant)
    stage.authorize()
    stage.sandbox.world.webhooks.release()
    stage.come_to_rest()
    assert owed(stage) == {(order.id, "MUG-RED"): 2}
    failures.run(stage.plugin, "publish", stage.tenant, lambda _: old.profile())
    assert stage.plugin.directory.find(stage.tenant).state is ConnectionState.CONNECTED
    assert not [subject for subject in subjects(stage, stage.store.profile.admin_email) if "connect" in subject]


@BOTH_WAYS
def test_an_uninstall_without_leave_is_restored_after_the_next_install(opened, native: bool):
    stage = opened(native=native)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=2))
    shown = stage.store.products[RED_MUG].availability_description
    login.uninstall(stage.sandbox.world, stage.store)
    stage.come_to_rest()
    assert stage.store.products[RED_MUG].availability_description == shown, "the token is dead: nothing can be written"
    assert len(subjects(stage, stage.store.profile.admin_email)) == 1
    meanwhile = stage.buy(1)
    stage.wait(3600)
    stage.install()
    stage.come_to_rest()
    assert {key[0] for key in owed(stage)} == {order.id, meanwhile.id}
    stage.plugin.tenants.leave(stage.tenant)
    stage.come_to_rest()
    assert stage.store.products[RED_MUG].availability_description == "Usually ships in 24 hours."
    assert stage.store.cell((RED_MUG, 0), 1).backorder_limit == 0
    assert cell(stage) == ((0, 2) if native else (0, 0))
    assert not any(stage.store.metafields_of.values())
    assert order.staff_notes == ""


def test_the_most_specific_policy_wins(opened):
    stage = opened()
    allow(stage, policy("category:21", limit=2), replace(policy(f"product:{BLUE_MUG}"), enabled=False))
    limits = {product: stage.store.cell((product, 0), 1).backorder_limit for product in (RED_MUG, BLUE_MUG, CANDLE)}
    assert limits == {RED_MUG: 2, BLUE_MUG: 0, CANDLE: 5}


@BOTH_WAYS
def test_each_location_has_a_limit_of_its_own(opened, native: bool):
    def second_shelf(stage: Stage) -> None:
        stage.store.cells[RED_MUG, 0][2] = Cell(on_hand=4)

    stage = opened(native=native, before=second_shelf)
    allow(stage, policy("store", location_limits=((LocationId(1), 1), (LocationId(2), 6))))
    limits = [stage.store.cell((RED_MUG, 0), location).backorder_limit for location in (1, 2)]
    assert limits == ([1, 6] if native else [0, 0])
    assert [cell(stage, location=location)[0] for location in (1, 2)] == ([1, 4] if native else [2, 10])
    with pytest.raises(OutOfStock):
        stage.buy(3)


@BOTH_WAYS
def test_where_edits_move_no_stock_the_books_follow_the_shop(opened, native: bool):
    def keeps_edits(stage: Stage) -> None:
        stage.store.settings.values["edit_order_stock_adjustment"] = False

    stage = opened(native=native, before=keeps_edits)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3))
    edit(stage, order, LineEdit(line_id=order.lines[0].id, quantity=5))
    stage.come_to_rest()
    assert owed(stage) == {(order.id, "MUG-RED"): 4}
    assert subjects(stage)[1:] == []


@BOTH_WAYS
def test_where_cancelled_units_stay_away_nobody_is_promised_them(opened, native: bool):
    def keeps_cancelled(stage: Stage) -> None:
        stage.store.settings.values["refund_order_stock_adjustment"] = False

    stage = opened(native=native, before=keeps_cancelled)
    order = place(stage, Wanted(product_id=RED_MUG, quantity=3))
    statuses.cancel(stage.sandbox.world, stage.store, order.id)
    stage.come_to_rest()
    stage.come_to_rest()
    second = place(stage, Wanted(product_id=RED_MUG, quantity=2))
    assert owed(stage) == {(second.id, "MUG-RED"): 2}

"""Ada's and Bo's stores use the same ids. Whatever Ada reads or writes, Bo's rows are neither seen nor touched.

Every table, every repository method, every query and every tenant-taking method of the directory is called here; one
that is added without a line in this file fails the last tests.
"""

import inspect
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from plugin.adapters.db.directory import SqlDirectory
from plugin.adapters.db.product_queries import SqlProductQueries
from plugin.adapters.db.queries import SqlQueries
from plugin.adapters.db.shipment_queries import SqlShipmentQueries
from plugin.adapters.db.supply_history import SqlSupplyHistory
from plugin.adapters.db.tables import metadata
from plugin.adapters.db.unit_of_work import SqlUnitOfWork
from plugin.adapters.db.waitlist_queries import SqlWaitlistQueries
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, MessageId, OrderId, ShipmentId
from plugin.domain.notices import Answer
from plugin.domain.order import Sending
from plugin.domain.policy import LeadTime, Scope
from plugin.domain.saying import verbatim
from plugin.domain.shipment import EtaStatement
from plugin.domain.store import ConnectionState, Role
from plugin.domain.substitute import ChoiceState
from plugin.domain.supplier import Punctuality, Receipt, Supplier
from plugin.services.causes import CallMade, LinkedCall
from plugin.services.errors import GiveUp, NotFound
from plugin.services.ports.desk import Activity, Deed, SavedView
from plugin.services.ports.directory import AppUser
from plugin.services.ports.messages import MessageKind, OutboxMessage, Tone
from plugin.services.ports.notices import AnswerRecord, CancellationState, GivenAnswer
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.shop import RefundMade
from plugin.services.ports.stock import MoveState, StockRecord
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.ports.waitlist import WaitlistState
from plugin.services.products import ProductFilter
from plugin.services.shipment_lists import ShipmentFilter, ShipmentTab
from tests.adapters.db.conftest import *  # noqa: F403  — its fixtures
from tests.adapters.db.conftest import (
    ADA,
    BO,
    a_cancellation,
    a_choice,
    a_grant,
    a_line_plan,
    a_message,
    a_move,
    a_notice_record,
    a_product,
    a_publication,
    a_telling,
    an_item_plan,
)
from tests.builders import NOW, a_level, a_policy, a_shipment, an_order

LATER = NOW + timedelta(hours=1)
SHIRT = ItemId("77:105")
PEN = ItemId("9")
PRODUCT = PublicationKind.PRODUCT
GONE = GiveUp("gone", "It is no more.")

READS = {
    "items.products": lambda u: u.items.products([77]),
    "items.facts": lambda u: u.items.facts([SHIRT], lock=True),
    "items.ids_in_scope": lambda u: [
        u.items.ids_in_scope(Scope.parse(s)) for s in ("store", "category:23", "product:77", "variant:105")
    ],
    "items.ids_past_zero": lambda u: u.items.ids_past_zero(),
    "items.id_by_sku": lambda u: u.items.id_by_sku(["MUG-105"]),
    "items.offers": lambda u: u.items.offers([SHIRT]),
    "orders.get": lambda u: u.orders.get([101]),
    "orders.holding_items": lambda u: u.orders.holding_items([SHIRT]),
    "orders.lines_holding": lambda u: u.orders.lines_holding([SHIRT]),
    "orders.sent_when_ready": lambda u: u.orders.sent_when_ready(SHIRT, since=NOW - timedelta(days=1)),
    "orders.promises": lambda u: u.orders.promises([101]),
    "orders.customers_without_group": lambda u: u.orders.customers_without_group(),
    "orders.reasons": lambda u: u.orders.reasons([101]),
    "orders.unconfirmed": lambda u: u.orders.unconfirmed([101]),
    "people.orders_of": lambda u: [u.people.orders_of(f"{name}@example.com") for name in (ADA, BO)],
    "people.known_of": lambda u: [u.people.known_of(f"{name}@example.com") for name in (ADA, BO)],
    "shown.since": lambda u: u.shown.since(NOW - timedelta(hours=1), [SHIRT]),
    "carts.sendings": lambda u: u.carts.sendings(["7ea3"]),
    "purges.due": lambda u: u.purges.due(at=LATER, limit=99),
    "stock.records": lambda u: u.stock.records([SHIRT]),
    "stock.moves": lambda u: u.stock.moves([SHIRT], tuple(MoveState)),
    "stock.stale_moves": lambda u: u.stock.stale_moves(sent_before=LATER),
    "stock.has_location": lambda u: u.stock.has_location(1),
    "stock.locations": lambda u: u.stock.locations(),
    "stock.has_wanted_moves": lambda u: u.stock.has_wanted_moves(),
    "shipments.all": lambda u: u.shipments.all(),
    "shipments.coming": lambda u: u.shipments.coming([SHIRT]),
    "shipments.coming_from": lambda u: [u.shipments.coming_from([name]) for name in ("Acme", ADA, BO)],
    "suppliers.all": lambda u: u.suppliers.all(),
    "suppliers.find": lambda u: u.suppliers.find("Acme"),
    "suppliers.get": lambda u: u.suppliers.get("Acme"),
    "suppliers.receipts": lambda u: u.suppliers.receipts("Acme"),
    "suppliers.punctuality": lambda u: u.suppliers.punctuality(["Acme"]),
    "shipments.by_reference": lambda u: u.shipments.by_reference("PO-118"),
    "import_files.headings": lambda u: u.import_files.headings(),
    "policies.get": lambda u: [u.policies.get(Scope.parse(s)) for s in ("store", "category:23")],
    "policies.all": lambda u: u.policies.all(),
    "publications.get": lambda u: u.publications.get(PRODUCT, ["77"]),
    "publications.all": lambda u: u.publications.all(PRODUCT),
    "publications.due": lambda u: u.publications.due(PRODUCT, at=LATER, limit=99),
    "publications.count_due": lambda u: u.publications.count_due(),
    "publications.written": lambda u: u.publications.written(),
    "orders.contacts": lambda u: u.orders.contacts([101]),
    "orders.told_shipped": lambda u: u.orders.told_shipped([101]),
    "notices.told": lambda u: u.notices.told([101]),
    "notices.of_orders": lambda u: u.notices.of_orders([101]),
    "notices.answers": lambda u: u.notices.answers(101),
    "notices.bounced": lambda u: u.notices.bounced(),
    "cancellations.of_orders": lambda u: u.cancellations.of_orders([101]),
    "cancellations.in_state": lambda u: u.cancellations.in_state(CancellationState.DECIDED, limit=99),
    "substitutes.of_items": lambda u: u.substitutes.of_items([SHIRT]),
    "substitutes.choices": lambda u: u.substitutes.choices([101]),
    "substitutes.open_choices": lambda u: u.substitutes.open_choices(limit=99),
    "substitutes.spoken_for": lambda u: u.substitutes.spoken_for([PEN]),
    "cancellations.has_due": lambda u: u.cancellations.has_due(at=LATER),
    "messages.added_after": lambda u: [replace(m, message_id=0) for m in u.messages.added_after(0)],
    "messages.newest": lambda u: bool(u.messages.newest()),
    "messages.pending": lambda u: u.messages.pending([101]),
    "messages.due": lambda u: u.messages.due(at=LATER, limit=99),
    "messages.beside": lambda u: [
        replace(m, message_id=MessageId(0))
        for name in (ADA, BO)
        for m in u.messages.beside(
            OutboxMessage(
                MessageId(0), "", MessageKind.CONFIRMED, f"{name}@example.com", "en", {}, order_id=OrderId(9)
            ),
            kinds=list(MessageKind),
            at=LATER,
            limit=99,
        )
    ],
    "inbox.has_due": lambda u: u.inbox.has_due(at=LATER),
    "orders.set_by_hand": lambda u: u.orders.set_by_hand([101]),
    "saved_views.all": lambda u: u.saved_views.all("backorders"),
    "tones.all": lambda u: u.tones.all(),
    "tones.get": lambda u: u.tones.get(MessageKind.DELAY, "en"),
    "waitlist.items_waited_for": lambda u: u.waitlist.items_waited_for([SHIRT]),
    "waitlist.waiting_for": lambda u: u.waitlist.waiting_for(SHIRT, limit=99),
    "messages.unsent": lambda u: u.messages.unsent(["confirmed:101", "k1"]),
    "waitlist.claims": lambda u: u.waitlist.claims([PEN, SHIRT], at=NOW - timedelta(days=1)),
    "waitlist.wants": lambda u: u.waitlist.wants([PEN, SHIRT], [f"{name}@example.com" for name in (ADA, BO)]),
    "waitlist.told_since": lambda u: u.waitlist.told_since([PEN], NOW - timedelta(days=1)),
}
"""What an empty store reads must be the same beside a full one as alone."""

BY_FOREIGN_ID = {
    "shipments.get": lambda u, ids: _not_found(lambda: u.shipments.get(ids["shipments"])),
    "shipments.save": lambda u, ids: _not_found(lambda: u.shipments.save(a_shipment(shipment_id=ids["shipments"]))),
    "shipments.statements": lambda u, ids: u.shipments.statements([ids["shipments"]]) or None,
    "shipments.add_statement": lambda u, ids: _refused(
        lambda: u.shipments.add_statement(ids["shipments"], EtaStatement(NOW, None, "Ada's"))
    ),
    "stock.finish_moves": lambda u, ids: u.stock.finish_moves([ids["stock_moves"]], MoveState.REFUSED, at=LATER),
    "import_files.get": lambda u, ids: _not_found(lambda: u.import_files.get(ids["import_files"])),
    "import_files.delete": lambda u, ids: u.import_files.delete(ids["import_files"]),
    "deeds.get": lambda u, ids: _not_found(lambda: u.deeds.get(ids["deeds"])),
    "deeds.take_back": lambda u, ids: u.deeds.take_back(Deed(ids["deeds"], NOW, 1, "pin", "Ada's")) or None,
    "messages.claim": lambda u, ids: u.messages.claim(ids["outbox"], at=LATER),
    "notices.withdraw": lambda u, ids: u.notices.withdraw([ids["notices"]], at=LATER),
    "notices.send_with": lambda u, ids: u.notices.send_with([ids["notices"]], "Ada's"),
    "notices.answered": lambda u, ids: u.notices.answered([ids["notices"]], Answer.KEEP, at=LATER, channel="Ada's"),
    "notices.reminded": lambda u, ids: u.notices.reminded([ids["notices"]], on=LATER.date()),
    "cancellations.decide": lambda u, ids: u.cancellations.decide(
        {ids["cancellations"]: 9}, at=LATER, refund_due=LATER.date()
    ),
    "cancellations.dismiss": lambda u, ids: u.cancellations.dismiss([ids["cancellations"]]),
    "cancellations.refunded": lambda u, ids: u.cancellations.refunded(
        ids["cancellations"], RefundMade("9.00 EUR"), at=LATER
    ),
    "cancellations.postpone": lambda u, ids: u.cancellations.postpone(ids["cancellations"], until=LATER),
    "cancellations.park": lambda u, ids: u.cancellations.park(ids["cancellations"], GONE),
    "substitutes.choice": lambda u, ids: u.substitutes.choice(ids["substitute_choices"]),
    "substitutes.settle": lambda u, ids: (
        u.substitutes.settle(replace(a_choice(), choice_id=ids["substitute_choices"]), ChoiceState.DECLINED, at=LATER)
        or None
    ),
    "messages.replace": lambda u, ids: u.messages.replace(ids["outbox"], a_message("Ada's")),
    "messages.drop": lambda u, ids: u.messages.drop([ids["outbox"]], at=LATER),
    "messages.sent": lambda u, ids: u.messages.sent(ids["outbox"], at=LATER, subject="s", text="t"),
    "messages.postpone": lambda u, ids: u.messages.postpone(ids["outbox"], until=LATER),
    "messages.came_back": lambda u, ids: u.messages.came_back(ids["outbox"], at=LATER, why="Ada's") or None,
    "messages.park": lambda u, ids: u.messages.park(ids["outbox"], GONE),
    "inbox.finish": lambda u, ids: u.inbox.finish([ids["inbox"]]),
    "inbox.give_back": lambda u, ids: u.inbox.give_back([ids["inbox"]], at=LATER),
    "inbox.postpone": lambda u, ids: u.inbox.postpone([ids["inbox"]], until=LATER),
    "inbox.park": lambda u, ids: u.inbox.park(ids["inbox"], GONE),
    "waitlist.get": lambda u, ids: u.waitlist.get(ids["waitlist"]),
    "waitlist.tell": lambda u, ids: (
        u.waitlist.tell(ids["waitlist"], at=LATER, until=LATER, message_key="Ada's") or None
    ),
    "waitlist.bought": lambda u, ids: u.waitlist.bought(ids["waitlist"], 101, at=LATER),
    "waitlist.save_state": lambda u, ids: u.waitlist.save_state(ids["waitlist"], WaitlistState.LEFT, at=LATER),
}
"""Ada uses an id that belongs to Bo."""
WITH_FOREIGN_IDS = (
    "shipments",
    "stock_moves",
    "outbox",
    "inbox",
    "waitlist",
    "notices",
    "cancellations",
    "substitute_choices",
    "import_files",
    "deeds",
)

WRITES = {
    "items.save_products": lambda u: u.items.save_products([a_product(name="Ada's")]),
    "items.forget_products": lambda u: u.items.forget_products([77]),
    "items.save_plans": lambda u: u.items.save_plans([an_item_plan(SHIRT, owed=9)]),
    "items.name_categories": lambda u: u.items.name_categories({23: "Ada's"}),
    "import_files.add": lambda u: u.import_files.add("Ada's", "a", at=NOW),
    "import_files.forget_before": lambda u: u.import_files.forget_before(LATER),
    "import_files.remember": lambda u: u.import_files.remember({"PO": "Ada's"}),
    "orders.save": lambda u: u.orders.save([an_order(lines=[])]),
    "orders.save_line_plans": lambda u: u.orders.save_line_plans([a_line_plan(owed=9)]),
    "orders.pin": lambda u: u.orders.pin(101, [1, 2], LATER),
    "orders.save_customer_groups": lambda u: u.orders.save_customer_groups({7: 9, 8: 9}),
    "orders.mark_confirmed": lambda u: u.orders.mark_confirmed([101], LATER),
    "orders.add_to_ledger": lambda u: u.orders.add_to_ledger(101, at=NOW, surface="mail", text="Ada's", facts={}),
    "people.done_with": lambda u: u.people.done_with(modified_before=LATER, limit=99),
    "people.forget_orders": lambda u: u.people.forget_orders([101, 102], at=LATER),
    "people.forget_waiting": lambda u: [u.people.forget_waiting(f"{name}@example.com") for name in (ADA, BO)],
    "people.forget_waiting_before": lambda u: u.people.forget_waiting_before(LATER),
    "shown.supersede": lambda u: u.shown.supersede({SHIRT: an_item_plan(SHIRT).offer}, at=LATER),
    "purges.want": lambda u: u.purges.want([77], due_at=LATER),
    "purges.done": lambda u: u.purges.done(u.purges.due(at=LATER, limit=99)),
    "purges.postpone": lambda u: [u.purges.postpone(each, until=LATER) for each in u.purges.due(at=LATER, limit=99)],
    "carts.save": lambda u: u.carts.save("7ea3", Sending.AS_READY, at=LATER),
    "stock.save": lambda u: u.stock.save([StockRecord(a_level(item=SHIRT, on_hand=9), 9)]),
    "stock.add_moves": lambda u: u.stock.add_moves([a_move(SHIRT)], at=NOW),
    "stock.claim_moves": lambda u: u.stock.claim_moves(at=LATER, limit=99),
    "shipments.add": lambda u: u.shipments.add(a_shipment(reference="PO-new")),
    "shipments.save": lambda u: u.shipments.save(replace(u.shipments.by_reference("PO-118")[0], eta=None)),
    "suppliers.meet": lambda u: u.suppliers.meet("Another"),
    "suppliers.save": lambda u: u.suppliers.save(Supplier("Acme", LeadTime(9, 9))),
    "suppliers.delete": lambda u: u.suppliers.delete("Acme"),
    "suppliers.add_receipts": lambda u: u.suppliers.add_receipts(
        [Receipt("Acme", ShipmentId(1), SHIRT, 9, NOW.date(), None)]
    ),
    "suppliers.save_punctuality": lambda u: u.suppliers.save_punctuality("Acme", Punctuality(9, 9, 9)),
    "orders.save_by_hand": lambda u: u.orders.save_by_hand(101, 1, None),
    "deeds.add": lambda u: u.deeds.add(Deed(0, LATER, 1, "pin", "Ada's")),
    "saved_views.save": lambda u: u.saved_views.save("backorders", SavedView("Mine", "of=ada")),
    "saved_views.delete": lambda u: u.saved_views.delete("backorders", "Mine"),
    "tones.save": lambda u: u.tones.save(Tone(MessageKind.DELAY, "en", "")),
    "policies.save": lambda u: u.policies.save(a_policy(scope="category:23", limit=1)),
    "policies.delete": lambda u: u.policies.delete(Scope.parse("category:23")),
    "publications.want": lambda u: u.publications.want([a_publication(desired={"of": "Ada's"})]),
    "publications.wrote": lambda u: u.publications.wrote(a_publication(desired={}), remote_id=9),
    "publications.adopt": lambda u: u.publications.adopt(PRODUCT, "77", shown={"text": "Ada's"}),
    "publications.rewrite": lambda u: u.publications.rewrite(PRODUCT),
    "publications.found": lambda u: u.publications.found(PRODUCT, "77", {"text": "Ada's"}),
    "publications.postpone": lambda u: u.publications.postpone([a_publication()], until=LATER),
    "publications.park": lambda u: u.publications.park(u.publications.get(PRODUCT, ["77"])["77"], GONE),
    "publications.restore_all": lambda u: u.publications.restore_all(),
    "orders.save_contact": lambda u: u.orders.save_contact(101, "ada@example.com"),
    "orders.save_told_shipped": lambda u: u.orders.save_told_shipped(101, {1: 9}),
    "notices.tell": lambda u: u.notices.tell([a_telling(text="Ada's")]),
    "notices.add": lambda u: u.notices.add([a_notice_record()]),
    "notices.send_again_with": lambda u: u.notices.send_again_with("delay:101", "Ada's"),
    "notices.message_sent": lambda u: u.notices.message_sent("delay:101", at=LATER),
    "notices.message_bounced": lambda u: u.notices.message_bounced("delay:101", at=LATER),
    "notices.reminder_bounced": lambda u: u.notices.reminder_bounced(OrderId(101), at=LATER),
    "notices.add_answer": lambda u: u.notices.add_answer(AnswerRecord(101, NOW, GivenAnswer.KEEP, "Ada's")),
    "cancellations.add": lambda u: u.cancellations.add([a_cancellation(units=9)]),
    "substitutes.save": lambda u: u.substitutes.save(SHIRT, []),
    "substitutes.add_choice": lambda u: u.substitutes.add_choice(a_choice(name="Ada's")),
    "cancellations.claim": lambda u: u.cancellations.claim(at=LATER, limit=99),
    "messages.release": lambda u: u.messages.release(list(MessageKind), at=LATER),
    "messages.add": lambda u: u.messages.add([a_message("new")], at=NOW),
    "inbox.add": lambda u: u.inbox.add("t", {}, at=NOW, due_at=NOW),
    "inbox.claim": lambda u: u.inbox.claim(at=LATER, limit=99),
    "waitlist.add": lambda u: u.waitlist.add(SHIRT, "bo@example.com", locale="de", quantity=9, at=LATER),
    "calls.add": lambda u: u.calls.add([LinkedCall(CallMade(NOW, "PUT", "/", 200, 1), frozenset({1}))]),
    "journal.add": lambda u: u.journal.add([Activity(NOW, "k", "a", "Ada's")]),
    "tenant": lambda u: u.tenant(),
    "save_tenant": lambda u: u.save_tenant(_busy(u.tenant())),
}

QUERIES = {
    "overview": lambda q, tenant: q.overview(tenant, at=LATER),
    "items_past_zero": lambda q, tenant: q.items_past_zero(tenant),
    "waiting_lines": lambda q, tenant: q.waiting_lines(tenant),
    "parked": lambda q, tenant: q.parked(tenant),
    "activity": lambda q, tenant: q.activity(tenant),
    "item_of": lambda q, tenant: q.item_of(tenant, "PEN"),
    "footprint": lambda q, tenant: q.footprint(tenant),
    "offers": lambda q, tenant: q.offers(tenant, [SHIRT]),
    "policies": lambda q, tenant: q.policies(tenant),
    "shipments": lambda q, tenant: q.shipments(tenant),
}

PRODUCT_QUERIES = {
    "items": lambda q, tenant: [
        q.items(tenant, which)
        for which in (
            ProductFilter(),
            ProductFilter(text="mug-105"),
            ProductFilter(availability=Availability.BACKORDER),
            ProductFilter(scope=Scope.parse("category:23")),
            ProductFilter(scope=Scope.parse("product:77")),
        )
    ],
    "look": lambda q, tenant: q.look(tenant, ProductFilter(text="mug-105")),
    "detail": lambda q, tenant: q.detail(tenant, SHIRT),
    "counts": lambda q, tenant: q.counts(tenant),
    "policies": lambda q, tenant: q.policies(tenant),
    "policy": lambda q, tenant: q.policy(tenant, Scope.parse("category:23")),
    "names": lambda q, tenant: q.names(tenant, [Scope.parse(s) for s in ("category:23", "product:77", "variant:105")]),
    "categories": lambda q, tenant: q.categories(tenant),
}
TODAY = NOW.date()
SHIPMENT_QUERIES = {
    "shipments": lambda q, tenant: [
        q.shipments(tenant, which, today=TODAY + timedelta(days=99))
        for which in (
            *(ShipmentFilter(tab) for tab in ShipmentTab),
            ShipmentFilter(reference="PO"),
            ShipmentFilter(supplier=BO),
        )
    ],
    "between": lambda q, tenant: q.between(tenant, TODAY, TODAY + timedelta(days=99), limit=9),
    "counts": lambda q, tenant: q.counts(tenant, today=TODAY),
    "suppliers": lambda q, tenant: q.suppliers(tenant),
}
WAITLIST_QUERIES = {
    "totals": lambda q, tenant: q.totals(tenant),
    "items": lambda q, tenant: q.items(tenant, at=LATER),
    "people": lambda q, tenant: list(q.people(tenant)),
}
SUPPLY_HISTORY = {
    "sold_by_day": lambda q, tenant: q.sold_by_day(tenant, SHIRT, since=TODAY - timedelta(days=9)),
    "last_supplier": lambda q, tenant: q.last_supplier(tenant, SHIRT),
}
OF_SCREENS = {
    SqlQueries: QUERIES,
    SqlProductQueries: PRODUCT_QUERIES,
    SqlShipmentQueries: SHIPMENT_QUERIES,
    SqlWaitlistQueries: WAITLIST_QUERIES,
    SqlSupplyHistory: SUPPLY_HISTORY,
}
TRIED_ELSEWHERE = {"deliveries_of", "deliveries_from"}
"""Need a shipment that came in: tests/adapters/db/test_supply_history.py looks as another store."""
SCREENS = [(kind, name, ask) for kind, asked in OF_SCREENS.items() for name, ask in asked.items()]

DIRECTORY = {
    "find": lambda d: d.find(ADA),
    "save_grant": lambda d: d.save_grant(a_grant(ADA, token="newer"), at=LATER),
    "set_state": lambda d: d.set_state(ADA, ConnectionState.LEFT, problem=verbatim("Ada's")),
    "access_token": lambda d: d.access_token(ADA),
    "scopes": lambda d: d.scopes(ADA),
    "hook_secret": lambda d: d.hook_secret(ADA),
    "drop_token": lambda d: d.drop_token(ADA),
    "save_user": lambda d: d.save_user(ADA, AppUser(1, "new@example.com", "de", is_owner=False)),
    "user": lambda d: d.user(ADA, 1),
    "users": lambda d: d.users(ADA),
    "set_role": lambda d: d.set_role(ADA, 1, Role.READ_ONLY),
    "set_language": lambda d: d.set_language(ADA, 1, "fr"),
    "api_keys": lambda d: d.api_keys(ADA),
    "remove_user": lambda d: d.remove_user(ADA, 1),
    "add_api_key": lambda d: d.add_api_key(ADA, name="second", at=NOW),
    "revoke_api_key": lambda d: d.revoke_api_key(ADA, "erp"),
    "claim_lease": lambda d: d.claim_lease(ADA, "drain", at=LATER, until=LATER),
    "release_lease": lambda d: d.release_lease(ADA, "drain"),
    "erase": lambda d: d.erase(ADA),
}
ABOUT_ALL_STORES = {
    "all",
    "tenant_of_api_key",
    "with_due_events",
    "with_due_publications",
    "with_due_messages",
    "with_due_refunds",
    "with_due_purges",
    "rotate_keys",
    "prune",
}


def _busy(tenant):
    return replace(tenant, setup_step="Ada's")


def _not_found(ask):
    with pytest.raises(NotFound):
        ask()


def _refused(write):
    with pytest.raises(IntegrityError):
        write()


@pytest.fixture
def of_bo(rows):
    """All of Bo's rows, in every table."""

    def read():
        return {name: [row for row in rows(name) if row.tenant_id == BO] for name in metadata.tables}

    return read


@pytest.fixture
def bos_ids(of_bo):
    def read():
        mine = of_bo()
        return {name: mine[name][0].id for name in WITH_FOREIGN_IDS}

    return read


@pytest.mark.parametrize("name", READS)
def test_an_empty_store_reads_nothing_of_a_full_one(work, full_store, name):
    with work(ADA) as unit:
        alone = READS[name](unit)
    full_store(BO)
    with work(ADA) as unit:
        assert READS[name](unit) == alone
    with work(BO) as unit:
        assert READS[name](unit) != alone


@pytest.mark.parametrize("reader", [ADA, BO])
@pytest.mark.parametrize("name", READS)
def test_a_full_store_reads_the_same_beside_another_that_uses_the_same_ids(work, full_store, reader, name):
    full_store(reader)
    with work(reader) as unit:
        alone = READS[name](unit)
    full_store(BO if reader == ADA else ADA)
    with work(reader) as unit:
        assert READS[name](unit) == alone


@pytest.mark.parametrize("name", WRITES)
def test_what_a_store_writes_touches_nothing_of_another(work, full_store, of_bo, name):
    full_store(ADA)
    full_store(BO)
    before = of_bo()
    with work(ADA) as unit:
        WRITES[name](unit)
    assert of_bo() == before


@pytest.mark.parametrize("name", BY_FOREIGN_ID)
def test_an_id_of_another_store_opens_nothing(work, full_store, of_bo, bos_ids, name):
    full_store(BO)
    before = of_bo()
    with work(ADA) as unit:
        assert BY_FOREIGN_ID[name](unit, bos_ids()) is None
    assert of_bo() == before


@pytest.mark.parametrize(("kind", "name", "ask"), SCREENS)
def test_the_screens_of_an_empty_store_show_nothing_of_a_full_one(engine, directory, full_store, kind, name, ask):
    queries = kind(engine)
    alone = ask(queries, ADA)
    full_store(BO)
    assert ask(queries, ADA) == alone
    assert ask(queries, BO) != alone


@pytest.mark.parametrize("reader", [ADA, BO])
@pytest.mark.parametrize(("kind", "name", "ask"), SCREENS)
def test_the_screens_of_a_full_store_are_the_same_beside_another(
    engine, directory, full_store, reader, kind, name, ask
):
    queries = kind(engine)
    full_store(reader)
    alone = ask(queries, reader)
    full_store(BO if reader == ADA else ADA)
    assert ask(queries, reader) == alone


@pytest.mark.parametrize("name", DIRECTORY)
def test_what_happens_to_a_store_in_the_directory_touches_nothing_of_another(directory, full_store, of_bo, name):
    full_store(ADA)
    full_store(BO)
    before = of_bo()
    DIRECTORY[name](directory)
    assert of_bo() == before


def test_a_user_of_another_store_is_nobody_here(directory):
    directory.save_user(BO, AppUser(9, "li@example.com", "en", is_owner=False))
    assert directory.user(ADA, 9) is None


def test_a_full_store_has_a_row_in_every_table(engine, full_store, of_bo):
    full_store(BO)
    empty = {name for name, found in of_bo().items() if not found}
    assert empty <= ({"counters"} if engine.dialect.supports_sequences else set())


def test_the_tenant_stands_first_in_every_key():
    for name, table in metadata.tables.items():
        assert next(iter(table.primary_key)).name == "tenant_id", name
        for constraint in table.foreign_key_constraints:
            assert next(iter(constraint.columns)).name == "tenant_id", constraint.name
        for index in table.indexes:
            assert next(iter(index.columns)).name == "tenant_id", index.name


def test_every_method_of_every_repository_is_tried_here():
    repositories = {
        name: port for name, port in inspect.get_annotations(UnitOfWork, eval_str=True).items() if name != "tenant_id"
    }
    methods = {
        f"{name}.{method}" for name, port in repositories.items() for method in vars(port) if not method.startswith("_")
    }
    own = {"tenant", "save_tenant"}
    assert methods | own == READS.keys() | WRITES.keys() | BY_FOREIGN_ID.keys()
    assert {m for m in vars(SqlUnitOfWork) if not m.startswith("_")} == own | {"wake", "commit", "close"}


def test_every_query_and_every_method_of_the_directory_is_tried_here():
    for kind, asked in OF_SCREENS.items():
        assert {name for name in vars(kind) if not name.startswith("_")} - TRIED_ELSEWHERE == asked.keys()
    assert {name for name in vars(SqlDirectory) if not name.startswith("_")} == DIRECTORY.keys() | ABOUT_ALL_STORES

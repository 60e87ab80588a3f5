"""A migrated database for each test module, emptied before each test; Ada and Bo are two stores that share it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, delete, event, select, text

from plugin.adapters.db.directory import SqlDirectory
from plugin.adapters.db.engine import make_engine, reading
from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.migrations.migrate import migrate
from plugin.adapters.db.tables import metadata
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.adapters.secrets import FernetCipher
from plugin.domain.changes import Availability
from plugin.domain.ids import (
    CategoryId,
    ItemId,
    LocationId,
    OrderId,
    OrderLineId,
    ProductId,
    ShipmentId,
    TenantId,
    VariantId,
)
from plugin.domain.item import Product, ProductTexts, Tracking, Variant
from plugin.domain.law import NoticeKind, Region
from plugin.domain.notices import CancelCause, Notice, Silence
from plugin.domain.order import Sending
from plugin.domain.plan import ItemPlan, LinePlan, Offer
from plugin.domain.policy import LeadTime, PolicyLabel
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart, SetByHand
from plugin.domain.saying import said
from plugin.domain.shipment import EtaStatement
from plugin.domain.stock import StockMove
from plugin.domain.substitute import Substitute, SubstituteChoice
from plugin.domain.supplier import Punctuality, Receipt, Supplier
from plugin.services.causes import CallMade, Cause, CauseKind, LinkedCall, because
from plugin.services.errors import GiveUp
from plugin.services.ports.desk import Activity, Deed, SavedView
from plugin.services.ports.directory import AppUser, Grant
from plugin.services.ports.inbox import Envelope
from plugin.services.ports.messages import MessageKind, NewMessage, Tone
from plugin.services.ports.notices import (
    AnswerRecord,
    Cancellation,
    CancellationState,
    GivenAnswer,
    NoticeRecord,
    Telling,
)
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.stock import StockRecord
from plugin.services.ports.waitlist import WaitlistState
from tests.builders import NOW, a_level, a_policy, a_shipment, a_window, an_order, an_order_line

ADA, BO = TenantId("ada"), TenantId("bo")


@dataclass
class SetClock:
    moment: object = NOW

    def now(self):
        return self.moment

    def today(self, zone):
        return self.moment.astimezone(zone).date()

    def forward(self, **span) -> None:
        self.moment += timedelta(**span)


@dataclass
class KeptQueue:
    woken: list = field(default_factory=list)

    def wake(self, job, *args) -> None:
        self.woken.append((job, *args))


def drop_all(engine):
    """A database without a single table."""
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


@pytest.fixture(scope="module")
def module_engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(module_engine: Engine) -> Engine:
    with module_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    return module_engine


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def queue() -> KeptQueue:
    return KeptQueue()


@pytest.fixture
def directory(engine: Engine) -> SqlDirectory:
    """With the stores of Ada and Bo installed."""
    directory = SqlDirectory(engine, FernetCipher([Fernet.generate_key()]))
    for tenant in (ADA, BO):
        directory.save_grant(a_grant(tenant), at=NOW)
    return directory


@pytest.fixture
def units(engine: Engine, directory: SqlDirectory, queue: KeptQueue, clock: SetClock) -> SqlUnits:
    return SqlUnits(engine, queue, clock)


def a_grant(tenant: TenantId = ADA, *, token: str = "", user_id: int = 1) -> Grant:
    user = AppUser(user_id, f"{tenant}@example.com", "en", is_owner=True)
    return Grant(tenant, token or f"token-of-{tenant}", ("store_v2_orders",), user)


@pytest.fixture
def work(units: SqlUnits):
    """`with work() as unit:` is a unit of work for Ada, or the store named, committed at the end."""

    @contextmanager
    def opened(tenant: TenantId = ADA):
        with units(tenant) as unit:
            yield unit
            unit.commit()

    return opened


def a_product(
    product_id: int = 77,
    *,
    name: str = "Mug",
    sku: str = "MUG",
    tracking: Tracking = Tracking.PRODUCT,
    categories: tuple[int, ...] = (),
    variants: tuple[int, ...] = (),
    texts: ProductTexts | None = None,
) -> Product:
    return Product(
        product_id=ProductId(product_id),
        name=name,
        sku=sku,
        tracking=tracking,
        categories=tuple(CategoryId(category) for category in categories),
        variants=tuple(Variant(VariantId(v), f"{sku}-{v}", f"Variant {v}") for v in variants),
        texts=texts or ProductTexts(),
        url=f"/{name.lower()}",
        image_url=f"https://shop.example/{product_id}.png",
    )


def a_window_part(units: int = 2, *, earliest: str = "2026-03-09", latest: str = "2026-03-11") -> PromisePart:
    basis = Basis(BasisKind.SHIPMENT, "PO-118", "supplier", a_window((earliest, latest)), handling_days=1)
    return PromisePart(units, a_window((earliest, latest)), basis)


def an_offer(availability: Availability = Availability.BACKORDER, *, on_hand: int = 0, left: int | None = 3) -> Offer:
    return Offer(availability, on_hand, left, PolicyLabel.BACKORDER, a_window_part(1), "Ships {date}")


def an_item_plan(item: str = "77", *, offer: Offer | None = None, owed: int = 2) -> ItemPlan:
    return ItemPlan(ItemId(item), offer or an_offer(), owed, (), (), (), 0)


def a_line_plan(
    *, line_id: int = 1, order_id: int = 101, allocated: int = 0, owed: int = 1, promise: Promise | None = None
) -> LinePlan:
    return LinePlan(
        line_id=OrderLineId(line_id),
        order_id=OrderId(order_id),
        allocated=allocated,
        newly_allocated=0,
        owed=owed,
        promise=promise or Promise((a_window_part(owed),)),
        why=said("%(place)s; first to take from %(supply)s.", place="Number 1 in line", supply="PO-118"),
    )


def a_message(
    key: str = "confirmed:101", *, to: str = "ada@example.com", kind: MessageKind = MessageKind.CONFIRMED, **more
):
    return NewMessage(key, kind, to, "en", {"order_id": 101, "lines": [{"name": "Mug", "units": 2}]}, **more)


def a_telling(order: int = 101, line: int = 1, *, text: str = "Ships Mar 9") -> Telling:
    return Telling(order, line, NOW, "mail", "en", a_window("2026-03-09"), text, {"parts": []})


def a_notice_record(order: int = 101, line: int = 1, *, key: str = "delay:101", channel: str = "") -> NoticeRecord:
    notice = Notice(
        kind=NoticeKind.DELAY,
        old_day=NOW.date(),
        new_window=a_window("2026-03-09"),
        decided_on=NOW.date(),
        send_by=NOW.date(),
        silence=Silence.CHANGES_NOTHING,
    )
    return NoticeRecord(
        notice_id=0,
        order_id=order,
        line_id=line,
        notice=notice,
        region=Region.EU,
        reason="supplier_later",
        rules_version="2026-09",
        decided_at=NOW,
        message_key=key,
    )


def a_cancellation(order: int = 101, line: int = 1, *, units: int = 1) -> Cancellation:
    return Cancellation(
        cancellation_id=0,
        order_id=order,
        line_id=line,
        units=units,
        cause=CancelCause.SHOPPER,
        state=CancellationState.DECIDED,
        decided_at=NOW,
    )


def a_choice(order: int = 101, line: int = 1, *, name: str = "Mug, Red", units: int = 1) -> SubstituteChoice:
    return SubstituteChoice(
        choice_id=0,
        order_id=order,
        line_id=line,
        item_id=ItemId("77:105"),
        substitute=ItemId("9"),
        name=name,
        units=units,
        wanted_before=units,
        had_before=0,
        chosen_at=NOW,
        channel="page",
    )


def a_publication(
    target: str = "77",
    *,
    kind: PublicationKind = PublicationKind.PRODUCT,
    desired: dict | None = None,
    original: dict | None = None,
) -> Publication:
    return Publication(kind, target, desired, original=original)


def a_move(item: str = "77", *, location: int = 1, quantity: int = 3, reason: str = "Sells 3 past zero.") -> StockMove:
    return StockMove(ItemId(item), LocationId(location), quantity, 0, quantity, reason)


class Statements:
    """Counts what is sent to the database, the opening of transactions aside."""

    def __init__(self, engine: Engine) -> None:
        self.texts: list[str] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            self.texts.append(statement)

    def count(self) -> int:
        return len(self.texts)


@pytest.fixture
def statements(engine: Engine, units: SqlUnits) -> Iterator[Statements]:
    counted = Statements(engine)
    yield counted
    event.remove(engine, "before_cursor_execute", counted._note)


@pytest.fixture
def rows(engine: Engine):
    """All rows of a table, whoever they belong to."""

    def read(name: str):
        table = metadata.tables[name]
        with reading(engine) as connection:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

    return read


@pytest.fixture
def impatient(engine: Engine, database_url: str, queue: KeptQueue, clock: SetClock, directory) -> Iterator[SqlUnits]:
    """Units of work that wait for a lock for a moment only."""
    hurried = make_engine(database_url)

    @event.listens_for(hurried, "connect")
    def hurry(connection, _record):
        cursor = connection.cursor()
        is_sqlite = hurried.dialect.name == "sqlite"
        cursor.execute("PRAGMA busy_timeout=100" if is_sqlite else "SET SESSION lock_timeout = '100ms'")
        connection.commit()

    yield SqlUnits(hurried, queue, clock)
    hurried.dispose()


@pytest.fixture
def full_store(engine: Engine, clock: SetClock, directory: SqlDirectory, work):
    """Puts a row into every table for a store. Both stores use the same ids for different things."""
    shirt, pen = ItemId("77:105"), ItemId("9")

    def fill(tenant: TenantId) -> None:
        directory.save_grant(a_grant(tenant), at=NOW)
        directory.add_api_key(tenant, name="erp", at=NOW)
        directory.claim_lease(tenant, "drain", at=NOW, until=NOW + timedelta(minutes=5))
        is_ada = tenant == ADA
        with work(tenant) as unit:
            _fill_catalog(unit, tenant, variants=(105,) if is_ada else (105, 106))
            _fill_orders(unit, tenant, other_item=pen if is_ada else shirt)
            _fill_stock(unit, tenant, other_item=pen if is_ada else shirt)
            _fill_traffic(unit, tenant)
        writer = DurableInbox(engine, clock)
        writer.store([Envelope(tenant, "store/order/updated", "e1", "{}")])
        writer.close()

    return fill


def _fill_catalog(unit, tenant: TenantId, *, variants: tuple[int, ...]) -> None:
    tracking = Tracking.VARIANT
    unit.items.save_products([a_product(77, name=tenant, tracking=tracking, variants=variants, categories=(23,))])
    unit.items.save_products([a_product(9, name=tenant, sku="PEN")])
    unit.items.save_plans([an_item_plan("77:105")])
    unit.items.name_categories({23: tenant})
    if tenant == BO:
        unit.policies.save(a_policy(limit=9))
    unit.policies.save(a_policy(scope="category:23", message=tenant))


def _fill_orders(unit, tenant: TenantId, *, other_item: ItemId) -> None:
    """Order 101 has one line more in Bo's store, order 102 asks for another item."""
    lines = [an_order_line(line_id=n, item=ItemId("77:105"), name=tenant) for n in ((1,) if tenant == ADA else (1, 2))]
    other = an_order_line(line_id=3, order_id=102, item=other_item)
    ours = an_order(email=f"{tenant}@example.com", lines=lines)
    bought = replace(ours, shopper=replace(ours.shopper, customer_id=7 if tenant == ADA else 8))
    sent = an_order_line(line_id=4, order_id=103, item=ItemId("77:105"), quantity=1, shipped=1)
    unit.orders.save([bought, an_order(order_id=102, lines=[other]), an_order(order_id=103, lines=[sent])])
    unit.orders.save_line_plans([a_line_plan(owed=1)])
    unit.orders.add_to_ledger(OrderId(101), at=NOW, surface="mail", text=tenant, facts={"of": tenant})


def _fill_stock(unit, tenant: TenantId, *, other_item: ItemId) -> None:
    shirt = ItemId("77:105")
    unit.shipments.add(replace(a_shipment(reference="PO-118", item=shirt), supplier=tenant))
    unit.shipments.add(replace(a_shipment(reference="PO-119", item=other_item), supplier=tenant))
    unit.shipments.add_statement(unit.shipments.by_reference("PO-118")[0].shipment_id, EtaStatement(NOW, None, tenant))
    unit.suppliers.save(Supplier(tenant, LeadTime(1, len(tenant))))
    unit.suppliers.save(Supplier("Acme", LeadTime(1, len(tenant))))
    unit.suppliers.save_punctuality("Acme", Punctuality(len(tenant)))
    unit.suppliers.add_receipts([Receipt("Acme", ShipmentId(1), shirt, len(tenant), NOW.date(), None)])
    unit.stock.save([StockRecord(a_level(item=shirt, virtual_units=len(tenant)), 0)])
    unit.stock.add_moves([a_move("77:105", location=2, reason=tenant)], at=NOW)
    unit.stock.claim_moves(at=NOW, limit=9)
    unit.stock.add_moves([a_move("77:105", reason=tenant)], at=NOW)


def _fill_traffic(unit, tenant: TenantId) -> None:
    theirs = {"of": tenant}
    limit = a_publication("77@1", kind=PublicationKind.LIMIT, desired=theirs)
    unit.publications.want([a_publication(desired=theirs), limit])
    unit.publications.wrote(replace(limit, revision=1), remote_id=None)
    unit.inbox.add("backorder/poison", theirs, at=NOW, due_at=NOW)
    unit.inbox.park(unit.inbox.claim(at=NOW, limit=1)[0].event_id, GiveUp("internal", tenant))
    unit.inbox.add("backorder/look_again", theirs, at=NOW, due_at=NOW)
    unit.messages.add([replace(a_message(to=f"{tenant}@example.com"), order_id=101)], at=NOW)
    _fill_promises(unit, tenant)
    told = unit.waitlist.add(ItemId("9"), f"{tenant}@example.com", locale="en", quantity=1, at=NOW)
    unit.import_files.add(tenant, "reference,item", at=NOW)
    unit.import_files.remember({"PO": "reference" if tenant == ADA else ""})
    unit.waitlist.save_state(told.entry_id, WaitlistState.WAITING, at=NOW)
    unit.waitlist.tell(told.entry_id, at=NOW, until=NOW + timedelta(hours=1), message_key="back_in_stock:1")
    entry = unit.waitlist.add(ItemId("77:105"), f"{tenant}@example.com", locale="en", quantity=1, at=NOW)
    unit.waitlist.save_state(entry.entry_id, WaitlistState.WAITING, at=NOW)
    unit.journal.add([Activity(NOW, "promised", "order:101", tenant)])
    with because(Cause(CauseKind.JOB, tenant)):
        unit.calls.add([LinkedCall(CallMade(NOW, "PUT", f"/{tenant}", 200, 1))])
    until = NOW if tenant == ADA else NOW - timedelta(minutes=5)
    unit.shown.supersede({ItemId("77:105"): an_offer(left=len(tenant) + 5)}, at=until)
    unit.deeds.add(Deed(0, NOW, 1, "pin", tenant, {"of": tenant}))
    unit.saved_views.save("backorders", SavedView("Mine", f"supplier={tenant}"))
    unit.tones.save(Tone(MessageKind.DELAY, "en", tenant))
    unit.orders.save_by_hand(101, 1, SetByHand(a_window("2026-03-09"), "no_supply", tenant))
    unit.purges.want([ProductId(77)], due_at=NOW if tenant == ADA else NOW + timedelta(minutes=1))
    unit.carts.save("7ea3", Sending.TOGETHER if tenant == ADA else Sending.AS_READY, at=NOW)


def _fill_promises(unit, tenant: TenantId) -> None:
    unit.notices.tell([a_telling(text=tenant)])
    unit.notices.add([a_notice_record()])
    unit.notices.message_bounced("delay:101", at=NOW)
    unit.notices.add_answer(AnswerRecord(101, NOW, GivenAnswer.KEEP, tenant))
    unit.cancellations.add([a_cancellation(units=len(tenant))])
    unit.substitutes.save(ItemId("77:105"), [Substitute(ItemId("9"), tenant)])
    unit.substitutes.add_choice(a_choice(name=tenant, units=len(tenant)))
    unit.orders.save_contact(101, f"{tenant}@example.org")
    unit.orders.save_told_shipped(101, {1: len(tenant)})

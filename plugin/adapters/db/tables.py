"""Every table. Each new table: tenant first in the key, and foreign keys carry both columns.

Ids come from `repository.new_ids`. What waits or is due has a partial index of its own, so that history costs nothing:
`due_at` is NULL for whatever needs no work, and a claim moves it into the future, which is the lease.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    UniqueConstraint,
    false,
    text,
)

from plugin.adapters.db.columns import Json, Moment, Named, Said, Stored, Words
from plugin.domain.changes import Availability
from plugin.domain.item import ProductTexts, Tracking
from plugin.domain.law import NoticeKind, Region
from plugin.domain.notices import Answer, CancelCause, Silence
from plugin.domain.order import InventorySettings, OrderStage, Sending
from plugin.domain.plan import Offer
from plugin.domain.policy import BackorderPolicy, ScopeKind
from plugin.domain.promise import Promise, SetByHand
from plugin.domain.reading import Suspicion
from plugin.domain.saying import NOTHING_SAID
from plugin.domain.shipment import ShipmentState
from plugin.domain.store import ConnectionState, ListRead, OrdersWalk, Role, StoreProfile, StoreSettings
from plugin.domain.substitute import ChoiceState
from plugin.domain.supplier import Punctuality, Supplier
from plugin.services.causes import CauseKind
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.notices import CancellationState, GivenAnswer, Wants
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.stock import MoveState
from plugin.services.ports.waitlist import WaitlistState

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _tenant() -> Column[str]:
    return Column("tenant_id", Words, ForeignKey("tenants.tenant_id"), primary_key=True)


def _id(name: str = "id") -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _units(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=0)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, default="")


def _parking() -> tuple[Column[Any], ...]:
    """Why and when we gave up; NULL for what is not parked."""
    return Column("parked_reason", Words), Column("parked_explanation", Said), Column("parked_at", Moment)


def _cause() -> Column[int]:
    """Why this row was written; NULL where nobody said, or from before causes were kept."""
    return Column("cause_id", BigInteger)


def _only_set(name: str, *columns: Column[Any], where: Column[Any]) -> Index:
    """An index of the rows where a column has a value."""
    there = text(f"{where.name} IS NOT NULL")
    return Index(name, *columns, sqlite_where=there, postgresql_where=there)


def _only_true(name: str, *columns: Column[Any], where: Column[bool], negated: bool = False) -> Index:
    """An index of the rows where a flag is set (or not), worded as queries of either database word it."""
    on_sqlite = text(f"{where.name} = {0 if negated else 1}")
    on_postgresql = text(f"{'NOT ' if negated else ''}{where.name}")
    return Index(name, *columns, sqlite_where=on_sqlite, postgresql_where=on_postgresql)


def _key(name: str) -> Column[str]:
    """Words in lower case, to be found by how they begin; compared byte by byte on either database."""
    kind = Words().with_variant(Words(collation="C"), "postgresql")
    return Column(name, kind, nullable=False, default="", server_default="")


NO_DAY = date(9999, 12, 31)
"""Sorts a line nobody can give a day for behind all others …"""
READY_DAY = date(1970, 1, 1)
"""… and one whose units are all here before them."""
DESK_TABS: Mapping[str, tuple[str, ...]] = {
    "open": ("is_backorder", "holds_units"),
    "late": ("is_late", "is_waiting"),
    "tell": ("holds_units", "wants = 'tell'"),
    "answer": ("holds_units", "wants = 'answer'"),
    "swap": ("holds_units", "instead IS NOT NULL"),
    "ready": ("is_backorder", "holds_units", "allocated > 0"),
    "preorders": ("is_preorder", "is_backorder", "holds_units"),
    "done": ("is_backorder", "NOT holds_units"),
}
"""The tabs of the merchant's list of backorders: the words of their indexes, and of the queries that use them."""


def tab_condition(flags: Iterable[str], dialect: str) -> str:
    """Flags as either database words them; it takes an index with these very words."""
    if dialect != "sqlite":
        return " AND ".join(flags)
    worded = (f"{flag[4:]} = 0" if flag.startswith("NOT ") else flag for flag in flags)
    return " AND ".join(flag if " " in flag else f"{flag} = 1" for flag in worded)


def _for_the_desk(name: str, *columns: Column[Any], flags: Iterable[str]) -> Index:
    on_sqlite, on_postgresql = (text(tab_condition(flags, dialect)) for dialect in ("sqlite", "postgresql"))
    table = columns[0].table
    every = (table.c.tenant_id, *columns, table.c.line_id)
    return Index(name, *every, sqlite_where=on_sqlite, postgresql_where=on_postgresql)


tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    Column("state", Named(ConnectionState), nullable=False),
    Column("connected_at", Moment, nullable=False),
    Column("profile", Stored(StoreProfile), nullable=False),
    Column("inventory", Stored(InventorySettings), nullable=False),
    Column("settings", Stored(StoreSettings), nullable=False),
    Column("has_native_backorders", Boolean, nullable=False),
    Column("default_location", BigInteger, nullable=False),
    _words("setup_step"),
    Column("problem", Said, nullable=False, default=NOTHING_SAID),
    Column("orders_read_until", Moment),
    Column("orders_walk", Stored(OrdersWalk)),
    Column("list_read", Stored(ListRead)),
    Column("planned_day", Date),
    Column("judged_day", Date),
    Column("scopes", Json, nullable=False),
    Column("access_token", Words),  # encrypted; NULL when it was dropped
    Column("hook_secret", Words, nullable=False),  # encrypted
    Column("erase_after", Moment),  # set while uninstalled; then everything of the store is deleted
)

counters = Table(  # the last id given out, where the database has no sequences
    "counters",
    metadata,
    _tenant(),
    Column("name", Words, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    _tenant(),
    _id("user_id"),
    _words("email"),
    _words("locale"),
    Column("is_owner", Boolean, nullable=False),
    Column("role", Named(Role)),  # NULL: nobody has given one
    Column("language", Words, nullable=False, default="", server_default=""),
)

api_keys = Table(
    "api_keys",
    metadata,
    _tenant(),
    Column("name", Words, primary_key=True),
    Column("digest", Words, nullable=False),  # SHA-256; the key itself is random and long
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("tenant_id", "digest"),
)

leases = Table(
    "leases",
    metadata,
    _tenant(),
    Column("name", Words, primary_key=True),
    Column("holder", Words, nullable=False),
    Column("until", Moment, nullable=False),
)

products = Table(
    "products",
    metadata,
    _tenant(),
    _id("product_id"),
    _words("name"),
    _words("sku"),
    Column("tracking", Named(Tracking), nullable=False),
    Column("categories", Json, nullable=False),
    Column("texts", Stored(ProductTexts), nullable=False),
    _words("url"),
    _words("image_url"),
    Index("ix_products_url", "tenant_id", "url"),
)

product_categories = Table(  # the same categories once more, to find products by them
    "product_categories",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id("category_id"),
    _id("product_id"),
    ForeignKeyConstraint(
        ["tenant_id", "product_id"], ["products.tenant_id", "products.product_id"], ondelete="CASCADE"
    ),
    Index(None, "tenant_id", "product_id"),
)

variants = Table(
    "variants",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id("product_id"),
    _id("variant_id"),
    Column("position", Integer, nullable=False),
    _words("sku"),
    _words("label"),
    ForeignKeyConstraint(
        ["tenant_id", "product_id"], ["products.tenant_id", "products.product_id"], ondelete="CASCADE"
    ),
)

items = Table(  # what can be bought and counted, with what the last plan said of it
    "items",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    Column("item_id", Words, primary_key=True),
    Column("product_id", BigInteger, nullable=False),
    Column("variant_id", BigInteger),
    _words("label"),
    _words("sku"),
    Column("availability", Named(Availability), nullable=False, default=Availability.PLAIN),
    _units("owed"),
    Column("is_past_zero", Boolean, nullable=False, default=False),  # not plain, or owing units
    Column("offer", Stored(Offer)),  # NULL until planned
    ForeignKeyConstraint(
        ["tenant_id", "product_id"], ["products.tenant_id", "products.product_id"], ondelete="CASCADE"
    ),
    Index(None, "tenant_id", "product_id"),
    Index(None, "tenant_id", "sku"),
)
Index("ix_items_availability", items.c.tenant_id, items.c.availability, items.c.item_id)
_only_true("ix_items_past_zero", items.c.tenant_id, items.c.item_id, where=items.c.is_past_zero)
_only_set("ix_items_variant", items.c.tenant_id, items.c.variant_id, where=items.c.variant_id)

item_words = Table(  # the words of an item's name, options and SKU, folded by search_words.py, to find it by
    "item_words",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    Column("word", Words, primary_key=True),
    Column("item_id", Words, primary_key=True),
    Column("product_id", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "product_id"], ["products.tenant_id", "products.product_id"], ondelete="CASCADE"
    ),
    Index(None, "tenant_id", "product_id"),
)

category_names = Table(  # what the shop calls its categories
    "category_names",
    metadata,
    _tenant(),
    _id("category_id"),
    _words("name"),
)

orders = Table(
    "orders",
    metadata,
    _tenant(),
    _id("order_id"),
    Column("stage", Named(OrderStage), nullable=False),
    Column("status_id", BigInteger, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("paid_at", Moment),
    Column("channel_id", BigInteger, nullable=False),
    _words("email"),
    _words("shopper_name"),
    _words("locale"),
    Column("customer_id", BigInteger, nullable=False),
    _words("country"),
    _words("staff_notes"),
    Column("is_history", Boolean, nullable=False),
    Column("confirmed_at", Moment),  # when the shopper was told a first promise
    Column("erased_at", Moment),  # the shopper was forgotten, and stays so
    Column("cart_id", Words),  # NULL where no cart is known
    Column("sending", Named(Sending)),  # what the shopper chose in the cart
    Column("reopened_at", Moment),
    Column("contact_email", Words),  # given on the order's page; NULL: the order's own address
    Column("customer_group", BigInteger),  # NULL where nobody asked: only some rules of the queue need it
    _key("mail_key"),
    _key("contact_key"),
    _key("name_key"),
    _key("surname_key"),
    Column("value", Stored(Decimal)),  # the order's total, as text; NULL for orders taken over before it was kept
    Column("payment_method", Words, nullable=False, default="", server_default=""),  # as the shop names it
)
Index("ix_orders_mail", orders.c.tenant_id, orders.c.mail_key)
_only_set("ix_orders_contact", orders.c.tenant_id, orders.c.contact_key, where=orders.c.contact_email)
Index("ix_orders_name", orders.c.tenant_id, orders.c.name_key)
Index("ix_orders_surname", orders.c.tenant_id, orders.c.surname_key)
Index("ix_orders_channel", orders.c.tenant_id, orders.c.channel_id)
_only_set("ix_orders_group", orders.c.tenant_id, orders.c.customer_group, where=orders.c.customer_group)
Index("ix_orders_modified", orders.c.tenant_id, orders.c.modified_at)
_only_set("ix_orders_cart", orders.c.tenant_id, orders.c.cart_id, where=orders.c.cart_id)

order_lines = Table(
    "order_lines",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id("order_id"),
    _id("line_id"),
    Column("position", Integer, nullable=False),
    Column("item_id", Words),
    Column("product_id", BigInteger),
    Column("variant_id", BigInteger),
    _words("name"),
    _words("sku"),
    _units("quantity"),
    _units("shipped"),
    _units("refunded"),
    _units("allocated"),
    _units("taken"),
    Column("cancelled", BigInteger, nullable=False, default=0, server_default="0"),
    Column("released", BigInteger, nullable=False, default=0, server_default="0"),
    Column("told_shipped", BigInteger, nullable=False, default=0, server_default="0"),
    _units("owed"),  # 0 where the order holds no units
    Column("holds_units", Boolean, nullable=False),  # open units of an order in a stage that holds them
    Column("is_waiting", Boolean, nullable=False),  # owed > 0
    Column("queue_time", Moment, nullable=False),  # the order's, to page through the queue
    Column("promise", Stored(Promise)),  # NULL until planned
    Column("why", Said, nullable=False, default=NOTHING_SAID),
    Column("pinned_at", Moment),  # set by hand; never by a picture of the order
    Column("promised_on", Date),  # the last day of the first window it was told; set once
    Column("by_hand", Stored(SetByHand)),  # dates the merchant named; never by a picture of the order
    Column("channel_id", BigInteger, nullable=False, default=0, server_default="0"),  # the order's
    Column("is_backorder", Boolean, nullable=False, default=False, server_default=false()),  # once owed units
    Column("is_late", Boolean, nullable=False, default=False, server_default=false()),  # ships after `promised_on`
    Column("is_preorder", Boolean, nullable=False, default=False, server_default=false()),
    Column("ships_on", Date, nullable=False, default=NO_DAY, server_default=str(NO_DAY)),  # the last unit owed
    Column("wants", Named(Wants)),  # what its last notice waits for
    Column("instead", Words),  # what its shopper chose instead, as long as the shop has not changed the order
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"], ondelete="CASCADE"),
)
Index(  # what was sold of an item lately
    "ix_order_lines_sold", order_lines.c.tenant_id, order_lines.c.item_id, order_lines.c.queue_time
)
_only_true(  # with the flag, so that SQLite prefers it to the index of all that was ever sold
    "ix_order_lines_holding",
    order_lines.c.tenant_id,
    order_lines.c.item_id,
    order_lines.c.holds_units,
    where=order_lines.c.holds_units,
)
_only_true(
    "ix_order_lines_waiting",
    order_lines.c.tenant_id,
    order_lines.c.queue_time,
    order_lines.c.line_id,
    where=order_lines.c.is_waiting,
)

for _name, _flags in DESK_TABS.items():
    _for_the_desk(f"ix_desk_{_name}", order_lines.c.queue_time, flags=_flags)
    _for_the_desk(f"ix_desk_{_name}_ships", order_lines.c.ships_on, flags=_flags)
_for_the_desk("ix_desk_item", order_lines.c.item_id, order_lines.c.queue_time, flags=("is_backorder",))
_only_true(  # the first page sums them up by day, without looking at the lines themselves
    "ix_order_lines_promised",
    order_lines.c.tenant_id,
    order_lines.c.promised_on,
    order_lines.c.order_id,
    order_lines.c.owed,
    where=order_lines.c.is_waiting,
)

told = Table(  # the proof of what a shopper was told; rows are only ever added
    "told",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("surface", Words, nullable=False),
    _words("text"),
    Column("facts", Json, nullable=False),
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index(None, "tenant_id", "order_id", "id"),
)

tellings = Table(  # what each line was told first, and on what basis; rows are only ever added
    "tellings",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("surface", Words, nullable=False),
    _words("locale"),
    Column("earliest", Date),  # both NULL where no date was given
    Column("latest", Date),
    _words("text"),
    Column("basis", Json, nullable=False),
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index(None, "tenant_id", "order_id", "id"),
)

notices = Table(  # every notice to a line, and what became of it
    "notices",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    Column("kind", Named(NoticeKind), nullable=False),
    Column("region", Named(Region), nullable=False),
    Column("rules_version", Words, nullable=False),
    Column("old_day", Date, nullable=False),
    Column("new_earliest", Date),  # both NULL where no date could be given
    Column("new_latest", Date),
    _words("reason"),
    Column("decided_at", Moment, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("send_by", Date, nullable=False),
    Column("silence", Named(Silence), nullable=False),
    Column("answer_by", Date),
    _words("message_key"),
    Column("sent_at", Moment),
    Column("sent_on", Date),  # the shop's day
    Column("bounced_at", Moment),  # came back: counts as not told
    Column("withdrawn_at", Moment),  # the news changed before it was told
    Column("answer", Named(Answer)),
    Column("answered_at", Moment),
    Column("answered_on", Date),
    _words("channel"),
    Column("reminded_on", Date),
    Column("part", Integer, nullable=False, default=0, server_default="0"),  # which of the line's told dates
    Column("units", BigInteger, nullable=False, default=0, server_default="0"),  # it is about; 0: all that are owed
    Column("reminder_bounced_at", Moment),  # the notice arrived, its reminder came back
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index("ix_notices_order", "tenant_id", "order_id", "id"),
    Index("ix_notices_message", "tenant_id", "message_key"),
)
_only_set("ix_notices_bounced", notices.c.tenant_id, notices.c.id, where=notices.c.bounced_at)
_only_set("ix_notices_reminder_bounced", notices.c.tenant_id, notices.c.id, where=notices.c.reminder_bounced_at)

answers = Table(  # what shoppers said, and when; rows are only ever added
    "answers",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("answer", Named(GivenAnswer), nullable=False),
    Column("channel", Words, nullable=False),
    Column("lines", Json, nullable=False),  # empty: the whole order
    _words("detail"),
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index(None, "tenant_id", "order_id", "id"),
)

cancellations = Table(  # units that are cancelled, and what became of their money
    "cancellations",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    _units("units"),
    Column("cause", Named(CancelCause), nullable=False),
    Column("state", Named(CancellationState), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("refund_due", Date),
    Column("with_shipping", Boolean, nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("refunded_at", Moment),
    Column("remote_id", BigInteger),
    _words("amount"),
    Column("is_offline", Boolean, nullable=False),
    *_parking(),
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index("ix_cancellations_order", "tenant_id", "order_id", "id"),
    Index("ix_cancellations_state", "tenant_id", "state", "id"),
)
_only_set(
    "ix_cancellations_due",
    cancellations.c.tenant_id,
    cancellations.c.due_at,
    cancellations.c.id,
    where=cancellations.c.due_at,
)

substitutes = Table(  # what the merchant allows to be sent instead of an item
    "substitutes",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    Column("item_id", Words, primary_key=True),
    Column("substitute", Words, primary_key=True),
    Column("position", Integer, nullable=False),
    _words("note"),
    ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.item_id"], ondelete="CASCADE"),
    ForeignKeyConstraint(
        ["tenant_id", "substitute"],
        ["items.tenant_id", "items.item_id"],
        name="fk_substitutes_items_instead",
        ondelete="CASCADE",
    ),
    Index(None, "tenant_id", "substitute"),
)

substitute_choices = Table(  # what shoppers chose instead, and what became of it; rows are never deleted
    "substitute_choices",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("order_id", BigInteger, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    Column("item_id", Words, nullable=False),
    Column("substitute", Words, nullable=False),
    _words("name"),
    _units("units"),
    _units("wanted_before"),
    _units("had_before"),
    Column("chosen_at", Moment, nullable=False),
    Column("channel", Words, nullable=False),
    Column("state", Named(ChoiceState), nullable=False),
    Column("settled_at", Moment),
    ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"]),
    Index("ix_substitute_choices_order", "tenant_id", "order_id", "id"),
)
Index(
    "ix_substitute_choices_open",
    substitute_choices.c.tenant_id,
    substitute_choices.c.substitute,
    sqlite_where=text("settled_at IS NULL"),
    postgresql_where=text("settled_at IS NULL"),
)

shown = Table(  # what the shop's pages said of an item until then; an order is held against it, then it is forgotten
    "shown",
    metadata,
    _tenant(),
    Column("item_id", Words, primary_key=True),
    Column("until", Moment, primary_key=True),
    Column("offer", Stored(Offer), nullable=False),
)

carts = Table(  # what shoppers chose for a mixed cart, until it becomes an order
    "carts",
    metadata,
    _tenant(),
    Column("cart_id", Words, primary_key=True),
    Column("sending", Named(Sending), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

page_purges = Table(  # what a cache in front of the storefront's answers is still to be told
    "page_purges",
    metadata,
    _tenant(),
    Column("product_id", BigInteger, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ix_page_purges_due", "tenant_id", "due_at"),
)

policies = Table(
    "policies",
    metadata,
    _tenant(),
    Column("kind", Named(ScopeKind), primary_key=True),
    _id("target"),
    Column("policy", Stored(BackorderPolicy), nullable=False),
)

shipments = Table(
    "shipments",
    metadata,
    _tenant(),
    _id(),
    _words("supplier"),
    _words("reference"),
    Column("eta_earliest", Date),
    Column("eta_latest", Date),
    _words("eta_source"),
    Column("location_id", BigInteger, nullable=False),
    Column("state", Named(ShipmentState), nullable=False),
    Column("brings_more", Boolean, nullable=False),  # the state's, for the index of what is still to come
    UniqueConstraint("tenant_id", "reference", "supplier"),
    Index("ix_shipments_supplier", "tenant_id", "supplier", "id"),
)
_only_true(
    "ix_shipments_eta",
    shipments.c.tenant_id,
    shipments.c.eta_latest,
    shipments.c.id,
    where=shipments.c.brings_more,
)
_only_true("ix_shipments_closed", shipments.c.tenant_id, shipments.c.id, where=shipments.c.brings_more, negated=True)
_only_true("ix_shipments_coming", shipments.c.tenant_id, shipments.c.id, where=shipments.c.brings_more)

shipment_lines = Table(
    "shipment_lines",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id("shipment_id"),
    Column("item_id", Words, primary_key=True),
    Column(
        "location_id", BigInteger, primary_key=True, autoincrement=False, server_default="0"
    ),  # 0: the shipment's own
    Column("position", Integer, nullable=False),
    _units("quantity"),
    _units("received"),
    ForeignKeyConstraint(["tenant_id", "shipment_id"], ["shipments.tenant_id", "shipments.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "item_id"),
)

eta_statements = Table(  # who named which days for a shipment, and when; rows are only ever added
    "eta_statements",
    metadata,
    Column("tenant_id", Words, primary_key=True),
    _id(),
    Column("shipment_id", BigInteger, nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("eta_earliest", Date),
    Column("eta_latest", Date),
    _words("source"),
    ForeignKeyConstraint(["tenant_id", "shipment_id"], ["shipments.tenant_id", "shipments.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "shipment_id", "id"),
)

suppliers = Table(
    "suppliers",
    metadata,
    _tenant(),
    Column("name", Words, primary_key=True),
    Column("supplier", Stored(Supplier)),  # NULL where the merchant has not described it
    Column("punctuality", Stored(Punctuality)),  # NULL until something came; summed up from the receipts
)

receipts = Table(  # what came in and when it had been promised; rows are only ever added
    "receipts",
    metadata,
    _tenant(),
    _id(),
    Column("supplier", Words, nullable=False),
    Column("shipment_id", BigInteger, nullable=False),
    Column("item_id", Words, nullable=False),
    _units("units"),
    Column("received_on", Date, nullable=False),
    Column("promised_on", Date),
    Index(None, "tenant_id", "supplier", "shipment_id"),
)

import_headings = Table(  # what the merchant said the columns of its files mean; remembered for the next file
    "import_headings",
    metadata,
    _tenant(),
    Column("heading", Words, primary_key=True),
    _words("means"),  # a column of ours; empty: not needed
)

import_files = Table(  # files that were uploaded and not yet imported; gone after a day
    "import_files",
    metadata,
    _tenant(),
    _id(),
    _words("name"),
    _words("content"),
    Column("uploaded_at", Moment, nullable=False),
)

stock_levels = Table(
    "stock_levels",
    metadata,
    _tenant(),
    Column("item_id", Words, primary_key=True),
    _id("location_id"),
    _units("on_hand"),
    _units("safety_stock"),
    Column("backordered", BigInteger),
    Column("backorder_limit", BigInteger),
    _units("virtual_units"),
    _units("expected"),
    Column("suspicion", Stored(Suspicion)),
    Column("read_at", Moment),
)

stock_moves = Table(  # a ledger: what we changed on the platform, and why
    "stock_moves",
    metadata,
    _tenant(),
    _id(),
    Column("item_id", Words, nullable=False),
    Column("location_id", BigInteger, nullable=False),
    _units("quantity"),
    _units("backordered"),
    _units("virtual_units"),
    _words("reason"),
    Column("state", Named(MoveState), nullable=False),
    Column("is_open", Boolean, nullable=False),  # wanted or sending
    Column("changed_at", Moment, nullable=False),
    _cause(),
)
_only_true(
    "ix_stock_moves_open",
    stock_moves.c.tenant_id,
    stock_moves.c.item_id,
    stock_moves.c.location_id,
    stock_moves.c.id,
    where=stock_moves.c.is_open,
)

_only_true(
    "ix_stock_moves_closed",
    stock_moves.c.tenant_id,
    stock_moves.c.item_id,
    stock_moves.c.changed_at,
    where=stock_moves.c.is_open,
    negated=True,
)

publications = Table(
    "publications",
    metadata,
    _tenant(),
    Column("kind", Named(PublicationKind), primary_key=True),
    Column("target", Words, primary_key=True),
    Column("desired", Json),
    Column("written", Json),
    Column("original", Json),
    Column("remote_id", BigInteger),
    Column("revision", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),
    _cause(),
    *_parking(),
)
_only_set(
    "ix_publications_due",
    publications.c.tenant_id,
    publications.c.kind,
    publications.c.due_at,
    where=publications.c.due_at,
)
_only_set(
    "ix_publications_parked",
    publications.c.tenant_id,
    publications.c.kind,
    where=publications.c.parked_reason,
)

inbox = Table(
    "inbox",
    metadata,
    Column("tenant_id", Words, primary_key=True),  # no foreign key: the receiver looks for the tenant while it inserts
    _id(),
    Column("topic", Words, nullable=False),
    Column("dedupe_key", Words, nullable=False),
    Column("body", Words, nullable=False),  # JSON as it came in
    Column("received_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("handled_by", BigInteger),  # the cause that this event became
    _cause(),  # of an event of our own
    *_parking(),
    UniqueConstraint("tenant_id", "dedupe_key"),
)
_only_set("ix_inbox_due", inbox.c.tenant_id, inbox.c.due_at, inbox.c.id, where=inbox.c.due_at)
_only_set("ix_inbox_handled", inbox.c.tenant_id, inbox.c.handled_by, inbox.c.id, where=inbox.c.handled_by)
_only_set("ix_inbox_parked", inbox.c.tenant_id, inbox.c.id, where=inbox.c.parked_reason)

outbox = Table(
    "outbox",
    metadata,
    _tenant(),
    _id(),
    Column("key", Words, nullable=False),
    Column("kind", Named(MessageKind), nullable=False),
    Column("to", Words, nullable=False),
    _words("locale"),
    Column("facts", Json, nullable=False),
    Column("order_id", BigInteger),  # the order it tells of
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("dropped_at", Moment),  # never sent: it was not true any more
    Column("attempts", Integer, nullable=False, default=0),
    Column("sent_at", Moment),
    Column("subject", Words),
    Column("text", Words),
    Column("bounced_at", Moment),  # the mail server took it, and it came back all the same
    Column("bounce", Words),  # why, as the other side put it
    Column("sent_with", BigInteger),  # the message whose mail told this one too
    _cause(),
    *_parking(),
    UniqueConstraint("tenant_id", "key"),
)
Index("ix_outbox_kind", outbox.c.tenant_id, outbox.c.kind, outbox.c.id)
_only_set("ix_outbox_order", outbox.c.tenant_id, outbox.c.order_id, outbox.c.id, where=outbox.c.order_id)
_only_set("ix_outbox_cause", outbox.c.tenant_id, outbox.c.cause_id, outbox.c.id, where=outbox.c.cause_id)
_only_set("ix_outbox_due", outbox.c.tenant_id, outbox.c.due_at, outbox.c.id, where=outbox.c.due_at)
_only_set("ix_outbox_reader", outbox.c.tenant_id, outbox.c.to, where=outbox.c.due_at)
_only_set("ix_outbox_sent_with", outbox.c.tenant_id, outbox.c.sent_with, where=outbox.c.sent_with)
_only_set("ix_outbox_parked", outbox.c.tenant_id, outbox.c.id, where=outbox.c.parked_reason)

deeds = Table(  # what the merchant did to many lines at once, and how it can be taken back
    "deeds",
    metadata,
    _tenant(),
    _id(),
    Column("at", Moment, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("kind", Words, nullable=False),
    _words("text"),
    Column("undo", Json),  # NULL where it cannot be taken back
    Column("undo_until", Moment),
    Column("undone_at", Moment),
)

saved_views = Table(  # lists as users want to see them again
    "saved_views",
    metadata,
    _tenant(),
    Column("screen", Words, primary_key=True),
    Column("name", Words, primary_key=True),
    _words("query"),
)

tones = Table(  # the merchant's own words around what a mail says
    "tones",
    metadata,
    _tenant(),
    Column("kind", Named(MessageKind), primary_key=True),
    Column("language", Words, primary_key=True),
    _words("text"),
)

waitlist = Table(
    "waitlist",
    metadata,
    _tenant(),
    _id(),
    Column("item_id", Words, nullable=False),
    Column("email", Words, nullable=False),
    _words("locale"),
    Column("quantity", BigInteger, nullable=False),
    Column("state", Named(WaitlistState), nullable=False),
    Column("is_waiting", Boolean, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("claim_until", Moment),  # until then nobody behind is told; NULL once bought, gone or left
    Column("message_key", Words, nullable=False, default="", server_default=""),  # of the mail that told it
    Column("order_id", BigInteger),  # what was bought after asking
    Column("bought_at", Moment),
    UniqueConstraint("tenant_id", "item_id", "email"),
)
_only_set(  # when people were told
    "ix_waitlist_told",
    waitlist.c.tenant_id,
    waitlist.c.item_id,
    waitlist.c.told_at,
    waitlist.c.bought_at,
    where=waitlist.c.told_at,
)
_only_set(
    "ix_waitlist_claims",
    waitlist.c.tenant_id,
    waitlist.c.item_id,
    waitlist.c.claim_until,
    where=waitlist.c.claim_until,
)
_only_true(
    "ix_waitlist_waiting",
    waitlist.c.tenant_id,
    waitlist.c.item_id,
    waitlist.c.asked_at,
    waitlist.c.id,
    where=waitlist.c.is_waiting,
)

waitlist_totals = Table(  # what the rows above add up to, so that nobody counts them; written by waitlist_totals.py
    "waitlist_totals",
    metadata,
    _tenant(),
    Column("item_id", Words, primary_key=True),
    *(_units(name) for name in ("entries", "people", "units", "unconfirmed", "told", "bought", "waves")),
    Column("last_told_at", Moment),
    Index("ix_waitlist_totals_people", "tenant_id", "people", "item_id", "units"),  # most wanted first
)

causes = Table(  # what a unit of work was opened for; forgotten with time, so nothing refers to it by a foreign key
    "causes",
    metadata,
    _tenant(),
    _id(),
    Column("at", Moment, nullable=False),
    Column("kind", Named(CauseKind), nullable=False),
    _words("name"),
    Column("user_id", BigInteger),
    Index(None, "tenant_id", "at"),
)

calls = Table(  # calls that were to change something in the shop: never their bodies; forgotten with time
    "calls",
    metadata,
    _tenant(),
    _id(),
    Column("at", Moment, nullable=False),
    Column("method", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("status", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    _words("request_id"),
    Column("ids", Json, nullable=False),  # of what they wrote
    Index(None, "tenant_id", "at"),
)

call_causes = Table(  # which decisions a call carried out
    "call_causes",
    metadata,
    _tenant(),
    _id("cause_id"),
    _id("call_id"),
    Index(None, "tenant_id", "call_id"),
)

journal = Table(  # every decision in words
    "journal",
    metadata,
    _tenant(),
    _id(),
    Column("at", Moment, nullable=False),
    Column("kind", Words, nullable=False),
    Column("about", Words, nullable=False),
    Column("text", Said, nullable=False),
    _cause(),
    Index(None, "tenant_id", "kind", "id"),
    Index(None, "tenant_id", "about", "id"),
)

_only_set("ix_journal_cause", journal.c.tenant_id, journal.c.cause_id, journal.c.id, where=journal.c.cause_id)

with_ids = (
    causes,
    calls,
    told,
    tellings,
    notices,
    answers,
    cancellations,
    substitute_choices,
    shipments,
    eta_statements,
    receipts,
    import_files,
    stock_moves,
    inbox,
    outbox,
    deeds,
    waitlist,
    journal,
)
for _table in with_ids:
    Sequence(f"{_table.name}_ids", metadata=metadata)

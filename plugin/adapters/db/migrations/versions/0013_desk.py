"""The merchant's desk: what a list of backorders is sorted and found by, deeds, saved views, and the tone of mails."""

import sqlalchemy as sa
from alembic import op

revision = "0013_desk"
down_revision = "0012_reopened"
branch_labels = None
depends_on = None

KEYS = ("mail", "name", "surname")
TABS = {
    "open": ("is_backorder", "holds_units"),
    "late": ("is_late", "is_waiting"),
    "tell": ("holds_units", "wants = 'tell'"),
    "answer": ("holds_units", "wants = 'answer'"),
    "ready": ("is_backorder", "holds_units", "allocated > 0"),
    "preorders": ("is_preorder", "is_backorder", "holds_units"),
    "done": ("is_backorder", "NOT holds_units"),
}


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _tenant(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f(f"fk_{table}_tenants")),
    )


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute(sa.schema.CreateSequence(sa.Sequence("deeds_ids")))
    _keys(collation="C" if is_postgresql else None)
    _lines()
    _tables()
    op.create_index("ix_outbox_kind", "outbox", ["tenant_id", "kind", "id"])


def _keys(*, collation: str | None) -> None:
    for key in KEYS:
        kind = sa.Text(collation=collation)
        op.add_column("orders", sa.Column(f"{key}_key", kind, nullable=False, server_default=""))
        op.create_index(f"ix_orders_{key}", "orders", ["tenant_id", f"{key}_key"])
    op.create_index("ix_orders_channel", "orders", ["tenant_id", "channel_id"])
    has_group = sa.text("customer_group IS NOT NULL")
    op.create_index(
        "ix_orders_group",
        "orders",
        ["tenant_id", "customer_group"],
        sqlite_where=has_group,
        postgresql_where=has_group,
    )
    op.execute("UPDATE orders SET mail_key = lower(email), name_key = lower(shopper_name)")


def _lines() -> None:
    for column in (
        _text("by_hand", nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False, server_default="0"),
        _flag("is_backorder"),
        _flag("is_late"),
        _flag("is_preorder"),
        sa.Column("ships_on", sa.Date(), nullable=False, server_default="9999-12-31"),
        _text("wants", nullable=True),
    ):
        op.add_column("order_lines", column)
    # Dates and lateness follow with the plan of the next day; what waits shows up at once.
    op.execute(
        "UPDATE order_lines SET is_backorder = is_waiting, channel_id = (SELECT orders.channel_id FROM orders "
        "WHERE orders.tenant_id = order_lines.tenant_id AND orders.order_id = order_lines.order_id)"
    )
    for tab, flags in TABS.items():
        _index(f"ix_desk_{tab}", ["queue_time"], flags)
        _index(f"ix_desk_{tab}_ships", ["ships_on"], flags)
    _index("ix_desk_item", ["item_id", "queue_time"], ("is_backorder",))


def _index(name: str, columns: list[str], flags: tuple[str, ...]) -> None:
    worded = (f"{flag[4:]} = 0" if flag.startswith("NOT ") else flag for flag in flags)
    on_sqlite = " AND ".join(flag if " " in flag else f"{flag} = 1" for flag in worded)
    op.create_index(
        name,
        "order_lines",
        ["tenant_id", *columns, "line_id"],
        sqlite_where=sa.text(on_sqlite),
        postgresql_where=sa.text(" AND ".join(flags)),
    )


def _tables() -> None:
    op.create_table(
        "deeds",
        *_tenant("deeds"),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _moment("at", nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        _text("kind"),
        _text("text"),
        _text("undo", nullable=True),
        _moment("undo_until"),
        _moment("undone_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deeds")),
    )
    op.create_table(
        "saved_views",
        *_tenant("saved_views"),
        _text("screen"),
        _text("name"),
        _text("query"),
        sa.PrimaryKeyConstraint("tenant_id", "screen", "name", name=op.f("pk_saved_views")),
    )
    op.create_table(
        "tones",
        *_tenant("tones"),
        _text("kind"),
        _text("language"),
        _text("text"),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "language", name=op.f("pk_tones")),
    )

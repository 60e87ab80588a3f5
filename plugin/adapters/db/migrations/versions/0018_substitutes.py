"""Substitutes: what the merchant allows instead of an item, and what shoppers chose."""

import sqlalchemy as sa
from alembic import op

revision = "0018_substitutes"
down_revision = "0017_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allowed()
    _choices()
    op.add_column("order_lines", sa.Column("instead", sa.Text(), nullable=True))
    for name, column in (("ix_desk_swap", "queue_time"), ("ix_desk_swap_ships", "ships_on")):
        op.create_index(
            name,
            "order_lines",
            ["tenant_id", column, "line_id"],
            sqlite_where=sa.text("holds_units = 1 AND instead IS NOT NULL"),
            postgresql_where=sa.text("holds_units AND instead IS NOT NULL"),
        )


def _allowed() -> None:
    of_item, instead = (
        sa.ForeignKeyConstraint(
            ["tenant_id", column], ["items.tenant_id", "items.item_id"], name=op.f(name), ondelete="CASCADE"
        )
        for column, name in (("item_id", "fk_substitutes_items"), ("substitute", "fk_substitutes_items_instead"))
    )
    op.create_table(
        "substitutes",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("substitute", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        of_item,
        instead,
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "substitute", name=op.f("pk_substitutes")),
    )
    op.create_index("ix_substitutes_tenant_id_substitute", "substitutes", ["tenant_id", "substitute"])


def _choices() -> None:
    op.create_table(
        "substitute_choices",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("substitute", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("wanted_before", sa.BigInteger(), nullable=False),
        sa.Column("had_before", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["orders.tenant_id", "orders.order_id"],
            name=op.f("fk_substitute_choices_orders"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_substitute_choices")),
    )
    op.create_index("ix_substitute_choices_order", "substitute_choices", ["tenant_id", "order_id", "id"])
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_substitute_choices_open",
        "substitute_choices",
        ["tenant_id", "substitute"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("substitute_choices_ids")))

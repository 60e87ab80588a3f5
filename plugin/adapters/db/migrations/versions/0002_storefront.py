"""The storefront: what pages said of an item and when, what shoppers chose in the cart, and the cart of an order."""

import sqlalchemy as sa
from alembic import op

revision = "0002_storefront"
down_revision = "0001_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_shown_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "until", name=op.f("pk_shown")),
    )
    op.create_table(
        "carts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("cart_id", sa.Text(), nullable=False),
        sa.Column("sending", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_carts_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "cart_id", name=op.f("pk_carts")),
    )
    op.add_column("orders", sa.Column("cart_id", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("sending", sa.Text(), nullable=True))
    op.create_index(
        "ix_orders_cart",
        "orders",
        ["tenant_id", "cart_id"],
        unique=False,
        sqlite_where=sa.text("cart_id IS NOT NULL"),
        postgresql_where=sa.text("cart_id IS NOT NULL"),
    )

"""The merchant's screens: what each user may do, the language they chose, and indexes for the numbers of the first page."""

import sqlalchemy as sa
from alembic import op

revision = "0008_screens"
down_revision = "0005_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_orders_modified", "orders", ["tenant_id", "modified_at"])
    op.create_index(
        "ix_order_lines_promised",
        "order_lines",
        ["tenant_id", "promised_on", "order_id", "owed"],
        sqlite_where=sa.text("is_waiting = 1"),
        postgresql_where=sa.text("is_waiting"),
    )

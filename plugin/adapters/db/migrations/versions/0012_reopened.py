"""Reopened: when a cancelled order was opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0012_reopened"
down_revision = "0010_merchant_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))

"""How far a long list was read, so that one longer than the shop's quota is read on instead of begun again."""

import sqlalchemy as sa
from alembic import op

revision = "0025_long_reads"
down_revision = "0024_waitlist_totals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("orders_walk", sa.Text(), nullable=True))
    op.add_column("tenants", sa.Column("list_read", sa.Text(), nullable=True))

"""Privacy: orders whose shopper was forgotten, so that a later picture of them brings nobody back."""

import sqlalchemy as sa
from alembic import op

revision = "0005_privacy"
down_revision = "0004_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

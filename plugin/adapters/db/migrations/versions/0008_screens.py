"""The merchant's screens: what each user may do, and the language they chose."""

import sqlalchemy as sa
from alembic import op

revision = "0008_screens"
down_revision = "0005_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("language", sa.Text(), nullable=False, server_default=""))

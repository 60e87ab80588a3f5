"""Waves of the waitlist and who bought, notices about a part of a line, mails that came back."""

import sqlalchemy as sa
from alembic import op

revision = "0014_defended"
down_revision = "0013_desk"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    for column in (
        _moment("told_at"),
        _moment("claim_until"),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        _moment("bought_at"),
    ):
        op.add_column("waitlist", column)
    op.add_column("waitlist", sa.Column("message_key", sa.Text(), nullable=False, server_default=""))
    claimed = sa.text("claim_until IS NOT NULL")
    op.create_index(
        "ix_waitlist_claims",
        "waitlist",
        ["tenant_id", "item_id", "claim_until"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
    op.add_column("notices", sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("notices", sa.Column("units", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("outbox", _moment("bounced_at"))
    op.add_column("outbox", sa.Column("bounce", sa.Text(), nullable=True))

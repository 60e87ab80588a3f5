"""One mail that tells of several orders, found by its reader and by what it told; reminders that came back; how orders are paid."""

import sqlalchemy as sa
from alembic import op

revision = "0019_one_mail"
down_revision = "0018_substitutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("sent_with", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("payment_method", sa.Text(), nullable=False, server_default=""))
    op.add_column("notices", sa.Column("reminder_bounced_at", sa.DateTime(timezone=True), nullable=True))
    for name, table, columns, set_column in (
        ("ix_outbox_reader", "outbox", ["tenant_id", "to"], "due_at"),
        ("ix_outbox_sent_with", "outbox", ["tenant_id", "sent_with"], "sent_with"),
        ("ix_notices_reminder_bounced", "notices", ["tenant_id", "id"], "reminder_bounced_at"),
    ):
        where = sa.text(f"{set_column} IS NOT NULL")
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)

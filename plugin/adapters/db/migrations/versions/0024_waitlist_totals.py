"""What the waitlist adds up to, item by item, so that its list costs the same however many people are behind it."""

import sqlalchemy as sa
from alembic import op

revision = "0024_waitlist_totals"
down_revision = "0023_paths"
branch_labels = None
depends_on = None

COUNT = """
INSERT INTO waitlist_totals
    (tenant_id, item_id, entries, people, units, unconfirmed, told, bought, waves, last_told_at)
SELECT tenant_id, item_id, count(*),
    sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END),
    sum(CASE WHEN state = 'waiting' THEN quantity ELSE 0 END),
    sum(CASE WHEN state = 'unconfirmed' THEN 1 ELSE 0 END),
    count(told_at),
    sum(CASE WHEN bought_at >= told_at THEN 1 ELSE 0 END),
    count(DISTINCT told_at),
    max(told_at)
FROM waitlist GROUP BY tenant_id, item_id
"""


def upgrade() -> None:
    numbers = ("entries", "people", "units", "unconfirmed", "told", "bought", "waves")
    op.create_table(
        "waitlist_totals",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.Column("last_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_waitlist_totals_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_waitlist_totals")),
    )
    op.create_index("ix_waitlist_totals_people", "waitlist_totals", ["tenant_id", "people", "item_id", "units"])
    op.execute(COUNT)
    op.drop_index("ix_waitlist_figures", table_name="waitlist")

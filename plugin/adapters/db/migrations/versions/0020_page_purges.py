"""What a cache in front of the storefront's answers is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0020_page_purges"
down_revision = "0019_one_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    by_bytes = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.create_table(
        "page_purges",
        sa.Column("tenant_id", by_bytes, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_page_purges_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "product_id", name=op.f("pk_page_purges")),
    )
    op.create_index("ix_page_purges_due", "page_purges", ["tenant_id", "due_at"])

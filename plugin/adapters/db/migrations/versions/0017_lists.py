"""Orders are found by the address a shopper gave later, too; what came of telling the waitlist is counted from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0017_lists"
down_revision = "0014_defended"
branch_labels = None
depends_on = None


def upgrade() -> None:
    by_bytes = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.add_column("orders", sa.Column("contact_key", by_bytes, nullable=False, server_default=""))
    op.execute("UPDATE orders SET contact_key = lower(contact_email) WHERE contact_email IS NOT NULL")
    _only_set("ix_orders_contact", "orders", ["tenant_id", "contact_key"], "contact_email")
    # Before there were waves a telling had no moment of its own.
    op.execute("UPDATE waitlist SET told_at = changed_at WHERE told_at IS NULL AND state = 'told'")
    _only_set("ix_waitlist_told", "waitlist", ["tenant_id", "item_id", "told_at", "bought_at"], "told_at")


def _only_set(name: str, table: str, columns: list[str], where: str) -> None:
    there = sa.text(f"{where} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=there, postgresql_where=there)

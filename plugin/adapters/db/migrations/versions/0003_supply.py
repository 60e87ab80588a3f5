"""Supply that can be defended: what was said of a shipment's days, suppliers and their deliveries, and what ranks lines."""

import sqlalchemy as sa
from alembic import op

revision = "0003_supply"
down_revision = "0002_storefront"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.supports_sequences:
        for table in ("eta_statements", "receipts"):
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_ids")))
    _remember_what_was_said()
    _know_suppliers()
    op.add_column("orders", sa.Column("customer_group", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("value", sa.Text(), nullable=True))
    op.add_column("order_lines", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_lines", sa.Column("promised_on", sa.Date(), nullable=True))


def _remember_what_was_said() -> None:
    op.create_table(
        "eta_statements",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("eta_earliest", sa.Date(), nullable=True),
        sa.Column("eta_latest", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_id"],
            ["shipments.tenant_id", "shipments.id"],
            name=op.f("fk_eta_statements_shipments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_eta_statements")),
    )
    op.create_index(
        op.f("ix_eta_statements_tenant_id_shipment_id_id"), "eta_statements", ["tenant_id", "shipment_id", "id"]
    )


def _know_suppliers() -> None:
    op.create_table(
        "suppliers",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("punctuality", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_suppliers_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_suppliers")),
    )
    op.create_table(
        "receipts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_receipts_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receipts")),
    )
    op.create_index(
        op.f("ix_receipts_tenant_id_supplier_shipment_id"), "receipts", ["tenant_id", "supplier", "shipment_id"]
    )

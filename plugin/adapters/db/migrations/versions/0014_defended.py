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
    _shipment_lines()


def _shipment_lines() -> None:
    """A line is an item at a location; 0 is the shipment's own, as all were until now."""
    op.drop_index("ix_shipment_lines_tenant_id_item_id", table_name="shipment_lines")
    op.rename_table("shipment_lines", "shipment_lines_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE shipment_lines_before DROP CONSTRAINT pk_shipment_lines")
        op.execute("ALTER TABLE shipment_lines_before DROP CONSTRAINT fk_shipment_lines_shipments")
    op.create_table(
        "shipment_lines",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), autoincrement=False, nullable=False, server_default="0"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_id"],
            ["shipments.tenant_id", "shipments.id"],
            name=op.f("fk_shipment_lines_shipments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "shipment_id", "item_id", "location_id", name=op.f("pk_shipment_lines")),
    )
    columns = "tenant_id, shipment_id, item_id, position, quantity, received"
    op.execute(f"INSERT INTO shipment_lines ({columns}) SELECT {columns} FROM shipment_lines_before")  # noqa: S608  — names of ours
    op.drop_table("shipment_lines_before")
    op.create_index("ix_shipment_lines_tenant_id_item_id", "shipment_lines", ["tenant_id", "item_id"], unique=False)

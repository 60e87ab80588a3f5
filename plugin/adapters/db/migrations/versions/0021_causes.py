"""Why rows were written, and the calls to the shop that came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0021_causes"
down_revision = "0020_page_purges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _new_tables()
    for table in ("journal", "inbox", "outbox", "stock_moves", "publications"):
        op.add_column(table, sa.Column("cause_id", sa.BigInteger(), nullable=True))
    op.add_column("inbox", sa.Column("handled_by", sa.BigInteger(), nullable=True))
    _only_set("ix_inbox_handled", "inbox", "handled_by")
    _only_set("ix_journal_cause", "journal", "cause_id")
    _only_set("ix_outbox_cause", "outbox", "cause_id")


def _only_set(name: str, table: str, column: str) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, ["tenant_id", column, "id"], sqlite_where=there, postgresql_where=there)


def _new_tables() -> None:
    op.create_table(
        "causes",
        *_key("id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        *_constraints("causes", "id"),
    )
    op.create_table(
        "calls",
        *_key("id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        *_constraints("calls", "id"),
    )
    op.create_table("call_causes", *_key("cause_id", "call_id"), *_constraints("call_causes", "cause_id", "call_id"))
    op.create_index("ix_causes_tenant_id_at", "causes", ["tenant_id", "at"])
    op.create_index("ix_calls_tenant_id_at", "calls", ["tenant_id", "at"])
    op.create_index("ix_call_causes_tenant_id_call_id", "call_causes", ["tenant_id", "call_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in ("causes", "calls"):
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_ids")))


def _key(*names: str) -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Text(), nullable=False), *(_number(name) for name in names)]


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _constraints(table: str, *names: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f(f"fk_{table}_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", *names, name=op.f(f"pk_{table}")),
    ]

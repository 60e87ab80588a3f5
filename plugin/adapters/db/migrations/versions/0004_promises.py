"""Promises: what each line was told, notices, answers, cancellations with their refunds, and mails that can be replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0004_promises"
down_revision = "0003_supply"
branch_labels = None
depends_on = None

WITH_IDS = ("tellings", "notices", "answers", "cancellations")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _of_an_order(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["orders.tenant_id", "orders.order_id"], name=op.f(f"fk_{table}_orders")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _keys() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
    )


def _index(name: str, table: str, columns: list[str], *, only: str = "") -> None:
    there = sa.text(f"{only} IS NOT NULL") if only else None
    op.create_index(name, table, columns, unique=False, sqlite_where=there, postgresql_where=there)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in WITH_IDS:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_ids")))
    op.add_column("tenants", sa.Column("judged_day", sa.Date(), nullable=True))
    op.add_column("orders", _text("contact_email", nullable=True))
    for name in ("cancelled", "released", "told_shipped"):
        op.add_column("order_lines", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("order_id", sa.BigInteger(), nullable=True))
    op.add_column("outbox", _moment("dropped_at"))
    _index("ix_outbox_order", "outbox", ["tenant_id", "order_id", "id"], only="order_id")
    _tellings()
    _notices()
    _answers()
    _cancellations()


def _tellings() -> None:
    op.create_table(
        "tellings",
        *_keys(),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        _moment("at", nullable=False),
        _text("surface"),
        _text("locale"),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        _text("text"),
        _text("basis"),
        *_of_an_order("tellings"),
    )
    _index(op.f("ix_tellings_tenant_id_order_id_id"), "tellings", ["tenant_id", "order_id", "id"])


def _notices() -> None:
    op.create_table(
        "notices",
        *_keys(),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        _text("kind"),
        _text("region"),
        _text("rules_version"),
        sa.Column("old_day", sa.Date(), nullable=False),
        sa.Column("new_earliest", sa.Date(), nullable=True),
        sa.Column("new_latest", sa.Date(), nullable=True),
        _text("reason"),
        _moment("decided_at", nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("send_by", sa.Date(), nullable=False),
        _text("silence"),
        sa.Column("answer_by", sa.Date(), nullable=True),
        _text("message_key"),
        _moment("sent_at"),
        sa.Column("sent_on", sa.Date(), nullable=True),
        _moment("bounced_at"),
        _moment("withdrawn_at"),
        _text("answer", nullable=True),
        _moment("answered_at"),
        sa.Column("answered_on", sa.Date(), nullable=True),
        _text("channel"),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        *_of_an_order("notices"),
    )
    _index("ix_notices_order", "notices", ["tenant_id", "order_id", "id"])
    _index("ix_notices_message", "notices", ["tenant_id", "message_key"])
    _index("ix_notices_bounced", "notices", ["tenant_id", "id"], only="bounced_at")


def _answers() -> None:
    op.create_table(
        "answers",
        *_keys(),
        _moment("at", nullable=False),
        _text("answer"),
        _text("channel"),
        _text("lines"),
        _text("detail"),
        *_of_an_order("answers"),
    )
    _index(op.f("ix_answers_tenant_id_order_id_id"), "answers", ["tenant_id", "order_id", "id"])


def _cancellations() -> None:
    op.create_table(
        "cancellations",
        *_keys(),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        _text("cause"),
        _text("state"),
        _moment("decided_at", nullable=False),
        sa.Column("refund_due", sa.Date(), nullable=True),
        sa.Column("with_shipping", sa.Boolean(), nullable=False),
        _moment("due_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("refunded_at"),
        sa.Column("remote_id", sa.BigInteger(), nullable=True),
        _text("amount"),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        _text("parked_reason", nullable=True),
        _text("parked_explanation", nullable=True),
        _moment("parked_at"),
        *_of_an_order("cancellations"),
    )
    _index("ix_cancellations_order", "cancellations", ["tenant_id", "order_id", "id"])
    _index("ix_cancellations_state", "cancellations", ["tenant_id", "state", "id"])
    _index("ix_cancellations_due", "cancellations", ["tenant_id", "due_at", "id"], only="due_at")

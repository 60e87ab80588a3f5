"""The merchant's lists: items found by word and by state, shipments by day, what was sold of an item, files to import."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from plugin.adapters.db.search_words import words_of

revision = "0010_merchant_lists"
down_revision = "0008_screens"
branch_labels = None
depends_on = None
SOME = 1000


def upgrade() -> None:
    op.create_index("ix_items_availability", "items", ["tenant_id", "availability", "item_id"])
    op.create_index("ix_order_lines_sold", "order_lines", ["tenant_id", "item_id", "queue_time"])
    op.create_index("ix_shipments_supplier", "shipments", ["tenant_id", "supplier", "id"])
    op.create_index("ix_waitlist_figures", "waitlist", ["tenant_id", "item_id", "state", "quantity"])
    _index_where("ix_shipments_eta", ["tenant_id", "eta_latest", "id"], coming=True)
    _index_where("ix_shipments_closed", ["tenant_id", "id"], coming=False)
    _find_items_by_word()
    _name_categories()
    _import_files()


def _index_where(name: str, columns: list[str], *, coming: bool) -> None:
    op.create_index(
        name,
        "shipments",
        columns,
        sqlite_where=sa.text(f"brings_more = {int(coming)}"),
        postgresql_where=sa.text("brings_more" if coming else "NOT brings_more"),
    )


def _find_items_by_word() -> None:
    item_words = op.create_table(
        "item_words",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.product_id"],
            name=op.f("fk_item_words_products"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "word", "item_id", name=op.f("pk_item_words")),
    )
    op.create_index(op.f("ix_item_words_tenant_id_product_id"), "item_words", ["tenant_id", "product_id"])
    rows: list[dict[str, object]] = []
    for row in _words_of_known_items():
        rows.append(row)
        if len(rows) == SOME:
            op.bulk_insert(item_words, rows)
            rows = []
    op.bulk_insert(item_words, rows)


def _words_of_known_items() -> Iterator[dict[str, object]]:
    known = sa.text(
        "SELECT items.tenant_id, items.item_id, items.product_id, products.name, items.label, items.sku FROM items"
        " JOIN products ON products.tenant_id = items.tenant_id AND products.product_id = items.product_id"
    )
    for tenant, item, product, *texts in op.get_bind().execute(known).all():
        for word in words_of(texts):
            yield {"tenant_id": tenant, "word": word, "item_id": item, "product_id": product}


def _name_categories() -> None:
    op.create_table(
        "category_names",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_category_names_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "category_id", name=op.f("pk_category_names")),
    )


def _import_files() -> None:
    op.create_table(
        "import_headings",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_import_headings_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "heading", name=op.f("pk_import_headings")),
    )
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.CreateSequence(sa.Sequence("import_files_ids")))
    op.create_table(
        "import_files",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_import_files_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_files")),
    )

"""Products are found by the path of their page, too."""

from alembic import op

revision = "0023_paths"
down_revision = "0021_causes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_products_url", "products", ["tenant_id", "url"])

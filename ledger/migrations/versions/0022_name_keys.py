"""Blind keys of buyers' names. `crossdock vault rewrap` makes those of orders that are stored already."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and on PostgreSQL its index."""
    op.add_column("vault", sa.Column("name_keys", sa.Text))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_vault_name_keys ON vault USING gin (string_to_array(name_keys, ' '))")


def downgrade() -> None:
    """Drop them."""
    op.drop_column("vault", "name_keys")

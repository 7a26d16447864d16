"""Compatibility of the tables with earlier versions of the code, for an upgrade while processes run."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Create the table, which each migration fills at its end."""
    op.create_table("compatibility", sa.Column("oldest_version", sa.Text, primary_key=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("compatibility")

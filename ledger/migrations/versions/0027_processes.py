"""Reports of running processes."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "processes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("processes")

"""Sweeps: how far the changes of each seller's orders were searched."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "order_sweeps",
        sa.Column("seller_id", sa.Text, primary_key=True),
        sa.Column("swept_until", UtcDateTime, nullable=False),
        sa.Column("search_until", UtcDateTime, nullable=False),
        sa.Column("page_token", sa.Text),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("order_sweeps")

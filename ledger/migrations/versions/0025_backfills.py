"""Backfills: which orders of the past are searched at Amazon, and how far."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "backfills",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seller_id", sa.Text, nullable=False),
        sa.Column("store_id", sa.Text),
        *(
            sa.Column(name, UtcDateTime, nullable=False)
            for name in ("created_from", "created_until", "searched_until", "window_until")
        ),
        sa.Column("window_seconds", sa.Integer, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "why", "state", "reason")),
        sa.Column("page_token", sa.Text),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("window_pages", "pages", "orders", "published", "attempts")
        ),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_backfills_seller_id", "backfills", ["seller_id", "state", "due_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("backfills")

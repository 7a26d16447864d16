"""Read-only mode: whether it is on, the known place of the database, and the changes that were not sent."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "read_only_mode",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "database_places",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("known_since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "withheld_changes",
        sa.Column("request", sa.Text, primary_key=True),
        sa.Column("store_id", sa.Text, primary_key=True),
        sa.Column("amazon_order_id", sa.Text, primary_key=True),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("withheld_changes", "database_places", "read_only_mode"):
        op.drop_table(table)

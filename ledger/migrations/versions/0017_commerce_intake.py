"""The intake over HTTP: changed shipments, cursors of lists and journals, and publishers' tokens."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import Bytes, RowNumber, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "changed_shipments",
        sa.Column("shipment_id", RowNumber, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("notified_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_changed_shipments_due_at", "changed_shipments", ["due_at"])
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Text, nullable=False),
    )
    op.create_table(
        "publisher_tokens",
        sa.Column("digest", Bytes, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("publisher_tokens", "cursors", "changed_shipments"):
        op.drop_table(table)

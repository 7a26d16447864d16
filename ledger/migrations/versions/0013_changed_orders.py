"""Changed orders: those that Amazon notified us of and has to be asked for."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "changed_orders",
        sa.Column("store_id", sa.Text, primary_key=True),
        sa.Column("amazon_order_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ship_by", UtcDateTime, nullable=False),
        sa.Column("notified_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_changed_orders_ship_by", "changed_orders", ["ship_by"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("changed_orders")

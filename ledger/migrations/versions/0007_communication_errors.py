"""The log of communication errors: failed calls to Amazon and Commerce."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import RowNumber, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "communication_errors",
        sa.Column("id", RowNumber, sa.Identity(), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("store_id", sa.Text, nullable=True),
        sa.Column("amazon_order_id", sa.Text, nullable=True),
        sa.Column("request_id", sa.Text, nullable=True),
    )
    op.create_index("ix_communication_errors_at", "communication_errors", ["at"])
    op.create_index("ix_communication_errors_amazon_order_id", "communication_errors", ["amazon_order_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("communication_errors")

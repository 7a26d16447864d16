"""Publishers of events: kept with histories and dead letters, and bound to stores and events."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("order_history", "dead_letters")


def upgrade() -> None:
    """Add the columns and the table; no row is rewritten."""
    for table in TABLES:
        op.add_column(table, sa.Column("publisher", sa.Text, nullable=True))
        op.add_column(table, sa.Column("source", sa.Text, nullable=True))
    op.create_table(
        "publishers",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("publishers")
    for table in TABLES:
        op.drop_column(table, "source")
        op.drop_column(table, "publisher")

"""Messages that the broker refuses are counted in the outbox; scheduled jobs keep the error of their last run."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no row is rewritten, and processes of the version before write the default."""
    op.add_column("outbox", sa.Column("refusals", sa.Integer, nullable=False, server_default="0"))
    refused = sa.text("sent_at IS NULL AND refusals > 0")
    op.create_index("ix_outbox_refused", "outbox", ["name", "id"], postgresql_where=refused, sqlite_where=refused)
    op.add_column("schedules", sa.Column("error", sa.Text))


def downgrade() -> None:
    """Remove the columns."""
    op.drop_column("schedules", "error")
    op.drop_index("ix_outbox_refused", "outbox")
    op.drop_column("outbox", "refusals")

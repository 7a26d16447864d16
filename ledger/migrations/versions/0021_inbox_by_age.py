"""Inbox: an index of the instant at which a message was handled, by which retention finds those to delete."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it. A million rows take about a second."""
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_inbox_handled_at", "inbox")

"""Indexes for lists of what people did by action, and of failed calls by store and by system."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
additive = True

INDEXES = (
    ("ix_audit_log_action", "audit_log", ["action", "id"]),
    ("ix_communication_errors_store_id", "communication_errors", ["store_id", "id"]),
    ("ix_communication_errors_system", "communication_errors", ["system", "id"]),
)


def upgrade() -> None:
    """Create them."""
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Drop them."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)

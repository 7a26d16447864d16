"""Indexes for lists of people's acts by action, and of failed calls by store and by system."""

from alembic import op

from ledger.database.indexing import create_index_beside_writers

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
    """Create them, while processes write to the tables."""
    for name, table, columns in INDEXES:
        create_index_beside_writers(name, table, columns)


def downgrade() -> None:
    """Drop them."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)

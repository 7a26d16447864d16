"""Events that wait for a store that nobody has added: a state of early events, and its index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the index of due events cover both states, and add the one of waiting events by store."""
    _replace_due_index("state = 'deferred' OR state = 'needs_store'")
    where = sa.text("state = 'needs_store'")
    op.create_index("ix_early_events_store", "early_events", ["store_id"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """Defer waiting events for their orders: earlier versions handle events of unknown stores."""
    op.drop_index("ix_early_events_store", "early_events")
    op.execute("UPDATE early_events SET state = 'deferred' WHERE state = 'needs_store'")
    _replace_due_index("state = 'deferred'")


def _replace_due_index(condition: str) -> None:
    op.drop_index("ix_early_events_due_at", "early_events")
    where = sa.text(condition)
    op.create_index("ix_early_events_due_at", "early_events", ["due_at"], postgresql_where=where, sqlite_where=where)

"""When each store was added and changed, as far as the audit log knows."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
additive = True

_FILL = """
    UPDATE stores SET
        created_at = (SELECT min(at) FROM audit_log WHERE subject = store_id AND action = 'store.add'),
        changed_at = (SELECT max(at) FROM audit_log WHERE subject = store_id AND action = 'store.change')
"""


def upgrade() -> None:
    """Add the columns."""
    op.add_column("stores", sa.Column("created_at", UtcDateTime))
    op.add_column("stores", sa.Column("changed_at", UtcDateTime))
    op.execute(_FILL)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("stores", "changed_at")
    op.drop_column("stores", "created_at")

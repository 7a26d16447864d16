"""Free space on the pages of orders and of the outbox, whose rows are updated soon after they were inserted.

An update that finds space on its row's page writes to no index and leaves nothing for the vacuum (HOT); an order is
updated some five times. The outbox's rows are claimed and sent within seconds, so its dead rows are vacuumed before
they are a fifth of the table.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Set storage parameters; only PostgreSQL has them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE orders SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)")
        op.execute("ALTER TABLE outbox SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)")


def downgrade() -> None:
    """Reset them."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("orders", "outbox"):
            op.execute(f"ALTER TABLE {table} RESET (fillfactor, autovacuum_vacuum_scale_factor)")

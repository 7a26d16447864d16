"""When an identity provider last gave a user their role, from which on their API tokens count for a while."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Add the column. Users of today count as confirmed today: their tokens go on."""
    op.add_column("users", sa.Column("confirmed_at", UtcDateTime, nullable=True))
    users = sa.table("users", sa.column("issuer", sa.Text), sa.column("confirmed_at", UtcDateTime))
    of_provider = users.c.issuer.is_not(None)
    op.execute(sa.update(users).where(of_provider).values(confirmed_at=sa.func.now()))


def downgrade() -> None:
    """Drop it; tokens of people who have left count until an admin revokes them."""
    op.drop_column("users", "confirmed_at")

"""The seller whom a failed call was for, where there are several."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Add the column."""
    op.add_column("communication_errors", sa.Column("seller", sa.Text))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("communication_errors", "seller")

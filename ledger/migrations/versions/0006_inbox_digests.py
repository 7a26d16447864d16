"""The digest of each handled message's contents: an id used twice is seen. Older rows have none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no row is rewritten."""
    op.add_column("inbox", sa.Column("digest", sa.LargeBinary()))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("inbox", "digest")

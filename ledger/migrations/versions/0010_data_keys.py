"""A data key for each order: the key of its personal data and of its messages, destroyed with them.

Rows that the vault's key encrypted stay as they are and readable; `crossdock vault rewrap` converts them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WITHOUT_BODY = sa.text("body IS NULL")


def upgrade() -> None:
    """Add the columns and indexes. SQLite copies the table: it cannot make a column nullable."""
    op.add_column("outbox", sa.Column("store_id", sa.Text()))
    with op.batch_alter_table("vault") as vault:
        vault.add_column(sa.Column("data_key", sa.LargeBinary()))
        vault.alter_column("body", existing_type=sa.LargeBinary(), nullable=True)
    op.create_index("ix_vault_saved_at", "vault", ["saved_at"])
    op.create_index(
        "ix_vault_without_body",
        "vault",
        ["store_id", "amazon_order_id"],
        postgresql_where=_WITHOUT_BODY,
        sqlite_where=_WITHOUT_BODY,
    )


def downgrade() -> None:
    """Remove the data keys, and all that only they decrypt: personal data is then reported or entered again."""
    op.drop_index("ix_vault_without_body", "vault")
    op.drop_index("ix_vault_saved_at", "vault")
    op.execute("DELETE FROM vault WHERE data_key IS NOT NULL")
    with op.batch_alter_table("vault") as vault:
        vault.drop_column("data_key")
        vault.alter_column("body", existing_type=sa.LargeBinary(), nullable=False)
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("store_id")

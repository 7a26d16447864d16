"""Users whom an identity provider signs in, and their sign-ins under way."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import Bytes, UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    """Add who the provider says a user is, and the table."""
    op.add_column("users", sa.Column("issuer", sa.Text, nullable=True))
    op.add_column("users", sa.Column("subject", sa.Text, nullable=True))
    op.create_index("ix_users_subject", "users", ["issuer", "subject"], unique=True)
    op.create_table(
        "provider_sign_ins",
        sa.Column("secret_hash", Bytes, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop both; users of a provider cannot sign in then."""
    op.drop_table("provider_sign_ins")
    op.drop_index("ix_users_subject", "users")
    op.drop_column("users", "subject")
    op.drop_column("users", "issuer")

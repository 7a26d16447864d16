"""The latest reconciliation of Amazon, ledger and Commerce; resending has its own name now."""

import sqlalchemy as sa
from alembic import op

from ledger.tables.columns import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RENAMED = (("reconcile", "resend"), ("reconciled_until", "resent_until"))


def upgrade() -> None:
    """Create the table, and rename the job whose name the new comparison has now."""
    op.create_table(
        "reconciliations",
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    for old, new in RENAMED:
        _rename(old, new)


def downgrade() -> None:
    """Drop it, and give the job its old name back."""
    op.execute(sa.text("DELETE FROM schedules WHERE job = 'reconcile'"))
    for old, new in RENAMED:
        _rename(new, old)
    op.drop_table("reconciliations")


def _rename(old: str, new: str) -> None:
    op.execute(sa.text("UPDATE schedules SET job = :new WHERE job = :old").bindparams(old=old, new=new))

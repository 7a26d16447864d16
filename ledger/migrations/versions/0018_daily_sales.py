"""Sales figures: sums by store, day, status and currency, filled from the orders."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_DAYS = {
    "postgresql": "to_char(purchase_date AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "sqlite": "substr(purchase_date, 1, 10)",
}
_FILL = """
    INSERT INTO daily_sales (store_id, day, status, currency, orders, total)
    SELECT store_id, {day}, status, coalesce(currency, ''), count(*), coalesce(sum(total), 0)
    FROM orders GROUP BY 1, 2, 3, 4
"""


def _sums() -> list[sa.Column[int]]:
    return [sa.Column("orders", sa.Integer, nullable=False), sa.Column("total", sa.BigInteger, nullable=False)]


def upgrade() -> None:
    """Create the tables and sum up the orders. A million orders take some seconds."""
    names = ("store_id", "day", "status", "currency")
    op.create_table("daily_sales", *(sa.Column(name, sa.Text, primary_key=True) for name in names), *_sums())
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "daily_sales_changes",
        sa.Column("id", number, sa.Identity(always=False), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
        *_sums(),
    )
    op.execute(_FILL.format(day=_DAYS[op.get_bind().dialect.name]))


def downgrade() -> None:
    """Drop them."""
    op.drop_table("daily_sales_changes")
    op.drop_table("daily_sales")

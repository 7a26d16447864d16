"""Lists of orders: an index for each column that they are sorted by, and orders whose buyer asks to cancel."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_orders_store_id_purchase_date": ["store_id", "purchase_date"],
    "ix_orders_status_purchase_date": ["status", "purchase_date"],
    "ix_orders_import_state_purchase_date": ["import_state", "purchase_date"],
    "ix_orders_total_purchase_date": ["total", "purchase_date"],
    "ix_orders_last_update_date": ["last_update_date"],
}
_ASKS = sa.text("asks_to_cancel = true")

_FILL = """
    UPDATE orders SET asks_to_cancel = true
    WHERE fulfillment_channel = 'MFN'
        AND amazon_status IN ('PendingAvailability', 'Pending', 'Unshipped', 'PartiallyShipped')
        AND document LIKE '%"buyer_cancellation"\\:true%' AND document NOT LIKE '%"declined_cancellation"\\:%'
"""
"""Each order's next event corrects it where a part of the request was met or declined."""


def upgrade() -> None:
    """Create them. A million orders take half a minute."""
    op.add_column("orders", sa.Column("asks_to_cancel", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(_FILL)
    for name, columns in _INDEXES.items():
        op.create_index(name, "orders", columns)
    op.create_index("ix_orders_asks_to_cancel", "orders", ["purchase_date"], postgresql_where=_ASKS, sqlite_where=_ASKS)


def downgrade() -> None:
    """Drop them."""
    for name in ("ix_orders_asks_to_cancel", *_INDEXES):
        op.drop_index(name, "orders")
    op.drop_column("orders", "asks_to_cancel")

"""Orders whose letter was discarded are discarded themselves, as a discard does since: nothing imports them."""

import json
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DISCARDED = sa.text(
    "SELECT store_id, amazon_order_id, document, dead_letters.id AS letter_id, settled_at"
    " FROM orders JOIN dead_letters USING (store_id, amazon_order_id)"
    " WHERE import_state = 'blocked' AND dead_letters.state = 'discarded'"
    " AND identity = 'blocked/' || store_id || '/' || amazon_order_id"
).columns(settled_at=sa.DateTime(timezone=True))
_AUDIT_ENTRY = sa.text(
    "SELECT who, why FROM audit WHERE subject = :letter_id AND action = 'letter.discard' ORDER BY id DESC LIMIT 1"
)
_OF_MANY = ("somebody", "with others; see `crossdock dead-letters audit`")
_DISCARD = sa.text(
    "UPDATE orders SET import_state = 'view_only', status = amazon_status, document = :document"
    " WHERE store_id = :store_id AND amazon_order_id = :amazon_order_id"
)
_REQUEST_STOCK_RELEASE = sa.text(
    "UPDATE orders SET pending_since = (SELECT settled_at FROM dead_letters WHERE id = :letter_id)"
    " WHERE store_id = :store_id AND amazon_order_id = :amazon_order_id"
)
"""Scheduled jobs repeat the requests of orders that are pending for long, here the release of the reserved stock."""

_END_WAITING = sa.text("DELETE FROM waits WHERE store_id = :store_id AND amazon_order_id = :amazon_order_id")


def upgrade() -> None:
    """Record in each such order who discarded it, when and why, and delete its wake keys."""
    bind = op.get_bind()
    for row in bind.execute(_DISCARDED).all():
        who, why = bind.execute(_AUDIT_ENTRY, {"letter_id": row.letter_id}).first() or _OF_MANY
        key = {"store_id": row.store_id, "amazon_order_id": row.amazon_order_id}
        bind.execute(_DISCARD, {**key, "document": _discarded(row, who, why)})
        if json.loads(row.document).get("stock_reserved"):
            bind.execute(_REQUEST_STOCK_RELEASE, {**key, "letter_id": row.letter_id})
        bind.execute(_END_WAITING, key)


def _discarded(row: sa.Row[Any], who: str, why: str) -> str:
    order = json.loads(row.document)
    at = row.settled_at if row.settled_at.tzinfo else row.settled_at.replace(tzinfo=UTC)
    return json.dumps(
        order
        | {
            "given_up": {"who": who, "at": at.isoformat(), "why": why},
            "import_state": "view_only",
            "blocked_on": [],
            "status": order["amazon_status"],
        },
        ensure_ascii=False,
    )


def downgrade() -> None:
    """Change nothing: an older version shows the orders as view-only until Amazon reports again."""
